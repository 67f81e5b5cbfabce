using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Embed;

/// <summary>Tax in a seller's frame: the country is asked before it is said what will be paid, and what was said is what is charged.</summary>
public abstract class FrameTaxTests(TestDatabase database) : FramedTests(database)
{
    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Shop:CountryHeader"] = NetworkHeader } };

    private static TaxTerms ByCountry(bool included = false, int german = 190_000) => new()
    {
        Mode = "country", Included = included, Businesses = true,
        Rates =
        [
            new TaxRate { Country = "any", Category = "standard" }, new TaxRate { Country = "de", Category = "standard", RatePpm = german },
            new TaxRate { Country = "fr", Category = "standard", RatePpm = 200_000, Reverse = true },
        ],
    };

    private async Task PublishAsync(TaxTerms terms)
    {
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        await WriteAsync(async (db, token) => Assert.IsType<PublishResult.Published>(
            await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [terms], null, "test", Now, token)));
    }

    private Task<List<TaxEvidence>> EvidenceAsync(long orderId) => ReadAsync(db => db.TaxEvidence.AsNoTracking().Where(e => e.OrderId == orderId).OrderBy(e => e.Id).ToListAsync(Cancel));

    [Fact]
    public async Task MZ_48_Country_IsAskedBeforeItIsSaidWhatWillBePaid_WithItsErrorBesideIt()
    {
        await PublishAsync(ByCountry());
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        Assert.Equal(("$7.00", "plus the tax of your country", null), (page.Text("price"), page.Text("plus-tax"), page.Find("due-money")));
        foreach (var country in new[] { "", "zz" })
        {
            var again = await SendAsync(page, Choose, fields: [("Country", country), ("Email", "luna@example.org")]);
            IsWrong(again, "Country", "choose your country");
            Assert.Equal(("luna@example.org", null), (again.Value("Email"), again.Find("due-money")));
        }

        Assert.Equal(0, await SoldAsync(product));
    }

    [Fact]
    public async Task MZ_48_PriceWithTax_IsShown_ThenCharged_AndWhatSaysWhereTheBuyerIsIsKept()
    {
        await PublishAsync(ByCountry());
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var confirm = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Country", "DE"));
        Assert.Equal(("$8.33", "$1.33", "Tax as in Germany."), (confirm.Text("due-money"), confirm.Text("tax"), confirm.Text("embed-country")));
        Assert.Contains("$8.33", confirm.Text("place-order"), StringComparison.Ordinal);
        Assert.Equal(0, await SoldAsync(product));

        var pay = await SendAsync(confirm, Confirm);
        Assert.Equal("$8.33", pay.Text("due-money"));
        var order = await OrderAsync(product);
        Assert.Equal((833L, 833L, 133L, "DE"), (order.PriceMinor, order.DueMinor, order.TaxMinor, order.BuyerCountry));
        Assert.Equal([(EvidenceKind.Stated, "DE"), (EvidenceKind.Network, "DE")], (await EvidenceAsync(order.Id)).Select(e => (e.Kind, e.Country)));
        await AtTheBankAsync(pay);
        Assert.Equal("done", Type(await SendAsync(pay, Look)));
    }

    [Fact]
    public async Task MZ_48_TaxWithinThePrice_IsTheShownPrice_AndPlacedAtOnceWithItsCountry()
    {
        await PublishAsync(ByCountry(included: true));
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        Assert.Null(page.Find("plus-tax"));
        IsWrong(await SendAsync(page, Choose), "Country", "choose your country");
        Assert.Equal("$7.00", (await SendAsync(page, Choose, fields: ("Country", "DE"))).Text("due-money"));
        var order = await OrderAsync(product);
        Assert.Equal((700L, 112L, "DE"), (order.DueMinor, order.TaxMinor, order.BuyerCountry));
    }

    [Fact]
    public async Task MZ_48_Business_NamesItsTaxId_AndOwesTheTaxItself()
    {
        await PublishAsync(ByCountry());
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var page = await OpenAsync(stall, product);
        IsWrong(await SendAsync(page, Choose, fields: [("Country", "FR"), ("TaxId", "nonsense")]), "TaxId", "tax ID");
        IsWrong(await SendAsync(page, Choose, fields: [("Country", "FR"), ("TaxId", "FR12345678901")]), "BillTo", "business");
        Assert.Equal("$7.00", (await SendAsync(page, Choose, fields: [("Country", "FR"), ("TaxId", "FR12345678901"), ("BillTo", "A firm")])).Text("due-money"));
        var order = await OrderAsync(product);
        Assert.Equal((true, 700L, "FR12345678901"), (order.ReverseCharge, order.DueMinor, order.BuyerTaxId));
    }

    [Fact]
    public async Task MZ_52_RateThatRoseAfterThePriceWasShown_ChargesNothing_AndShowsTheNewPrice()
    {
        await PublishAsync(ByCountry());
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall);
        var confirm = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Country", "DE"));
        await PublishAsync(ByCountry(german: 210_000));
        var again = await SendAsync(confirm, Confirm);
        Assert.Equal((HttpStatusCode.BadRequest, "$8.47", 0), (again.Status, again.Text("due-money"), await SoldAsync(product)));
        Assert.NotNull(again.Error);
        await SendAsync(again, Confirm);
        Assert.Equal(847, (await OrderAsync(product)).DueMinor);
    }

    [Fact]
    public async Task MZ_48_RuleThatAsksTheCountrySinceThePageWasShown_AsksItThen_AndKeepsTheAmount()
    {
        await PublishAsync(new TaxTerms { Mode = "one", Included = false, Rates = [new TaxRate { Country = "any", Category = "standard", RatePpm = 100_000 }] });
        var stall = await OpenStallAsync();
        var product = await SellAsync(stall, custom: true);
        var confirm = await SendAsync(await OpenAsync(stall, product), Choose, fields: ("Amount", "12.30"));
        Assert.Equal("$13.53", confirm.Text("due-money"));
        await PublishAsync(ByCountry());
        var asked = await SendAsync(confirm, Confirm);
        IsWrong(asked, "Country", "choose your country");
        Assert.Equal(("12.30", 0), (asked.Value("Amount"), await SoldAsync(product)));
        Assert.Equal("$14.64", (await SendAsync(asked, Choose, fields: ("Country", "DE"))).Text("due-money"));
    }

    [Fact]
    public async Task MZ_48_Back_KeepsWhatWasTyped_AlsoWithoutACookie()
    {
        await PublishAsync(ByCountry());
        var stall = await OpenStallAsync();
        var confirm = await SendAsync(
            await OpenAsync(stall, await SellAsync(stall, custom: true)), Choose, fields: [("Country", "DE"), ("Amount", "12.30"), ("Email", "luna@example.org")]);
        var request = confirm.Submission(Confirm, "Back", []);
        request.Headers.Add("Origin", "https://localhost");
        var back = await Page.ReadAsync(await Shop.NewVisitor().AskAsync(request));
        Assert.Equal((HttpStatusCode.OK, "DE", "12.30", "luna@example.org"), (back.Status, back.Value("Country"), back.Value("Amount"), back.Value("Email")));
        Assert.Equal("$12.30", (await SendAsync(back, Choose, fields: ("Country", "US"))).Text("due-money"));
    }
}

public sealed class FrameTaxTests_Sqlite(SqliteDatabase database) : FrameTaxTests(database), IClassFixture<SqliteDatabase>;

public sealed class FrameTaxTests_Postgres(PostgresDatabase database) : FrameTaxTests(database), IClassFixture<PostgresDatabase>;
