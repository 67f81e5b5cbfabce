using System.Globalization;
using Shop.Payments;
using Shop.Web.Display;

namespace Shop.Web.Tests.Display;

/// <summary>Here for amounts that come out wrong by a digit, a sign or a currency on the way to the page.</summary>
public sealed class MoneyTextTests
{
    [Theory]
    [InlineData(0, "$0.00")]
    [InlineData(5, "$0.05")]
    [InlineData(300, "$3.00")]
    [InlineData(123_456_789, "$1,234,567.89")]
    [InlineData(-5, "\u2212$0.05")]
    [InlineData(long.MaxValue, "$92,233,720,368,547,758.07")]
    [InlineData(long.MinValue, "\u2212$92,233,720,368,547,758.08")]
    public void Text_AmericanReader_ReadsDollars(long minor, string expected) =>
        Assert.Equal(expected, new Money(minor, Currency.Usd).Text(CultureInfo.GetCultureInfo("en-US")));

    [Theory]
    [InlineData("en-GB", "USD", "US$12.34")]
    [InlineData("en-GB", "GBP", "£12.34")]
    [InlineData("en-US", "CAD", "CA$12.34")]
    [InlineData("en-US", "CHF", "CHF\u00a012.34")]
    [InlineData("de-DE", "EUR", "12,34\u00a0€")]
    [InlineData("en-US", "JPY", "¥1,234")]
    [InlineData("en-US", "KWD", "KWD\u00a01.234")]
    public void Text_OtherReadersAndCurrencies_NamesTheCurrencyWithoutDoubt(string culture, string currency, string expected) =>
        Assert.Equal(expected, new Money(1234, Currency.Of(currency)).Text(CultureInfo.GetCultureInfo(culture)));
}
