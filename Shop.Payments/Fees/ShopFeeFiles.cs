using System.Globalization;
using System.Text.Json;

namespace Shop.Payments.Fees;

/// <summary>Price list and payment services as JSON.</summary>
public static class ShopFeeFiles
{
    private const int LatestYear = 9000;

    /// <summary>2027-01-31, a whole day in UTC, or an instant such as 2027-01-31T12:00:00Z.</summary>
    public static bool TryReadTime(string? text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time) && time.Year <= LatestYear;

    /// <exception cref="FeeInputException">With the field that is wrong.</exception>
    public static ShopPrices Prices(string file, ReadOnlyMemory<byte> bytes)
    {
        var root = FeeJson.Read(file, bytes).Object();
        var code = root.Get("currency");
        if (!Currency.TryOf(code.Text(), out var currency))
        {
            throw code.Wrong("must be one of " + string.Join(", ", Currency.All.Select(c => c.Code).Order(StringComparer.Ordinal)));
        }

        var prices = new ShopPrices
        {
            Currency = currency,
            PointValue = Above0(root.Get("pointValue"), currency),
            ValidFrom = Time(root.Find("validFrom")),
            GuaranteedUntil = Time(root.Find("guaranteedUntil")),
            Minimum = root.Find("minimum")?.Amount(currency.Code, bare: true) ?? 0,
            Packages = [.. root.Find("packages")?.Rows().Select(row => Package(row, currency)) ?? []],
            PointsFrom = root.Find("pointsFrom")?.Whole(1, 1_000_000),
            PointsExpiry = Expiry(root.Find("pointsExpireAfter")),
            Items = [.. root.Find("items")?.Rows().Select(row => Item(row, currency)) ?? []],
        };
        return prices.Prices.Count == 0 ? throw root.Wrong("has neither packages nor items with a price in money") : prices;
    }

    /// <exception cref="FeeInputException">With the field that is wrong.</exception>
    public static IReadOnlyList<BackendFee> Backends(string file, ReadOnlyMemory<byte> bytes, Currency currency)
    {
        var root = FeeJson.Read(file, bytes);
        var backends = root.Rows().Select(row => Backend(row, currency)).ToList();
        if (backends.Count == 0)
        {
            throw root.Wrong("names no payment service");
        }

        var twice = backends.GroupBy(b => b.Id, StringComparer.Ordinal).FirstOrDefault(b => b.Count() > 1);
        return twice is null ? backends : throw root.Wrong($"names {twice.Key} twice");
    }

    private static PointPackage Package(FeeJson row, Currency currency) => new(
        row.Get("id").Text(), Above0(row.Get("price"), currency), row.Get("points").Whole(1, 1_000_000) + (row.Find("bonus")?.Whole(0, 1_000_000) ?? 0),
        Time(row.Find("saleEnd")), Expiry(row.Find("pointsExpireAfter")));

    private static PricedItem Item(FeeJson row, Currency currency) => new(
        row.Get("id").Text(), row.Find("points")?.Whole(0, (int)ShopMetrics.MostPoints), row.Find("cash")?.Amount(currency.Code, bare: true), row.Find("months")?.Whole(0, 1200));

    private static BackendFee Backend(FeeJson row, Currency currency)
    {
        var (lo, hi) = (row.Find("lo"), row.Find("hi"));
        var backend = new BackendFee
        {
            Id = row.Get("id").Text(),
            Rate = Percent(row.Get("pct")),
            Fixed = Minor(row.Get("fix"), currency),
            Least = Minor(row.Find("minFee"), currency),
            Lowest = lo?.Amount(currency.Code, bare: true),
            Highest = hi?.Amount(currency.Code, bare: true),
            Rounding = row.Find("rounding") is not { } rounding ? FeeRounding.HalfUp : rounding.Text() switch
            {
                "half-up" => FeeRounding.HalfUp,
                "up" => FeeRounding.Up,
                "down" => FeeRounding.Down,
                _ => throw rounding.Wrong("must be half-up, up or down"),
            },
            RefundReturns = row.Find("refundReturns") is not { } returns ? FeeReturned.None : returns.Text() switch
            {
                "none" => FeeReturned.None,
                "variable" => FeeReturned.Variable,
                "all" => FeeReturned.All,
                _ => throw returns.Wrong("must be none, variable or all"),
            },
            RefundFee = Minor(row.Find("refundFee"), currency),
            SurchargeRate = row.Find("surchargePct") is { } surcharge ? Percent(surcharge) : Ratio.Zero,
            SurchargeFixed = Minor(row.Find("surchargeFix"), currency),
            GuaranteedUntil = Time(row.Find("guaranteedUntil")),
        };
        return backend.Lowest > backend.Highest ? throw hi!.Value.Wrong("must not be below lo") : backend;
    }

    private static long Minor(FeeJson? value, Currency currency) => value?.Amount(currency.Code, bare: true) ?? 0;

    private static long Above0(FeeJson value, Currency currency) => value.Amount(currency.Code, bare: true) is > 0 and var units ? units : throw value.Wrong("must be above 0");

    private static Ratio Percent(FeeJson value)
    {
        var rate = value.Number() / new Ratio(100, 1);
        return rate >= Ratio.Zero && rate < Ratio.One ? rate : throw value.Wrong("must be a percentage from 0 to below 100");
    }

    private static DateTimeOffset? Time(FeeJson? value) => value is not { } given ? null
        : TryReadTime(given.Text(), out var time) ? time
        : throw given.Wrong("must be a day such as 2027-01-31, or an instant such as 2027-01-31T12:00:00Z");

    private static PointExpiry? Expiry(FeeJson? value) => value is not { } given ? null
        : given.Element.ValueKind == JsonValueKind.Number ? new(null, given.Whole(1, 36_500))
        : new(Time(given), null);
}
