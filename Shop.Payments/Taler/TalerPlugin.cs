using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.Payments.Taler;

/// <summary>GNU Taler: the buyer pays with a wallet, which the merchant's own back end serves.</summary>
public sealed class TalerPlugin : IPaymentPlugin
{
    /// <summary>Also the name of the HTTP client, which tests give another handler.</summary>
    public const string Name = "taler";

    /// <summary>The section of the settings; configuration does not care about case, the id does.</summary>
    public const string Section = "Taler";

    /// <summary>A hundred orders in a list, or a contract of one, with room.</summary>
    private const int LongestAnswerBytes = 1024 * 1024;

    public static ProviderId Id => new(Name);

    public static void Register(IServiceCollection services, IConfigurationSection settings)
    {
        services.AddOptions<TalerOptions>()
            .Bind(settings)
            .ValidateDataAnnotations()
            .Validate(options => options.AreAddressesUsable,
                $"{settings.Path}: BackEnd and PublicBase must be https addresses without a query, such as https://backend.example/instances/shop/; http is for this machine and play money.")
            .Validate(options => options.IsStandInPlayMoney, $"{settings.Path}:StandsFor is for play money only (KUDOS, TESTKUDOS); real money stands for itself.")
            .Validate(options => options.IsCurrencyKnown, $"{settings.Path}:Currency must be one that this shop knows, such as EUR; for KUDOS set StandsFor, such as USD.")
            .Validate(options => options.AreSecretsUsable, $"{settings.Path}: each of WebhookSecrets needs at least 16 characters.")
            .Validate<IServiceProvider>((options, host) => options.Live || host.GetService<IHostEnvironment>()?.IsProduction() != true,
                $"{settings.Path}:Currency is play money, and Production takes real money only.")
            .ValidateOnStart();
        services.AddHttpClient(Name, client =>
            {
                client.MaxResponseContentBufferSize = LongestAnswerBytes;
                // the gateway holds the limit
                client.Timeout = Timeout.InfiniteTimeSpan;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            // the gateway logs what went wrong
            .RemoveAllLoggers();
        services.AddSingleton<TalerClient>();
        services.AddSingleton<IPaymentProvider, TalerProvider>();
    }
}
