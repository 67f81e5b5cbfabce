namespace Shop.Payments;

/// <summary>One movement in the provider's books, for comparing them with ours.</summary>
/// <param name="OurAttempt">From the metadata; null where the provider does not pass it on, as with refunds that others made.</param>
/// <param name="Capture">Of what is not a capture itself: the capture that it belongs to, where the provider says it.</param>
public sealed record ProviderActivity(
    ActivityKind Kind, ProviderReference Reference, AttemptId? OurAttempt, Money Amount, DateTimeOffset At, ProviderReference? Capture = null);

public enum ActivityKind { Captured, Refunded, Disputed, Fee }

public sealed record ProviderHealth(bool CanStart, bool CanReceiveWebhooks, string? Detail);
