using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Shop.Payments.Sandbox;

namespace Shop.Web.Sandbox;

/// <summary>Where the bank is, and where it may send a buyer. Nothing here comes from a request's Host header.</summary>
internal sealed class BankAddresses(IServer server, IOptions<SandboxBankOptions> options)
{
    private static readonly string[] Wildcards = ["0.0.0.0", "[::]", "*", "+"];

    /// <summary>Where the bank's API answers from inside this host.</summary>
    public Uri Api => Listening.First();

    /// <summary>Where events go; null when there is nowhere to send them, as in a host without sockets.</summary>
    public Uri? Webhooks => !options.Value.SendWebhooks ? null
        : options.Value.WebhookUrl ?? (server.Features.Get<IServerAddressesFeature>()?.Addresses.Count > 0 ? new Uri(Api, $"/hooks/{SandboxPlugin.Name}") : null);

    /// <summary>Plain http first: inside the host a development certificate only gets in the way. A host without sockets, as in tests, is localhost.</summary>
    private IEnumerable<Uri> Listening =>
        (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        .DefaultIfEmpty("https://localhost")
        .Select(address => Wildcards.Aggregate(address, (it, wildcard) => it.Replace($"//{wildcard}:", "//127.0.0.1:", StringComparison.Ordinal)))
        .Select(address => new Uri(address))
        .OrderBy(uri => uri.Scheme, StringComparer.Ordinal);

    /// <summary>Whether a buyer may be sent there: an origin that somebody configured, or without one the host's own on this machine.</summary>
    public bool MaySendTo(Uri address) => address.IsAbsoluteUri && address.UserInfo.Length == 0
        && (IsOwn(address) || options.Value.ReturnOrigins.Any(origin => Same(new Uri(origin), address)));

    /// <summary>The hosted page of a payment (<c>pay</c>) or of keeping a card (<c>setup</c>), on the origin the buyer comes from when that is the bank's own, so that cookies and policies stay on one origin.</summary>
    public Uri Page(string kind, string id, Uri returnUrl)
    {
        var origin = options.Value.PublicBase ?? (IsOwn(returnUrl) ? returnUrl : Api);
        return new Uri(new Uri(origin.GetLeftPart(UriPartial.Authority)), $"/sandbox/{kind}/{id}");
    }

    private bool IsOwn(Uri address) => options.Value.PublicBase is { } known
        ? Same(known, address)
        : Listening.Any(uri => uri.Scheme == address.Scheme && uri.Port == address.Port && (uri.Host == address.Host || (uri.IsLoopback && address.IsLoopback)));

    private static bool Same(Uri left, Uri right) =>
        Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
