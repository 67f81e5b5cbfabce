using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Shop.Web.Security;

namespace Shop.Web.Hosting;

/// <summary>A part of the site that fails by itself (MZ-63, goals.md G16).</summary>
internal enum Compartment
{
    /// <summary>Whatever a purchase needs, signing in included.</summary>
    Buy,

    /// <summary>The pages where members manage what they have.</summary>
    Account,

    /// <summary>The desk of those who run the shop.</summary>
    Staff,

    /// <summary>The interfaces for other services.</summary>
    Api,
}

/// <summary>
/// How many requests of each part run at once. A part whose requests hang or crowd fills its own places and no others, and so never holds all connections to
/// the database: one request holds two at most. Buying has no limit.
/// </summary>
internal sealed class Compartments(IOptions<LimitsOptions> limits, TimeProvider clock) : IDisposable
{
    /// <summary>For each place one more may wait; who comes then is asked to come back.</summary>
    private const int WaitingForEachPlace = 2;

    /// <summary>So many requests have to fail before a part counts as ill.</summary>
    private const int FewestFailures = 5;

    /// <summary>Pages below /account by which a purchase begins.</summary>
    private static readonly string[] SignIn = ["/account/login", "/account/register", "/account/logout", "/account/forgot", "/account/reset", "/account/confirm", "/account/community"];

    private readonly Dictionary<Compartment, Part> parts = new()
    {
        [Compartment.Buy] = new Part(null),
        [Compartment.Account] = new Part(Places(limits.Value.AccountAtOnce)),
        [Compartment.Staff] = new Part(Places(limits.Value.StaffAtOnce)),
        [Compartment.Api] = new Part(Places(limits.Value.ApiAtOnce)),
    };

    public static Compartment Of(PathString path) =>
        path.StartsWithSegments("/account") ? SignIn.Any(page => path.StartsWithSegments(page)) ? Compartment.Buy : Compartment.Account
        : path.StartsWithSegments("/admin") || path.StartsWithSegments("/dev") ? Compartment.Staff
        : path.StartsWithSegments("/api") || path.StartsWithSegments("/private") ? Compartment.Api
        : Compartment.Buy;

    /// <summary>A place for one request; null when so many wait already that it would not come to its turn.</summary>
    public async ValueTask<RateLimitLease?> EnterAsync(Compartment compartment, CancellationToken cancellationToken)
    {
        if (parts[compartment].Places is not { } places)
        {
            return Free.Instance;
        }

        var lease = await places.AcquireAsync(1, cancellationToken);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        return null;
    }

    /// <summary>Notes how a request ended.</summary>
    public void Ended(Compartment compartment, bool isFailure)
    {
        var minute = Minute();
        var part = parts[compartment];
        var counts = part.Now;
        if (counts.Minute != minute)
        {
            var next = new Counts(minute);
            if (Interlocked.CompareExchange(ref part.Now, next, counts) == counts)
            {
                part.Before = counts;
            }

            counts = part.Now;
        }

        Interlocked.Increment(ref counts.All);
        if (isFailure)
        {
            Interlocked.Increment(ref counts.Failed);
        }
    }

    /// <summary>Whether a part has places left, and has not failed half of what it was asked in this minute and the last.</summary>
    public bool IsWell(Compartment compartment)
    {
        var part = parts[compartment];
        var recent = new[] { part.Now, part.Before }.Where(counts => Minute() - counts.Minute <= 1).ToList();
        var failed = recent.Sum(counts => Volatile.Read(ref counts.Failed));
        return part.Places?.GetStatistics() is not { CurrentAvailablePermits: 0 }
            && (failed < FewestFailures || failed * 2 < recent.Sum(counts => Volatile.Read(ref counts.All)));
    }

    public void Dispose()
    {
        foreach (var part in parts.Values)
        {
            part.Places?.Dispose();
        }
    }

    private static ConcurrencyLimiter Places(int atOnce) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = atOnce,
        QueueLimit = atOnce * WaitingForEachPlace,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private long Minute() => clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    private sealed class Part(ConcurrencyLimiter? places)
    {
        public Counts Now = new(0);
        public Counts Before = new(0);

        public ConcurrencyLimiter? Places { get; } = places;
    }

    private sealed class Counts(long minute)
    {
        public int All;
        public int Failed;

        public long Minute { get; } = minute;
    }

    /// <summary>The place of who needs none.</summary>
    private sealed class Free : RateLimitLease
    {
        public static readonly Free Instance = new();

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}

/// <summary>Gives each request a place in its part of the site, or asks it to come back.</summary>
internal sealed class CompartmentsMiddleware(RequestDelegate next, Compartments compartments)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // an error page stands where the page stood, and its place is given back already
        if (context.Request.Path.StartsWithSegments("/health") || context.Request.Path == ErrorPages.Path)
        {
            await next(context);
            return;
        }

        var compartment = Compartments.Of(context.Request.Path);
        using var place = await compartments.EnterAsync(compartment, context.RequestAborted);
        if (place is null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "5";
            return;
        }

        var isFailure = true;
        try
        {
            await next(context);
            isFailure = context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
        }
        catch (Exception e) when (e is BadHttpRequestException || context.RequestAborted.IsCancellationRequested)
        {
            // what was sent was wrong, or whoever asked has gone
            isFailure = false;
            throw;
        }
        finally
        {
            compartments.Ended(compartment, isFailure);
        }
    }
}
