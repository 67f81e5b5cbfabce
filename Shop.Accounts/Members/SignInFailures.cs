using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Counts tries by rows. A try is written before its outcome is known, so that many at once cannot slip past the count.</summary>
public static class SignInFailures
{
    /// <summary>Nothing older is ever counted.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    /// <summary>To be called in a transaction. Tries under one name get their ids in the order in which they are committed.</summary>
    public static async Task<long> AddAsync(AccountsDbContext db, SignInFailure failure, CancellationToken cancellationToken)
    {
        if (db.Database.ProviderName == "Npgsql.EntityFrameworkCore.PostgreSQL")
        {
            // held until the commit; SQLite has one writer anyway
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({failure.NameHash}, 0))", cancellationToken);
        }

        db.SignInFailures.Add(failure);
        await db.SaveChangesAsync(cancellationToken);
        return failure.Id;
    }

    /// <summary>When the latest tries under a name were, newest first, not counting <paramref name="before"/> and what came after it.</summary>
    public static Task<List<DateTimeOffset>> LatestAsync(
        AccountsDbContext db, string action, string nameHash, long before, DateTimeOffset since, int take, CancellationToken cancellationToken) =>
        db.SignInFailures.Where(f => f.Action == action && f.NameHash == nameHash && f.At > since && f.Id < before)
            .OrderByDescending(f => f.Id).Take(take).Select(f => f.At).ToListAsync(cancellationToken);

    public static Task<int> CountForNameAsync(
        AccountsDbContext db, string action, string nameHash, long before, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.SignInFailures.CountAsync(f => f.Action == action && f.NameHash == nameHash && f.At > since && f.Id < before, cancellationToken);

    public static Task<int> CountForAddressAsync(
        AccountsDbContext db, string action, string addressHash, long before, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.SignInFailures.CountAsync(f => f.Action == action && f.AddressHash == addressHash && f.At > since && f.Id < before, cancellationToken);

    public static Task<int> CountForPairAsync(
        AccountsDbContext db, string action, string nameHash, string addressHash, long before, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.SignInFailures.CountAsync(
            f => f.Action == action && f.NameHash == nameHash && f.AddressHash == addressHash && f.At > since && f.Id < before, cancellationToken);

    /// <summary>Takes one try back: it was refused without being looked at, or it was none.</summary>
    public static Task ForgetAsync(AccountsDbContext db, long id, CancellationToken cancellationToken) =>
        db.SignInFailures.Where(f => f.Id == id).ExecuteDeleteAsync(cancellationToken);

    /// <summary>After a success: what the same name tried from the same address no longer counts.</summary>
    public static Task ForgetPairAsync(AccountsDbContext db, string action, string nameHash, string addressHash, CancellationToken cancellationToken) =>
        db.SignInFailures.Where(f => f.Action == action && f.NameHash == nameHash && f.AddressHash == addressHash).ExecuteDeleteAsync(cancellationToken);

    public static Task<int> RemoveOldAsync(AccountsDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var oldest = now - Kept;
        return db.SignInFailures.Where(f => f.At < oldest).ExecuteDeleteAsync(cancellationToken);
    }
}
