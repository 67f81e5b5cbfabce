using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>Core's refusals of lines as sentences.</summary>
internal static class Refusals
{
    /// <summary>Why a line cannot be bought. <paramref name="name"/>: the recipient as typed or stored; <paramref name="limit"/>: the number the sentence needs.</summary>
    public static string Of(this IStringLocalizer<ShopTexts> texts, LineRefusal refusal, string? name = null, int? limit = null, int least = 1) =>
        refusal is LineRefusal.NoSuchMember or LineRefusal.MemberPurged or LineRefusal.MemberNotVisible or LineRefusal.MemberGone or LineRefusal.PersonalOnly
            or LineRefusal.GiftsBanned or LineRefusal.GiftsFromMembersOnly or LineRefusal.VirtualGiftNotWanted or LineRefusal.VirtualGiftNotUnnamed
            ? texts[$"Refusal.{refusal}", name ?? ""]
            : refusal == LineRefusal.Quantity && limit == least ? texts["Refusal.Quantity.Only", least] : texts[$"Refusal.{refusal}", limit ?? 0, least];

    /// <summary>The same with the day on which it would be possible, where the buyer may know it (DW-40).</summary>
    public static string Of(this IStringLocalizer<ShopTexts> texts, LineRefusal refusal, DateOnly? possibleFrom, string? name = null, int? limit = null, int least = 1) =>
        texts.Of(refusal, name, limit, least) + (possibleFrom is { } day ? " " + texts["Refusal.From", TimeText.Day(day, CultureInfo.CurrentCulture)].Value : "");

    /// <summary>Which lines of the visitor's cart did not fit beside the account's own, and why (DW-28): for the news after signing in.</summary>
    public static string Of(this IStringLocalizer<ShopTexts> texts, IEnumerable<MergeLeftOut> leftOut) =>
        texts["Merge.LeftOut"] + " " + string.Join(' ', leftOut.Select(line => texts["Merge.Line", line.Title, texts.Of(line.Reason)].Value));
}
