using System.Net;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>Links that name whom a gift is for, the page of one's circle that is made of them, and what finding out about recipients is bounded by.</summary>
public abstract class GiftLinkTests(TestDatabase database) : BuyingTests(database)
{
    private const string Main = "www.shop.example";

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?> { ["Shop:OtherHosts:0"] = Main, ["AllowedHosts"] = $"localhost;{Main}" },
    };

    [Fact]
    public async Task DW_43_GiftLink_KeepsItsRecipientThroughTheShopAndSigningIn()
    {
        var (_, friend) = await MemberAsync();
        var (_, name) = await MemberAsync();
        var visitor = Shop.NewVisitor();
        var front = await visitor.GetAsync($"/?for={friend}");
        Assert.Contains(friend, front.Text("gift-for"), StringComparison.Ordinal);
        var product = await visitor.GetAsync(front.Document.QuerySelector("[data-sku=paid1] .what a")!.GetAttribute("href")!);
        Assert.Equal((friend, $"/?for={friend}"), (product.Value("Recipient"), product.Document.QuerySelector("main a")!.GetAttribute("href")));

        var login = await visitor.GetAsync(product.Document.QuerySelector("main a[href*=login]")!.GetAttribute("href")!);
        var register = login.Document.QuerySelector("main a[href*=register]")!.GetAttribute("href")!;
        Assert.Contains(Uri.EscapeDataString($"for={friend}"), register, StringComparison.Ordinal);
        var back = await visitor.SubmitAsync(login, ("UserName", name), ("Password", ShopHost.Password));
        Assert.Equal(($"/shop/paid1?for={friend}", friend), (back.Address.PathAndQuery, back.Value("Recipient")));
        var cart = await visitor.SubmitAsync(await visitor.GetAsync($"/?for={friend.ToUpperInvariant()}"), "[data-sku=paid2] form", null);
        Assert.Equal(friend, cart.Text("line-recipient"));
    }

    [Fact]
    public async Task DW_43_NameThatNobodyHasOrWhoTakesNothing_IsSaidKindly_AndNobodyIsPreset()
    {
        var (friendly, friend) = await MemberAsync();
        var (visitor, name) = await MemberAsync();
        await friendly.SubmitAsync(await friendly.GetAsync("/account/settings"), "form[action*=Ban]", null, ("Name", name));
        foreach (var (who, words) in new[] { ("nobody_at_all", "Nobody here is called “nobody_at_all”"), (friend, $"“{friend}” takes no gifts from you.") })
        {
            var front = await visitor.GetAsync($"/?for={who}");
            Assert.Contains(words, front.Text("gift-for-nobody"), StringComparison.Ordinal);
            Assert.DoesNotContain("for=", front.Document.QuerySelector("[data-sku=paid1] .what a")!.GetAttribute("href"), StringComparison.Ordinal);
            IsWrong(await visitor.GetAsync($"/shop/paid1?for={who}"), "Recipient", words, HttpStatusCode.OK);
        }

        Assert.Null((await visitor.GetAsync($"/?for={name}")).Find("gift-for"));
    }

    [Theory]
    [InlineData("/?for=friend", "GET", 302, "https://localhost/?for=friend")]
    [InlineData("/shop/paid1?for=friend&x=a%20b", "GET", 302, "https://localhost/shop/paid1?for=friend&x=a%20b")]
    [InlineData("//evil.example/?for=friend", "GET", 302, "https://localhost//evil.example/?for=friend")]
    [InlineData("/cart?handler=Discard", "POST", 303, "https://localhost/cart?handler=Discard")]
    [InlineData("/health/live", "GET", 200, null)]
    public async Task DF_43_OtherHost_LeadsToTheShopsOwn_WithPathQueryAndRecipient(string path, string method, int status, string? to)
    {
        var answer = await Shop.NewVisitor().AskAsync(new HttpRequestMessage(new HttpMethod(method), new Uri($"https://{Main}{path}")));
        Assert.Equal((status, to), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Fact]
    public async Task DW_42_Circle_HasLinksByWhatEachTakes_AndIsChangedOnItsPage()
    {
        var ((mutual, friend), (banning, closed)) = (await MemberAsync(), await MemberAsync());
        var (visitor, name) = await MemberAsync();
        await mutual.SubmitAsync(await mutual.GetAsync("/account/circle"), "form[action*=Add]", null, ("Name", name));
        await banning.SubmitAsync(await banning.GetAsync("/account/settings"), "form[action*=Ban]", null, ("Name", name));
        var page = await visitor.GetAsync("/account/circle");
        foreach (var other in new[] { friend, closed })
        {
            page = await visitor.SubmitAsync(page, "form[action*=Add]", null, ("Name", other));
        }

        IsWrong(await visitor.SubmitAsync(page, "form[action*=Add]", null, ("Name", "nobody_at_all")), "Name", "Nobody here is called");
        string[] links = [.. page.Document.QuerySelectorAll("[data-group=never_paid_people] a").Select(a => a.GetAttribute("href")!)];
        Assert.Equal([$"/?for={friend}", $"/shop/points?for={friend}", $"/account/points/transfer?for={friend}"], links);
        Assert.Equal(closed, page.Document.QuerySelector("[data-group=closed] [data-testid=circle-row]")?.GetAttribute("data-name"));
        Assert.Empty(page.Document.QuerySelectorAll("[data-group=closed] a"));
        Assert.Equal(friend, (await visitor.GetAsync(links[1])).Value("Recipient"));
        page = await visitor.SubmitAsync(page, $"[data-name={friend}] form", null);
        Assert.Null(page.Document.QuerySelector($"[data-name={friend}]"));
    }

    /// <summary>Whether a day fits depends on the recipient's end: who tries one after the other could find it.</summary>
    [Fact]
    public async Task DW_38_SeventhDayTriedForOneRecipient_IsNotLookedAt_AndAnotherRecipientIs()
    {
        var ((_, friend), (_, other)) = (await MemberAsync(), await MemberAsync());
        var (visitor, _) = await MemberAsync();
        var form = await visitor.GetAsync("/shop/paid1");
        for (var i = 1; i <= 7; i++)
        {
            var day = Days.Text(Days.Of(Now).AddDays(10 + i));
            var page = await visitor.SubmitAsync(form, ("Recipient", i % 2 == 0 ? friend : friend.ToUpperInvariant()), ("DeliverOn", day), ("Note", "n"));
            Assert.Equal(i == 7, page.Wrong("DeliverOn")?.Contains("try again tomorrow", StringComparison.Ordinal) ?? false);
        }

        Assert.Null((await visitor.SubmitAsync(form, ("Recipient", other), ("DeliverOn", Days.Text(Days.Of(Now).AddDays(3))))).Error);
    }
}

public sealed class GiftLinkTests_Sqlite(SqliteDatabase database) : GiftLinkTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftLinkTests_Postgres(PostgresDatabase database) : GiftLinkTests(database), IClassFixture<PostgresDatabase>;
