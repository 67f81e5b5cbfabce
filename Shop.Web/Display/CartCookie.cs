using System.Globalization;
using System.Security.Claims;
using Shop.Core;
using Shop.Web.Paywall;
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

    /// <summary>As long as somebody may take at a bank.</summary>
    private static readonly TimeSpan FixLife = TimeSpan.FromHours(1);
    private const int MostToken = 100;

    public static Buyer Buyer(this HttpContext context) => Shop.Core.Buyer.Of(context.User.MemberId(), Key(context)) with
    {
        FixHash = Cookies(context).Get(context, ShopCookies.Fix) is { Length: > 0 and <= MostToken } token ? Codes.Hash(token) : null,
        ResourceHash = context.RequestServices.GetRequiredService<PaywallSession>().Find(context) is { } session ? Codes.Hash(session) : null,
    };

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

    /// <summary>Lets this browser pay the renewal of a link, on pages whose scripts and addresses do not hold its token.</summary>
    public static void KeepFix(HttpContext context, string token) => Cookies(context).Set(context, ShopCookies.Fix, token, FixLife);

    private static string? Key(HttpContext context) => Cookies(context).Get(context, ShopCookies.Cart);

    private static ShopCookies Cookies(HttpContext context) => context.RequestServices.GetRequiredService<ShopCookies>();
}
