using System.Globalization;
using System.Security.Claims;
using Shop.Core;

namespace Shop.Web.Display;

/// <summary>
/// Who is buying: the member who is signed in, or the browser by the key in its cart cookie. The cookie is set only when a visitor's cart
/// gets its first line, so looking around makes no rows (DW-26).
/// </summary>
internal static class CartCookie
{
    /// <summary>As long as the shop keeps a cart that nobody touches; every line added starts it anew.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    public static Buyer Buyer(this HttpContext context) => Shop.Core.Buyer.Of(context.User.MemberId(), Key(context));

    /// <summary>The signed-in member's id; null for a visitor.</summary>
    public static long? MemberId(this ClaimsPrincipal user) =>
        user.Identity?.IsAuthenticated == true
        && long.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    /// <summary>Keeps a visitor's cart with the browser: the new key, or the one it has for another 30 days.</summary>
    public static void Keep(HttpContext context, string? newKey)
    {
        if (context.User.MemberId() is null && (newKey ?? Key(context)) is { } key)
        {
            context.Response.Cookies.Append(Name(context), key, Options(context, Life));
        }
    }

    /// <summary>After its lines moved to an account the browser's key is of no more use.</summary>
    public static void Forget(HttpContext context) => context.Response.Cookies.Delete(Name(context), Options(context, null));

    private static string? Key(HttpContext context) => context.Request.Cookies[Name(context)];

    // plain http exists in Development only; a browser refuses the prefix there
    private static bool PlainHttp(HttpContext context) => context.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment();

    private static string Name(HttpContext context) => PlainHttp(context) ? "cart" : "__Host-cart";

    private static CookieOptions Options(HttpContext context, TimeSpan? life) => new()
    {
        Path = "/",
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = !PlainHttp(context) || context.Request.IsHttps,
        IsEssential = true,
        MaxAge = life,
    };
}
