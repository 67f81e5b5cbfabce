namespace Shop.Core;

/// <summary>A webhook as it came in, once per provider and event: a reason to ask the provider, never an answer.</summary>
public sealed class WebhookEvent : ILeasedRow
{
    public long Id { get; private set; }

    public required string Provider { get; init; }

    public required string EventId { get; init; }

    public required string Type { get; init; }

    public string? Subject { get; init; }

    public required string Body { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it was worked off; an event the shop has no use for is stored as that.</summary>
    public DateTimeOffset? ProcessedAt { get; init; }

    public int Attempts { get; private set; }

    public bool Dead { get; private set; }

    public required DateTimeOffset DueAt { get; init; }

    public string? LeaseOwner { get; private set; }

    public DateTimeOffset LeaseUntil { get; private set; } = DateTimeOffset.UnixEpoch;

    public long LeaseNo { get; private set; }
}
