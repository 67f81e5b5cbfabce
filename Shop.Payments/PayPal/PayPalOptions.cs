using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Shop.Payments.PayPal;

/// <summary>The section <c>Payments:PayPal</c>.</summary>
public sealed record PayPalOptions
{
    /// <summary>Where PayPal's API answers. Absent: PayPal itself, live or sandbox as <see cref="Live"/> says.</summary>
    public Uri? ApiBase { get; set; }

    [Required, MinLength(1)]
    public string ClientId { get; set; } = "";

    [Required, MinLength(1)]
    public string Secret { get; set; } = "";

    /// <summary>PayPal's id of our webhook; part of what is signed.</summary>
    [Required, RegularExpression("[a-zA-Z0-9]{1,50}")]
    public string WebhookId { get; set; } = "";

    /// <summary>Whose money it becomes: the account's merchant id.</summary>
    [Required, RegularExpression("[2-9A-HJ-NP-Z]{13}")]
    public string MerchantId { get; set; } = "";

    public bool Live { get; set; }

    /// <summary>What PayPal's pages call the shop. Absent: the account's own name.</summary>
    [MaxLength(127)]
    public string? BrandName { get; set; }

    public PayPalVerification VerifyBy { get; set; } = PayPalVerification.Certificate;

    /// <summary>The only hosts from which a certificate is fetched. Absent: the host of <see cref="ApiBase"/>, and PayPal's own of the same mode.</summary>
    public IReadOnlyList<string> CertificateHosts { get; set; } = [];

    /// <summary>A file with the roots (PEM) that a certificate must lead to. Absent: those that the system trusts.</summary>
    public string? CertificateRoots { get; set; }

    public Uri Api => ApiBase ?? new Uri(Live ? "https://api-m.paypal.com" : "https://api-m.sandbox.paypal.com");

    public IReadOnlyList<string> AllowedCertificateHosts => CertificateHosts.Count > 0
        ? CertificateHosts
        : [Api.Host, .. Live ? (string[])["api.paypal.com", "api-m.paypal.com"] : ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"]];

    /// <summary>A simulator on this machine: the one place that may answer without TLS, and never with real money.</summary>
    public bool IsLoopback => Api is { Scheme: "http", IsLoopback: true } && !Live;

    public bool IsApiBaseUsable => Api.IsAbsoluteUri && (Api.Scheme == "https" || IsLoopback);

    /// <summary>Real money only at PayPal's live hosts, play money never there.</summary>
    public bool IsModeRight => Api.IsAbsoluteUri && (PayPalMode.Of(Api.Host) is { } isLive ? isLive == Live : !Live);

    public bool AreHostsUsable => CertificateHosts.All(host => Uri.CheckHostName(host) == UriHostNameType.Dns && !IPAddress.TryParse(host, out _));

    public bool AreRootsReadable => CertificateRoots is null || File.Exists(CertificateRoots);
}

public enum PayPalVerification { Certificate, Api }

/// <summary>PayPal's answers do not say whether money is real; the hosts that they name do.</summary>
internal static class PayPalMode
{
    /// <summary>True: live, false: PayPal's sandbox, null: not a host of PayPal.</summary>
    public static bool? Of(string host) => host switch
    {
        _ when host.Equals("sandbox.paypal.com", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".sandbox.paypal.com", StringComparison.OrdinalIgnoreCase) => false,
        _ when host.Equals("paypal.com", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".paypal.com", StringComparison.OrdinalIgnoreCase) => true,
        _ => null,
    };
}
