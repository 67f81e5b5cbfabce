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

    /// <summary>Whether a day fits tells something of the recipient's own dates: fewer days than it takes to find one.</summary>
    private const int DaysForOneInADay = 6;

    private readonly PartitionedRateLimiter<HttpContext> sessions = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        (Session(context) ?? (address.IsLimited(context) ? ClientAddress.Of(context) : null)) is { } key
            ? Window(key, OfSessionInAMinute, TimeSpan.FromMinutes(1))
            : RateLimitPartition.GetNoLimiter(""));

    private readonly PartitionedRateLimiter<HttpContext> addresses = PartitionedRateLimiter.Create<HttpContext, string>(context => address.IsLimited(context)
        ? Window(ClientAddress.Of(context), OfAddressInAnHour, TimeSpan.FromHours(1))
        : RateLimitPartition.GetNoLimiter(""));

    private readonly PartitionedRateLimiter<(string Who, string Recipient)> days = PartitionedRateLimiter.Create<(string Who, string Recipient), (string, string)>(
        tried => RateLimitPartition.GetFixedWindowLimiter(
            tried, _ => new FixedWindowRateLimiterOptions { PermitLimit = DaysForOneInADay, Window = TimeSpan.FromDays(1) }));

    /// <summary>Counts one day of delivery that is tried for somebody's account. False: it is one too many for that recipient.</summary>
    public bool AllowDay(HttpContext context, string recipient)
    {
        using var tried = days.AttemptAcquire((Session(context) ?? ClientAddress.Of(context), recipient.Trim().ToUpperInvariant()));
        return tried.IsAcquired;
    }

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
        days.Dispose();
    }

    private static RateLimitPartition<string> Window(string key, int most, TimeSpan window) =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions { PermitLimit = most, Window = window });

    /// <summary>The account, or the browser's cart; null for somebody who has neither yet.</summary>
    private static string? Session(HttpContext context) => context.Buyer() switch
    {
        { MemberId: { } member } => member.ToString(CultureInfo.InvariantCulture),
        { SessionHash: { } cart } => cart,
        _ => null,
    };
}
