using System.Globalization;
using System.Text;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.TrueType;
using UglyToad.PdfPig.Fonts.TrueType.Parser;
using UglyToad.PdfPig.Writer;

namespace Shop.Web.Papers;

/// <summary>
/// Lays a paper out on A4. The fonts go with the program (DejaVu Sans: Latin, Greek, Cyrillic, Hebrew, Arabic and more), so that a bare server needs none; a
/// character that they lack becomes a box, and never an error.
/// </summary>
internal static class PaperPdf
{
    public const string ContentType = "application/pdf";

    private const double Left = 56;
    private const double Right = 539;
    private const double Top = 786;
    private const double Bottom = 72;
    private const double Body = 9.5;
    private const double Small = 8;
    private const double Leading = 1.45;

    /// <summary>Right edges of net, rate, tax and price.</summary>
    private static readonly double[] Columns = [349, 399, 464, Right];

    private static readonly Lazy<Face> Regular = new(() => new Face("DejaVuSans.ttf"));
    private static readonly Lazy<Face> Bold = new(() => new Face("DejaVuSans-Bold.ttf"));

    public static byte[] Write(PaperText paper, DateTimeOffset at)
    {
        using var builder = new PdfDocumentBuilder();
        builder.DocumentInformation.Title = $"{paper.Title} {paper.Number}";
        builder.DocumentInformation.Author = paper.Seller[0];
        builder.DocumentInformation.CreationDate = at.UtcDateTime.ToString("'D:'yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
        var sheet = new Sheet(builder);
        Head(sheet, paper);
        Table(sheet, paper);
        Sums(sheet, paper);
        Foot(sheet, paper);
        sheet.Number(paper);
        return builder.Build();
    }

    private static void Head(Sheet sheet, PaperText paper)
    {
        sheet.Line(paper.Title, Left, 20, Right - Left, bold: true);
        sheet.Down(8);
        if (paper.Void is { } isVoid)
        {
            sheet.Line(isVoid, Left, Body, Right - Left, bold: true);
            sheet.Down(6);
        }

        var (top, middle) = (sheet.Y, (Left + Right) / 2);
        Block(Left, paper.Words.From, paper.Seller);
        var after = sheet.Y;
        sheet.Y = top;
        Block(middle, paper.Words.To, paper.Buyer);
        sheet.Y = Math.Min(after, sheet.Y);
        sheet.Down(8);
        foreach (var fact in paper.Facts)
        {
            sheet.Pair(fact.Label, fact.Value, Left, Left + 130, Right, bold: false);
        }

        sheet.Down(12);

        void Block(double x, string heading, IReadOnlyList<string> lines)
        {
            sheet.Line(heading, x, Small, middle - Left - 12, bold: true);
            foreach (var line in lines)
            {
                sheet.Line(line, x, Body, middle - Left - 12);
            }
        }
    }

    private static void Table(Sheet sheet, PaperText paper)
    {
        var isTaxed = paper.Rows.Any(r => r.Rate.Length > 0);
        sheet.Need(60);
        sheet.Row(paper.Words.What, isTaxed ? [paper.Words.Net, paper.Words.Rate, paper.Words.Tax, paper.Words.Price] : ["", "", "", paper.Words.Price], Small, bold: true);
        sheet.Rule();
        foreach (var row in paper.Rows)
        {
            sheet.Need(Body * Leading * (2 + row.Details.Count));
            sheet.Row(row.What, [row.Net, row.Rate, row.Tax, row.Price], Body, bold: false);
            foreach (var detail in row.Details)
            {
                sheet.Line(detail, Left, Small, Columns[0] - Left - 60);
            }

            sheet.Down(4);
        }

        sheet.Rule();
    }

    private static void Sums(Sheet sheet, PaperText paper)
    {
        sheet.Need(paper.Sums.Count * Body * Leading);
        foreach (var sum in paper.Sums)
        {
            sheet.Pair(sum.Label, sum.Value, Left + 180, null, Right, sum.IsTotal);
        }
    }

    private static void Foot(Sheet sheet, PaperText paper)
    {
        sheet.Down(14);
        foreach (var note in paper.Notes)
        {
            sheet.Need(Body * Leading);
            sheet.Line(note, Left, Body, Right - Left);
        }

        sheet.Need(Body * Leading);
        sheet.Line($"{paper.Words.Terms}: {paper.Terms}", Left, Small, Right - Left);
    }

    /// <summary>The page that is being written, from the top down; a new one begins where there is no room.</summary>
    private sealed class Sheet
    {
        private readonly PdfDocumentBuilder builder;
        private readonly PdfDocumentBuilder.AddedFont regular;
        private readonly PdfDocumentBuilder.AddedFont bold;
        private readonly List<PdfPageBuilder> pages = [];

        public Sheet(PdfDocumentBuilder builder)
        {
            this.builder = builder;
            regular = builder.AddTrueTypeFont(Regular.Value.Bytes);
            bold = builder.AddTrueTypeFont(Bold.Value.Bytes);
            Turn();
        }

        public double Y { get; set; }

        private PdfPageBuilder Page => pages[^1];

        public void Down(double by) => Y -= by;

        /// <summary>Room for so much, here or on a new page.</summary>
        public void Need(double height)
        {
            if (Y - height < Bottom)
            {
                Turn();
            }
        }

        /// <summary>Words from the left, on as many lines as they need.</summary>
        public void Line(string text, double x, double size, double width, bool bold = false)
        {
            foreach (var line in Wrapped(text, size, width, bold))
            {
                Need(size * Leading);
                Y -= size * Leading;
                Write(line, x, size, bold);
            }
        }

        /// <summary>A name and its value; without <paramref name="at"/> the value ends at the right.</summary>
        public void Pair(string label, string value, double x, double? at, double right, bool bold)
        {
            var values = Wrapped(value, Body, right - (at ?? x), bold);
            var labels = Wrapped(label, Body, (at ?? (right - Width(values[0], Body, bold))) - x - 8, bold);
            Need(Math.Max(labels.Count, values.Count) * Body * Leading);
            var top = Y;
            for (var i = 0; i < Math.Max(labels.Count, values.Count); i++)
            {
                Y = top - ((i + 1) * Body * Leading);
                if (i < labels.Count)
                {
                    Write(labels[i], x, Body, bold);
                }

                if (i < values.Count)
                {
                    Write(values[i], at ?? (right - Width(values[i], Body, bold)), Body, bold);
                }
            }
        }

        /// <summary>What it is, and the columns beside its first line.</summary>
        public void Row(string what, IReadOnlyList<string> columns, double size, bool bold)
        {
            var lines = Wrapped(what, size, Columns[0] - Left - 60, bold);
            for (var i = 0; i < lines.Count; i++)
            {
                Need(size * Leading);
                Y -= size * Leading;
                Write(lines[i], Left, size, bold);
                for (var c = 0; i == 0 && c < columns.Count; c++)
                {
                    Write(columns[c], Columns[c] - Width(columns[c], size, bold), size, bold);
                }
            }
        }

        public void Rule()
        {
            Y -= 4;
            Page.DrawLine(new PdfPoint(Left, Y), new PdfPoint(Right, Y), 0.5);
            Y -= 4;
        }

        /// <summary>Under each page which it is, and of how many.</summary>
        public void Number(PaperText paper)
        {
            var all = pages.Count;
            for (var i = 0; i < all; i++)
            {
                var text = $"{paper.Number} · {string.Format(CultureInfo.InvariantCulture, paper.Words.PageOf, i + 1, all)}";
                pages[i].AddText(Regular.Value.Shown(text), Small, new PdfPoint(Left, Bottom - 28), regular);
            }
        }

        private void Turn()
        {
            pages.Add(builder.AddPage(PageSize.A4));
            Y = Top;
        }

        private void Write(string text, double x, double size, bool isBold)
        {
            if (text.Length > 0)
            {
                Page.AddText(Of(isBold).Shown(VisualOrder.Of(text)), size, new PdfPoint(x, Y), isBold ? bold : regular);
            }
        }

        private static Face Of(bool isBold) => (isBold ? Bold : Regular).Value;

        private double Width(string text, double size, bool isBold)
        {
            var letters = text.Length == 0 ? [] : Page.MeasureText(Of(isBold).Shown(text), size, new PdfPoint(0, 0), isBold ? bold : regular);
            return letters.Count == 0 ? 0 : letters.Max(l => l.EndBaseLine.X);
        }

        /// <summary>Breaks at spaces; a word that is too long by itself is cut.</summary>
        private List<string> Wrapped(string text, double size, double width, bool isBold)
        {
            var (lines, line) = (new List<string>(), "");
            foreach (var word in text.Split(' '))
            {
                var longer = line.Length == 0 ? word : $"{line} {word}";
                if (line.Length > 0 && Width(longer, size, isBold) > width)
                {
                    lines.Add(line);
                    longer = word;
                }

                while (longer.Length > 1 && Width(longer, size, isBold) > width)
                {
                    var fits = longer.Length - 1;
                    while (fits > 1 && Width(longer[..fits], size, isBold) > width)
                    {
                        fits--;
                    }

                    fits -= fits > 1 && char.IsHighSurrogate(longer[fits - 1]) ? 1 : 0;
                    lines.Add(longer[..fits]);
                    longer = longer[fits..];
                }

                line = longer;
            }

            lines.Add(line);
            return lines;
        }
    }

    /// <summary>A font of the program.</summary>
    private sealed class Face
    {
        private const char Box = '\u25a1';

        private readonly TrueTypeFont font;

        public Face(string name)
        {
            using var stream = typeof(PaperPdf).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"There is no font {name}.");
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            Bytes = copy.ToArray();
            font = TrueTypeFontParser.Parse(new TrueTypeDataBytes(Bytes));
        }

        public byte[] Bytes { get; }

        /// <summary>The text with a box for each character that the font lacks; control characters are left out.</summary>
        public string Shown(string text)
        {
            var shown = new StringBuilder(text.Length);
            foreach (var rune in text.EnumerateRunes())
            {
                if (Rune.IsControl(rune))
                {
                    continue;
                }

                shown.Append(rune.IsBmp && font.TableRegister.CMapTable?.TryGetGlyphIndex(rune.Value, out var glyph) == true && glyph != 0 ? (char)rune.Value : Box);
            }

            return shown.ToString();
        }
    }
}
