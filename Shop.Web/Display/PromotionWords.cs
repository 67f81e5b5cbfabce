using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>Promotions in words: what one gives, on what conditions, and why it does not count.</summary>
internal static class PromotionWords
{
    /// <summary>Its one benefit.</summary>
    public static string Benefit(this IStringLocalizer<PromotionTexts> texts, Promotion promotion, Currency currency) => promotion switch
    {
        { Percent: { } percent } => texts["Percent", percent],
        { AmountMinor: { } minor } => texts["Amount", new Money(minor, currency).ForReader()],
        { Months: { } months } => texts.Count("Months", months),
        _ => texts.Count("Points", promotion.Points ?? 0),
    };

    /// <summary>Its conditions in one line. <paramref name="product"/>: what its product is called; <paramref name="yours"/>: said to the buyer for whom they hold.</summary>
    public static string Reason(this IStringLocalizer<PromotionTexts> texts, Promotion promotion, Currency currency, string? product, bool yours)
    {
        List<string> parts = [];
        if (promotion.Code is { } code)
        {
            parts.Add(texts["Reason.Code", code]);
        }

        if (promotion.FirstOrder)
        {
            parts.Add(yours ? texts["Reason.FirstOrder"] : texts["Reason.FirstOrder.All"]);
        }

        if (promotion.MemberClass is { } accountClass)
        {
            parts.Add(texts["Reason.Class", ItemTexts.Class(accountClass)]);
        }

        if (promotion.Product is not null)
        {
            parts.Add(texts["Reason.Product", product ?? promotion.Product]);
        }

        if (promotion.MinimumMinor is { } minimum)
        {
            parts.Add(texts["Reason.Minimum", new Money(minimum, currency).ForReader()]);
        }

        if (yours)
        {
            parts.Add(texts["Reason.Until", TimeText.Day(promotion.Until, CultureInfo.CurrentCulture)]);
        }

        return string.Join(", ", parts);
    }

    /// <summary>Why it does not count, and what is missing.</summary>
    public static string Why(this IStringLocalizer<PromotionTexts> texts, PromotionMissed missed, Currency currency, string? product) => texts[
        missed is { Reason: PromotionMiss.ProductMissing, Promotion.Product: null } ? "Miss.ProductMissing.Any" : $"Miss.{missed.Reason}",
        missed.Promotion?.Name ?? "", missed.Code, product ?? "", ItemTexts.Class(missed.Promotion?.MemberClass ?? ""), new Money(missed.MissingMinor, currency).ForReader()];
}
