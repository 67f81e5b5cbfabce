using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A seller's product with its seller, as the buy flow and carts need it.</summary>
public sealed record SellerOffer(SellerProduct Product, Seller Seller)
{
    /// <summary>It can be bought now.</summary>
    public bool IsOpen => Product.OnSale && Seller.State == SellerState.Active;

    /// <summary>Terms to be read before buying: the product's own, else the seller's; null: the shop's alone.</summary>
    public string? TermsUrl => Product.TermsUrl ?? Seller.TermsUrl;

    /// <summary>What it costs a buyer who names an amount, or none; null: the price is fixed and this is another, or it is out of the bounds (MZ-52).</summary>
    public long? PriceOf(long? amountMinor) => Product.Pricing == SellerPricing.Fixed
        ? amountMinor is null || amountMinor == Product.AmountMinor ? Product.AmountMinor : null
        : amountMinor >= Product.LeastMinor && amountMinor <= Product.MostMinor ? amountMinor : null;

    /// <summary>Its currency.</summary>
    public Currency Currency => Currency.Of(Product.Currency);
}

/// <summary>Looks up sellers and what they sell.</summary>
public static class Sellers
{
    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<SellerOffer?>>> ByCode = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string code, CancellationToken _) =>
            db.SellerProducts.AsNoTracking().Where(p => p.Code == code).Join(db.Sellers.AsNoTracking(), p => p.SellerId, s => s.Id, (p, s) => new SellerOffer(p, s)).FirstOrDefault()));

    /// <summary>A product by its id, whoever sells it and whether it is on sale or not; null: there is none.</summary>
    public static Task<SellerOffer?> FindAsync(ShopDbContext db, string code, CancellationToken cancellationToken) =>
        code.Length > SellerDesk.MostCode ? Task.FromResult<SellerOffer?>(null) : ByCode.For(db)(db, code, cancellationToken);

    /// <summary>Products with their sellers, by row id.</summary>
    public static async Task<IReadOnlyDictionary<long, SellerOffer>> OffersAsync(ShopDbContext db, IReadOnlyCollection<long> productIds, CancellationToken cancellationToken) =>
        productIds.Count == 0
            ? new Dictionary<long, SellerOffer>()
            : await db.SellerProducts.AsNoTracking().Where(p => productIds.Contains(p.Id))
                .Join(db.Sellers.AsNoTracking(), p => p.SellerId, s => s.Id, (p, s) => new SellerOffer(p, s)).ToDictionaryAsync(o => o.Product.Id, cancellationToken);

    /// <summary>The seller whose pages may frame the flow with that key, and their exact origins; null: nobody's.</summary>
    public static async Task<(Seller Seller, IReadOnlyList<string> Origins)?> ByEmbedKeyAsync(ShopDbContext db, string embedKey, CancellationToken cancellationToken)
    {
        if (embedKey.Length > 32 || embedKey.Any(char.IsControl) || await db.Sellers.AsNoTracking().FirstOrDefaultAsync(s => s.EmbedKey == embedKey && s.State != SellerState.Closed, cancellationToken) is not { } seller)
        {
            return null;
        }

        return (seller, await OriginsAsync(db, seller.Id, cancellationToken));
    }

    /// <summary>A seller's origins, as a browser writes them.</summary>
    public static Task<List<string>> OriginsAsync(ShopDbContext db, long sellerId, CancellationToken cancellationToken) =>
        db.SellerOrigins.Where(o => o.SellerId == sellerId).OrderBy(o => o.Origin).Select(o => o.Origin).ToListAsync(cancellationToken);
}
