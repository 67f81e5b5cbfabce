using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>
/// Remembers in a cookie who has signed in on a browser before, so that a stranger who locks an account by wrong passwords does not lock its member out
/// there, and so that a ban does not end with signing out (DW-37). It opens nothing: the password is still asked for.
/// </summary>
internal sealed class KnownDevices(ShopCookies cookies, IDataProtectionProvider protection)
{
    private const string Cookie = "known";
    private const int Most = 5;
    private static readonly TimeSpan Life = TimeSpan.FromDays(180);

    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("Shop.KnownDevices").ToTimeLimitedDataProtector();

    public bool IsKnown(HttpContext context, Member member) => Who(context).Contains(member.Id);

    /// <summary>The members who have signed in here, the latest first.</summary>
    public IReadOnlyList<long> Who(HttpContext context)
    {
        if (cookies.Get(context, Cookie) is not { } value)
        {
            return [];
        }

        try
        {
            return [.. protector.Unprotect(value).Split(',').Select(id => long.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture))];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    public void Remember(HttpContext context, Member member)
    {
        var known = Who(context).Where(id => id != member.Id).Prepend(member.Id).Take(Most).Select(id => id.ToString(CultureInfo.InvariantCulture));
        cookies.Set(context, Cookie, protector.Protect(string.Join(',', known), Life), Life);
    }
}
