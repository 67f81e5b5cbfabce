namespace Shop.Core;

/// <summary>One change of a delivery that had not been applied: who changed what, from what to what. The line of the order keeps what was ordered.</summary>
public sealed class DeliveryChange
{
    public long Id { get; private set; }

    public required long DeliveryId { get; init; }

    public required DeliveryField Field { get; init; }

    public string? Old { get; init; }

    public string? New { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The member who did it: the buyer, or somebody of the staff.</summary>
    public required long ActorId { get; init; }
}

public enum DeliveryField { Recipient, Note, DeliverOn, Anonymous }
