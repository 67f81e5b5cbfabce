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

    /// <summary>Wrong codes of an account in a day, and of an address in an hour.</summary>
    private const int WrongCodesOfAccount = 20;
    private const int WrongCodesOfAddress = 10;

    private readonly PartitionedRateLimiter<HttpContext> codesOfAccounts = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        context.Buyer().MemberId is { } member ? Window(member.ToString(CultureInfo.InvariantCulture), WrongCodesOfAccount, TimeSpan.FromDays(1)) : RateLimitPartition.GetNoLimiter(""));

    private readonly PartitionedRateLimiter<HttpContext> codesOfAddresses = PartitionedRateLimiter.Create<HttpContext, string>(context => address.IsLimited(context)
        ? Window(ClientAddress.Of(context), WrongCodesOfAddress, TimeSpan.FromHours(1))
        : RateLimitPartition.GetNoLimiter(""));

    /// <summary>Whether a code of a gift may be tried: not after many wrong ones.</summary>
    public bool AllowsCode(HttpContext context)
    {
        using var account = codesOfAccounts.AttemptAcquire(context, 0);
        using var network = codesOfAddresses.AttemptAcquire(context, 0);
        return account.IsAcquired && network.IsAcquired;
    }

    /// <summary>Counts a code that is none.</summary>
    public void WrongCode(HttpContext context)
    {
        using var account = codesOfAccounts.AttemptAcquire(context);
        using var network = codesOfAddresses.AttemptAcquire(context);
    }

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
        codesOfAccounts.Dispose();
        codesOfAddresses.Dispose();
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
