using System.Text.Json.Nodes;
using Shop.Payments;

namespace Shop.Core.Tests.Resources;

/// <summary>What is hashed of an order, byte for byte.</summary>
public sealed class ContractTermsTests
{
    private static readonly ContractTerms Terms = new()
    {
        Number = "n1",
        Summary = "On \"tides\" – 潮\n",
        Amount = new Money(150, Currency.Usd),
        Points = 0,
        FulfillmentUrl = "https://shop.example/r/tides",
        Product = "r/tides",
        PlacedAt = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        Nonce = "x",
    };

    [Fact]
    public void Terms_AreWrittenToTheLetter() => Assert.Equal(
        """{"amount":"USD:1.5","fulfillment_url":"https://shop.example/r/tides","nonce":"x","order_id":"n1","points":0,"products":[{"description":"On \"tides\" – 潮\n","product_id":"r/tides","quantity":1}],"summary":"On \"tides\" – 潮\n","timestamp":{"t_s":1700000000}}""",
        Terms.Write());

    [Fact]
    public void Hash_IsTheSameForTheSameTerms_AndAnotherForEachOther()
    {
        Assert.Equal(52, Terms.Hash().Length);
        Assert.Equal(Terms.Hash(), (Terms with { }).Hash());
        ContractTerms[] others =
        [
            Terms with { Number = "n2" }, Terms with { Summary = "On tides" }, Terms with { Amount = new Money(151, Currency.Usd) }, Terms with { Amount = new Money(150, Currency.Of("EUR")) },
            Terms with { Points = 1 }, Terms with { FulfillmentUrl = "https://shop.example/r/ebb" }, Terms with { Product = "r/ebb" }, Terms with { PlacedAt = Terms.PlacedAt.AddSeconds(1) },
            Terms with { Nonce = "y" },
        ];
        Assert.Equal(others.Length + 1, others.Append(Terms).Select(t => t.Hash()).Distinct().Count());
    }

    [Theory]
    [InlineData(150, "USD", "USD:1.5")]
    [InlineData(8, "USD", "USD:0.08")]
    [InlineData(500, "USD", "USD:5")]
    [InlineData(8, "JPY", "JPY:8")]
    [InlineData(1_005, "KWD", "KWD:1.005")]
    public void Amount_HasNoZerosAtTheEnd(long minor, string currency, string written) => Assert.Equal(written, ContractTerms.AmountOf(new Money(minor, Currency.Of(currency))));

    [Theory]
    [InlineData("", "")]
    [InlineData("00", "00")]
    [InlineData("ff", "ZW")]
    [InlineData("0123456789", "04HMASW9")]
    public void Base32_IsCrockfords(string bytes, string text) => Assert.Equal(text, ContractTerms.Base32(Convert.FromHexString(bytes)));

    [Fact]
    public void Json_KeysAreSortedAndEscapesTheShortest() => Assert.Equal(
        """{"1":[true,false,null,-7],"A":"\u001f\b\f\r\t\\/","a":{},"é":"😀"}""",
        CanonicalJson.Write(new JsonObject
        {
            ["é"] = "😀",
            ["a"] = new JsonObject(),
            ["A"] = "\u001f\b\f\r\t\\/",
            ["1"] = new JsonArray(true, false, null, -7),
        }));

    [Fact]
    public void Json_OfAFractionOrHalfACharacter_IsRefused()
    {
        Assert.Throws<FormatException>(() => CanonicalJson.Write(JsonValue.Create(1.5)));
        Assert.Throws<FormatException>(() => CanonicalJson.Write(JsonValue.Create("\ud83d")));
    }
}
