using System.Globalization;
using System.Security.Claims;
using Shop.Core;
using Shop.Web.Security;

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
            Cookies(context).Set(context, ShopCookies.Cart, key, Life);
        }
    }

    private static string? Key(HttpContext context) => Cookies(context).Get(context, ShopCookies.Cart);

    private static ShopCookies Cookies(HttpContext context) => context.RequestServices.GetRequiredService<ShopCookies>();
}
