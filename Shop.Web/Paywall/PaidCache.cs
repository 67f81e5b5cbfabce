using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Shop.Web.Paywall;

/// <summary>Another site's cache of what is paid: in memory, and for a short time, because nobody tells it of refunds.</summary>
public sealed class PaidCache(IOptions<PaywallOptions> options) : IPaidCache, IDisposable
{
    private const int Most = 100_000;

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Most });

    public ValueTask<string?> FindAsync(string resource, string? order, string session, CancellationToken cancellationToken) =>
        ValueTask.FromResult(known.TryGetValue((resource, session), out string? paid) && (order is null || order == paid) ? paid : null);

    public void Store(string resource, string order, string session) =>
        known.Set((resource, session), order, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = options.Value.KeptFor });

    public void Dispose() => known.Dispose();
}
