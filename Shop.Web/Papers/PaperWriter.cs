using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Papers;

/// <summary>Writes what stands on a receipt or a credit note, in the language of whoever reads it. Days are those of the seller's calendar, which numbers it.</summary>
internal sealed class PaperWriter(IStringLocalizer<ReceiptTexts> texts, IStringLocalizer<LayoutTexts> counts, IStringLocalizer<CheckoutTexts> methods, ShopLinks links)
{
    private static readonly HashSet<string> Wordless = ["link", "card"];

    public PaperText Write(PaperFacts facts)
    {
        var language = CultureInfo.CurrentUICulture;
        var zone = facts.Seller.Zone;
        return new PaperText
        {
            Title = texts[facts.Kind == PaperKind.Receipt ? "Receipt" : "CreditNote"],
            Language = language.Name,
            Number = facts.Number,
            Void = facts.VoidedAt is { } voided ? texts["Void", TimeText.Date(voided, zone, language)].Value : null,
            Seller = Seller(facts.Seller),
            Buyer = Buyer(facts),
            Facts = Facts(facts, zone, language),
            Rows = [.. facts.Lines.Select(line => Row(facts, line, zone, language))],
            Sums = [.. Sums(facts, language)],
            Notes = [.. Notes(facts, zone, language)],
            Terms = facts.Seller.Terms is { } terms ? new Uri(terms) : links.At("about/terms"),
            Words = new PaperWords(
                texts["From"], texts["To"], texts["What"], texts["Net"], texts["Rate"], texts["Tax"], texts["Price"], texts["Terms"], texts["PageOf"]),
        };
    }

    /// <summary>A rate in parts of a million as a percentage, with as many decimals as it has.</summary>
    public static string Percent(int ratePpm, CultureInfo language) => (ratePpm / 10_000m).ToString("0.####", language) + "\u00a0%";

    private List<string> Seller(SellerTerms seller)
    {
        List<string> lines = [seller.Name ?? links.At("").Host, .. seller.Address];
        if (seller.Contact is { } contact)
        {
            lines.Add(contact);
        }

        if (seller.TaxId is { } id)
        {
            lines.Add(texts["TaxId", id]);
        }

        return lines;
    }

    private List<string> Buyer(PaperFacts facts)
    {
        var lines = new[] { facts.TaxBuyer.BillTo, facts.Buyer, facts.TaxBuyer.Country is { } country ? Countries.NameOf(country) : null }.OfType<string>().ToList();
        if (facts.TaxBuyer.TaxId is { } id)
        {
            lines.Add(texts["TaxId", id]);
        }

        return lines;
    }

    private List<PaperFact> Facts(PaperFacts facts, TimeZoneInfo zone, CultureInfo language)
    {
        List<PaperFact> list = [new("number", texts[facts.Kind == PaperKind.Receipt ? "Number" : "Note.Number"], facts.Number)];
        if (facts.ReceiptNumber is { } receipt)
        {
            list.Add(new PaperFact("receipt", texts["Note.Receipt"], receipt));
        }

        list.Add(new PaperFact("date", texts["Date"], TimeText.Date(facts.IssuedAt, zone, language)));
        list.Add(new PaperFact("order", texts["Order"], facts.OrderReference));
        if (facts.Provider is not null)
        {
            list.Add(facts.Kind == PaperKind.Receipt
                ? new PaperFact("paid-with", texts["PaidWith"], PaidWith(facts))
                : new PaperFact("paid-to", texts["PaidTo"], facts.IsPaidAsPoints ? texts["PaidTo.Points"] : PaidWith(facts)));
        }

        return list;
    }

    /// <summary>The card's brand and last four, or the way it was paid, in the shop's words.</summary>
    private string PaidWith(PaperFacts facts)
    {
        var way = methods.Name(facts.Provider!, facts.Provider!);
        var what = facts.Brand is not { } brand || Wordless.Contains(brand) ? way : CultureInfo.InvariantCulture.TextInfo.ToTitleCase(brand.Replace('_', ' '));
        return facts.Last4 is { } digits ? texts["PaidWith.Last4", what, digits] : what;
    }

    private PaperRow Row(PaperFacts facts, PaperLine line, TimeZoneInfo zone, CultureInfo language)
    {
        List<string> details = [];
        if (line.For is { } whom)
        {
            details.Add(texts["For", whom]);
        }

        if (line.Seller is { } seller)
        {
            details.Add(texts["SoldBy", seller.Name, seller.Contact]);
            if (seller.TermsUrl is { } terms)
            {
                details.Add(texts["SellerTerms", terms]);
            }
        }

        if (line.Until is { } until)
        {
            details.Add(texts["Period", TimeText.Moment(until, zone, language)]);
        }

        if (line.ExtraMonths > 0)
        {
            details.Add(texts.Count("Extra", line.ExtraMonths));
        }

        if (!line.Discount.IsZero)
        {
            details.Add(texts["Off", line.Discount.Text(language)]);
        }

        if (line.Points > 0)
        {
            details.Add(texts["InPoints", counts.Count("Points", line.Points).ToString()]);
        }

        var isTaxed = facts.IsTaxed;
        return new PaperRow(
            line.Title, details, isTaxed ? line.Net.Text(language) : "", isTaxed ? Percent(line.Tax.RatePpm, language) : "",
            isTaxed ? new Money(line.Tax.TaxMinor, line.Price.Currency).Text(language) : "", line.Price.Text(language));
    }

    private IEnumerable<PaperFact> Sums(PaperFacts facts, CultureInfo language)
    {
        if (facts.IsTaxed)
        {
            yield return new PaperFact("net", texts["Sum.Net"], facts.Net.Text(language));
            foreach (var sum in facts.Taxes)
            {
                yield return new PaperFact("tax", texts["Sum.Tax", Percent(sum.RatePpm, language), sum.Net.Text(language)], sum.Tax.Text(language));
            }

            if (facts.Taxes.Count == 0)
            {
                yield return new PaperFact("tax", texts["Sum.NoTax"], facts.Tax.Text(language));
            }
        }

        yield return new PaperFact("total", texts["Sum.Total"], facts.Price.Text(language), IsTotal: true);
        if (facts.Points > 0)
        {
            yield return new PaperFact("points", texts[facts.Kind == PaperKind.Receipt ? "Sum.Points" : "Sum.PointsBack"], counts.Count("Points", facts.Points));
            yield return new PaperFact("money", texts[facts.Kind == PaperKind.Receipt ? "Sum.Money" : "Sum.MoneyBack"], facts.Money.Text(language));
        }
    }

    private IEnumerable<string> Notes(PaperFacts facts, TimeZoneInfo zone, CultureInfo language)
    {
        foreach (var promotion in facts.Promotions.Where(p => !p.Amount.IsZero))
        {
            yield return texts["Note.Promotion", promotion.Name, promotion.Amount.Text(language)];
        }

        if (facts.IsReverseCharge)
        {
            yield return texts["Note.Reverse"];
        }

        foreach (var note in facts.CreditNotes.Where(n => !n.IsVoid))
        {
            yield return texts["Note.Credited", note.Number, TimeText.Date(note.IssuedAt, zone, language), Sum(note, language)];
        }
    }

    /// <summary>Money and points as one phrase.</summary>
    public string Sum(PaperView paper, CultureInfo language) => (paper.Money.Minor, paper.Points) switch
    {
        (0, > 0) => counts.Count("Points", paper.Points),
        (_, > 0) => texts["MoneyAndPoints", paper.Money.Text(language), counts.Count("Points", paper.Points)],
        _ => paper.Money.Text(language),
    };
}
