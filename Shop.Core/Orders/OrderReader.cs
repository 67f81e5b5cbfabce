using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Reads orders for the people who may see them. The number only identifies: access has the owner, the buying session, or the link's token;
/// everybody else gets null, the same as for an order that does not exist (DECISIONS 22, S01).
/// </summary>
public sealed class OrderReader(LinkTokens tokens, RuleBook rules)
{
    public const int PageSize = 20;

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<Order?>>> ByNumber = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string number, CancellationToken _) => db.Orders.AsNoTracking().FirstOrDefault(o => o.Number == number)));

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<Order?>>> WithLines = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string number, CancellationToken _) => db.Orders.AsNoTracking().Include(o => o.Lines).FirstOrDefault(o => o.Number == number)));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Order>>> ById = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) => db.Orders.AsNoTracking().Include(o => o.Lines).First(o => o.Id == id)));

    private static readonly PerModel<Func<ShopDbContext, long, IAsyncEnumerable<Delivery>>> DeliveriesOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order) => db.Deliveries.AsNoTracking().Where(d => d.OrderId == order)));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<PaymentAttempt?>>> LastAttempt = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) =>
            db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == order).OrderByDescending(a => a.Seq).FirstOrDefault()));

    private static readonly PerModel<Func<ShopDbContext, long, IAsyncEnumerable<Payment>>> PaymentsOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order) =>
            db.PaymentAttempts.Where(a => a.OrderId == order).Join(db.ProviderPayments, a => (Guid?)a.Id, p => p.AttemptId, (_, p) => p)
                .Select(p => new Payment(
                    p.Disposition, p.AmountMinor, p.Currency, db.Refunds.Where(r => r.PaymentId == p.Id && r.State == RefundState.Succeeded).Sum(r => r.AmountMinor)))));

    private sealed record Payment(Disposition Disposition, long AmountMinor, string Currency, long Back);

    /// <summary>The order, if the viewer may see it.</summary>
    public async Task<OrderView?> FindAsync(ShopDbContext db, string number, OrderViewer viewer, CancellationToken cancellationToken)
    {
        var order = await WithLines.For(db)(db, number, cancellationToken);
        if (order is null)
        {
            return null;
        }

        var acts = MayAct(order, viewer.Buyer);
        if (!acts && await FixesAsync(db, order, viewer.Buyer, cancellationToken))
        {
            return await ViewAsync(db, order, mayAct: true, cancellationToken) with { ByLink = true };
        }

        return acts || HasToken(order, viewer.Token) ? await ViewAsync(db, order, acts, cancellationToken) : null;
    }

    /// <summary>The order, if the viewer may act on it: pay, choose another method. A receipt's link does not suffice.</summary>
    public async Task<OrderToAct?> FindToActAsync(ShopDbContext db, string number, Buyer buyer, CancellationToken cancellationToken)
    {
        if (await ByNumber.For(db)(db, number, cancellationToken) is not { } order)
        {
            return null;
        }

        return MayAct(order, buyer) ? new OrderToAct(order.Id, ByLink: false)
            : await FixesAsync(db, order, buyer, cancellationToken) ? new OrderToAct(order.Id, ByLink: true)
            : null;
    }

    /// <summary>The order as its own buyer sees it: for the receipt mail.</summary>
    public async Task<OrderView> ReadAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken)
    {
        var order = await ById.For(db)(db, orderId, cancellationToken);
        return await ViewAsync(db, order, mayAct: true, cancellationToken);
    }

    /// <summary>A page of a member's orders, filtered and sorted. Pages count from 1.</summary>
    public async Task<OrderPage> PageAsync(
        ShopDbContext db, long memberId, OrderFilter filter, OrderSort sort, int page, CancellationToken cancellationToken)
    {
        var orders = Fitting(db, memberId, filter);
        var total = await orders.CountAsync(cancellationToken);
        var at = Math.Clamp(page, 1, Math.Max(1, (total + PageSize - 1) / PageSize));
        var sorted = sort switch
        {
            OrderSort.Newest => orders.OrderByDescending(o => o.Id),
            OrderSort.Oldest => orders.OrderBy(o => o.Id),
            OrderSort.HighestTotal => orders.OrderByDescending(o => o.PriceMinor).ThenByDescending(o => o.Id),
            OrderSort.LowestTotal => orders.OrderBy(o => o.PriceMinor).ThenByDescending(o => o.Id),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        var rows = await sorted.Skip((at - 1) * PageSize).Take(PageSize)
            .Select(o => new OrderRow
            {
                Number = o.Number,
                Reference = o.Reference,
                PlacedAt = o.PlacedAt,
                State = o.State,
                Currency = o.Currency,
                PriceMinor = o.PriceMinor,
                DueMinor = o.DueMinor,
                DuePoints = o.DuePoints,
                Provider = db.PaymentAttempts.Where(a => a.OrderId == o.Id).OrderByDescending(a => a.Seq).Select(a => a.Provider).FirstOrDefault(),
                Title = o.Lines.OrderBy(l => l.Position).Select(l => l.Title).First(),
                Lines = o.Lines.Count,
                SellerIds = o.Lines.Where(l => l.SellerId != null).Select(l => l.SellerId!.Value).ToList(),
                Attempt = db.PaymentAttempts.Where(a => a.OrderId == o.Id).OrderByDescending(a => a.Seq).Select(a => (AttemptState?)a.State).FirstOrDefault(),
                Receipt = db.Receipts.Where(r => r.OrderId == o.Id).Select(r => r.Number).FirstOrDefault(),
                CreditNotes = db.CreditNotes.Where(n => n.OrderId == o.Id && n.VoidedAt == null).OrderBy(n => n.Id).Select(n => n.Number).ToList(),
            })
            .ToListAsync(cancellationToken);
        var ids = rows.SelectMany(r => r.SellerIds).Distinct().ToList();
        var sellers = ids.Count == 0 ? [] : await db.Sellers.Where(s => ids.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => s.Name, cancellationToken);
        return new OrderPage([.. rows.Select(r => r with { Sellers = [.. r.SellerIds.Distinct().Select(id => sellers[id]).Order(StringComparer.Ordinal)] })], total, at, PageSize);
    }

    /// <summary>When a member's first order was placed; null: there is none.</summary>
    public static Task<DateTimeOffset?> FirstAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.Orders.Where(o => o.BuyerId == memberId).OrderBy(o => o.Id).Select(o => (DateTimeOffset?)o.PlacedAt).FirstOrDefaultAsync(cancellationToken);

    private static IQueryable<Order> Fitting(ShopDbContext db, long memberId, OrderFilter filter)
    {
        var orders = db.Orders.Where(o => o.BuyerId == memberId);
        if (filter.State is { } state)
        {
            orders = orders.Where(o => o.State == state);
        }

        if (filter.Kind is { } kind)
        {
            orders = orders.Where(o => o.Lines.Any(l => l.Kind == kind));
        }

        if (filter is { From: { } from, Before: { } before })
        {
            orders = orders.Where(o => o.PlacedAt >= from && o.PlacedAt < before);
        }

        if (filter.Text is { } text)
        {
            var (lower, upper, minor) = (text.ToLowerInvariant(), text.ToUpperInvariant(), filter.TextMinor);
            var (start, end) = filter.TextDay ?? (DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
            var titled = Titled(db, text);
            orders = orders.Where(o => o.Number == lower || o.Reference == lower
                || titled.Any(l => l.OrderId == o.Id)
                || (minor != null && (o.PriceMinor == minor || o.DueMinor == minor))
                || (o.PlacedAt >= start && o.PlacedAt < end)
                || db.Receipts.Any(r => r.OrderId == o.Id && (r.Number == text || r.Number == upper))
                || db.CreditNotes.Any(n => n.OrderId == o.Id && (n.Number == text || n.Number == upper)));
        }

        return orders;
    }

    /// <summary>Lines that are called so in some part, in small letters or capitals: each engine has a word of its own for it.</summary>
    private static IQueryable<OrderLine> Titled(ShopDbContext db, string text)
    {
        const string mark = "\\";
        var part = $"%{text.Replace(mark, mark + mark, StringComparison.Ordinal).Replace("%", mark + "%", StringComparison.Ordinal).Replace("_", mark + "_", StringComparison.Ordinal)}%";
        return db.IsSqlite ? db.OrderLines.Where(l => EF.Functions.Like(l.Title, part, mark)) : db.OrderLines.Where(l => EF.Functions.ILike(l.Title, part, mark));
    }

    /// <summary>The paid orders that belong to an address: bought with it logged out, or by a member who has confirmed it. Newest first, at most 50.</summary>
    public async Task<IReadOnlyList<OrderView>> OfEmailAsync(ShopDbContext db, string email, CancellationToken cancellationToken)
    {
        var normalized = email.ToUpperInvariant();
        var lower = email.ToLowerInvariant();
        var orders = await db.Orders.AsNoTracking().Include(o => o.Lines)
            .Where(o => o.PaidAt != null
                && ((o.BuyerId == null && o.BuyerEmail == lower)
                    || db.Users.Any(m => m.Id == o.BuyerId && m.EmailConfirmed && m.NormalizedEmail == normalized)))
            .OrderByDescending(o => o.Id).Take(50).ToListAsync(cancellationToken);
        var views = new List<OrderView>(orders.Count);
        foreach (var order in orders)
        {
            views.Add(await ViewAsync(db, order, mayAct: true, cancellationToken));
        }

        return views;
    }

    private static bool MayAct(Order order, Buyer buyer) => order.BuyerId is { } owner
        ? buyer.MemberId == owner
        : order.SessionHash is { } session && (buyer.SessionHash == session || buyer.ResourceHash == session);

    /// <summary>Whether a browser holds the link of this failed renewal, and its payer has no account to sign in to, so that the link is the only way (docs/adr/0042).</summary>
    private static async Task<bool> FixesAsync(ShopDbContext db, Order order, Buyer buyer, CancellationToken cancellationToken) =>
        buyer.FixHash is { } hash && order is { ForSubscription: true, BuyerId: { } payer }
        && await db.SubscriptionPeriods.AnyAsync(p => p.OrderId == order.Id && p.FixHash == hash, cancellationToken)
        && await db.Users.AnyAsync(m => m.Id == payer && m.Kind == AccountKind.Buyer, cancellationToken);

    /// <summary>Whether a viewer is the buyer: by the account, the session that bought, or, of an order without an account, the receipt's link (docs/adr/0029).</summary>
    internal static bool MayGiveBack(Order order, OrderViewer viewer) => MayAct(order, viewer.Buyer) || (order.BuyerId is null && HasToken(order, viewer.Token));

    private static bool HasToken(Order order, string? token) => !string.IsNullOrEmpty(token) && token.Length <= 100
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Codes.Hash(token)), Encoding.ASCII.GetBytes(order.ReceiptTokenHash));

    private async Task<OrderView> ViewAsync(ShopDbContext db, Order order, bool mayAct, CancellationToken cancellationToken)
    {
        var currency = Currency.Of(order.Currency);
        var deliveries = await DeliveriesOf.For(db)(db, order.Id).ToDictionaryAsync(d => d.OrderLineId, cancellationToken: cancellationToken);
        var attempt = await LastAttempt.For(db)(db, order.Id, cancellationToken);
        var sold = order.Lines.Where(l => l.SellerId is not null).Select(l => l.Id).ToHashSet();
        var others = deliveries.Values.Where(d => !sold.Contains(d.OrderLineId)).Select(d => d.RecipientId).Where(id => id is not null && id != order.BuyerId).ToList();
        var people = others.Count == 0 ? [] : await CartPricing.RecipientsAsync(db, others, Giver.Of(order), cancellationToken);
        var payments = await PaymentsOf.For(db)(db, order.Id).ToListAsync(cancellationToken);
        var refunded = payments.Where(p => p.Disposition == Disposition.Matched).Sum(p => p.Back);
        var refundedPoints = order.ReservedPoints == 0
            ? 0
            : await db.Refunds.Where(r => r.OrderId == order.Id && r.State == RefundState.Succeeded).SumAsync(r => r.Points, cancellationToken);
        var partly = refunded + refundedPoints > 0 && (order.State is OrderState.Paid or OrderState.Fulfilled);
        return new OrderView
        {
            Id = order.Id,
            Number = order.Number,
            Reference = order.Reference,
            State = order.State,
            StateWord = partly ? "partially_refunded" : Accounts.Words.Of(order.State),
            PlacedAt = order.PlacedAt,
            PaidAt = order.PaidAt,
            Total = new Money(order.PriceMinor, currency),
            DueMoney = new Money(order.DueMinor, currency),
            DuePoints = order.DuePoints,
            BonusPoints = order.BonusPoints,
            Tax = new Money(order.TaxMinor, currency),
            AddedTax = new Money(order.Lines.Aggregate(0L, (sum, l) => checked(sum + l.AddedTaxMinor)), currency),
            Taxes = TaxSum.Of(order.Lines.Select(TaxOf), currency),
            IsReverseCharge = order.ReverseCharge,
            Discount = new Money(order.Lines.Aggregate(0L, (sum, l) => checked(sum + l.DiscountMinor)), currency),
            Promotions =
            [
                .. (await PromotionsAsync(db, order, cancellationToken)).Select(p => new OrderPromotionView(p.Name, p.Code, new Money(p.AmountMinor, currency), p.Months, p.Points)),
            ],
            Refunded = new Money(refunded, currency),
            RefundedPoints = refundedPoints,
            Unused =
            [
                .. payments.Where(p => p.Disposition != Disposition.Matched)
                    .Select(p => new UnusedMoney(new Money(p.AmountMinor, Currency.Of(p.Currency)), p.Disposition == Disposition.Returned)),
            ],
            Lines = [.. order.Lines.OrderBy(l => l.Position).Select(l => Line(l, order, deliveries[l.Id], people, currency))],
            BuyerEmail = order.BuyerEmail,
            BuyerId = order.BuyerId,
            ForSubscription = order.ForSubscription,
            RuleRevision = order.RuleRevision,
            Culture = order.Culture,
            Provider = order.DueMinor == 0 ? PayMethod.Points : attempt?.Provider,
            Attempt = attempt?.State,
            AttemptReason = attempt?.Reason,
            ReceiptToken = mayAct ? await tokens.ReceiptAsync(order.Number, order.ReceiptGeneration, cancellationToken) : null,
            MayAct = mayAct,
        };
    }

    /// <summary>What counted, in the order in which it was applied. No query for an order of a revision that has no promotions.</summary>
    private async Task<List<OrderPromotion>> PromotionsAsync(ShopDbContext db, Order order, CancellationToken cancellationToken) =>
        (await rules.GetAsync<PromotionTerms>(db, order.RuleRevision, cancellationToken)).Promotions.Count == 0
            ? []
            : await db.OrderPromotions.AsNoTracking().Where(p => p.OrderId == order.Id).OrderBy(p => p.Id).ToListAsync(cancellationToken);

    private static LineTax TaxOf(OrderLine line) => new(line.PriceMinor, line.TaxMinor, line.AddedTaxMinor, line.TaxRatePpm, line.TaxCategory);

    private static OrderLineView Line(OrderLine line, Order order, Delivery delivery, Dictionary<long, Recipient> people, Currency currency)
    {
        var isHidden = delivery.Random is { } choice && choice.IsHidden();
        var own = line.SellerId is not null || line.Kind == ResourceItem.KindKey || (delivery is { RecipientEmail: null, Random: null } && delivery.RecipientId == order.BuyerId);
        var recipient = !isHidden && delivery.RecipientId is { } id ? people.GetValueOrDefault(id) : null;
        return new OrderLineView
        {
            Id = line.Id,
            Sku = line.Sku,
            Kind = line.Kind,
            Title = line.Title,
            Quantity = line.Quantity,
            RecipientId = isHidden ? null : delivery.RecipientId,
            Random = delivery.Random,
            // who claimed it is told to nobody else
            RecipientName = delivery.RecipientEmail ?? recipient?.Name ?? line.RecipientName,
            ForBuyer = own,
            Seller = line.SellerId is null ? null : SellerLine.Of(line.Goods),
            Note = delivery.Note,
            Anonymous = delivery.Anonymous,
            Price = new Money(line.PriceMinor, currency),
            Tax = TaxOf(line),
            Discount = new Money(line.DiscountMinor, currency),
            ExtraMonths = PaidTime.ExtraOf(line),
            DueMoney = new Money(line.DueMinor, currency),
            DuePoints = line.DuePoints,
            Delivery = delivery.State,
            AppliedAt = delivery.AppliedAt,
            Until = (own || recipient is { Maintained: true }) && delivery.State == DeliveryState.Applied ? delivery.RanUntil : null,
            DeliverOn = delivery is { State: DeliveryState.Scheduled, DeliverOn: { } day } && day > order.PlacedAt ? Days.Of(day) : null,
        };
    }
}
