namespace Shop.Web.Paywall;

/// <summary>Programs that look at an address for somebody before, or instead of, that person: none of them makes an order (TF-10).</summary>
public static class PreviewBots
{
    private static readonly string[] Names =
    [
        "bot", "crawler", "spider", "preview", "facebookexternalhit", "whatsapp", "mastodon", "slack-imgproxy", "embedly", "iframely", "vkshare", "skypeuri", "google-inspectiontool",
    ];

    private static readonly string[] PurposeHeaders = ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"];
    private static readonly string[] Purposes = ["prefetch", "preview", "prerender"];

    /// <summary>The request asks for the head alone, or comes from such a program, or from a browser that loads ahead.</summary>
    public static bool IsLookingOnly(HttpRequest request) =>
        HttpMethods.IsHead(request.Method)
        || PurposeHeaders.Any(header => Purposes.Any(purpose => $"{request.Headers[header]}".Contains(purpose, StringComparison.OrdinalIgnoreCase)))
        || Names.Any(name => $"{request.Headers.UserAgent}".Contains(name, StringComparison.OrdinalIgnoreCase));
}
