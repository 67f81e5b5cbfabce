using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Hosting;

namespace Shop.Web.Hooks;

/// <summary>Where providers send their events: outside sign-in and form tokens, with a limit of its own. The bytes that came are what is checked.</summary>
internal static class Webhooks
{
    public const string Path = "/hooks/{provider}";
    private const string Limit = "hooks";
    private const int MostBytes = 256 * 1024;
    private const int PerSecond = 500;
    private const int Waiting = 5_000;

    /// <summary>Webhooks queue up rather than being refused: a provider that is refused comes back much later.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddSettings<EventHookOptions>(EventHookOptions.Section);
        services.AddEventHooks();
        services.AddOptions<RateLimiterOptions>().Configure(options => options.AddPolicy(Limit, context => RateLimitPartition.GetTokenBucketLimiter(
            context.Request.RouteValues["provider"]?.ToString() ?? "",
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = PerSecond,
                TokensPerPeriod = PerSecond / 10,
                ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
                QueueLimit = Waiting,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            })));
        return services;
    }

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(Path, ReceiveAsync).AllowAnonymous().DisableAntiforgery().RequireRateLimiting(Limit).WithMetadata(new RequestSizeLimitAttribute(MostBytes));

    private static async Task<IResult> ReceiveAsync(string provider, HttpRequest request, Inbox inbox, TimeProvider clock, CancellationToken cancellationToken)
    {
        var headers = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        if (await ReadAsync(request, cancellationToken) is not { } body)
        {
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        }

        var webhook = new WebhookRequest(body, headers, clock.GetUtcNow());
        return await inbox.ReceiveAsync(new ProviderId(provider), webhook, cancellationToken) switch
        {
            WebhookAnswer.Taken => Results.Ok(),
            WebhookAnswer.Rejected => Results.BadRequest(),
            WebhookAnswer.NotNow => Results.StatusCode(StatusCodes.Status503ServiceUnavailable),
            WebhookAnswer.NoSuchProvider => Results.NotFound(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>The body's bytes; null where there are more than is taken. A body of unknown length is not trusted to end.</summary>
    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(request.ContentLength ?? MostBytes, MostBytes) + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length == buffer.Length ? null : buffer[..length];
    }
}
