using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Where staff say what came by hand and what they sent back. Their word, its money and what follows from it are one transaction under the lock of the order,
/// so that of two who say the same at once one is believed and the other is told (P19; docs/adr/0022).
/// </summary>
public sealed class HandDesk(Writes writes, PaymentProviders providers, PaymentGateway gateway, Settlement settlement, RefundRun refunds, LineRefunds lines, DeliveryRun deliveries, TimeProvider clock)
{
    public const int MostNote = 200;

    /// <summary>Why a line went back of which no money ever came.</summary>
    public const string VoidReason = "voided";

    private const string By = "desk";
    private const int MostShown = 100;

    private string[] Methods => [.. providers.All.Where(p => p is ITakesByHand).Select(p => p.Id.Value)];

    /// <summary>An order by its short reference, with all its tries by hand. Null: there is none, or nobody wanted to pay it by hand.</summary>
    public async Task<HandOrder?> FindAsync(ShopDbContext db, string reference, CancellationToken cancellationToken)
    {
        var (typed, methods) = (reference.Trim().ToLowerInvariant(), Methods);
        var order = await db.Orders.AsNoTracking().FirstOrDefaultAsync(o => o.Reference == typed, cancellationToken);
        if (order is null)
        {
            return null;
        }

        var attempts = await db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == order.Id && methods.Contains(a.Provider)).OrderBy(a => a.Seq).ToListAsync(cancellationToken);
        if (attempts.Count == 0)
        {
            return null;
        }

        var ids = attempts.Select(a => a.Id).ToList();
        var notes = (await db.HandEntries.Where(e => ids.Contains(e.AttemptId)).OrderBy(e => e.Id)
            .Select(e => new { e.AttemptId, e.Kind, e.AmountMinor, e.Currency, Actor = db.Users.Where(m => m.Id == e.ActorId).Select(m => m.UserName).First(), e.Note, e.At })
            .ToListAsync(cancellationToken)).ToLookup(e => e.AttemptId, e => new HandNote(e.Kind, Amount(e.AmountMinor, e.Currency), e.Actor!, e.Note, e.At));
        var buyer = await db.Users.Where(m => m.Id == order.BuyerId).Select(m => m.UserName).FirstOrDefaultAsync(cancellationToken);
        return new HandOrder(
            order.Id, order.Reference, order.State, buyer, order.PlacedAt, order.ExpiresAt,
            [.. attempts.Select(a => new HandAttempt(a.Id, a.Provider, a.State, Amount(a.AmountMinor, a.Currency), OpenParts(notes[a.Id], a.Currency), [.. notes[a.Id]]))]);
    }

    /// <summary>Refunds that a person has to send, oldest first.</summary>
    public async Task<IReadOnlyList<HandTask>> TasksAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var methods = Methods;
        return await db.Refunds.Where(r => RefundStates.Open.Contains(r.State))
            .Join(db.ProviderPayments.Where(p => methods.Contains(p.Provider)), r => r.PaymentId, p => p.Id, (r, p) => new { r, p })
            .Join(db.Orders, x => x.r.OrderId, o => o.Id, (x, o) => new { x.r, x.p, o.Reference })
            .OrderBy(x => x.r.CreatedAt).Take(MostShown)
            .Select(x => new HandTask(x.r.Id, x.Reference, x.p.Provider, new Money(x.r.AmountMinor, Currency.Of(x.p.Currency)), x.r.Reason, x.r.CreatedAt))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Orders whose money is still to come, those that end first before the others.</summary>
    public async Task<IReadOnlyList<HandWaiting>> WaitingAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var methods = Methods;
        return await db.PaymentAttempts.Where(a => AttemptStates.Open.Contains(a.State) && methods.Contains(a.Provider))
            .Join(db.Orders, a => a.OrderId, o => o.Id, (a, o) => new { a, o }).OrderBy(x => x.o.ExpiresAt).Take(MostShown)
            .Select(x => new HandWaiting(x.o.Reference, x.a.Provider, new Money(x.a.AmountMinor, Currency.Of(x.a.Currency)), x.o.PlacedAt, x.o.ExpiresAt))
            .ToListAsync(cancellationToken);
    }

    /// <summary>What a buyer was told about an attempt, from its provider, which remembers it by the reference. Null: nobody waits for it any more.</summary>
    public async Task<HandInstructions?> InstructionsAsync(ShopDbContext db, Guid attemptId, CancellationToken cancellationToken)
    {
        var attempt = await db.PaymentAttempts.AsNoTracking().FirstAsync(a => a.Id == attemptId, cancellationToken);
        if (!AttemptStates.Open.Contains(attempt.State) || providers.Find(new ProviderId(attempt.Provider)) is not { } provider)
        {
            return null;
        }

        var expires = await db.Orders.Where(o => o.Id == attempt.OrderId).Select(o => o.ExpiresAt).FirstAsync(cancellationToken);
        var said = await gateway.GetAsync(provider.Id, Settlement.Locate(attempt), cancellationToken);
        return said.Outcome is PaymentOutcome.ActionRequired { Action: BuyerAction.SendFunds funds }
            ? new HandInstructions(attempt.OrderId, attempt.Provider, provider.Capabilities.DisplayName, funds, Amount(attempt.AmountMinor, attempt.Currency), expires)
            : null;
    }

    /// <summary>All of it came: <paramref name="counted"/> must be what is due. The order is paid and delivered, or, where it can use no money any more, has a surplus to be sent back.</summary>
    public async Task<HandResult> ReceiveAsync(Guid attemptId, Money counted, long actor, string note, CancellationToken cancellationToken)
    {
        var (refused, captured) = await writes.RunAsync(
            (unit, token) => SayReceivedAsync(unit.Db, attemptId, counted, actor, note, token), cancellationToken);
        return refused ?? (captured is not var (order, said)
            ? new HandResult.Done(await StateAsync(attemptId, cancellationToken), Used: false)
            : new HandResult.Done((await settlement.CapturedAsync(attemptId, order, said)).Order, Used: true));
    }

    private async Task<(HandResult? Refused, (long Order, PaymentOutcome Said)? Captured)> SayReceivedAsync(
        ShopDbContext db, Guid attemptId, Money counted, long actor, string note, CancellationToken cancellationToken)
    {
        if (await TakeAsync(db, attemptId, cancellationToken) is not var (order, attempt, entries))
        {
            return (Refused(HandRefusal.NotThere), null);
        }

        if (await RefundDesk.IsOwnAsync(db, order, actor, cancellationToken))
        {
            return (Refused(HandRefusal.Own), null);
        }

        if (entries.Find(e => e.Kind == HandEntryKind.Received) is { } earlier)
        {
            return (new HandResult.Refused(HandRefusal.AlreadyReceived, null, await NoteAsync(db, earlier, cancellationToken)), null);
        }

        var due = Amount(attempt.AmountMinor, attempt.Currency);
        if (counted != due)
        {
            return (new HandResult.Refused(HandRefusal.WrongAmount, due), null);
        }

        var entry = await AddAsync(db, HandEntryKind.Received, attempt, counted, actor, note, null, cancellationToken);
        await OrderTransitions.ClearAsync(db, order.Id, OrderFlagKind.AmountMismatch, entry.At, cancellationToken);
        var said = ByHand(attempt.Provider).Received(Settlement.Locate(attempt), new HandReceipt(Id("receipt", entry), counted, entry.At));
        var state = await settlement.RecordInAsync(db, order.Id, attempt.Id, said, afterCancel: false, cancellationToken);
        return (null, state == AttemptState.Captured ? (order.Id, said.Outcome) : null);
    }

    /// <summary>A part came. The order stays open until the rest comes, or the part goes back.</summary>
    public Task<HandResult> NotePartAsync(Guid attemptId, Money counted, long actor, string note, CancellationToken cancellationToken) => SayAsync(
        attemptId,
        actor,
        async (db, order, attempt, entries, token) =>
        {
            if (entries.Find(e => e.Kind == HandEntryKind.Received) is { } earlier)
            {
                return new HandResult.Refused(HandRefusal.AlreadyReceived, null, await NoteAsync(db, earlier, token));
            }

            var (due, here) = (Amount(attempt.AmountMinor, attempt.Currency), OpenParts(entries, attempt.Currency));
            if (counted.Currency != due.Currency || counted.Minor <= 0 || counted.Minor >= due.Minor - here.Minor)
            {
                return new HandResult.Refused(HandRefusal.NotAPart, due);
            }

            var entry = await AddAsync(db, HandEntryKind.Part, attempt, counted, actor, note, null, token);
            await OrderTransitions.RaiseAsync(db, order.Id, OrderFlagKind.AmountMismatch, By, entry.At, token);
            return null;
        },
        cancellationToken);

    /// <summary>The parts that are here went back to the buyer, by hand.</summary>
    public Task<HandResult> ReturnPartsAsync(Guid attemptId, long actor, string note, CancellationToken cancellationToken) => SayAsync(
        attemptId,
        actor,
        async (db, order, attempt, entries, token) =>
        {
            var here = OpenParts(entries, attempt.Currency);
            if (here.IsZero || entries.Exists(e => e.Kind == HandEntryKind.Received))
            {
                return Refused(HandRefusal.NoParts);
            }

            var entry = await AddAsync(db, HandEntryKind.PartReturned, attempt, here, actor, note, null, token);
            await OrderTransitions.ClearAsync(db, order.Id, OrderFlagKind.AmountMismatch, entry.At, token);
            return null;
        },
        cancellationToken);

    /// <summary>
    /// What was received turned out to be none (a cheque that bounced, a slip of the desk). The payment stays booked as it was seen, and a refund of each line
    /// takes it back at once: goods are revoked, points return. Refused once anything of it is on its way back.
    /// </summary>
    public Task<HandResult> VoidAsync(Guid attemptId, long actor, string note, CancellationToken cancellationToken) => SayAsync(
        attemptId,
        actor,
        async (db, order, attempt, entries, token) =>
        {
            if (entries.Exists(e => e.Kind == HandEntryKind.Voided) || !entries.Exists(e => e.Kind == HandEntryKind.Received))
            {
                return Refused(HandRefusal.NotReceived);
            }

            var payment = await db.ProviderPayments.AsNoTracking().SingleAsync(p => p.AttemptId == attempt.Id, token);
            if (payment.Disposition != Disposition.Matched || payment.ReservedMinor > 0 || await LineRefunds.Standing(db).AnyAsync(
                    l => db.OrderLines.Any(o => o.Id == l.OrderLineId && o.OrderId == order.Id), token))
            {
                return Refused(HandRefusal.GoesBackAlready);
            }

            var entry = await AddAsync(db, HandEntryKind.Voided, attempt, Amount(payment.AmountMinor, payment.Currency), actor, note, null, token);
            var wish = new LineRefundWish(RefundOrigin.Staff, VoidReason, By);
            var all = await db.OrderLines.Where(l => l.OrderId == order.Id && l.DueMinor + l.DuePoints > 0).OrderBy(l => l.Position).Select(l => l.Id).ToListAsync(token);
            foreach (var line in all)
            {
                var now = await OrderTransitions.LockAsync(db, order.Id, token);
                if (await lines.AskAsync(db, now, line, wish, entry.At, token) is not LineRefundResult.Asked asked)
                {
                    throw new InvalidOperationException($"Line {line} of order {order.Id} could not be taken back under its lock.");
                }

                var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == asked.Refund, token);
                if (refund.AmountMinor > 0)
                {
                    await SentAsync(db, refund, payment, attempt, Id("void", entry) + "-" + refund.Id.ToString("N"), entry.At, token);
                }
            }

            return null;
        },
        cancellationToken);

    /// <summary>A refund that waited for a person was sent.</summary>
    public async Task<HandResult> ReturnedAsync(Guid refundId, long actor, string note, CancellationToken cancellationToken)
    {
        var found = await writes.ReadAsync(
            (db, token) => db.Refunds.Where(r => r.Id == refundId).Join(db.ProviderPayments, r => r.PaymentId, p => p.Id, (_, p) => p.AttemptId).FirstOrDefaultAsync(token),
            cancellationToken);
        return found is not { } attemptId ? Refused(HandRefusal.NotThere) : await SayAsync(
            attemptId,
            actor,
            async (db, order, attempt, entries, token) =>
            {
                var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == refundId, token);
                if (!RefundStates.Open.Contains(refund.State) || entries.Exists(e => e.RefundId == refundId))
                {
                    return new HandResult.Refused(HandRefusal.TaskOver, null, entries.Find(e => e.RefundId == refundId) is { } earlier ? await NoteAsync(db, earlier, token) : null);
                }

                var payment = await db.ProviderPayments.AsNoTracking().FirstAsync(p => p.Id == refund.PaymentId, token);
                var entry = await AddAsync(db, HandEntryKind.Returned, attempt, Amount(refund.AmountMinor, payment.Currency), actor, note, refundId, token);
                await SentAsync(db, refund, payment, attempt, Id("return", entry), entry.At, token);
                return null;
            },
            cancellationToken);
    }

    private static HandResult Refused(HandRefusal why) => new HandResult.Refused(why);

    private static Money Amount(long minor, string currency) => new(minor, Currency.Of(currency));

    private static string Id(string word, HandEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{word}-{entry.Id}");

    private static Money OpenParts(IEnumerable<HandEntry> entries, string currency) =>
        Amount(entries.Sum(e => Part(e.Kind, e.AmountMinor)), currency);

    private static Money OpenParts(IEnumerable<HandNote> notes, string currency) => Amount(notes.Sum(n => Part(n.Kind, n.Amount.Minor)), currency);

    private static long Part(HandEntryKind kind, long minor) => kind switch
    {
        HandEntryKind.Part => minor,
        HandEntryKind.PartReturned => -minor,
        _ => 0,
    };

    private ITakesByHand ByHand(string provider) =>
        providers.Find(new ProviderId(provider)) as ITakesByHand ?? throw new InvalidOperationException($"'{provider}' takes no money by hand.");

    /// <summary>The attempt with everything said about it, under the lock of its order. Null: it is none, or not by hand.</summary>
    private async Task<(Order Order, PaymentAttempt Attempt, List<HandEntry> Entries)?> TakeAsync(ShopDbContext db, Guid attemptId, CancellationToken cancellationToken)
    {
        var orderId = await db.PaymentAttempts.Where(a => a.Id == attemptId).Select(a => (long?)a.OrderId).FirstOrDefaultAsync(cancellationToken);
        if (orderId is null)
        {
            return null;
        }

        var order = await OrderTransitions.LockAsync(db, orderId.Value, cancellationToken);
        var attempt = await db.PaymentAttempts.AsNoTracking().FirstAsync(a => a.Id == attemptId, cancellationToken);
        return providers.Find(new ProviderId(attempt.Provider)) is ITakesByHand
            ? (order, attempt, await db.HandEntries.AsNoTracking().Where(e => e.AttemptId == attemptId).OrderBy(e => e.Id).ToListAsync(cancellationToken))
            : null;
    }

    private async Task<HandResult> SayAsync(
        Guid attemptId, long actor, Func<ShopDbContext, Order, PaymentAttempt, List<HandEntry>, CancellationToken, Task<HandResult?>> say, CancellationToken cancellationToken)
    {
        var refused = await writes.RunAsync(
            async (unit, token) => await TakeAsync(unit.Db, attemptId, token) is not var (order, attempt, entries) ? Refused(HandRefusal.NotThere)
                : await RefundDesk.IsOwnAsync(unit.Db, order, actor, token) ? Refused(HandRefusal.Own)
                : await say(unit.Db, order, attempt, entries, token),
            cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        // what the other lines of the order may have become free for
        var state = await StateAsync(attemptId, cancellationToken);
        if (state == OrderState.Paid)
        {
            await deliveries.DeliverOrderAsync(await OrderAsync(attemptId, cancellationToken), CancellationToken.None);
        }

        return new HandResult.Done(state, Used: true);
    }

    private async Task<HandEntry> AddAsync(
        ShopDbContext db, HandEntryKind kind, PaymentAttempt attempt, Money amount, long actor, string note, Guid? refund, CancellationToken cancellationToken)
    {
        var entry = new HandEntry
        {
            Kind = kind,
            AttemptId = attempt.Id,
            RefundId = refund,
            AmountMinor = amount.Minor,
            Currency = amount.Currency.Code,
            ActorId = actor,
            Note = note,
            At = clock.GetUtcNow(),
        };
        db.HandEntries.Add(entry);
        await db.SaveChangesAsync(cancellationToken);
        return entry;
    }

    /// <summary>Ends a refund by a word of staff, as an answer of a provider would.</summary>
    private async Task SentAsync(
        ShopDbContext db, Refund refund, ProviderPayment payment, PaymentAttempt attempt, string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var locator = new RefundLocator(
            new RefundId(refund.Id), Settlement.Locate(attempt), new ProviderReference(payment.ProviderId), null, new IdempotencyKey(refund.IdemKey));
        var said = ByHand(attempt.Provider).Returned(locator, new HandReceipt(id, Amount(refund.AmountMinor, payment.Currency), at));
        if (await refunds.RecordAsync(db, refund, payment, said, cancellationToken) != RefundState.Succeeded)
        {
            throw new InvalidOperationException($"Refund {refund.Id} was not ended by a word of staff.");
        }
    }

    private static async Task<HandNote> NoteAsync(ShopDbContext db, HandEntry entry, CancellationToken cancellationToken)
    {
        var actor = await db.Users.Where(m => m.Id == entry.ActorId).Select(m => m.UserName).FirstAsync(cancellationToken);
        return new HandNote(entry.Kind, Amount(entry.AmountMinor, entry.Currency), actor!, entry.Note, entry.At);
    }

    private Task<OrderState> StateAsync(Guid attemptId, CancellationToken cancellationToken) => writes.ReadAsync(
        (db, token) => db.PaymentAttempts.Where(a => a.Id == attemptId).Join(db.Orders, a => a.OrderId, o => o.Id, (_, o) => o.State).FirstAsync(token), cancellationToken);

    private Task<long> OrderAsync(Guid attemptId, CancellationToken cancellationToken) => writes.ReadAsync(
        (db, token) => db.PaymentAttempts.Where(a => a.Id == attemptId).Select(a => a.OrderId).FirstAsync(token), cancellationToken);
}
