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

    private const string SavedPrefix = "saved:";

    /// <summary>The value of the choice of a kept method: one group of radio buttons holds these and providers.</summary>
    public static string Value(this SavedMethodView saved) => SavedPrefix + saved.Handle;

    /// <summary>A chosen value as a provider or a kept method's handle.</summary>
    public static (string? Provider, string? Saved) Read(string? chosen) =>
        chosen?.StartsWith(SavedPrefix, StringComparison.Ordinal) == true ? (null, chosen[SavedPrefix.Length..]) : (chosen, null);

    /// <summary>"Visa ending in 4242, expires 12/2028" (ST-23).</summary>
    public static string Of(this IStringLocalizer<CheckoutTexts> texts, SavedMethodView saved)
    {
        var brand = texts[$"Brand.{saved.Brand.ToLowerInvariant()}"];
        var expires = saved.ExpiresOn?.ToString("MM/yyyy", System.Globalization.CultureInfo.InvariantCulture);
        return (brand.ResourceNotFound, saved.Last4, expires) switch
        {
            (true, null, _) => texts["Saved.Unknown"],
            (false, null, _) => brand,
            (true, { } digits, null) => texts["Saved.Unknown.Digits", digits],
            (true, { } digits, { } until) => texts["Saved.Unknown.DigitsUntil", digits, until],
            (false, { } digits, null) => texts["Saved.Digits", brand.Value, digits],
            (false, { } digits, { } until) => texts["Saved.DigitsUntil", brand.Value, digits, until],
        };
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

    /// <summary>What is waited for, and whether somebody will write about it.</summary>
    public static string WhyWaiting(this IStringLocalizer<CheckoutTexts> texts, AttemptState state, OrderView order) =>
        texts[$"Pay.Wait.{(state == AttemptState.Pending ? AttemptState.Pending : AttemptState.Unknown)}{(order.BuyerEmail is null ? ".NoMail" : "")}"];

    /// <summary>
    /// After placing: straight to the provider where that is this site itself, else to the pay page, whose plain link leads there. A redirect from
    /// a form to another site would be refused by the page's own policy.
    /// </summary>
    public static IActionResult Onward(HttpContext context, PlaceResult.Placed placed)
    {
        var here = context.RequestServices.GetRequiredService<ShopAddress>();
        return placed.Action is BuyerAction.Redirect { Url: var url } && here.IsOwn(url)
            ? new RedirectResult(url.PathAndQuery)
            : new RedirectResult($"/checkout/{placed.Number}/pay");
    }
}
