using System.Globalization;
using System.Text.RegularExpressions;

namespace Shop.Core;

/// <summary>Which e-mail addresses the shop takes: one plain mailbox, nothing that could become a second recipient or a header.</summary>
public static partial class MailAddresses
{
    public const int Most = 254;
    private const int MostLocal = 64;
    private static readonly IdnMapping Idn = new();

    /// <summary>Whether mail can be sent to it. Every form asks here, so no address is taken that the mailer would drop.</summary>
    public static bool IsUsable(string? address)
    {
        if (address is null || address.Length > Most || address.Split('@') is not [var local, var domain] || local.Length > MostLocal)
        {
            return false;
        }

        return Local().IsMatch(local) && Ascii(domain) is { } name && Domain().IsMatch(name);
    }

    /// <summary>The address with its domain in ASCII, as mail servers need it.</summary>
    public static string Wire(string address)
    {
        var at = address.LastIndexOf('@');
        return address[..(at + 1)] + (Ascii(address[(at + 1)..]) ?? throw new FormatException("This is no e-mail address."));
    }

    private static string? Ascii(string domain)
    {
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\z")]
    private static partial Regex Local();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex Domain();
}
