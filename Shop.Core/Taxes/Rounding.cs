namespace Shop.Core;

/// <summary>Shares of amounts in whole minor units.</summary>
public static class Rounding
{
    /// <summary>amount × part / whole, half up; none of them is below zero, and the whole is not zero. Exact: nothing is rounded before the end.</summary>
    public static long HalfUp(long amount, long part, long whole) => checked((long)((((Int128)amount * part * 2) + whole) / ((Int128)whole * 2)));
}
