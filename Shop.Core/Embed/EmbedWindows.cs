using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The way from a frame on a seller's page to a window of the shop, and what was bought there back to the frame.</summary>
public sealed class EmbedWindows(Writes writes, TimeProvider clock)
{
    private const int TokenLength = 32;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<string?>>> OfSession = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string session, CancellationToken _) =>
            db.Orders.Where(o => o.SessionHash == session).OrderByDescending(o => o.PlacedAt).Select(o => o.Number).FirstOrDefault()));

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<string?>>> OfWindow = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string session, CancellationToken _) =>
            db.EmbedWindows.Where(w => w.SessionHash == session && w.OrderId != null).OrderByDescending(w => w.Id)
                .Join(db.Orders, w => w.OrderId, o => o.Id, (_, o) => o.Number).FirstOrDefault()));

    /// <summary>A token that leads to a window once, within two minutes. Windows in which nothing was bought are forgotten after a day.</summary>
    public async Task<string> OpenAsync(string sessionHash, long productId, CancellationToken cancellationToken)
    {
        var (token, now) = (Codes.New(TokenLength), clock.GetUtcNow());
        var old = now - Kept;
        await writes.RunAsync(
            async (unit, stop) =>
            {
                await unit.Db.EmbedWindows.Where(w => w.ExpiresAt < old && w.OrderId == null).ExecuteDeleteAsync(stop);
                unit.Db.EmbedWindows.Add(new EmbedWindow
                {
                    SessionHash = sessionHash, ProductId = productId, TokenHash = Codes.Hash(token), MadeAt = now, ExpiresAt = now + TokenLife,
                });
                await unit.Db.SaveChangesAsync(stop);
            },
            cancellationToken);
        return token;
    }

    /// <summary>Uses the token up. The window's key and the product's code; null: it is wrong, too old, or was used before.</summary>
    public async Task<(string Key, string Product)?> EnterAsync(string? token, CancellationToken cancellationToken)
    {
        if (token is not { Length: TokenLength })
        {
            return null;
        }

        var (key, hash, now) = (Codes.New(TokenLength), Codes.Hash(token), clock.GetUtcNow());
        var keyHash = Codes.Hash(key);
        return await writes.RunAsync<(string, string)?>(
            async (unit, stop) =>
                await unit.Db.EmbedWindows.Where(w => w.TokenHash == hash && w.UsedAt == null && w.ExpiresAt > now)
                    .ExecuteUpdateAsync(set => set.SetProperty(w => w.UsedAt, now).SetProperty(w => w.KeyHash, keyHash), stop) == 1
                    ? (key, await unit.Db.EmbedWindows.Where(w => w.TokenHash == hash).Join(unit.Db.SellerProducts, w => w.ProductId, p => p.Id, (_, p) => p.Code).FirstAsync(stop))
                    : null,
            cancellationToken);
    }

    /// <summary>An order was placed in the window; the frame goes on with it. Another order than of its product is none of the frame's business.</summary>
    public async Task PlacedAsync(string key, string orderNumber, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(key);
        await writes.RunAsync(
            async (unit, stop) =>
            {
                var db = unit.Db;
                if (await db.Orders.Where(o => o.Number == orderNumber).Select(o => (long?)o.Id).FirstOrDefaultAsync(stop) is { } order)
                {
                    await db.EmbedWindows
                        .Where(w => w.KeyHash == hash && w.OrderId != order && db.OrderLines.Any(l => l.OrderId == order && l.SellerProductId == w.ProductId))
                        .ExecuteUpdateAsync(set => set.SetProperty(w => w.OrderId, order), stop);
                }
            },
            cancellationToken);
    }

    /// <summary>The number of the order that a frame is about: what was placed in it, else in a window of its own; null: nothing yet.</summary>
    public static async Task<string?> OrderAsync(ShopDbContext db, string sessionHash, CancellationToken cancellationToken) =>
        await OfSession.For(db)(db, sessionHash, cancellationToken) ?? await OfWindow.For(db)(db, sessionHash, cancellationToken);
}
