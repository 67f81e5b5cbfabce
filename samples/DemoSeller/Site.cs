using System.Net;

namespace DemoSeller;

/// <summary>The rest of the site: a frame for pages, and who is signed in.</summary>
internal static class Site
{
    private const string Cookie = "harbour";

    /// <summary>The members of this community; there is nothing to keep secret in a demo.</summary>
    public static IReadOnlyDictionary<string, string> Members { get; } = new Dictionary<string, string> { ["4711"] = "luna", ["4712"] = "sol" };

    public static string? Me(HttpContext context) => context.Request.Cookies[Cookie] is { } id && Members.ContainsKey(id) ? id : null;

    public static void SignIn(HttpContext context, string id) =>
        context.Response.Cookies.Append(Cookie, id, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps });

    public static IResult Page(HttpContext context, string body) => Results.Content(
        $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Harbour</title>
        <h1>Harbour</h1><nav><a href="/">Things</a> · <a href="/profile">Profile</a> · {WebUtility.HtmlEncode(Me(context) is { } me ? Members[me] : "nobody is signed in")}</nav>
        {body}
        </html>
        """,
        "text/html");
}
