using Shop.Payments.Taler;

namespace Shop.Payments.Tests.Taler;

/// <summary>The addresses that open wallets.</summary>
public sealed class TalerUriTests
{
    private static readonly Uri Plain = new("https://backend.example/");
    private static readonly Uri Instance = new("https://backend.example:8443/a/instances/shop/");

    public static TheoryData<string, string> Written => new()
    {
        { new TalerUri.Pay(Plain, "O1", "", null).ToString(), "taler://pay/backend.example/O1/" },
        { new TalerUri.Pay(Plain, "O1", "", "T1").ToString(), "taler://pay/backend.example/O1/?c=T1" },
        { new TalerUri.Pay(Plain, "O1", "S1", "T1").ToString(), "taler://pay/backend.example/O1/S1?c=T1" },
        { new TalerUri.Pay(Instance, "O1", "S1", null).ToString(), "taler://pay/backend.example:8443/a/instances/shop/O1/S1" },
        { new TalerUri.Pay(new Uri("http://127.0.0.1:5200/"), "O1", "", null).ToString(), "taler+http://pay/127.0.0.1:5200/O1/" },
        { new TalerUri.Refund(Plain, "O1").ToString(), "taler://refund/backend.example/O1/" },
        { new TalerUri.Refund(Instance, "O1").ToString(), "taler://refund/backend.example:8443/a/instances/shop/O1/" },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void D6_Address_IsWrittenToTheLetter(string written, string expected) => Assert.Equal(expected, written);

    [Fact]
    public void P4_WhatIsWritten_IsReadBackAsItWas()
    {
        string[] bases =
        [
            "https://backend.example/", "https://backend.example:8443/", "http://127.0.0.1:5200/", "http://[::1]:81/x/", "https://backend.example/instances/shop/", "https://b.example/a/b%20c/",
        ];
        string[] words = ["", "O1", "2026.11-03_7", "with space", "ä/ö", "100%", "a?c=b", "a&c=b", "#", "+", "c="];
        foreach (var @base in bases.Select(it => new Uri(it)))
        {
            foreach (var (order, session, token) in from o in words.Skip(1) from s in words from t in words.Append(null) select (o, s, t))
            {
                var pay = new TalerUri.Pay(@base, order, session, token);
                Assert.Equal(pay, TalerUri.TryParse(pay.ToString()));
            }

            Assert.All(words.Skip(1).Select(order => new TalerUri.Refund(@base, order)), refund => Assert.Equal(refund, TalerUri.TryParse(refund.ToString())));
        }
    }

    [Fact]
    public void P4_WhateverIsWritten_IsReadBackAsItWas()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        string Word(int least) => string.Concat(Enumerable.Range(0, random.Next(least, 12)).Select(_ => "aZ09-._~ %?&=#/+:@äß潮😀".EnumerateRunes().ElementAt(random.Next(22)).ToString()));
        for (var i = 0; i < 500; i++)
        {
            var host = new[] { "backend.example", "10.0.0.1", "[::1]" }[random.Next(3)] + new[] { "", ":8443", ":81" }[random.Next(3)];
            var prefix = string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => $"/{Uri.EscapeDataString(Word(1).Trim('.') + "x")}"));
            var @base = new Uri($"{(random.Next(2) == 0 ? "https" : "http")}://{host}{prefix}/");
            var (order, session, token) = ("o" + Word(1), random.Next(3) == 0 ? "" : "s" + Word(1), random.Next(2) == 0 ? null : "t" + Word(1));
            var pay = new TalerUri.Pay(@base, order, session, token);
            Assert.True(pay == TalerUri.TryParse(pay.ToString()), $"seed {seed}: {pay}");
        }
    }

    [Theory]
    [InlineData("https://backend.example/O1/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("taler://pay/backend.example/")]
    [InlineData("taler://pay/O1/S1")]
    [InlineData("taler://pay//O1/S1")]
    [InlineData("taler://pay/backend.example//O1/S1")]
    [InlineData("taler://pay/me@backend.example/O1/S1")]
    [InlineData("taler://pay/backend.example/O1/S1?c=A&c=B")]
    [InlineData("taler://pay/backend.example/O1/S1#x")]
    [InlineData("taler://refund/backend.example/O1/S1")]
    [InlineData("taler://refund/backend.example/O1/?c=T")]
    [InlineData("taler://withdraw/bank.example/O1/")]
    [InlineData("")]
    [InlineData(null)]
    public void P4_AnythingElse_IsNoSuchAddress(string? text) => Assert.Null(TalerUri.TryParse(text));

    [Theory]
    [InlineData("TESTKUDOS:0", "TESTKUDOS:0")]
    [InlineData("TESTKUDOS:0.00000001", "TESTKUDOS:0.00000001")]
    [InlineData("TESTKUDOS:4503599627370496.99999999", "TESTKUDOS:4503599627370496.99999999")]
    [InlineData("KUDOS:5.00", "KUDOS:5")]
    [InlineData("EUR:0.8", "EUR:0.8")]
    [InlineData("EUR:0.08", "EUR:0.08")]
    public void TP_1_Amount_IsReadExactly(string said, string written) => Assert.Equal(written, TalerAmount.Parse(said).ToString());

    [Fact]
    public void TP_1_Amounts_AreComparedAsNumbers()
    {
        Assert.Equal(TalerAmount.Parse("KUDOS:5"), TalerAmount.Parse("KUDOS:5.00"));
        Assert.NotEqual(TalerAmount.Parse("KUDOS:0.8"), TalerAmount.Parse("KUDOS:0.08"));
        Assert.Equal("KUDOS:0.08", TalerAmount.Of(new Money(8, Currency.Usd), "KUDOS").ToString());
        Assert.Equal("JPY:8", TalerAmount.Of(new Money(8, Currency.Of("JPY")), "JPY").ToString());
        Assert.False(TalerAmount.Parse("KUDOS:0.005").TryTo(Currency.Usd, out _));
    }

    [Theory]
    [InlineData("EUR:.42")]
    [InlineData("EUR:42.")]
    [InlineData("42")]
    [InlineData("foo:")]
    [InlineData(":1.0")]
    [InlineData("EUR:4503599627370497")]
    [InlineData("EUR:1.123456789")]
    [InlineData("EUR:-1")]
    [InlineData("EUR:+1")]
    [InlineData("EUR: 1")]
    [InlineData("EUR:1e3")]
    [InlineData("EUR:1,5")]
    [InlineData("EUR:1.2.3")]
    [InlineData("E1R:1")]
    [InlineData("ABCDEFGHIJKL:1")]
    [InlineData("EUR:99999999999999999999999999")]
    [InlineData("EUR:٣")]
    [InlineData("")]
    [InlineData(null)]
    public void TP_1_NoAmount_IsRefused(string? said) => Assert.False(TalerAmount.TryParse(said, out _));
}
