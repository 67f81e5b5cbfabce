namespace Shop.Accounts;

/// <summary>A package of time as it is sold: months of a class for so many points, or for money worth so many.</summary>
public sealed record TimePackage(string Class, int Months, long Points);

/// <summary>Points given for time of a class, and the package through which they would be had for less than they are worth.</summary>
public sealed record RateLimit(string Class, long HighestRate, TimePackage Package);

/// <summary>
/// The guard of F5: what a block of time may be turned into at most, so that nobody buys time, turns it into points and has more than before.
/// Whole numbers only, rounded the way that gives less.
/// </summary>
public static class TimeForPoints
{
    /// <summary>
    /// The highest rate for each class that time can be had of: over all packages and all ways in which their time can become time of that class.
    /// A class that no package leads to has no limit and is not listed.
    /// </summary>
    public static IReadOnlyList<RateLimit> Limits(IReadOnlyCollection<TimePackage> packages, AccountTerms terms, int blockDays)
    {
        var limits = new Dictionary<string, RateLimit>(StringComparer.Ordinal);
        foreach (var package in packages)
        {
            foreach (var (accountClass, seconds) in MostSeconds(package, terms).Where(pair => pair.Value > 0))
            {
                var rate = (long)((Int128)package.Points * blockDays * 86_400 / seconds);
                if (!limits.TryGetValue(accountClass, out var limit) || rate < limit.HighestRate)
                {
                    limits[accountClass] = new RateLimit(accountClass, rate, package);
                }
            }
        }

        return [.. limits.Values.OrderBy(limit => terms.Find(limit.Class)?.Rank).ThenBy(limit => limit.Class, StringComparer.Ordinal)];
    }

    /// <summary>The most days that so many calendar months can have, whatever day they begin on.</summary>
    public static int MostDays(int months)
    {
        // four years hold every run of month lengths, a leap year among them
        var first = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return Enumerable.Range(0, 48).Select(first.AddMonths).Max(start => (start.AddMonths(months) - start).Days);
    }

    /// <summary>The most time of each class that a package can become: bought as such, added to another class, or converted by what is bought later.</summary>
    private static Dictionary<string, long> MostSeconds(TimePackage package, AccountTerms terms)
    {
        var most = new Dictionary<string, long>(StringComparer.Ordinal) { [package.Class] = MostDays(package.Months) * 86_400L };
        foreach (var added in terms.Conversions.Where(c => c.Bought == package.Class && c.Result == c.From && c.From != c.Bought))
        {
            most[added.Result] = Math.Max(most.GetValueOrDefault(added.Result), (long)package.Months * added.SecondsPerMonth);
        }

        // no way through all classes is longer than there are conversions; a circle that gains is refused by the terms themselves
        for (var step = 0; step < terms.Conversions.Count; step++)
        {
            foreach (var conversion in terms.Conversions.Where(c => c.Result == c.Bought && c.From != c.Bought && most.ContainsKey(c.From)))
            {
                var became = (long)((Int128)most[conversion.From] * conversion.KeptNumerator / conversion.KeptDenominator);
                most[conversion.Result] = Math.Max(most.GetValueOrDefault(conversion.Result), became);
            }
        }

        return most;
    }
}
