namespace Shop.Web.Paywall;

/// <summary>What becomes of a visit to a paid resource.</summary>
public abstract record StorefrontAnswer
{
    private StorefrontAnswer() { }

    /// <summary>It is paid: the one answer that is followed by content.</summary>
    public sealed record Content(string Order) : StorefrontAnswer;

    /// <summary>It was paid, and money of it was given back.</summary>
    public sealed record Refunded(string Order) : StorefrontAnswer;

    /// <summary>To be paid there.</summary>
    /// <param name="Dropped">The order that was named and is somebody else's or over; null: none was.</param>
    public sealed record Pay(string StatusUrl, string? Dropped) : StorefrontAnswer;

    /// <summary>This session has paid it by another order, which opens it (TF-21).</summary>
    public sealed record Elsewhere(string Order) : StorefrontAnswer;

    /// <summary>The order that was named is unknown, or for something else.</summary>
    public sealed record NoOrder : StorefrontAnswer;

    public sealed record NotSold : StorefrontAnswer;

    public sealed record TooMany : StorefrontAnswer;
}

/// <summary>The steps of a storefront on the address of a resource (parity/taler.md section 1).</summary>
public sealed class Storefront(IOrderBackEnd backEnd, IPaidCache cache)
{
    /// <param name="order">O of the address; null: none.</param>
    /// <exception cref="OrderBackEndException">Nothing is known; the same visit again makes no second order.</exception>
    public async Task<StorefrontAnswer> VisitAsync(PaywallOffer offer, string? order, PaywallVisitor visitor, CancellationToken cancellationToken)
    {
        if (await cache.FindAsync(offer.Resource, order, visitor.Session, cancellationToken) is { } known)
        {
            return new StorefrontAnswer.Content(known);
        }

        var first = await AskAsync(offer, order, null, visitor, cancellationToken);
        if (first is not StorefrontAnswer.Pay { Dropped: { } dropped })
        {
            return first;
        }

        // somebody else's, or no longer payable: one more, and whatever becomes of that one holds (D3, P3)
        var second = await AskAsync(offer, null, dropped, visitor, cancellationToken);
        return second is StorefrontAnswer.Pay pay ? pay with { Dropped = order } : second;
    }

    private async Task<StorefrontAnswer> AskAsync(PaywallOffer offer, string? order, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken)
    {
        if (order is null)
        {
            switch (await backEnd.MakeAsync(offer, insteadOf, visitor, cancellationToken))
            {
                case OrderMade.Made made:
                    order = made.Order;
                    break;
                case OrderMade.TooMany:
                    return new StorefrontAnswer.TooMany();
                default:
                    return new StorefrontAnswer.NotSold();
            }
        }

        var status = await backEnd.StatusAsync(offer, order, visitor.Session, cancellationToken);
        if (status is { Standing: OrderStanding.Paid, IsRefunded: false })
        {
            cache.Store(offer.Resource, order, visitor.Session);
        }

        return status switch
        {
            null => new StorefrontAnswer.NoOrder(),
            { Standing: OrderStanding.Paid, IsRefunded: true } => new StorefrontAnswer.Refunded(order),
            { Standing: OrderStanding.Paid } => new StorefrontAnswer.Content(order),
            { AlreadyPaid: { } other } when other != order => new StorefrontAnswer.Elsewhere(other),
            { Standing: OrderStanding.Unpaid } => new StorefrontAnswer.Pay(status.StatusUrl, null),
            _ => new StorefrontAnswer.Pay(status.StatusUrl, order),
        };
    }
}
