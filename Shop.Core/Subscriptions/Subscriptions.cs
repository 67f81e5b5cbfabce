using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// What members see of their subscriptions and do with them. Each change is one transaction under the subscription's row, so that it comes before a renewal or after it
/// (M08). Somebody else's is not there.
/// </summary>
public sealed class Subscriptions(
    Writes writes, RuleBook rules, SavedMethods methods, OrderEnding ending, Renewals renewals, LinkTokens tokens, TimeProvider clock)
{
    /// <summary>Pages show so many that are over.</summary>
    private const int MostEnded = 20;

    private sealed record Row(Subscription Subscription, string RecipientName, string? Picture, string? OpenNumber, bool IsCharging)
    {
        public StoredMethod? Method { get; init; }
    }

    /// <summary>A member's subscriptions, those that run first. A fixed number of queries.</summary>
    public async Task<IReadOnlyList<SubscriptionView>> ListAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(db, db.Subscriptions.Where(s => s.MemberId == memberId && s.State != SubscriptionState.Pending && s.EndReason != SubscriptionEnd.NeverPaid), cancellationToken);
        var shown = rows.Where(r => r.Subscription.State != SubscriptionState.Ended).Concat(rows.Where(r => r.Subscription.State == SubscriptionState.Ended).Take(MostEnded));
        var views = new List<SubscriptionView>();
        foreach (var row in shown)
        {
            views.Add(await ViewAsync(row, cancellationToken));
        }

        return views;
    }

    /// <summary>One subscription of a member; null: there is none.</summary>
    public async Task<SubscriptionView?> FindAsync(ShopDbContext db, long memberId, string handle, CancellationToken cancellationToken) =>
        await RowsAsync(db, Own(db, memberId, handle).Where(s => s.State != SubscriptionState.Pending), cancellationToken) is [var row] ? await ViewAsync(row, cancellationToken) : null;

    /// <summary>The plans that a subscription can be changed to: of the same product, on sale and offered for renewal.</summary>
    public async Task<IReadOnlyList<PlanView>> PlansAsync(ShopDbContext db, long memberId, string handle, CancellationToken cancellationToken)
    {
        var subscription = await Own(db, memberId, handle).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
        return subscription is null ? [] : [.. (await OfferedAsync(db, subscription, cancellationToken)).Select(p => Plan(p.Sku, subscription.TitleOf(PaidTime.GoodsOf(p).Months), PaidTime.GoodsOf(p).Months, p.PriceMinor, subscription.Currency))];
    }

    /// <summary>What an order pays of subscriptions: for the receipt's field "Next payment" (MZ-27).</summary>
    public static async Task<IReadOnlyList<(DateTimeOffset NextChargeAt, Money Price)>> NextPaymentsAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken)
    {
        var running = await db.SubscriptionPeriods.Where(p => p.OrderId == orderId)
            .Join(db.Subscriptions, p => p.SubscriptionId, s => s.Id, (_, s) => s).Where(s => s.State == SubscriptionState.Active && s.NextChargeAt != null).AsNoTracking().ToListAsync(cancellationToken);
        return [.. running.Select(s => (s.NextChargeAt!.Value, new Money(NextPrice(s), Currency.Of(s.Currency))))];
    }

    /// <summary>Cancels: at the end of what is paid for, or now. Cancelled at a time when nothing paid for is left, it ends now.</summary>
    public async Task<SubscriptionResult> CancelAsync(long memberId, string handle, bool now, CancellationToken cancellationToken)
    {
        var (result, open, id) = await ChangeAsync(memberId, handle, (unit, subscription, at, token) => EndingAsync(unit, subscription, now, SubscriptionCancel.Asked, at, token), cancellationToken);
        if (result != SubscriptionResult.Done || open is not { } order)
        {
            return result;
        }

        // its provider first; what then turns out to be paid is paid, and valid
        if (await ending.CancelAsync(order, "subscription_cancelled", cancellationToken) != EndingResult.Undecided)
        {
            await renewals.RenewAsync(id, cancellationToken);
        }

        return result;
    }

    /// <summary>Takes a cancellation back before it has acted: nothing is charged now (MZ-41).</summary>
    public Task<SubscriptionResult> TakeBackAsync(long memberId, string handle, CancellationToken cancellationToken) =>
        GoOnAsync(memberId, handle, SubscriptionState.Ending, cancellationToken);

    /// <summary>Nothing is charged until it is resumed; what is paid for stays.</summary>
    public async Task<SubscriptionResult> PauseAsync(long memberId, string handle, CancellationToken cancellationToken) =>
        (await ChangeAsync(
            memberId, handle,
            async (unit, subscription, _, token) =>
            {
                if (subscription.State != SubscriptionState.Active)
                {
                    return (SubscriptionResult.NotNow, null);
                }

                await SubscriptionBooking.ChangeAsync(unit.Db, subscription, SubscriptionState.Paused, NotCharged, token);
                return (SubscriptionResult.Done, null);
            },
            cancellationToken)).Result;

    /// <summary>Charges again: at the end of what is paid for, or at once where that is over, which its payer was shown before.</summary>
    public async Task<SubscriptionResult> ResumeAsync(long memberId, string handle, CancellationToken cancellationToken) =>
        await GoOnAsync(memberId, handle, SubscriptionState.Paused, cancellationToken);

    /// <summary>Another method from the next charge on; other subscriptions keep theirs (MZ-11).</summary>
    public async Task<SubscriptionResult> ChangeMethodAsync(long memberId, string handle, string? method, CancellationToken cancellationToken)
    {
        var own = method is null ? null : await methods.FindAsync(memberId, method, cancellationToken);
        if (own is null || methods.IsExpired(own) || !methods.Renews(own.Provider))
        {
            return SubscriptionResult.NoSuchMethod;
        }

        return (await ChangeAsync(
            memberId, handle,
            async (unit, subscription, at, token) =>
            {
                if (!SubscriptionStates.Begun.Contains(subscription.State))
                {
                    return (SubscriptionResult.NotNow, null);
                }

                if (!await SavedMethods.TakeAsync(unit.Db, own.Id, at, token))
                {
                    return unit.RollBack<(SubscriptionResult, long?)>((SubscriptionResult.NoSuchMethod, null));
                }

                await SubscriptionBooking.AgreeAsync(unit.Db, own.Id, at, token);
                await SubscriptionBooking.ChangeAsync(unit.Db, subscription, subscription.State, set => set.SetProperty(s => s.MethodId, own.Id), token);
                await SubscriptionBooking.TellMethodAsync(unit.Db, subscription, own.Id, at, token);
                return (SubscriptionResult.Done, null);
            },
            cancellationToken)).Result;
    }

    /// <summary>Another plan from the next period on, at the price that it has now; the plan that it has: what was chosen before no longer holds.</summary>
    public async Task<SubscriptionResult> ChangePlanAsync(long memberId, string handle, string? sku, CancellationToken cancellationToken) =>
        (await ChangeAsync(
            memberId, handle,
            async (unit, subscription, at, token) =>
            {
                if (!SubscriptionStates.Begun.Contains(subscription.State))
                {
                    return (SubscriptionResult.NotNow, null);
                }

                if (sku == subscription.Sku)
                {
                    // prices are looked at anew, in case they have changed
                    await SubscriptionBooking.ChangeAsync(unit.Db, subscription, subscription.State, set => Next(set, null, null, null, null).SetProperty(s => s.PriceRevision, 0), token);
                    return (SubscriptionResult.Done, null);
                }

                if ((await OfferedAsync(unit.Db, subscription, token)).FirstOrDefault(p => p.Sku == sku) is not { } plan)
                {
                    return (SubscriptionResult.NoSuchPlan, null);
                }

                await SubscriptionBooking.ChangeAsync(
                    unit.Db, subscription, subscription.State, set => Next(set, plan.Sku, PaidTime.GoodsOf(plan).Months, plan.PriceMinor, at), token);
                return (SubscriptionResult.Done, null);
            },
            cancellationToken)).Result;

    /// <summary>The accounts and classes for which the buyer has subscriptions, or would have them by a name that a line carries; no query unless a line renews.</summary>
    internal static async Task<IReadOnlySet<(long RecipientId, string Product)>> RenewingAsync(
        ShopDbContext db, IEnumerable<ItemLine?> items, long? buyerId, CancellationToken cancellationToken)
    {
        var renewed = items.OfType<ItemLine>().Where(i => i.Renews).ToList();
        if (buyerId is not { } member || renewed.Count == 0)
        {
            return new HashSet<(long, string)>();
        }

        var named = await SellerBuyers.SubscribedAsync(db, [.. renewed.Select(i => i.NamedBuyerId).OfType<long>().Distinct()], cancellationToken);

        var running = await db.Subscriptions.Where(s => s.MemberId == member && SubscriptionStates.Begun.Contains(s.State))
            .Select(s => new { s.RecipientId, s.Product }).ToListAsync(cancellationToken);
        return running.Select(s => (s.RecipientId, s.Product)).Concat(named.Select(product => (member, product))).ToHashSet();
    }

    private static Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Subscription> Next(
        Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Subscription> set, string? sku, int? months, long? price, DateTimeOffset? from) =>
        set.SetProperty(s => s.NextSku, sku).SetProperty(s => s.NextMonths, months).SetProperty(s => s.NextPriceMinor, price).SetProperty(s => s.NextFrom, from);

    private static void NotCharged(Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Subscription> set) =>
        set.SetProperty(s => s.NextChargeAt, (DateTimeOffset?)null).SetProperty(s => s.DueAt, (DateTimeOffset?)null);

    private static IQueryable<Subscription> Own(ShopDbContext db, long memberId, string handle) => db.Subscriptions.Where(s => s.Handle == handle && s.MemberId == memberId);

    private static long NextPrice(Subscription subscription) =>
        subscription.NextChargeAt is { } at && subscription.ChangesBy(at) ? subscription.NextPriceMinor!.Value : subscription.PriceMinor;

    /// <summary>Changes the member's own subscription under its row. Open: an order that is to be ended after the commit.</summary>
    private async Task<(SubscriptionResult Result, long? Open, long Id)> ChangeAsync(
        long memberId, string handle, Func<WriteUnit, Subscription, DateTimeOffset, CancellationToken, Task<(SubscriptionResult Result, long? Open)>> change,
        CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                if (await Own(unit.Db, memberId, handle).Select(s => (long?)s.Id).FirstOrDefaultAsync(token) is not { } id)
                {
                    return (SubscriptionResult.NotFound, null, 0);
                }

                var subscription = await SubscriptionBooking.LockAsync(unit.Db, id, token);
                var (result, open) = await change(unit, subscription, clock.GetUtcNow(), token);
                return (result, open, id);
            },
            cancellationToken);

    /// <summary>Cancels a subscription whose row the caller has taken. Open: an order that is to be ended after the commit; the scheduler does so as well.</summary>
    internal static async Task<(SubscriptionResult Result, long? Open)> EndingAsync(
        WriteUnit unit, Subscription subscription, bool atOnce, SubscriptionCancel why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        if (!SubscriptionStates.Begun.Contains(subscription.State))
        {
            return (SubscriptionResult.NotNow, null);
        }

        var open = await OpenAsync(db, subscription, cancellationToken);
        var endsNow = atOnce || subscription.PaidThrough <= now;
        var cancelled = subscription.CancelledAt ?? now;
        if (subscription.CancelledAt is null || endsNow)
        {
            await SubscriptionBooking.TellCancelledAsync(db, subscription, endsNow ? null : subscription.PaidThrough, why, now, cancellationToken);
        }

        if (endsNow && open is null)
        {
            await SubscriptionBooking.EndAsync(db, subscription, SubscriptionEnd.Member, now, cancellationToken);
            await db.Subscriptions.Where(s => s.Id == subscription.Id).ExecuteUpdateAsync(set => set.SetProperty(s => s.CancelledAt, cancelled), cancellationToken);
            return (SubscriptionResult.Done, null);
        }

        // nothing is charged from here on, also where an attempt is held or in doubt; what is open is ended at its provider before it is over
        await SubscriptionBooking.ChangeAsync(
            db, subscription, SubscriptionState.Ending,
            set => set.SetProperty(s => s.CancelledAt, cancelled).SetProperty(s => s.NextChargeAt, (DateTimeOffset?)null).SetProperty(s => s.DueAt, endsNow ? now : subscription.PaidThrough),
            cancellationToken);
        return (SubscriptionResult.Done, open);
    }

    /// <summary>The order of the next period, where it is written and not paid.</summary>
    private static Task<long?> OpenAsync(ShopDbContext db, Subscription subscription, CancellationToken cancellationToken) =>
        db.SubscriptionPeriods.Where(p => p.SubscriptionId == subscription.Id && p.Number == subscription.Period + 1)
            .Join(db.Orders.Where(o => o.State == OrderState.AwaitingPayment), p => p.OrderId, o => o.Id, (_, o) => (long?)o.Id).FirstOrDefaultAsync(cancellationToken);

    private async Task<SubscriptionResult> GoOnAsync(long memberId, string handle, SubscriptionState from, CancellationToken cancellationToken)
    {
        var isDue = false;
        var (result, _, id) = await ChangeAsync(
            memberId, handle,
            async (unit, subscription, at, token) =>
            {
                if (subscription.State != from || (from == SubscriptionState.Ending && subscription.PaidThrough <= at))
                {
                    return (SubscriptionResult.NotNow, null);
                }

                var terms = await rules.GetAsync<SubscriptionTerms>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
                var through = subscription.PaidThrough!.Value;
                isDue = through <= at;

                // resumed in its last hours it is not charged at once, and still before its time is over
                var charge = isDue ? at : through - terms.Lead > at ? through - terms.Lead : at + ((through - at) / 2);
                await SubscriptionBooking.ChangeAsync(
                    unit.Db, subscription, SubscriptionState.Active,
                    set =>
                    {
                        set.SetProperty(s => s.CancelledAt, (DateTimeOffset?)null).SetProperty(s => s.NextChargeAt, charge).SetProperty(s => s.DueAt, charge);
                        if (isDue)
                        {
                            set.SetProperty(s => s.AnchorAt, at).SetProperty(s => s.PaidMonths, 0);
                        }
                    },
                    token);
                return (SubscriptionResult.Done, null);
            },
            cancellationToken);
        if (result == SubscriptionResult.Done && isDue)
        {
            await renewals.RenewAsync(id, cancellationToken);
        }

        return result;
    }

    private async Task<IReadOnlyList<Product>> OfferedAsync(ShopDbContext db, Subscription subscription, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var terms = await rules.GetAsync<SubscriptionTerms>(db, revision, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        return list.Currency != subscription.Currency || subscription.SellerId is not null
            ? []
            : [.. list.Products.Where(p => p.On && terms.Renews(p) && PaidTime.GoodsOf(p).Class == subscription.Product && p.Sku != subscription.Sku)];
    }

    private static PlanView Plan(string sku, string title, int months, long price, string currency) =>
        new(sku, title, new Money(price, Currency.Of(currency)), months);

    private static async Task<IReadOnlyList<Row>> RowsAsync(ShopDbContext db, IQueryable<Subscription> which, CancellationToken cancellationToken)
    {
        var rows = await which.AsNoTracking().OrderByDescending(s => s.Id)
            .Select(s => new Row(
                s,
                db.Users.Where(u => u.Id == s.RecipientId).Select(u => u.UserName!).First(),
                s.SellerId == null
                    ? db.ProductPictures.Where(p => p.Sku == s.Sku && p.Size == PictureSize.Small).Select(p => p.Hash).FirstOrDefault()
                    : db.SellerProducts.Where(p => p.Id == s.SellerProductId).Select(p => p.PictureHash ?? db.Sellers.Where(x => x.Id == p.SellerId).Select(x => x.LogoHash).FirstOrDefault()).FirstOrDefault(),
                db.SubscriptionPeriods.Where(p => p.SubscriptionId == s.Id && p.Number == s.Period + 1)
                    .Join(db.Orders.Where(o => o.State == OrderState.AwaitingPayment), p => p.OrderId, o => o.Id, (_, o) => o.Number).FirstOrDefault(),
                db.SubscriptionPeriods.Where(p => p.SubscriptionId == s.Id && p.Number == s.Period + 1)
                    .Join(db.PaymentAttempts.Where(a => AttemptStates.Open.Contains(a.State)), p => p.OrderId, a => a.OrderId, (_, a) => a.Id).Any()))
            .ToListAsync(cancellationToken);
        var ids = rows.Select(r => r.Subscription.MethodId).OfType<long>().Distinct().ToList();
        var kept = ids.Count == 0 ? [] : await db.StoredMethods.AsNoTracking().Where(m => ids.Contains(m.Id)).ToDictionaryAsync(m => m.Id, cancellationToken);
        return [.. rows.Select(r => r with { Method = r.Subscription.MethodId is { } id ? kept[id] : null })];
    }

    private async Task<SubscriptionView> ViewAsync(Row row, CancellationToken cancellationToken)
    {
        var (s, today) = (row.Subscription, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        var changes = s.NextSku is not null && (s.NextChargeAt is not { } at || s.ChangesBy(at));
        var gone = row.Method is { ForgottenAt: not null };
        return new SubscriptionView
        {
            Handle = s.Handle,
            Title = s.TitleOf(s.Months),
            Seller = s.Goods is { } goods ? SellerLine.Of(goods) : null,
            RecipientName = row.RecipientName,
            ForPayer = s.RecipientId == s.MemberId,
            State = s.State,
            Price = new Money(s.PriceMinor, Currency.Of(s.Currency)),
            Months = s.Months,
            PaidThrough = s.PaidThrough,
            NextChargeAt = s.NextChargeAt,
            Next = changes ? Plan(s.NextSku!, s.TitleOf(s.NextMonths!.Value), s.NextMonths!.Value, s.NextPriceMinor!.Value, s.Currency) : Plan(s.Sku, s.TitleOf(s.Months), s.Months, s.PriceMinor, s.Currency),
            Changes = changes,
            Method = row.Method is null ? null : SavedMethods.View(row.Method, today, isDefault: false),
            MethodGone = gone,
            IsCharging = row.IsCharging,
            FixToken = s.State == SubscriptionState.PastDue && row.OpenNumber is { } open ? await tokens.FixAsync(open, cancellationToken) : null,
            CancelledAt = s.CancelledAt,
            EndedAt = s.EndedAt,
            EndReason = s.EndReason,
            Picture = row.Picture,
        };
    }
}
