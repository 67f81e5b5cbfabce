namespace Shop.Core;

/// <summary>Where a piece of evidence of a buyer's country comes from: their word, the payment service, the network that they came from.</summary>
public enum EvidenceKind { Stated, Provider, Network }

/// <summary>A piece of evidence of the country that an order was taxed for. It never changes the order: where two differ, a person looks.</summary>
public sealed class TaxEvidence
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required EvidenceKind Kind { get; init; }

    /// <summary>Two letters of ISO 3166, capitals.</summary>
    public required string Country { get; init; }

    public required DateTimeOffset At { get; init; }
}
