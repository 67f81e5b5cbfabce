namespace Shop.Core;

/// <summary>A credential that a request brings for an order: nothing, a claim token, or the hash of the contract.</summary>
public enum MatrixCredential { None, RightToken, WrongToken, RightHash, WrongHash }

/// <summary>How an order of the matrix stands for one session (D3, D13).</summary>
public enum MatrixState
{
    Unclaimed,

    /// <summary>Somebody has begun to pay it, or paid it under another session than the one that asks.</summary>
    Claimed,

    /// <summary>Paid, and proved under the session that asks.</summary>
    Paid,

    /// <summary>Cancelled or expired: no longer payable.</summary>
    Over,
}

/// <summary>What the back end says of an order to whoever sells by it (GET private/orders/{O}?session_id={S}).</summary>
public sealed record MatrixStatus
{
    public required string Number { get; init; }

    public required MatrixState State { get; init; }

    public required string Title { get; init; }

    public required Shop.Payments.Money Amount { get; init; }

    public required string FulfillmentUrl { get; init; }

    /// <summary>Money given back of the resource's own line, minor units (D5).</summary>
    public required long RefundedMinor { get; init; }

    /// <summary>Claimed by a session or account that is not the asking one.</summary>
    public required bool IsAnothers { get; init; }

    /// <summary>Where the buyer is sent: the order's page with the session that asks (TF-22, TF-24 to TF-27).</summary>
    public required string StatusUrl { get; init; }

    /// <summary>The order that this session has already paid for the same address (TF-21, TF-38); null: none.</summary>
    public string? AlreadyPaid { get; init; }

    public string? AlreadyPaidUrl { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>Until when it can be paid.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What is ordered through the back end.</summary>
public sealed record MatrixWish
{
    /// <summary>The resource; null: the three below.</summary>
    public string? Resource { get; init; }

    public string? Summary { get; init; }

    public long? AmountMinor { get; init; }

    /// <summary>May hold ${ORDER_ID}, which is replaced by the order's number.</summary>
    public string? FulfillmentUrl { get; init; }

    /// <summary>The caller's own id, which makes the call repeatable: the same again is the same order, another content under it a conflict.</summary>
    public string? OrderId { get; init; }

    /// <summary>The session it is made for; null: none yet.</summary>
    public string? Session { get; init; }

    public bool WithToken { get; init; } = true;

    public string? ReorderUrl { get; init; }

    /// <summary>Whose key asks; null: the shop's own storefront.</summary>
    public long? SellerId { get; init; }

    public string? AddressHash { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Culture { get; init; }
}

public abstract record MatrixMade
{
    private MatrixMade() { }

    public sealed record Made(string Number, string? Token, bool IsNew, DateTimeOffset ExpiresAt) : MatrixMade;

    /// <summary>There is no such resource, or it is not on sale.</summary>
    public sealed record NoResource : MatrixMade;

    /// <summary>The caller's order id has another content.</summary>
    public sealed record Conflict : MatrixMade;

    /// <summary>Too many orders of this session or from this network address.</summary>
    public sealed record TooMany : MatrixMade;
}

/// <summary>What the public page of an order answers (parity/taler.md section 4), before it is written as HTML or JSON.</summary>
public abstract record MatrixAnswer
{
    private MatrixAnswer() { }

    /// <summary>404.</summary>
    public sealed record Unknown : MatrixAnswer;

    /// <summary>403.</summary>
    public sealed record Refused : MatrixAnswer;

    /// <summary>202: it has a claim token, none was brought, and it can be bought anew there.</summary>
    public sealed record Reorder(string Url) : MatrixAnswer;

    /// <summary>402: to be paid, with the claim token in the wallet's address or without.</summary>
    public sealed record Pay(MatrixStatus Order, bool WithToken) : MatrixAnswer;

    /// <summary>402 with already_paid_order_id in JSON, 302 to the address in HTML.</summary>
    public sealed record AlreadyPaid(MatrixStatus Order, string Paid, string Url) : MatrixAnswer;

    /// <summary>200.</summary>
    public sealed record Paid(MatrixStatus Order) : MatrixAnswer;

    /// <summary>It can no longer be paid; the page says so and leads to buying anew (D13). JSON: 402 without an address to pay at.</summary>
    public sealed record Over(MatrixStatus Order) : MatrixAnswer;
}
