namespace Shop.Core.Tests.Taxes;

/// <summary>What tax a line has: by rule, country and category, rounded once, and given back in parts that come to exactly as much.</summary>
public sealed class TaxTermsTests
{
    private static readonly TaxTerms Europe = new()
    {
        Mode = "country",
        Businesses = true,
        Rates =
        [
            Rate("any", "standard", 0), Rate("de", "standard", 190_000), Rate("de", "book", 70_000), Rate("fr", "standard", 200_000, reverse: true),
            Rate("us", "standard", 88_750),
        ],
        Products = [new TaxedProduct { Product = "icons", Category = "book" }],
    };

    private static TaxRate Rate(string country, string category, int ppm, bool reverse = false) =>
        new() { Country = country, Category = category, RatePpm = ppm, Reverse = reverse };

    private static TaxBuyer In(string? country, string? taxId = null) => new(country, taxId, taxId is null ? null : "A firm");

    [Fact]
    public void MZ_29_NoRule_IsNoTax_AndThePriceStays() =>
        Assert.Equal(new LineTax(1300, 0, 0, 0, "none"), new TaxTerms().Of("paid6", 1300, TaxBuyer.Unknown));

    [Theory]
    [InlineData(true, 1300, 1300, 208, 0)] // 1300 x 19 / 119 = 207.56
    [InlineData(false, 1300, 1547, 247, 247)]
    [InlineData(true, 1, 1, 0, 0)]
    [InlineData(false, 3, 4, 1, 1)] // 0.57, half up
    public void MZ_29_TaxIsInThePriceOrOnTopOfIt_RoundedHalfUp(bool included, long listed, long price, long tax, long added)
    {
        var line = (Europe with { Included = included }).Of("paid6", listed, In("DE"));
        Assert.Equal((price, tax, added, price - tax, 190_000), (line.PriceMinor, line.TaxMinor, line.AddedMinor, line.NetMinor, line.RatePpm));
    }

    [Theory]
    [InlineData("DE", "paid6", 190_000)]
    [InlineData("DE", "icons", 70_000)]
    [InlineData("FR", "icons", 200_000)] // no row for books there: the standard one of the country
    [InlineData("CH", "paid6", 0)] // anywhere
    [InlineData(null, "paid6", 0)] // not known yet
    public void MZ_29_RateIsThatOfCountryAndCategory(string? country, string sku, int ppm) => Assert.Equal(ppm, Europe.Of(sku, 1300, In(country)).RatePpm);

    [Fact]
    public void MZ_29_OneRate_AsksForNoCountry()
    {
        var terms = new TaxTerms { Mode = "one", Rates = [Rate("any", "standard", 250_000)] };
        Assert.False(terms.NeedsCountry);
        Assert.Equal((250_000, 260L), (terms.Of("paid6", 1300, TaxBuyer.Unknown).RatePpm, terms.Of("paid6", 1300, TaxBuyer.Unknown).TaxMinor));
    }

    [Theory]
    [InlineData("FR", "FR12345678901", true)]
    [InlineData("FR", null, false)]
    [InlineData("DE", "DE123456789", false)] // the seller's own country
    public void MZ_29_BusinessElsewhereOwesItItself(string country, string? taxId, bool reverse)
    {
        var line = Europe.Of("paid6", 1300, In(country, taxId));
        Assert.Equal((reverse, reverse ? 0L : line.TaxMinor), (Europe.IsReverse(In(country, taxId)), line.TaxMinor));
        Assert.Equal(1300, line.PriceMinor);
    }

    [Theory]
    [InlineData("one", false, 190_000, 190_000)]
    [InlineData("one", true, 190_000, null)]
    [InlineData("one", false, 0, null)]
    [InlineData("none", false, 190_000, null)]
    public void MZ_29_WhatIsNotInThePrice_IsSaidWithIt(string mode, bool included, int rate, int? said) =>
        Assert.Equal(said, new TaxTerms { Mode = mode, Included = included, Rates = [Rate("any", "standard", rate)] }.Added("paid6")?.RatePpm);

    [Theory]
    [InlineData("paid6", true)] // somewhere
    [InlineData("icons", true)]
    [InlineData("paid6", false)] // nowhere
    public void MZ_29_WhatACountryDecides_IsSaidWithoutARate(string sku, bool somewhere)
    {
        var terms = Europe with { Included = false, Rates = somewhere ? Europe.Rates : [Rate("any", "standard", 0)] };
        Assert.Equal(somewhere ? new PlusTax(null) : null, terms.Added(sku));
    }

    [Fact]
    public void MZ_29_TaxIdsCount_OnlyWhereTheRuleAsksForThem() => Assert.False((Europe with { Businesses = false }).IsReverse(In("FR", "FR12345678901")));

    /// <summary>Any rate and price: net and tax are the price, tax is exact to half a unit, and what comes back in parts is just what there was.</summary>
    [Fact]
    public void M03_RandomPricesRatesAndParts_SumExactly()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var (rate, listed) = (random.Next(0, LineTax.Whole + 1), random.NextInt64(1, random.Next(2) == 0 ? 200 : 1_000_000_000));
            var terms = new TaxTerms { Mode = "one", Included = random.Next(2) == 0, Rates = [Rate("any", "standard", rate)] };
            var line = terms.Of("paid6", listed, TaxBuyer.Unknown);
            Assert.Equal(line.PriceMinor, line.NetMinor + line.TaxMinor);
            Assert.Equal(terms.Included ? listed : line.NetMinor, terms.Included ? line.PriceMinor : listed);
            var (basis, whole) = terms.Included ? (line.PriceMinor, (Int128)LineTax.Whole + rate) : (line.NetMinor, LineTax.Whole);
            Assert.True(Int128.Abs(((Int128)basis * rate) - (line.TaxMinor * whole)) * 2 <= whole, $"seed {seed}, round {round}: {line}");
            Assert.InRange(line.TaxMinor, 0, line.PriceMinor);

            var (back, tax) = (0L, 0L);
            while (back < line.PriceMinor)
            {
                var part = random.Next(3) == 0 ? line.PriceMinor - back : random.NextInt64(1, line.PriceMinor - back + 1);
                var of = Receipts.TaxBack(line.PriceMinor, line.TaxMinor, back, tax, part);
                Assert.InRange(of, 0, part);
                (back, tax) = (back + part, tax + of);
                Assert.True(Int128.Abs(((Int128)line.TaxMinor * back) - ((Int128)tax * line.PriceMinor)) <= line.PriceMinor, $"seed {seed}, round {round}");
            }

            Assert.Equal(line.TaxMinor, tax);
        }
    }

    /// <summary>With tax on top, a line's price is seldom whole points: whatever is split, no cent is lost, and one line at most is mixed.</summary>
    [Fact]
    public void F1_RandomPricesWithTaxOnTop_ComeApartExactly()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 10_000; round++)
        {
            var terms = new TaxTerms { Mode = "one", Included = false, Rates = [Rate("any", "standard", random.Next(0, 300_000))] };
            var lines = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(1, 300) * 10L)
                .Select(net => new LinePrice(net, random.Next(4) == 0 ? null : net / 10).With(terms.Of("x", net, TaxBuyer.Unknown), 10)).ToList();
            var split = PointsSplit.Of(lines, random.Next(0, 1500), 10, 300);
            Assert.All(split.Lines.Zip(lines), p => Assert.Equal(p.Second.PriceMinor, p.First.DueMinor + (p.First.DuePoints * 10)));
            Assert.All(split.Lines, l => Assert.True(l is { DueMinor: >= 0, DuePoints: >= 0 }));
            Assert.True(split.Lines.Count(l => l is { DueMinor: > 0, DuePoints: > 0 }) <= 1, $"seed {seed}, round {round}: two lines are mixed");
            Assert.True(split.DueMinor == 0 || split.DueMinor >= 300 || split.DuePoints == 0, $"seed {seed}, round {round}: below the floor");
        }
    }

    [Theory]
    [InlineData("DE", "de 123 456 789", "DE123456789")]
    [InlineData("DE", "123456789", "DE123456789")]
    [InlineData("DE", "DE12345678", null)]
    [InlineData("AT", "ATU12345678", "ATU12345678")]
    [InlineData("GR", "EL123456789", "EL123456789")]
    [InlineData("NL", "NL123456789B01", "NL123456789B01")]
    [InlineData("FR", "FR 12 345678901", "FR12345678901")]
    [InlineData("IE", "IE1234567WA", "IE1234567WA")]
    [InlineData("US", "12-3456789", "123456789")]
    [InlineData("US", "<b>", null)]
    [InlineData("DE", "", null)]
    [InlineData("DE", null, null)]
    public void MZ_29_TaxIdHasTheFormOfItsCountry(string country, string? typed, string? kept) => Assert.Equal(kept, TaxIds.Read(typed, country));

    [Fact]
    public void MZ_29_EveryCountryHasAName()
    {
        var names = Countries.ByName();
        Assert.Equal(249, names.Count);
        Assert.All(names, c => Assert.NotEqual(c.Code, c.Name));
        Assert.False(Countries.IsKnown("de") || Countries.IsKnown("XX") || Countries.IsKnown(null));
    }

    [Theory]
    [InlineData("one", "de", "standard", 2)] // none for anywhere, and a country
    [InlineData("country", "xx", "standard", 2)] // no such country, and none for anywhere
    [InlineData("country", "any", "standard", 0)]
    [InlineData("none", "de", "book", 0)]
    public void MZ_29_RulesThatLeaveSomebodyWithoutARate_AreRefused(string mode, string country, string category, int problems) =>
        Assert.Equal(problems, TaxTerms.Rules.Check(new TaxTerms { Mode = mode, Rates = [Rate(country, category, 1000)] }).Count());

    [Fact]
    public void MZ_29_SellerNeedsAZoneThatIsThereAndTwoPrefixes()
    {
        Assert.Empty(SellerTerms.Rules.Check(new SellerTerms { TimeZone = "Europe/Berlin", Terms = "https://shop.example/terms" }));
        Assert.Equal(3, SellerTerms.Rules.Check(new SellerTerms { TimeZone = "Mars/Olympus", Terms = "http://shop.example", CreditPrefix = "r" }).Count());
    }

    [Fact]
    public void MZ_60_YearIsThatOfTheSellersCalendar()
    {
        var eve = new DateTimeOffset(2026, 12, 31, 23, 30, 0, TimeSpan.Zero);
        Assert.Equal((2026, 2027, 2026), (new SellerTerms().YearOf(eve), new SellerTerms { TimeZone = "Europe/Berlin" }.YearOf(eve), new SellerTerms { TimeZone = "America/New_York" }.YearOf(eve.AddHours(5))));
    }
}
