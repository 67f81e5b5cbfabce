using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Embed;

/// <summary>A seller's page names the buyer, by the id that its server has from the interface: what that gives, and what a hostile page makes of it.</summary>
public abstract class FrameBuyerTests(TestDatabase database) : FramedTests(database)
{
    private Task<SellerBuyer> NameAsync(Stall stall) => NameAsync(stall, Codes.New(12));

    private async Task<SellerBuyer> NameAsync(Stall stall, string uuid) =>
        (await Shop.Services.GetRequiredService<SellerBuyers>().NameAsync(stall.Id, uuid, null, Cancel)).Buyer;

    /// <summary>A buyer who has an account here by now, with a name to look for.</summary>
    private async Task<(SellerBuyer Buyer, string Name, Visitor Visitor)> TiedAsync(Stall stall)
    {
        var buyer = await NameAsync(stall);
        var (visitor, name) = await MemberAsync(points: 50);
        Assert.Equal(TieResult.Tied, await TieAsync(buyer.Id, await IdAsync(name)));
        return (buyer, name, visitor);
    }

    private Task<SellerBuyer> BuyerOfAsync(string product) => ReadAsync(async db =>
    {
        var id = await db.OrderLines.Where(l => db.SellerProducts.Any(p => p.Id == l.SellerProductId && p.Code == product)).OrderByDescending(l => l.Id).Select(l => l.SellerBuyerId).FirstAsync(Cancel);
        return await db.SellerBuyers.AsNoTracking().SingleAsync(b => b.Id == id, Cancel);
    });

    private Task<bool> HasAsync(long member, string product) =>
        ReadAsync(db => db.Entitlements.AnyAsync(e => e.MemberId == member && db.SellerProducts.Any(p => p.Id == e.ProductId && p.Code == product), Cancel));

    /// <summary>What a page says, without what is another each time.</summary>
    private static string Said(Page page, string? handle = null) => System.Text.RegularExpressions.Regex.Replace(
        handle is null ? page.Body : page.Body.Replace(handle, "BUYER", StringComparison.Ordinal), "(nonce=\"[^\"]*\"|name=\"Token\" value=\"[^\"]*\")", "");

    [Fact]
    public async Task MZ_48_NamedBuyer_HasWhatIsBoughtInTheFrame()
    {
        var stall = await OpenStallAsync();
        var (product, buyer) = (await SellAsync(stall), await NameAsync(stall));
        var pay = await SendAsync(await OpenAsync(stall, product, buyer.Handle), Choose);
        await AtTheBankAsync(pay);
        Assert.Equal("done", Type(await SendAsync(pay, Look)));
        Assert.Equal((buyer.Id, true), ((await BuyerOfAsync(product)).Id, await HasAsync(buyer.MemberId, product)));

        var unnamed = await SellAsync(stall);
        await SendAsync(await OpenAsync(stall, unnamed, ""), Choose);
        Assert.NotEqual(buyer.Id, (await BuyerOfAsync(unnamed)).Id);
    }

    [Fact]
    public async Task S05_AnotherSellersBuyer_IsAsUnknownAsNobody_AndNothingIsBought()
    {
        var (stall, other) = (await OpenStallAsync(), await OpenStallAsync());
        var (product, foreign) = (await SellAsync(stall), await NameAsync(other));
        var page = await OpenAsync(stall, product, foreign.Handle);
        foreach (var nobody in new[] { Codes.New(26), "x", "a b\0", new string('a', 5000), "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9" })
        {
            var unknown = await OpenAsync(stall, product, nobody);
            Assert.Equal((HttpStatusCode.NotFound, "error"), (unknown.Status, Type(unknown)));
            Assert.Equal(Said(page), Said(unknown));
        }

        Assert.DoesNotContain(foreign.Handle, page.Body, StringComparison.Ordinal);
        Assert.Contains($"frame-ancestors {stall.Origin};", Policy(page), StringComparison.Ordinal);

        var open = await OpenAsync(stall, product);
        var request = open.Submission(Choose, null, []);
        request.RequestUri = new Uri(ShopHost.Address, Place(stall, product, foreign.Handle));
        request.Headers.Add("Origin", "https://localhost");
        Assert.Equal("error", Type(await Page.ReadAsync(await Shop.NewVisitor().AskAsync(request))));
        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_67_BuyerWithAnAccount_LooksLikeAnyOther_AndNobodyActsForItWithoutSigningIn()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var (tied, name, _) = await TiedAsync(stall);
        var untied = await NameAsync(stall);
        var page = await OpenAsync(stall, product, tied.Handle);
        Assert.Equal(Said(await OpenAsync(stall, product, untied.Handle), untied.Handle), Said(page, tied.Handle));

        var pay = await SendAsync(page, Choose);
        await AtTheBankAsync(pay);
        var done = await SendAsync(pay, Look);
        Assert.Equal("done", Type(done));
        foreach (var seen in new[] { page, pay, done })
        {
            Assert.DoesNotContain(name, seen.Body, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("saved-method", seen.Body, StringComparison.Ordinal);
        }

        var member = await IdAsync(name);
        var (order, buyer) = (await OrderAsync(product), await BuyerOfAsync(product));
        Assert.Equal((null, 0L), (order.BuyerId, order.DuePoints));
        Assert.NotEqual(tied.Id, buyer.Id);
        Assert.False(await HasAsync(member, product));
        Assert.Equal(50, await PointsAsync(name));
    }

    [Fact]
    public async Task MZ_67_BuyerOfAFrame_IsSealed_NoAddressAndNoFieldMakesItAnother()
    {
        var stall = await OpenStallAsync();
        var (product, ann, eve) = (await SellAsync(stall), await NameAsync(stall), await NameAsync(stall));
        var page = await OpenAsync(stall, product, ann.Handle);
        var request = page.Submission(Choose, null, [("buyer", eve.Handle), ("Named", eve.Handle)]);
        request.RequestUri = new Uri(ShopHost.Address, Place(stall, product, eve.Handle));
        request.Headers.Add("Origin", "https://localhost");
        await Shop.NewVisitor().AskAsync(request);
        Assert.Equal(ann.Id, (await BuyerOfAsync(product)).Id);
    }

    [Fact]
    public async Task FormThatIsTooOld_BeginsAnewForTheSameBuyer()
    {
        var stall = await OpenStallAsync();
        var (product, buyer) = (await SellAsync(stall), await NameAsync(stall));
        var again = await SendAsync(await OpenAsync(stall, product, buyer.Handle), Choose, fields: ("Token", "too-old"));
        Assert.Equal((HttpStatusCode.BadRequest, 0), (again.Status, await SoldAsync(product)));
        await SendAsync(again, Choose);
        Assert.Equal(buyer.Id, (await BuyerOfAsync(product)).Id);
    }

    [Fact]
    public async Task Cookie_OfAFrameForOneBuyer_IsNotGoneOnWithForAnother()
    {
        var stall = await OpenStallAsync();
        var (product, ann, eve) = (await SellAsync(stall), await NameAsync(stall), await NameAsync(stall));
        var browser = Shop.NewVisitor();
        var pay = await SendAsync(await browser.GetAsync(Place(stall, product, ann.Handle)), Choose);
        var number = pay.Document.Body!.GetAttribute("data-ref");
        Assert.Equal(number, (await browser.GetAsync(Place(stall, product, ann.Handle))).Document.Body!.GetAttribute("data-ref"));
        Assert.Equal("", (await browser.GetAsync(Place(stall, product, eve.Handle))).Document.Body!.GetAttribute("data-ref"));
    }

    [Fact]
    public async Task MZ_49_Window_WhoPaysThereSignedIn_IsTheNamedBuyer_AndNobodyIsBefore()
    {
        var stall = await OpenStallAsync();
        var (product, buyer, once) = (await SellAsync(stall, SellerSignIn.Account), await NameAsync(stall), await SellAsync(stall));
        var paid = await SendAsync(await OpenAsync(stall, once, buyer.Handle), Choose);
        await AtTheBankAsync(paid);
        await SendAsync(paid, Look);
        var page = await OpenAsync(stall, product, buyer.Handle);
        var (member, name) = await MemberAsync();
        var offer = await member.GetAsync(await WindowAsync(page));
        Assert.Equal($"/buy/{product}?buyer={buyer.Handle}", offer.Address.PathAndQuery);
        var bank = await member.SubmitAsync(await member.SubmitAsync(offer), ("Provider", "sandbox"));
        await IsNobodysAsync();
        var pay = await member.PressAsync(bank, "declined");
        await IsNobodysAsync();
        bank = await member.SubmitAsync(pay, ("Provider", "sandbox"));
        await member.SubmitAsync(bank, "main form", "ok");
        Assert.Equal("done", Type(await SendAsync(page, Look)));
        var after = await BuyerOfAsync(product);
        Assert.Equal((buyer.Id, await IdAsync(name)), (after.Id, after.MemberId));
        Assert.True(await HasAsync(after.MemberId, product) && await HasAsync(after.MemberId, once));

        async Task IsNobodysAsync()
        {
            Assert.Null((await ReadAsync(db => db.SellerBuyers.AsNoTracking().SingleAsync(b => b.Id == buyer.Id, Cancel))).TiedAt);
            Assert.False(await HasAsync(await IdAsync(name), once));
        }
    }

    [Fact]
    public async Task MZ_67_Window_OfABuyerThatIsAnothers_BuysForWhoeverSignedIn()
    {
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, SellerSignIn.Account);
        var (tied, name, _) = await TiedAsync(stall);
        var (stranger, other) = await MemberAsync();
        var page = await OpenAsync(stall, product, tied.Handle);
        var offer = await stranger.GetAsync(await WindowAsync(page));
        Assert.DoesNotContain(name, offer.Body, StringComparison.OrdinalIgnoreCase);
        await stranger.SubmitAsync(await stranger.SubmitAsync(await stranger.SubmitAsync(offer), ("Provider", "sandbox")), "main form", "ok");
        Assert.Equal((true, false), (await HasAsync(await IdAsync(other), product), await HasAsync(await IdAsync(name), product)));
    }
}

public sealed class FrameBuyerTests_Sqlite(SqliteDatabase database) : FrameBuyerTests(database), IClassFixture<SqliteDatabase>;

public sealed class FrameBuyerTests_Postgres(PostgresDatabase database) : FrameBuyerTests(database), IClassFixture<PostgresDatabase>;
