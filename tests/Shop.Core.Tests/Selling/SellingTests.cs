using Microsoft.EntityFrameworkCore;
using Shop.Core.Tests.Renewing;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>Base of tests of sellers: a seller with products, a till for what is bought once and a card service for what recurs.</summary>
public abstract class SellingTests(TestDatabase database) : RenewingTests(database)
{
    private static int count;

    protected Person Staff { get; private set; } = null!;

    protected long SellerId { get; private set; }

    protected SellerDesk Desk => Node.Get<SellerDesk>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Staff = await Node.MemberAsync();
        SellerId = await SellerAsync("Harbour Radio");
    }

    protected static string Fresh(string begin) => $"{begin}-{Interlocked.Increment(ref count)}";

    protected async Task<long> SellerAsync(string name) =>
        Assert.IsType<SellerResult.Done>(await Desk.CreateAsync(new SellerForm(Fresh("seller"), name, "help@radio.example", "https://radio.example/terms"), Staff.Id, Cancel)).Id;

    protected static SellerProductForm OneOff(long? amount = 500, int? months = null, SellerSignIn signIn = SellerSignIn.Account) => new()
    {
        Code = Fresh("album"), Title = "An album", Sale = SellerSale.OneOff, AmountMinor = amount, Months = months, SignIn = signIn, OnSale = true,
    };

    protected static SellerProductForm Custom(SellerSale sale = SellerSale.OneOff) => new()
    {
        Code = Fresh("support"), Title = "Support us", Sale = sale, Pricing = SellerPricing.Custom, LeastMinor = 200, MostMinor = 5000, Months = sale == SellerSale.Recurring ? 1 : null,
        OnSale = true,
    };

    protected static SellerProductForm Monthly(long amount = 400) => new()
    {
        Code = Fresh("radio"), Title = "The radio", Sale = SellerSale.Recurring, AmountMinor = amount, Months = 1, OnSale = true,
    };

    protected async Task<string> SellAsync(SellerProductForm form, long? seller = null)
    {
        Assert.IsType<SellerResult.Done>(await Desk.AddProductAsync(seller ?? SellerId, form, Staff.Id, Cancel));
        return form.Code!;
    }

    protected Task<CartResult> AddAsync(Buyer buyer, string code, long? amount = null, string? named = null) =>
        Node.Get<Carts>().AddAsync(buyer, new BuyFromSeller(code, amount, named), Cancel);

    /// <summary>Put into the cart and placed; a visitor gets a cart.</summary>
    protected async Task<(PlacedOrder Order, Buyer Buyer)> OrderAsync(Buyer buyer, string code, long? amount = null, string? named = null, string? email = null, string provider = Till.Id)
    {
        var changed = Assert.IsType<CartResult.Changed>(await AddAsync(buyer, code, amount, named));
        var with = changed.NewCartKey is { } key ? Buyer.Of(null, key) : buyer;
        return (await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Node.PlaceAsync(with, provider, email)).Number), with);
    }

    protected async Task<PlacedOrder> BuyAsync(Buyer buyer, string code, long? amount = null, string? named = null, string? email = null)
    {
        var (order, _) = await OrderAsync(buyer, code, amount, named, email);
        await Node.PayAsync(order);
        return await Node.AgainAsync(order);
    }

    protected Task<SellerBuyer> BuyerOfAsync(PlacedOrder order)
    {
        var id = order.Order.Lines[0].SellerBuyerId;
        return Node.ReadAsync(db => db.SellerBuyers.AsNoTracking().FirstAsync(b => b.Id == id, Cancel));
    }

    /// <summary>The buyer becomes the member, as by an order that was paid through its name.</summary>
    protected Task<TieResult> TieAsync(SellerBuyer buyer, Person member) =>
        Node.Get<Writes>().RunAsync((unit, token) => Node.Get<SellerBuyers>().TieAsync(unit.Db, buyer.Id, member.Id, token), Cancel);

    protected Task<IReadOnlyList<EntitlementView>> HasAsync(SellerBuyer buyer, long? seller = null) =>
        Node.ReadAsync(db => Node.Get<Entitlements>().OfAsync(db, seller ?? SellerId, buyer.Id, Cancel));

    protected Task<List<ShopEvent>> ToldAsync(long seller) =>
        Node.ReadAsync(db => db.ShopEvents.AsNoTracking().Where(e => e.SellerId == seller).OrderBy(e => e.Id).ToListAsync(Cancel));

    protected Task<long> ProductIdAsync(string code) => Node.ReadAsync(db => db.SellerProducts.Where(p => p.Code == code).Select(p => p.Id).FirstAsync(Cancel));
}
