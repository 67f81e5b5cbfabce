using Shop.Core;

namespace Shop.Web.Display;

/// <summary>The figures of <c>/about/fees</c> for programs.</summary>
internal static class FeeMetricsFile
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/.well-known/fee-metrics.json", SendAsync).AllowAnonymous();

    private static async Task<IResult> SendAsync(HttpContext context, ShopDbContext db, FeeDesk desk, CancellationToken cancellationToken)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "public, no-cache";
        return desk.Report(await desk.InForceAsync(db, cancellationToken)) is { } report
            ? Results.Text(report.ToJson(), "application/json", System.Text.Encoding.UTF8)
            : Results.NotFound();
    }
}
