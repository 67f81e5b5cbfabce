using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Payments.Fees;

namespace Shop.Payments.Stripe;

/// <summary>Cards and what else Stripe offers, in its fields on a page of ours or on its own page.</summary>
public sealed class StripePlugin : IPaymentPlugin
{
    /// <summary>Also the name of the HTTP client, which tests give another handler.</summary>
    public const string Name = "stripe";

    /// <summary>Far more than the longest answer: a hundred charges with what is expanded in them.</summary>
    private const int LongestAnswerBytes = 4 * 1024 * 1024;

    public static ProviderId Id => new(Name);

    public static void Register(IServiceCollection services, IConfigurationSection settings)
    {
        services.AddOptions<StripeOptions>()
            .Bind(settings)
            .ValidateDataAnnotations()
            .Validate(options => options.AreKeysOfOneMode, $"{settings.Path}: SecretKey and PublishableKey must both be of test mode or both of live mode.")
            .Validate(options => options.AreSecretsUsable, $"{settings.Path}: each of WebhookSecrets needs at least 16 characters.")
            .Validate(options => options.AreAddressesUsable, $"{settings.Path}: ApiBase and ScriptUrl must be https addresses; http is for this machine with test keys.")
            .Validate<IServiceProvider>((options, host) => options.Live || host.GetService<IHostEnvironment>()?.IsProduction() != true,
                $"{settings.Path}:SecretKey is a test key, and Production takes real money only.")
            .ValidateOnStart();
        services.AddHttpClient(Name, client => client.Timeout = Timeout.InfiniteTimeSpan) // the gateway holds the limit
            .AddHttpMessageHandler(() => new CappedAnswers(LongestAnswerBytes))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            // the gateway logs what went wrong
            .RemoveAllLoggers();
        services.AddSingleton(host => new StripeClient(host.GetRequiredService<IHttpClientFactory>(), host.GetRequiredService<IOptions<StripeOptions>>()));
        services.AddSingleton<IPaymentProvider, StripeProvider>();
        services.AddSingleton(new PublishedFee(Id, 2900, 30));
    }

    /// <summary>Reads an answer whole and refuses one that is too long: whoever reads headers first is not held by the client's own limit.</summary>
    private sealed class CappedAnswers(int most) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Post)
            {
                Crash.Point("K3");
            }

            try
            {
                await answer.Content.LoadIntoBufferAsync(most, cancellationToken);
                return answer;
            }
            catch
            {
                answer.Dispose();
                throw;
            }
        }
    }
}
