using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>A job that one node at a time does, and how far it has come (exactly-once.md section 6).</summary>
public sealed class JobLease
{
    public required string Name { get; init; }

    public string? Owner { get; private set; }

    public DateTimeOffset Until { get; private set; } = DateTimeOffset.UnixEpoch;

    /// <summary>Rises with each taking: who holds an older number writes nothing any more.</summary>
    public long No { get; private set; }

    /// <summary>Everything before this instant has been done.</summary>
    public DateTimeOffset? DoneUntil { get; private set; }

    /// <summary>When staff last said that the clock is right, after it had jumped and the job had stopped; null: never.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    public long? ConfirmedBy { get; private set; }
}

/// <summary>Takes jobs. It saves work; two nodes at once would do no harm.</summary>
internal static class JobLeases
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>Takes a job for a time; null: another node has it, or its time is not over yet. Only a job that is free is written to.</summary>
    public static async Task<JobLease?> TakeAsync(Writes writes, LeaseClock clock, string name, TimeSpan time, CancellationToken cancellationToken) =>
        await writes.ReadAsync((db, token) => IsTakenAsync(db, clock, name, token), cancellationToken)
            ? null
            : await writes.RunAsync((unit, token) => TakeAsync(unit.Db, clock, name, time, token), cancellationToken);

    private static async Task<bool> IsTakenAsync(ShopDbContext db, LeaseClock clock, string name, CancellationToken cancellationToken)
    {
        var now = await clock.NowAsync(db, cancellationToken);
        return await db.JobLeases.AnyAsync(j => j.Name == name && j.Until > now, cancellationToken);
    }

    private static async Task<JobLease?> TakeAsync(ShopDbContext db, LeaseClock clock, string name, TimeSpan time, CancellationToken cancellationToken)
    {
        var now = await clock.NowAsync(db, cancellationToken);
        await db.Database.ExecuteSqlAsync($"INSERT INTO job_leases (name, until, no) VALUES ({name}, 0, 0) ON CONFLICT DO NOTHING", cancellationToken);
        var until = now + time;
        var taken = await db.JobLeases.Where(j => j.Name == name && j.Until <= now).ExecuteUpdateAsync(
            set => set.SetProperty(j => j.Owner, Leases.Me).SetProperty(j => j.Until, until).SetProperty(j => j.No, j => j.No + 1), cancellationToken);
        return taken == 0 ? null : await db.JobLeases.AsNoTracking().FirstAsync(j => j.Name == name, cancellationToken);
    }

    /// <summary>Notes how far the job has come, if it is still ours. It stays taken until its time is over.</summary>
    public static Task<int> DoneAsync(ShopDbContext db, JobLease job, DateTimeOffset until, CancellationToken cancellationToken) =>
        db.JobLeases.Where(j => j.Name == job.Name && j.No == job.No).ExecuteUpdateAsync(set => set.SetProperty(j => j.DoneUntil, until), cancellationToken);

    /// <summary>The job is over and somebody else may do it at once: for jobs that keep no progress.</summary>
    public static Task<int> GiveBackAsync(ShopDbContext db, JobLease job, CancellationToken cancellationToken) =>
        db.JobLeases.Where(j => j.Name == job.Name && j.No == job.No && j.Owner == job.Owner).ExecuteDeleteAsync(cancellationToken);

    /// <summary>Removes jobs without progress that were never given back, long after anybody can still be at them.</summary>
    public static async Task RemoveOldAsync(ShopDbContext db, LeaseClock clock, CancellationToken cancellationToken)
    {
        var over = await clock.NowAsync(db, cancellationToken) - Forgotten;
        await db.JobLeases.Where(j => j.DoneUntil == null && j.Until < over).ExecuteDeleteAsync(cancellationToken);
    }
}
