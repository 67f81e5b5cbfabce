namespace Shop.Payments;

/// <summary>One movement in the provider's books, for comparing them with ours.</summary>
public sealed record ProviderActivity(ActivityKind Kind, ProviderReference Reference, AttemptId? OurAttempt, Money Amount, DateTimeOffset At);

public enum ActivityKind { Captured, Refunded, Disputed, Fee }

public sealed record ProviderHealth(bool CanStart, bool CanReceiveWebhooks, string? Detail);
