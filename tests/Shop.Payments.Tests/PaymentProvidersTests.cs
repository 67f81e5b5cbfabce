using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Payments.Tests;

public sealed class PaymentProvidersTests
{
    [Fact]
    public void Find_NotRegistered_IsNull() => Assert.Null(new PaymentProviders([], []).Find(new ProviderId("stripe")));

    [Fact]
    public void New_TwoOfOneId_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new PaymentProviders([new ScriptedProvider("a"), new ScriptedProvider("a")], []));

    [Fact]
    public void New_PlugInWithoutItsProvider_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new PaymentProviders([new ScriptedProvider("a")], [new(new ProviderId("b"), false)]));

    [Fact]
    public void Offered_KeepsTheOrderOfRegistration() =>
        Assert.Equal(["b", "a"], new PaymentProviders([new ScriptedProvider("b"), new ScriptedProvider("a")], []).Offered.Select(provider => provider.Id.Value));

    [Fact]
    public void AddPaymentPlugin_Retired_IsFoundAndNotOffered()
    {
        var providers = Registered(new() { ["Payments:Sample:Retired"] = "true" });
        Assert.Empty(providers.Offered);
        Assert.NotNull(providers.Find(SamplePlugin.Id));
        Assert.Single(providers.All);
    }

    [Fact]
    public void AddPaymentPlugin_NotRetired_IsOffered() => Assert.Single(Registered([]).Offered);

    [Fact]
    public void AddPaymentPlugin_GivesThePlugInItsOwnSection() =>
        Assert.Equal("shown", Registered(new() { ["Payments:Sample:Name"] = "shown" }).Find(SamplePlugin.Id)!.Capabilities.DisplayName);

    private static PaymentProviders Registered(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection().AddPaymentPlugin<SamplePlugin>(configuration).BuildServiceProvider().GetRequiredService<PaymentProviders>();
    }

    private sealed class SamplePlugin : IPaymentPlugin
    {
        public static ProviderId Id => new("sample");

        public static void Register(IServiceCollection services, IConfigurationSection settings) =>
            services.AddSingleton<IPaymentProvider>(new SampleProvider(settings["Name"] ?? ""));
    }

    private sealed class SampleProvider(string name) : IPaymentProvider
    {
        public ProviderId Id => SamplePlugin.Id;

        public PaymentCapabilities Capabilities { get; } = new()
        {
            DisplayName = name,
            Live = false,
            Payee = new PayeeReference("payee"),
            Flows = [PaymentFlow.Redirect],
            Currencies = Currency.All,
        };

        public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
