using Shop.Payments;

namespace Shop.Core;

/// <summary>What the nodes of a shop know of a payment service together: its last pause, and how it answered when it was last asked (docs/adr/0028).</summary>
public sealed class ProviderStand
{
    public required string Provider { get; init; }

    /// <summary>Since when it gets no new payments; null: it never was paused.</summary>
    public DateTimeOffset? PausedSince { get; init; }

    public DateTimeOffset? PausedUntil { get; init; }

    public FaultKind? Fault { get; init; }

    /// <summary>When an answer last ended a pause: one that began before it holds no more.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>When it was last asked whether it would take a payment.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>When it last said that it would.</summary>
    public DateTimeOffset? HealthyAt { get; init; }

    /// <summary>What it said when it was last asked and would not; null: it would, or said nothing.</summary>
    public string? Trouble { get; init; }
}

/// <summary>Webhooks of one service that were turned away for one reason, by all nodes together.</summary>
public sealed class WebhookRefusal
{
    public required string Provider { get; init; }

    public required WebhookAnswer Answer { get; init; }

    /// <summary>The plug-in's word.</summary>
    public required string Why { get; init; }

    public required long Count { get; init; }

    public required DateTimeOffset LastAt { get; init; }
}
