using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Tests.Taler;

public sealed class TalerSettingsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("BackEnd", null, "BackEnd must be the address")]
    [InlineData("BackEnd", "http://backend.example/instances/shop/", "must be https addresses")]
    [InlineData("BackEnd", "taler://pay/backend.example/", "must be https addresses")]
    [InlineData("BackEnd", "https://me:secret@backend.example/", "must be https addresses")]
    [InlineData("BackEnd", "https://backend.example/?instance=shop", "must be https addresses")]
    [InlineData("PublicBase", "ftp://backend.example/", "must be https addresses")]
    [InlineData("Token", "sandbox", "Token must begin with secret-token:")]
    [InlineData("Token", "", "Token is needed")]
    [InlineData("Currency", "kudos", "at most 11 capital letters")]
    [InlineData("Currency", "TWELVELETTERS", "at most 11 capital letters")]
    [InlineData("Currency", "EUR", "StandsFor is for play money only")]
    [InlineData("StandsFor", "", "for KUDOS set StandsFor")]
    [InlineData("StandsFor", "XXX", "for KUDOS set StandsFor")]
    [InlineData("RefundDays", "0", "between 1 and 365")]
    [InlineData("WebhookSecrets:0", "short", "16 characters")]
    public void P22_SettingThatCannotBeRight_IsRefusedAtTheStart(string key, string? value, string word)
    {
        using var services = TalerShop.Build([(key, value)]);
        var problem = Assert.ThrowsAny<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(word, string.Join(' ', problem.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", "KUDOS", "USD", false)]
    [InlineData("Production", "TESTKUDOS", "USD", false)]
    [InlineData("Production", "CHF", null, true)]
    [InlineData("Development", "KUDOS", "USD", true)]
    public void P22_PlayMoneyInProduction_IsRefusedAtTheStart(string environment, string currency, string? standsFor, bool starts)
    {
        using var services = TalerShop.Build([("Currency", currency), ("StandsFor", standsFor)], it => it.AddSingleton<IHostEnvironment>(new Environment(environment)));
        Assert.Equal(starts, Record.Exception(() => services.GetRequiredService<IStartupValidator>().Validate()) is null);
        if (starts)
        {
            Assert.Equal(currency == "CHF", services.GetRequiredService<IPaymentProvider>().Capabilities.Live);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:5200/instances/shop", "http://127.0.0.1:5200/instances/shop/")]
    [InlineData("https://backend.example", "https://backend.example/")]
    public void TP_1_Payee_IsTheBackEndsAddressWithItsInstance(string backEnd, string payee)
    {
        using var services = TalerShop.Build([("BackEnd", backEnd)]);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Equal(new PayeeReference(payee), services.GetRequiredService<IPaymentProvider>().Capabilities.Payee);
    }

    [Fact]
    public async Task Health_KnowsTheTokenTheCurrencyAndWhetherEventsAreBelieved()
    {
        await using var good = await TalerShop.OpenAsync();
        Assert.Equal(new ProviderHealth(true, true, null), await CheckAsync(good));
        await using var wrong = await TalerShop.OpenAsync(("Token", "secret-token:wrong"));
        Assert.Equal((false, "The back end refuses our token."), await CheckAsync(wrong) is var refused ? (refused.CanStart, refused.Detail) : default);
        await using var other = await TalerShop.OpenAsync(("Currency", "TESTKUDOS"));
        Assert.Equal((false, "The back end takes other currencies."), await CheckAsync(other) is var its ? (its.CanStart, its.Detail) : default);
        await using var deaf = await TalerShop.OpenAsync(("WebhookSecrets:0", ""));
        Assert.Equal((true, false), await CheckAsync(deaf) is var hears ? (hears.CanStart, hears.CanReceiveWebhooks) : default);
    }

    private static Task<ProviderHealth> CheckAsync(TalerShop shop) => ((IReportsHealth)shop.Provider).CheckAsync(Cancel);

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "shop";

        public string ContentRootPath { get; set; } = "/";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
