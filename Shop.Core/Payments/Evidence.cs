using Shop.Payments;

namespace Shop.Core;

/// <summary>What a provider's answer comes to, compared with what we asked for (exactly-once.md, rules 4 and 6). Pure.</summary>
internal abstract record Evidence
{
    private Evidence() { }

    /// <summary>Money that is ours to the letter.</summary>
    public sealed record Matches(CaptureSnapshot Capture) : Evidence;

    /// <summary>Money was taken, but not what we asked for, or not by us.</summary>
    public sealed record Differs(IReadOnlyList<CaptureSnapshot> Captures, string Why) : Evidence;

    /// <summary>Test money where live is expected, or the reverse: not booked, an alarm.</summary>
    public sealed record OtherMode : Evidence;

    /// <summary>It ended without money.</summary>
    public sealed record Ended(AttemptState State, string Why) : Evidence;

    /// <summary>It goes on, or is in doubt.</summary>
    public sealed record Open(AttemptState State, string? Why, DateTimeOffset? Until) : Evidence;

    /// <summary>Certain: the provider has never heard of it.</summary>
    public sealed record NeverHappened : Evidence;

    /// <summary>Reads an answer. <paramref name="ours"/>: what the provider's configuration says of payee and mode; null: it is not registered, and its answer is Unknown.</summary>
    public static Evidence Of(PaymentAttempt attempt, PaymentSnapshot answer, PaymentCapabilities? ours) => answer.Outcome switch
    {
        PaymentOutcome.Captured when ours is not null => Money(attempt, answer, ours),
        PaymentOutcome.Declined declined => new Ended(AttemptState.Failed, Accounts.ModelConventions.Snake(declined.Reason.ToString())),
        PaymentOutcome.Cancelled => new Ended(AttemptState.Cancelled, "cancelled"),
        PaymentOutcome.NotFound => new NeverHappened(),
        PaymentOutcome.ActionRequired action => new Open(AttemptState.Action, null, action.ExpiresAt),
        PaymentOutcome.Approved => new Open(AttemptState.Sent, "approved", null),
        PaymentOutcome.Processing processing => new Open(AttemptState.Pending, null, processing.ExpectedBy),
        PaymentOutcome.Held held => new Open(AttemptState.Held, null, held.ExpiresAt),
        PaymentOutcome.Unknown => new Open(AttemptState.Unknown, "no_answer", null),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static Evidence Money(PaymentAttempt attempt, PaymentSnapshot answer, PaymentCapabilities ours)
    {
        if (answer.Live != ours.Live)
        {
            return new OtherMode();
        }

        if (answer.Payee != ours.Payee)
        {
            return new Differs(answer.Captures, "payee");
        }

        if (answer.OurAttempt?.Value != attempt.Id || (attempt.ProviderRef is { } known && answer.Reference?.Value != known))
        {
            return new Differs(answer.Captures, "attempt");
        }

        return answer.Captures is [var only] && only.Amount.Currency.Code == attempt.Currency && only.Amount.Minor == attempt.AmountMinor
            ? new Matches(only)
            : new Differs(answer.Captures, "amount");
    }
}
