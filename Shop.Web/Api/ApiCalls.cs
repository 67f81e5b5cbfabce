using System.Text.RegularExpressions;

namespace Shop.Web.Api;

/// <summary>Every call of the sellers' interface (parity/mozilla.md section 1), by feature.</summary>
internal static partial class ApiCalls
{
    public const string Base = "/api/v1";

    public static Regex IdShape { get; } = Ids();

    public static IReadOnlyList<ApiCall> All { get; } = [.. BuyerCalls.All, .. PaymentCalls.All, .. SubscriptionCalls.All, .. TransactionCalls.All, .. EntitlementCalls.All, .. PrivateOrderCalls.All];

    /// <summary>The field that names a thing by its id.</summary>
    public static ApiField.Text Id(string name, string about) => new(name, about, 64) { IsRequired = true, Shape = IdShape };

    [GeneratedRegex(@"\A[0-9A-Za-z_-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Ids();

    /// <summary>Printable characters without blanks, up to so many.</summary>
    public static Regex Printable(int longest) => new($@"\A[!-~]{{1,{longest}}}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\A[!-~]{1,300}\z", RegexOptions.CultureInvariant, 1000)]
    public static partial Regex Printable();
}
