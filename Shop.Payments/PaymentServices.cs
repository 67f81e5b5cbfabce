using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Shop.Payments;

public static class PaymentServices
{
    /// <summary>The configuration section that holds one section for each plug-in, under its id.</summary>
    public const string Section = "Payments";

    /// <summary>The gateway and the registry, also for a shop that has no plug-in yet.</summary>
    public static IServiceCollection AddPaymentGateway(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<PaymentProviders>();
        services.TryAddSingleton<ProviderCircuit>();
        if (services.All(service => service.ServiceType != typeof(HttpStatusNote)))
        {
            services.AddTransient<HttpStatusNote>();
            services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler<HttpStatusNote>());
        }

        services.TryAddSingleton<PaymentGateway>();
        return services;
    }

    /// <summary>Adds one payment service with its settings from <c>Payments:{id}</c>. <c>Payments:{id}:Retired = true</c> takes it from
    /// the checkout and keeps it for the orders it has.</summary>
    public static IServiceCollection AddPaymentPlugin<TPlugin>(this IServiceCollection services, IConfiguration configuration)
        where TPlugin : IPaymentPlugin
    {
        services.AddPaymentGateway();
        var settings = configuration.GetSection(Section).GetSection(TPlugin.Id.Value);
        services.AddSingleton(new PaymentPluginRegistration(TPlugin.Id, settings.GetValue<bool>("Retired")));
        TPlugin.Register(services, settings);
        return services;
    }
}
