using Microsoft.Net.Http.Headers;
using Shop.Core;

namespace Shop.Web.Embed;

/// <summary>
/// Offers the library for sellers' pages (library/) to every origin; the one file of the shop that another site may load. Sellers had better serve a copy of
/// their own, whose hash they know (docs/library.md).
/// </summary>
internal static class LibraryFile
{
    public const string Path = "/embed/dreamshop.js";

    private static readonly byte[] Content = Read();
    private static readonly EntityTagHeaderValue Tag = new($"\"{Codes.Hash(Convert.ToBase64String(Content))[..32]}\"");

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, Send).AllowAnonymous();

    private static IResult Send(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers.AccessControlAllowOrigin = "*";
        headers.CacheControl = "public, no-cache";
        return Results.Bytes(Content, "text/javascript; charset=utf-8", entityTag: Tag);
    }

    private static byte[] Read()
    {
        using var stream = typeof(LibraryFile).Assembly.GetManifestResourceStream("dreamshop.js")
            ?? throw new InvalidOperationException("The library is not in the program.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
