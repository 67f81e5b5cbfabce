namespace Shop.Payments;

/// <summary>An amount in whole minor units (cents, yen, fils) of one currency. Arithmetic is checked; two currencies never mix.</summary>
public readonly record struct Money(long Minor, Currency Currency) : IComparable<Money>
{
    public static Money Zero(Currency currency) => new(0, currency);

    public bool IsZero => Minor == 0;

    public static Money operator +(Money left, Money right) => new(checked(left.Minor + right.In(left.Currency)), left.Currency);

    public static Money operator -(Money left, Money right) => new(checked(left.Minor - right.In(left.Currency)), left.Currency);

    public static Money operator *(Money amount, int times) => new(checked(amount.Minor * times), amount.Currency);

    public static bool operator <(Money left, Money right) => left.CompareTo(right) < 0;

    public static bool operator >(Money left, Money right) => left.CompareTo(right) > 0;

    public static bool operator <=(Money left, Money right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Money left, Money right) => left.CompareTo(right) >= 0;

    public int CompareTo(Money other) => Minor.CompareTo(other.In(Currency));

    public override string ToString() => $"{Minor} {Currency} (minor units)";

    private long In(Currency expected) => Currency == expected
        ? Minor
        : throw new InvalidOperationException($"{Currency} cannot be mixed with {expected}.");
}
