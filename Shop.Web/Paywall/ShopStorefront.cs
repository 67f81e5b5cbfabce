using Microsoft.Extensions.Options;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Security;

namespace Shop.Web.Paywall;

/// <summary>The shop's own orders, for its own pages of resources.</summary>
internal sealed class ShopOrderBackEnd(MatrixOrders orders) : IOrderBackEnd
{
    public async Task<OrderMade> MakeAsync(PaywallOffer offer, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken) =>
        await orders.MakeAsync(new MatrixWish { Resource = offer.Resource, Session = visitor.Session, AddressHash = visitor.AddressHash, Culture = visitor.Culture }, cancellationToken) switch
        {
            MatrixMade.Made made => new OrderMade.Made(made.Number),
            MatrixMade.TooMany => new OrderMade.TooMany(),
            MatrixMade.NoResource => new OrderMade.NotSold(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    public async Task<OrderStatus?> StatusAsync(PaywallOffer offer, string order, string session, CancellationToken cancellationToken)
    {
        if (await orders.StatusAsync(order, session, cancellationToken) is not { } status || status.Resource != offer.Resource)
        {
            return null;
        }

        return new OrderStatus(
            status.Number,
            status.State switch
            {
                MatrixState.Paid => OrderStanding.Paid,
                MatrixState.Over => OrderStanding.Over,
                _ => status.IsAnothers ? OrderStanding.Taken : OrderStanding.Unpaid,
            },
            status.RefundedMinor > 0, status.StatusUrl, status.AlreadyPaid);
    }
}

/// <summary>What the shop itself knows to be paid. It notes that when it is proved, and drops it with a refund.</summary>
internal sealed class ShopPaidCache(PaidSessions paid) : IPaidCache
{
    public ValueTask<string?> FindAsync(string resource, string? order, string session, CancellationToken cancellationToken) =>
        paid.OrderAsync(resource, order, session, cancellationToken);

    public void Store(string resource, string order, string session)
    {
        // asking how the order stands has done it
    }
}

internal static class ShopPaywall
{
    private const string CookieName = "session";

    /// <summary>The shop's own paid resources.</summary>
    public static void AddResources(this IServiceCollection services)
    {
        services.AddSettings<ResourcesOptions>(ResourcesOptions.Section);
        services.AddOptions<ResourcesOptions>().Validate(
            o => o.AreBasesUsable, "Resources:Behind must be absolute http or https addresses that end in a slash, such as http://10.0.0.7:8080/articles/.");
        services.AddSingleton(host => new ResourceAddresses([.. host.GetRequiredService<IOptions<ResourcesOptions>>().Value.Behind.Select(below => new Uri(below))]));
        services.AddOptions<PaywallOptions>().Configure<ShopCookies>((options, cookies) => cookies.Shape(options.Cookie, CookieName));
        services.AddSingleton<PaywallSession>();
        services.AddScoped<IOrderBackEnd, ShopOrderBackEnd>();
        services.AddScoped<IPaidCache, ShopPaidCache>();
        services.AddScoped<Storefront>();
        services.AddScoped<OrderWall>();
        services.AddSingleton<OrderWaits>();
        services.AddHttpClient(Behind.Client).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        services.AddSingleton<Behind>();
    }
}
