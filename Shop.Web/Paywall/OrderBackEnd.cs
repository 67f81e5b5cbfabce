namespace Shop.Web.Paywall;

/// <summary>What somebody pays for: a resource by its name (R), and for a back end that does not know it what it is, costs and where it is.</summary>
/// <param name="Resource">R, as it stands in the address, decoded.</param>
public sealed record PaywallOffer(string Resource)
{
    public string? Summary { get; init; }

    /// <summary>As Taler writes it: <c>EUR:1.50</c>.</summary>
    public string? Amount { get; init; }

    /// <summary>F: absolute, and the same at each visit, so that whoever has paid it can prove it.</summary>
    public string? FulfillmentUrl { get; init; }
}

/// <summary>Who asks, for the limits, and in which language the order is to speak.</summary>
/// <param name="Session">S.</param>
/// <param name="AddressHash">SHA-256 of the network address; null where limits per address are off.</param>
/// <param name="Culture">BCP 47.</param>
public sealed record PaywallVisitor(string Session, string? AddressHash, string Culture);

/// <summary>How an order stands for the session that asks.</summary>
public enum OrderStanding
{
    /// <summary>To be paid by whoever asks.</summary>
    Unpaid,

    /// <summary>Somebody else has claimed it, or it is paid under another session (D3).</summary>
    Taken,

    /// <summary>Cancelled or expired (D13).</summary>
    Over,

    Paid,
}

/// <param name="IsRefunded">Money of the resource's own line was given back (D5).</param>
/// <param name="StatusUrl">Where whoever asks is sent to pay.</param>
/// <param name="AlreadyPaid">The order by which this session has paid the same already; null: none.</param>
public sealed record OrderStatus(string Order, OrderStanding Standing, bool IsRefunded, string StatusUrl, string? AlreadyPaid);

public abstract record OrderMade
{
    private OrderMade() { }

    public sealed record Made(string Order) : OrderMade;

    /// <summary>It is not sold, or not any more.</summary>
    public sealed record NotSold : OrderMade;

    public sealed record TooMany : OrderMade;
}

/// <summary>The back end did not answer, or not with anything that can be understood. Whether an order was made is not known; asking again makes no second one.</summary>
public sealed class OrderBackEndException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Where a storefront has its orders: the shop's own tables, or the shop over HTTP.</summary>
public interface IOrderBackEnd
{
    /// <summary>The order of this session and resource that can be paid; a new one where there is none. Repeatable: the same again is the same order.</summary>
    /// <param name="insteadOf">One that this visit found taken or over; null: none.</param>
    /// <exception cref="OrderBackEndException" />
    Task<OrderMade> MakeAsync(PaywallOffer offer, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken);

    /// <summary>Null: there is no such order, or it is for something else (TF-7, TF-23).</summary>
    /// <exception cref="OrderBackEndException" />
    Task<OrderStatus?> StatusAsync(PaywallOffer offer, string order, string session, CancellationToken cancellationToken);
}

/// <summary>What is known to be paid: (O, R, S).</summary>
public interface IPaidCache
{
    /// <summary>The order that opens the resource for this session; <paramref name="order"/>: only that one. Null: ask the back end.</summary>
    ValueTask<string?> FindAsync(string resource, string? order, string session, CancellationToken cancellationToken);

    void Store(string resource, string order, string session);
}
