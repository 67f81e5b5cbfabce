namespace Shop.Core;

/// <summary>Where a rename token stands. unused: its owner may use it or pass it on. applied: it has changed a name. revoked: taken back.</summary>
public enum RenameTokenState { Unused, Applied, Revoked }

/// <summary>The legal changes of a rename token.</summary>
public static class RenameTokenStates
{
    public static StateTable<RenameTokenState> Table { get; } = new(
        born: [RenameTokenState.Unused],
        pairs: [(RenameTokenState.Unused, RenameTokenState.Applied), (RenameTokenState.Unused, RenameTokenState.Revoked)]);
}

/// <summary>The right to change the name of one's own account, once (DW-13).</summary>
public sealed class RenameToken
{
    public long Id { get; private set; }

    /// <summary>13 random characters and 7 of its origin. It works only for its owner, signed in, and so is no secret.</summary>
    public required string Code { get; init; }

    public required long OwnerId { get; init; }

    /// <summary>The delivery that made it, and which of its pieces it is.</summary>
    public required long DeliveryId { get; init; }

    public required int Piece { get; init; }

    public RenameTokenState State { get; init; } = RenameTokenState.Unused;

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    public string? OldName { get; init; }

    public string? NewName { get; init; }

    /// <summary>Why it was taken back.</summary>
    public string? Reason { get; init; }
}
