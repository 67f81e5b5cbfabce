using System.Globalization;
using Shop.Web.Papers;
using UglyToad.PdfPig;

namespace Shop.Web.Tests.Papers;

/// <summary>The PDF by itself: what was written can be read out of it again, whatever was written.</summary>
public sealed class PaperPdfTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static PaperText Paper(int rows = 1, string buyer = "moon_child", string what = "6 months of paid time") => new()
    {
        Title = "Receipt", Language = "en", Number = "R-2026-000042", Seller = ["Moon Ltd", "1 Harbour Street", "Tax ID DE123456789"], Buyer = [buyer],
        Facts = [new PaperFact("number", "Receipt number", "R-2026-000042"), new PaperFact("paid-with", "Paid with", "Visa ending in 4242")],
        Rows =
        [
            .. Enumerable.Range(1, rows).Select(i => new PaperRow(
                string.Create(CultureInfo.InvariantCulture, $"{what} {i}"), ["For a friend"], "€10.92", "19\u00a0%", "€2.08", "€13.00")),
        ],
        Sums = [new PaperFact("total", "Total", "€13.00", IsTotal: true)],
        Notes = [], Terms = new Uri("https://shop.example/about/terms"),
        Words = new PaperWords("From", "To", "Item", "Net", "Tax rate", "Tax", "Price", "Terms", "page {0} of {1}"),
    };

    /// <summary>The words of every page, in the order in which they were written.</summary>
    private static List<string> Read(byte[] pdf)
    {
        using var document = PdfDocument.Open(pdf);
        return [.. document.GetPages().Select(page => string.Concat(page.Letters.Select(l => l.Value)))];
    }

    [Fact]
    public void MZ_60_WhatIsOnThePaper_IsInTheFile_WithItsCurrencySigns()
    {
        var text = Assert.Single(Read(PaperPdf.Write(Paper(), At)));
        foreach (var words in new[] { "Moon Ltd", "moon_child", "R-2026-000042", "Visa ending in 4242", "6 months of paid time 1", "€10.92", "€2.08", "€13.00", "https://shop.example/about/terms", "page 1 of 1" })
        {
            Assert.Contains(words.Replace(" ", "", StringComparison.Ordinal), text.Replace(" ", "", StringComparison.Ordinal).Replace("\u00a0", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Łukasz Žižka", "Łukasz Žižka")]
    [InlineData("Ольга Ελένη", "Ольга Ελένη")]
    [InlineData("山田太郎", "□□□□")] // not in the font: boxes, as many as there are
    [InlineData("moon 🌙 child", "moon □ child")]
    [InlineData("a\u0000b\nc", "abc")]
    public void MZ_60_NamesOfEveryScript_AreShownAsWellAsPossible(string name, string shown) =>
        Assert.Contains(shown.Replace(" ", "", StringComparison.Ordinal), Assert.Single(Read(PaperPdf.Write(Paper(buyer: name), At))).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);

    /// <summary>From the left, as it stands on paper; read from the right it is what was typed.</summary>
    [Theory]
    [InlineData("דנה כהן", "ןהכ הנד")]
    [InlineData("Dana דנה 12", "Dana 12 הנד")]
    [InlineData("דנה & Moon Ltd, חיפה", "הנד & Moon Ltd, הפיח")]
    [InlineData("הרצל 12/3 (קומה)", "(המוק) 12/3 לצרה")]
    [InlineData("سلمى", "ىملس")] // in order, and not joined
    [InlineData("Moon (Ltd) 12/3", "Moon (Ltd) 12/3")]
    [InlineData("", "")]
    public void MZ_60_RightToLeftWords_StandInTheirOrder(string typed, string fromTheLeft)
    {
        Assert.Equal(fromTheLeft, VisualOrder.Of(typed));
        var (kept, shown) = (Paper(buyer: typed), fromTheLeft.Replace(" ", "", StringComparison.Ordinal));
        using var document = PdfDocument.Open(PaperPdf.Write(kept, At));
        Assert.Contains(document.GetPage(1).Letters.GroupBy(l => Math.Round(l.StartBaseLine.Y)), line =>
            string.Concat(line.OrderBy(l => l.StartBaseLine.X).Select(l => l.Value)).Replace(" ", "", StringComparison.Ordinal).Contains(shown, StringComparison.Ordinal));
    }

    [Fact]
    public void MZ_60_ManyLinesAndLongWords_TurnThePage_AndLoseNothing()
    {
        var pages = Read(PaperPdf.Write(Paper(rows: 120, what: new string('W', 90)), At));
        Assert.True(pages.Count > 1);
        var all = string.Concat(pages);
        Assert.All(Enumerable.Range(1, 120), i => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"W{i}"), all.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.All(pages.Index(), p => Assert.Contains($"page{p.Index + 1}of{pages.Count}", p.Item.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    /// <summary>Every letter of a page stands on it: nothing runs over the right edge or under the foot.</summary>
    [Fact]
    public void MZ_60_NothingLeavesThePage()
    {
        using var document = PdfDocument.Open(PaperPdf.Write(Paper(rows: 60, buyer: new string('m', 200), what: new string('W', 200)), At));
        Assert.All(document.GetPages().SelectMany(p => p.Letters), l => Assert.True(l.EndBaseLine.X <= 560 && l.StartBaseLine.Y >= 30, $"{l.Value} at {l.StartBaseLine}"));
    }
}
