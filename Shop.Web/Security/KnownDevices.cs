using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>
/// Remembers in a cookie who has signed in on a browser before, so that a stranger who locks an account by wrong passwords does not lock
/// its member out there. It opens nothing: the password is still asked for.
/// </summary>
internal sealed class KnownDevices(ShopCookies cookies, IDataProtectionProvider protection)
{
    private const string Cookie = "known";
    private static readonly TimeSpan Life = TimeSpan.FromDays(180);

    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("Shop.KnownDevices").ToTimeLimitedDataProtector();

    public bool IsKnown(HttpContext context, Member member)
    {
        if (cookies.Get(context, Cookie) is not { } value)
        {
            return false;
        }

        try
        {
            return protector.Unprotect(value) == Text(member);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Remember(HttpContext context, Member member) => cookies.Set(context, Cookie, protector.Protect(Text(member), Life), Life);

    private static string Text(Member member) => member.Id.ToString(CultureInfo.InvariantCulture);
}
