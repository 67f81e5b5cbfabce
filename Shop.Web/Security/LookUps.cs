using System.Globalization;
using System.Threading.RateLimiting;
using Shop.Web.Display;

namespace Shop.Web.Security;

/// <summary>
/// How often somebody may ask whether a name is a member (security.md section 4). Names are public, so this only slows down whoever reads
/// them all; in memory and per node.
/// </summary>
internal sealed class LookUps(ClientAddress address) : IDisposable
{
    private const int OfSessionInAMinute = 20;
    private const int OfAddressInAnHour = 100;

    private readonly PartitionedRateLimiter<HttpContext> sessions = Of(Session, OfSessionInAMinute, TimeSpan.FromMinutes(1));
    private readonly PartitionedRateLimiter<HttpContext> addresses = PartitionedRateLimiter.Create<HttpContext, string>(context => address.IsLimited(context)
        ? Window(ClientAddress.Of(context), OfAddressInAnHour, TimeSpan.FromHours(1))
        : RateLimitPartition.GetNoLimiter(""));

    /// <summary>Counts one look-up. False: it is one too many.</summary>
    public bool Allow(HttpContext context)
    {
        using var session = sessions.AttemptAcquire(context);
        using var network = addresses.AttemptAcquire(context);
        return session.IsAcquired && network.IsAcquired;
    }

    public void Dispose()
    {
        sessions.Dispose();
        addresses.Dispose();
    }

    private static PartitionedRateLimiter<HttpContext> Of(Func<HttpContext, string> key, int most, TimeSpan window) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => Window(key(context), most, window));

    private static RateLimitPartition<string> Window(string key, int most, TimeSpan window) =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions { PermitLimit = most, Window = window });

    /// <summary>The account, the browser's cart, or for somebody without either the network.</summary>
    private static string Session(HttpContext context) => context.Buyer() switch
    {
        { MemberId: { } member } => member.ToString(CultureInfo.InvariantCulture),
        { SessionHash: { } cart } => cart,
        _ => ClientAddress.Of(context),
    };
}
