namespace Shop.Accounts;

/// <summary>What an account has been told about one end of its time. Another end, after an extension, is told anew.</summary>
public sealed class ExpiryNotice
{
    public required long AccountId { get; init; }

    /// <summary>The end it was about, UTC.</summary>
    public required DateTimeOffset Until { get; init; }

    public required ExpiryStage Stage { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>The reminders before an end, and the end itself.</summary>
public enum ExpiryStage { First, Last, Ended }
