using Microsoft.AspNetCore.Identity;

namespace Shop.Accounts;

/// <summary>A staff role as Identity stores it; the names are those of <see cref="StaffRoles"/>.</summary>
public sealed class StaffRole : IdentityRole<long>;

/// <summary>The staff roles of a site. An owner may do everything; the others only what their name says.</summary>
public static class StaffRoles
{
    public const string Viewer = "viewer";
    public const string Clerk = "clerk";
    public const string Refunder = "refunder";
    public const string RuleEditor = "rule_editor";
    public const string SellerManager = "seller_manager";
    public const string Owner = "owner";

    public static IReadOnlyList<string> All { get; } = [Viewer, Clerk, Refunder, RuleEditor, SellerManager, Owner];
}
