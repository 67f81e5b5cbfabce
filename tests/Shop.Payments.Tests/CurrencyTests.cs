namespace Shop.Payments.Tests;

public sealed class CurrencyTests
{
    [Theory]
    [InlineData("USD", 2)]
    [InlineData("JPY", 0)]
    [InlineData("KWD", 3)]
    public void Decimals_FollowIso4217(string code, int decimals) => Assert.Equal(decimals, Currency.Of(code).Decimals);

    [Theory]
    [InlineData("usd")]
    [InlineData("XXX")]
    [InlineData("")]
    public void Of_CodeNotKnown_Throws(string code) => Assert.Throws<ArgumentException>(() => Currency.Of(code));

    [Fact]
    public void TryOf_NoCode_SaysNo() => Assert.False(Currency.TryOf(null, out _));

    [Fact]
    public void Code_NeverSet_Throws() => Assert.Throws<InvalidOperationException>(() => default(Currency).Code);

    [Fact]
    public void All_HoldsWhatOfAccepts() => Assert.Contains(Currency.Of("EUR"), Currency.All);
}
