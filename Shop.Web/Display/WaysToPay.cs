using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Hosting;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>Ways to pay, in words, and the way to where the buyer acts.</summary>
internal static class WaysToPay
{
    public static string Name(this IStringLocalizer<CheckoutTexts> texts, string provider, string providerName)
    {
        var known = texts[$"Method.{provider}"];
        return known.ResourceNotFound ? providerName : known.Value;
    }

    public static string Of(this IStringLocalizer<CheckoutTexts> texts, MethodRefusal refusal, Money? bound) =>
        texts[$"Method.Disabled.{refusal}", bound?.ForReader() ?? ""];

    /// <summary>Why the last try ended, from our own word for it; null where there was none.</summary>
    public static string? WhyEnded(this IStringLocalizer<CheckoutTexts> texts, string? reason)
    {
        if (reason is null)
        {
            return null;
        }

        var known = texts[$"Ended.{reason}"];
        return known.ResourceNotFound ? texts["Ended.unspecified"] : known;
    }

    /// <summary>
    /// After placing: straight to the provider where that is this site itself, else to the pay page, whose plain link leads there. A redirect from
    /// a form to another site would be refused by the page's own policy.
    /// </summary>
    public static IActionResult Onward(HttpContext context, PlaceResult.Placed placed)
    {
        var here = context.RequestServices.GetRequiredService<ShopAddress>().Base;
        return placed.Action is BuyerAction.Redirect { Url: var url } && Uri.Compare(url, here, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0
            ? new RedirectResult(url.PathAndQuery)
            : new RedirectResult($"/checkout/{placed.Number}/pay");
    }
}
