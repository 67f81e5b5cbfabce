using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Fees;

/// <summary>What everybody sees of fees, and what the desk sees of those really taken.</summary>
public abstract class FeesPageTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task FEES_M4_Page_HasAPlotWithItsTable()
    {
        var page = await Shop.NewVisitor().GetAsync("/about/fees");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("advisory", page.Main(), StringComparison.Ordinal);
        var rows = page.Find("fee-table")!.QuerySelectorAll("tbody tr").Select(row => row.Words()).ToList();
        Assert.Contains("$3.00 $0.39 (13.00 %)", rows);
        Assert.Contains("$25.00 $1.03 (4.12 %)", rows);
        Assert.Contains("$200.00 $6.10 (3.05 %)", rows);
        Assert.Equal(rows.Count, page.Find("fee-plot")!.QuerySelectorAll("rect").Length);
    }

    [Fact]
    public async Task FEES_M2_Page_HasTheRatesAndEachMetricInWords()
    {
        var page = await Shop.NewVisitor().GetAsync("/about/fees");
        Assert.Equal("Sandbox bank 2.90 % $0.30 – any nothing", page.All("fee-terms").Single().Words());
        var words = page.Find("fees-words")!;
        Assert.Equal(
            ["Of your money", "Amounts", "Range", "Keeping", "Promise", "Points", "Who pays the fee", "Refunds", "Anonymity", "Not included"], words.QuerySelectorAll("dt").Select(t => t.Words()));
        Assert.Contains("From $4.23 on, no service keeps more than a tenth.", words.Words(), StringComparison.Ordinal);
        Assert.Contains("disputes", page.Text("fees-excluded"), StringComparison.Ordinal);
        Assert.Contains(Now.Year.ToString(CultureInfo.InvariantCulture), page.Text("fees-at"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FEES_M5_Page_SaysWhatAYearCosts()
    {
        var page = await Shop.NewVisitor().GetAsync("/about/fees");
        var years = page.Find("fees-years")!.QuerySelectorAll("tbody tr").Select(row => row.Words()).ToList();
        Assert.Contains(years, row => row.EndsWith("$3.00 $36.00", StringComparison.Ordinal));
        Assert.Contains(years, row => row.EndsWith("$25.00 $25.00", StringComparison.Ordinal));
        Assert.StartsWith("Points never run out.", page.Text("fees-upkeep"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FEES_M6_Page_SaysUntilWhenNoPriceGoesUp()
    {
        var until = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(30);
        var rules = Shop.Services.GetRequiredService<RuleBook>();
        await WriteAsync(async (db, token) =>
        {
            var terms = await rules.GetAsync<FeeTerms>(db, await rules.CurrentAsync(db, token), token);
            return await rules.PublishAsync(db, [terms with { PricesUntil = until }], null, "test", Now, token);
        });
        var page = await Shop.NewVisitor().GetAsync("/about/fees");
        Assert.StartsWith("No price goes up until", page.Text("fees-assured"), StringComparison.Ordinal);
        Assert.StartsWith(until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), page.Find("fees-assured")!.QuerySelector("time")!.GetAttribute("datetime")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FEES_M4_FileForPrograms_HasTheSameFigures()
    {
        var file = await Shop.NewVisitor().AskAsync(new HttpRequestMessage(HttpMethod.Get, "/.well-known/fee-metrics.json"));
        Assert.Equal("application/json", file.Content.Headers.ContentType!.MediaType);
        var json = JsonNode.Parse(await file.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(("fees shop", "USD"), (json["tool"]!.ToString(), json["currency"]!.ToString()));
        Assert.Contains(json["metrics"]!["M2"]!["prices"]!.AsArray(), row => (row!["price"]!.ToString(), row["fee"]!.ToString(), row["feePct"]!.ToString()) == ("25.00", "1.03", "4.120"));
    }

    [Fact]
    public async Task FEES_M8_Cart_HasALineOfWhatTheBuyerBears()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        foreach (var page in new[] { "/cart", "/checkout" })
        {
            Assert.Equal("$0.00", (await visitor.GetAsync(page)).Text("fees-borne"));
        }
    }

    [Fact]
    public async Task Desk_SaysWhatFeesMeanForPrices()
    {
        var desk = await (await Shop.SignInAsync("admin")).GetAsync("/admin/payments");
        Assert.Equal("Sandbox bank: below $4.23 more than a tenth of the price is kept. That is so for $1.00, $2.00, $3.00.", desk.Text("fees-below"));
        Assert.Equal("Sandbox bank: $20.00 paid at once instead of 10 times $2.00 saves $2.72 in fees.", desk.Text("fees-joined"));
    }

    [Fact]
    public async Task FEES_M10_Desk_HoldsRealFeesAgainstThePromisedOnes()
    {
        var (buyer, name) = await MemberAsync();
        await buyer.BuyAsync("paid12");
        var id = await IdAsync(name);
        await SetFeeAsync(103);
        var row = (await (await Shop.SignInAsync("admin")).GetAsync("/admin/payments")).All("fees-realised").Single();
        Assert.Equal(("$1.03", "$1.03"), (row.QuerySelector("[data-testid=fees-promised]")!.Words(), row.QuerySelector("[data-testid=fees-real]")!.Words()));
        Assert.Null(row.QuerySelector("[data-testid=fees-drift]"));

        await SetFeeAsync(900);
        row = (await (await Shop.SignInAsync("admin")).GetAsync("/admin/payments")).All("fees-realised").Single();
        Assert.Equal("$9.00", row.QuerySelector("[data-testid=fees-real]")!.Words());
        Assert.NotNull(row.QuerySelector("[data-testid=fees-drift]"));

        Task<int> SetFeeAsync(long fee) => WriteAsync((db, token) => db.ProviderPayments
            .Where(p => db.PaymentAttempts.Any(a => a.Id == p.AttemptId && db.Orders.Any(o => o.Id == a.OrderId && o.BuyerId == id)))
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.FeeMinor, fee).SetProperty(p => p.FeeCurrency, "USD"), token));
    }
}

public sealed class FeesPageTests_Sqlite(SqliteDatabase database) : FeesPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class FeesPageTests_Postgres(PostgresDatabase database) : FeesPageTests(database), IClassFixture<PostgresDatabase>;
