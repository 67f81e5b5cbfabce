using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Whose key it is and what it may do.</summary>
public sealed record KeyHolder(long KeyId, string Prefix, long SellerId, string SellerHandle, SellerState SellerState, KeyScopes Scopes)
{
    public bool May(KeyScopes scope) => (Scopes & scope) == scope;
}

/// <summary>What became of showing a key.</summary>
public abstract record KeyVerdict
{
    private KeyVerdict() { }

    public sealed record Good(KeyHolder Holder) : KeyVerdict;

    /// <summary>No such key; nothing says whether its prefix exists.</summary>
    public sealed record Unknown : KeyVerdict;

    public sealed record Expired : KeyVerdict;

    /// <summary>It was revoked, or its seller is closed.</summary>
    public sealed record Revoked : KeyVerdict;
}

/// <summary>What became of making a key.</summary>
public abstract record KeyResult
{
    private KeyResult() { }

    /// <summary>It is good from now on. <paramref name="Secret"/>: the key itself, said now and never again.</summary>
    public sealed record Made(long Id, string Prefix, string Secret) : KeyResult;

    public sealed record Refused(KeyRefusal Reason) : KeyResult;
}

public enum KeyRefusal
{
    NoSuchSeller,

    /// <summary>It would be allowed nothing.</summary>
    NoScopes,

    /// <summary>It would end before it begins.</summary>
    EndsInPast,

    /// <summary>The seller has as many keys that are good as it may.</summary>
    TooMany,
}

/// <summary>Makes, checks and ends the keys of sellers.</summary>
public sealed class SellerKeys(Writes writes, TimeProvider clock)
{
    /// <summary>The most keys of a seller that are good at once.</summary>
    public const int Most = 10;

    private const string Mark = "ds_";
    private const int PrefixLength = 10;
    private const int SecretLength = 32;
    private static readonly TimeSpan UsedCoarse = TimeSpan.FromHours(1);

    /// <summary>What a key is compared with whose prefix nobody has, so that both ways are the same.</summary>
    private static readonly string Nobody = Codes.Hash(Codes.New(SecretLength));

    private sealed record Found(SellerKey Key, string Handle, SellerState State);

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<Found?>>> ByPrefix = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string prefix, CancellationToken _) =>
            db.SellerKeys.AsNoTracking().Where(k => k.Prefix == prefix).Join(db.Sellers, k => k.SellerId, s => s.Id, (k, s) => new Found(k, s.Handle, s.State)).FirstOrDefault()));

    /// <summary>A new key. Those that are there stay good, so that one can take the place of another (rotation).</summary>
    /// <param name="expiresAt">From then on it opens nothing; null: it does not run out.</param>
    public async Task<KeyResult> IssueAsync(long sellerId, KeyScopes scopes, DateTimeOffset? expiresAt, long staffId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (scopes == KeyScopes.None)
        {
            return new KeyResult.Refused(KeyRefusal.NoScopes);
        }

        if (expiresAt <= now)
        {
            return new KeyResult.Refused(KeyRefusal.EndsInPast);
        }

        var prefix = Codes.New(PrefixLength);
        var secret = $"{Mark}{prefix}_{Codes.New(SecretLength)}";
        return await writes.RunAsync<KeyResult>(
            async (unit, token) =>
            {
                // takes the seller's row, so that two forms do not both find room
                if (!await SellerDesk.TakeAsync(unit.Db, sellerId, token))
                {
                    return unit.RollBack(new KeyResult.Refused(KeyRefusal.NoSuchSeller));
                }

                if (await unit.Db.SellerKeys.CountAsync(k => k.SellerId == sellerId && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now), token) >= Most)
                {
                    return unit.RollBack(new KeyResult.Refused(KeyRefusal.TooMany));
                }

                var row = new SellerKey
                {
                    SellerId = sellerId, Prefix = prefix, Hash = Codes.Hash(secret), Scopes = scopes, MadeAt = now, MadeBy = staffId, ExpiresAt = expiresAt,
                };
                unit.Db.SellerKeys.Add(row);
                SellerDesk.Note(unit.Db, sellerId, SellerField.Key, prefix, null, Words.OfSet(scopes), staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return new KeyResult.Made(row.Id, prefix, secret);
            },
            cancellationToken);
    }

    /// <summary>Ends a key at once. False: the seller has no such key, or it was ended before.</summary>
    public async Task<bool> RevokeAsync(long sellerId, long keyId, long staffId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            async (unit, token) =>
            {
                if (await unit.Db.SellerKeys.Where(k => k.Id == keyId && k.SellerId == sellerId && k.RevokedAt == null)
                        .ExecuteUpdateAsync(set => set.SetProperty(k => k.RevokedAt, now), token) == 0)
                {
                    return false;
                }

                var prefix = await unit.Db.SellerKeys.Where(k => k.Id == keyId).Select(k => k.Prefix).FirstAsync(token);
                SellerDesk.Note(unit.Db, sellerId, SellerField.Key, prefix, "good", "revoked", staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Whose key it is: one read by its prefix, then a comparison that takes as long whatever the answer is.</summary>
    public async Task<KeyVerdict> VerifyAsync(ShopDbContext db, string? shown, CancellationToken cancellationToken)
    {
        var found = Prefix(shown) is { } prefix ? await ByPrefix.For(db)(db, prefix, cancellationToken) : null;
        var isSame = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Codes.Hash(shown ?? "")), Encoding.ASCII.GetBytes(found?.Key.Hash ?? Nobody));
        if (found is null || !isSame)
        {
            return new KeyVerdict.Unknown();
        }

        var (key, now) = (found.Key, clock.GetUtcNow());
        if (key.RevokedAt is not null || found.State == SellerState.Closed)
        {
            return new KeyVerdict.Revoked();
        }

        if (key.ExpiresAt <= now)
        {
            return new KeyVerdict.Expired();
        }

        if (!(now - key.UsedAt < UsedCoarse))
        {
            var before = now - UsedCoarse;
            await writes.RunAsync(
                (unit, token) => unit.Db.SellerKeys.Where(k => k.Id == key.Id && (k.UsedAt == null || k.UsedAt <= before)).ExecuteUpdateAsync(set => set.SetProperty(k => k.UsedAt, now), token),
                cancellationToken);
        }

        return new KeyVerdict.Good(new KeyHolder(key.Id, key.Prefix, key.SellerId, found.Handle, found.State, key.Scopes));
    }

    /// <summary>A text that has the form of a key: looked for where none may stand, such as addresses and logs.</summary>
    public static bool LooksLikeKey(string? text) => Prefix(text) is not null;

    private static string? Prefix(string? shown) =>
        shown is { Length: 3 + PrefixLength + 1 + SecretLength } && shown.StartsWith(Mark, StringComparison.Ordinal) && shown[Mark.Length + PrefixLength] == '_'
            ? shown.Substring(Mark.Length, PrefixLength)
            : null;
}
