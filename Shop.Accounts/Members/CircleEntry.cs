namespace Shop.Accounts;

/// <summary>A member or community that a member has in the own circle. It goes one way, and nobody is told.</summary>
public sealed class CircleEntry
{
    /// <summary>Whose circle it is.</summary>
    public required long MemberId { get; init; }

    public required long OtherId { get; init; }

    public required DateTimeOffset Since { get; init; }
}
