using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>
/// The time that leases run by (exactly-once.md section 6): the database's on PostgreSQL, because nodes there may have clocks that differ; the node's
/// on SQLite, which has one host. When a row is due is another matter: that stays the application's time.
/// </summary>
/// <param name="clock">The application's. A test may have moved it, and then the leases' time is moved as far.</param>
/// <param name="machine">What the machine itself takes for the time, right or wrong.</param>
public sealed class LeaseClock(TimeProvider clock, TimeProvider machine)
{
    /// <summary>The application's time, by which rows are due.</summary>
    public DateTimeOffset DueNow => clock.GetUtcNow();

    /// <summary>The leases' time now.</summary>
    public async Task<DateTimeOffset> NowAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        if (db.IsSqlite)
        {
            return clock.GetUtcNow();
        }

        var moved = ReferenceEquals(clock, machine) ? TimeSpan.Zero : clock.GetUtcNow() - machine.GetUtcNow();
        var theirs = await db.Database.SqlQuery<long>($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)").ToListAsync(cancellationToken);
        return DateTimeOffset.FromUnixTimeMilliseconds(theirs[0]) + moved;
    }
}
