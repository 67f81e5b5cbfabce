using Microsoft.Extensions.Caching.Memory;

namespace Shop.Web.Paywall;

/// <summary>The shop's orders that this site has asked for, by its own ids: who comes again is asked about, and costs none of the few orders that a key may make in a minute.</summary>
public sealed class MadeOrders : IDisposable
{
    private const int Most = 100_000;

    /// <summary>The site's own ids are those of a day.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Most });

    internal string? Find(string ownId) => known.TryGetValue(ownId, out string? number) ? number : null;

    internal void Keep(string ownId, string number) => known.Set(ownId, number, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Kept });

    public void Dispose() => known.Dispose();
}
