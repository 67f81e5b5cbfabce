using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Members close their accounts (MZ-61, ST-32, docs/adr/0033). What is the shop's own happens in one transaction: no name, no address, no session, no renewal, nothing that
/// could be charged. What payment services have to say follows by the outbox, again and again until it is certain; every step may be done twice.
/// </summary>
public sealed class AccountClosings(
    Writes writes, OrderEnding ending, Subscriptions subscriptions, SavedMethods methods, Standings standings, PaidSessions sessions, Wake wake, TimeProvider clock)
{
    private const string Reason = "account_closed";

    /// <summary>What the steps wait for is sent before they are looked at.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(5);

    /// <summary>Deliveries that are paid for and did not take place.</summary>
    private static readonly DeliveryState[] Undelivered = [DeliveryState.Scheduled, DeliveryState.AwaitingClaim, DeliveryState.Stuck];

    /// <summary>What closing would do to a member's account now. A fixed number of queries.</summary>
    public async Task<ClosingView> PreviewAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) => new()
    {
        Subscriptions = [.. (await subscriptions.ListAsync(db, memberId, cancellationToken)).Where(s => s.State != SubscriptionState.Ended)],
        Methods = await methods.KeptAsync(db, memberId, cancellationToken),
        Standing = await standings.OfAsync(db, memberId, cancellationToken),
        HeldPoints = await Ledger.BalanceAsync(db, PointsAccounts.HeldOf(memberId).Code, cancellationToken),
        Deliveries = await WaitingAsync(db, memberId, cancellationToken),
        Orders = await db.Orders.Where(o => o.BuyerId == memberId && o.State == OrderState.AwaitingPayment).OrderBy(o => o.Id)
            .Select(o => new ClosingOrder(o.Number, o.Reference, o.Lines.OrderBy(l => l.Position).Select(l => l.Title).First())).ToListAsync(cancellationToken),
        RenameTokens = await db.RenameTokens.CountAsync(t => t.OwnerId == memberId && t.State == RenameTokenState.Unused, cancellationToken),
        Communities = await db.Maintainers.Where(m => m.MemberId == memberId && !db.Maintainers.Any(o => o.CommunityId == m.CommunityId && o.MemberId != memberId))
            .Join(db.Users, m => m.CommunityId, u => u.Id, (_, u) => u.UserName!).OrderBy(n => n).ToListAsync(cancellationToken),
        IsStaff = await db.UserRoles.AnyAsync(r => r.UserId == memberId, cancellationToken),
    };

    /// <summary>Closes an account. The second time there is none.</summary>
    public async Task<ClosingResult> CloseAsync(long memberId, CancellationToken cancellationToken)
    {
        var result = await writes.RunAsync((unit, token) => BeginAsync(unit, memberId, token), cancellationToken);
        wake.Call();
        return result;
    }

    /// <summary>Goes on with a closing: open orders end at their providers, methods are forgotten there, and when that is certain the rest is cleared.</summary>
    /// <exception cref="NotSentException">Something is not certain yet: to be called again.</exception>
    public async Task ContinueAsync(long memberId, CancellationToken cancellationToken)
    {
        var (running, open) = await writes.ReadAsync(
            async (db, token) => (
                await Charged(db, memberId).Select(s => s.Id).ToListAsync(token),
                await db.Orders.Where(o => o.BuyerId == memberId && o.State == OrderState.AwaitingPayment).OrderBy(o => o.Id).Select(o => o.Id).ToListAsync(token)),
            cancellationToken);
        foreach (var order in open)
        {
            await ending.CancelAsync(order, Reason, cancellationToken);
        }

        foreach (var subscription in running)
        {
            await writes.RunAsync((unit, token) => EndAsync(unit, subscription, token), cancellationToken);
        }

        if (await writes.RunAsync((unit, token) => FinishAsync(unit, memberId, token), cancellationToken) is { } waits)
        {
            throw new NotSentException(waits);
        }
    }

    private static Task<List<ClosingDelivery>> WaitingAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        db.Deliveries.Where(d => Undelivered.Contains(d.State))
            .Join(db.Orders.Where(o => o.BuyerId == memberId && OrderStates.Delivering.Contains(o.State)), d => d.OrderId, o => o.Id, (d, _) => d)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d, l.Title })
            .OrderBy(x => x.d.Id)
            .Select(x => new ClosingDelivery(
                x.d.Id, x.Title, db.Users.Where(m => m.Id == x.d.RecipientId).Select(m => m.UserName).FirstOrDefault() ?? x.d.RecipientEmail,
                x.d.RecipientId == memberId, x.d.DeliverOn, x.d.State))
            .ToListAsync(cancellationToken);

    private static IQueryable<Subscription> Charged(ShopDbContext db, long memberId) => db.Subscriptions.Where(s =>
        s.MemberId == memberId && (s.State == SubscriptionState.Active || s.State == SubscriptionState.PastDue || s.State == SubscriptionState.Paused));

    private async Task<ClosingResult> BeginAsync(WriteUnit unit, long memberId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        var member = await db.Users.Where(m => m.Id == memberId && m.Kind == AccountKind.Personal && m.Status == AccountStatus.Visible)
            .Select(m => new
            {
                m.UserName,
                m.Culture,
                // an address that somebody else has confirmed is not this member's, whatever the account says
                Email = m.EmailConfirmed || !db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail) ? m.Email : null,
            })
            .FirstOrDefaultAsync(cancellationToken);
        if (member is null)
        {
            return ClosingResult.NotFound;
        }

        if (await db.UserRoles.AnyAsync(r => r.UserId == memberId, cancellationToken))
        {
            return ClosingResult.Staff;
        }

        // first of all rows: whatever is written for the member besides comes before, and is seen below, or finds nobody
        if (!await AnonymiseAsync(db, memberId, cancellationToken))
        {
            return unit.RollBack(ClosingResult.NotFound);
        }

        foreach (var subscription in await Charged(db, memberId).OrderBy(s => s.Id).Select(s => s.Id).ToListAsync(cancellationToken))
        {
            await EndAsync(unit, subscription, cancellationToken);
        }

        await SavedMethods.ForgetAllAsync(db, memberId, now, cancellationToken);
        await LeaveGiftsAsync(db, memberId, now, cancellationToken);
        await db.Carts.Where(c => c.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        db.AccountClosings.Add(new AccountClosing { MemberId = memberId, AskedAt = now });
        if (member.Email is { } email)
        {
            Outbox.Add(db, MailKey(memberId), OutboxKinds.AccountClosed, new AccountClosedMessage(member.UserName!, email, member.Culture), now);
        }

        Outbox.Add(db, string.Create(CultureInfo.InvariantCulture, $"close:{memberId}"), OutboxKinds.CloseAccount, new CloseAccountMessage(memberId), now, now + FirstLook);
        await db.SaveChangesAsync(cancellationToken);
        return ClosingResult.Closed;
    }

    private static string MailKey(long memberId) => string.Create(CultureInfo.InvariantCulture, $"closed:{memberId}");

    /// <summary>Takes everything from the account that says who it was, or lets anybody in. False: it was closed before.</summary>
    private async Task<bool> AnonymiseAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var (name, stamp) = ("closed_" + Codes.New(16), Convert.ToHexString(RandomNumberGenerator.GetBytes(20)));
        var normalized = name.ToUpperInvariant();
        var taken = await db.Users.Where(m => m.Id == memberId && m.Status == AccountStatus.Visible).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.Status, AccountStatus.Purged)
                .SetProperty(m => m.UserName, name).SetProperty(m => m.NormalizedUserName, normalized)
                .SetProperty(m => m.Email, (string?)null).SetProperty(m => m.NormalizedEmail, (string?)null).SetProperty(m => m.EmailConfirmed, false)
                .SetProperty(m => m.PhoneNumber, (string?)null).SetProperty(m => m.PasswordHash, (string?)null)
                .SetProperty(m => m.SecurityStamp, stamp).SetProperty(m => m.ConcurrencyStamp, stamp).SetProperty(m => m.TwoFactorEnabled, false)
                .SetProperty(m => m.TimeZone, (string?)null).SetProperty(m => m.Culture, (string?)null)
                .SetProperty(m => m.StrangeSignInAt, (DateTimeOffset?)null).SetProperty(m => m.RemindersOffAt, (DateTimeOffset?)null),
            cancellationToken);
        if (taken != 1)
        {
            return false;
        }

        await SignInTickets.EndAllAsync(db, memberId, cancellationToken);
        await WaysIn.RemoveAsync(db, memberId, cancellationToken);
        // what a service still has to answer for them then finds nobody to keep it for
        var before = SellerBuyers.Placeholders(db, memberId);
        await db.Users.Where(m => before.Contains(m.Id))
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Purged).SetProperty(m => m.Email, (string?)null), cancellationToken);
        await db.SellerBuyers.Where(b => b.MemberId == memberId).ExecuteUpdateAsync(set => set.SetProperty(b => b.Email, (string?)null), cancellationToken);
        await db.BrowserMembers.Where(b => b.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.Activities.Where(a => a.AccountId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.Circle.Where(c => c.MemberId == memberId || c.OtherId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.GiftBans.Where(b => b.MemberId == memberId || b.BannedId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.NamedSenders.Where(s => s.MemberId == memberId || s.SenderId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.VirtualGiftWishes.Where(w => w.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        await db.Maintainers.Where(m => m.MemberId == memberId).ExecuteDeleteAsync(cancellationToken);
        await MatrixOrders.ForgetMemberAsync(db, sessions, memberId, name, cancellationToken);
        await ForgetNamesAsync(db, memberId, name, cancellationToken);
        return true;
    }

    /// <summary>The names that the account had are in its history no more.</summary>
    private static async Task ForgetNamesAsync(ShopDbContext db, long memberId, string name, CancellationToken cancellationToken)
    {
        await db.RenameTokens.Where(t => t.OwnerId == memberId && t.State == RenameTokenState.Applied)
            .ExecuteUpdateAsync(set => set.SetProperty(t => t.OldName, name).SetProperty(t => t.NewName, name), cancellationToken);
        await db.NameSwaps.Where(s => s.AskerId == memberId).ExecuteUpdateAsync(set => set.SetProperty(s => s.AskerName, name), cancellationToken);
        await db.NameSwaps.Where(s => s.OtherId == memberId).ExecuteUpdateAsync(set => set.SetProperty(s => s.OtherName, name), cancellationToken);
    }

    /// <summary>Gifts that are on their way arrive from someone; what was for the account itself comes back now, and not on its day.</summary>
    private static async Task LeaveGiftsAsync(ShopDbContext db, long memberId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waiting = await WaitingAsync(db, memberId, cancellationToken);
        var (given, own) = (waiting.Where(d => !d.IsOwn).Select(d => d.DeliveryId).ToList(), waiting.Where(d => d.IsOwn).Select(d => d.DeliveryId).ToList());
        await db.Deliveries.Where(d => given.Contains(d.Id)).ExecuteUpdateAsync(set => set.SetProperty(d => d.Anonymous, true), cancellationToken);
        await db.Deliveries.Where(d => own.Contains(d.Id) && d.State == DeliveryState.Scheduled && d.DueAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.DueAt, now), cancellationToken);
    }

    /// <summary>Cancels a subscription to the end of what is paid for.</summary>
    private async Task EndAsync(WriteUnit unit, long subscriptionId, CancellationToken cancellationToken) =>
        await Subscriptions.EndingAsync(unit, await SubscriptionBooking.LockAsync(unit.Db, subscriptionId, cancellationToken), false, SubscriptionCancel.AccountClosed, clock.GetUtcNow(), cancellationToken);

    /// <summary>The last step, once nothing is open any more. Returns what it waits for, in words for staff; null: the account is closed.</summary>
    private async Task<string?> FinishAsync(WriteUnit unit, long memberId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (!await db.AccountClosings.AnyAsync(c => c.MemberId == memberId && c.State == AccountClosingState.Closing, cancellationToken))
        {
            return null;
        }

        await SavedMethods.ForgetAllAsync(db, memberId, now, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        if (await WaitsForAsync(db, memberId, cancellationToken) is { } waits)
        {
            return waits;
        }

        var points = await PointsAccounts.BalanceAsync(db, memberId, cancellationToken);
        if (points > 0 && await PointsAccounts.LoseAsync(db, memberId, points, now, cancellationToken) is PostResult.Insufficient)
        {
            return unit.RollBack("points were moved at the same moment");
        }

        await db.Orders.Where(o => o.BuyerId == memberId && o.BuyerEmail != null).ExecuteUpdateAsync(set => set.SetProperty(o => o.BuyerEmail, (string?)null), cancellationToken);
        var mail = MailKey(memberId);
        await db.Outbox.Where(r => r.DedupeKey == mail).ExecuteUpdateAsync(set => set.SetProperty(r => r.Payload, "{}"), cancellationToken);
        AccountClosingStates.Table.Apply(AccountClosingState.Closing, AccountClosingState.Closed);
        await db.AccountClosings.Where(c => c.MemberId == memberId && c.State == AccountClosingState.Closing).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.State, AccountClosingState.Closed).SetProperty(c => c.ClosedAt, now).SetProperty(c => c.Points, points), cancellationToken);
        return null;
    }

    private static async Task<string?> WaitsForAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        if (await db.Orders.AnyAsync(o => o.BuyerId == memberId && o.State == OrderState.AwaitingPayment, cancellationToken))
        {
            return "an order is still with its payment service";
        }

        if (await Charged(db, memberId).AnyAsync(cancellationToken))
        {
            return "a renewal is still with its payment service";
        }

        var kept = await SavedMethods.Of(db, memberId).Select(m => new { m.Id, m.ForgottenAt }).ToListAsync(cancellationToken);
        var keys = kept.Select(m => SavedMethods.ForgetKey(m.Id)).ToList();
        if (kept.Exists(m => m.ForgottenAt is null) || await db.Outbox.AnyAsync(r => keys.Contains(r.DedupeKey) && r.DoneAt == null, cancellationToken))
        {
            return "a payment service has not yet forgotten a method";
        }

        var mail = MailKey(memberId);
        return await db.Outbox.AnyAsync(r => r.DedupeKey == mail && r.DoneAt == null && !r.Dead, cancellationToken) ? "the mail about it has not left yet" : null;
    }
}

/// <summary>Goes on with closings until they are done.</summary>
public sealed class CloseAccounts(AccountClosings closings) : OutboxHandler
{
    public override string Kind => OutboxKinds.CloseAccount;

    public override Task HandleAsync(OutboxRow row, CancellationToken cancellationToken) => closings.ContinueAsync(Read<CloseAccountMessage>(row).MemberId, cancellationToken);
}
