using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// Gives back what no order can use, by itself, and brings every open refund to its end. A refund reserves first, is sent under one key, and is
/// looked up in every doubt (exactly-once.md sections 4 and 9). What the provider tells of refunds and disputes that others made is booked here, too. Safe to run
/// twice at once: rows and keys carry it.
/// </summary>
public sealed partial class RefundRun(
    Writes writes, PaymentGateway gateway, PaymentProviders providers, LineRefunds lines, SeenRefunds seen, Disputes disputes, Receipts receipts, TimeProvider clock, ILogger<RefundRun> log)
{
    private const int Batch = 50;

    /// <summary>So long before a refund can be fetched no longer its buyer is reminded of it; of one that waits no longer than that twice not.</summary>
    private static readonly TimeSpan FetchReminder = TimeSpan.FromDays(3);

    /// <summary>Who asks for a return that nobody asked for.</summary>
    private const string TheShop = "shop";

    /// <summary>
    /// Reserves the whole of a payment that no order can use and writes its refund, in the transaction that books the payment. It is sent after
    /// the commit, by the worker.
    /// </summary>
    internal static async Task ReturnAsync(ShopDbContext db, ProviderPayment payment, long orderId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.ProviderPayments.Where(p => p.Id == payment.Id && p.ReservedMinor == 0)
                .ExecuteUpdateAsync(set => set.SetProperty(p => p.ReservedMinor, p => p.AmountMinor), cancellationToken) == 0)
        {
            return; // somebody has promised it already
        }

        var id = Guid.CreateVersion7(now);
        db.Refunds.Add(new Refund
        {
            Id = id,
            OrderId = orderId,
            PaymentId = payment.Id,
            Origin = RefundOrigin.Shop,
            IdemKey = $"{id:N}:refund",
            AmountMinor = payment.AmountMinor,
            Points = 0,
            CreatedAt = now,
            NextCheckAt = now,
            DeadlineAt = now + AttemptSchedule.Deadline,
            Reason = Words.Of(payment.Disposition),
            By = TheShop,
        });
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// Promises all the money of a test purchase back, in the transaction that books it, so that there is no moment in which nobody owes it (docs/adr/0026). It is sent
    /// after the commit, by the worker.
    /// </summary>
    internal async Task ReturnTestAsync(ShopDbContext db, long orderId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var shares = (await LineRefunds.LeftAsync(db, orderId, cancellationToken)).Select(l => new LineShare(l.OrderLineId, l.AmountMinor, l.Points)).ToList();
        var wish = new LineRefundWish(RefundOrigin.Shop, TestPurchases.Reason, TheShop);
        if (await lines.AskAsync(db, order, shares, wish, now, cancellationToken) is LineRefundResult.Refused refused)
        {
            throw new InvalidOperationException($"The money of test purchase {orderId} cannot be promised back: {refused.Reason}.");
        }
    }

    /// <summary>One pass over the refunds that are due. Returns how many were looked at.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await writes.ReadAsync(
            (db, token) => db.Refunds.Where(r => RefundStates.Open.Contains(r.State) && r.NextCheckAt <= now)
                .OrderBy(r => r.NextCheckAt).Select(r => r.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var refund in due)
        {
            try
            {
                await DriveAsync(refund, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Failed(e, refund);
                await writes.RunAsync(
                    (unit, token) => unit.Db.Refunds.Where(r => r.Id == refund && r.NextCheckAt <= now)
                        .ExecuteUpdateAsync(set => set.SetProperty(r => r.NextCheckAt, now + Janitor.PutOff), token),
                    CancellationToken.None);
            }
        }

        return due.Count + await LookAtDisputesAsync(now, cancellationToken);
    }

    /// <summary>
    /// Sends a refund, or asks how it stands, and writes down the answer. Returns its state afterwards. <paramref name="news"/>: the provider says that something
    /// happened, so that one that had succeeded is asked about as well (the bank sent it back).
    /// </summary>
    public async Task<RefundState> DriveAsync(Guid refundId, CancellationToken cancellationToken, bool news = false)
    {
        var (refund, payment, attempt, isDisputed) = await writes.ReadAsync(
            async (db, token) =>
            {
                var r = await db.Refunds.AsNoTracking().FirstAsync(x => x.Id == refundId, token);
                var p = await db.ProviderPayments.AsNoTracking().FirstOrDefaultAsync(x => x.Id == r.PaymentId, token);
                var a = p is null ? null : await db.PaymentAttempts.AsNoTracking().FirstOrDefaultAsync(x => x.Id == p.AttemptId, token);
                return (r, p, a, r.State == RefundState.Created && await Disputes.OvertookAsync(db, r, token));
            },
            cancellationToken);

        // also one that was counted as never made: it may have been made after all
        var isNews = news && refund is { State: RefundState.Succeeded or RefundState.Failed, PaidAs: RefundPaidAs.Source };
        if (!(isNews || RefundStates.Open.Contains(refund.State)) || payment is null || attempt is null)
        {
            return refund.State;
        }

        var provider = new ProviderId(payment.Provider);
        var key = new IdempotencyKey(refund.IdemKey);
        var capture = new ProviderReference(payment.ProviderId);
        var amount = new Money(refund.AmountMinor, Currency.Of(payment.Currency));
        var mayStart = refund.State == RefundState.Created && !isDisputed && clock.GetUtcNow() - refund.CreatedAt < AttemptSchedule.KeyLife;
        Crash.Point("K13");
        var answer = mayStart
            ? await gateway.RefundAsync(provider, new StartRefund(new RefundId(refund.Id), Settlement.Locate(attempt), capture, amount, key), cancellationToken)
            : await gateway.GetRefundAsync(
                provider,
                new RefundLocator(
                    new RefundId(refund.Id), Settlement.Locate(attempt), capture,
                    refund.ProviderRef is { } reference ? new ProviderReference(reference) : null, key),
                cancellationToken);
        Crash.Point("K14");
        var state = await writes.RunAsync((unit, token) => RecordAsync(unit.Db, refund, payment, answer, token), CancellationToken.None);
        if (state == RefundState.Failed)
        {
            // perhaps because somebody was quicker at the provider: what they gave back fits now
            await SeeAsync(attempt, await gateway.GetAsync(provider, Settlement.Locate(attempt), CancellationToken.None));
        }

        return state;
    }

    /// <summary>
    /// Writes down what a provider tells of refunds and disputes of a payment: ours go on, those that we do not know are booked once. Nothing is written, and nothing
    /// locked, where all of it is known. Returns whether something was new.
    /// </summary>
    internal async Task<bool> SeeAsync(PaymentAttempt attempt, PaymentSnapshot answer)
    {
        if (answer is { Refunds.Count: 0, Disputes.Count: 0 } || providers.Find(new ProviderId(attempt.Provider))?.Capabilities is not { } ours || answer.Live != ours.Live)
        {
            return false;
        }

        var (payments, known, quarrels) = await writes.ReadAsync(
            async (db, token) => (
                await db.ProviderPayments.AsNoTracking().Where(p => p.AttemptId == attempt.Id).ToListAsync(token),
                await db.Refunds.AsNoTracking().Where(r => db.ProviderPayments.Any(p => p.Id == r.PaymentId && p.AttemptId == attempt.Id)).ToListAsync(token),
                await db.Disputes.AsNoTracking().Where(d => d.OrderId == attempt.OrderId).ToListAsync(token)),
            CancellationToken.None);
        var isNew = false;
        foreach (var told in answer.Refunds)
        {
            if (Of(told.Capture) is not { } payment)
            {
                continue;
            }

            var refund = known.Find(r => r.PaymentId == payment.Id && r.ProviderRef is { } reference && reference == told.Reference?.Value)
                ?? known.Find(r => r.Id == told.OurRefund?.Value);
            if (refund is not (null or { State: RefundState.Failed, SucceededAt: null })) // one that came to nothing is news if it has happened
            {
                if (RefundStates.Open.Contains(refund.State) || (refund.State == RefundState.Succeeded && told.Outcome == RefundOutcome.Failed))
                {
                    isNew |= await writes.RunAsync((unit, token) => RecordAsync(unit.Db, refund, payment, told, token), CancellationToken.None) != refund.State;
                }
            }
            else if (told is { Outcome: RefundOutcome.Succeeded, Reference: not null })
            {
                isNew |= await writes.RunAsync((unit, token) => seen.BookAsync(unit, attempt.OrderId, payment, told, clock.GetUtcNow(), token), CancellationToken.None);
            }
        }

        foreach (var told in answer.Disputes)
        {
            if (Of(told.Capture) is { } payment && quarrels.Find(d => d.PaymentId == payment.Id && d.ProviderRef == told.Reference.Value) is var quarrel
                && quarrel?.State != Disputes.StateOf(told.Outcome))
            {
                isNew |= await writes.RunAsync((unit, token) => disputes.RecordAsync(unit, attempt.OrderId, payment, told, clock.GetUtcNow(), token), CancellationToken.None);
            }
        }

        return isNew;

        ProviderPayment? Of(ProviderReference? capture) => capture is { } id ? payments.Find(p => p.ProviderId == id.Value) : payments is [var only] ? only : null;
    }

    /// <summary>Open disputes are asked about once a day, should the provider's news of their end get lost.</summary>
    private async Task<int> LookAtDisputesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = await writes.ReadAsync(
            (db, token) => db.Disputes.Where(d => d.NextCheckAt <= now).OrderBy(d => d.NextCheckAt).Take(Batch)
                .Join(db.ProviderPayments, d => d.PaymentId, p => p.Id, (d, p) => new { d.Id, p.AttemptId })
                .Join(db.PaymentAttempts.AsNoTracking(), x => x.AttemptId, a => a.Id, (x, a) => new { x.Id, Attempt = a }).ToListAsync(token),
            cancellationToken);
        foreach (var dispute in due)
        {
            await writes.RunAsync(
                (unit, token) => unit.Db.Disputes.Where(d => d.Id == dispute.Id && d.NextCheckAt <= now)
                    .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextCheckAt, now + Disputes.Often), token),
                cancellationToken);
            await SeeAsync(dispute.Attempt, await gateway.GetAsync(new ProviderId(dispute.Attempt.Provider), Settlement.Locate(dispute.Attempt), cancellationToken));
        }

        return due.Count;
    }

    /// <summary>Books an answer about a refund in the caller's unit of work; the desk calls it with a word of staff (docs/adr/0022).</summary>
    internal async Task<RefundState> RecordAsync(
        ShopDbContext db, Refund seen, ProviderPayment payment, RefundSnapshot answer, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var order = seen.OrderId is { } orderId ? await OrderTransitions.LockAsync(db, orderId, cancellationToken) : null;

        var refund = await db.Refunds.AsNoTracking().FirstAsync(r => r.Id == seen.Id, cancellationToken);
        var (to, why) = Read(refund, payment, answer, now);
        var isIdleLook = answer.Call is { Operation: "get_refund" } && refund.State == to;
        if (!isIdleLook && seen.OrderId is { } its && payment.AttemptId is { } attempt)
        {
            Exchanges.Note(db, refund, payment, its, attempt, answer, now);
            await db.SaveChangesAsync(cancellationToken);
        }

        if (refund.State != to && !RefundStates.Table.IsLegal(refund.State, to))
        {
            return refund.State; // older evidence than the state
        }

        if (!await MoveAsync(db, refund, to, answer.Reference?.Value, why, now, cancellationToken))
        {
            return refund.State;
        }

        var isOfLines = order is not null && await db.RefundLines.AnyAsync(l => l.RefundId == refund.Id, cancellationToken);
        switch (to)
        {
            case RefundState.Pending when answer.Pickup is not null && refund.State != to:
                await TellToFetchAsync(db, refund, payment, now, cancellationToken);
                break;
            case RefundState.Succeeded when refund.State != to:
                await BookAsync(db, refund, payment, now, cancellationToken);
                if (isOfLines)
                {
                    await lines.CompleteAsync(db, order!, refund.Id, now, cancellationToken);
                }

                break;
            case RefundState.Failed when refund.State == RefundState.Succeeded:
                await SentBackAsync(db, refund, why, now, cancellationToken);
                await disputes.BookRestAsync(db, payment.Id, now, cancellationToken);
                break;
            case RefundState.Failed when refund.State != to:
                await FreeAsync(db, refund, why, now, cancellationToken);
                if (isOfLines)
                {
                    await lines.FailAsync(db, order!, refund, now, cancellationToken);
                }

                await disputes.BookRestAsync(db, payment.Id, now, cancellationToken);
                break;
        }

        return to;
    }

    /// <summary>The buyer has to fetch it: says so at once, and once more some days before it is too late.</summary>
    private async Task TellToFetchAsync(ShopDbContext db, Refund refund, ProviderPayment payment, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (refund.OrderId is null || await db.PaymentAttempts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == payment.AttemptId, cancellationToken) is not { } attempt)
        {
            return;
        }

        var (key, until) = ($"refund:{refund.Id:N}:fetch", RefundPickups.UntilOf(providers, attempt));
        await Outbox.AddOnceAsync(db, key, OutboxKinds.RefundToFetch, new RefundToFetchMessage(refund.Id, until, false), now, now, cancellationToken);
        if (until - FetchReminder is { } again && again > now + FetchReminder)
        {
            await Outbox.AddOnceAsync(db, $"{key}:again", OutboxKinds.RefundToFetch, new RefundToFetchMessage(refund.Id, until, true), now, again, cancellationToken);
        }
    }

    /// <summary>What an answer comes to. Success counts only for the whole amount of this very refund of this very capture.</summary>
    private (RefundState To, string? Why) Read(Refund refund, ProviderPayment payment, RefundSnapshot answer, DateTimeOffset now)
    {
        switch (answer.Outcome)
        {
            case not RefundOutcome.Failed when refund.State == RefundState.Succeeded:
                return (RefundState.Succeeded, null); // only the provider's own word that it failed undoes one that succeeded
            case RefundOutcome.Succeeded when answer.OurRefund?.Value == refund.Id && answer.Capture?.Value == payment.ProviderId
                && answer.Amount.Minor == refund.AmountMinor && answer.Amount.Currency.Code == payment.Currency:
                return (RefundState.Succeeded, null);
            case RefundOutcome.Succeeded:
                Differs(refund.Id, payment.Provider);
                return (RefundState.Unknown, "differs");
            case RefundOutcome.Pending:
                return (RefundState.Pending, null);
            case RefundOutcome.Failed:
                return (RefundState.Failed, answer.ProviderCode ?? "refused");
            case RefundOutcome.NotFound when now - refund.CreatedAt < AttemptSchedule.KeyLife:
                return (RefundState.Created, null); // certain that nothing happened: the same key may be sent again
            case RefundOutcome.NotFound:
                return (RefundState.Failed, "never_happened");
            default:
                return (RefundState.Unknown, "no_answer");
        }
    }

    private static async Task<bool> MoveAsync(
        ShopDbContext db, Refund refund, RefundState to, string? reference, string? why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = refund.State;
        var succeeded = to == RefundState.Succeeded ? refund.SucceededAt ?? now : refund.SucceededAt;
        var failure = to == RefundState.Failed ? Short(why) : null;
        var checks = from == to ? refund.Checks + 1 : 0;
        var next = AttemptSchedule.NextOfRefund(to, checks, now);
        return await db.Refunds.Where(r => r.Id == refund.Id && r.State == from).ExecuteUpdateAsync(
            set => set.SetProperty(r => r.State, to).SetProperty(r => r.NextCheckAt, next).SetProperty(r => r.Checks, checks)
                .SetProperty(r => r.ProviderRef, r => r.ProviderRef ?? reference).SetProperty(r => r.SucceededAt, succeeded).SetProperty(r => r.Failure, failure),
            cancellationToken) == 1;
    }

    /// <summary>A provider's word, as long as the column is.</summary>
    private static string? Short(string? why) => why is { Length: > 64 } ? why[..64] : why;

    /// <summary>
    /// Money that was given back came back to us (R08): the booking is reversed, the reserve is free again, and a person gives it back another way. Points that were given
    /// back stay given, and goods that were taken back stay taken.
    /// </summary>
    internal static async Task ReverseAsync(ShopDbContext db, Refund refund, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = $"refund:{refund.Id:N}";
        var booked = await db.Journals.Where(j => j.IdemKey == key).Select(j => new { j.Id, Lines = j.Entries.Select(e => new { e.AccountId, e.Unit, e.Amount }).ToList() })
            .FirstAsync(cancellationToken);
        var accounts = await db.LedgerAccounts.Where(a => booked.Lines.Select(l => l.AccountId).Contains(a.Id)).ToDictionaryAsync(a => a.Id, cancellationToken);
        await Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"{key}:back",
                Kind = "refund_back",
                OrderId = refund.OrderId,
                PaymentId = refund.PaymentId,
                RefundId = refund.Id,
                ReversesId = booked.Id,
                Lines = [.. booked.Lines.Select(l => (new AccountRef(accounts[l.AccountId].Code, l.Unit, accounts[l.AccountId].FloorZero), -l.Amount))],
            },
            now,
            cancellationToken);
        await db.ProviderPayments.Where(p => p.Id == refund.PaymentId && p.ReservedMinor >= refund.AmountMinor).ExecuteUpdateAsync(
            set => set.SetProperty(p => p.ReservedMinor, p => p.ReservedMinor - refund.AmountMinor), cancellationToken);
    }

    private async Task SentBackAsync(ShopDbContext db, Refund refund, string? why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await ReverseAsync(db, refund, now, cancellationToken);
        if (refund.OrderId is { } orderId)
        {
            await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.RefundFailed, "refund", now, cancellationToken);
            await Outbox.AddOnceAsync(db, $"refund:{refund.Id:N}:failed", OutboxKinds.RefundFailed, new RefundMessage(refund.Id), now, now, cancellationToken);
        }

        await receipts.VoidAsync(db, refund, now, cancellationToken);

        NotRefunded(refund.Id, string.Create(CultureInfo.InvariantCulture, $"{refund.AmountMinor} minor units"), why);
    }

    /// <summary>The money left: clearing gives it up, and what it was booked against before.</summary>
    internal static async Task BookAsync(ShopDbContext db, Refund refund, ProviderPayment payment, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var currency = payment.Currency;
        var other = payment.Disposition != Disposition.Matched ? "suspense" : refund.Origin == RefundOrigin.Dispute ? "disputes" : "refunds";
        await Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"refund:{refund.Id:N}",
                Kind = "refund",
                OrderId = refund.OrderId,
                PaymentId = payment.Id,
                RefundId = refund.Id,
                Lines =
                [
                    (new AccountRef($"clearing:{payment.Provider}:{currency}", currency, false), -refund.AmountMinor),
                    (new AccountRef($"{other}:{currency}", currency, false), refund.AmountMinor),
                ],
            },
            now,
            cancellationToken);
        var back = await db.Refunds.Where(r => r.PaymentId == payment.Id && r.State == RefundState.Succeeded).SumAsync(r => r.AmountMinor, cancellationToken);
        if (back == payment.AmountMinor)
        {
            await db.ProviderPayments.Where(p => p.Id == payment.Id && (p.Disposition == Disposition.Surplus || p.Disposition == Disposition.Suspense))
                .ExecuteUpdateAsync(set => set.SetProperty(p => p.Disposition, Disposition.Returned), cancellationToken);
        }
    }

    /// <summary>Not refunded: the reserve is free again, and a person must look.</summary>
    private async Task FreeAsync(ShopDbContext db, Refund refund, string? why, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.ProviderPayments.Where(p => p.Id == refund.PaymentId && p.ReservedMinor >= refund.AmountMinor)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.ReservedMinor, p => p.ReservedMinor - refund.AmountMinor), cancellationToken);
        if (refund.OrderId is { } orderId)
        {
            await OrderTransitions.RaiseAsync(db, orderId, OrderFlagKind.RefundFailed, "refund", now, cancellationToken);
            if (refund.Origin is RefundOrigin.Buyer)
            {
                await Outbox.AddOnceAsync(db, $"refund:{refund.Id:N}:failed", OutboxKinds.RefundFailed, new RefundMessage(refund.Id), now, now, cancellationToken);
            }
        }

        NotRefunded(refund.Id, string.Create(CultureInfo.InvariantCulture, $"{refund.AmountMinor} minor units"), why);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Refund {Refund} could not be looked at; it stays due.")]
    private partial void Failed(Exception exception, Guid refund);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Refund {Refund}: {Provider} says it succeeded, but not as it was asked for. It stays in doubt.")]
    private partial void Differs(Guid refund, string provider);

    [LoggerMessage(Level = LogLevel.Error, Message = "Refund {Refund} of {Amount} was not made ({Why}). A person must look.")]
    private partial void NotRefunded(Guid refund, string amount, string? why);
}
