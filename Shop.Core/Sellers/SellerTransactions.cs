using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>How a transaction stands, in the words of the sellers' interface: a payment attempt has more (DECISIONS 18).</summary>
public enum TransactionState { Pending, Succeeded, Failed, Unknown }

/// <summary>The legal changes of a transaction (parity/mozilla.md section 1): failed becomes succeeded by the provider's evidence only, and succeeded is final.</summary>
public static class TransactionStates
{
    public static StateTable<TransactionState> Table { get; } = new(
        born: [TransactionState.Pending],
        pairs:
        [
            (TransactionState.Pending, TransactionState.Succeeded), (TransactionState.Pending, TransactionState.Failed), (TransactionState.Pending, TransactionState.Unknown),
            (TransactionState.Unknown, TransactionState.Pending), (TransactionState.Unknown, TransactionState.Succeeded), (TransactionState.Unknown, TransactionState.Failed),
            (TransactionState.Failed, TransactionState.Succeeded),
        ]);

    public static TransactionState Of(AttemptState state) => state switch
    {
        AttemptState.Captured => TransactionState.Succeeded,
        AttemptState.Failed or AttemptState.Cancelled => TransactionState.Failed,
        AttemptState.Unknown => TransactionState.Unknown,
        _ => TransactionState.Pending,
    };
}

/// <summary>A transaction as its seller sees it.</summary>
public sealed record TransactionView
{
    public required Guid Id { get; init; }

    public string? Subscription { get; init; }

    public required string Buyer { get; init; }

    public required string Seller { get; init; }

    /// <summary>What of it is for this seller's goods.</summary>
    public required Money Amount { get; init; }

    public required TransactionState State { get; init; }

    public string? Payment { get; init; }

    public string? ProviderReference { get; init; }

    public string? FailureCode { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What became of a wish about transactions.</summary>
public abstract record TransactionResult
{
    private TransactionResult() { }

    public sealed record Ok(TransactionView Transaction) : TransactionResult;

    public sealed record NotFound(string What) : TransactionResult;

    public sealed record Refused(TransactionRefusal Reason) : TransactionResult;
}

public enum TransactionRefusal
{
    /// <summary>Nothing is due: it is paid for, stopped or over, or the buyer's account is suspended or closed.</summary>
    NothingDue,

    /// <summary>Another one of the same order is under way or in doubt.</summary>
    OtherUnderWay,

    /// <summary>Its method is gone or does not work here.</summary>
    MethodUnusable,

    /// <summary>Too many tries of this buyer, or of this seller.</summary>
    TooMany,

    /// <summary>The buyer pays it in the shop's own pages; no key charges it.</summary>
    NotOfTheInterface,

    /// <summary>It cannot become that from what it is.</summary>
    IllegalChange,

    /// <summary>The provider knows it by another name.</summary>
    OtherReference,
}

/// <summary>What a seller says of a transaction; it only makes the shop ask the provider.</summary>
public sealed record TransactionReport(TransactionState? Outcome, string? ProviderReference);

/// <summary>Payment attempts that sellers start, have charged and ask about. Only the provider's word changes one.</summary>
public sealed class SellerTransactions(Writes writes, Attempts attempts, SavedMethods methods, Settlement settlement, TimeProvider clock)
{
    private sealed record Row(PaymentAttempt Attempt, string Buyer, string Seller, string? Subscription, string? Payment, long AmountMinor);

    /// <summary>A buyer's transactions at a seller, newest first, and how many there are. Null: there is no such buyer.</summary>
    /// <param name="before">Only those before this one; null: from the newest, leaving out <paramref name="skip"/>.</param>
    public async Task<(IReadOnlyList<TransactionView> Rows, int Total)?> ListAsync(
        ShopDbContext db, long sellerId, string buyerHandle, Guid? before, int skip, int take, CancellationToken cancellationToken)
    {
        if (await SellerBuyers.FindAsync(db, sellerId, buyerHandle, cancellationToken) is not { } buyer)
        {
            return null;
        }

        var total = await OfBuyer(db, buyer.Id).CountAsync(cancellationToken);
        var rows = await Page(db, sellerId, buyer.Id, before, skip, take).ToListAsync(cancellationToken);
        return ([.. rows.Select(View)], total);
    }

    /// <summary>The statement by which a page is read, for the test of its plan.</summary>
    public static string PageSql(ShopDbContext db, long sellerId, long buyerId) => Page(db, sellerId, buyerId, null, 0, 20).ToQueryString();

    /// <summary>Writes an attempt for what is due of a subscription; nothing is charged before <see cref="ChargeAsync"/> (MZ-5).</summary>
    /// <param name="resume">The same request was cut off before: what it wrote is the answer.</param>
    public async Task<TransactionResult> StartAsync(long sellerId, string subscriptionHandle, bool resume, CancellationToken cancellationToken)
    {
        try
        {
            var (id, refusal) = await writes.RunAsync((unit, token) => StartAsync(unit, sellerId, subscriptionHandle, resume, token), cancellationToken);
            return (id, refusal) switch
            {
                ({ } made, _) => await OkAsync(sellerId, made, cancellationToken),
                (_, { } no) => new TransactionResult.Refused(no),
                _ => new TransactionResult.NotFound("subscription"),
            };
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "attempt"))
        {
            return new TransactionResult.Refused(TransactionRefusal.OtherUnderWay);
        }
    }

    /// <summary>Charges: creates the payment at the provider, stores its id, confirms by it and records what came of it. Asked again, it tells how things stand.</summary>
    public async Task<TransactionResult> ChargeAsync(long sellerId, Guid id, CancellationToken cancellationToken)
    {
        var found = await writes.ReadAsync(
            async (db, token) => await FindAsync(db, sellerId, id, token) is { } row ? (row.Attempt, await db.Orders.AsNoTracking().FirstAsync(o => o.Id == row.Attempt.OrderId, token)) : ((PaymentAttempt, Order)?)null,
            cancellationToken);
        if (found is not var (attempt, order))
        {
            return new TransactionResult.NotFound("transaction");
        }

        if (!attempt.OffSession || attempt.SavedMethodId is null)
        {
            return new TransactionResult.Refused(TransactionRefusal.NotOfTheInterface);
        }

        // what was begun may have been stopped since, by its payer or with the account
        if (AttemptStates.Open.Contains(attempt.State) && !await writes.RunAsync((unit, token) => IsDueAsync(unit, order.Id, token), cancellationToken))
        {
            // or it is paid by now: the janitor may have found what a call that was cut off had begun
            var row = (await writes.ReadAsync((db, token) => FindAsync(db, sellerId, id, token), cancellationToken))!;
            return AttemptStates.Open.Contains(row.Attempt.State) ? new TransactionResult.Refused(TransactionRefusal.NothingDue) : new TransactionResult.Ok(View(row));
        }

        // the payer is not here: a question of their bank is the end of this try
        if (AttemptStates.Open.Contains(attempt.State) && (await attempts.StartAsync(attempt, order, cancellationToken)).Action is not null
            && await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, order.Id, token), cancellationToken) is { } asks && asks.Id == id)
        {
            await attempts.EndAsync(asks, cancellationToken);
        }

        return await OkAsync(sellerId, id, cancellationToken);
    }

    /// <summary>
    /// A seller says what it heard of a transaction. What it can no longer become is refused; the rest makes the shop ask the provider, whose word alone counts (MZ-7).
    /// </summary>
    public async Task<TransactionResult> RecordAsync(long sellerId, Guid id, TransactionReport report, CancellationToken cancellationToken)
    {
        if (await writes.ReadAsync((db, token) => FindAsync(db, sellerId, id, token), cancellationToken) is not { } row)
        {
            return new TransactionResult.NotFound("id");
        }

        if (report.ProviderReference is { } reference && row.Attempt.ProviderRef is { } ours && reference != ours)
        {
            return new TransactionResult.Refused(TransactionRefusal.OtherReference);
        }

        var stands = TransactionStates.Of(row.Attempt.State);
        if (report.Outcome is not { } said || said == stands)
        {
            return new TransactionResult.Ok(View(row));
        }

        if (!TransactionStates.Table.IsLegal(stands, said))
        {
            return new TransactionResult.Refused(TransactionRefusal.IllegalChange);
        }

        await settlement.SettleAsync(id, null, cancellationToken, patience: PaymentGateway.BuyersPatience, news: true);
        var after = (await writes.ReadAsync((db, token) => FindAsync(db, sellerId, id, token), cancellationToken))!;
        return stands == TransactionState.Failed && TransactionStates.Of(after.Attempt.State) == TransactionState.Failed
            ? new TransactionResult.Refused(TransactionRefusal.IllegalChange) // the provider does not confirm it
            : new TransactionResult.Ok(View(after));
    }

    private static IQueryable<PaymentAttempt> OfBuyer(ShopDbContext db, long buyerId) => db.PaymentAttempts.AsNoTracking()
        .Where(a => db.OrderLines.Where(l => l.SellerBuyerId == buyerId).Select(l => l.OrderId).Contains(a.OrderId));

    private static IQueryable<Row> Page(ShopDbContext db, long sellerId, long buyerId, Guid? before, int skip, int take)
    {
        var all = OfBuyer(db, buyerId);
        var which = before is { } id ? all.Where(a => a.Id.CompareTo(id) < 0) : all;
        return Rows(db, sellerId, which.OrderByDescending(a => a.Id).Skip(before is null ? skip : 0).Take(take));
    }

    private static Task<Row?> FindAsync(ShopDbContext db, long sellerId, Guid id, CancellationToken cancellationToken) => Rows(
        db, sellerId, db.PaymentAttempts.AsNoTracking().Where(a => a.Id == id && db.OrderLines.Any(l => l.OrderId == a.OrderId && (l.SellerId ?? 0) == sellerId)))
        .FirstOrDefaultAsync(cancellationToken);

    // an order has few lines: by the index of a seller's lines, which is used where its column is compared as it stands, SQLite would read all that the seller ever sold
    private static IQueryable<Row> Rows(ShopDbContext db, long sellerId, IQueryable<PaymentAttempt> which) => which.Select(a => new Row(
        a,
        db.OrderLines.Where(l => l.OrderId == a.OrderId && (l.SellerId ?? 0) == sellerId).OrderBy(l => l.Position)
            .Select(l => db.SellerBuyers.Where(b => b.Id == l.SellerBuyerId).Select(b => b.Handle).First()).First(),
        db.Sellers.Where(s => s.Id == sellerId).Select(s => s.Handle).First(),
        db.SubscriptionPeriods.Where(p => p.OrderId == a.OrderId)
            .Join(db.Subscriptions.Where(s => s.SellerId == sellerId), p => p.SubscriptionId, s => s.Id, (_, s) => s.Handle).FirstOrDefault(),
        db.SellerMethods.Where(m => m.MethodId == a.SavedMethodId
            && db.OrderLines.Any(l => l.OrderId == a.OrderId && (l.SellerId ?? 0) == sellerId && l.SellerBuyerId == m.SellerBuyerId)).Select(m => m.Handle).FirstOrDefault(),
        db.OrderLines.Where(l => l.OrderId == a.OrderId && (l.SellerId ?? 0) == sellerId).Sum(l => l.DueMinor)));

    private static TransactionView View(Row row) => new()
    {
        Id = row.Attempt.Id,
        Subscription = row.Subscription,
        Buyer = row.Buyer,
        Seller = row.Seller,
        Amount = new Money(row.AmountMinor, Currency.Of(row.Attempt.Currency)),
        State = TransactionStates.Of(row.Attempt.State),
        Payment = row.Payment,
        ProviderReference = row.Attempt.ProviderRef,
        FailureCode = TransactionStates.Of(row.Attempt.State) is TransactionState.Failed or TransactionState.Unknown ? row.Attempt.Reason ?? Words.Of(row.Attempt.State) : null,
        CreatedAt = row.Attempt.CreatedAt,
    };

    private async Task<TransactionResult> OkAsync(long sellerId, Guid id, CancellationToken cancellationToken) =>
        new TransactionResult.Ok(View((await writes.ReadAsync((db, token) => FindAsync(db, sellerId, id, token), cancellationToken))!));

    /// <summary>In one unit with the rows taken, so that a cancellation comes before it or after.</summary>
    private static async Task<bool> IsDueAsync(WriteUnit unit, long orderId, CancellationToken cancellationToken)
    {
        var subscription = await unit.Db.SubscriptionPeriods.Where(p => p.OrderId == orderId).Select(p => (long?)p.SubscriptionId).FirstOrDefaultAsync(cancellationToken);
        return unit.RollBack(subscription is { } id && await DueAsync(unit.Db, orderId, id, cancellationToken) is not null);
    }

    /// <summary>
    /// Takes an order and its subscription. Null: nothing may be charged for it, because it is paid or over, its payer has stopped it, or an account is suspended or closed.
    /// </summary>
    private static async Task<(Order Order, Subscription Subscription)?> DueAsync(ShopDbContext db, long orderId, long subscriptionId, CancellationToken cancellationToken)
    {
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var subscription = await SubscriptionBooking.LockAsync(db, subscriptionId, cancellationToken);
        return order.State == OrderState.AwaitingPayment && subscription.State is SubscriptionState.Pending or SubscriptionState.Active or SubscriptionState.PastDue
            && !await db.Users.AnyAsync(m => (m.Id == subscription.MemberId || m.Id == subscription.RecipientId) && m.Status != AccountStatus.Visible, cancellationToken)
            ? (order, subscription)
            : null;
    }

    /// <summary>Order, then subscription, then the method, as everywhere.</summary>
    private async Task<(Guid? Id, TransactionRefusal? Refusal)> StartAsync(
        WriteUnit unit, long sellerId, string handle, bool resume, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        var due = await SellerSubscriptions.Own(db, sellerId).Where(s => s.Handle == handle)
            .Select(s => new { s.Id, Order = db.SubscriptionPeriods.Where(p => p.SubscriptionId == s.Id && p.Number == s.Period + 1).Select(p => (long?)p.OrderId).FirstOrDefault() })
            .FirstOrDefaultAsync(cancellationToken);
        if (due is null)
        {
            return (null, null);
        }

        if (due.Order is not { } orderId)
        {
            return (null, TransactionRefusal.NothingDue);
        }

        if (await DueAsync(db, orderId, due.Id, cancellationToken) is not var (order, subscription))
        {
            return unit.RollBack<(Guid?, TransactionRefusal?)>((null, TransactionRefusal.NothingDue));
        }

        if (await Attempts.LiveAsync(db, orderId, cancellationToken) is { } live)
        {
            return resume && live is { State: AttemptState.Created, OffSession: true }
                ? (live.Id, null)
                : unit.RollBack<(Guid?, TransactionRefusal?)>((null, TransactionRefusal.OtherUnderWay));
        }

        var method = await db.StoredMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == subscription.MethodId && m.ForgottenAt == null, cancellationToken);
        if (method is null || method.Mode != methods.Mode(method.Provider) || methods.IsExpired(method))
        {
            return unit.RollBack<(Guid?, TransactionRefusal?)>((null, TransactionRefusal.MethodUnusable));
        }

        if (await SellerLimits.TooManyAsync(db, sellerId, now, cancellationToken)
            || await CheckoutLimits.TooManyTriesAsync(db, orderId, subscription.MemberId, null, now, cancellationToken))
        {
            return unit.RollBack<(Guid?, TransactionRefusal?)>((null, TransactionRefusal.TooMany));
        }

        return await attempts.CreateAsync(db, order, new PayWith(method.Provider, method.Id, false, null) { OffSession = true, SellerId = sellerId }, null, cancellationToken) is { } made
            ? (made.Id, null)
            : unit.RollBack<(Guid?, TransactionRefusal?)>((null, TransactionRefusal.MethodUnusable));
    }
}
