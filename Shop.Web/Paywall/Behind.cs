using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Net.Http.Headers;
using Shop.Core;

namespace Shop.Web.Paywall;

/// <summary>Fetches what an address behind the shop answers and hands it on. The browser never learns the address, nor the address who reads.</summary>
internal sealed partial class Behind(IHttpClientFactory clients, ResourceAddresses addresses, ILogger<Behind> log)
{
    public const string Client = "resources";

    private static readonly TimeSpan UntilItAnswers = TimeSpan.FromSeconds(10);

    private static readonly string[] HandedOn =
        [HeaderNames.ContentType, HeaderNames.ContentLength, HeaderNames.ContentRange, HeaderNames.ContentLanguage, HeaderNames.ContentDisposition, HeaderNames.AcceptRanges];

    /// <summary>False: it did not answer, or not with content; nothing was sent to the browser.</summary>
    public async Task<bool> SendAsync(HttpContext context, string? to)
    {
        if (!Uri.TryCreate(to, UriKind.Absolute, out var address) || !addresses.Allow(address) || HidesDots(address))
        {
            NotAllowed(to);
            return false;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var name in new[] { HeaderNames.Range, HeaderNames.Accept, HeaderNames.AcceptLanguage })
        {
            if (context.Request.Headers[name] is [{ } value])
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var http = clients.CreateClient(Client);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(UntilItAnswers);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode is not (System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.PartialContent))
            {
                Refused((int)response.StatusCode, address.Host);
                return false;
            }

            // from here on it may take as long as it takes
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            await CopyAsync(response, context);
            return true;
        }
        catch (Exception e) when (!context.Response.HasStarted && (e is HttpRequestException || (e is OperationCanceledException && !context.RequestAborted.IsCancellationRequested)))
        {
            Silent(e, address.Host);
            return false;
        }
    }

    /// <summary>A server behind may take an escaped slash or dot for one, and so leave the path that is allowed.</summary>
    private static bool HidesDots(Uri address) => new[] { "%2f", "%5c", "%2e", "\\" }.Any(hidden => address.AbsolutePath.Contains(hidden, StringComparison.OrdinalIgnoreCase));

    private static async Task CopyAsync(HttpResponseMessage response, HttpContext context)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => HandedOn.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = string.Join(", ", values);
        }

        // a page of another program on the shop's own origin: it runs nothing and has no part in the shop's sessions
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; img-src data:; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A resource is to be fetched at {Address}, which lies below none of Resources:Behind.")]
    private partial void NotAllowed(string? address);

    [LoggerMessage(Level = LogLevel.Error, Message = "A resource's address at {Host} answered {Status}.")]
    private partial void Refused(int status, string host);

    [LoggerMessage(Level = LogLevel.Error, Message = "A resource's address at {Host} did not answer.")]
    private partial void Silent(Exception exception, string host);
}
