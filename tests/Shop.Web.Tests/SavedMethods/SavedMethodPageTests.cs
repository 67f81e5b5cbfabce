using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Display;
using Shop.Web.Tests.Buying;
using Shop.Web.Texts;

namespace Shop.Web.Tests.SavedMethods;

/// <summary>Kept cards as a buyer meets them: ticking, one click, the page of the account. At the sandbox's bank.</summary>
public abstract class SavedMethodPageTests(TestDatabase database) : BuyingTests(database)
{
    private const string Visa = "Visa ending in 4242, expires 12/2028";

    /// <summary>A member who ticked, paid, and has this kind of card now.</summary>
    private async Task<(Visitor Visitor, string Name)> OwnerAsync(string card = "ok")
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var bank = await visitor.PlaceAsync(("Save", "true"));
        var receipt = await visitor.SubmitAsync(bank, "main form", "ok", ("card", card));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        return (visitor, name);
    }

    private static string Choice(Page checkout) => checkout.Find("saved-method")!.QuerySelector("input")!.GetAttribute("value")!;

    private async Task<Page> OneClickAsync(Visitor visitor)
    {
        await visitor.AddAsync("paid2");
        return await visitor.PlaceAsync();
    }

    [Fact]
    public async Task ST_15_Tick_IsThereForMembersAndUnticked()
    {
        var (member, _) = await MemberAsync();
        await member.AddAsync("paid1");
        var tick = (await member.GetAsync("/checkout")).Find("save-card")!;
        Assert.Equal(("checkbox", false), (tick.GetAttribute("type"), tick.HasAttribute("checked")));
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        Assert.Null((await visitor.GetAsync("/checkout")).Find("save-card"));
    }

    [Fact]
    public async Task ST_15_Unticked_NothingIsKept_ST_25_NoListIsShown()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        await visitor.AddAsync("paid2");
        Assert.Empty((await visitor.GetAsync("/checkout")).All("saved-method"));
        Assert.Empty((await visitor.GetAsync("/account/payment-methods")).All("payment-method"));
    }

    [Fact]
    public async Task ST_23_Kept_IsShownInTheseWordsWithAHandleOfOurOwn()
    {
        var (visitor, name) = await OwnerAsync();
        await visitor.AddAsync("paid2");
        var checkout = await visitor.GetAsync("/checkout");
        Assert.Equal(Visa, checkout.Text("saved-method"));
        var reference = await ReadAsync(db => db.StoredMethods.Where(m => db.Users.Any(u => u.Id == m.MemberId && u.UserName == name)).Select(m => m.Reference).SingleAsync(Cancel));
        Assert.DoesNotContain(reference, checkout.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(reference, (await visitor.GetAsync("/account/payment-methods")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("visa", "4242", "2030-08-31", "Visa ending in 4242, expires 08/2030")]
    [InlineData("VISA", "4242", null, "Visa ending in 4242")]
    [InlineData("moonbank", "0005", "2030-11-30", "Card ending in 0005, expires 11/2030")]
    [InlineData("paypal", null, null, "PayPal")]
    [InlineData("moonbank", null, null, "Stored account")]
    public void ST_23_Words_OfEachKind(string brand, string? last4, string? expires, string words)
    {
        var texts = Shop.Services.GetRequiredService<IStringLocalizer<CheckoutTexts>>();
        Assert.Equal(words, texts.Of(new SavedMethodView("h", "p", brand, last4, expires is null ? null : DateOnly.Parse(expires, null), false, false)));
    }

    [Fact]
    public async Task ST_26_OneClick_PlacesChargesAndDeliversInOnePost()
    {
        var (visitor, _) = await OwnerAsync();
        var receipt = await OneClickAsync(visitor);
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task MF_10_DW_68_DF_17_SavedCardDeclined_SaysWhyAndTheOrderIsPaidAnotherWay()
    {
        var (visitor, _) = await OwnerAsync("declined");
        var pay = await OneClickAsync(visitor);
        Assert.Contains("declined without giving a reason", pay.Error, StringComparison.Ordinal);
        Assert.Equal("1 item", pay.Text("cart-count"));
        var bank = await visitor.SubmitAsync(pay, "main form", null, ("Provider", "sandbox"));
        Assert.Equal("fulfilled", (await visitor.PressAsync(bank, "ok")).Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task MZ_51_DeclinedCard_SaysSoOnThatCard_AndAnotherIsPickedOrAdded()
    {
        var (visitor, _) = await OwnerAsync("declined");
        var bad = Choice(await CheckoutAsync());
        await visitor.PressAsync(await visitor.SubmitAsync(await visitor.GetAsync("/account/payment-methods"), "#add", null, ("Provider", "sandbox")), "ok");
        var pay = await visitor.PlaceAsync(("Provider", bad));

        var cards = pay.All("saved-method");
        Assert.Equal(2, cards.Count);
        var declined = Assert.Single(cards, card => card.QuerySelector("[data-testid=declined-method]") is not null);
        Assert.Equal(bad, declined.QuerySelector("input")!.GetAttribute("value"));
        var words = declined.QuerySelector("[data-testid=declined-method]")!;
        Assert.Contains("declined", words.TextContent, StringComparison.Ordinal);
        Assert.Equal(words.Id, declined.QuerySelector("input")!.GetAttribute("aria-describedby"));

        // a new one, kept or not; the way back; another kept one
        Assert.Contains(pay.All("pay-method"), way => way.GetAttribute("data-provider") == "sandbox");
        Assert.NotNull(pay.Find("save-card"));
        Assert.Equal("/cart", pay.Document.QuerySelector("main a[href='/cart']")?.GetAttribute("href"));
        var other = Assert.Single(cards, card => card != declined).QuerySelector("input")!.GetAttribute("value")!;
        Assert.Equal("fulfilled", (await visitor.SubmitAsync(pay, "main form", null, ("Provider", other))).Find("order-state")?.GetAttribute("data-state"));

        async Task<Page> CheckoutAsync()
        {
            await visitor.AddAsync("paid2");
            return await visitor.GetAsync("/checkout");
        }
    }

    [Fact]
    public async Task ST_10_SavedCardAsksWhoItIs_LeadsToTheBankAndBack()
    {
        var (visitor, _) = await OwnerAsync("authenticate");
        var bank = await OneClickAsync(visitor);
        Assert.StartsWith("/sandbox/pay/", bank.Address.AbsolutePath, StringComparison.Ordinal);
        Assert.Equal("fulfilled", (await visitor.PressAsync(bank, "passed")).Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task ST_27_CardOfSomebodyElse_Is404EverywhereAndTheBankHearsNothing()
    {
        var (owner, _) = await OwnerAsync();
        await owner.AddAsync("paid2");
        var choice = Choice(await owner.GetAsync("/checkout"));
        var (stranger, name) = await MemberAsync();
        await stranger.AddAsync("paid1");
        var handle = choice["saved:".Length..];
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PlaceAsync(("Provider", choice))).Status);
        Assert.Equal(0, await OrdersOfAsync(name));
        foreach (var handler in new[] { "Remove", "Default", "Ask" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"/account/payment-methods?handler={handler}", ("Method", handle))).Status);
        }

        await stranger.PlaceAsync();
        var number = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"/checkout/{number}/pay", ("Provider", choice))).Status);
    }

    [Fact]
    public async Task ST_24_ExpiredCard_IsShownAndCannotBeChosen()
    {
        var (visitor, name) = await OwnerAsync();
        await WriteAsync((db, token) => db.StoredMethods.Where(m => db.Users.Any(u => u.Id == m.MemberId && u.UserName == name))
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.ExpiresOn, new DateOnly(2020, 1, 31)), token));
        await visitor.AddAsync("paid2");
        var checkout = await visitor.GetAsync("/checkout");
        Assert.Contains("has expired", checkout.Text("saved-method"), StringComparison.Ordinal);
        Assert.True(checkout.Find("saved-method")!.QuerySelector("input")!.HasAttribute("disabled"));
        var refused = await visitor.PlaceAsync(("Provider", Choice(checkout)));
        IsWrong(refused, "Provider", "has expired");
    }

    [Fact]
    public async Task MZ_57_MZ_25_ST_20_ST_30_ST_29_Account_ListsAddsMakesDefaultAndDeletes()
    {
        var (visitor, name) = await OwnerAsync();
        var bank = await visitor.SubmitAsync(await visitor.GetAsync("/account/payment-methods"), "#add", null);
        var list = await visitor.PressAsync(bank, "authenticate");
        Assert.Equal("Kept: Visa ending in 3155, expires 12/2028", list.News);
        Assert.Equal(2, list.All("payment-method").Count);
        Assert.Contains("3155", list.Find("default-method")!.ParentElement!.TextContent, StringComparison.Ordinal);
        await visitor.AddAsync("paid2");
        var first = (await visitor.GetAsync("/checkout")).All("saved-method")[0];
        Assert.Contains("3155", first.TextContent, StringComparison.Ordinal); // MZ-25: first, and chosen
        Assert.True(first.QuerySelector("input")!.HasAttribute("checked"));

        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        list = await visitor.SubmitAsync(list, "form:has([formaction*=Default])", "Use by default");
        Assert.Contains("4242", list.Find("default-method")!.ParentElement!.TextContent, StringComparison.Ordinal);

        var ask = await visitor.SubmitAsync(list, "[data-testid=payment-method] form", "Remove");
        Assert.Contains("4242", ask.Main(), StringComparison.Ordinal);
        list = await visitor.SubmitAsync(ask);
        Assert.Contains("3155", Assert.Single(list.All("payment-method")).TextContent, StringComparison.Ordinal);
        await Shop.WorkAsync(Cancel);
        Assert.Equal(1, await OrdersOfAsync(name));
        Assert.True(await ReadAsync(db => db.Outbox.AllAsync(o => o.Kind != OutboxKinds.ForgetMethod || o.DoneAt != null, Cancel)));
    }
}

public sealed class SavedMethodPageTests_Sqlite(SqliteDatabase database) : SavedMethodPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class SavedMethodPageTests_Postgres(PostgresDatabase database) : SavedMethodPageTests(database), IClassFixture<PostgresDatabase>;
