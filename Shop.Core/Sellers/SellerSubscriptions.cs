using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A subscription as its seller sees it.</summary>
public sealed record SellerSubscriptionView
{
    /// <summary>Its row: subscriptions are listed by it.</summary>
    public required long Id { get; init; }

    public required string Handle { get; init; }

    public required string Buyer { get; init; }

    public required string Seller { get; init; }

    public required string Product { get; init; }

    /// <summary>The method it is charged by, in the seller's name for it; null: none, or one that was never used here.</summary>
    public string? Payment { get; init; }

    public required SubscriptionState State { get; init; }

    public required Money Price { get; init; }

    public required int Months { get; init; }

    public DateTimeOffset? PaidThrough { get; init; }

    public DateTimeOffset? NextChargeAt { get; init; }
}

/// <summary>What a seller asks for: a subscription of its buyer to its product.</summary>
public sealed record BeginSubscription(long SellerId, string Buyer, string Product, string Payment, long? AmountMinor, string Culture);

/// <summary>What became of a wish about subscriptions.</summary>
public abstract record SellerSubscriptionResult
{
    private SellerSubscriptionResult() { }

    /// <param name="IsNew">It was made now.</param>
    public sealed record Ok(SellerSubscriptionView Subscription, bool IsNew) : SellerSubscriptionResult;

    /// <summary>The seller has no such thing. <paramref name="What"/>: the field that named it.</summary>
    public sealed record NotFound(string What) : SellerSubscriptionResult;

    public sealed record Refused(SellerSubscriptionRefusal Reason) : SellerSubscriptionResult;
}

public enum SellerSubscriptionRefusal
{
    /// <summary>The seller sells nothing at present.</summary>
    SellerPaused,

    /// <summary>The product is not on sale.</summary>
    NotOnSale,

    /// <summary>It is bought once.</summary>
    NotRecurring,

    /// <summary>The buyer names the price, and none was named.</summary>
    AmountMissing,

    /// <summary>Not the price, or out of its bounds.</summary>
    AmountWrong,

    /// <summary>The method's service does not take such an amount now.</summary>
    AmountNotTaken,

    /// <summary>The tax depends on where the buyer is, which only the buy flow asks.</summary>
    TaxOpen,

    /// <summary>It is taken away, run out, or cannot be charged while its owner is away.</summary>
    MethodUnusable,

    /// <summary>The buyer has not entered this method for a new subscription: a key alone charges no kept card (MZ-67).</summary>
    GestureMissing,

    /// <summary>The buyer has a live one to the same product (MZ-16).</summary>
    Exists,

    /// <summary>It is over, or stopped by its payer.</summary>
    NotNow,

    /// <summary>A payment of it is under way.</summary>
    Busy,

    /// <summary>The buyer's account is suspended or closed.</summary>
    BuyerUnavailable,
}

/// <summary>
/// Subscriptions that sellers begin and change through their interface (docs/adr/0037). The first order is written with the subscription, under the unique key of live
/// ones, before any provider hears of it; it is charged by <see cref="SellerTransactions"/>, later ones by <see cref="Renewals"/>.
/// </summary>
public sealed class SellerSubscriptions(
    Writes writes, RuleBook rules, SavedMethods methods, Attempts attempts, Subscriptions subscriptions, OrderEnding ending, LegalPages legal, LinkTokens tokens, TimeProvider clock)
{
    /// <summary>So long after the buyer entered a method it may begin a subscription.</summary>
    public static readonly TimeSpan GestureHolds = TimeSpan.FromHours(24);

    /// <summary>So long a first order waits for its money.</summary>
    private static readonly TimeSpan OrderWaits = TimeSpan.FromDays(3);

    private sealed record Row(Subscription Subscription, string Buyer, string Seller, string Product, string? Payment);

    /// <summary>A buyer's subscriptions at a seller, newest first; the number of all, and of those before a row. Null: there is no such buyer.</summary>
    /// <param name="before">Only those before this row; null: from the newest, leaving out <paramref name="skip"/>.</param>
    public async Task<(IReadOnlyList<SellerSubscriptionView> Rows, int Total)?> ListAsync(
        ShopDbContext db, long sellerId, string buyerHandle, long? before, int skip, int take, CancellationToken cancellationToken)
    {
        if (await SellerBuyers.FindAsync(db, sellerId, buyerHandle, cancellationToken) is not { } buyer)
        {
            return null;
        }

        var all = Own(db, sellerId).Where(s => s.SellerBuyerId == buyer.Id);
        var total = await all.CountAsync(cancellationToken);
        var which = before is { } row ? all.Where(s => s.Id < row) : all;
        var rows = await Rows(db, which.OrderByDescending(s => s.Id).Skip(before is null ? skip : 0).Take(take)).ToListAsync(cancellationToken);
        return ([.. rows.OrderByDescending(r => r.Subscription.Id).Select(View)], total);
    }

    /// <summary>Begins one. It waits for its first payment; the unique key of live ones lets one of two through.</summary>
    /// <param name="resume">The same request was cut off before: what it made is the answer.</param>
    public async Task<SellerSubscriptionResult> BeginAsync(BeginSubscription wish, bool resume, CancellationToken cancellationToken)
    {
        var number = Codes.New(26);
        var receipt = Codes.Hash(await tokens.ReceiptAsync(number, 0, cancellationToken));
        try
        {
            return await writes.RunAsync((unit, token) => BeginAsync(unit, wish, resume, number, receipt, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "subscriptions"))
        {
            return Refuse(SellerSubscriptionRefusal.Exists);
        }
    }

    /// <summary>Charges it by another method of the buyer's from now on (MZ-10, MZ-11).</summary>
    public async Task<SellerSubscriptionResult> ChangeMethodAsync(long sellerId, string handle, string payment, CancellationToken cancellationToken)
    {
        var (row, method) = await writes.ReadAsync(
            async (db, token) => (await FindAsync(db, sellerId, handle, token), await SellerMethods.FindAsync(db, sellerId, payment, token)), cancellationToken);
        if (row is null)
        {
            return new SellerSubscriptionResult.NotFound("id");
        }

        if (method is null || method.Row.SellerBuyerId != row.Subscription.SellerBuyerId)
        {
            return new SellerSubscriptionResult.NotFound("payment");
        }

        if (Usable(method.Method) is { } unusable)
        {
            return Refuse(unusable);
        }

        // a member who agreed to choose it themselves each time has not agreed to this
        if (method.Row.BroughtAt is null && method.Method.Usage == MethodUsage.OnSession)
        {
            return Refuse(SellerSubscriptionRefusal.GestureMissing);
        }

        var now = clock.GetUtcNow();
        var result = await writes.RunAsync(
            async (unit, token) =>
            {
                var (db, subscription) = (unit.Db, await SubscriptionBooking.LockAsync(unit.Db, row.Subscription.Id, token));
                if (subscription.State == SubscriptionState.Ended)
                {
                    return SellerSubscriptionRefusal.NotNow;
                }

                // before its first payment it is a new one, which a gesture is for
                if (subscription.State == SubscriptionState.Pending && subscription.MethodId != method.Method.Id && !await SpendGestureAsync(db, method.Row, subscription.Id, now, token))
                {
                    return unit.RollBack<SellerSubscriptionRefusal?>(SellerSubscriptionRefusal.GestureMissing);
                }

                if (!await SavedMethods.TakeAsync(db, method.Method.Id, now, token))
                {
                    return unit.RollBack<SellerSubscriptionRefusal?>(SellerSubscriptionRefusal.MethodUnusable);
                }

                if (subscription.MethodId == method.Method.Id)
                {
                    return null;
                }

                await SubscriptionBooking.AgreeAsync(db, method.Method.Id, now, token);
                await SubscriptionBooking.ChangeAsync(db, subscription, subscription.State, set => set.SetProperty(s => s.MethodId, method.Method.Id), token);
                if (subscription.State != SubscriptionState.Pending)
                {
                    await SubscriptionBooking.TellMethodAsync(db, subscription, method.Method.Id, now, token);
                }

                return (SellerSubscriptionRefusal?)null;
            },
            cancellationToken);
        return result is { } refusal ? Refuse(refusal) : await OkAsync(sellerId, handle, cancellationToken);
    }

    /// <summary>Cancels it, at the end of what is paid for or now (MZ-12).</summary>
    public async Task<SellerSubscriptionResult> CancelAsync(long sellerId, string handle, bool now, CancellationToken cancellationToken)
    {
        var found = await writes.ReadAsync((db, token) => FindAsync(db, sellerId, handle, token), cancellationToken);
        switch (found?.Subscription)
        {
            case null:
                return new SellerSubscriptionResult.NotFound("id");
            case { State: SubscriptionState.Ended }:
                return await OkAsync(sellerId, handle, cancellationToken);
            case { State: SubscriptionState.Pending } pending:
                var order = await writes.ReadAsync(
                    (db, token) => db.SubscriptionPeriods.Where(p => p.SubscriptionId == pending.Id && p.Number == 1).Select(p => p.OrderId).FirstAsync(token), cancellationToken);
                return await ending.CancelAsync(order, "subscription_cancelled", cancellationToken) == EndingResult.Undecided
                    ? Refuse(SellerSubscriptionRefusal.Busy)
                    : await OkAsync(sellerId, handle, cancellationToken);
            case { State: SubscriptionState.Ending } when !now:
                return await OkAsync(sellerId, handle, cancellationToken);
            case { } running:
                return await AfterAsync(await subscriptions.CancelAsync(running.MemberId, handle, now, cancellationToken), sellerId, handle, cancellationToken);
        }
    }

    /// <summary>Takes a cancellation back before it has acted, without a charge.</summary>
    public async Task<SellerSubscriptionResult> TakeBackAsync(long sellerId, string handle, CancellationToken cancellationToken)
    {
        var found = await writes.ReadAsync((db, token) => FindAsync(db, sellerId, handle, token), cancellationToken);
        return found?.Subscription switch
        {
            null => new SellerSubscriptionResult.NotFound("id"),
            { State: SubscriptionState.Active or SubscriptionState.PastDue } => await OkAsync(sellerId, handle, cancellationToken),
            { State: SubscriptionState.Ending } cancelled =>
                await AfterAsync(await subscriptions.TakeBackAsync(cancelled.MemberId, handle, cancellationToken), sellerId, handle, cancellationToken),
            _ => Refuse(SellerSubscriptionRefusal.NotNow),
        };
    }

    private static SellerSubscriptionResult.Refused Refuse(SellerSubscriptionRefusal reason) => new(reason);

    private async Task<SellerSubscriptionResult> AfterAsync(SubscriptionResult result, long sellerId, string handle, CancellationToken cancellationToken) => result switch
    {
        SubscriptionResult.Done => await OkAsync(sellerId, handle, cancellationToken),
        SubscriptionResult.NotFound => new SellerSubscriptionResult.NotFound("id"),
        _ => Refuse(SellerSubscriptionRefusal.NotNow),
    };

    private async Task<SellerSubscriptionResult> OkAsync(long sellerId, string handle, CancellationToken cancellationToken, bool isNew = false) =>
        new SellerSubscriptionResult.Ok(View((await writes.ReadAsync((db, token) => FindAsync(db, sellerId, handle, token), cancellationToken))!), isNew);

    private static Task<Row?> FindAsync(ShopDbContext db, long sellerId, string handle, CancellationToken cancellationToken) =>
        Rows(db, Own(db, sellerId).Where(s => s.Handle == handle)).FirstOrDefaultAsync(cancellationToken);

    /// <summary>A seller's subscriptions; not those that somebody has placed through a buyer's name and not paid: they are not that buyer's yet.</summary>
    internal static IQueryable<Subscription> Own(ShopDbContext db, long sellerId) => db.Subscriptions.AsNoTracking()
        .Where(s => s.SellerId == sellerId && db.SellerBuyers.Any(b => b.Id == s.SellerBuyerId && b.MemberId == s.MemberId));

    /// <summary>The row of a seller's subscription, by which lists go on; null: it has none of that name.</summary>
    public static Task<long?> RowAsync(ShopDbContext db, long sellerId, string handle, CancellationToken cancellationToken) =>
        Own(db, sellerId).Where(s => s.Handle == handle).Select(s => (long?)s.Id).FirstOrDefaultAsync(cancellationToken);

    private static IQueryable<Row> Rows(ShopDbContext db, IQueryable<Subscription> which) => which.Select(s => new Row(
        s,
        db.SellerBuyers.Where(b => b.Id == s.SellerBuyerId).Select(b => b.Handle).First(),
        db.Sellers.Where(x => x.Id == s.SellerId).Select(x => x.Handle).First(),
        db.SellerProducts.Where(p => p.Id == s.SellerProductId).Select(p => p.Code).First(),
        db.SellerMethods.Where(m => m.SellerBuyerId == s.SellerBuyerId && m.MethodId == s.MethodId).Select(m => m.Handle).FirstOrDefault()));

    private static SellerSubscriptionView View(Row row) => new()
    {
        Id = row.Subscription.Id,
        Handle = row.Subscription.Handle,
        Buyer = row.Buyer,
        Seller = row.Seller,
        Product = row.Product,
        Payment = row.Payment,
        State = row.Subscription.State,
        Price = new Money(row.Subscription.PriceMinor, Currency.Of(row.Subscription.Currency)),
        Months = row.Subscription.Months,
        PaidThrough = row.Subscription.PaidThrough,
        NextChargeAt = row.Subscription.NextChargeAt,
    };

    private SellerSubscriptionRefusal? Usable(StoredMethod method) =>
        method.ForgottenAt is null && method.Mode == methods.Mode(method.Provider) && !methods.IsExpired(method) && methods.Renews(method.Provider)
            ? null
            : SellerSubscriptionRefusal.MethodUnusable;

    /// <summary>The buyer's gesture is for one new subscription, and does not hold for ever.</summary>
    private static async Task<bool> SpendGestureAsync(ShopDbContext db, SellerMethod method, long subscriptionId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now - GestureHolds;
        return await db.SellerMethods.Where(m => m.Id == method.Id && m.BroughtAt > since && m.SubscriptionId == null)
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.SubscriptionId, subscriptionId), cancellationToken) == 1;
    }

    private async Task<SellerSubscriptionResult> BeginAsync(
        WriteUnit unit, BeginSubscription wish, bool resume, string number, string receipt, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (await SellerBuyers.TakeAsync(db, wish.SellerId, wish.Buyer, cancellationToken) is not { } buyer)
        {
            return new SellerSubscriptionResult.NotFound("buyer");
        }

        if (await Sellers.FindAsync(db, wish.Product, cancellationToken) is not { } offer || offer.Seller.Id != wish.SellerId)
        {
            return new SellerSubscriptionResult.NotFound("product");
        }

        if (await SellerMethods.FindAsync(db, wish.SellerId, wish.Payment, cancellationToken) is not { } method || method.Row.SellerBuyerId != buyer.Id)
        {
            return new SellerSubscriptionResult.NotFound("payment");
        }

        if (resume && await Rows(db, db.Subscriptions.AsNoTracking().Where(
                s => s.SellerBuyerId == buyer.Id && s.SellerProductId == offer.Product.Id && s.MethodId == method.Method.Id && s.State == SubscriptionState.Pending))
            .FirstOrDefaultAsync(cancellationToken) is { } before)
        {
            return new SellerSubscriptionResult.Ok(View(before), IsNew: true);
        }

        if (!await db.Users.AnyAsync(m => m.Id == buyer.MemberId && m.Status == AccountStatus.Visible, cancellationToken))
        {
            return Refuse(SellerSubscriptionRefusal.BuyerUnavailable);
        }

        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        if (Refusal(wish, offer, method.Method, set) is { } refusal)
        {
            return Refuse(refusal);
        }

        var price = offer.Product.AmountMinor ?? wish.AmountMinor!.Value;
        if (await db.Subscriptions.AnyAsync(
            s => s.MemberId == buyer.MemberId && s.RecipientId == buyer.MemberId && s.Product == offer.Product.Sku && SubscriptionStates.Live.Contains(s.State), cancellationToken))
        {
            return Refuse(SellerSubscriptionRefusal.Exists);
        }

        var order = await OrderAsync(db, wish, offer, buyer, price, number, receipt, (revision, set), now, cancellationToken);
        var subscription = new Subscription
        {
            Handle = Codes.New(20),
            MemberId = buyer.MemberId,
            RecipientId = buyer.MemberId,
            Product = offer.Product.Sku,
            Sku = offer.Product.Sku,
            SellerProductId = offer.Product.Id,
            SellerId = wish.SellerId,
            SellerBuyerId = buyer.Id,
            Goods = order.Lines[0].Goods,
            Months = offer.Product.Months!.Value,
            PriceMinor = price,
            Currency = offer.Product.Currency,
            MethodId = method.Method.Id,
            PriceRevision = revision,
            CreatedAt = now,
        };
        db.Subscriptions.Add(subscription);
        await db.SaveChangesAsync(cancellationToken);
        db.SubscriptionPeriods.Add(new SubscriptionPeriod
        {
            SubscriptionId = subscription.Id, Number = 1, Months = subscription.Months, PriceMinor = price, OrderId = order.Id, OrderLineId = order.Lines[0].Id, CreatedAt = now,
        });
        await db.SaveChangesAsync(cancellationToken);
        if (!await SpendGestureAsync(db, method.Row, subscription.Id, now, cancellationToken))
        {
            return unit.RollBack<SellerSubscriptionResult>(Refuse(SellerSubscriptionRefusal.GestureMissing));
        }

        return new SellerSubscriptionResult.Ok(View(new Row(subscription, buyer.Handle, offer.Seller.Handle, offer.Product.Code, method.Row.Handle)), IsNew: true);
    }

    private SellerSubscriptionRefusal? Refusal(BeginSubscription wish, SellerOffer offer, StoredMethod method, RuleSet set)
    {
        var product = offer.Product;
        if (offer.Seller.State != SellerState.Active)
        {
            return SellerSubscriptionRefusal.SellerPaused;
        }

        if (!offer.IsOpen)
        {
            return SellerSubscriptionRefusal.NotOnSale;
        }

        if (product.Sale != SellerSale.Recurring)
        {
            return SellerSubscriptionRefusal.NotRecurring;
        }

        if (product.Pricing == SellerPricing.Custom && wish.AmountMinor is null)
        {
            return SellerSubscriptionRefusal.AmountMissing;
        }

        if (wish.AmountMinor is { } amount && (product.Pricing == SellerPricing.Fixed ? amount != product.AmountMinor : amount < product.LeastMinor || amount > product.MostMinor))
        {
            return SellerSubscriptionRefusal.AmountWrong;
        }

        if (set.Get<TaxTerms>() is { IsOnTop: true } or { NeedsCountry: true })
        {
            return SellerSubscriptionRefusal.TaxOpen;
        }

        if (Usable(method) is { } unusable)
        {
            return unusable;
        }

        var due = new Money(product.AmountMinor ?? wish.AmountMinor!.Value, Currency.Of(product.Currency));
        return attempts.Methods(due, set.Get<PaymentTerms>(), renews: true).Any(m => m.Provider == method.Provider && m.Disabled is null)
            ? null
            : SellerSubscriptionRefusal.AmountNotTaken;
    }

    /// <summary>The first order: like any other, but from no cart; its buyer accepted the terms at the seller.</summary>
    private async Task<Order> OrderAsync(
        ShopDbContext db, BeginSubscription wish, SellerOffer offer, SellerBuyer buyer, long price, string number, string receipt, (long Revision, RuleSet Set) terms, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var versions = await legal.VersionsAsync(db, cancellationToken);
        var payer = await db.Users.Where(m => m.Id == buyer.MemberId).Select(m => new { m.Email, m.Culture, m.UserName }).FirstAsync(cancellationToken);
        var tax = terms.Set.Get<TaxTerms>().Within(offer.Product.Sku, price, TaxBuyer.Unknown);
        var goods = SellerItem.ProductOf(offer, price)!.Goods.GetRawText();
        var order = new Order
        {
            Number = number,
            Reference = Codes.New(8),
            BuyerId = buyer.MemberId,
            BuyerEmail = payer.Email ?? buyer.Email,
            Currency = offer.Product.Currency,
            NetMinor = tax.NetMinor,
            TaxMinor = tax.TaxMinor,
            PriceMinor = price,
            DueMinor = price,
            DuePoints = 0,
            PointValueMinor = terms.Set.Get<PriceList>().PointValueMinor,
            PlacedAt = now,
            ExpiresAt = now + OrderWaits,
            RuleRevision = terms.Revision,
            TermsVersion = versions[LegalPageKind.Terms],
            PrivacyVersion = versions[LegalPageKind.Privacy],
            Culture = payer.Culture ?? wish.Culture,
            ReceiptTokenHash = receipt,
            ForSubscription = true,
            Lines =
            [
                new OrderLine
                {
                    Position = 0,
                    Sku = offer.Product.Sku,
                    Kind = SellerItem.KindKey,
                    Goods = goods,
                    Quantity = 1,
                    Title = offer.Product.Title,
                    RecipientId = buyer.MemberId,
                    RecipientName = null,
                    SellerId = offer.Seller.Id,
                    SellerProductId = offer.Product.Id,
                    SellerBuyerId = buyer.Id,
                    NetMinor = tax.NetMinor,
                    TaxMinor = tax.TaxMinor,
                    TaxRatePpm = tax.RatePpm,
                    TaxCategory = tax.Category,
                    PriceMinor = price,
                    DueMinor = price,
                    DuePoints = 0,
                },
            ],
        };
        db.Orders.Add(order);
        await db.SaveChangesAsync(cancellationToken);
        db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = 1, ToState = OrderState.AwaitingPayment, At = now, Reason = "api" });
        db.Deliveries.Add(new Delivery
        {
            OrderId = order.Id,
            OrderLineId = order.Lines[0].Id,
            EffectKey = string.Create(CultureInfo.InvariantCulture, $"line:{order.Lines[0].Id}"),
            RecipientId = buyer.MemberId,
        });
        await db.SaveChangesAsync(cancellationToken);
        return order;
    }
}
