using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A stored method as a seller sees it.</summary>
public sealed record SellerMethodView(
    string Handle, string Buyer, string Provider, string Brand, string? Last4, DateOnly? ExpiresOn, bool Active);

/// <summary>What a browser needs to enter a method in the provider's fields.</summary>
/// <param name="Token">A single-use token, where the service makes one for tests.</param>
/// <param name="Public">What the provider's own fields are drawn with.</param>
public sealed record TokenStart(string Provider, string? Token, IReadOnlyDictionary<string, string>? Public);

/// <summary>What became of a wish about methods.</summary>
public abstract record SellerMethodResult
{
    private SellerMethodResult() { }

    public sealed record Ok(SellerMethodView Method) : SellerMethodResult;

    public sealed record Begun(TokenStart Start) : SellerMethodResult;

    /// <summary>There is no such buyer, or method, of this seller.</summary>
    public sealed record NotFound(string What) : SellerMethodResult;

    public sealed record Refused(SellerMethodRefusal Reason) : SellerMethodResult;
}

public enum SellerMethodRefusal
{
    /// <summary>No service that keeps methods for renewals has that name, or none is there at all.</summary>
    NoProvider,

    /// <summary>The service makes no such test card.</summary>
    NoTestCard,

    /// <summary>The service stores methods on a page of its own, which the shop's buy flow opens.</summary>
    OwnPage,

    /// <summary>The service does not take the token, or it was used.</summary>
    Declined,

    /// <summary>Too many tries of this buyer, or of this seller.</summary>
    TooMany,

    /// <summary>The service did not answer: the same token may be sent again.</summary>
    NoAnswer,

    /// <summary>Subscriptions are charged by it.</summary>
    Renewing,

    /// <summary>A payment with it is under way.</summary>
    InUse,

    /// <summary>The member keeps it at the shop; they alone take it away.</summary>
    KeptByMember,
}

/// <summary>The methods that buyers have brought to a seller or used there. The provider's ids never leave the shop, nor does a card number come in.</summary>
public sealed class SellerMethods(Writes writes, SavedMethods methods, PaymentProviders providers, RuleBook rules, TimeProvider clock)
{
    /// <summary>Begins to keep a method: what the buyer's browser needs, so that the card goes to the provider and never comes here (MZ-2).</summary>
    /// <param name="card">The name of a test card, where the service has such.</param>
    public async Task<SellerMethodResult> BeginAsync(long sellerId, string buyerHandle, string? provider, string? card, CancellationToken cancellationToken)
    {
        var (buyer, its) = await ReadAsync(sellerId, buyerHandle, provider, cancellationToken);
        if (buyer is null)
        {
            return new SellerMethodResult.NotFound("buyer");
        }

        if (its is null)
        {
            return new SellerMethodResult.Refused(SellerMethodRefusal.NoProvider);
        }

        if (its is IMakesTestTokens tests)
        {
            return tests.MakeToken(card) is { } made
                ? new SellerMethodResult.Begun(new TokenStart(its.Id.Value, made.Value, null))
                : new SellerMethodResult.Refused(SellerMethodRefusal.NoTestCard);
        }

        if (card is not null)
        {
            return new SellerMethodResult.Refused(SellerMethodRefusal.NoTestCard);
        }

        return await methods.StartAsync(buyer.MemberId, its.Id.Value, cancellationToken, sellerId) switch
        {
            SetupResult.Act { Action: BuyerAction.FillFields fields } act => new SellerMethodResult.Begun(new TokenStart(act.Provider, null, fields.PublicData)),
            SetupResult.Act => new SellerMethodResult.Refused(SellerMethodRefusal.OwnPage),
            SetupResult.TooMany => new SellerMethodResult.Refused(SellerMethodRefusal.TooMany),
            SetupResult.NotFound => new SellerMethodResult.Refused(SellerMethodRefusal.NoProvider),
            SetupResult.Declined => new SellerMethodResult.Refused(SellerMethodRefusal.Declined),
            _ => new SellerMethodResult.Refused(SellerMethodRefusal.NoAnswer),
        };
    }

    /// <summary>Keeps a method from the token that the buyer's browser got. The same token again leads to the same method.</summary>
    public async Task<SellerMethodResult> BringAsync(long sellerId, string buyerHandle, string? provider, string token, CancellationToken cancellationToken)
    {
        var (buyer, its) = await ReadAsync(sellerId, buyerHandle, provider, cancellationToken);
        if (buyer is null)
        {
            return new SellerMethodResult.NotFound("buyer");
        }

        if (its is null)
        {
            return new SellerMethodResult.Refused(SellerMethodRefusal.NoProvider);
        }

        // named after the token, which itself is kept nowhere: sent again, it is the same setup and the same call at the provider
        var setup = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{its.Id.Value}:{token}")).AsSpan(0, 16));
        switch (await methods.BringAsync(sellerId, buyer.MemberId, its.Id.Value, setup, new SingleUseToken(token), cancellationToken))
        {
            case BringResult.Kept kept:
                var now = clock.GetUtcNow();
                await writes.RunAsync((unit, unitToken) => AddBroughtAsync(unit.Db, buyer, kept, now, unitToken), cancellationToken);
                var view = await writes.ReadAsync((db, readToken) => Views(db, db.SellerMethods.Where(m => m.SellerBuyerId == buyer.Id && m.MethodId == kept.MethodId)).FirstAsync(readToken), cancellationToken);
                return new SellerMethodResult.Ok(View(view));
            case BringResult.TooMany:
                return new SellerMethodResult.Refused(SellerMethodRefusal.TooMany);
            case BringResult.Declined:
                return new SellerMethodResult.Refused(SellerMethodRefusal.Declined);
            default:
                return new SellerMethodResult.Refused(SellerMethodRefusal.NoAnswer);
        }
    }

    /// <summary>The methods that a buyer has brought or used at a seller, newest first; null: there is no such buyer.</summary>
    public async Task<IReadOnlyList<SellerMethodView>?> ListAsync(ShopDbContext db, long sellerId, string buyerHandle, CancellationToken cancellationToken)
    {
        if (await SellerBuyers.FindAsync(db, sellerId, buyerHandle, cancellationToken) is not { } buyer)
        {
            return null;
        }

        var rows = await Views(db, db.SellerMethods.Where(m => m.SellerBuyerId == buyer.Id).OrderByDescending(m => m.Id)).ToListAsync(cancellationToken);
        return [.. rows.OrderByDescending(r => r.Row.Id).Select(View)];
    }

    /// <summary>Takes a method away that the buyer brought here: nothing is charged by it any more, and the provider forgets it (MF-14).</summary>
    public async Task<SellerMethodResult> RemoveAsync(long sellerId, string handle, CancellationToken cancellationToken)
    {
        var found = await writes.ReadAsync((db, token) => FindAsync(db, sellerId, handle, token), cancellationToken);
        if (found is null)
        {
            return new SellerMethodResult.NotFound("id");
        }

        if (found.Method.ForgottenAt is null)
        {
            // what the member chose in the shop's own pages is theirs; also what they brought and then used at other sellers
            var isShared = found.Row.BroughtAt is null || await writes.ReadAsync(
                (db, token) => db.SellerMethods.AnyAsync(m => m.MethodId == found.Row.MethodId && m.SellerBuyerId != found.Row.SellerBuyerId, token), cancellationToken);
            if (isShared)
            {
                return new SellerMethodResult.Refused(SellerMethodRefusal.KeptByMember);
            }

            switch (await methods.ForgetAsync(found.Method.MemberId, found.Method.Handle, cancellationToken))
            {
                case ForgetResult.InUse:
                    return new SellerMethodResult.Refused(SellerMethodRefusal.InUse);
                case ForgetResult.Renewing:
                    return new SellerMethodResult.Refused(SellerMethodRefusal.Renewing);
            }
        }

        var after = await writes.ReadAsync((db, token) => Views(db, db.SellerMethods.Where(m => m.Id == found.Row.Id)).FirstAsync(token), cancellationToken);
        return new SellerMethodResult.Ok(View(after));
    }

    /// <summary>A method was brought by a token. The same token again, for another of the seller's names for that person, is no second gesture.</summary>
    private static async Task AddBroughtAsync(ShopDbContext db, SellerBuyer buyer, BringResult.Kept kept, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // takes the method's row, so that of two one sees the other's
        await db.StoredMethods.Where(m => m.Id == kept.MethodId).ExecuteUpdateAsync(set => set.SetProperty(m => m.UsedAt, m => m.UsedAt), cancellationToken);
        // one that another page of a seller took in was not entered here, whoever handed the token on
        var isKnown = await db.SellerMethods.AnyAsync(m => m.MethodId == kept.MethodId && (m.BroughtAt != null || m.SellerBuyerId != buyer.Id), cancellationToken);
        await AddAsync(db, buyer.Id, kept.MethodId, isKnown ? null : kept.EnteredAt, now, cancellationToken);
    }

    /// <summary>A method was used or chosen for a seller's product: from now on the seller is shown it.</summary>
    internal static async Task AddAsync(ShopDbContext db, long buyerId, long methodId, DateTimeOffset? broughtAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (handle, at, brought) = (Codes.New(20), now.ToUnixTimeMilliseconds(), broughtAt?.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO seller_methods (handle, seller_buyer_id, method_id, brought_at, added_at)
            VALUES ({handle}, {buyerId}, {methodId}, {brought}, {at}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
    }

    /// <summary>An order was paid with a kept method: the sellers in it are shown it.</summary>
    internal static async Task UsedAsync(ShopDbContext db, long orderId, long methodId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var buyers = await db.OrderLines.Where(l => l.OrderId == orderId && l.SellerBuyerId != null).Select(l => l.SellerBuyerId!.Value).Distinct().ToListAsync(cancellationToken);
        foreach (var buyer in buyers)
        {
            await AddAsync(db, buyer, methodId, null, now, cancellationToken);
        }
    }

    internal sealed record Found(SellerMethod Row, StoredMethod Method, string Buyer);

    /// <summary>A method by this seller's name for it; null: it has none of that name.</summary>
    internal static Task<Found?> FindAsync(ShopDbContext db, long sellerId, string handle, CancellationToken cancellationToken) => db.SellerMethods.AsNoTracking()
        .Where(m => m.Handle == handle)
        .Join(db.SellerBuyers.Where(b => b.SellerId == sellerId), m => m.SellerBuyerId, b => b.Id, (m, b) => new { Row = m, Buyer = b.Handle })
        .Join(db.StoredMethods.AsNoTracking(), m => m.Row.MethodId, s => s.Id, (m, s) => new Found(m.Row, s, m.Buyer)).FirstOrDefaultAsync(cancellationToken);

    /// <summary>It has fields of its own, or makes tokens for tests; one that leads to a page of its own is for the shop's buy flow.</summary>
    private static bool IsForSellersPages(IPaymentProvider provider) => provider is IMakesTestTokens || provider.Capabilities.Flows.Contains(PaymentFlow.EmbeddedFields);

    private static IQueryable<Found> Views(ShopDbContext db, IQueryable<SellerMethod> which) => which.AsNoTracking()
        .Join(db.StoredMethods.AsNoTracking(), m => m.MethodId, s => s.Id, (m, s) => new Found(m, s, db.SellerBuyers.Where(b => b.Id == m.SellerBuyerId).Select(b => b.Handle).First()));

    private SellerMethodView View(Found found) => new(
        found.Row.Handle, found.Buyer, found.Method.Provider, found.Method.Brand, found.Method.Last4, found.Method.ExpiresOn,
        found.Method.ForgottenAt is null && found.Method.Mode == methods.Mode(found.Method.Provider));

    /// <summary>
    /// The buyer, and the service: the one that is asked for, else the first in the site's order that keeps methods, charges them again and takes them on a seller's page.
    /// </summary>
    private Task<(SellerBuyer? Buyer, IPaymentProvider? Provider)> ReadAsync(long sellerId, string buyerHandle, string? provider, CancellationToken cancellationToken) =>
        writes.ReadAsync(
            async (db, token) =>
            {
                var terms = await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, token), token);
                var its = providers.Offered
                    .Where(p => (provider is null || p.Id.Value == provider) && terms.Of(p.Id.Value) is not { Offered: false } && methods.Renews(p.Id.Value))
                    .OrderByDescending(IsForSellersPages).ThenBy(p => terms.Of(p.Id.Value)?.Position ?? int.MaxValue).FirstOrDefault();
                return (await SellerBuyers.FindAsync(db, sellerId, buyerHandle, token), its);
            },
            cancellationToken);
}
