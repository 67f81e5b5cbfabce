using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>What staff look for among orders. Nothing given: the orders that a person should look at.</summary>
public sealed record OrderSearch
{
    /// <summary>A short reference, an order number, a member's name, or an address of somebody who was signed out.</summary>
    public string? Text { get; init; }

    public OrderState? State { get; init; }

    /// <summary>With this flag up.</summary>
    public OrderFlagKind? Flag { get; init; }

    /// <summary>Only orders with a flag up.</summary>
    public bool Flagged { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;
}

/// <summary>An order in the list of the desk.</summary>
public sealed record DeskOrder
{
    public required string Number { get; init; }

    public required string Reference { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public required OrderState State { get; init; }

    /// <summary>The member, or the address of somebody who was signed out.</summary>
    public string? Buyer { get; init; }

    public required long PriceMinor { get; init; }

    public required string Currency { get; init; }

    /// <summary>The flags that are up.</summary>
    public required IReadOnlyList<OrderFlagKind> Flags { get; init; }
}

/// <summary>A refund as staff see it.</summary>
public sealed record DeskRefund(Refund Refund, string? Provider, IReadOnlyList<LineShare> Shares);

/// <summary>A refund that a second person is asked for, with the names of those who asked and decided.</summary>
public sealed record DeskProposal(Approval Approval, StaffRefund Content, string AskedBy, string? DecidedBy);

/// <summary>Everything staff see of one order besides what its buyer sees.</summary>
public sealed record DeskOrderView
{
    public required OrderView Order { get; init; }

    public string? Buyer { get; init; }

    public required IReadOnlyList<DeskDelivery> Deliveries { get; init; }

    public required IReadOnlyList<PaymentAttempt> Attempts { get; init; }

    public required IReadOnlyList<ProviderPayment> Payments { get; init; }

    public required IReadOnlyList<DeskRefund> Refunds { get; init; }

    public required IReadOnlyList<Dispute> Disputes { get; init; }

    public required IReadOnlyList<DeskProposal> Proposals { get; init; }

    /// <summary>Its receipt and its credit notes.</summary>
    public required IReadOnlyList<PaperView> Papers { get; init; }

    /// <summary>What says where the buyer is, of an order that was taxed for a country.</summary>
    public required IReadOnlyList<TaxEvidence> Evidence { get; init; }

    /// <summary>Those that are up first, then the newest.</summary>
    public required IReadOnlyList<OrderFlag> Flags { get; init; }

    public required IReadOnlyList<OrderEvent> Events { get; init; }

    /// <summary>What is left of each line to be given back.</summary>
    public required IReadOnlyList<LineLeft> Left { get; init; }

    public bool IsRefundable => Order.PaidAt is not null && Left.Any(l => l.AmountMinor + l.Points > 0);
}

/// <summary>Orders as staff look at them: found, read, their flags cleared with a reason, their provider asked.</summary>
public sealed class OrderDesk(Writes writes, OrderReader orders, Settlement settlement, TimeProvider clock)
{
    public const int PageSize = 25;

    /// <summary>The longest text that is looked for.</summary>
    public const int MostText = 254;

    public const int MostReason = 500;

    /// <summary>A page of orders, newest first, and whether more follow.</summary>
    public static async Task<(IReadOnlyList<DeskOrder> Rows, bool More)> FindAsync(ShopDbContext db, OrderSearch search, CancellationToken cancellationToken)
    {
        var typed = search.Text?.Trim() ?? "";
        if (typed.Length > MostText || typed.Any(char.IsControl))
        {
            return ([], false);
        }

        var found = db.Orders.AsNoTracking();
        if (typed.Length > 0)
        {
            var (upper, lower) = (typed.ToUpperInvariant(), typed.ToLowerInvariant());
            var member = await db.Users.Where(m => m.NormalizedUserName == upper).Select(m => (long?)m.Id).FirstOrDefaultAsync(cancellationToken);
            found = found.Where(o => o.Reference == lower || o.Number == lower || (member != null && o.BuyerId == member) || o.BuyerEmail == lower);
        }

        if (search.State is { } state)
        {
            found = found.Where(o => o.State == state);
        }

        if (search.Flag is { } kind)
        {
            found = found.Where(o => db.OrderFlags.Any(f => f.OrderId == o.Id && f.Kind == kind && f.ClearedAt == null));
        }
        else if (search.Flagged)
        {
            found = found.Where(o => db.OrderFlags.Any(f => f.OrderId == o.Id && f.ClearedAt == null));
        }

        var rows = await found.OrderByDescending(o => o.Id).Skip((search.Page - 1) * PageSize).Take(PageSize + 1)
            .Select(o => new DeskOrder
            {
                Number = o.Number,
                Reference = o.Reference,
                PlacedAt = o.PlacedAt,
                State = o.State,
                Buyer = db.Users.Where(m => m.Id == o.BuyerId).Select(m => m.UserName).FirstOrDefault() ?? o.BuyerEmail,
                PriceMinor = o.PriceMinor,
                Currency = o.Currency,
                Flags = db.OrderFlags.Where(f => f.OrderId == o.Id && f.ClearedAt == null).OrderBy(f => f.Id).Select(f => f.Kind).ToList(),
            })
            .ToListAsync(cancellationToken);
        return ([.. rows.Take(PageSize)], rows.Count > PageSize);
    }

    /// <summary>One order; null: there is none.</summary>
    public async Task<DeskOrderView?> ReadAsync(ShopDbContext db, string number, CancellationToken cancellationToken)
    {
        if (await db.Orders.Where(o => o.Number == number).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken) is not { } id)
        {
            return null;
        }

        var order = await orders.ReadAsync(db, id, cancellationToken);
        var attempts = await db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == id).OrderBy(a => a.Seq).ToListAsync(cancellationToken);
        var payments = await db.ProviderPayments.AsNoTracking().Where(p => db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == id)).OrderBy(p => p.Id)
            .ToListAsync(cancellationToken);
        var refunds = await db.Refunds.AsNoTracking().Where(r => r.OrderId == id).OrderBy(r => r.CreatedAt).ToListAsync(cancellationToken);
        var shares = await db.RefundLines.AsNoTracking().Where(l => db.Refunds.Any(r => r.Id == l.RefundId && r.OrderId == id)).ToListAsync(cancellationToken);
        var flags = await db.OrderFlags.AsNoTracking().Where(f => f.OrderId == id).OrderByDescending(f => f.Id).ToListAsync(cancellationToken);
        var subject = RefundDesk.Subject(id);
        var proposals = await db.Approvals.AsNoTracking().Where(a => a.Kind == RefundDesk.Kind && a.Subject == subject).OrderBy(a => a.Id)
            .Select(a => new
            {
                Row = a,
                Asked = db.Users.Where(m => m.Id == a.AskedBy).Select(m => m.UserName!).First(),
                Decided = db.Users.Where(m => m.Id == a.DecidedBy).Select(m => m.UserName).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return new DeskOrderView
        {
            Order = order,
            Buyer = await db.Users.Where(m => m.Id == order.BuyerId).Select(m => m.UserName).FirstOrDefaultAsync(cancellationToken),
            Deliveries = (await DeliveryDesk.FindAsync(db, number, clock.GetUtcNow(), cancellationToken)).Deliveries,
            Attempts = attempts,
            Payments = payments,
            Refunds =
            [
                .. refunds.Select(r => new DeskRefund(
                    r, payments.Find(p => p.Id == r.PaymentId)?.Provider,
                    [.. shares.Where(l => l.RefundId == r.Id).Select(l => new LineShare(l.OrderLineId, l.AmountMinor, l.Points))])),
            ],
            Papers = order.PaidAt is null ? [] : await ReceiptReader.ListAsync(db, order, cancellationToken),
            Evidence = await db.TaxEvidence.AsNoTracking().Where(e => e.OrderId == id).OrderBy(e => e.Id).ToListAsync(cancellationToken),
            Disputes = await db.Disputes.AsNoTracking().Where(d => d.OrderId == id).OrderBy(d => d.Id).ToListAsync(cancellationToken),
            Proposals = [.. proposals.Select(p => new DeskProposal(p.Row, RefundDesk.ContentOf(p.Row), p.Asked, p.Decided))],
            Flags = [.. flags.OrderBy(f => f.ClearedAt is null ? 0 : 1)],
            Events = await db.OrderEvents.AsNoTracking().Where(e => e.OrderId == id).OrderBy(e => e.Seq).ToListAsync(cancellationToken),
            Left = await LineRefunds.LeftAsync(db, id, cancellationToken),
        };
    }

    /// <summary>Clears a flag, with a reason that stays beside it. False: it is not up (any more), or there is no reason.</summary>
    public Task<bool> ClearFlagAsync(long flagId, string reason, string staff, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var (why, now) = (reason.Trim(), clock.GetUtcNow());
            return why.Length is > 0 and <= MostReason && !why.Any(char.IsControl)
                && await unit.Db.OrderFlags.Where(f => f.Id == flagId && f.ClearedAt == null).ExecuteUpdateAsync(
                    set => set.SetProperty(f => f.ClearedAt, now).SetProperty(f => f.By, staff).SetProperty(f => f.ClearReason, why), token) == 1;
        },
        cancellationToken);

    /// <summary>Asks the provider how the order's payments stand, now, and settles what it says.</summary>
    public async Task AskProviderAsync(long orderId, CancellationToken cancellationToken)
    {
        var attempts = await writes.ReadAsync(
            (db, token) => db.PaymentAttempts.Where(a => a.OrderId == orderId).OrderBy(a => a.Seq).Select(a => a.Id).ToListAsync(token), cancellationToken);
        foreach (var attempt in attempts)
        {
            await settlement.SettleAsync(attempt, null, cancellationToken, news: true);
        }
    }
}
