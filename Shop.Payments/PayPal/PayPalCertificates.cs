using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;

namespace Shop.Payments.PayPal;

/// <summary>The certificates that PayPal signs its events with, fetched from its own hosts only, kept by their address.</summary>
internal sealed class PayPalCertificates(IHttpClientFactory clients, IOptions<PayPalOptions> options, TimeProvider clock)
{
    /// <summary>PayPal has a few at a time; more are somebody's play with addresses.</summary>
    private const int Kept = 8;

    private const string Folder = "/v1/notifications/certs/";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Uri, X509Certificate2Collection> known = new();
    private readonly Lazy<X509Certificate2Collection?> roots = new(() => Roots(options.Value));

    /// <summary>Whether an address is one from which a certificate may be fetched at all.</summary>
    public bool TryAllow(string text, out Uri address)
    {
        var settings = options.Value;
        return Uri.TryCreate(text, UriKind.Absolute, out address!)
            && (address.Scheme == Uri.UriSchemeHttps || (settings.IsLoopback && address.Authority == settings.Api.Authority && address.Scheme == settings.Api.Scheme))
            && (address.IsDefaultPort || address.Authority == settings.Api.Authority)
            && address.UserInfo.Length == 0
            && settings.AllowedCertificateHosts.Contains(address.Host, StringComparer.OrdinalIgnoreCase)
            && address.AbsolutePath.StartsWith(Folder, StringComparison.Ordinal);
    }

    /// <summary>The certificate of an allowed address, if it is to be trusted at an instant.</summary>
    public async Task<PayPalCertificate> GetAsync(Uri address, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(address, out var chain))
        {
            var fetched = await FetchAsync(address, cancellationToken);
            if (fetched.Chain is null)
            {
                return fetched.Answer;
            }

            chain = fetched.Chain;
        }

        if (!IsTrusted(chain, at))
        {
            return new PayPalCertificate.Refused("certificate not trusted");
        }

        if (known.Count < Kept || known.ContainsKey(address))
        {
            known[address] = chain;
        }

        return new PayPalCertificate.Found(chain[0]);
    }

    private async Task<(X509Certificate2Collection? Chain, PayPalCertificate Answer)> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var client = clients.CreateClient(PayPalPlugin.Certificates);
        try
        {
            using var response = await client.GetAsync(address, both.Token);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPem(await response.Content.ReadAsStringAsync(both.Token));
                return chain.Count > 0 ? (chain, new PayPalCertificate.Found(chain[0])) : (null, new PayPalCertificate.Refused("no certificate"));
            }

            return (int)response.StatusCode is >= 300 and < 500 and not (408 or 429)
                ? (null, new PayPalCertificate.Refused("no certificate there"))
                : (null, new PayPalCertificate.Unavailable("certificate not to be had"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, new PayPalCertificate.Unavailable(e.GetType().Name));
        }
        catch (CryptographicException)
        {
            return (null, new PayPalCertificate.Refused("certificate not readable"));
        }
    }

    /// <summary>The first of the chain leads to a root that we trust, and everything on the way was valid at that instant.</summary>
    private bool IsTrusted(X509Certificate2Collection sent, DateTimeOffset at)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        // a list of withdrawn certificates is not asked for: it would be one more address that a stranger's request makes us call
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        if (roots.Value is { } trusted)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        return chain.Build(sent[0]);
    }

    private static X509Certificate2Collection? Roots(PayPalOptions options)
    {
        if (options.CertificateRoots is not { } file)
        {
            return null;
        }

        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPem(File.ReadAllText(file, Encoding.ASCII));
        return trusted;
    }
}

internal abstract record PayPalCertificate
{
    private PayPalCertificate() { }

    public sealed record Found(X509Certificate2 Certificate) : PayPalCertificate;

    /// <summary>It will not become better: the event is not PayPal's.</summary>
    public sealed record Refused(string Why) : PayPalCertificate;

    /// <summary>It cannot be looked at just now.</summary>
    public sealed record Unavailable(string Why) : PayPalCertificate;
}
