using System.Globalization;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Net.Http.Headers;
using Shop.Core;
using Shop.Web.Pages;
using Shop.Web.Security;

namespace Shop.Web.Paywall;

/// <summary>Sends the file of a resource, to a session that has paid and to nobody else: the address is worth nothing in another browser (D11).</summary>
internal static class ResourceFiles
{
    private const string Route = "/r/{resource}/file";

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet(Route, SendAsync).AllowAnonymous();

    private static async Task SendAsync(string resource, HttpContext context, PaywallSession sessions, IPaidCache paid, ResourceReader reader, CancellationToken cancellationToken)
    {
        var (headers, code) = (context.Response.Headers, resource);
        context.PageHeaders().IsOfOneReader = true;
        headers.Vary = HeaderNames.Cookie;
        if (sessions.Find(context) is not { } session || await paid.FindAsync(code, null, session, cancellationToken) is null)
        {
            // whoever has not paid, or not in this browser, is shown the way
            context.Response.Redirect(ResourceModel.Address(code));
            return;
        }

        if (await reader.FindAsync(code, cancellationToken) is not { Form: ResourceForm.File, FileLength: > 0 } file)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        headers.AcceptRanges = "bytes";
        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{file.Id}-{file.FileNumber}\""));
        headers.ETag = tag.ToString();
        if (RangeOf(context.Request, tag, file.FileLength) is not var (from, length))
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            headers.ContentRange = new ContentRangeHeaderValue(file.FileLength).ToString();
            return;
        }

        if (length < file.FileLength)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = new ContentRangeHeaderValue(from, from + length - 1, file.FileLength).ToString();
        }

        var name = new ContentDispositionHeaderValue("attachment");
        name.SetHttpFileName(file.FileName);
        headers.ContentDisposition = name.ToString();
        context.Response.ContentType = file.MediaType;
        context.Response.ContentLength = length;
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout(); // a slow reader of a large file
        await foreach (var part in reader.PartsAsync(file, from, cancellationToken))
        {
            var piece = part[..(int)Math.Min(part.Length, length)];
            await context.Response.Body.WriteAsync(piece, cancellationToken);
            length -= piece.Length;
            if (length == 0)
            {
                break;
            }
        }
    }

    /// <summary>What is wanted of the file: all of it, unless one range of it is asked for. Null: that range is not in it.</summary>
    private static (long From, long Length)? RangeOf(HttpRequest request, EntityTagHeaderValue tag, long all)
    {
        var typed = request.GetTypedHeaders();
        if (typed.Range is not { Ranges: { Count: 1 } ranges } range || range.Unit != "bytes" || (typed.IfRange is { } since && since.EntityTag?.Compare(tag, useStrongComparison: true) != true))
        {
            return (0, all);
        }

        var (first, last) = ranges.Single() switch
        {
            { From: { } from, To: var to } => (from, Math.Min(to ?? all - 1, all - 1)),
            { To: { } tail } => (Math.Max(0, all - tail), tail == 0 ? -1 : all - 1),
            _ => (0, all - 1),
        };
        return first <= last && first < all ? (first, last - first + 1) : null;
    }
}
