using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Points, booked in the ledger in unit PTS. Core alone posts them (exactly-once.md section 8).</summary>
public static class PointsAccounts
{
    public const string Unit = "PTS";

    /// <summary>The kind of a journal that moves points between members.</summary>
    public const string TransferKind = "points_transfer";

    public static AccountRef Redeemed { get; } = new("points:redeemed", Unit, false);

    public static AccountRef Expired { get; } = new("points:expired", Unit, false);

    public static AccountRef Issued { get; } = new("points:issued", Unit, false);

    public static AccountRef Of(long memberId) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"user:{memberId}:points"), Unit, true);

    public static AccountRef HeldOf(long memberId) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"user:{memberId}:points_held"), Unit, true);

    /// <summary>What a member can spend now.</summary>
    public static Task<long> BalanceAsync(AccountsDbContext db, long memberId, CancellationToken cancellationToken) =>
        Ledger.BalanceAsync(db, Of(memberId).Code, cancellationToken);

    /// <summary>What each member who has an open cart can spend now; who has nothing is not listed. One query.</summary>
    internal static async Task<IReadOnlyDictionary<long, long>> BalancesOfCartsAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await db.Carts.Where(c => c.MemberId != null)
            .Join(db.LedgerAccounts, c => "user:" + c.MemberId + ":points", a => a.Code, (c, a) => new { Member = c.MemberId!.Value, a.Id })
            .Join(db.AccountBalances, m => m.Id, b => b.AccountId, (m, b) => new { m.Member, b.Balance })
            .ToDictionaryAsync(m => m.Member, m => m.Balance, cancellationToken);

    /// <summary>A member's statement, newest first.</summary>
    public static Task<IReadOnlyList<StatementLine>> StatementAsync(
        AccountsDbContext db, long memberId, int skip, int take, CancellationToken cancellationToken) =>
        Ledger.StatementAsync(db, Of(memberId).Code, skip, take, cancellationToken);

    /// <summary>Gives points, once per key.</summary>
    public static Task<PostResult> GrantAsync(
        ShopDbContext db, string key, long memberId, long points, string reason, long? actorId, DateTimeOffset now, CancellationToken cancellationToken,
        DateTimeOffset? endsAt = null) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"grant:{key}",
                Kind = "points_grant",
                Lines = [(Issued, -points), (Of(memberId), points)],
                Reason = reason,
                ActorId = actorId,
            },
            now,
            journal => PointsLots.ComeAsync(db, journal, memberId, points, endsAt, now, cancellationToken),
            cancellationToken);

    /// <summary>Staff take points, once per key. <see cref="PostResult.Insufficient"/>: there are not so many, and nothing was written.</summary>
    internal static Task<PostResult> RemoveAsync(
        ShopDbContext db, string key, long memberId, long points, string reason, long actorId, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"remove:{key}",
                Kind = "points_removed",
                Lines = [(Of(memberId), -points), (Issued, points)],
                Reason = reason,
                ActorId = actorId,
            },
            now,
            journal => PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken),
            cancellationToken);

    /// <summary>Gives points that were bought, once per delivery.</summary>
    internal static Task<PostResult> DeliverAsync(
        ShopDbContext db, long deliveryId, long memberId, long points, long? buyerId, DateTimeOffset? endsAt, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = Delivered(deliveryId),
                Kind = memberId == buyerId ? "points_bought" : "points_gift",
                Lines = [(Issued, -points), (Of(memberId), points)],
            },
            now,
            journal => PointsLots.ComeAsync(db, journal, memberId, points, endsAt, now, cancellationToken),
            cancellationToken);

    /// <summary>
    /// Takes points back that a delivery gave, once. <see cref="PostResult.Insufficient"/>: they are not all there any more, and nothing was written. Null: it gave
    /// none.
    /// </summary>
    internal static async Task<PostResult?> TakeBackAsync(
        ShopDbContext db, long deliveryId, long memberId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        var key = Delivered(deliveryId);
        var given = await db.Journals.Where(j => j.IdemKey == key)
            .Select(j => new { j.Id, Points = j.Entries.Where(e => e.Amount > 0).Sum(e => e.Amount) }).FirstOrDefaultAsync(cancellationToken);
        return given is null
            ? null
            : await PostAsync(
                db,
                new JournalDraft
                {
                    IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"revoke:{deliveryId}"),
                    Kind = "points_revoked",
                    ReversesId = given.Id,
                    Lines = [(Of(memberId), -given.Points), (Issued, given.Points)],
                    Reason = reason,
                },
                now,
                journal => PointsLots.GoAsync(db, journal, memberId, given.Points, now, cancellationToken, given.Id),
                cancellationToken);
    }

    /// <summary>Sets points aside for an attempt; <see cref="PostResult.Insufficient"/> when the balance is short.</summary>
    internal static Task<PostResult> HoldAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"hold:{attempt}",
                Kind = "points_hold",
                OrderId = orderId,
                Lines = [(Of(memberId), -points), (HeldOf(memberId), points)],
            },
            now,
            journal => PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken),
            cancellationToken);

    /// <summary>
    /// Spends what an attempt holds. An attempt that had ended and was captured late holds nothing any more: it spends from the balance,
    /// and <see cref="PostResult.Insufficient"/> says that the points are gone.
    /// </summary>
    internal static async Task<PostResult> SpendAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hold = await OpenHoldAsync(db, attempt, cancellationToken);
        return await PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"spend:{attempt}",
                Kind = "points_spend",
                OrderId = orderId,
                ResolvesHold = hold,
                Lines = [(hold is null ? Of(memberId) : HeldOf(memberId), -points), (Redeemed, points)],
            },
            now,
            journal => hold is null ? PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken) : Task.CompletedTask,
            cancellationToken);
    }

    /// <summary>Spends for an order without money due, in the transaction that places it.</summary>
    internal static Task<PostResult> SpendForOrderAsync(
        ShopDbContext db, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spend:order:{orderId}"),
                Kind = "points_spend",
                OrderId = orderId,
                Lines = [(Of(memberId), -points), (Redeemed, points)],
            },
            now,
            journal => PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken),
            cancellationToken);

    /// <summary>Gives back what an attempt holds, once; without an open hold nothing happens.</summary>
    internal static async Task ReleaseAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await OpenHoldAsync(db, attempt, cancellationToken) is not { } hold)
        {
            return;
        }

        await PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"release:{attempt}",
                Kind = "points_release",
                OrderId = orderId,
                ResolvesHold = hold,
                Lines = [(HeldOf(memberId), -points), (Of(memberId), points)],
            },
            now,
            journal => PointsLots.ComeBackAsync(db, hold, journal, memberId, points, points, 0, now, cancellationToken),
            cancellationToken);
    }

    /// <summary>Moves points from one member to another: both halves or none. <see cref="PostResult.Insufficient"/>: the caller rolls back.</summary>
    internal static Task<PostResult> TransferAsync(
        ShopDbContext db, long transferId, long senderId, long recipientId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"transfer:{transferId}"),
                Kind = "points_transfer",
                ActorId = senderId,
                Lines = [(Of(senderId), -points), (Of(recipientId), points)],
            },
            now,
            async journal =>
            {
                var gone = await PointsLots.GoAsync(db, journal, senderId, points, now, cancellationToken);
                foreach (var (part, endsAt) in gone)
                {
                    await PointsLots.ComeAsync(db, journal, recipientId, part, endsAt, now, cancellationToken); // points are not younger for having been passed on
                }
            },
            cancellationToken);

    /// <summary>Gives points for time that the caller takes in the same transaction, once per source.</summary>
    internal static Task<PostResult> ConvertAsync(
        ShopDbContext db, string source, long memberId, long points, DateTimeOffset? endsAt, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft { IdemKey = source, Kind = "points_converted", ActorId = memberId, Lines = [(Issued, -points), (Of(memberId), points)] },
            now,
            journal => PointsLots.ComeAsync(db, journal, memberId, points, endsAt, now, cancellationToken),
            cancellationToken);

    /// <summary>The points that a source of converted time gave before; null: none.</summary>
    internal static Task<long?> ConvertedAsync(ShopDbContext db, string source, long memberId, CancellationToken cancellationToken)
    {
        var code = Of(memberId).Code;
        return db.Journals.Where(j => j.IdemKey == source)
            .SelectMany(j => j.Entries).Join(db.LedgerAccounts.Where(a => a.Code == code), e => e.AccountId, a => a.Id, (e, _) => (long?)e.Amount)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Gives the points that an order's money earned, once per order.</summary>
    internal static Task<PostResult> BonusAsync(
        ShopDbContext db, long orderId, long memberId, long points, DateTimeOffset? endsAt, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = Bonus(orderId),
                Kind = "points_bonus",
                OrderId = orderId,
                Lines = [(Issued, -points), (Of(memberId), points)],
            },
            now,
            journal => PointsLots.ComeAsync(db, journal, memberId, points, endsAt, now, cancellationToken),
            cancellationToken);

    /// <summary>
    /// Takes bonus points back with a refund, once per refund. <see cref="PostResult.Insufficient"/>: they are not there any more, and nothing was written.
    /// </summary>
    internal static Task<PostResult> WithdrawBonusAsync(
        ShopDbContext db, Guid refundId, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bonus:{refundId:N}:{orderId}:back"),
                Kind = "points_bonus_back",
                OrderId = orderId,
                Lines = [(Of(memberId), -points), (Issued, points)],
            },
            now,
            async journal => await PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken, await GivenByAsync(db, Bonus(orderId), cancellationToken)),
            cancellationToken);

    /// <summary>Gives back points that were spent on an order, once per refund; the caller has reserved them (I28).</summary>
    internal static Task<PostResult> RefundAsync(
        ShopDbContext db, Guid refundId, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"refund:{refundId:N}:pts",
                Kind = "points_refund",
                OrderId = orderId,
                RefundId = refundId,
                Lines = [(Redeemed, -points), (Of(memberId), points)],
            },
            now,
            journal => SpentComesBackAsync(db, journal, orderId, memberId, points, now, cancellationToken),
            cancellationToken);

    /// <summary>
    /// Gives a refund's money back as points (DECISIONS 7, docs/adr/0019): it leaves clearing like any refund, but stays with the provider, where it now stands for the
    /// points. Once per refund, whose money the caller has reserved.
    /// </summary>
    internal static Task<PostResult> RefundAsPointsAsync(
        ShopDbContext db, Refund refund, ProviderPayment payment, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (currency, amount) = (payment.Currency, refund.AmountMinor);
        return PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = AsPoints(refund.Id),
                Kind = "refund",
                OrderId = refund.OrderId,
                PaymentId = payment.Id,
                RefundId = refund.Id,
                Lines =
                [
                    (new AccountRef($"clearing:{payment.Provider}:{currency}", currency, false), -amount),
                    (new AccountRef($"refunds:{currency}", currency, false), amount),
                    (new AccountRef($"settlement:{payment.Provider}:{currency}", currency, false), amount),
                    (new AccountRef($"deferred:{currency}", currency, false), -amount),
                    (Issued, -points),
                    (Of(memberId), points),
                ],
            },
            now,
            // they stand for money, which does not run out
            journal => PointsLots.ComeAsync(db, journal, memberId, points, null, now, cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Undoes a refund whose money was given back as points: the money is in clearing again, the points go as far as they are there, and the rest is owed. Once per refund,
    /// in the transaction that fails it.
    /// </summary>
    internal static async Task UndoAsPointsAsync(ShopDbContext db, Refund refund, long memberId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var (key, code) = (AsPoints(refund.Id), Of(memberId).Code);
        var given = await db.Journals.Where(j => j.IdemKey == key).SelectMany(j => j.Entries, (j, e) => new { j.Id, e.Unit, e.Amount, e.AccountId })
            .Join(db.LedgerAccounts, e => e.AccountId, a => a.Id, (e, a) => new { e.Id, e.Unit, e.Amount, a.Code, a.FloorZero }).ToListAsync(cancellationToken);
        var points = given.Where(e => e.Code == code).Sum(e => e.Amount);
        var take = Math.Min(points, await BalanceAsync(db, memberId, cancellationToken));
        IEnumerable<(AccountRef, long)> back = given.Where(e => e.Code != code).Select(e => (new AccountRef(e.Code, e.Unit, e.FloorZero), -e.Amount));
        var posted = await PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = key + ":back",
                Kind = "refund_back",
                OrderId = refund.OrderId,
                PaymentId = refund.PaymentId,
                RefundId = refund.Id,
                ReversesId = take == points ? given[0].Id : null, // what is owed makes it another booking than the reverse of the first (I21)
                Lines = [.. back.Concat([(Of(memberId), -take), (OwedBy(memberId), take - points)]).Where(l => l.Item2 != 0)],
            },
            now,
            async journal => await PointsLots.GoAsync(db, journal, memberId, take, now, cancellationToken),
            cancellationToken);
        if (posted is PostResult.Insufficient)
        {
            throw new InvalidOperationException($"The points of member {memberId} changed at the same moment; the dispute is looked at again.");
        }
    }

    private static string AsPoints(Guid refundId) => $"refund_as_points:{refundId:N}";

    /// <summary>Takes back what is there of the points that a delivery gave; the rest is owed (R05). Returns the rest. The caller has taken the member's row.</summary>
    internal static async Task<long> TakeBackOwingAsync(
        ShopDbContext db, long deliveryId, long memberId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        var key = Delivered(deliveryId);
        var given = await db.Journals.Where(j => j.IdemKey == key).Select(j => j.Entries.Where(e => e.Amount > 0).Sum(e => e.Amount)).FirstAsync(cancellationToken);
        var take = Math.Min(given, await BalanceAsync(db, memberId, cancellationToken));
        var posted = await PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"revoke:{deliveryId}"),
                Kind = "points_revoked",
                Lines = [.. new[] { (Of(memberId), -take), (OwedBy(memberId), take - given), (Issued, given) }.Where(l => l.Item2 != 0)],
                Reason = reason,
            },
            now,
            async journal => await PointsLots.GoAsync(db, journal, memberId, take, now, cancellationToken, await GivenByAsync(db, key, cancellationToken)),
            cancellationToken);
        if (posted is PostResult.Insufficient)
        {
            throw new InvalidOperationException($"The points of member {memberId} changed at the same moment; the refund is looked at again.");
        }

        return given - take;
    }

    /// <summary>Points came back to a member who owes some: they are taken from them, once per refund.</summary>
    internal static async Task CollectOwedAsync(ShopDbContext db, Guid refundId, long memberId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await OwedAsync(db, memberId, cancellationToken) is not (> 0 and var owed))
        {
            return;
        }

        await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        if (Math.Min(owed, await BalanceAsync(db, memberId, cancellationToken)) is > 0 and var take)
        {
            await PostAsync(
                db,
                new JournalDraft { IdemKey = $"owed:{refundId:N}", Kind = "points_owed", Lines = [(Of(memberId), -take), (OwedBy(memberId), take)] },
                now,
                journal => PointsLots.GoAsync(db, journal, memberId, take, now, cancellationToken),
                cancellationToken);
        }
    }

    /// <summary>What a member owes of points that were given back when they were spent already.</summary>
    public static async Task<long> OwedAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var code = OwedBy(memberId).Code;
        return -await db.Entries.Join(db.LedgerAccounts.Where(a => a.Code == code), e => e.AccountId, a => a.Id, (e, _) => e.Amount).SumAsync(cancellationToken);
    }

    private static AccountRef OwedBy(long memberId) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"receivable:user:{memberId}"), Unit, false);

    /// <summary>Takes points that have run out, once per lot.</summary>
    internal static Task<PostResult> ExpireAsync(ShopDbContext db, long lotId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"expire:{lotId}"),
                Kind = "points_expired",
                Lines = [(Of(memberId), -points), (Expired, points)],
            },
            now,
            cancellationToken);

    /// <summary>Takes what a member has who closed the account, once. <see cref="PostResult.Insufficient"/>: it is less by now, and nothing was written.</summary>
    internal static Task<PostResult> LoseAsync(ShopDbContext db, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"close:{memberId}"),
                Kind = "points_closed",
                ActorId = memberId,
                Lines = [(Of(memberId), -points), (Expired, points)],
            },
            now,
            journal => PointsLots.GoAsync(db, journal, memberId, points, now, cancellationToken),
            cancellationToken);

    /// <summary>Books, and then lets the lots follow; what was booked before changes no lot.</summary>
    private static async Task<PostResult> PostAsync(
        ShopDbContext db, JournalDraft draft, DateTimeOffset now, Func<long, Task> lots, CancellationToken cancellationToken)
    {
        var result = await Ledger.PostAsync(db, draft, now, cancellationToken);
        if (result is PostResult.Posted posted)
        {
            await lots(posted.JournalId);
        }

        return result;
    }

    /// <summary>What an order had spent comes back: to the lots of the hold that it spent, or of the spend itself.</summary>
    private static async Task SpentComesBackAsync(
        ShopDbContext db, long journal, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.Journals.Where(j => j.OrderId == orderId && j.Kind == "points_spend").OrderByDescending(j => j.Id)
                .Select(j => new { Taken = j.ResolvesHold ?? j.Id, Points = j.Entries.Where(e => e.Amount > 0).Sum(e => e.Amount) }).FirstOrDefaultAsync(cancellationToken) is not { } spend)
        {
            return;
        }

        var before = await db.Journals.Where(j => j.OrderId == orderId && j.Kind == "points_refund" && j.Id != journal)
            .SelectMany(j => j.Entries).Where(e => e.Amount > 0 && e.Unit == Unit).SumAsync(e => e.Amount, cancellationToken);
        await PointsLots.ComeBackAsync(db, spend.Taken, journal, memberId, points, spend.Points, before, now, cancellationToken);
    }

    private static Task<long?> GivenByAsync(ShopDbContext db, string key, CancellationToken cancellationToken) =>
        db.Journals.Where(j => j.IdemKey == key).Select(j => (long?)j.Id).FirstOrDefaultAsync(cancellationToken);

    private static string Bonus(long orderId) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bonus:{orderId}");

    private static string Delivered(long deliveryId) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"deliver:{deliveryId}");

    private static async Task<long?> OpenHoldAsync(ShopDbContext db, Guid attempt, CancellationToken cancellationToken)
    {
        var key = $"hold:{attempt}";
        return await db.Journals.Where(j => j.IdemKey == key && !db.Journals.Any(r => r.ResolvesHold == j.Id))
            .Select(j => (long?)j.Id).FirstOrDefaultAsync(cancellationToken);
    }
}
