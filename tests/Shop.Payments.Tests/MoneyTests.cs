namespace Shop.Payments.Tests;

public sealed class MoneyTests
{
    private static readonly Currency Eur = Currency.Of("EUR");

    [Fact]
    public void Plus_SameCurrency_AddsMinorUnits() => Assert.Equal(new Money(1550, Currency.Usd), new Money(1300, Currency.Usd) + new Money(250, Currency.Usd));

    [Fact]
    public void Minus_MoreThanThereIs_IsNegative() => Assert.Equal(new Money(-50, Currency.Usd), new Money(200, Currency.Usd) - new Money(250, Currency.Usd));

    [Fact]
    public void Times_MultipliesMinorUnits() => Assert.Equal(new Money(3900, Currency.Usd), new Money(1300, Currency.Usd) * 3);

    [Fact]
    public void Plus_BeyondTheRange_Throws() => Assert.Throws<OverflowException>(() => new Money(long.MaxValue, Currency.Usd) + new Money(1, Currency.Usd));

    [Fact]
    public void Minus_BeyondTheRange_Throws() => Assert.Throws<OverflowException>(() => new Money(long.MinValue, Currency.Usd) - new Money(1, Currency.Usd));

    [Fact]
    public void Times_BeyondTheRange_Throws() => Assert.Throws<OverflowException>(() => new Money(long.MaxValue / 2, Currency.Usd) * 3);

    [Fact]
    public void Plus_TwoCurrencies_Throws() => Assert.Throws<InvalidOperationException>(() => new Money(1, Currency.Usd) + new Money(1, Eur));

    [Fact]
    public void Minus_TwoCurrencies_Throws() => Assert.Throws<InvalidOperationException>(() => new Money(1, Currency.Usd) - new Money(1, Eur));

    [Fact]
    public void Compare_TwoCurrencies_Throws() => Assert.Throws<InvalidOperationException>(() => new Money(1, Currency.Usd) < new Money(2, Eur));

    [Fact]
    public void Equals_TwoCurrencies_IsFalse() => Assert.NotEqual(new Money(1, Currency.Usd), new Money(1, Eur));

    [Fact]
    public void Compare_SameCurrency_OrdersByAmount() =>
        Assert.Equal([100, 200, 300], new[] { 300L, 100, 200 }.Select(minor => new Money(minor, Eur)).Order().Select(money => money.Minor));

    [Fact]
    public void Plus_NeverSetMoney_Throws() => Assert.Throws<InvalidOperationException>(() => default(Money) + new Money(1, Currency.Usd));
}
