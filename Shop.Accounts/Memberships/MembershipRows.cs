namespace Shop.Accounts;

/// <summary>
/// What an account has now. It is the fold of the account's events that are not revoked (F8), kept for fast reading;
/// only <see cref="MembershipLedger"/> writes it.
/// </summary>
public sealed class Membership
{
    public required long AccountId { get; init; }

    /// <summary>Key of the account class last held, also after it ran out; null: never had one.</summary>
    public string? Class { get; private set; }

    /// <summary>When the time runs out, UTC; null without time or for a permanent class (there it is kept for information).</summary>
    public DateTimeOffset? Until { get; private set; }

    public bool Permanent { get; private set; }

    public int Version { get; private set; }
}

/// <summary>Something that changed a membership: a grant, a conversion, a change by staff. Revoked events no longer count.</summary>
public sealed class MembershipEvent
{
    public long Id { get; private set; }

    public required long AccountId { get; init; }

    public required MembershipEventKind Kind { get; init; }

    /// <summary>What caused it, unique and opaque here (<c>delivery:17</c>): the same source grants once.</summary>
    public required string SourceId { get; init; }

    /// <summary>The instant it acts at, UTC; a grant paid today and delivered in a month acts then.</summary>
    public required DateTimeOffset At { get; init; }

    public required string Class { get; init; }

    /// <summary>Calendar months given, 0 to 99.</summary>
    public int Months { get; init; }

    /// <summary>Of those months, how many nobody paid for: they are never turned into points (DW-49).</summary>
    public int UnpaidMonths { get; init; }

    /// <summary>Days given, 0 to 31.</summary>
    public int Days { get; init; }

    /// <summary>What the account was then.</summary>
    public AccountKind AccountKind { get; init; }

    /// <summary>Seconds that a conversion takes off the end, whatever class it then is; 0 for what gives time.</summary>
    public long TakenSeconds { get; init; }

    public bool Permanent { get; init; }

    /// <summary>The revision of the rules it acts by; folding again later uses the same.</summary>
    public required long RuleRevision { get; init; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public string? RevokedReason { get; private set; }
}

/// <summary>Grant: somebody paid for it. Conversion: turned into something else. Staff and Given: staff or the site gave it, and nobody paid.</summary>
public enum MembershipEventKind { Grant, Conversion, Staff, Given }
