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

    /// <summary>What somebody has paid for: for their browser's eyes alone, and not kept there either.</summary>
    public bool IsOfOneReader { get; set; }

    /// <summary>The form of this page is answered by a redirect there, for instance to a provider's own page.</summary>
    public void AllowFormAction(Uri address)
    {
        var origin = address.GetLeftPart(UriPartial.Authority);
        if (!formActions.Contains(origin))
        {
            formActions.Add(origin);
        }
    }

    private string framedBy = "'none'";

    /// <summary>Pages of these origins may frame this one: a seller's, from the database, never from what a request says of itself.</summary>
    public void AllowFraming(IReadOnlyCollection<string> origins) => framedBy = origins.Count == 0 ? "'none'" : string.Join(' ', origins);

    private FieldSources? fields;

    /// <summary>This page shows a payment service's own fields, drawn by the script at this address: the one kind of page with anybody else's script.</summary>
    public void UseFieldsOf(Uri script) => fields = FieldSources.Of(script);

    /// <summary>Pages of fields may ask the browser for a payment, others for nothing.</summary>
    public string PermissionsPolicy() =>
        $"camera=(), microphone=(), geolocation=(), payment={(fields is null ? "()" : $"(self \"{fields.Origin}\")")}";

    /// <summary>A bank's further step may open a window of its own.</summary>
    public string OpenerPolicy() => fields is null ? "same-origin" : "same-origin-allow-popups";

    public string ContentSecurityPolicy() =>
        $"default-src 'none'; script-src 'self' 'nonce-{Nonce}'{fields?.Script}; style-src 'self' 'nonce-{Nonce}'; img-src 'self' data:{fields?.Image}; font-src 'self'; "
        + $"connect-src 'self'{fields?.Connect}; {(fields is null ? "" : $"frame-src{fields.Frame}; ")}"
        + $"form-action {string.Join(' ', formActions)}; frame-ancestors {framedBy}; base-uri 'none'; object-src 'none'; manifest-src 'self'; "
        + $"report-to csp; report-uri {CspReports.Path}";
}

/// <summary>What a page of fields may load from whom, each with a leading blank (security.md section 2).</summary>
internal sealed record FieldSources(string Origin, string Script, string Image, string Connect, string Frame)
{
    /// <summary>The lists that a service publishes; of an address that is not known, as in tests, only its own origin.</summary>
    private static readonly FieldSources[] Published =
    [
        new("https://js.stripe.com", " https://js.stripe.com https://*.js.stripe.com", " https://*.stripe.com", " https://api.stripe.com",
            " https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"),
    ];

    public static FieldSources Of(Uri script)
    {
        var origin = script.GetLeftPart(UriPartial.Authority);
        return Published.FirstOrDefault(known => known.Origin == origin) ?? new FieldSources(origin, " " + origin, " " + origin, " " + origin, " " + origin);
    }
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
