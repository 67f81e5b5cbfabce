using System.Net;

namespace Shop.Web.Hosting;

/// <summary>What the shop as a whole needs to know of its place.</summary>
internal sealed record ShopOptions
{
    public const string Section = "Shop";

    /// <summary>What every absolute link says. Absent in Development: the address the shop listens on.</summary>
    public Uri? PublicBaseUrl { get; set; }

    /// <summary>Host names besides that of <see cref="PublicBaseUrl"/> whose pages lead to it, path and query kept: the site's main host, for instance.</summary>
    public IReadOnlyList<string> OtherHosts { get; set; } = [];

    public ShopRole Role { get; set; } = ShopRole.All;

    /// <summary>Addresses (<c>10.0.0.5</c>) or networks (<c>10.0.0.0/24</c>) of reverse proxies whose forwarded headers are believed.</summary>
    public IReadOnlyList<string> KnownProxies { get; set; } = [];

    public const int MostMinutes = 24 * 60;

    /// <summary>So often the jobs ask payment services whether they would take a payment; 0: only when somebody presses the button.</summary>
    public int AskServicesEveryMinutes { get; set; } = 15;

    /// <summary>
    /// The header in which the reverse proxy says from which country a request comes, as two letters. It is kept as evidence with orders that are taxed by country; the
    /// proxy must set it or take it away, whatever the buyer sent. Null: none is read.
    /// </summary>
    public string? CountryHeader { get; set; }

    /// <summary>A PKCS#12 file; the key ring in the database is encrypted with it.</summary>
    public string? KeyRingCertificate { get; set; }

    public string? KeyRingCertificatePassword { get; set; }

    /// <summary>Production may keep the key ring in the database as it is: for sites whose database is encrypted by other means.</summary>
    public bool AllowPlainKeyRing { get; set; }

    public bool IsBaseUsable => PublicBaseUrl is null
        or { IsAbsoluteUri: true, Scheme: "http" or "https", AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" };

    public bool AreOtherHostsUsable => OtherHosts.All(host =>
        Uri.CheckHostName(host) != UriHostNameType.Unknown && !string.Equals(host, PublicBaseUrl?.IdnHost, StringComparison.OrdinalIgnoreCase));

    public bool AreProxiesUsable => KnownProxies.All(p => IPAddress.TryParse(p, out _) || IPNetwork.TryParse(p, out _));
}

/// <summary>What a node does: pages, jobs, or both.</summary>
internal enum ShopRole { All, Web, Worker }
