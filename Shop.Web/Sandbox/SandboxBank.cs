using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Shop.Payments.Sandbox;
using Shop.Web.Hosting;

namespace Shop.Web.Sandbox;

/// <summary>The bank behind the sandbox plug-in, as if it were another firm's: it knows nothing of members, orders or the shop's database.</summary>
public static class SandboxBank
{
    /// <summary>The HTTP client that carries events, which tests give another handler.</summary>
    public const string WebhookClient = "sandbox-bank";

    /// <summary>In Development, and elsewhere where a site allows it by name. Ask before the plug-in is offered too.</summary>
    public static bool IsAllowed(IConfiguration configuration, IHostEnvironment environment) =>
        environment.IsDevelopment() || configuration.GetValue<bool>($"{SandboxBankOptions.Section}:{nameof(SandboxBankOptions.Allowed)}");

    /// <summary>Adds the bank; nothing where the sandbox is not allowed.</summary>
    public static IServiceCollection AddSandboxBank(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        if (!IsAllowed(configuration, environment))
        {
            return services;
        }

        services.AddOptions<SandboxBankOptions>()
            .BindConfiguration(SandboxBankOptions.Section)
            .PostConfigure(options => options.PublicBase ??= configuration.GetValue<Uri?>("Shop:PublicBaseUrl"))
            .ValidateDataAnnotations()
            .Validate(options => options.AreAddressesUsable, $"{SandboxBankOptions.Section}: PublicBase, WebhookUrl and ReturnOrigins must be absolute http or https addresses, an origin without a path.")
            .Validate(options => options.AreSecretsUsable, $"{SandboxBankOptions.Section}: each of WebhookSecrets needs at least 16 characters.")
            .Validate(options => !IsWorker(configuration) || (options.ApiKey is not null && configuration[$"{SandboxBankOptions.Section}:ApiBase"] is { Length: > 0 }),
                $"{SandboxBankOptions.Section}: ApiBase and ApiKey must be set on a node that only works: the bank is with another node.")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(host => new SandboxKey(host.GetRequiredService<IOptions<SandboxBankOptions>>().Value.ApiKey ?? RandomNumberGenerator.GetHexString(32)));
        services.AddSingleton<BankAddresses>();
        services.AddSingleton<SandboxAddress>(host => () => host.GetRequiredService<BankAddresses>().Api);
        services.AddSingleton<BankFile>();
        services.AddHostedService(host => host.GetRequiredService<BankFile>());
        services.AddSingleton<BankPost>();
        services.AddHttpClient(WebhookClient, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            .RemoveAllLoggers();
        if (HostRegistration.Role(configuration) != ShopRole.Worker)
        {
            // a node that only works has no bank's door, and no /hooks beside it
            services.AddHostedService<BankPostman>();
        }

        services.AddSingleton<BankApi>();
        services.AddSingleton<BankPages>();
        services.AddRazorComponents();
        return services;
    }

    private static bool IsWorker(IConfiguration configuration) => Hosting.HostRegistration.Role(configuration) == Hosting.ShopRole.Worker;

    /// <summary>Maps the bank's API and pages under <c>/sandbox</c>; nothing where the sandbox is not allowed.</summary>
    public static IEndpointRouteBuilder MapSandboxBank(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<BankFile>() is not null)
        {
            var bank = endpoints.MapGroup("sandbox");
            BankApi.Map(bank);
            BankPages.Map(bank);
        }

        return endpoints;
    }
}
