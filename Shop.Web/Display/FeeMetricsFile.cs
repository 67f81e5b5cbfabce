using Shop.Core;

namespace Shop.Web.Display;

/// <summary>The figures of <c>/about/fees</c> for programs.</summary>
internal static class FeeMetricsFile
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/.well-known/fee-metrics.json", SendAsync).AllowAnonymous();

    private static async Task<IResult> SendAsync(HttpContext context, ShopDbContext db, FeeDesk desk, TimeProvider clock, CancellationToken cancellationToken)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "public, no-cache";
        var now = clock.GetUtcNow();
        return FeeDesk.Report(await desk.InForceAsync(db, now, cancellationToken), now) is { } report
            ? Results.Text(report.ToJson(), "application/json", System.Text.Encoding.UTF8)
            : Results.NotFound();
    }
}
