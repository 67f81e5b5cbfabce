using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Points, booked in the ledger in unit PTS. Core alone posts them (exactly-once.md section 8).</summary>
public static class PointsAccounts
{
    public const string Unit = "PTS";

    public static AccountRef Redeemed { get; } = new("points:redeemed", Unit, false);

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
        ShopDbContext db, string key, long memberId, long points, string reason, long? actorId, DateTimeOffset now, CancellationToken cancellationToken) =>
        Ledger.PostAsync(
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
            cancellationToken);

    /// <summary>Sets points aside for an attempt; <see cref="PostResult.Insufficient"/> when the balance is short.</summary>
    internal static Task<PostResult> HoldAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = $"hold:{attempt}",
                Kind = "points_hold",
                OrderId = orderId,
                Lines = [(Of(memberId), -points), (HeldOf(memberId), points)],
            },
            now,
            cancellationToken);

    /// <summary>
    /// Spends what an attempt holds. An attempt that had ended and was captured late holds nothing any more: it spends from the balance,
    /// and <see cref="PostResult.Insufficient"/> says that the points are gone.
    /// </summary>
    internal static async Task<PostResult> SpendAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hold = await OpenHoldAsync(db, attempt, cancellationToken);
        return await Ledger.PostAsync(
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
            cancellationToken);
    }

    /// <summary>Spends for an order without money due, in the transaction that places it.</summary>
    internal static Task<PostResult> SpendForOrderAsync(
        ShopDbContext db, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken) =>
        Ledger.PostAsync(
            db,
            new JournalDraft
            {
                IdemKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spend:order:{orderId}"),
                Kind = "points_spend",
                OrderId = orderId,
                Lines = [(Of(memberId), -points), (Redeemed, points)],
            },
            now,
            cancellationToken);

    /// <summary>Gives back what an attempt holds, once; without an open hold nothing happens.</summary>
    internal static async Task ReleaseAsync(
        ShopDbContext db, Guid attempt, long orderId, long memberId, long points, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await OpenHoldAsync(db, attempt, cancellationToken) is not { } hold)
        {
            return;
        }

        await Ledger.PostAsync(
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
            cancellationToken);
    }

    private static async Task<long?> OpenHoldAsync(ShopDbContext db, Guid attempt, CancellationToken cancellationToken)
    {
        var key = $"hold:{attempt}";
        return await db.Journals.Where(j => j.IdemKey == key && !db.Journals.Any(r => r.ResolvesHold == j.Id))
            .Select(j => (long?)j.Id).FirstOrDefaultAsync(cancellationToken);
    }
}
