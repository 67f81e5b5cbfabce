using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>
/// How much one seller's program may try, whoever its buyers are: a buyer is made by one call, so that limits of a buyer alone stop nobody who tests cards through a
/// key (MF-18, S14). Counted by index from the rows that are there anyway, for all keys and nodes together.
/// </summary>
public static class SellerLimits
{
    public const int SetupsInTenMinutes = 100;

    public const int SetupsInAnHour = 400;

    /// <summary>Charges that the seller began and that were refused; the shop's own renewals do not count.</summary>
    public const int FailuresInTenMinutes = 20;

    public const int FailuresInAnHour = 60;

    /// <summary>Whether one more method, or one more charge, is too many.</summary>
    internal static async Task<bool> TooManyAsync(ShopDbContext db, long sellerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (lately, hour) = (now.AddMinutes(-10), now.AddHours(-1));
        var setups = db.MethodSetups.Where(s => s.SellerId == sellerId);
        var failures = Failures(db).Where(a => a.SellerId == sellerId);
        return await setups.CountAsync(s => s.CreatedAt > lately, cancellationToken) >= SetupsInTenMinutes
            || await setups.CountAsync(s => s.CreatedAt > hour, cancellationToken) >= SetupsInAnHour
            || await failures.CountAsync(a => a.CreatedAt > lately, cancellationToken) >= FailuresInTenMinutes
            || await failures.CountAsync(a => a.CreatedAt > hour, cancellationToken) >= FailuresInAnHour;
    }

    /// <summary>The sellers that staff should look at: as much was refused in the last day as is allowed in ten minutes.</summary>
    public static async Task<IReadOnlyList<long>> FlaggedAsync(ShopDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var day = now.AddDays(-1);
        return await Failures(db).Where(a => a.SellerId != null && a.CreatedAt > day)
            .GroupBy(a => a.SellerId!.Value).Where(g => g.Count() >= FailuresInTenMinutes).Select(g => g.Key).ToListAsync(cancellationToken);
    }

    private static IQueryable<PaymentAttempt> Failures(ShopDbContext db) =>
        db.PaymentAttempts.Where(a => (a.State == AttemptState.Failed || a.State == AttemptState.Cancelled) && a.Reason != "never_happened");
}
