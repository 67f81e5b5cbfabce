namespace Shop.Accounts;

/// <summary>A group of people that a member made, with a name that only the member sees (DW-17).</summary>
public sealed class TrustGroup
{
    public const int LongestName = 40;

    public long Id { get; private set; }

    public required long OwnerId { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset Since { get; init; }
}

/// <summary>Somebody in a trust group.</summary>
public sealed class TrustGroupMember
{
    public required long GroupId { get; init; }

    public required long MemberId { get; init; }

    public required DateTimeOffset Since { get; init; }
}
