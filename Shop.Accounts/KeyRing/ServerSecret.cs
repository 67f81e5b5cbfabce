namespace Shop.Accounts;

/// <summary>A secret all nodes share, for instance the key that order links are derived from; stored protected by the key ring.</summary>
public sealed class ServerSecret
{
    public required string Name { get; init; }

    public required string ProtectedValue { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
