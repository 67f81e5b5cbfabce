namespace Shop.Accounts;

/// <summary>A member who wants no gifts from another.</summary>
public sealed class GiftBan
{
    /// <summary>Who wants none.</summary>
    public required long MemberId { get; init; }

    public required long BannedId { get; init; }

    public required DateTimeOffset Since { get; init; }
}

/// <summary>A browser, by the hash of the key of its cart, from which a member had signed in before: a ban holds there when they are signed out too.</summary>
public sealed class BrowserMember
{
    public required string KeyHash { get; init; }

    public required long MemberId { get; init; }

    public required DateTimeOffset SeenAt { get; init; }
}
