using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>How far the renewals have come.</summary>
/// <param name="DoneUntil">When they last looked; null: never.</param>
/// <param name="Stopped">The clock has jumped since, and nobody is charged until staff say that it is right.</param>
public sealed record RenewalState(DateTimeOffset? DoneUntil, bool Stopped);

/// <summary>
/// Charges subscriptions when their time comes. The period and its order are written in one transaction, under a unique key; the attempt after it, and only then the
/// provider hears of it: so a kill at any place leaves something that the next pass goes on with, and no second charge. Several may run at once. It stops when the clock
/// has jumped by more than six hours, either way, since anybody last looked (C17).
/// </summary>
public sealed partial class Renewals(
    Writes writes, RuleBook rules, ItemKinds kinds, SubscriptionBooking booking, Attempts attempts, SavedMethods methods, OrderEnding ending, ProviderCircuit circuit,
    LinkTokens tokens, TimeProvider clock, LeaseClock leases, ILogger<Renewals> log)
{
    private const string Job = "renewals";
    private const int Batch = 20;
    private const int AtOnce = 4;

    /// <summary>Further prices are announced than a pass may come late.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(2);

    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(1);

    /// <summary>What is under way is looked at again after so long; its provider's answer is booked by whoever hears it.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(1);

    /// <summary>So long a payer who sets a failed renewal right is left alone.</summary>
    private static readonly TimeSpan PayersTime = TimeSpan.FromHours(1);

    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    private static readonly TimeSpan PutOff = TimeSpan.FromMinutes(10);

    /// <summary>Past its rule an order of a renewal waits so much longer, so that nothing but the renewals ends it.</summary>
    private static readonly TimeSpan OrderWaits = TimeSpan.FromDays(60);

    private sealed record Claimed(long Id, long LeaseNo);

    private abstract record Step
    {
        private Step() { }

        public sealed record Nothing : Step;

        public sealed record Charge(long OrderId, long SubscriptionId) : Step;

        /// <summary>The time of an order is over: it ends at the provider first, and the subscription with it.</summary>
        public sealed record EndOrder(long OrderId, long SubscriptionId) : Step;
    }

    /// <summary>One pass. Returns how many subscriptions were told of a price, or were due.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!await writes.ReadAsync((db, token) => db.Subscriptions.AnyAsync(s => s.DueAt != null, token), cancellationToken) || !await IsClockRightAsync(now, cancellationToken))
        {
            return 0;
        }

        var told = await AnnounceAsync(now, cancellationToken);
        var claimed = await ClaimAsync(now, cancellationToken);
        await Parallel.ForEachAsync(claimed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (row, token) =>
        {
            // what comes too late for its lease is left to whoever leases it next
            if (clock.GetUtcNow() + Leases.CallLimit < now + Leases.Time)
            {
                await HandleAsync(row, token);
            }
        });
        return told + claimed.Count;
    }

    /// <summary>Brings one subscription on that is due; for whoever has just made it so.</summary>
    public async Task RenewAsync(long subscriptionId, CancellationToken cancellationToken)
    {
        var number = Codes.New(26);
        var receipt = Codes.Hash(await tokens.ReceiptAsync(number, 0, cancellationToken));
        var fix = Codes.Hash(await tokens.FixAsync(number, cancellationToken));
        Step step;
        try
        {
            step = await writes.RunAsync((unit, token) => PrepareAsync(unit.Db, subscriptionId, new NewOrder(number, receipt, fix), token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "subscription"))
        {
            return; // somebody else has written the period at this moment, and charges it
        }

        Crash.Point("K15");
        switch (step)
        {
            case Step.Charge charge:
                await ChargeAsync(charge, cancellationToken);
                break;
            case Step.EndOrder end:
                await ending.CancelAsync(end.OrderId, "renewal_over", cancellationToken);
                break;
        }
    }

    public async Task<RenewalState> StateAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var done = await DoneAsync(db, cancellationToken);
        return new RenewalState(done, Jumped(done, clock.GetUtcNow()));
    }

    /// <summary>Staff say that the clock is right, whatever it did. False: nothing had stopped.</summary>
    public async Task<bool> ConfirmAsync(long actorId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (early, late) = (now - PointsExpiryRun.MostJump, now + PointsExpiryRun.MostJump);
        var confirmed = await writes.RunAsync(
            (unit, token) => unit.Db.JobLeases.Where(j => j.Name == Job && (j.DoneUntil < early || j.DoneUntil > late)).ExecuteUpdateAsync(
                set => set.SetProperty(j => j.DoneUntil, now).SetProperty(j => j.ConfirmedAt, now).SetProperty(j => j.ConfirmedBy, actorId), token),
            cancellationToken) == 1;
        if (confirmed)
        {
            Confirmed(actorId, now);
        }

        return confirmed;
    }

    private static Task<DateTimeOffset?> DoneAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        db.JobLeases.Where(j => j.Name == Job).Select(j => j.DoneUntil).FirstOrDefaultAsync(cancellationToken);

    private static bool Jumped(DateTimeOffset? done, DateTimeOffset now) => done is { } last && (now - last).Duration() > PointsExpiryRun.MostJump;

    private async Task<bool> IsClockRightAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var done = await writes.ReadAsync(DoneAsync, cancellationToken);
        if (Jumped(done, now))
        {
            Stopped(done!.Value, now);
            return false;
        }

        if (done is null || now - done > NoteEvery)
        {
            var at = now.ToUnixTimeMilliseconds();
            await writes.RunAsync(
                (unit, token) => unit.Db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO job_leases (name, until, no, done_until) VALUES ({Job}, 0, 0, {at})
                    ON CONFLICT (name) DO UPDATE SET done_until = {at} WHERE job_leases.done_until < {at}
                    """,
                    token),
                cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Says that a plan will cost something else, days before it does. Only what is charged soon is looked at, once for each revision of the rules, so that a price that
    /// changes twice is told once.
    /// </summary>
    private async Task<int> AnnounceAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (revision, terms, list) = await writes.ReadAsync(
            async (db, token) =>
            {
                var current = await rules.CurrentAsync(db, token);
                return (current, await rules.GetAsync<SubscriptionTerms>(db, current, token), await rules.GetAsync<PriceList>(db, current, token));
            },
            cancellationToken);
        var (soon, from) = (now.AddDays(terms.AnnounceDays) + Ahead, now.AddDays(terms.AnnounceDays));
        var looked = await writes.ReadAsync(
            (db, token) => db.Subscriptions.AsNoTracking()
                .Where(s => s.State == SubscriptionState.Active && s.NextChargeAt <= soon && s.PriceRevision < revision)
                .OrderBy(s => s.NextChargeAt).Take(Batch).ToListAsync(token),
            cancellationToken);
        if (looked.Count > 0)
        {
            await writes.RunAsync(
                async (unit, token) =>
                {
                    foreach (var subscription in looked)
                    {
                        await AnnounceAsync(unit.Db, subscription.Id, revision, list, now, from, token);
                    }
                },
                cancellationToken);
        }

        return looked.Count;
    }

    private static async Task AnnounceAsync(
        ShopDbContext db, long id, long revision, PriceList list, DateTimeOffset now, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var subscription = await SubscriptionBooking.LockAsync(db, id, cancellationToken);
        if (subscription.State != SubscriptionState.Active || subscription.PriceRevision >= revision)
        {
            return;
        }

        // a plan that its payer has chosen for the next period costs what it cost then; one that is not sold any more, what it always did
        var told = subscription.NextPriceMinor ?? subscription.PriceMinor;
        var product = subscription.NextSku is null || subscription.NextSku == subscription.Sku ? list.OnSale(subscription.Sku) : null;
        var changes = product is not null && list.Currency == subscription.Currency && product.PriceMinor != told && PaidTime.GoodsOf(product).Months == subscription.Months;
        await SubscriptionBooking.ChangeAsync(
            db, subscription, subscription.State,
            set =>
            {
                set.SetProperty(s => s.PriceRevision, revision);
                if (changes)
                {
                    set.SetProperty(s => s.NextSku, subscription.Sku).SetProperty(s => s.NextMonths, subscription.Months)
                        .SetProperty(s => s.NextPriceMinor, product!.PriceMinor).SetProperty(s => s.NextFrom, from);
                }
            },
            cancellationToken);
        if (changes)
        {
            await Outbox.AddOnceAsync(
                db, string.Create(CultureInfo.InvariantCulture, $"price:{id}:{revision}"), OutboxKinds.PriceChange,
                new PriceChangeMessage(id, told, product!.PriceMinor, from), now, now, cancellationToken);
        }
    }

    /// <summary>Leases what is due. The outer condition is repeated, because a second node that waited for the first must not lease the same rows again.</summary>
    private async Task<List<Claimed>> ClaimAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        if (!await writes.ReadAsync((db, token) => db.Subscriptions.AnyAsync(s => s.DueAt <= due, token), cancellationToken))
        {
            return [];
        }

        return await writes.RunAsync(
            async (unit, token) =>
            {
                var at = await leases.NowAsync(unit.Db, token);
                var (by, now, until) = (due.ToUnixTimeMilliseconds(), at.ToUnixTimeMilliseconds(), (at + Leases.Time).ToUnixTimeMilliseconds());
                var sql = $$"""
                    UPDATE subscriptions SET lease_owner = {0}, lease_until = {1}, lease_no = lease_no + 1
                     WHERE id IN (SELECT id FROM subscriptions WHERE due_at <= {4} AND lease_until < {2} ORDER BY due_at, id LIMIT {3}{{(unit.Db.IsSqlite ? "" : " FOR UPDATE SKIP LOCKED")}})
                       AND due_at <= {4} AND lease_until < {2} RETURNING id
                    """;
                var ids = await unit.Db.Database.SqlQueryRaw<long>(sql, Leases.Me, until, now, Batch, by).ToListAsync(token);
                return await unit.Db.Subscriptions.Where(s => ids.Contains(s.Id)).OrderBy(s => s.Id).Select(s => new Claimed(s.Id, s.LeaseNo)).ToListAsync(token);
            },
            cancellationToken);
    }

    private async Task HandleAsync(Claimed row, CancellationToken cancellationToken)
    {
        try
        {
            await RenewAsync(row.Id, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(e, row.Id);
            var later = clock.GetUtcNow() + PutOff;
            await writes.RunAsync(
                (unit, token) => unit.Db.Subscriptions.Where(s => s.Id == row.Id && s.DueAt < later).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, later), token),
                CancellationToken.None);
        }

        await writes.RunAsync(
            (unit, token) => unit.Db.Subscriptions.Where(s => s.Id == row.Id && s.LeaseNo == row.LeaseNo)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.LeaseUntil, DateTimeOffset.UnixEpoch), token),
            CancellationToken.None);
    }

    private sealed record NewOrder(string Number, string ReceiptHash, string FixHash);

    /// <summary>What is to be done now, with what must be written before it.</summary>
    private async Task<Step> PrepareAsync(ShopDbContext db, long id, NewOrder names, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var subscription = await SubscriptionBooking.LockAsync(db, id, cancellationToken);
        if (subscription.DueAt is not { } due || due > now)
        {
            return new Step.Nothing();
        }

        var period = await db.SubscriptionPeriods.AsNoTracking().FirstOrDefaultAsync(p => p.SubscriptionId == id && p.Number == subscription.Period + 1, cancellationToken);
        var order = period is null ? null : await db.Orders.AsNoTracking().FirstAsync(o => o.Id == period.OrderId, cancellationToken);
        var isOpen = order?.State == OrderState.AwaitingPayment;
        if (subscription.State == SubscriptionState.Ending)
        {
            if (isOpen)
            {
                await LookAgainAsync(db, subscription, PutOff, now, cancellationToken);
                return new Step.EndOrder(order!.Id, id);
            }

            await SubscriptionBooking.EndAsync(db, subscription, SubscriptionEnd.Member, now, cancellationToken);
            return new Step.Nothing();
        }

        if (!SubscriptionStates.Charged.Contains(subscription.State))
        {
            throw new InvalidOperationException($"Subscription {id} is {subscription.State} and cannot be due.");
        }

        var terms = await rules.GetAsync<SubscriptionTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        if (period is null || OrderStates.EndedUnpaid.Contains(order!.State))
        {
            return await BeginPeriodAsync(db, subscription, period, terms, names, now, cancellationToken);
        }

        if (!isOpen)
        {
            throw new InvalidOperationException($"Period {period.Number} of subscription {id} is paid and not counted.");
        }

        if (period.Tries < terms.TryDays.Count && await IsUndeliverableAsync(db, subscription, Next(subscription, now).Goods, now, cancellationToken))
        {
            // nor is it tried again: the days go on when it may be given, unless that takes too long
            await LookAgainAsync(db, subscription, Daily, now, cancellationToken);
            return now > subscription.NextStart + terms.MostLate ? new Step.EndOrder(order!.Id, id) : new Step.Nothing();
        }

        await LookAgainAsync(db, subscription, LookAgain, now, cancellationToken);
        return period.Tries >= terms.TryDays.Count ? new Step.EndOrder(order!.Id, id) : new Step.Charge(order!.Id, id);
    }

    private static Task LookAgainAsync(ShopDbContext db, Subscription subscription, TimeSpan after, DateTimeOffset now, CancellationToken cancellationToken) =>
        SubscriptionBooking.ChangeAsync(db, subscription, subscription.State, set => set.SetProperty(s => s.DueAt, now + after), cancellationToken);

    /// <param name="db">Where it is written.</param>
    /// <param name="subscription">Whose row is taken.</param>
    /// <param name="old">The period's row, where its order ended unpaid and its payer took the cancellation back: it gets another order.</param>
    /// <param name="terms">The rules of renewals.</param>
    /// <param name="names">What the order is called.</param>
    /// <param name="now">When.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task<Step> BeginPeriodAsync(
        ShopDbContext db, Subscription subscription, SubscriptionPeriod? old, SubscriptionTerms terms, NewOrder names, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (now > subscription.NextStart + terms.MostLate)
        {
            // nobody charged for so long, whoever is to blame: nobody is charged for what they have done without
            await SubscriptionBooking.EndAsync(db, subscription, SubscriptionEnd.Lapsed, now, cancellationToken);
            return new Step.Nothing();
        }

        var (goods, price) = Next(subscription, now);
        if (await IsUndeliverableAsync(db, subscription, goods, now, cancellationToken))
        {
            await LookAgainAsync(db, subscription, Daily, now, cancellationToken);
            return new Step.Nothing();
        }

        var provider = await db.StoredMethods.Where(m => m.Id == subscription.MethodId).Select(m => m.Provider).FirstOrDefaultAsync(cancellationToken);
        if (provider is not null && circuit.Of(new ProviderId(provider)) is not null)
        {
            await LookAgainAsync(db, subscription, PutOff, now, cancellationToken);
            return new Step.Nothing();
        }

        var order = await OrderAsync(db, subscription, goods, price, terms, names, now, cancellationToken);
        if (old is not null)
        {
            // two orders never stand for one period: the old one is over, and its money would go back
            await db.SubscriptionPeriods.Where(p => p.Id == old.Id && p.OrderId == old.OrderId).ExecuteDeleteAsync(cancellationToken);
        }

        db.SubscriptionPeriods.Add(new SubscriptionPeriod
        {
            SubscriptionId = subscription.Id,
            Number = subscription.Period + 1,
            Months = goods.Months,
            PriceMinor = price,
            StartsAt = subscription.NextStart,
            EndsAt = subscription.AnchorAt!.Value.AddMonths(subscription.PaidMonths + goods.Months),
            OrderId = order.Id,
            OrderLineId = order.Lines[0].Id,
            FixHash = names.FixHash,
            CreatedAt = now,
        });
        await db.SaveChangesAsync(cancellationToken);
        var changes = subscription.ChangesBy(now);
        await SubscriptionBooking.ChangeAsync(
            db, subscription, subscription.State,
            set =>
            {
                set.SetProperty(s => s.DueAt, now + LookAgain);
                if (changes)
                {
                    set.SetProperty(s => s.Sku, subscription.NextSku!).SetProperty(s => s.Months, subscription.NextMonths!.Value)
                        .SetProperty(s => s.PriceMinor, subscription.NextPriceMinor!.Value).SetProperty(s => s.NextSku, (string?)null)
                        .SetProperty(s => s.NextMonths, (int?)null).SetProperty(s => s.NextPriceMinor, (long?)null).SetProperty(s => s.NextFrom, (DateTimeOffset?)null);
                }
            },
            cancellationToken);
        return new Step.Charge(order.Id, subscription.Id);
    }

    /// <summary>What the next period gives, so that time runs on exactly to its end, and for how much.</summary>
    private static (PaidTimeGoods Goods, long PriceMinor) Next(Subscription subscription, DateTimeOffset now)
    {
        var (months, price) = subscription.ChangesBy(now)
            ? (subscription.NextMonths!.Value, subscription.NextPriceMinor!.Value)
            : (subscription.Months, subscription.PriceMinor);
        var ends = subscription.AnchorAt!.Value.AddMonths(subscription.PaidMonths + months);

        // a period that begins on the last day of February ends on the 31st of March, where the first began on one
        return (new PaidTimeGoods(subscription.Product, months) { Days = (int)(ends - subscription.NextStart.AddMonths(months)).TotalDays }, price);
    }

    /// <summary>Nothing is charged that could not be given, nor to an account that is suspended.</summary>
    private async Task<bool> IsUndeliverableAsync(ShopDbContext db, Subscription subscription, PaidTimeGoods goods, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var people = await CartPricing.RecipientsAsync(
            db, [subscription.MemberId, subscription.RecipientId], Giver.Of(new Buyer(subscription.MemberId, null)), cancellationToken);
        var (payer, recipient) = (people[subscription.MemberId], people[subscription.RecipientId]);
        if (payer.Status != AccountStatus.Visible || recipient.Status != AccountStatus.Visible || recipient.Refusal(payer.Id) is not null)
        {
            return true;
        }

        if (subscription.SellerId is { } seller)
        {
            // what runs goes on while a seller is paused; a closed one delivers nothing
            return await db.Sellers.AnyAsync(s => s.Id == seller && s.State == SellerState.Closed, cancellationToken);
        }

        var terms = await rules.GetAsync<AccountTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var state = await MembershipLedger.StateAsync(db, recipient.Id, cancellationToken);
        return ((PaidTime)kinds.Get(PaidTime.KindKey)).RefusalOf(state, recipient, recipient.Id == payer.Id || recipient.Maintained, goods, now, terms) is not null;
    }

    /// <summary>The order of a period: like any other, but from no cart, in its payer's language and on the terms that they accepted.</summary>
    private async Task<Order> OrderAsync(
        ShopDbContext db, Subscription subscription, PaidTimeGoods goods, long price, SubscriptionTerms terms, NewOrder names, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        var payer = await db.Users.Where(m => m.Id == subscription.MemberId).Select(m => new { m.Email, m.Culture }).FirstAsync(cancellationToken);
        var first = await db.SubscriptionPeriods.Where(p => p.SubscriptionId == subscription.Id && p.Number == 1)
            .Join(db.Orders, p => p.OrderId, o => o.Id, (_, o) => new { o.TermsVersion, o.PrivacyVersion, o.Culture, Tax = new TaxBuyer(o.BuyerCountry, o.BuyerTaxId, o.BillTo) })
            .FirstAsync(cancellationToken);
        var taxes = await rules.GetAsync<TaxTerms>(db, revision, cancellationToken);
        var buyer = taxes.NeedsCountry ? first.Tax : TaxBuyer.Unknown;
        var sku = subscription.ChangesBy(now) ? subscription.NextSku! : subscription.Sku;
        var tax = taxes.Within(sku, price, buyer);
        var recipient = await db.Users.Where(m => m.Id == subscription.RecipientId).Select(m => m.UserName).FirstAsync(cancellationToken);
        var culture = payer.Culture ?? first.Culture;
        var order = new Order
        {
            Number = names.Number,
            Reference = Codes.New(8),
            BuyerId = subscription.MemberId,
            BuyerEmail = payer.Email,
            Currency = subscription.Currency,
            BuyerCountry = buyer.Country,
            BuyerTaxId = taxes.AsksBusinesses ? buyer.TaxId : null,
            BillTo = taxes.AsksBusinesses ? buyer.BillTo : null,
            ReverseCharge = taxes.IsReverse(buyer),
            NetMinor = tax.NetMinor,
            TaxMinor = tax.TaxMinor,
            PriceMinor = price,
            DueMinor = price,
            DuePoints = 0,
            PointValueMinor = list.PointValueMinor,
            PlacedAt = now,
            ExpiresAt = now + terms.MostLate + OrderWaits,
            RuleRevision = revision,
            TermsVersion = first.TermsVersion,
            PrivacyVersion = first.PrivacyVersion,
            Culture = culture,
            ReceiptTokenHash = names.ReceiptHash,
            ForSubscription = true,
            Lines =
            [
                new OrderLine
                {
                    Position = 0,
                    Sku = sku,
                    Kind = subscription.Goods is null ? PaidTime.KindKey : SellerItem.KindKey,
                    Goods = subscription.Goods ?? PaidTime.Freeze(goods),
                    Quantity = 1,
                    Title = subscription.TitleIn(culture, goods.Months),
                    RecipientId = subscription.RecipientId,
                    RecipientName = recipient,
                    SellerId = subscription.SellerId,
                    SellerProductId = subscription.SellerProductId,
                    SellerBuyerId = subscription.SellerBuyerId,
                    Anonymous = subscription.Anonymous,
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
        db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = 1, ToState = OrderState.AwaitingPayment, At = now, Reason = "renewal" });
        db.Deliveries.Add(new Delivery
        {
            OrderId = order.Id,
            OrderLineId = order.Lines[0].Id,
            EffectKey = string.Create(CultureInfo.InvariantCulture, $"line:{order.Lines[0].Id}"),
            RecipientId = subscription.RecipientId,
            Anonymous = subscription.Anonymous,
        });
        await db.SaveChangesAsync(cancellationToken);
        return order;
    }

    /// <summary>
    /// Charges the kept method: the row first, then the provider. An attempt that is under way, or in doubt, is gone on with and never made a second time; one that asks
    /// for its absent payer is ended at the provider.
    /// </summary>
    private async Task ChargeAsync(Step.Charge charge, CancellationToken cancellationToken)
    {
        var (order, live) = await writes.ReadAsync(
            async (db, token) => (await db.Orders.AsNoTracking().FirstAsync(o => o.Id == charge.OrderId, token), await Attempts.LiveAsync(db, charge.OrderId, token)),
            cancellationToken);
        if (live is { OffSession: false })
        {
            // its payer is at it; what they gave up is ended at its provider first
            if (clock.GetUtcNow() - live.CreatedAt < PayersTime || !await attempts.EndAsync(live, cancellationToken))
            {
                return;
            }

            live = null;
        }

        try
        {
            live ??= await writes.RunAsync((unit, token) => AttemptAsync(unit, charge, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "attempt"))
        {
            return; // somebody else pays it at this moment
        }

        if (live is not null && (await attempts.StartAsync(live, order, cancellationToken)).Action is not null
            && await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, order.Id, token), cancellationToken) is { OffSession: true } asks)
        {
            await attempts.EndAsync(asks, cancellationToken);
        }
    }

    /// <summary>The attempt's row; null: there is nothing to charge, or nothing to charge it by. Order, then subscription, then the method, as everywhere.</summary>
    private async Task<PaymentAttempt?> AttemptAsync(WriteUnit unit, Step.Charge charge, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        var order = await OrderTransitions.LockAsync(db, charge.OrderId, cancellationToken);
        var subscription = await SubscriptionBooking.LockAsync(db, charge.SubscriptionId, cancellationToken);
        if (order.State != OrderState.AwaitingPayment || !SubscriptionStates.Charged.Contains(subscription.State))
        {
            return unit.RollBack<PaymentAttempt?>(null); // cancelled or paused in the same second (M08)
        }

        var method = await db.StoredMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == subscription.MethodId && m.ForgottenAt == null, cancellationToken);
        if (method is null || method.Mode != methods.Mode(method.Provider))
        {
            var period = await db.SubscriptionPeriods.AsNoTracking().FirstAsync(p => p.OrderId == order.Id, cancellationToken);
            await booking.NoMethodAsync(db, order, period, subscription, now, cancellationToken);
            return null;
        }

        return await attempts.CreateAsync(db, order, new PayWith(method.Provider, method.Id, false, null) { OffSession = true }, null, cancellationToken)
            ?? unit.RollBack<PaymentAttempt?>(null);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The clock jumped from {DoneUntil:O} to {Now:O}: nobody is charged for a renewal until staff confirm at the desk that it is right.")]
    private partial void Stopped(DateTimeOffset doneUntil, DateTimeOffset now);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Member {Member} confirmed that the clock is right at {Now:O}: renewals are charged again.")]
    private partial void Confirmed(long member, DateTimeOffset now);

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription {Subscription} could not be brought on; it is tried again later.")]
    private partial void Failed(Exception exception, long subscription);
}
