namespace Shop.Core;

/// <summary>What a line costs: its gross price in minor units and, if it can be had for points, its price in points.</summary>
public readonly record struct LinePrice(long PriceMinor, long? Points)
{
    /// <summary>So many of a product.</summary>
    public static LinePrice Of(Product product, int quantity) =>
        new(checked(product.PriceMinor * quantity), product.Points is { } points ? checked(points * quantity) : null);

    /// <summary>After a discount of whole points: what could be paid in points still can.</summary>
    public LinePrice After(long discountMinor, long pointValueMinor) => new(PriceMinor - discountMinor, Points - (discountMinor / pointValueMinor));
}

/// <summary>The part of a line that is paid in money, in minor units, and the part paid in points.</summary>
public readonly record struct LineDue(long DueMinor, long DuePoints);

/// <summary>Why fewer points are used than the buyer has and the lines would take.</summary>
public enum PointsHint
{
    None,

    /// <summary>The rest in money would fall below the least money part of a mixed order, so fewer are used, or none (DF-3).</summary>
    MoneyPartTooSmall,
}

/// <summary>An order's price split into money and points.</summary>
public sealed record PointsSplit(IReadOnlyList<LineDue> Lines, long DueMinor, long DuePoints, PointsHint Hint)
{
    /// <summary>
    /// F1: as many points as the balance and the lines allow, such that the rest in money is nothing or at least the floor; the points
    /// cover the lines in order, so at most one is mixed. Pure.
    /// </summary>
    public static PointsSplit Of(IReadOnlyList<LinePrice> lines, long balance, long pointValueMinor, long mixedFloorMinor)
    {
        var total = lines.Aggregate(0L, (sum, line) => checked(sum + line.PriceMinor));
        var wanted = Math.Min(Math.Max(balance, 0), lines.Aggregate(0L, (sum, line) => checked(sum + (line.Points ?? 0))));
        var rest = checked(total - (wanted * pointValueMinor));
        var use = rest == 0 || rest >= mixedFloorMinor ? wanted : Math.Max(0, (total - mixedFloorMinor) / pointValueMinor);
        var hint = use < wanted ? PointsHint.MoneyPartTooSmall : PointsHint.None;

        var left = use;
        var dues = new LineDue[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            var points = Math.Min(left, lines[i].Points ?? 0);
            left -= points;
            dues[i] = new LineDue(checked(lines[i].PriceMinor - (points * pointValueMinor)), points);
        }

        return new PointsSplit(dues, checked(total - (use * pointValueMinor)), use, hint);
    }
}
