using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.SavedMethods;

/// <summary>The pay page with a provider's own card fields: what stands in it, what it may load, and the way without them.</summary>
public abstract partial class CardFieldsTests(TestDatabase database) : BuyingTests(database)
{
    private const string Secret = "pi_1_secret_for_the_owner";

    protected override ShopSettings Settings => new() { Services = services => services.AddSingleton<IPaymentProvider>(host => new CardService(host.GetRequiredService<TimeProvider>())) };

    private CardService Cards => (CardService)Shop.Services.GetRequiredService<PaymentProviders>().Find(new ProviderId(CardService.Id))!;

    private async Task<(Visitor Visitor, Page Pay, Guid Attempt)> AtTheFieldsAsync(params (string, string)[] fields)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var pay = await visitor.PlaceAsync([("Provider", CardService.Id), .. fields]);
        Assert.EndsWith("/pay", pay.Address.AbsolutePath, StringComparison.Ordinal);
        var number = pay.Address.AbsolutePath.Split('/')[2];
        return (visitor, pay, await ReadAsync(db => db.PaymentAttempts.Where(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == number)).Select(a => a.Id).SingleAsync(Cancel)));
    }

    private static string Header(Page page, string name) => string.Join(", ", page.Response.Headers.GetValues(name));

    private static string Policy(Page page) => Nonce().Replace(Header(page, "Content-Security-Policy"), "'nonce-N'");

    [Fact]
    public async Task ST_1_PayPage_HasNoCardFieldOfOursAndScriptsOfThatServiceOnly()
    {
        var (_, pay, _) = await AtTheFieldsAsync();
        Assert.NotNull(pay.Find("card-fields"));
        Assert.DoesNotContain(pay.Document.QuerySelectorAll("main input"), input => input.GetAttribute("type") is null or "text" or "tel" or "number" or "password");
        using var list = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.Path("docs", "payment-page-scripts.json"), Cancel));
        Assert.Equal(
            list.RootElement.GetProperty("scripts").EnumerateArray().Select(s => s.GetProperty("source").GetString()!).Order(StringComparer.Ordinal),
            pay.Document.QuerySelectorAll("script").Select(s => s.GetAttribute("src")!.Split('?')[0]).Order(StringComparer.Ordinal));
    }

    /// <summary>The fields are open: what stands below them is for who wants another way, and is said to be.</summary>
    [Fact]
    public async Task PayPage_BelowOpenFields_OffersAnotherWay_AndAsksNothingAnew()
    {
        var (_, pay, _) = await AtTheFieldsAsync();
        var below = pay.Document.QuerySelector("#Provider legend")!;
        Assert.Equal("Or pay in another way", below.TextContent.Trim());
        Assert.Equal("Change to this way", below.Closest("form")!.QuerySelector("button")!.TextContent.Trim());
        Assert.DoesNotContain("How do you want to pay", pay.Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ST_1_PayPage_HasThePolicyOfSuchPagesToTheLetter()
    {
        var (_, pay, _) = await AtTheFieldsAsync();
        Assert.Equal(
            "default-src 'none'; script-src 'self' 'nonce-N' https://js.stripe.com https://*.js.stripe.com; style-src 'self' 'nonce-N'; img-src 'self' data: https://*.stripe.com; "
            + "font-src 'self'; connect-src 'self' https://api.stripe.com; frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; form-action 'self'; "
            + "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; manifest-src 'self'; report-to csp; report-uri /csp-report",
            Policy(pay));
        Assert.Equal("camera=(), microphone=(), geolocation=(), payment=(self \"https://js.stripe.com\")", Header(pay, "Permissions-Policy"));
        Assert.Equal("same-origin-allow-popups", Header(pay, "Cross-Origin-Opener-Policy"));
    }

    [Fact]
    public async Task ST_1_OtherScriptAddress_IsTheOnlyOneThatThePolicyNames()
    {
        var usual = Cards.Fields;
        Cards.Fields = usual with { PublicData = new Dictionary<string, string>(usual.PublicData) { ["script"] = "https://stand-in.example:8443/v3/" } };
        var (_, pay, _) = await AtTheFieldsAsync();
        Cards.Fields = usual;
        Assert.Contains("script-src 'self' 'nonce-N' https://stand-in.example:8443; ", Policy(pay), StringComparison.Ordinal);
        Assert.DoesNotContain("stripe.com", Policy(pay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_57_WithoutJavaScript_AButtonLeadsToTheHostedPage()
    {
        var (visitor, pay, _) = await AtTheFieldsAsync();
        var hosted = await visitor.SubmitAsync(pay, "form[data-hosted]", null);
        Assert.Equal("https://cards.example/pay", hosted.Document.QuerySelector("main a.button")?.GetAttribute("href"));
        Assert.DoesNotContain("stripe", Policy(hosted), StringComparison.Ordinal);
        Assert.Equal(["cancel", "start"], Cards.Calls.Where(c => c is "cancel" or "start").TakeLast(2));
    }

    [Fact]
    public async Task ST_14_Secret_IsOnTheOwnersPageAloneAndInNoAddress()
    {
        var (visitor, pay, _) = await AtTheFieldsAsync();
        Assert.Equal(1, pay.Body.Split(Secret).Length - 1);
        Assert.Equal(Secret, pay.Find("card-fields")?.GetAttribute("data-secret"));
        var (stranger, _) = await MemberAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(pay.Address.AbsolutePath)).Status);
        Assert.DoesNotContain(Secret, (await visitor.GetAsync("/account/orders")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, string.Concat((await Shop.ContentsAsync(Cancel)).Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ST_11_ReturnThatSaysPaid_IsBelievedInNothing()
    {
        var (visitor, pay, _) = await AtTheFieldsAsync();
        var back = await visitor.GetAsync(
            pay.Address.AbsolutePath.Replace("/pay", "/return", StringComparison.Ordinal) + $"?payment_intent=pi_1&payment_intent_client_secret={Secret}&redirect_status=succeeded");
        Assert.Equal(pay.Address.PathAndQuery, back.Address.PathAndQuery);
        Assert.NotNull(back.Find("card-fields"));
    }

    [Fact]
    public async Task DF_51_Duplicate_IsSaidToBeSubmittedAlready()
    {
        var (visitor, pay, attempt) = await AtTheFieldsAsync();
        Cards.Set(attempt, new PaymentOutcome.Declined(DeclineReason.Duplicate, "duplicate_transaction"));
        var ended = await visitor.GetAsync(pay.Address.AbsolutePath);
        Assert.Contains("already submitted", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("does not accept", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeclineReason.Unspecified, "declined without giving a reason")]
    [InlineData(DeclineReason.Duplicate, "already submitted")]
    [InlineData(DeclineReason.Temporary, "could not answer just now")]
    [InlineData(DeclineReason.MethodInvalid, "does not accept it")]
    public async Task DW_68_EachKindOfRefusal_HasWordsOfItsOwn(DeclineReason reason, string words)
    {
        var (visitor, pay, attempt) = await AtTheFieldsAsync();
        Cards.Set(attempt, new PaymentOutcome.Declined(reason, null));
        Assert.Contains(words, (await visitor.GetAsync(pay.Address.AbsolutePath)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DF_16_FieldsLeft_TheCartLeadsToTheSamePayPageAgain()
    {
        var (visitor, pay, _) = await AtTheFieldsAsync();
        Assert.Equal("1 item", (await visitor.GetAsync("/cart")).Text("cart-count"));
        var again = await visitor.PlaceAsync(("Provider", CardService.Id));
        Assert.Equal(pay.Address.AbsolutePath, again.Address.AbsolutePath);
    }

    [Fact]
    public async Task ST_20_FieldsOfASetup_StandOnAPageOfTheirOwn()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.SubmitAsync(await visitor.GetAsync("/account/payment-methods"), "#add", null, ("Provider", CardService.Id));
        Assert.NotNull(page.Find("card-fields"));
        Assert.Contains("js.stripe.com", Policy(page), StringComparison.Ordinal);
        Cards.FinishSetups();
        Assert.Equal("Kept: Visa ending in 4242, expires 12/2028", (await visitor.GetAsync(page.Address.AbsolutePath)).News);
    }

    [GeneratedRegex("'nonce-[^']+'")]
    private static partial Regex Nonce();
}

public sealed class CardFieldsTests_Sqlite(SqliteDatabase database) : CardFieldsTests(database), IClassFixture<SqliteDatabase>;

public sealed class CardFieldsTests_Postgres(PostgresDatabase database) : CardFieldsTests(database), IClassFixture<PostgresDatabase>;
