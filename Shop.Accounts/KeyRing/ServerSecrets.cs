using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>Reads and makes the secrets that all nodes share.</summary>
public static class ServerSecrets
{
    public static Task<string?> FindAsync(AccountsDbContext db, string name, CancellationToken cancellationToken) =>
        db.ServerSecrets.Where(s => s.Name == name).Select(s => (string?)s.ProtectedValue).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Keeps the value unless another node was first, and returns the one that holds.</summary>
    public static async Task<string> EnsureAsync(
        AccountsDbContext db, string name, string protectedValue, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = now.ToUnixTimeMilliseconds();
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO server_secrets (name, protected_value, created_at) VALUES ({name}, {protectedValue}, {at}) ON CONFLICT DO NOTHING", cancellationToken);
        return await db.ServerSecrets.Where(s => s.Name == name).Select(s => s.ProtectedValue).FirstAsync(cancellationToken);
    }
}
