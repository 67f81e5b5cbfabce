using System.Net;
using System.Text.Json;

namespace Shop.Payments.Tests.Sandbox;

public sealed class HostedPageTests : IAsyncLifetime
{
    private readonly StartPayment payment = Some.Payment();
    private BankHost? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Host => host ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync() => host = await BankHost.StartAsync(Cancel);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task Show_Open_NamesAmountSummaryReferenceAndPayee()
    {
        var page = await Host.PageAsync(BankHost.Hosted(await StartAsync()), Cancel);
        Assert.Equal("13.00\u00a0USD", page.QuerySelector("[data-testid=sandbox-amount]")?.TextContent);
        Assert.Equal("K7WQ2M9D", page.QuerySelector("[data-testid=sandbox-reference]")?.TextContent);
        Assert.Contains("1 month of paid time", page.Body?.TextContent, StringComparison.Ordinal);
        Assert.Contains("DreamShop", page.Body?.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1300, "JPY", "en-US", "1,300\u00a0JPY")]
    [InlineData(1300, "KWD", "en-US", "1.300\u00a0KWD")]
    [InlineData(130000, "EUR", "de-DE", "1.300,00\u00a0EUR")]
    public async Task Show_AmountIsWrittenWithItsDecimalsInTheBuyersForm(long minor, string currency, string locale, string shown)
    {
        var started = await Host.Gateway.StartAsync(Host.Provider.Id, payment with { Amount = new Money(minor, Currency.Of(currency)), Locale = locale }, Cancel);
        var page = await Host.PageAsync(BankHost.Hosted(started), Cancel);
        Assert.Equal(shown, page.QuerySelector("[data-testid=sandbox-amount]")?.TextContent);
    }

    [Fact]
    public async Task Show_HasAButtonForEachOutcomeByItsValue()
    {
        var page = await Host.PageAsync(BankHost.Hosted(await StartAsync()), Cancel);
        Assert.Equal(["ok", "declined", "insufficient", "authenticate", "pending", "timeout", "error", "abandon"], page.QuerySelectorAll("form button[name=outcome]").Select(button => button.GetAttribute("value")));
    }

    [Fact]
    public async Task Show_MarkupInTheSummary_IsText()
    {
        var started = await Host.Gateway.StartAsync(Host.Provider.Id, payment with { Summary = "<b id=bold>1 month</b>" }, Cancel);
        var page = await Host.PageAsync(BankHost.Hosted(started), Cancel);
        Assert.Null(page.QuerySelector("#bold"));
        Assert.Contains("<b id=bold>1 month</b>", page.Body?.TextContent, StringComparison.Ordinal);
    }

    // the policies refuse both, and a bank page that needs them would be blank or bare
    [Fact]
    public async Task Show_NeedsNoScriptAndNoInlineStyle()
    {
        var page = await Host.PageAsync(BankHost.Hosted(await StartAsync()), Cancel);
        Assert.Empty(page.QuerySelectorAll("script, style, [style], [onclick]"));
    }

    [Fact]
    public async Task Show_Headers_KeepTheAddressPrivateAndLetTheFormLeadBackToTheShop()
    {
        using var response = await Host.Browser.GetAsync(BankHost.Hosted(await StartAsync()), Cancel);
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.True(response.Headers.CacheControl?.NoStore);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'self' https://localhost;", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_NoSuchPayment_Is404InWords()
    {
        using var response = await Host.Browser.GetAsync("/sandbox/pay/sp_0", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.NotNull((await BankHost.ReadAsync(response, Cancel)).QuerySelector("[data-testid=error][role=alert]"));
    }

    [Fact]
    public async Task Ok_ChargesAndLeadsBackByGet()
    {
        using var response = await Host.PressAsync(BankHost.Hosted(await StartAsync()), "ok", Cancel);
        Assert.Equal((HttpStatusCode.SeeOther, payment.ReturnUrl), (response.StatusCode, response.Headers.Location));
        Assert.Equal(1300, (await ChargesAsync()).Single().GetProperty("amountMinor").GetInt64());
    }

    [Fact]
    public async Task Ok_PressedAgainOnAPageLeftOpen_LeadsBackAndChargesNothingMore()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        using var first = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        using var second = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        Assert.Equal((HttpStatusCode.SeeOther, payment.ReturnUrl), (second.StatusCode, second.Headers.Location));
        Assert.Single(await ChargesAsync());
    }

    [Fact]
    public async Task Abandon_LeadsToTheCancelAddressAndLeavesItPayable()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        using var left = await Host.PressAsync(hosted, "abandon", Cancel);
        Assert.Equal((HttpStatusCode.SeeOther, payment.CancelUrl), (left.StatusCode, left.Headers.Location));
        Assert.Empty(await ChargesAsync());
        using var paid = await Host.PressAsync(hosted, "ok", Cancel);
        Assert.Equal(payment.ReturnUrl, paid.Headers.Location);
    }

    [Fact]
    public async Task Abandon_OnAPageLeftOpenAfterPaying_LeadsToTheReturnAddress()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        using var paid = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        using var left = await Host.SubmitAsync(hosted, "abandon", token, Cancel);
        Assert.Equal(payment.ReturnUrl, left.Headers.Location);
    }

    [Fact]
    public async Task Show_Paid_SaysSoAndOffersTheWayBackOnly()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        using var paid = await Host.PressAsync(hosted, "ok", Cancel);
        var page = await Host.PageAsync(hosted, Cancel);
        Assert.Equal("captured", page.QuerySelector("[data-testid=sandbox-state]")?.GetAttribute("data-state"));
        Assert.Null(page.QuerySelector("form"));
        Assert.Equal(payment.ReturnUrl.AbsoluteUri, page.QuerySelector("main a")?.GetAttribute("href"));
    }

    [Fact]
    public async Task Show_Cancelled_SaysSoAndOffersTheWayBackOnly()
    {
        var started = await StartAsync();
        await Host.Gateway.CancelAsync(Host.Provider.Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        var page = await Host.PageAsync(BankHost.Hosted(started), Cancel);
        Assert.Equal("cancelled", page.QuerySelector("[data-testid=sandbox-state]")?.GetAttribute("data-state"));
        Assert.Null(page.QuerySelector("form"));
        Assert.Equal(payment.CancelUrl.AbsoluteUri, page.QuerySelector("main a")?.GetAttribute("href"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    public async Task Submit_FormTokenNotOfThisPayment_IsRefusedInWordsAndChargesNothing(string token)
    {
        var hosted = BankHost.Hosted(await StartAsync());
        using var response = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull((await BankHost.ReadAsync(response, Cancel)).QuerySelector("[data-testid=error][role=alert]"));
        Assert.Empty(await ChargesAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("OK")]
    [InlineData("refund")]
    public async Task Submit_OutcomeThatIsNoButton_IsRefusedInWordsAndChargesNothing(string outcome)
    {
        using var response = await Host.PressAsync(BankHost.Hosted(await StartAsync()), outcome, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull((await BankHost.ReadAsync(response, Cancel)).QuerySelector("[data-testid=error][role=alert]"));
        Assert.Empty(await ChargesAsync());
    }

    [Fact]
    public async Task Submit_NoForm_IsRefused()
    {
        using var response = await Host.Browser.PostAsync(BankHost.Hosted(await StartAsync()), new StringContent("{}"), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task List_NewestFirst_InPagesThatMissNone()
    {
        for (var number = 1; number <= 51; number++)
        {
            await Host.Gateway.StartAsync(Host.Provider.Id, Some.Payment() with { ShortReference = $"REF{number:00}" }, Cancel);
        }

        var newest = await Host.PageAsync(new Uri("/sandbox/payments", UriKind.Relative), Cancel);
        var references = newest.QuerySelectorAll("[data-testid=sandbox-payment] th").Select(cell => cell.TextContent).ToList();
        Assert.Equal((50, "REF51", "REF02"), (references.Count, references[0], references[^1]));
        var older = await Host.PageAsync(new Uri(newest.QuerySelector("a[rel=next]")!.GetAttribute("href")!, UriKind.Relative), Cancel);
        Assert.Equal(["REF01"], older.QuerySelectorAll("[data-testid=sandbox-payment] th").Select(cell => cell.TextContent));
        Assert.Null(older.QuerySelector("a[rel=next]"));
    }

    private Task<PaymentSnapshot> StartAsync() => Host.Gateway.StartAsync(Host.Provider.Id, payment, Cancel);

    private async Task<List<JsonElement>> ChargesAsync() => [.. (await Host.LedgerAsync(Cancel)).GetProperty("charges").EnumerateArray()];
}
