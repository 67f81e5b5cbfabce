using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>An order of the account's own that will add time, so that nobody buys twice: on its way (paid, for a day), or not paid for certain yet.</summary>
/// <param name="On">The day it is for; null: as soon as its payment has come.</param>
public sealed record TimeUnderWay(string Reference, string Title, DateTimeOffset? On, bool IsPaid);

/// <summary>What time of another class would do, bought before the end: it adds so much of the class held.</summary>
public sealed record OtherTime(string Class, TimeSpan PerMonth);

/// <summary>What the mail about the end of an account's time says.</summary>
public sealed record ExpiryView
{
    public required string Name { get; init; }

    /// <summary>The community whose time it is; null: the reader's own.</summary>
    public string? Community { get; init; }

    /// <summary>Null: there is no address that is certainly the reader's.</summary>
    public required string? Email { get; init; }

    public required string? Culture { get; init; }

    public required string? TimeZone { get; init; }

    public required string Class { get; init; }

    public required DateTimeOffset Until { get; init; }

    public required ExpiryStage Stage { get; init; }

    /// <summary>Until when the class stays by grace; null: there is none.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    public required int Icons { get; init; }

    public required int IconsWhenFree { get; init; }

    public IReadOnlyList<OtherTime> OtherTimes { get; init; } = [];

    public IReadOnlyList<TimeUnderWay> UnderWay { get; init; } = [];
}

/// <summary>Reads what the mail about an end says, at the moment it is sent.</summary>
public sealed class ExpiryReader(RuleBook rules, TimeProvider clock)
{
    /// <summary>Null: there is nothing to say any more, because the time was extended, taken back, or has ended since a reminder was written.</summary>
    public async Task<ExpiryView?> ReadAsync(ShopDbContext db, ExpiryMessage message, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var state = await MembershipLedger.StateAsync(db, message.AccountId, cancellationToken);
        var account = await db.Users.AsNoTracking().FirstAsync(m => m.Id == message.AccountId, cancellationToken);
        if (state.Permanent || state.Until != message.Until || (message.Stage != ExpiryStage.Ended && message.Until <= now) || account.Status != AccountStatus.Visible)
        {
            return null;
        }

        if (message.Stage != ExpiryStage.Ended && await RenewsAsync(db, message, cancellationToken))
        {
            return null;
        }

        var member = message.Reader is { } reader ? await db.Users.AsNoTracking().FirstAsync(m => m.Id == reader, cancellationToken) : account;
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
        var kept = message.Until + (await rules.GetAsync<ExpiryTerms>(db, revision, cancellationToken)).Grace;
        return new ExpiryView
        {
            Name = member.UserName!,
            Community = member == account ? null : account.UserName,
            Email = await GiftReader.OwnAddressAsync(db, member, cancellationToken),
            Culture = member.Culture,
            TimeZone = member.TimeZone,
            Class = state.Class!,
            Until = message.Until,
            Stage = message.Stage,
            KeptUntil = kept > message.Until && kept > now ? kept : null,
            Icons = terms.Find(state.Class)?.IconLimit ?? 0,
            IconsWhenFree = terms.Classes.First(c => c.Rank == 0).IconLimit,
            OtherTimes = [.. terms.Conversions.Where(c => c.From == state.Class && c.Result == c.From && c.Bought != c.From)
                .Select(c => new OtherTime(c.Bought, TimeSpan.FromSeconds(c.SecondsPerMonth)))],
            UnderWay = await UnderWayAsync(db, message.AccountId, member.Id, cancellationToken),
        };
    }

    /// <summary>The reader pays for a subscription that is charged before the end: there is nothing to remind of.</summary>
    private static Task<bool> RenewsAsync(ShopDbContext db, ExpiryMessage message, CancellationToken cancellationToken)
    {
        var (account, payer, until) = (message.AccountId, message.Reader ?? message.AccountId, message.Until);
        return db.Subscriptions.AnyAsync(
            s => s.MemberId == payer && s.RecipientId == account && s.State == SubscriptionState.Active && s.NextChargeAt < until, cancellationToken);
    }

    /// <summary>The reader's own orders for the account (DF-47). A gift that somebody else has under way stays a surprise.</summary>
    private static async Task<List<TimeUnderWay>> UnderWayAsync(ShopDbContext db, long accountId, long readerId, CancellationToken cancellationToken) =>
        await db.Deliveries.Where(d => d.RecipientId == accountId && d.State == DeliveryState.Scheduled)
            .Join(db.OrderLines.Where(l => l.Kind == PaidTime.KindKey), d => d.OrderLineId, l => l.Id, (d, l) => new { d.OrderId, d.DeliverOn, l.Title })
            .Join(db.Orders.Where(o => o.BuyerId == readerId), d => d.OrderId, o => o.Id, (d, o) => new { d.DeliverOn, d.Title, o.Id, o.State, o.Reference })
            .Where(x => x.State == OrderState.Paid || (x.State == OrderState.AwaitingPayment && db.PaymentAttempts.Any(a =>
                a.OrderId == x.Id && (a.State == AttemptState.Pending || a.State == AttemptState.Held || a.State == AttemptState.Unknown))))
            .OrderBy(x => x.Id)
            .Select(x => new TimeUnderWay(x.Reference, x.Title, x.DeliverOn, x.State == OrderState.Paid))
            .ToListAsync(cancellationToken);
}
