using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Fees;

namespace Shop.Payments.PayPal;

/// <summary>PayPal: the buyer approves at PayPal, and the shop takes the money by the order's id.</summary>
public sealed class PayPalPlugin : IPaymentPlugin
{
    /// <summary>Also the name of the HTTP client, which tests give another handler.</summary>
    public const string Name = "paypal";

    /// <summary>The HTTP client that fetches the certificates of webhooks, and sends no credentials.</summary>
    public const string Certificates = "paypal-certificates";

    /// <summary>The section of the settings; configuration does not care about case, the id does.</summary>
    public const string Section = "PayPal";

    /// <summary>A page of 100 movements, with room.</summary>
    private const int LongestAnswerBytes = 1024 * 1024;

    private const int LongestCertificateBytes = 64 * 1024;

    public static ProviderId Id => new(Name);

    public static void Register(IServiceCollection services, IConfigurationSection settings)
    {
        services.AddOptions<PayPalOptions>()
            .Bind(settings)
            .ValidateDataAnnotations()
            .Validate(options => options.IsApiBaseUsable, $"{settings.Path}:ApiBase must be an https address; http only on this machine, without Live.")
            .Validate(options => options.IsModeRight, $"{settings.Path}: ApiBase and Live must be both live or both sandbox.")
            .Validate(options => options.AreHostsUsable, $"{settings.Path}:CertificateHosts must be host names.")
            .Validate(options => options.AreRootsReadable, $"{settings.Path}:CertificateRoots is no file.")
            .ValidateOnStart();
        AddClient(services, Name, LongestAnswerBytes);
        AddClient(services, Certificates, LongestCertificateBytes);
        services.AddSingleton<PayPalAccess>();
        services.AddSingleton<PayPalClient>();
        services.AddSingleton<PayPalCertificates>();
        services.AddSingleton<IPaymentProvider, PayPalProvider>();
        services.AddSingleton(new PublishedFee(Id, 3490, 49));
    }

    private static void AddClient(IServiceCollection services, string name, int longestAnswerBytes) =>
        services.AddHttpClient(name, client =>
            {
                client.MaxResponseContentBufferSize = longestAnswerBytes;
                // the gateway holds the limit
                client.Timeout = Timeout.InfiniteTimeSpan;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            // the gateway logs what went wrong
            .RemoveAllLoggers();
}
