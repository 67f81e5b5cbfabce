namespace Shop.Accounts;

/// <summary>What an account does on the site: whom chance may draw is read from here (F6). The site brings it by import, or staff write it down.</summary>
public sealed class AccountActivity
{
    public required long AccountId { get; init; }

    /// <summary>As the account's own; it stands here for the index that draws go by.</summary>
    public required AccountKind Kind { get; init; }

    /// <summary>When the account was made on the site, UTC; often long before it came to the shop.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last wrote an entry, UTC; null: never.</summary>
    public DateTimeOffset? LastPostAt { get; private set; }

    /// <summary>Entries, all there are.</summary>
    public int Posts { get; private set; }

    /// <summary>Comments, all there are.</summary>
    public int Comments { get; private set; }

    /// <summary>Entries of the last 30 days.</summary>
    public int RecentPosts { get; private set; }

    /// <summary>Comments of the last 30 days.</summary>
    public int RecentComments { get; private set; }

    /// <summary>Members of a community; 0 for a person.</summary>
    public int Members { get; private set; }

    /// <summary>Chance never draws it. Whoever says nothing can be drawn.</summary>
    public bool OptedOut { get; private set; }

    /// <summary>Where it stands among those that can be drawn, dealt at random: a draw begins at a random place and takes the next ones.</summary>
    public required int Spot { get; init; }
}

/// <summary>What is known of an account's activity. <paramref name="CreatedAt"/>: null leaves it as it is.</summary>
public sealed record ActivityFacts(
    DateTimeOffset? CreatedAt, DateTimeOffset? LastPostAt, int Posts, int Comments, int RecentPosts, int RecentComments, int Members)
{
    /// <summary>The most that a number can be.</summary>
    public const int Most = 1_000_000_000;
}
