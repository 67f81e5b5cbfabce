using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Shop.Web.Paywall;

/// <summary>
/// The session (S) for which something is paid, in a sealed cookie. S itself is no secret: it stands in the addresses that are opened on another device. What opens a
/// resource is the cookie, which only this site can make.
/// </summary>
public sealed class PaywallSession(IOptions<PaywallOptions> options, IDataProtectionProvider protection)
{
    private const int Bytes = 20;
    private const int MostValue = 600;
    private static readonly TimeSpan Life = TimeSpan.FromDays(365);
    private static readonly object Key = new();

    private readonly IDataProtector protector = protection.CreateProtector("Shop.Paywall.Session");

    /// <summary>S of the request's cookie. Null: there is none, or it is broken, cut off or not of this site.</summary>
    public string? Find(HttpContext context)
    {
        if (context.Items[Key] is string known)
        {
            return known;
        }

        if (context.Request.Cookies[Cookie.Name!] is not { Length: > 0 and <= MostValue } value)
        {
            return null;
        }

        try
        {
            var session = protector.Unprotect(value);
            context.Items[Key] = session;
            return session;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>S of the request's cookie, or a new one, which this very answer keeps with the browser.</summary>
    public string Ensure(HttpContext context)
    {
        if (Find(context) is { } session)
        {
            return session;
        }

        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
        context.Items[Key] = made;
        var cookie = Cookie.Build(context);
        cookie.MaxAge = Life;
        context.Response.Cookies.Append(Cookie.Name!, protector.Protect(made), cookie);
        return made;
    }

    private CookieBuilder Cookie => options.Value.Cookie;
}
