using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>User names: 2 to 25 of a to z, digits and underline, and none that speaks for the site.</summary>
internal sealed partial class UserNames : IUserValidator<Member>
{
    public const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    public const int Most = 25;

    // as they are without underlines: "admin_" and "no_reply" speak for the site like "admin"
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "admin", "administrator", "root", "staff", "support", "help", "info", "security", "billing", "sales", "shop", "dreamshop", "system", "moderator",
        "owner", "webmaster", "postmaster", "hostmaster", "abuse", "noreply", "anonymous", "nobody", "someone", "everyone", "random", "deleted",
    };

    /// <summary>The name speaks for the site: nobody may take it, and who has it does not give it away.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal));

    /// <summary>What is wrong with a name, as a key of the texts; null: nothing.</summary>
    public static string? Problem(string? name) => !Shape().IsMatch(name ?? "") ? "UserName.Shape" : IsReserved(name!) ? "UserName.Taken" : null;

    public Task<IdentityResult> ValidateAsync(UserManager<Member> manager, Member user) =>
        Task.FromResult(Shape().IsMatch(user.UserName ?? "")
            ? IdentityResult.Success
            : IdentityResult.Failed(new IdentityError { Code = "UserName.Shape", Description = "UserName.Shape" }));

    [GeneratedRegex("^[a-z0-9_]{2,25}\\z")]
    private static partial Regex Shape();
}
