using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Tests.Stripe;

public sealed class StripeSettingsTests
{
    private static readonly Uri Real = new("https://api.stripe.com");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SecretKey", "pk_test_x", "SecretKey must begin")]
    [InlineData("PublishableKey", "pk_live_x", "both be of test mode or both of live mode")]
    [InlineData("SecretKey", "sk_live_x", "both be of test mode or both of live mode")]
    [InlineData("AccountId", "me", "AccountId must begin")]
    [InlineData("WebhookSecrets:0", "short", "16 characters")]
    [InlineData("ApiBase", "http://stripe.example", "https addresses")]
    public void P22_SettingThatCannotBeRight_IsRefusedAtTheStart(string key, string value, string word)
    {
        using var services = StripeHost.Services(StripeHost.Settings("one", Real, new() { [$"Payments:Stripe:{key}"] = value }));
        var problem = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(word, string.Join(' ', problem.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", "test", false)]
    [InlineData("Production", "live", true)]
    [InlineData("Development", "test", true)]
    public void P22_TestKeyInProduction_IsRefusedAtTheStart(string environment, string mode, bool starts)
    {
        var keys = new Dictionary<string, string?> { ["Payments:Stripe:SecretKey"] = $"sk_{mode}_one", ["Payments:Stripe:PublishableKey"] = $"pk_{mode}_one" };
        using var services = StripeHost.Services(StripeHost.Settings("one", Real, keys), it => it.AddSingleton<IHostEnvironment>(new Environment(environment)));
        var problem = Record.Exception(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Equal(starts, problem is null);
        if (starts)
        {
            Assert.Equal(mode == "live", services.GetRequiredService<IPaymentProvider>().Capabilities.Live);
        }
    }

    [Fact]
    public async Task ST_8_AnswerOfTheOtherMode_SaysSo()
    {
        await using var test = await StripeHost.StartAsync();
        var payment = StripeHost.Payment();
        await test.StartAsync(payment);
        Assert.False((await test.GetAsync(payment)).Live);
    }

    [Fact]
    public async Task ST_8_KeyOfAnotherAccount_StartsNothing()
    {
        await using var host = await StripeHost.StartAsync(settings: new() { ["Payments:Stripe:AccountId"] = "acct_other" }, greets: false);
        Assert.False((await ((IReportsHealth)host.Provider).CheckAsync(Cancel)).CanStart);
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.Unspecified, "wrong_account"), (await host.StartAsync(StripeHost.Payment())).Outcome);
        Assert.Equal(0, await host.PostsAsync("/v1/payment_intents"));
    }

    [Theory]
    [InlineData("DreamShop <\"*'> Ltd of a very long name", "DreamShop  Ltd of a ve")]
    [InlineData("夢", null)]
    [InlineData("1234", null)]
    public async Task StatementName_IsCutToWhatStripeTakes(string name, string? sent)
    {
        await using var host = await StripeHost.StartAsync();
        var started = await host.StartAsync(StripeHost.Payment() with { StatementName = name });
        Assert.Equal(sent, (await host.AskAsync($"/v1/payment_intents/{started.Reference!.Value.Value}")).GetProperty("statement_descriptor_suffix").GetString());
    }

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "shop";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
