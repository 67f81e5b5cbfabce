using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What is sold, and what the shop says about it.</summary>
public abstract class ShopFrontTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_1_Front_ListsEverythingOnSaleByGroup()
    {
        var front = await Shop.NewVisitor().GetAsync("/");
        var groups = front.Document.QuerySelectorAll("main section").Select(section =>
            $"{section.QuerySelector("h2").Words()}: {string.Join(' ', section.QuerySelectorAll("[data-testid=product]").Select(p => p.GetAttribute("data-sku")))}");
        Assert.Equal(["Paid time: paid12 paid6 paid2 paid1", "Premium time: prem12 prem6", "Seed accounts: seed", "A new name: rename", "Extra icons: icons", "Points: points",
                "Virtual gifts: gift_moon gift_lantern"], groups);
    }

    [Fact]
    public async Task DW_2_Front_EachProductHasItsPriceInMoneyAndInPoints()
    {
        var front = await Shop.NewVisitor().GetAsync("/");
        string Words(string sku, string hook) => front.Document.QuerySelector($"[data-sku={sku}] [data-testid={hook}]").Words();
        Assert.Equal(
            [
                ("paid12", "$25.00", "250 points"), ("paid6", "$13.00", "130 points"), ("paid2", "$5.00", "50 points"), ("paid1", "$3.00", "30 points"),
                ("prem12", "$40.00", "400 points"), ("prem6", "$20.00", "200 points"),
                ("seed", "$200.00", "2,000 points"), ("rename", "$15.00", "150 points"), ("icons", "$1.00", "10 points"), ("points", "$0.10", ""),
                ("gift_moon", "$1.00", "10 points"), ("gift_lantern", "$2.00", "20 points"),
            ],
            front.All("product").Select(p => p.GetAttribute("data-sku")!).Select(sku => (sku, Words(sku, "price"), Words(sku, "price-points"))));
    }

    [Theory]
    [InlineData("virtual")]
    [InlineData("no-such-thing")]
    [InlineData("PAID1")]
    [InlineData("%3Cscript%3E")]
    public async Task DW_1_WhatIsNotSold_LeadsToTheFrontPageWithAMessage(string sku)
    {
        var page = await Shop.NewVisitor().GetAsync($"/shop/{sku}");
        Assert.Equal(("/", $"“{Uri.UnescapeDataString(sku)}” is not sold here. This is what the shop has."), (page.Address.AbsolutePath, page.Error));
    }

    [Fact]
    public async Task DW_1_WhatIsNotSold_CannotBePutIntoTheCartEither()
    {
        var (visitor, _) = await MemberAsync();
        var page = await PostAsync(visitor, "/shop/virtual", ("Quantity", "1"));
        Assert.Equal(("/", "0 items"), (page.Address.AbsolutePath, page.Text("cart-count")));
    }

    [Fact]
    public async Task DW_20_MoreInformation_OfEachProductIsReached()
    {
        var visitor = Shop.NewVisitor();
        foreach (var link in (await visitor.GetAsync("/")).All("more-info"))
        {
            var page = await visitor.GetAsync(link.GetAttribute("href")!);
            Assert.NotNull(page.Document.QuerySelector("#about"));
        }
    }

    [Fact]
    public async Task DW_20_MoreInformation_SaysWhatItGivesWhatFollowsBothPricesAndTheRefund()
    {
        var facts = (await Shop.NewVisitor().GetAsync("/shop/paid2")).Document.QuerySelector("#about")!.Facts();
        Assert.Contains("75 icons", facts["What it gives"], StringComparison.Ordinal);
        Assert.Contains("goes on as a free one", facts["When the time runs out"], StringComparison.Ordinal);
        Assert.Contains("$5.00, or 50 points", facts["Price"], StringComparison.Ordinal);
        Assert.Contains("14 days", facts["Giving it back"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_20_MoreInformation_NamesTheDateIfPaidNowAndWhatAGiftAdds()
    {
        var (visitor, _) = await MemberAsync();
        var about = (await visitor.GetAsync("/shop/paid2")).Document.QuerySelector("#about")!;
        Assert.Equal($"{Now.AddMonths(2):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}", about.QuerySelector("time")?.GetAttribute("datetime"));
        Assert.Contains("As a gift it adds 2 months of paid time.", about.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_18_Seed_IsCalledPermanentNeverAMonthAndSaysHowManyAreLeft()
    {
        var (member, _) = await MemberAsync();
        var row = (await member.GetAsync("/")).Document.QuerySelector("[data-sku=seed]")!;
        var page = await member.GetAsync("/shop/seed");
        Assert.Equal(("Permanent seed account", "At most 400 left"), (row.QuerySelector("h3").Words(), row.QuerySelector("[data-testid=left]").Words()));
        Assert.Equal("At most 400 left", page.Text("left"));
        Assert.Contains("Your own account would be seed for good.", page.Main(), StringComparison.Ordinal);
        Assert.DoesNotContain("month", page.Main(), StringComparison.Ordinal);
        Assert.Null(page.Value("Quantity"));
    }

    [Fact]
    public async Task DW_44_Front_ShowsTheBalanceOrTheWayToSignIn()
    {
        var (member, _) = await MemberAsync(points: 77);
        Assert.Contains("You have 77 points to spend.", (await member.GetAsync("/")).Main(), StringComparison.Ordinal);
        Assert.NotNull((await Shop.NewVisitor().GetAsync("/")).Document.QuerySelector("main a[href='/account/login']"));
    }

    [Fact]
    public async Task DW_44_Product_ShowsTheBalance()
    {
        var (member, _) = await MemberAsync(points: 78);
        Assert.Equal("78 points", (await member.GetAsync("/shop/paid1")).Document.QuerySelector("#about")!.Facts()["Your points"]);
    }

    [Fact]
    public async Task DW_21_Front_AddsAtOnceWithoutAFormInBetween()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await visitor.SubmitAsync(await visitor.GetAsync("/"), "[data-sku=paid6] form", null);
        Assert.Equal(("/cart", "paid6"), (cart.Address.AbsolutePath, cart.Find("cart-line")?.GetAttribute("data-sku")));
    }

    [Fact]
    public async Task DW_21_Product_PresetsTheRecipientOfTheAddress() =>
        Assert.Equal("friend", (await Shop.NewVisitor().GetAsync("/shop/paid1?for=friend")).Value("Recipient"));
}

public sealed class ShopFrontTests_Sqlite(SqliteDatabase database) : ShopFrontTests(database), IClassFixture<SqliteDatabase>;

public sealed class ShopFrontTests_Postgres(PostgresDatabase database) : ShopFrontTests(database), IClassFixture<PostgresDatabase>;
