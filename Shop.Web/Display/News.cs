using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace Shop.Web.Display;

/// <summary>A sentence for the next page after a redirect: what was done, or why one is somewhere else now. Shown once, above the page.</summary>
internal static class News
{
    public const string CookieName = "news";

    private const string Key = "news";
    private const string KindKey = "news-kind";

    public static void Done(this ITempDataDictionary data, string text) => (data[Key], data[KindKey]) = (text, "good");

    public static void Problem(this ITempDataDictionary data, string text) => (data[Key], data[KindKey]) = (text, "bad");

    /// <summary>What the page before left to say. Without its cookie nothing is looked up, so that a plain view sets no cookie.</summary>
    public static (string Text, bool Good)? Take(ITempDataDictionary data, HttpRequest request) =>
        request.Cookies.Keys.Any(name => name.EndsWith(CookieName, StringComparison.Ordinal)) && data[Key] is string text
            ? (text, data[KindKey] is "good")
            : null;
}
