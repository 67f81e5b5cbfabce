using System.ComponentModel.DataAnnotations;

namespace Shop.Web.Security;

internal sealed record SignInOptions
{
    public const string Section = "SignIn";
    public const int LeastInProduction = 210_000;

    /// <summary>Rounds of PBKDF2-SHA512 of a password. Test hosts lower it; Production refuses less than its default.</summary>
    [Range(1, 10_000_000)]
    public int HashIterations { get; set; } = LeastInProduction;
}
