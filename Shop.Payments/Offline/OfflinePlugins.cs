using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Offline;

/// <summary>A cheque by post.</summary>
public sealed class ChequePlugin : IPaymentPlugin
{
    public static ProviderId Id => new("cheque");

    public static void Register(IServiceCollection services, IConfigurationSection settings) => OfflinePlugins.Add(services, settings, Id, "Cheque");
}

/// <summary>A money order by post.</summary>
public sealed class MoneyOrderPlugin : IPaymentPlugin
{
    public static ProviderId Id => new("money-order");

    public static void Register(IServiceCollection services, IConfigurationSection settings) => OfflinePlugins.Add(services, settings, Id, "Money order");
}

/// <summary>A transfer to the site's bank account.</summary>
public sealed class BankTransferPlugin : IPaymentPlugin
{
    public static ProviderId Id => new("bank-transfer");

    public static void Register(IServiceCollection services, IConfigurationSection settings) => OfflinePlugins.Add(services, settings, Id, "Bank transfer");
}

/// <summary>The offline ways to pay: one provider under three ids, each offered where its section is there.</summary>
public static class OfflinePlugins
{
    /// <summary>Adds those that are configured.</summary>
    public static IServiceCollection AddOfflinePayments(this IServiceCollection services, IConfiguration configuration)
    {
        AddIfThere<ChequePlugin>(services, configuration);
        AddIfThere<MoneyOrderPlugin>(services, configuration);
        AddIfThere<BankTransferPlugin>(services, configuration);
        return services;
    }

    internal static void Add(IServiceCollection services, IConfigurationSection settings, ProviderId id, string name)
    {
        services.AddOptions<OfflineOptions>(id.Value).Bind(settings).ValidateDataAnnotations()
            .Validate(options => options.IsCurrencyKnown, $"{settings.Path}:Currency must be a currency this shop knows, such as USD.")
            .ValidateOnStart();
        services.AddSingleton<IPaymentProvider>(host => new OfflineProvider(id, name, host.GetRequiredService<IOptionsMonitor<OfflineOptions>>()));
    }

    private static void AddIfThere<TPlugin>(IServiceCollection services, IConfiguration configuration) where TPlugin : IPaymentPlugin
    {
        if (configuration.GetSection(PaymentServices.Section).GetSection(TPlugin.Id.Value).Exists())
        {
            services.AddPaymentPlugin<TPlugin>(configuration);
        }
    }
}
