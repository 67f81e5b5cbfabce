using System.Globalization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Shop.Web.Paywall;

/// <summary>Lets through to protected addresses of a site whoever has paid, and sends everybody else to the shop (docs/paywall.md).</summary>
public sealed class PaywallMiddleware(RequestDelegate next, PaywallSession sessions, IPaidCache cache, IOptions<PaywallOptions> options)
{
    private const string Order = "o";

    public async Task InvokeAsync(HttpContext context)
    {
        if (OfferOf(context.Request.Path) is not { } offer)
        {
            await next(context);
            return;
        }

        context.Response.Headers.CacheControl = "private, no-store";
        context.Response.Headers.Vary = "Cookie";
        if (PreviewBots.IsLookingOnly(context.Request))
        {
            await SayAsync(context, StatusCodes.Status402PaymentRequired, $"{offer.Summary}: {offer.Amount}");
            return;
        }

        var order = context.Request.Query[Order] is [{ Length: > 0 and <= 64 } named] ? named : null;
        if (sessions.Find(context) is { } known && await cache.FindAsync(offer.Resource, order, known, context.RequestAborted) is not null)
        {
            await next(context);
            return;
        }

        // a form that another site sends brings no cookie, and a new session would take the place of the reader's
        if (sessions.Find(context) is null && !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}";
            return;
        }

        var visitor = new PaywallVisitor(sessions.Ensure(context), null, CultureInfo.CurrentUICulture.Name);
        try
        {
            // whoever is known to have paid needs no client of the shop
            await AnswerAsync(context, await context.RequestServices.GetRequiredService<Storefront>().VisitAsync(offer, order, visitor, context.RequestAborted));
        }
        catch (OrderBackEndException)
        {
            context.Response.Headers.RetryAfter = "5";
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "The shop does not answer at the moment. Nothing was charged. Please load this page again in a few seconds.");
        }
    }

    private Task AnswerAsync(HttpContext context, StorefrontAnswer answer)
    {
        switch (answer)
        {
            case StorefrontAnswer.Content:
                return next(context);
            case StorefrontAnswer.Pay pay:
                context.Response.Redirect(pay.StatusUrl);
                return Task.CompletedTask;
            case StorefrontAnswer.Elsewhere elsewhere:
                context.Response.Redirect($"{context.Request.PathBase}{context.Request.Path}{QueryString.Create(Order, elsewhere.Order)}");
                return Task.CompletedTask;
            case StorefrontAnswer.Refunded:
                return SayAsync(context, StatusCodes.Status402PaymentRequired, "This was paid, and the money was given back.");
            case StorefrontAnswer.TooMany:
                context.Response.Headers.RetryAfter = "600";
                return SayAsync(context, StatusCodes.Status429TooManyRequests, "Very many orders were begun here. Please try again in ten minutes.");
            default:
                return SayAsync(context, StatusCodes.Status404NotFound, "There is no such order of this page.");
        }
    }

    private PaywallOffer? OfferOf(PathString path)
    {
        var (all, plain) = (options.Value, Plain(path));
        foreach (var (at, offer) in all.Offers)
        {
            if (plain.StartsWithSegments(at))
            {
                var home = all.PublicBaseUrl ?? throw new InvalidOperationException("PaywallOptions.PublicBaseUrl is not set.");
                return offer with { FulfillmentUrl = new Uri(home, at).AbsoluteUri };
            }
        }

        return null;
    }

    /// <summary>Whatever serves the files behind may take two slashes, or a backslash, for one slash.</summary>
    private static PathString Plain(PathString path) => new("/" + string.Join('/', $"{path}".Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries)));

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}

public static class PaywallRegistration
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>For another site: protects addresses with orders of a shop.</summary>
    public static IServiceCollection AddPaywall(this IServiceCollection services, Action<PaywallOptions> configure)
    {
        services.Configure(configure);
        services.AddDataProtection();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PaywallSession>();
        services.AddSingleton<IPaidCache, PaidCache>();
        services.AddSingleton<MadeOrders>();
        services.AddHttpClient<IOrderBackEnd, HttpOrderBackEnd>((host, http) =>
        {
            http.BaseAddress = host.GetRequiredService<IOptions<PaywallOptions>>().Value.BackEnd ?? throw new InvalidOperationException("PaywallOptions.BackEnd is not set.");
            http.Timeout = Patience;
        });
        services.AddTransient<Storefront>();
        return services;
    }

    public static IApplicationBuilder UsePaywall(this IApplicationBuilder app) => app.UseMiddleware<PaywallMiddleware>();
}
