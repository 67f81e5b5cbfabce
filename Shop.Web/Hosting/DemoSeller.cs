using Microsoft.EntityFrameworkCore;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>The seller of samples/DemoSeller, with something to buy once and something that recurs. Development only.</summary>
internal sealed class DemoSeller(SellerDesk desk, ShopDbContext db, DemoMembers members)
{
    private const string Handle = "harbour";

    /// <summary>Makes what is missing. The publishable key; null: the origin cannot be one.</summary>
    public async Task<string?> EnsureAsync(string origin, CancellationToken cancellationToken)
    {
        await members.EnsureAsync(cancellationToken); // refuses anything but Development
        var staff = await db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).SingleAsync(cancellationToken);
        await desk.CreateAsync(new SellerForm(Handle, "Harbour", "help@harbour.example", null), staff, cancellationToken);
        var seller = await db.Sellers.AsNoTracking().SingleAsync(s => s.Handle == Handle, cancellationToken);
        await desk.AddOriginAsync(seller.Id, origin, allowPlain: true, staff, cancellationToken);
        foreach (var product in new[]
                 {
                     new SellerProductForm { Code = "harbour-map", Title = "Map of the harbour", Sale = SellerSale.OneOff, AmountMinor = 700, SignIn = SellerSignIn.None, OnSale = true },
                     new SellerProductForm { Code = "harbour-club", Title = "Harbour club", Sale = SellerSale.Recurring, AmountMinor = 500, Months = 1, SignIn = SellerSignIn.Account, OnSale = true },
                 })
        {
            await desk.AddProductAsync(seller.Id, product, staff, cancellationToken);
        }

        return await db.SellerOrigins.AnyAsync(o => o.SellerId == seller.Id && o.Origin == origin, cancellationToken) ? seller.EmbedKey : null;
    }
}
