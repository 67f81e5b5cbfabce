using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What members see of their own: standing, orders, points; and what buying does to a standing.</summary>
public abstract class MemberPagesTests(TestDatabase database) : BuyingTests(database)
{
    private async Task GrantAsync(string name, string accountClass, int months)
    {
        var id = await IdAsync(name);
        await WriteAsync(async (db, token) => await Shop.Services.GetRequiredService<MembershipLedger>().GrantAsync(
            db, new GrantRequest(id, $"test:{name}:{Now.Ticks}", MembershipEventKind.Grant, new TimeGrant(accountClass, months, 0), Now, 1), token));
    }

    [Fact]
    public async Task DW_80_NeverPaid_IsSaid()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.GetAsync("/account");
        Assert.Equal(("free", null), (page.Text("member-class"), page.Instant("member-until")));
        Assert.Contains("has never had paid time", page.Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_80_Lapsed_IsToldApartFromNeverPaid()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        Shop.Clock.Advance(TimeSpan.FromDays(40));
        var page = await (await Shop.SignInAsync(name)).GetAsync("/account");
        Assert.Equal(("free", null), (page.Text("member-class"), page.Instant("member-until")));
        Assert.Contains("Its paid time ran out on", page.Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_80_Permanent_HasNoEnd()
    {
        var (visitor, name) = await MemberAsync();
        await GrantAsync(name, "seed", 0);
        var page = await visitor.GetAsync("/account");
        Assert.Equal(("seed", null), (page.Text("member-class"), page.Instant("member-until")));
        Assert.Contains("for good", page.Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_80_Permanent_TakesNoMoreTime()
    {
        var (visitor, name) = await MemberAsync();
        await GrantAsync(name, "seed", 0);
        IsWrong(await visitor.AddAsync("paid1"), "Recipient", "never runs out");
    }

    [Fact]
    public async Task DW_80_EndOfTheLastDay_NamesTheHourInTheReadersZoneAndUtcForMachines()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        var request = new HttpRequestMessage(HttpMethod.Get, "/account");
        request.Headers.Add("Cookie", "zone=Asia/Tokyo");
        var until = Now.AddMonths(1);
        var page = await visitor.SendAsync(request);
        Assert.Equal(until, page.Instant("member-until"));
        Assert.Equal(string.Create(CultureInfo.GetCultureInfo("en-US"), $"{until.AddHours(9):MMMM d, yyyy, h:mm tt} UTC+9").Replace('\u202f', ' '), page.Text("member-until")?.Replace('\u202f', ' '));
    }

    /// <summary>In April, because a month counted from today and the rest added to it would end a day earlier.</summary>
    [Fact]
    public async Task DW_81_SameClassAgain_ExtendsByCalendarMonthsFromTheEnd()
    {
        var april = new DateTimeOffset(Now.Year, 4, 15, 12, 0, 0, TimeSpan.Zero);
        Shop.Clock.Advance((april > Now ? april : april.AddYears(1)) - Now);
        var (visitor, name) = await MemberAsync();
        var first = (await visitor.BuyAsync("paid1")).Instant("line-until")!.Value;
        Shop.Clock.Advance(TimeSpan.FromDays(5));
        visitor = await Shop.SignInAsync(name);
        await visitor.BuyAsync("paid1");
        Assert.Equal(first.AddMonths(1), (await visitor.GetAsync("/account")).Instant("member-until"));
    }

    [Fact]
    public async Task DW_82_PaidToPremium_KeepsSeventyPercentAsThePageSaidBefore()
    {
        var (visitor, name) = await MemberAsync();
        var end = (await visitor.BuyAsync("paid6")).Instant("line-until")!.Value;
        Shop.Clock.Advance(TimeSpan.FromDays(30));
        visitor = await Shop.SignInAsync(name);
        var kept = (long)(end - Now).TotalSeconds * 7 / 10;
        var said = (await visitor.AddAsync("prem6")).Instant("line-until");
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");

        Assert.Equal(Now.AddSeconds(kept).AddMonths(6), said);
        Assert.Equal((said, "premium"), (receipt.Instant("line-until"), (await visitor.GetAsync("/account")).Text("member-class")));
    }

    [Fact]
    public async Task DW_82_PaidMonthsOnPremium_AddTwentyOneDaysEach()
    {
        var (visitor, _) = await MemberAsync();
        var end = (await visitor.BuyAsync("prem6")).Instant("line-until")!.Value;
        var refused = await visitor.AddAsync("paid12");
        IsWrong(refused, "Recipient", "much time of a higher class left");
        Shop.Clock.Advance(end - Now - TimeSpan.FromDays(10));
        visitor = await Shop.SignInAsync((await ReadAsync(db => db.Users.OrderByDescending(m => m.Id).Select(m => m.UserName!).FirstAsync(Cancel))));

        await visitor.SubmitAsync(await visitor.AddAsync("paid12"), ("Consent", "true"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal(end.AddSeconds(21_772_800), receipt.Instant("line-until"));
        Assert.Equal("premium", (await visitor.GetAsync("/account")).Text("member-class"));
    }

    [Fact]
    public async Task DW_75_History_ShowsReferenceDateTotalMethodStateAndLink()
    {
        var (visitor, _) = await MemberAsync(points: 40);
        await visitor.AddAsync("paid2", ("Quantity", "1"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        var row = Assert.Single((await visitor.GetAsync("/account/orders")).Document.QuerySelectorAll("tbody tr"));
        Assert.Equal(
            (receipt.Text("order-reference"), $"{Now:yyyy-MM-dd}", "$5.00", "($3.00 + 20 points)", "fulfilled", $"/orders/{receipt.Number()}"),
            (row.QuerySelector("[data-testid=order-reference]").Words(), row.QuerySelector("time")!.GetAttribute("datetime")![..10], row.QuerySelector("[data-testid=order-total]").Words(),
                row.QuerySelector(".amount .soft").Words(), row.QuerySelector("[data-testid=order-state]")!.GetAttribute("data-state"), row.QuerySelector("a")!.GetAttribute("href")));
        Assert.Contains("Sandbox bank", row.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_75_History_IsPagedFilteredAndSorted()
    {
        var (visitor, name) = await MemberAsync(points: 1350);
        await PlaceManyAsync(name, 23);
        await visitor.AddAsync("paid12");
        await visitor.PlaceAsync();

        var first = await visitor.GetAsync("/account/orders");
        var second = await visitor.GetAsync(first.Document.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Equal((20, 24), (Numbers(first).Count, Numbers(first).Concat(Numbers(second)).Distinct().Count()));

        var waiting = await visitor.SubmitAsync(first, "form.filter", null, ("state", "awaiting_payment"));
        Assert.Equal(["awaiting_payment"], waiting.All("order-state").Select(s => s.GetAttribute("data-state")));

        var totals = (await visitor.GetAsync("/account/orders?sort=lowest_total")).All("order-total").Select(t => decimal.Parse(t.Words().TrimStart('$'), CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(totals.Order(), totals);
        Assert.True(totals.Distinct().Count() > 1);
        Assert.Equal(Numbers(first)[0], Numbers(await visitor.GetAsync("/account/orders?sort=oldest&page=2"))[^1]);
    }

    [Theory]
    [InlineData("state=nothing&sort=nothing&page=nothing")]
    [InlineData("state=&sort=&page=-1")]
    [InlineData("state=1&sort=2&page=99999999999")]
    [InlineData("state=paid'--&sort=newest;&page=1e3")]
    public async Task DW_75_History_PassesOverWordsThatMeanNothing(string query)
    {
        var (visitor, _) = await MemberAsync(points: 30);
        await visitor.AddAsync("paid1");
        await visitor.PlaceAsync();
        Assert.Single(Numbers(await visitor.GetAsync($"/account/orders?{query}")));
    }

    [Fact]
    public async Task DW_75_History_ShowsNobodyElsesOrders()
    {
        var (other, _) = await MemberAsync();
        await other.BuyAsync("paid1");
        var (visitor, _) = await MemberAsync();
        Assert.Empty(Numbers(await visitor.GetAsync("/account/orders")));
    }

    [Fact]
    public async Task DW_50_Points_EveryChangeIsARowWithReasonAndBalance()
    {
        var (visitor, _) = await MemberAsync(points: 80);
        await visitor.AddAsync("paid2");
        await visitor.PlaceAsync();
        var page = await visitor.GetAsync("/account/points");
        var rows = page.Document.QuerySelectorAll("tbody tr").Select(row => row.QuerySelectorAll("td").Skip(1).Select(Visits.Words).ToArray()).ToList();
        Assert.Equal("30 points", page.Text("points-balance"));
        Assert.Equal(["30", "80"], rows.Select(row => row[2]));
        Assert.Equal(["\u221250", "+80"], rows.Select(row => row[1]));
    }

    private static List<string> Numbers(Page history) => [.. history.All("order-number").Select(link => link.GetAttribute("href")!)];

    /// <summary>Orders for points, of one to three months (1,350 points for 23), with the clock going on: ten in ten minutes are the most a buyer may place.</summary>
    private async Task PlaceManyAsync(string name, int count)
    {
        var buyer = new Buyer(await IdAsync(name), null);
        var checkout = Shop.Services.GetRequiredService<Checkout>();
        for (var i = 0; i < count; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromMinutes(2));
            await Shop.Services.GetRequiredService<Carts>().AddAsync(buyer, new AddToCart("paid1", 1 + (i % 3), null, null), Cancel);
            var view = await Shop.ReadAsync((db, token) => checkout.ViewAsync(db, buyer, token), Cancel);
            Assert.IsType<PlaceResult.Placed>(await checkout.PlaceAsync(
                new PlaceOrder { Buyer = buyer, Provider = PayMethod.Points, Shown = view.Cart.Shown, Culture = "en-US" }, Cancel));
        }
    }
}

public sealed class MemberPagesTests_Sqlite(SqliteDatabase database) : MemberPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class MemberPagesTests_Postgres(PostgresDatabase database) : MemberPagesTests(database), IClassFixture<PostgresDatabase>;
