using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>What became of a refund, in a sentence for the next page.</summary>
internal static class RefundNews
{
    /// <summary>Of one that the provider refused, with its reason in words where there are some, else in its own word (R07).</summary>
    public static void Made(this ITempDataDictionary data, IStringLocalizer<RefundTexts> texts, StaffRefundResult.Made made)
    {
        if (made.State == RefundState.Failed)
        {
            data.Problem(texts["Made.Failed", texts.Failure(made.Failure)]);
        }
        else
        {
            data.Done(texts[$"Made.{made.State}"]);
        }
    }

    public static string Failure(this IStringLocalizer<RefundTexts> texts, string? failure) =>
        texts[$"Failure.{failure}"] is { ResourceNotFound: false } words ? words : failure ?? texts["Failure.refused"];
}
