using System.Net;
using Microsoft.Extensions.Options;
using Shop.Payments.Sandbox;

namespace Shop.Payments.Tests.Sandbox;

public sealed class SandboxHostTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restart_TheBooksAreStillThere()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-bank-").FullName;
        var payment = Some.Payment();
        await using (var before = await BankHost.StartAsync(Cancel, folder))
        {
            var started = await before.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel);
            using var paid = await before.PressAsync(BankHost.Hosted(started), "ok", Cancel);
        }

        await using var after = await BankHost.StartAsync(Cancel, folder);
        Assert.IsType<PaymentOutcome.Captured>((await after.Gateway.GetAsync(SandboxPlugin.Id, Some.Locator(payment), Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await after.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel)).Outcome);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task OutsideDevelopment_NotAllowedByName_ThereIsNoBank(string environment)
    {
        await using var host = await BankHost.StartAsync(Cancel, environment: environment);
        using var list = await host.Browser.GetAsync("/sandbox/payments", Cancel);
        using var ledger = await host.Browser.SendAsync(host.Api(HttpMethod.Get, "ledger"), Cancel);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (list.StatusCode, ledger.StatusCode));
    }

    [Fact]
    public async Task OutsideDevelopment_AllowedByName_ThereIsABank()
    {
        await using var host = await BankHost.StartAsync(Cancel, environment: "Production", settings: new() { ["Payments:Sandbox:Allowed"] = "true" });
        using var list = await host.Browser.GetAsync("/sandbox/payments", Cancel);
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    [Fact]
    public async Task NoKeyConfigured_PlugInAndBankShareARandomOne()
    {
        await using var host = await BankHost.StartAsync(Cancel, settings: new() { ["Payments:Sandbox:ApiKey"] = null });
        Assert.True((await ((IReportsHealth)host.Provider).CheckAsync(Cancel)).CanStart);
    }

    [Fact]
    public async Task NoPublicAddressConfigured_BuyersReturnToTheHostItselfAndNowhereElse()
    {
        await using var host = await BankHost.StartAsync(Cancel, settings: new() { ["Shop:PublicBaseUrl"] = null });
        var payment = Some.Payment();
        Assert.IsType<PaymentOutcome.ActionRequired>((await host.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel)).Outcome);
        var elsewhere = Some.Payment() with { ReturnUrl = new Uri("https://localhost.evil.example/") };
        Assert.IsType<PaymentOutcome.Declined>((await host.Gateway.StartAsync(SandboxPlugin.Id, elsewhere, Cancel)).Outcome);
    }

    [Theory]
    [InlineData("ApiKey", "short")]
    [InlineData("ApiBase", "ftp://bank.example")]
    [InlineData("ApiBase", "bank")]
    [InlineData("Account", "Not An Account")]
    [InlineData("SilentFor", "-1")]
    [InlineData("PublicBase", "bank")]
    [InlineData("WebhookUrl", "ftp://shop.example/hooks/sandbox")]
    [InlineData("WebhookSecrets:0", "short")]
    [InlineData("ReturnOrigins:0", "https://seller.example/with/path")]
    public async Task BadSetting_FailsAtStart(string name, string value) =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => BankHost.StartAsync(Cancel, settings: new() { [$"Payments:Sandbox:{name}"] = value }));

    [Fact]
    public async Task AnotherBankWithoutItsKey_FailsAtStart() =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => BankHost.StartAsync(Cancel, settings: new()
        {
            ["Payments:Sandbox:ApiBase"] = "https://bank.example",
            ["Payments:Sandbox:ApiKey"] = null,
        }));

    [Fact]
    public async Task Get_AnswerLargerThanTheCap_IsUnknown()
    {
        await using var host = await BankHost.StartAsync(Cancel);
        var payment = Some.Payment();
        await host.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel);
        // readable JSON all the way: only its size is wrong
        host.Wire.Fault = async (response, token) =>
        {
            var body = await response.Content.ReadAsStringAsync(token);
            return new HttpResponseMessage(response.StatusCode) { Content = new StringContent(body + new string(' ', 300_000), System.Text.Encoding.UTF8, "application/json") };
        };
        Assert.IsType<PaymentOutcome.Unknown>((await host.Gateway.GetAsync(SandboxPlugin.Id, Some.Locator(payment), Cancel)).Outcome);
    }

    [Fact]
    public async Task Get_AnswerInACurrencyNobodyKnows_IsUnknown()
    {
        await using var host = await BankHost.StartAsync(Cancel);
        var payment = Some.Payment();
        var started = await host.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel);
        using var paid = await host.PressAsync(BankHost.Hosted(started), "ok", Cancel);
        host.Wire.Fault = async (response, token) =>
        {
            var body = await response.Content.ReadAsStringAsync(token);
            return new HttpResponseMessage(response.StatusCode) { Content = new StringContent(body.Replace("USD", "XXX", StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json") };
        };
        Assert.IsType<PaymentOutcome.Unknown>((await host.Gateway.GetAsync(SandboxPlugin.Id, Some.Locator(payment), Cancel)).Outcome);
    }

    [Fact]
    public async Task Start_ReturnAddressTheBankRefuses_IsDeclinedWithItsCode()
    {
        await using var host = await BankHost.StartAsync(Cancel);
        var answer = await host.Gateway.StartAsync(SandboxPlugin.Id, Some.Payment() with { ReturnUrl = new Uri("https://evil.example/") }, Cancel);
        Assert.Equal("return_url_not_allowed", Assert.IsType<PaymentOutcome.Declined>(answer.Outcome).ProviderCode);
    }
}
