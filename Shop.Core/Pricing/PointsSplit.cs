namespace Shop.Core;

/// <summary>What a line costs: its gross price in minor units and, if it can be had for points, its price in points.</summary>
public readonly record struct LinePrice(long PriceMinor, long? Points)
{
    /// <summary>So many of a product.</summary>
    public static LinePrice Of(Product product, int quantity) =>
        new(checked(product.PriceMinor * quantity), product.Points is { } points ? checked(points * quantity) : null);

    /// <summary>After a discount of whole points: what could be paid in points still can.</summary>
    public LinePrice After(long discountMinor, long pointValueMinor) => new(PriceMinor - discountMinor, Points - (discountMinor / pointValueMinor));

    /// <summary>With the tax that comes on top of it: points pay for it as far as they are whole.</summary>
    public LinePrice With(LineTax tax, long pointValueMinor) =>
        tax.AddedMinor == 0 ? this : new(tax.PriceMinor, Points is null ? null : tax.PriceMinor / pointValueMinor);
}

/// <summary>The part of a line that is paid in money, in minor units, and the part paid in points.</summary>
public readonly record struct LineDue(long DueMinor, long DuePoints);

/// <summary>Why fewer points are used than the buyer has and the lines would take.</summary>
public enum PointsHint
{
    None,

    /// <summary>The rest in money would fall below the least money part of a mixed order, so fewer are used, or none (DF-3).</summary>
    MoneyPartTooSmall,

    /// <summary>With its tax a line costs no whole number of points: one such line is paid in both, others in money.</summary>
    NotWholePoints,
}

/// <summary>An order's price split into money and points.</summary>
public sealed record PointsSplit(IReadOnlyList<LineDue> Lines, long DueMinor, long DuePoints, PointsHint Hint)
{
    /// <summary>
    /// F1: as many points as the balance and the lines allow, such that the rest in money is nothing or at least the floor; the points
    /// cover the lines in order, and end with the first that they do not pay for wholly, so at most one is mixed. Pure.
    /// </summary>
    public static PointsSplit Of(IReadOnlyList<LinePrice> lines, long balance, long pointValueMinor, long mixedFloorMinor)
    {
        var total = lines.Aggregate(0L, (sum, line) => checked(sum + line.PriceMinor));
        var wanted = Math.Min(Math.Max(balance, 0), lines.Aggregate(0L, (sum, line) => checked(sum + (line.Points ?? 0))));
        var dues = Cover(lines, wanted, pointValueMinor);
        var most = dues.Sum(due => due.DuePoints);
        var rest = checked(total - (most * pointValueMinor));
        if (rest != 0 && rest < mixedFloorMinor)
        {
            dues = Cover(lines, Math.Max(0, (total - mixedFloorMinor) / pointValueMinor), pointValueMinor);
        }

        var use = dues.Sum(due => due.DuePoints);
        var hint = use < most ? PointsHint.MoneyPartTooSmall : most < wanted ? PointsHint.NotWholePoints : PointsHint.None;
        return new PointsSplit(dues, checked(total - (use * pointValueMinor)), use, hint);
    }

    private static LineDue[] Cover(IReadOnlyList<LinePrice> lines, long points, long pointValueMinor)
    {
        var left = points;
        var dues = new LineDue[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            var used = Math.Min(left, lines[i].Points ?? 0);
            dues[i] = new LineDue(checked(lines[i].PriceMinor - (used * pointValueMinor)), used);
            left = dues[i] is { DueMinor: > 0, DuePoints: > 0 } ? 0 : left - used;
        }

        return dues;
    }
}
