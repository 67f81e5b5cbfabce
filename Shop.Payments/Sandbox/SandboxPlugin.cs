using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Payments.Fees;

namespace Shop.Payments.Sandbox;

/// <summary>A card service that moves no real money: for development, for tests, and for trying things out.</summary>
public sealed class SandboxPlugin : IPaymentPlugin
{
    /// <summary>Also the name of the HTTP client, which tests give another handler.</summary>
    public const string Name = "sandbox";

    /// <summary>Far more than the bank's longest answer.</summary>
    private const int LongestAnswerBytes = 256 * 1024;

    public static ProviderId Id => new(Name);

    public static void Register(IServiceCollection services, IConfigurationSection settings)
    {
        services.AddOptions<SandboxOptions>()
            .Bind(settings)
            .PostConfigure<IServiceProvider>((options, host) => options.ApiKey ??= options.ApiBase is null ? host.GetService<SandboxKey>()?.Value : null)
            .ValidateDataAnnotations()
            .Validate(options => options.IsApiBaseUsable, $"{settings.Path}:ApiBase must be an absolute http or https address.")
            .Validate(options => options.AreSecretsUsable, $"{settings.Path}: each of WebhookSecrets needs at least 16 characters.")
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
        services.AddSingleton(host => new SandboxClient(
            host.GetRequiredService<IHttpClientFactory>(), host.GetRequiredService<IOptions<SandboxOptions>>(), host.GetService<SandboxAddress>()));
        services.AddSingleton<IPaymentProvider, SandboxProvider>();
        services.AddSingleton(new PublishedFee(Id, 2900, 30)); // as a card service does
    }
}
