namespace Shop.Accounts;

/// <summary>The app of a member that makes codes for signing in (TOTP). Without <see cref="ConfirmedAt"/> it is being set up, and not asked for.</summary>
public sealed class SecondFactor
{
    public required long MemberId { get; init; }

    /// <summary>The key that the app has, sealed by the key ring.</summary>
    public required string Secret { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>When a first code showed that the app has the key; null: none has.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    /// <summary>The number of the last half minute whose code was used: it and those before it are used up.</summary>
    public long LastStep { get; private set; }
}

/// <summary>A code for the day on which the app is gone: it works once, and its hash is all that is kept.</summary>
public sealed class RecoveryCode
{
    public long Id { get; private set; }

    public required long MemberId { get; init; }

    /// <summary>By the hash of passwords.</summary>
    public required string Hash { get; init; }

    public DateTimeOffset? UsedAt { get; private set; }
}
