using System.Security.Cryptography;

namespace Shop.Web.Security;

/// <summary>What one response says about itself: its nonce, and what its page needs beyond the usual.</summary>
internal sealed class PageHeaders
{
    private const int NonceBytes = 16;

    private readonly List<string> formActions = ["'self'"];

    /// <summary>Fresh for each response; for a style or script element of our own.</summary>
    public string Nonce { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));

    /// <summary>The address of the page opens something, so it is told to nobody.</summary>
    public bool IsPrivate { get; set; }

    /// <summary>The form of this page is answered by a redirect there, for instance to a provider's own page.</summary>
    public void AllowFormAction(Uri address)
    {
        var origin = address.GetLeftPart(UriPartial.Authority);
        if (!formActions.Contains(origin))
        {
            formActions.Add(origin);
        }
    }

    public string ContentSecurityPolicy() =>
        $"default-src 'none'; script-src 'self' 'nonce-{Nonce}'; style-src 'self' 'nonce-{Nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + $"form-action {string.Join(' ', formActions)}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; manifest-src 'self'; "
        + $"report-to csp; report-uri {CspReports.Path}";
}

internal static class PageHeadersOfContext
{
    public static PageHeaders PageHeaders(this HttpContext context)
    {
        if (context.Features.Get<PageHeaders>() is not { } headers)
        {
            headers = new PageHeaders();
            context.Features.Set(headers);
        }

        return headers;
    }
}

/// <summary>Marks a page whose address or content is for one person: no referrer leaves it.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PrivatePageAttribute : Attribute;
