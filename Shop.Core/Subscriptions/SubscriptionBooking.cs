using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// What happens to subscriptions with their orders, inside the transactions that place, settle, end and give back. Whoever comes here holds the order's row, and takes
/// the subscription's after it.
/// </summary>
public sealed class SubscriptionBooking(RuleBook rules, IAccountRules accountRules)
{
    /// <summary>A renewal whose payment is certain not to have begun is tried again after so long; it counts as no try.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromHours(1);

    /// <summary>Takes a subscription's row for this transaction.</summary>
    internal static async Task<Subscription> LockAsync(ShopDbContext db, long id, CancellationToken cancellationToken)
    {
        var taken = await db.Subscriptions.FromSql($"UPDATE subscriptions SET version = version + 1 WHERE id = {id} RETURNING *").AsNoTracking().ToListAsync(cancellationToken);
        return taken.Single();
    }

    /// <summary>An order was placed: a subscription for each line that renews, waiting for its first payment. The unique key of live ones may refuse it (MZ-16).</summary>
    internal static async Task BeginAsync(ShopDbContext db, Order order, IReadOnlyList<CartLineView> cart, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (line, view) in order.Lines.Zip(cart).Where(pair => pair.Second.Renews))
        {
            var (product, months) = RenewedGoods.Of(view.Product!);
            var subscription = new Subscription
            {
                Handle = Codes.New(20),
                MemberId = order.BuyerId!.Value,
                RecipientId = line.RecipientId!.Value,
                Anonymous = line.Anonymous,
                Product = product,
                Sku = line.Sku,
                SellerProductId = line.SellerProductId,
                SellerId = line.SellerId,
                SellerBuyerId = line.SellerBuyerId,
                Goods = line.SellerId is null ? null : line.Goods,
                Months = months,
                PriceMinor = view.Product!.PriceMinor,
                Currency = order.Currency,
                PriceRevision = order.RuleRevision,
                CreatedAt = now,
            };
            db.Subscriptions.Add(subscription);
            await db.SaveChangesAsync(cancellationToken);
            db.SubscriptionPeriods.Add(new SubscriptionPeriod
            {
                SubscriptionId = subscription.Id, Number = 1, Months = months, PriceMinor = line.PriceMinor, OrderId = order.Id, OrderLineId = line.Id, CreatedAt = now,
            });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>
    /// An attempt of an order that pays for periods has ended, with money or without. <paramref name="kept"/>: the method that the provider kept with it.
    /// </summary>
    internal async Task SettledAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, AttemptState to, long? kept, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // money for an order that is over already goes back by itself
        if (order.State != OrderState.AwaitingPayment || to is not (AttemptState.Captured or AttemptState.Failed or AttemptState.Cancelled))
        {
            return;
        }

        var terms = await rules.GetAsync<SubscriptionTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        foreach (var period in await PeriodsAsync(db, order.Id, cancellationToken))
        {
            var subscription = await LockAsync(db, period.SubscriptionId, cancellationToken);
            if (to == AttemptState.Captured)
            {
                await PaidAsync(db, order, period, subscription, attempt, kept, terms, now, cancellationToken);
            }
            else if (period.Number > 1)
            {
                await FailedAsync(db, order, period, subscription, attempt, to, terms, now, cancellationToken);
            }
        }
    }

    /// <summary>An order ended unpaid: what it was to begin never began, and what it was to renew is over.</summary>
    internal static async Task OverAsync(ShopDbContext db, Order order, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var period in await PeriodsAsync(db, order.Id, cancellationToken))
        {
            var subscription = await LockAsync(db, period.SubscriptionId, cancellationToken);
            if (subscription.State == SubscriptionState.Pending)
            {
                await EndAsync(db, subscription, SubscriptionEnd.NeverPaid, now, cancellationToken);
            }
            else if (SubscriptionStates.Charged.Contains(subscription.State))
            {
                await EndAsync(db, subscription, SubscriptionEnd.Unpaid, now, cancellationToken);
            }
        }
    }

    /// <summary>What was paid last for a subscription is on its way back, or the payer's bank disputes it: nothing is charged any more.</summary>
    /// <param name="lines">The lines that are back; null: all of the order.</param>
    internal static async Task MoneyBackAsync(ShopDbContext db, Order order, IReadOnlyCollection<long>? lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var period in (await PeriodsAsync(db, order.Id, cancellationToken)).Where(p => lines?.Contains(p.OrderLineId) != false))
        {
            var subscription = await LockAsync(db, period.SubscriptionId, cancellationToken);
            if (period.Number == subscription.Period && SubscriptionStates.Begun.Contains(subscription.State))
            {
                await EndAsync(db, subscription, SubscriptionEnd.MoneyBack, now, cancellationToken);
            }
        }
    }

    /// <summary>A renewal could not be charged because its method is gone: as if it had been refused.</summary>
    internal async Task NoMethodAsync(ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<SubscriptionTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        await TriedInVainAsync(db, order, period, subscription, terms, now, cancellationToken);
        await TellFailedAsync(db, order, period, subscription, null, subscription.MethodId, "method_gone", now, cancellationToken);
    }

    /// <summary>It is over; whoever did it holds its row. The system's own word is an event of its own; where that goes, the rules say (MZ-34, MZ-35).</summary>
    internal static async Task EndAsync(ShopDbContext db, Subscription subscription, SubscriptionEnd why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        SubscriptionStates.Table.Apply(subscription.State, SubscriptionState.Ended);
        await ChangeAsync(
            db, subscription, SubscriptionState.Ended,
            set => set.SetProperty(s => s.EndedAt, now).SetProperty(s => s.EndReason, why)
                .SetProperty(s => s.NextChargeAt, (DateTimeOffset?)null).SetProperty(s => s.DueAt, (DateTimeOffset?)null),
            cancellationToken);
        if (ByTheShop(why) is { } ours)
        {
            var mail = EventMail.Of(
                OutboxKinds.SubscriptionEnded, string.Create(CultureInfo.InvariantCulture, $"subscription-ended:{subscription.Id}"), new SubscriptionMessage(subscription.Id));
            var facts = Facts(subscription) with { Reason = Words.Of(why), Until = subscription.PaidThrough > now ? subscription.PaidThrough : null };
            await RecordAsync(db, ShopEventKind.CancelledBySystem, subscription, Id(subscription.Id), facts, now, cancellationToken, mail: mail);
            await SellerNews.TellCancelledAsync(db, subscription, ours, facts.Until, now, cancellationToken);
        }
    }

    private static SubscriptionCancel? ByTheShop(SubscriptionEnd why) => why switch
    {
        SubscriptionEnd.Unpaid => SubscriptionCancel.Unpaid,
        SubscriptionEnd.Lapsed => SubscriptionCancel.Lapsed,
        SubscriptionEnd.MoneyBack => SubscriptionCancel.MoneyBack,
        _ => null,
    };

    /// <summary>The one writer of a subscription's state: guarded by the state that the locked row had.</summary>
    internal static async Task ChangeAsync(
        ShopDbContext db, Subscription subscription, SubscriptionState to, Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Subscription>> also,
        CancellationToken cancellationToken)
    {
        SubscriptionStates.Table.Apply(subscription.State, to);
        var (id, from) = (subscription.Id, subscription.State);
        if (await db.Subscriptions.Where(s => s.Id == id && s.State == from).ExecuteUpdateAsync(
            set =>
            {
                set.SetProperty(s => s.State, to);
                also(set);
            },
            cancellationToken) != 1)
        {
            throw new InvalidOperationException($"Subscription {id} changed under its lock.");
        }
    }

    /// <summary>A method that renewals charge was agreed to be charged while its owner is away.</summary>
    internal static Task AgreeAsync(ShopDbContext db, long methodId, DateTimeOffset at, CancellationToken cancellationToken) =>
        db.StoredMethods.Where(m => m.Id == methodId && m.Usage == MethodUsage.OnSession).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.Usage, MethodUsage.OffSession).SetProperty(m => m.ConsentAt, at).SetProperty(m => m.ConsentVersion, SavedMethods.ConsentVersion),
            cancellationToken);

    private static Task<List<SubscriptionPeriod>> PeriodsAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        db.SubscriptionPeriods.AsNoTracking().Where(p => p.OrderId == orderId).OrderBy(p => p.SubscriptionId).ToListAsync(cancellationToken);

    private async Task PaidAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, PaymentAttempt attempt, long? kept, SubscriptionTerms terms, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        // with its payer away nobody has chosen: what was charged is what the subscription had then, and may have been changed since
        var used = attempt.SavedMethodId ?? kept;
        var chosen = attempt.OffSession ? null : used;
        var (anchor, months) = period switch
        {
            { Number: 1 } => await FirstAsync(db, order, period, subscription, now, cancellationToken),
            _ when now <= subscription.NextStart => (subscription.AnchorAt!.Value, subscription.PaidMonths + period.Months),

            // paid late, it begins when it was paid, and is given in full
            _ => (now, period.Months),
        };
        var (starts, through) = (period.Number == 1 ? anchor : anchor.AddMonths(months - period.Months), anchor.AddMonths(months));
        await db.SubscriptionPeriods.Where(p => p.Id == period.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.StartsAt, starts).SetProperty(p => p.EndsAt, through), cancellationToken);
        var to = subscription.State is SubscriptionState.Pending or SubscriptionState.PastDue ? SubscriptionState.Active : subscription.State;
        DateTimeOffset? charge = to == SubscriptionState.Active ? through - terms.Lead : null;
        var due = to == SubscriptionState.Ending ? through : charge;
        await ChangeAsync(
            db, subscription, to,
            set => set.SetProperty(s => s.AnchorAt, anchor).SetProperty(s => s.PaidMonths, months).SetProperty(s => s.PaidThrough, through).SetProperty(s => s.Period, period.Number)
                .SetProperty(s => s.NextChargeAt, charge).SetProperty(s => s.DueAt, due).SetProperty(s => s.MethodId, s => chosen ?? s.MethodId),
            cancellationToken);
        if (chosen is { } agreed)
        {
            await AgreeAsync(db, agreed, order.PlacedAt, cancellationToken);
        }

        await TellPaidAsync(db, order, period, subscription, (used, chosen), through, charge, now, cancellationToken);
    }

    /// <summary>What a payment was: the beginning, a charge, and, where it was another method's, that too. The receipt of the order tells of all of it (MZ-22, MZ-27, MZ-28).</summary>
    private static async Task TellPaidAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, (long? Used, long? Chosen) method, DateTimeOffset through, DateTimeOffset? next,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        var words = await MethodAsync(db, method.Used ?? subscription.MethodId, cancellationToken);
        var facts = Facts(subscription) with
        {
            Title = subscription.TitleIn(order.Culture, period.Months), AmountMinor = period.PriceMinor, Method = words, Reference = order.Reference, Until = through, NextAt = next,
        };
        if (period.Number == 1)
        {
            await RecordAsync(db, ShopEventKind.SubscriptionCreated, subscription, Id(subscription.Id), facts, now, cancellationToken, order.Id);
        }
        else if (method.Chosen is { } changed && changed != subscription.MethodId)
        {
            await TellMethodAsync(db, subscription, changed, now, cancellationToken);
        }

        await RecordAsync(db, ShopEventKind.ChargeSucceeded, subscription, Id(period.Id), facts, now, cancellationToken, order.Id, Settlement.ReceiptOf(order.Id));
    }

    /// <summary>A subscription is paid by another method from now on. Each change is one event, told by the version that its row had.</summary>
    internal static async Task TellMethodAsync(ShopDbContext db, Subscription subscription, long method, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (subscription.SellerBuyerId is { } buyer)
        {
            await SellerMethods.AddAsync(db, buyer, method, null, now, cancellationToken);
        }

        var facts = Facts(subscription) with { MethodId = method, Method = await MethodAsync(db, method, cancellationToken), NextAt = subscription.NextChargeAt };
        var happening = string.Create(CultureInfo.InvariantCulture, $"{subscription.Id}:{subscription.Version}");
        await RecordAsync(db, ShopEventKind.MethodUpdated, subscription, happening, facts, now, cancellationToken);
    }

    /// <summary>Its payer cancelled it: until when it is valid.</summary>
    internal static async Task TellCancelledAsync(
        ShopDbContext db, Subscription subscription, DateTimeOffset? until, SubscriptionCancel why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var happening = string.Create(CultureInfo.InvariantCulture, $"{subscription.Id}:{subscription.Version}");
        await RecordAsync(db, ShopEventKind.CancelledByMember, subscription, happening, Facts(subscription) with { Until = until }, now, cancellationToken);
        await SellerNews.TellCancelledAsync(db, subscription, why, until, now, cancellationToken);
    }

    private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    private static EventFacts Facts(Subscription subscription) =>
        new() { Title = subscription.TitleOf(subscription.Months), Sku = subscription.Sku, AmountMinor = subscription.PriceMinor, Currency = subscription.Currency };

    private static async Task<string?> MethodAsync(ShopDbContext db, long? id, CancellationToken cancellationToken) =>
        await db.StoredMethods.Where(m => m.Id == id).Select(m => m.Last4 == null ? m.Brand : m.Brand + " " + m.Last4).FirstOrDefaultAsync(cancellationToken);

    private static Task RecordAsync(
        ShopDbContext db, ShopEventKind kind, Subscription subscription, string happening, EventFacts facts, DateTimeOffset now, CancellationToken cancellationToken,
        long? order = null, EventMail? mail = null) =>
        ShopEvents.RecordAsync(db, kind, happening, new EventAbout(subscription.MemberId, order, subscription.Id), facts, now, cancellationToken, mail);

    /// <summary>
    /// From when the months of a new subscription are counted, and how many its first order paid for. On an account of the buyer's own the next payment is to come
    /// when the time is over, so the time that is there counts; of anybody else's nothing may show.
    /// </summary>
    private async Task<(DateTimeOffset Anchor, int Months)> FirstAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (subscription.SellerProductId is { } product)
        {
            // what its buyer has already runs on first; of what is for good nothing is counted
            var (_, until) = await Entitlements.UntilAsync(db, product, subscription.RecipientId, cancellationToken);
            return (until > now ? until.Value : now, period.Months);
        }

        var months = PaidTime.GoodsOf(await db.OrderLines.Where(l => l.Id == period.OrderLineId).Select(l => l.Goods).FirstAsync(cancellationToken)).Months;
        var recipient = (await CartPricing.RecipientsAsync(db, [subscription.RecipientId], Giver.Of(new Buyer(order.BuyerId, null)), cancellationToken)).Values.Single();
        if (recipient.Id != order.BuyerId && !recipient.Maintained)
        {
            return (now, months);
        }

        var terms = await rules.GetAsync<AccountTerms>(db, order.RuleRevision, cancellationToken);
        var state = await MembershipLedger.StateAsync(db, recipient.Id, cancellationToken);
        return (SubscriptionDates.Anchor(accountRules, state, subscription.Product, months, recipient.Kind, now, terms), months);
    }

    private static async Task FailedAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, PaymentAttempt attempt, AttemptState to, SubscriptionTerms terms, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (!SubscriptionStates.Charged.Contains(subscription.State))
        {
            return; // cancelled, paused or over meanwhile: nobody is written to about it (MF-17)
        }

        var why = await db.PaymentAttempts.Where(a => a.Id == attempt.Id).Select(a => a.Reason).FirstAsync(cancellationToken);
        if (why == "never_happened")
        {
            // one that a seller began and did not have charged brings no try forward
            if (attempt.SellerId is null)
            {
                await ChangeAsync(db, subscription, subscription.State, set => set.SetProperty(s => s.DueAt, now + TryAgain), cancellationToken);
            }

            return;
        }

        // a seller's own tries use up none of the schedule's (MZ-43)
        if (attempt is { OffSession: true, SellerId: null })
        {
            await TriedInVainAsync(db, order, period, subscription, terms, now, cancellationToken);
        }

        // an attempt of its payer's own that was given up is no failed one
        if (attempt.OffSession || to == AttemptState.Failed)
        {
            await TellFailedAsync(db, order, period, subscription, attempt.Id, attempt.SavedMethodId, why, now, cancellationToken);
        }
    }

    /// <summary>Counts a try and says when the next one is; after the last the grace runs, and then it is over.</summary>
    private static async Task TriedInVainAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, SubscriptionTerms terms, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var tries = period.Tries + 1;
        await db.SubscriptionPeriods.Where(p => p.Id == period.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.Tries, tries), cancellationToken);
        DateTimeOffset? next = tries < terms.TryDays.Count ? Later(order.PlacedAt.AddDays(terms.TryDays[tries]), now.AddDays(1)) : null;
        await ChangeAsync(
            db, subscription, SubscriptionState.PastDue, set => set.SetProperty(s => s.NextChargeAt, next).SetProperty(s => s.DueAt, next ?? now + terms.Grace), cancellationToken);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    /// <summary>One event for each attempt that failed, and with it its one mail (MZ-30).</summary>
    private static async Task TellFailedAsync(
        ShopDbContext db, Order order, SubscriptionPeriod period, Subscription subscription, Guid? attempt, long? method, string? why, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var happening = attempt is { } id ? id.ToString("N") : string.Create(CultureInfo.InvariantCulture, $"{period.Id}:{period.Tries}");
        var next = await db.Subscriptions.Where(s => s.Id == subscription.Id).Select(s => s.NextChargeAt).FirstAsync(cancellationToken);
        var facts = Facts(subscription) with
        {
            Title = subscription.TitleIn(order.Culture, period.Months), AmountMinor = period.PriceMinor, Method = await MethodAsync(db, method, cancellationToken),
            Reason = why, Reference = order.Reference, Until = subscription.PaidThrough, NextAt = next,
        };
        var mail = EventMail.Of(OutboxKinds.RenewalFailed, "renewal-failed:" + happening, new RenewalFailedMessage(period.Id, attempt));
        await RecordAsync(db, ShopEventKind.ChargeFailed, subscription, happening, facts, now, cancellationToken, order.Id, mail);
    }
}

/// <summary>When subscriptions begin and are charged. Pure.</summary>
internal static class SubscriptionDates
{
    /// <summary>From when the months of time bought now are counted on an account of the buyer's own: from the end of the time that is there, else from now.</summary>
    public static DateTimeOffset Anchor(IAccountRules rules, MembershipState state, string product, int months, AccountKind kind, DateTimeOffset now, AccountTerms terms)
    {
        if (state is not { Permanent: false, Until: { } until } || until <= now)
        {
            return now;
        }

        // of another class only a part of it counts: then as many months before the end that comes of it
        return state.Class == product
            ? until
            : rules.Apply(state, new TimeGrant(product, months, 0) { To = kind }, now, terms).Until is { } after && after.AddMonths(-months) > now ? after.AddMonths(-months) : now;
    }
}
