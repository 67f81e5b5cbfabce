namespace Shop.Web.Security;

/// <summary>
/// The one way cookies are made here. In Production <c>__Host-</c> and always Secure; in Development without the prefix and as secure as
/// the request, because browsers drop such cookies over plain http (DECISIONS 24).
/// </summary>
internal sealed class ShopCookies(IHostEnvironment environment)
{
    /// <summary>The key of an anonymous cart.</summary>
    public const string Cart = "cart";

    /// <summary>The token of the link by which a failed renewal is set right: the pages that it leads to do not have it in their addresses.</summary>
    public const string Fix = "fix";

    private readonly bool strict = !environment.IsDevelopment();

    public string Name(string name) => strict ? "__Host-" + name : name;

    public void Shape(CookieBuilder cookie, string name)
    {
        cookie.Name = Name(name);
        cookie.HttpOnly = true;
        cookie.SameSite = SameSiteMode.Lax;
        cookie.SecurePolicy = strict ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        cookie.Path = "/";
        cookie.IsEssential = true;
    }

    public void Set(HttpContext context, string name, string value, TimeSpan? age)
    {
        var cookie = new CookieBuilder { MaxAge = age };
        Shape(cookie, name);
        context.Response.Cookies.Append(Name(name), value, cookie.Build(context));
    }

    public string? Get(HttpContext context, string name) => context.Request.Cookies[Name(name)];

    public void Remove(HttpContext context, string name)
    {
        var cookie = new CookieBuilder();
        Shape(cookie, name);
        context.Response.Cookies.Delete(Name(name), cookie.Build(context));
    }
}
