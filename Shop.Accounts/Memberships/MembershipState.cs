namespace Shop.Accounts;

/// <summary>What an account has, as a value: the class last held and until when.</summary>
public sealed record MembershipState(string? Class, DateTimeOffset? Until, bool Permanent)
{
    public static MembershipState Never { get; } = new(null, null, false);

    /// <summary>Where the account stands at an instant; a membership that ran out is told apart from one that never was.</summary>
    /// <param name="grace">For how long the class stays after its time ran out.</param>
    public MembershipPhase PhaseAt(DateTimeOffset at, TimeSpan grace = default) => this switch
    {
        { Permanent: true } => MembershipPhase.Permanent,
        { Class: null } => MembershipPhase.NeverPaid,
        _ when Until > at => MembershipPhase.Active,
        _ when Until + grace > at => MembershipPhase.Grace,
        _ => MembershipPhase.Lapsed,
    };
}

/// <summary>Active: time is left. Grace: it ran out, and the class stays for the days of the rule. Lapsed: it ran out.</summary>
public enum MembershipPhase { NeverPaid, Active, Grace, Lapsed, Permanent }

/// <summary>Time of a class that is given: bought, a gift, or by staff. Months 0 to 99, days 0 to 31, not both 0 unless the class is permanent.</summary>
public sealed record TimeGrant(string Class, int Months, int Days)
{
    /// <summary>What it is given to, for rules that make a difference.</summary>
    public AccountKind To { get; init; }
}

/// <summary>Why time cannot be given to an account.</summary>
public enum GrantRefusal
{
    /// <summary>The amount is out of bounds, or the class does not exist.</summary>
    NotAGrant,

    /// <summary>A permanent account takes no time (F3, DW-39).</summary>
    AlreadyPermanent,

    /// <summary>The classes cannot be combined (F3).</summary>
    NoSuchConversion,

    /// <summary>It would convert somebody else's remaining time (F4).</summary>
    OwnerOnly,

    /// <summary>Time of a higher class is not turned into a lower one while much of it is left (F4).</summary>
    TooMuchTimeLeft,
}
