using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Shop.Web.Hosting;

/// <summary>Where the world finds the shop. Every absolute link is made here and nowhere from a request's Host header.</summary>
internal sealed class ShopAddress(IServer server, IOptions<ShopOptions> options)
{
    private static readonly Uri Unknown = new("https://localhost");

    /// <summary>The configured address; without one, which only Development allows, the first one listened on.</summary>
    public Uri Base => options.Value.PublicBaseUrl ?? Listening() ?? Unknown;

    /// <summary>The host name, for mail addresses and message ids.</summary>
    public string Host => Base.IdnHost;

    /// <summary>The absolute address of a path of this shop, which starts with a slash.</summary>
    public Uri Link(string path) => new(Base, path);

    /// <summary>The absolute address of what a request asks for, put together by its parts: a path that begins with two slashes would otherwise name another host.</summary>
    public Uri Of(HttpRequest request) =>
        new UriBuilder(Base) { Path = request.PathBase + request.Path, Query = request.QueryString.ToString() }.Uri;

    /// <summary>An address of this very site.</summary>
    public bool IsOwn(Uri address) => Uri.Compare(address, Base, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private Uri? Listening() => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Select(address => address
            .Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal)
            .Replace("//[::]:", "//localhost:", StringComparison.Ordinal)
            .Replace("//*:", "//localhost:", StringComparison.Ordinal)
            .Replace("//+:", "//localhost:", StringComparison.Ordinal))
        .Select(address => new Uri(address))
        .FirstOrDefault();
}
