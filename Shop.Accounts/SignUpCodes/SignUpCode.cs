namespace Shop.Accounts;

/// <summary>Promotion: a public word for many. Invitation: a secret code for one person, of which only the hash is kept.</summary>
public enum SignUpCodeKind { Promotion, Invitation }

/// <summary>A code for signing up, with or without time in it (DW-89 to DW-92). The schema keeps its counter within its uses.</summary>
public sealed class SignUpCode
{
    public long Id { get; private set; }

    public required SignUpCodeKind Kind { get; init; }

    /// <summary>A promotion's word: letters a to z and digits.</summary>
    public string? Word { get; init; }

    /// <summary>SHA-256 of an invitation's code, in hexadecimal.</summary>
    public string? Hash { get; init; }

    /// <summary>Class of the time it carries; null: it only lets somebody sign up.</summary>
    public string? Class { get; private set; }

    /// <summary>Months it gives, 0 to 99.</summary>
    public int Months { get; private set; }

    /// <summary>Days it gives, 0 to 31.</summary>
    public int Days { get; private set; }

    public required long MaxUses { get; init; }

    public long Used { get; private set; }

    /// <summary>From then on nobody signs up with it; null: it stays.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>An account that the new member may like to read; null: none.</summary>
    public string? Suggests { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required long CreatedBy { get; init; }

    /// <summary>When staff took the time out of it, and who did.</summary>
    public DateTimeOffset? EmptiedAt { get; private set; }

    public long? EmptiedBy { get; private set; }

    /// <summary>The code carries this time.</summary>
    public SignUpCode With(TimeGrant? time)
    {
        (Class, Months, Days) = (time?.Class, time?.Months ?? 0, time?.Days ?? 0);
        return this;
    }

    public TimeGrant? Time => Class is null ? null : new TimeGrant(Class, Months, Days);
}

/// <summary>What became of a code that somebody signed up with.</summary>
public enum SignUpOutcome { Granted, UsedUp, Expired, TimeRefused }

/// <summary>A code that a member signed up with: once per member.</summary>
public sealed class SignUpCodeUse
{
    public required long MemberId { get; init; }

    public required long CodeId { get; init; }

    public required SignUpOutcome Outcome { get; init; }

    public required DateTimeOffset At { get; init; }
}
