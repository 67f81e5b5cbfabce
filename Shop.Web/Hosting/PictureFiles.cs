using Microsoft.Net.Http.Headers;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Serves the pictures of products, each under the hash of its content. They are images only: as a page of its own a browser saves one (S22).</summary>
internal static class PictureFiles
{
    private const string Route = "/pictures/{hash:length(64)}";

    /// <summary>Where the picture of that content is.</summary>
    public static string Address(string hash) => $"/pictures/{hash}";

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(Route, SendAsync).AllowAnonymous();

    private static async Task<IResult> SendAsync(string hash, HttpContext context, ShopDbContext db, CancellationToken cancellationToken)
    {
        if (await Pictures.FindAsync(db, hash, cancellationToken) is not { } png)
        {
            return Results.NotFound();
        }

        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        headers.ContentDisposition = $"attachment; filename=\"{hash[..12]}.png\"";
        return Results.Bytes(png, "image/png", entityTag: new EntityTagHeaderValue($"\"{hash[..32]}\""));
    }
}
