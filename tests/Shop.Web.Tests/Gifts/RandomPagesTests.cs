using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>Leaving a recipient to chance, by the pages. The tests share a shop, so each leaves nobody behind whom another could draw.</summary>
public abstract class RandomPagesTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>From now on chance can draw this member or community.</summary>
    private async Task<string> ActiveAsync(string name, int members = 0)
    {
        var id = await IdAsync(name);
        await Shop.Services.GetRequiredService<RandomDesk>().NoteAsync(
            id, new ActivityFacts(Now.AddDays(-400), Now.AddDays(-1), 1234, 5678, 4, 3, members), Cancel);
        return name;
    }

    private Task LeaveAsync(string name) => WriteAsync(async (db, token) =>
    {
        await Activities.OptOutAsync(db, await IdAsync(name), true, 0, token);
        return true;
    });

    private static string Give(Page page, string sku) => page.Document.QuerySelector($"[data-sku={sku}] [data-testid=give]")!.GetAttribute("href")!;

    [Fact]
    public async Task DW_6_DW_77_ShownMember_IsSeenWithWhatTheyDo_ThenBought_AndToldThatChanceDrewThem()
    {
        var drawn = await ActiveAsync((await MemberAsync()).Name);
        var (visitor, name) = await MemberAsync();
        var page = await visitor.GetAsync("/gifts/random");
        Assert.Equal((drawn, "1,234", "5,678"), (page.Text("candidate"), page.Text("candidate-posts"), page.Text("candidate-comments")));
        Assert.Equal((Now.AddDays(-400), Now.AddDays(-1), null), (page.Instant("candidate-created"), page.Instant("candidate-last"), page.Find("candidate-members")));
        var form = await visitor.GetAsync(Give(page, "paid1"));
        Assert.Equal($"{drawn}, drawn at random", form.Text("drawn"));
        Assert.Equal($"{drawn}, drawn at random", (await visitor.SubmitAsync(form, ("Note", "enjoy"))).Text("line-recipient"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal($"{drawn}, drawn at random", receipt.Text("line-recipient"));
        var mail = Assert.Single(await MailsAsync(Address(drawn)));
        Assert.Contains($"{name} let chance choose who gets a gift, and it drew you. You got: 1 month", mail.Text, StringComparison.Ordinal);
        Assert.Null((await visitor.GetAsync("/gifts/random")).Find("candidate")); // has time by now
    }

    [Fact]
    public async Task DW_7_DW_77_DW_97_HiddenMember_IsNamedToStaffAlone()
    {
        var drawn = await ActiveAsync((await MemberAsync()).Name);
        var (visitor, name) = await MemberAsync();
        var pages = new List<Page> { await visitor.GetAsync("/gifts/random?choice=hidden_person") };
        pages.Add(await visitor.GetAsync(Give(pages[0], "paid1")));
        pages.Add(await visitor.SubmitAsync(pages[^1], ("Anonymous", "true")));
        Assert.Equal("somebody drawn at random, hidden from you", pages[^1].Text("line-recipient"));
        pages.Add(await visitor.GetAsync("/checkout"));
        pages.Add(await visitor.PressAsync(await visitor.PlaceAsync(), "ok"));
        Assert.Equal("done,", pages[^1].Text("line-delivery")![..5]);
        var (number, reference) = (pages[^1].Number(), pages[^1].Text("order-reference"));
        pages.Add(await visitor.GetAsync("/account/gifts"));
        pages.Add(await visitor.GetAsync("/account/orders"));
        var json = new HttpRequestMessage(HttpMethod.Get, $"/orders/{number}");
        json.Headers.Accept.ParseAdd("application/json");
        pages.Add(await visitor.SendAsync(json));
        Assert.Contains("\"recipient\":null", pages[^1].Body, StringComparison.Ordinal);
        Assert.All(pages, page => Assert.DoesNotContain(drawn, page.Body + page.Address, StringComparison.Ordinal));
        Assert.All(await MailsAsync(Address(name)), mail => Assert.DoesNotContain(drawn, mail.Text + mail.Html, StringComparison.Ordinal));

        var told = Assert.Single(await MailsAsync(Address(drawn)));
        Assert.Contains("Someone let chance choose who gets a gift, and it drew you.", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(name, told.Text + told.Html, StringComparison.Ordinal);
        var row = (await (await Shop.SignInAsync("admin")).GetAsync("/admin/random")).Document.QuerySelector($"[data-reference='{reference}']")!;
        Assert.Equal(drawn, row.QuerySelector("[data-testid=draw-recipient]")!.TextContent);
    }

    [Fact]
    public async Task DW_8_Community_IsChosenByAnotherList_AndItsMaintainersAreTold()
    {
        var (_, maintainer) = await MemberAsync();
        var community = "c_" + Codes.New(12);
        await WriteAsync(async (db, token) =>
        {
            await Communities.MakeAsync(db, community, Now, token);
            return await Communities.NameAsync(db, community, maintainer, Now, token);
        });
        await ActiveAsync(community, members: 321);
        var (visitor, name) = await MemberAsync();
        Assert.Null((await visitor.GetAsync("/gifts/random")).Find("candidate"));
        var page = await visitor.GetAsync("/gifts/random?choice=shown_community");
        Assert.Equal((community, "321", "/gifts/random?choice=shown_community"), (page.Text("candidate"), page.Text("candidate-members"), page.Find("draw-again")!.GetAttribute("href")));
        await visitor.SubmitAsync(await visitor.GetAsync(Give(page, "paid1")));
        await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Contains($"{name} let chance choose which community gets a gift, and it drew {community}", Assert.Single(await MailsAsync(Address(maintainer))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_9_WhoTakesTheTickAway_IsNotDrawn_AndAnAddressFromBeforeSaysSo()
    {
        var (willing, drawn) = await MemberAsync();
        await ActiveAsync(drawn);
        var (visitor, _) = await MemberAsync();
        var address = Give(await visitor.GetAsync("/gifts/random"), "paid1");
        var settings = await willing.GetAsync("/account/settings");
        Assert.True(settings.Find("can-be-drawn")!.HasAttribute("checked"));
        await willing.SubmitAsync(settings, "form[action*=Random]", null, ("Drawn", ""));
        Assert.False((await willing.GetAsync("/account/settings")).Find("can-be-drawn")!.HasAttribute("checked"));
        var form = await visitor.GetAsync(address);
        Assert.Contains("Please draw again", form.Error, StringComparison.Ordinal);
        Assert.Contains("Please draw again", (await visitor.SubmitAsync(form)).Error, StringComparison.Ordinal);
        var made = await visitor.GetAsync("/shop/paid1?chance=made-up");
        Assert.Contains("Please draw again", (await visitor.SubmitAsync(made)).Error, StringComparison.Ordinal);
        Assert.Contains("nobody whom chance could draw", (await visitor.GetAsync("/gifts/random")).Text("nobody-drawn"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task F6_Staff_SeeAndSetAnAccountsActivity_AndWhatIsWrongIsSaidBesideTheField()
    {
        var (_, name) = await MemberAsync();
        var admin = await Shop.SignInAsync("admin");
        IsWrong(await admin.GetAsync("/admin/activity?name=nobody_at_all"), "Name", "Nobody here is called", HttpStatusCode.OK);
        var page = await admin.GetAsync($"/admin/activity?name={name}");
        Assert.Equal("no", page.Text("can-be-drawn"));
        var (created, last) = (Days.Text(Days.Of(Now).AddDays(-60)), Days.Text(Days.Of(Now)));
        IsWrong(await admin.SubmitAsync(page, "form[method=post][action*=activity]", null, ("Posts", "many")), "Posts", "Entries: give a whole number from 0");
        IsWrong(await admin.SubmitAsync(page, "form[method=post][action*=activity]", null, ("LastPost", Days.Text(Days.Of(Now).AddDays(1)))), "LastPost", "Last entry on: give a day that is not in the future");
        var saved = await admin.SubmitAsync(
            page, "form[method=post][action*=activity]", null,
            ("Created", created), ("LastPost", last), ("Posts", "20"), ("Comments", "5"), ("RecentPosts", "6"), ("RecentComments", "2"));
        Assert.Equal(("yes, with the weight 9", "20", created), (saved.Text("can-be-drawn"), saved.Value("Posts"), saved.Value("Created")));
        await LeaveAsync(name);
        Assert.StartsWith("no: the account", (await admin.GetAsync($"/admin/activity?name={name}")).Text("can-be-drawn"), StringComparison.Ordinal);
    }
}

public sealed class RandomPagesTests_Sqlite(SqliteDatabase database) : RandomPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class RandomPagesTests_Postgres(PostgresDatabase database) : RandomPagesTests(database), IClassFixture<PostgresDatabase>;
