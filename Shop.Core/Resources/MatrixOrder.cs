namespace Shop.Core;

/// <summary>
/// What makes an order one of the matrix (parity/taler.md section 4): made by a GET of a resource, or by /private/orders. The order's own state is the order's;
/// here stand its addresses, its credentials and who has claimed it.
/// </summary>
public sealed class MatrixOrder
{
    /// <summary>The longest address, in characters.</summary>
    public const int MostUrl = 2000;

    /// <summary>The order's id.</summary>
    public required long OrderId { get; init; }

    /// <summary>The resource it pays for; null: an order of another storefront.</summary>
    public long? ResourceId { get; init; }

    /// <summary>Whose key made it; null: the shop's own storefront.</summary>
    public long? SellerId { get; init; }

    /// <summary>Where whoever paid goes (F). Of a resource always the same address, so that any session can prove that it has it (TP-6).</summary>
    public required string FulfillmentUrl { get; init; }

    /// <summary>Whether it has a claim token; without one anybody who knows the number may claim it (D8).</summary>
    public required bool HasToken { get; init; }

    /// <summary>Where somebody without a credential is sent to buy it anew; null: nowhere, and they are refused.</summary>
    public string? ReorderUrl { get; init; }

    /// <summary>SHA-256 of the canonical contract terms, base32 (H).</summary>
    public required string ContractHash { get; init; }

    /// <summary>SHA-256 of the session it was made for; null: none yet.</summary>
    public string? SessionHash { get; init; }

    /// <summary>SHA-256 of the session that has claimed it; with the next null: unclaimed.</summary>
    public string? ClaimedSessionHash { get; init; }

    /// <summary>The account that has claimed it.</summary>
    public long? ClaimedBy { get; init; }

    public DateTimeOffset? ClaimedAt { get; init; }

    /// <summary>It is its session's open order of this address; null once it is dropped, paid or over, so that one is open at a time (TF-10).</summary>
    public string? OpenKey { get; init; }

    /// <summary>Which recovery code is in force (D11): each use makes the next.</summary>
    public int RecoveryGeneration { get; init; }

    /// <summary>How often money or points of it were asked back, or its account was closed: nodes see by the sum that what they remember may be out of date.</summary>
    public int Refunds { get; init; }
}

/// <summary>A session that has proved that an order of the matrix is paid by it: (O, S); R is the order's.</summary>
public sealed class PaidSession
{
    public long Id { get; private set; }

    public required long OrderId { get; init; }

    public required string SessionHash { get; init; }

    public required DateTimeOffset ProvedAt { get; init; }
}
