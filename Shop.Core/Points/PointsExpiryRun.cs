using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>How far the running out of points has come.</summary>
/// <param name="DoneUntil">When it last looked; null: never.</param>
/// <param name="Stopped">The clock has jumped since, and nothing runs out until staff say that it is right.</param>
public sealed record PointsExpiryState(DateTimeOffset? DoneUntil, bool Stopped);

/// <summary>What the mail about points that run out says.</summary>
public sealed record PointsEndView(long MemberId, string Name, string? Email, string? Culture, string? TimeZone, long Points, DateTimeOffset EndsAt);

/// <summary>
/// Takes points that have run out, each lot once, and tells their members before (M10). It stops when the clock has jumped by more than six hours, either way,
/// since it last looked: a wrong clock would take what nobody gives back (C17).
/// </summary>
public sealed partial class PointsExpiryRun(Writes writes, RuleBook rules, TimeProvider clock, LeaseClock leases, ILogger<PointsExpiryRun> log)
{
    private const string Job = "points-expiry";
    private const int Batch = 200;

    /// <summary>One node looks so often.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan MostJump = TimeSpan.FromHours(6);

    /// <summary>Returns how many lots ran out or were told of.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var terms = await writes.ReadAsync(async (db, token) => await rules.GetAsync<PointTerms>(db, await rules.CurrentAsync(db, token), token), cancellationToken);
        if (terms.LifeDays == 0 && !await writes.ReadAsync((db, token) => db.PointsLots.AnyAsync(l => l.Left > 0, token), cancellationToken))
        {
            return 0;
        }

        if (await JobLeases.TakeAsync(writes, leases, Job, Every, cancellationToken) is not { } job)
        {
            return 0;
        }

        var now = clock.GetUtcNow();
        if (Jumped(job.DoneUntil, now))
        {
            Stopped(job.DoneUntil!.Value, now);
            return 0;
        }

        var over = await writes.ReadAsync(
            (db, token) => db.PointsLots.Where(l => l.Left > 0 && l.EndsAt <= now).OrderBy(l => l.EndsAt).Select(l => l.Id).Take(Batch).ToListAsync(token), cancellationToken);
        var found = 0;
        foreach (var lot in over)
        {
            found += await ExpireAsync(lot, cancellationToken) ? 1 : 0;
        }

        // who is told late is told once, by the nearer term
        foreach (var days in new[] { terms.LastReminderDays, terms.FirstReminderDays }.Where(d => d > 0))
        {
            found += await TellAsync(days, now, cancellationToken);
        }

        await writes.RunAsync((unit, token) => JobLeases.DoneAsync(unit.Db, job, now, token), cancellationToken);
        return found;
    }

    /// <summary>Takes what is left of a lot that has run out. False: it has not, nothing is left, or somebody else did it.</summary>
    public Task<bool> ExpireAsync(long lotId, CancellationToken cancellationToken) => writes.RunAsync((unit, token) => ExpireAsync(unit, lotId, token), cancellationToken);

    public async Task<PointsExpiryState> StateAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var done = await db.JobLeases.Where(j => j.Name == Job).Select(j => j.DoneUntil).FirstOrDefaultAsync(cancellationToken);
        return new PointsExpiryState(done, Jumped(done, clock.GetUtcNow()));
    }

    /// <summary>Staff say that the clock is right, whatever it did. False: it had not stopped.</summary>
    public async Task<bool> ConfirmAsync(long actorId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (early, late) = (now - MostJump, now + MostJump);
        var confirmed = await writes.RunAsync(
            (unit, token) => unit.Db.JobLeases.Where(j => j.Name == Job && (j.DoneUntil < early || j.DoneUntil > late)).ExecuteUpdateAsync(
                set => set.SetProperty(j => j.DoneUntil, now).SetProperty(j => j.ConfirmedAt, now).SetProperty(j => j.ConfirmedBy, actorId)
                    .SetProperty(j => j.Until, DateTimeOffset.UnixEpoch), // the next pass need not wait for a lease, whichever clock it was taken by
                token),
            cancellationToken) == 1;
        if (confirmed)
        {
            Confirmed(actorId, now);
        }

        return confirmed;
    }

    /// <summary>What the mail says; null: nothing of the lot is left.</summary>
    public static Task<PointsEndView?> ReadAsync(ShopDbContext db, long lotId, CancellationToken cancellationToken) =>
        db.PointsLots.Where(l => l.Id == lotId && l.Left > 0)
            .Join(db.Users.Where(u => u.Status == AccountStatus.Visible), l => l.MemberId, m => m.Id, (l, m) => new PointsEndView(
                m.Id,
                m.UserName!,
                !m.EmailConfirmed && db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail) ? null : m.Email,
                m.Culture, m.TimeZone, l.Left, l.EndsAt))
            .FirstOrDefaultAsync(cancellationToken);

    private static bool Jumped(DateTimeOffset? done, DateTimeOffset now) => done is { } last && (now - last).Duration() > MostJump;

    private async Task<bool> ExpireAsync(WriteUnit unit, long lotId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        var member = await db.PointsLots.Where(l => l.Id == lotId).Select(l => l.MemberId).FirstAsync(cancellationToken);

        // of two workers the second waits here, and then finds what the first did
        await MembershipLedger.LockedStateAsync(db, member, cancellationToken);
        if (await db.PointsLots.AsNoTracking().FirstOrDefaultAsync(l => l.Id == lotId, cancellationToken) is not { Left: > 0 } lot || lot.EndsAt > now)
        {
            return false;
        }

        // the booking takes the balance first, as every other does; a spend that was quicker has changed the lot, and then this one is tried again later
        return await PointsAccounts.ExpireAsync(db, lot.Id, lot.MemberId, lot.Left, now, cancellationToken) is PostResult.Posted
            && await db.PointsLots.Where(l => l.Id == lotId && l.Left == lot.Left).ExecuteUpdateAsync(set => set.SetProperty(l => l.Left, 0), cancellationToken) == 1
            || unit.RollBack(false);
    }

    /// <summary>A lot is told of once for each of the two terms, in the transaction that writes the mail.</summary>
    private async Task<int> TellAsync(int days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var upTo = now.AddDays(days);
        var due = await writes.ReadAsync(
            (db, token) => db.PointsLots.Where(l => l.Left > 0 && l.EndsAt > now && l.EndsAt <= upTo && (l.ToldDays == null || l.ToldDays > days))
                .OrderBy(l => l.EndsAt).Select(l => l.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        return due.Count == 0 ? 0 : await writes.RunAsync((unit, token) => TellAsync(unit.Db, due, days, now, token), cancellationToken);
    }

    private static async Task<int> TellAsync(ShopDbContext db, IReadOnlyList<long> due, int days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var lot in due)
        {
            await Outbox.AddOnceAsync(db, FormattableString.Invariant($"points-end:{lot}:{days}"), OutboxKinds.PointsEnd, new PointsEndMessage(lot, days), now, now, cancellationToken);
        }

        return await db.PointsLots.Where(l => due.Contains(l.Id) && (l.ToldDays == null || l.ToldDays > days))
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.ToldDays, days), cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The clock jumped from {DoneUntil:O} to {Now:O}: no points run out until staff confirm at the desk that it is right.")]
    private partial void Stopped(DateTimeOffset doneUntil, DateTimeOffset now);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Member {Member} confirmed that the clock is right at {Now:O}: points run out again.")]
    private partial void Confirmed(long member, DateTimeOffset now);
}
