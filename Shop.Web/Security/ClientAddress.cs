using System.Net;
using Microsoft.Extensions.Options;
using Shop.Core;
using Shop.Web.Hosting;

namespace Shop.Web.Security;

/// <summary>Whose limits per network address a request counts against. A home or a server has a /64 of IPv6, so that is one address.</summary>
internal sealed class ClientAddress(IHostEnvironment environment, IOptions<LimitsOptions> limits, IOptions<ShopOptions> shop)
{
    private const int NetworkBytes = 8;

    /// <summary>Limits per address hold here: not when switched off, and not for loopback in Development.</summary>
    public bool IsLimited(HttpContext context) =>
        limits.Value.PerAddress == Switch.On && !(environment.IsDevelopment() && (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address)));

    public static string Hash(HttpContext context) => Codes.Hash(Of(context));

    /// <summary>What the rows of this request are counted under; null where the limits do not hold.</summary>
    public string? LimitedHash(HttpContext context) => IsLimited(context) ? Hash(context) : null;

    /// <summary>The country that the proxy in front says the request comes from; null: it says none, or nobody set a header that is believed.</summary>
    public string? CountryOf(HttpContext context) =>
        shop.Value.CountryHeader is { Length: > 0 } header && context.Request.Headers[header] is [{ Length: 2 } country] ? country.ToUpperInvariant() : null;

    public static string Of(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return "none";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.GetAddressBytes() is { Length: > 4 } bytes ? Convert.ToHexString(bytes, 0, NetworkBytes) : address.ToString();
    }
}
