namespace Shop.Core;

/// <summary>
/// One call with a payment service, for the people who look after payments (DW-67). Each column is on purpose: never a body, a name, an address, a key or
/// anything of a card. Erased after the days of <see cref="PaymentTerms.ExchangeDays"/>.
/// </summary>
public sealed class ProviderExchange
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required Guid AttemptId { get; init; }

    /// <summary>Of a refund's calls.</summary>
    public Guid? RefundId { get; init; }

    public required string Provider { get; init; }

    /// <summary>The gateway's word: start, get, continue, cancel, refund, get_refund; by_hand where staff said it.</summary>
    public required string Operation { get; init; }

    /// <summary>What the answer came to, in our words.</summary>
    public required string Outcome { get; init; }

    /// <summary>A decline's code or why there is no answer; of a provider's words only plain codes.</summary>
    public string? Why { get; init; }

    /// <summary>The provider's id of the payment or refund.</summary>
    public string? ProviderRef { get; init; }

    /// <summary>What the answer says was taken or given back, in minor units; null: it says nothing of money.</summary>
    public long? AmountMinor { get; init; }

    public string? Currency { get; init; }

    public int? HttpStatus { get; init; }

    /// <summary>When the call was sent.</summary>
    public required DateTimeOffset At { get; init; }

    public required long TookMs { get; init; }
}
