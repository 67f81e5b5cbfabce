using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Security;

/// <summary>The key that link tokens are derived from: made once, the same on every node, kept sealed by the key ring.</summary>
internal sealed class LinkKey(Writes writes, IServiceScopeFactory scopes, IDataProtectionProvider protection, TimeProvider clock)
{
    private const string Name = "links";
    private const int KeyBytes = 32;

    private readonly IDataProtector protector = protection.CreateProtector("Shop.LinkKey");
    private byte[]? known;

    public async ValueTask<byte[]> GetAsync(CancellationToken cancellationToken) => known ??= await ReadAsync(cancellationToken);

    private async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var stored = await ServerSecrets.FindAsync(scope.ServiceProvider.GetRequiredService<AccountsDbContext>(), Name, cancellationToken);
        if (stored is null)
        {
            var made = protector.Protect(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
            stored = await writes.RunAsync((unit, token) => ServerSecrets.EnsureAsync(unit.Db, Name, made, clock.GetUtcNow(), token), cancellationToken);
        }

        return Convert.FromBase64String(protector.Unprotect(stored));
    }
}
