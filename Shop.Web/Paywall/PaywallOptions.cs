namespace Shop.Web.Paywall;

/// <summary>How a site protects addresses of its own with orders of a shop (docs/paywall.md).</summary>
public sealed class PaywallOptions
{
    /// <summary>Where the shop is: <c>https://shop.example/</c>. Not asked for by the shop itself.</summary>
    public Uri? BackEnd { get; set; }

    /// <summary>A seller's key with the scope for orders.</summary>
    public string? Key { get; set; }

    /// <summary>This site's own address, as its readers know it: what they are sent back to is never taken from a request.</summary>
    public Uri? PublicBaseUrl { get; set; }

    /// <summary>For so long what is paid is believed without asking; a refund ends the access after that.</summary>
    public TimeSpan KeptFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The cookie of the session; HttpOnly, SameSite=Lax and Secure unless the site runs over http.</summary>
    public CookieBuilder Cookie { get; } = new()
    {
        Name = "paywall", HttpOnly = true, SameSite = SameSiteMode.Lax, SecurePolicy = CookieSecurePolicy.SameAsRequest, Path = "/", IsEssential = true,
    };

    internal Dictionary<string, PaywallOffer> Offers { get; } = new(StringComparer.Ordinal);

    /// <summary>From now on whoever opens this path pays for it first.</summary>
    /// <param name="path">Such as <c>/articles/moon</c>; what lies below it is protected too, by the same payment.</param>
    /// <param name="summary">What the buyer reads.</param>
    /// <param name="amount">As Taler writes it: <c>EUR:1.50</c>.</param>
    public PaywallOptions Add(string path, string summary, string amount)
    {
        Offers[path.TrimEnd('/')] = new PaywallOffer(path.TrimEnd('/')) { Summary = summary, Amount = amount };
        return this;
    }
}
