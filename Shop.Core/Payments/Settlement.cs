using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Where an attempt and its order stand after settling.</summary>
public sealed record SettleResult(long OrderId, AttemptState Attempt, OrderState Order, PaymentOutcome? Said);

/// <summary>
/// The one funnel: return page, waiting page, worker and staff all come here. It asks the provider, compares the answer with our rows and
/// brings them in line in one transaction; it is the only writer of captured, failed and cancelled (exactly-once.md section 4).
/// </summary>
public sealed partial class Settlement(
    Writes writes, PaymentGateway gateway, PaymentProviders providers, ProviderCircuit circuit, RefundRun refunds, DeliveryRun deliveries, Bonuses bonuses, Stock stock,
    SavedMethods methods, Receipts receipts, SubscriptionBooking subscriptions, SellerBuyers sellerBuyers, ShopLinks links,
    TimeProvider clock, Wake wake, ILogger<Settlement> log)
{
    private static readonly PerModel<Func<ShopDbContext, Guid, CancellationToken, Task<AttemptStand>>> Stand = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, Guid id, CancellationToken _) =>
            db.PaymentAttempts.AsNoTracking().Where(a => a.Id == id)
                .Join(db.Orders, a => a.OrderId, o => o.Id, (a, o) => new AttemptStand(a, o.State, o.Number)).First()));

    private static readonly PerModel<Func<ShopDbContext, Guid, CancellationToken, Task<PaymentAttempt>>> ById = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, Guid id, CancellationToken _) => db.PaymentAttempts.AsNoTracking().First(a => a.Id == id)));

    /// <summary>Whether a capture is booked: a provider, and its id of the capture.</summary>
    internal static readonly PerModel<Func<ShopDbContext, string, string, CancellationToken, Task<bool>>> Known = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string provider, string capture, CancellationToken _) =>
            db.ProviderPayments.Any(p => p.Provider == provider && p.ProviderId == capture)));

    private static readonly PerModel<Func<ShopDbContext, long, Guid, CancellationToken, Task<bool>>> OtherLives = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, Guid attempt, CancellationToken _) =>
            db.PaymentAttempts.Any(a => a.OrderId == order && a.Id != attempt && a.State != AttemptState.Failed && a.State != AttemptState.Cancelled)));

    /// <summary>
    /// Settles an attempt. <paramref name="fresh"/>: the provider's object, where it is in hand as the answer to our own call; otherwise it is
    /// asked for. <paramref name="afterCancel"/>: that answer was to our own cancel. <paramref name="patience"/>: how long somebody waits for each
    /// call to the provider; null: as long as a call may last. <paramref name="news"/>: the provider says that something happened, so that an attempt
    /// that had ended is asked about as well (a late success).
    /// </summary>
    public async Task<SettleResult> SettleAsync(
        Guid attemptId, PaymentSnapshot? fresh, CancellationToken cancellationToken, bool afterCancel = false, TimeSpan? patience = null, bool news = false)
    {
        var seen = await ReadAsync(attemptId, cancellationToken);
        return fresh is null && !news && !AttemptStates.Open.Contains(seen.Attempt.State)
            ? new SettleResult(seen.Attempt.OrderId, seen.Attempt.State, seen.Order, null)
            : await SettleAsync(seen, fresh, afterCancel, patience, cancellationToken);
    }

    /// <summary>Settles an attempt whose rows the caller has just read or written; what changed since then is seen under the order's lock.</summary>
    internal Task<SettleResult> SettleAsync(PaymentAttempt attempt, Order order, PaymentSnapshot? fresh, TimeSpan? patience, CancellationToken cancellationToken) =>
        SettleAsync(new AttemptStand(attempt, order.State, order.Number), fresh, afterCancel: false, patience, cancellationToken);

    private async Task<SettleResult> SettleAsync(AttemptStand seen, PaymentSnapshot? fresh, bool afterCancel, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var attempt = seen.Attempt;
        var answer = fresh ?? await gateway.GetAsync(new ProviderId(attempt.Provider), Locate(attempt), cancellationToken, patience);

        // Money moves only on an id that is stored, and for an attempt that still waits for it: one that has ended meanwhile is not gone on with.
        if (answer.Outcome is PaymentOutcome.Approved && !afterCancel && await RecordAsync(attempt, answer, afterCancel) == AttemptState.Sent
            && await IsStoredAsync(attempt, answer))
        {
            answer = await ContinueAsync(attempt, seen.Number, answer, patience, cancellationToken);
        }

        // The answer is in hand: from here on nobody's impatience may lose it.
        Crash.Point("K4");
        var after = await IsOldNewsAsync(attempt, answer) ? attempt.State : await RecordAsync(attempt, answer, afterCancel);
        await refunds.SeeAsync(attempt, answer);
        if (circuit.TakeBack(new ProviderId(attempt.Provider)))
        {
            await AskAboutOthersAsync(attempt.Provider, AttemptStates.Open);
        }
        else if (attempt.State == AttemptState.Unknown && after != AttemptState.Unknown)
        {
            await AskAboutOthersAsync(attempt.Provider, [AttemptState.Unknown]);
        }

        return after == AttemptState.Captured
            ? await CapturedAsync(attempt.Id, attempt.OrderId, answer.Outcome)
            : new SettleResult(attempt.OrderId, after, seen.Order, answer.Outcome);
    }

    /// <summary>After the commit that captured: whoever settled delivers.</summary>
    internal async Task<SettleResult> CapturedAsync(Guid attemptId, long orderId, PaymentOutcome said)
    {
        Crash.Point("K6");
        await deliveries.DeliverOrderAsync(orderId, CancellationToken.None);
        var end = await ReadAsync(attemptId, CancellationToken.None);
        wake.Call();
        return new SettleResult(orderId, end.Attempt.State, end.Order, said);
    }

    /// <summary>A provider that was paused answered somebody else, such as the desk's test: what is open there is due.</summary>
    internal async Task TakeBackAsync(ProviderId provider)
    {
        if (circuit.TakeBack(provider))
        {
            await AskAboutOthersAsync(provider.Value, AttemptStates.Open);
        }
    }

    /// <summary>
    /// A second messenger (the webhook after the buyer, most often) who tells what is booked already: payments never go away, so no lock is needed
    /// to see that there is nothing to write.
    /// </summary>
    private async Task<bool> IsOldNewsAsync(PaymentAttempt attempt, PaymentSnapshot answer) =>
        attempt.State == AttemptState.Captured && answer is { Outcome: PaymentOutcome.Captured, Captures: [var only] }
        && await writes.ReadAsync((db, token) => Known.For(db)(db, attempt.Provider, only.Reference.Value, token), CancellationToken.None);

    private async Task<bool> IsStoredAsync(PaymentAttempt attempt, PaymentSnapshot answer)
    {
        var stored = attempt.ProviderRef ?? (await ReadAsync(attempt.Id, CancellationToken.None)).Attempt.ProviderRef;
        return stored is not null && stored == answer.Reference?.Value;
    }

    /// <summary>A provider that speaks again is asked about everything else it left open or in doubt, within the next minute.</summary>
    private Task AskAboutOthersAsync(string provider, IReadOnlyList<AttemptState> states) =>
        writes.RunAsync(
            async (unit, token) =>
            {
                var soon = clock.GetUtcNow().AddSeconds(Random.Shared.Next(1, 60));
                await unit.Db.PaymentAttempts.Where(a => a.Provider == provider && states.Contains(a.State) && a.NextCheckAt > soon)
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.NextCheckAt, soon), token);
                await unit.Db.Refunds
                    .Where(r => RefundStates.Open.Contains(r.State) && r.NextCheckAt > soon && unit.Db.ProviderPayments.Any(p => p.Id == r.PaymentId && p.Provider == provider))
                    .ExecuteUpdateAsync(set => set.SetProperty(r => r.NextCheckAt, soon), token);
            },
            CancellationToken.None);

    /// <summary>How a provider finds the payment of an attempt again.</summary>
    internal static PaymentLocator Locate(PaymentAttempt attempt) => new(
        new AttemptId(attempt.Id),
        attempt.ProviderRef is { } reference ? new ProviderReference(reference) : null,
        new IdempotencyKey(attempt.IdemKey),
        new Money(attempt.AmountMinor, Currency.Of(attempt.Currency)));

    private Task<AttemptStand> ReadAsync(Guid attemptId, CancellationToken cancellationToken) =>
        writes.ReadAsync((db, token) => Stand.For(db)(db, attemptId, token), cancellationToken);

    private sealed record AttemptStand(PaymentAttempt Attempt, OrderState Order, string Number);

    /// <summary>Nothing is missing from the buyer: the shop goes on by the stored id, which <see cref="RecordAsync"/> has just written.</summary>
    private async Task<PaymentSnapshot> ContinueAsync(
        PaymentAttempt attempt, string orderNumber, PaymentSnapshot approved, TimeSpan? patience, CancellationToken cancellationToken)
    {
        var locator = Locate(attempt) with { Reference = approved.Reference ?? Locate(attempt).Reference };
        Crash.Point("K2");
        var request = new ContinuePayment(
            locator, attempt.OffSession ? BuyerPresence.Absent : BuyerPresence.Present, new Dictionary<string, string>(), links.Return(orderNumber), new IdempotencyKey(attempt.IdemKey + ":continue"));
        return await gateway.ContinueAsync(new ProviderId(attempt.Provider), request, cancellationToken, patience);
    }

    private Task<AttemptState> RecordAsync(PaymentAttempt seen, PaymentSnapshot answer, bool afterCancel) =>
        writes.RunAsync((unit, token) => RecordInAsync(unit.Db, seen.OrderId, seen.Id, answer, afterCancel, token), CancellationToken.None);

    /// <summary>
    /// Books an answer in the caller's unit of work, and with it the note of the call. The desk calls it with a word of staff, in the unit that writes their
    /// word (docs/adr/0022); everybody else comes here with what a provider said.
    /// </summary>
    internal async Task<AttemptState> RecordInAsync(
        ShopDbContext db, long orderId, Guid attemptId, PaymentSnapshot answer, bool afterCancel, CancellationToken cancellationToken)
    {
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var attempt = await ById.For(db)(db, attemptId, cancellationToken);

        // A provider that is gone cannot say anything that counts: in doubt, until somebody registers it again as retired.
        var ours = providers.Find(new ProviderId(attempt.Provider))?.Capabilities;
        answer = ours is null ? PaymentSnapshot.Unknown("no_provider") with { Call = answer.Call } : answer;
        await RememberAsync(db, attempt, answer, cancellationToken);
        var now = clock.GetUtcNow();
        var evidence = Evidence.Of(attempt, answer, ours);
        if (!IsIdleLook(attempt, answer, evidence, now))
        {
            await Exchanges.NoteAsync(db, attempt, answer, now, cancellationToken);
        }

        var state = evidence switch
        {
            Evidence.Matches matches => await MatchAsync(db, order, attempt, matches.Capture, With(answer), now, cancellationToken),
            Evidence.Differs differs => await SuspendAsync(db, order, attempt, differs, now, cancellationToken),
            Evidence.OtherMode => await OtherModeAsync(db, order, attempt, now, cancellationToken),
            Evidence.Ended ended => await EndAsync(db, order, attempt, ended.State, ended.Why, now, cancellationToken),
            Evidence.NeverHappened => await NeverHappenedAsync(db, order, attempt, afterCancel, now, cancellationToken),
            Evidence.Open open => await OpenAsync(db, order, attempt, open, now, cancellationToken),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (state == AttemptState.Action && attempt.State != state && answer.Outcome is PaymentOutcome.ActionRequired { Action: BuyerAction.SendFunds })
        {
            await HandMails.InstructAsync(db, attempt, now, cancellationToken);
        }

        // most ways have saved by now
        if (db.ChangeTracker.HasChanges())
        {
            await db.SaveChangesAsync(cancellationToken);
        }

        var kept = await methods.RememberAsync(db, order, attempt, answer, state == AttemptState.Captured, now, cancellationToken);
        if (state == AttemptState.Captured && state != attempt.State && (kept ?? attempt.SavedMethodId) is { } used)
        {
            await SellerMethods.UsedAsync(db, order.Id, used, now, cancellationToken);
        }

        if (order.ForSubscription && state != attempt.State)
        {
            await subscriptions.SettledAsync(db, order, attempt, state, kept, now, cancellationToken);
        }

        return state;
    }

    /// <summary>Buyers reload their pages: a look that finds an open payment as it was, before its time, is not worth a row.</summary>
    private static bool IsIdleLook(PaymentAttempt attempt, PaymentSnapshot answer, Evidence evidence, DateTimeOffset now) =>
        answer.Call is { Operation: "get" } && evidence is Evidence.Open open && open.State == attempt.State && IsEarly(attempt, open.State, now);

    private Task<AttemptState> OtherModeAsync(ShopDbContext db, Order order, PaymentAttempt attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        OtherMode(attempt.Id, attempt.Provider);
        return EndAsync(db, order, attempt, AttemptState.Failed, "other_mode", now, cancellationToken);
    }

    /// <summary>The provider's id of the payment, the first time it is said.</summary>
    private static async Task RememberAsync(ShopDbContext db, PaymentAttempt attempt, PaymentSnapshot answer, CancellationToken cancellationToken)
    {
        if (attempt.ProviderRef is null && answer.Reference is { } reference && answer.OurAttempt?.Value == attempt.Id)
        {
            await db.Database.ExecuteSqlAsync(
                $"UPDATE payment_attempts SET provider_ref = {reference.Value} WHERE id = {attempt.Id} AND provider_ref IS NULL", cancellationToken);
        }
    }

    private async Task<AttemptState> MatchAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, CaptureSnapshot capture, PaidWith? with, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await KnownAsync(db, attempt, capture, cancellationToken))
        {
            Booked(attempt.Id);
            return attempt.State;
        }

        var usable = order.State == OrderState.AwaitingPayment
            && AttemptStates.Table.IsLegal(attempt.State, AttemptState.Captured)
            && !await OtherLives.For(db)(db, order.Id, attempt.Id, cancellationToken);
        if (usable && !AttemptStates.Open.Contains(attempt.State))
        {
            // a late success whose last piece, or promotion, somebody else has meanwhile cannot be used either
            usable = await stock.ReserveAsync(db, order, cancellationToken);
            if (!usable)
            {
                await Uses.ReleaseAsync(db, order.Id, cancellationToken); // what it got before that
            }
        }

        var pointsShort = false;
        if (usable && order.DuePoints > 0)
        {
            // A late success whose points are gone meanwhile cannot be used: the money goes back instead (DF-23).
            pointsShort = await PointsAccounts.SpendAsync(db, attempt.Id, order.Id, Buyer(order), order.DuePoints, now, cancellationToken) is PostResult.Insufficient;
            usable = !pointsShort;
            if (pointsShort)
            {
                await Uses.ReleaseAsync(db, order.Id, cancellationToken);
            }
        }

        await BookAsync(db, order, attempt, capture, usable ? Disposition.Matched : Disposition.Surplus, now, cancellationToken);
        if (!usable)
        {
            Surplus(attempt.Id, order.Id);
            var flag = order.State switch
            {
                OrderState.Cancelled or OrderState.Expired => OrderFlagKind.LatePayment,
                OrderState.AwaitingPayment when pointsShort => OrderFlagKind.PointsShort,
                _ => OrderFlagKind.Overpaid,
            };
            await OrderTransitions.RaiseAsync(db, order.Id, flag, "settle", now, cancellationToken);
            return await EndAsync(db, order, attempt, AttemptState.Failed, "surplus", now, cancellationToken);
        }

        await MoveAttemptAsync(db, attempt, AttemptState.Captured, null, null, cancellationToken);
        await CertainAsync(db, order, attempt, now, cancellationToken);
        var isTest = await TestPurchases.ProviderOfAsync(db, order, cancellationToken) is not null;
        await PaidAsync(db, order, now, "settled", isTest ? 0 : await bonuses.GrantAsync(db, order, now, cancellationToken), cancellationToken);
        if (isTest)
        {
            await refunds.ReturnTestAsync(db, order.Id, now, cancellationToken);
        }

        await sellerBuyers.PaidAsync(db, order, cancellationToken);
        await SeenInAsync(db, order, with?.Country, now, cancellationToken);
        await receipts.IssueAsync(db, order, with ?? await KeptAsync(db, attempt, cancellationToken), now, cancellationToken);
        Crash.Point("K5");
        return AttemptState.Captured;
    }

    /// <summary>What a provider says it was paid with: in so many words, or as the method that it keeps.</summary>
    private static PaidWith? With(PaymentSnapshot answer) =>
        answer.PaidWith ?? (answer.SavedMethod is { } method ? new PaidWith(method.Brand, method.Last4, null) : null);

    /// <summary>The kept method that an attempt was made with; null: none.</summary>
    private static async Task<PaidWith?> KeptAsync(ShopDbContext db, PaymentAttempt attempt, CancellationToken cancellationToken) => attempt.SavedMethodId is { } kept
        ? await db.StoredMethods.Where(m => m.Id == kept).Select(m => new PaidWith(m.Brand, m.Last4, null)).FirstOrDefaultAsync(cancellationToken)
        : null;

    /// <summary>Where the payment service says the buyer is, of an order that was taxed for a country. The order stays as it was shown; where it differs, a person looks.</summary>
    private static async Task SeenInAsync(ShopDbContext db, Order order, string? country, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order.BuyerCountry is null)
        {
            return;
        }

        if (Countries.IsKnown(country))
        {
            db.TaxEvidence.Add(new TaxEvidence { OrderId = order.Id, Kind = EvidenceKind.Provider, Country = country!, At = now });
            await db.SaveChangesAsync(cancellationToken);
        }

        if (await db.TaxEvidence.AnyAsync(e => e.OrderId == order.Id && e.Country != order.BuyerCountry, cancellationToken))
        {
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.TaxEvidence, "settle", now, cancellationToken);
        }
    }

    /// <summary>An order becomes paid: its instant is kept, its deliveries become due, its lines leave the cart, its mail is on its way.</summary>
    internal static async Task PaidAsync(ShopDbContext db, Order order, DateTimeOffset now, string reason, long bonus, CancellationToken cancellationToken)
    {
        if (!await OrderTransitions.MoveAsync(db, order, OrderState.Paid, reason, now, cancellationToken))
        {
            throw new InvalidOperationException($"Order {order.Id} is {order.State} and cannot be paid.");
        }

        var (at, scheduled) = (now.ToUnixTimeMilliseconds(), Words.Of(DeliveryState.Scheduled));
        await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE orders SET paid_at = {at}, bonus_points = {bonus} WHERE id = {order.Id};
            UPDATE deliveries SET due_at = CASE WHEN deliver_on > {at} THEN deliver_on ELSE {at} END WHERE order_id = {order.Id} AND state = {scheduled}
            """,
            cancellationToken);
        await LeaveCartAsync(db, order.Id, cancellationToken);
        await TellPaidAsync(db, order, now, cancellationToken);
    }

    /// <summary>Exactly the lines that were ordered leave the cart they stand in now, and with them the codes that counted.</summary>
    internal static Task LeaveCartAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            UPDATE carts SET version = version + 1
             WHERE id IN (SELECT c.cart_id FROM cart_lines c JOIN order_lines o ON o.cart_line_id = c.id WHERE o.order_id = {orderId});
            DELETE FROM cart_lines WHERE id IN (SELECT cart_line_id FROM order_lines WHERE order_id = {orderId});
            DELETE FROM cart_codes WHERE cart_id IN (SELECT cart_id FROM orders WHERE id = {orderId}) AND code IN (SELECT code FROM order_promotions WHERE order_id = {orderId})
            """,
            cancellationToken);

    /// <summary>A receipt waits a moment, so that it can say what was delivered.</summary>
    private const int ReceiptWaitMs = 1000;

    /// <summary>One event per order, and with it its one receipt.</summary>
    internal static Task TellPaidAsync(ShopDbContext db, Order order, DateTimeOffset now, CancellationToken cancellationToken) => ShopEvents.RecordAsync(
        db,
        ShopEventKind.OrderPaid,
        order.Id.ToString(CultureInfo.InvariantCulture),
        new EventAbout(order.BuyerId, order.Id),
        new EventFacts { Reference = order.Reference, AmountMinor = order.DueMinor, Points = order.DuePoints > 0 ? order.DuePoints : null, Currency = order.Currency },
        now,
        cancellationToken,
        ReceiptOf(order.Id));

    /// <summary>The one receipt of an order, whatever events tell of it.</summary>
    internal static EventMail ReceiptOf(long orderId) =>
        EventMail.Of(OutboxKinds.Receipt, string.Create(CultureInfo.InvariantCulture, $"receipt:{orderId}"), new ReceiptMessage(orderId), ReceiptWaitMs);

    private static async Task<bool> KnownAsync(ShopDbContext db, PaymentAttempt attempt, CaptureSnapshot capture, CancellationToken cancellationToken) =>
        await Known.For(db)(db, attempt.Provider, capture.Reference.Value, cancellationToken);

    /// <summary>Money that does not fit what we asked for is booked as such and the order stays unpaid.</summary>
    private async Task<AttemptState> SuspendAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, Evidence.Differs differs, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Mismatch(attempt.Id, differs.Why);
        foreach (var capture in differs.Captures)
        {
            if (!await KnownAsync(db, attempt, capture, cancellationToken))
            {
                await BookAsync(db, order, attempt, capture, Disposition.Suspense, now, cancellationToken);
            }
        }

        await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.AmountMismatch, "settle", now, cancellationToken);
        return await EndAsync(db, order, attempt, AttemptState.Failed, "mismatch_" + differs.Why, now, cancellationToken);
    }

    /// <summary>A payment row and its capture journal: money is booked in every case, also when the order cannot use it.</summary>
    private static async Task BookAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, CaptureSnapshot capture, Disposition disposition, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var currency = capture.Amount.Currency.Code;
        var payment = new ProviderPayment
        {
            Provider = attempt.Provider,
            ProviderId = capture.Reference.Value,
            AttemptId = attempt.Id,
            AmountMinor = capture.Amount.Minor,
            Currency = currency,
            Disposition = disposition,
            SeenAt = now,
            FeeMinor = capture.Fee?.Minor,
            FeeCurrency = capture.Fee?.Currency.Code,
        };
        await Rows.InsertAsync(db, payment, cancellationToken);
        if (disposition != Disposition.Matched)
        {
            await RefundRun.ReturnAsync(db, payment, order.Id, now, cancellationToken);
        }

        var other = disposition == Disposition.Matched ? "revenue" : "suspense";
        await Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(CultureInfo.InvariantCulture, $"capture:{payment.Id}"),
                Kind = "capture",
                OrderId = order.Id,
                PaymentId = payment.Id,
                Lines =
                [
                    (new AccountRef($"clearing:{attempt.Provider}:{currency}", currency, false), capture.Amount.Minor),
                    (new AccountRef($"{other}:{currency}", currency, false), -capture.Amount.Minor),
                ],
            },
            now,
            cancellationToken);
    }

    /// <summary>Ended without money that counts: what was reserved is free again. An attempt that had ended before stays as it is.</summary>
    private static async Task<AttemptState> EndAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, AttemptState to, string why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!AttemptStates.Table.IsLegal(attempt.State, to))
        {
            return attempt.State;
        }

        await MoveAttemptAsync(db, attempt, to, why, null, cancellationToken);
        await CertainAsync(db, order, attempt, now, cancellationToken);
        if (order.DuePoints > 0)
        {
            await PointsAccounts.ReleaseAsync(db, attempt.Id, order.Id, Buyer(order), order.DuePoints, now, cancellationToken);
        }

        if (order.State == OrderState.AwaitingPayment)
        {
            await Uses.ReleaseAsync(db, order.Id, cancellationToken);
        }

        if (attempt is { State: AttemptState.Pending or AttemptState.Held or AttemptState.Unknown, OffSession: false } && order.State == OrderState.AwaitingPayment)
        {
            // the page had promised a mail
            await Outbox.AddOnceAsync(
                db, $"ended:{attempt.Id:N}", OutboxKinds.PaymentEnded, new PaymentEndedMessage(order.Id), now, now, cancellationToken);
        }

        return to;
    }

    /// <summary>Certain that nothing happened: after our own cancel that is the end; else the same key may be sent again while it lives.</summary>
    private static async Task<AttemptState> NeverHappenedAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, bool afterCancel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (afterCancel)
        {
            return await EndAsync(db, order, attempt, AttemptState.Cancelled, "never_happened", now, cancellationToken);
        }

        if (now - attempt.CreatedAt > AttemptSchedule.KeyLife)
        {
            return await EndAsync(db, order, attempt, AttemptState.Failed, "never_happened", now, cancellationToken);
        }

        var to = AttemptStates.Table.IsLegal(attempt.State, AttemptState.Created) ? AttemptState.Created : attempt.State;
        if (IsEarly(attempt, to, now))
        {
            return to;
        }

        await MoveAttemptAsync(db, attempt, to, null, AttemptSchedule.Next(to, attempt.Checks, now), cancellationToken);
        await CertainAsync(db, order, attempt, now, cancellationToken);
        return to;
    }

    private static async Task<AttemptState> OpenAsync(
        ShopDbContext db, Order order, PaymentAttempt attempt, Evidence.Open open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Older evidence than the state, or a repeat: the state stays, and the next look is put off.
        var to = AttemptStates.Table.IsLegal(attempt.State, open.State) ? open.State : attempt.State;
        if (!AttemptStates.Open.Contains(to) || IsEarly(attempt, to, now))
        {
            return attempt.State;
        }

        await MoveAttemptAsync(db, attempt, to, open.Why, AttemptSchedule.Next(to, attempt.State == to ? attempt.Checks + 1 : 0, now, open.Until), cancellationToken);
        if (to == AttemptState.Unknown)
        {
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.PaymentUnknown, "settle", now, cancellationToken);
        }
        else
        {
            await CertainAsync(db, order, attempt, now, cancellationToken);
        }

        return to;
    }

    /// <summary>The attempt is no longer in doubt: the flag that said so, which stands only while it is, comes down.</summary>
    private static Task CertainAsync(ShopDbContext db, Order order, PaymentAttempt before, DateTimeOffset now, CancellationToken cancellationToken) =>
        before.State == AttemptState.Unknown
            ? OrderTransitions.ClearAsync(db, order.Id, OrderFlagKind.PaymentUnknown, now, cancellationToken)
            : Task.CompletedTask;

    /// <summary>A look before its time, as buyers' pages make them, that finds everything as it was: it must not put off the one that was set.</summary>
    private static bool IsEarly(PaymentAttempt attempt, AttemptState to, DateTimeOffset now) => to == attempt.State && attempt.NextCheckAt > now;

    /// <summary>The guarded write of an attempt's state; the same state again only moves its next look.</summary>
    private static async Task MoveAttemptAsync(
        ShopDbContext db, PaymentAttempt attempt, AttemptState to, string? why, DateTimeOffset? next, CancellationToken cancellationToken)
    {
        AttemptStates.Table.Apply(attempt.State, to);
        var from = attempt.State;
        var checks = from == to ? attempt.Checks + 1 : 0;
        var (before, after, at) = (Words.Of(from), Words.Of(to), next?.ToUnixTimeMilliseconds());
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE payment_attempts SET state = {after}, reason = {why}, next_check_at = {at}, checks = {checks}, version = version + 1
             WHERE id = {attempt.Id} AND state = {before}
            """,
            cancellationToken);
        if (changed != 1)
        {
            throw new InvalidOperationException($"Attempt {attempt.Id} changed under the lock of its order.");
        }
    }

    private static long Buyer(Order order) => order.BuyerId ?? throw new InvalidOperationException($"Order {order.Id} uses points, but has no member.");

    [LoggerMessage(Level = LogLevel.Debug, Message = "Attempt {Attempt}: somebody else has booked its money.")]
    private partial void Booked(Guid attempt);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Attempt {Attempt}: {Provider} answered in the other mode (live or test). Nothing was booked.")]
    private partial void OtherMode(Guid attempt, string provider);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt}: money was taken that does not fit ({Why}). It is booked in suspense.")]
    private partial void Mismatch(Guid attempt, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt}: order {Order} could not use the money. It is booked as surplus.")]
    private partial void Surplus(Guid attempt, long order);
}
