using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Shop.Web.Security;

namespace Shop.Web.Paywall;

/// <summary>How many requests wait for a payment at once, of one network address and in all: each looks into the database again and again. Who finds no place is answered at once.</summary>
internal sealed class OrderWaits(ClientAddress address, IOptions<LimitsOptions> limits) : IDisposable
{
    private const int OfOneAddress = 20;

    private readonly PartitionedRateLimiter<HttpContext> places = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<HttpContext, string>(context => address.IsLimited(context)
            ? RateLimitPartition.GetConcurrencyLimiter(ClientAddress.Of(context), _ => Places(OfOneAddress))
            : RateLimitPartition.GetNoLimiter("")),
        PartitionedRateLimiter.Create<HttpContext, string>(_ => RateLimitPartition.GetConcurrencyLimiter("", _ => Places(limits.Value.OrderWaitsAtOnce))));

    public RateLimitLease Enter(HttpContext context) => places.AttemptAcquire(context);

    public void Dispose() => places.Dispose();

    private static ConcurrencyLimiterOptions Places(int atOnce) => new() { PermitLimit = atOnce, QueueLimit = 0 };
}
