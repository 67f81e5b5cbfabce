using System.Net;
using System.Net.Sockets;

namespace Shop.Core;

/// <summary>Which network addresses are the public internet's: calls to programs of the site never reach the machine itself, its network or its cloud's metadata.</summary>
public static class PublicAddresses
{
    /// <summary>IANA's special-purpose ranges of IPv4.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(range => IPNetwork.Parse(range)),
    ];

    /// <summary>What IPv6 has given out to the public, and within it what carries other addresses, is for examples or for protocols.</summary>
    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialInGlobal = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(range => IPNetwork.Parse(range))];

    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Special.Any(range => range.Contains(plain)),
            AddressFamily.InterNetworkV6 => Global.Contains(plain) && !SpecialInGlobal.Any(range => range.Contains(plain)),
            _ => false,
        };
    }
}
