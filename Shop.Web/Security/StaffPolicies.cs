using Microsoft.AspNetCore.Authorization;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>Names for <c>[Authorize]</c>: any staff, or a role, which an owner always has too.</summary>
internal static class StaffPolicies
{
    /// <summary>Anybody who is signed in.</summary>
    public const string Member = "member";
    public const string Staff = "staff";
    public const string Viewer = StaffRoles.Viewer;
    public const string Clerk = StaffRoles.Clerk;
    public const string Refunder = StaffRoles.Refunder;
    public const string RuleEditor = StaffRoles.RuleEditor;
    public const string SellerManager = StaffRoles.SellerManager;
    public const string Owner = StaffRoles.Owner;

    /// <summary>Who may look at orders: viewers, and those who work on them.</summary>
    public const string Orders = "orders";

    /// <summary>Who may pay to see that a way to pay works.</summary>
    public const string TestPurchases = "test_purchases";

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(Member, policy => policy.RequireAuthenticatedUser());
        options.AddPolicy(Staff, policy => policy.RequireRole(StaffRoles.All));
        options.AddPolicy(Orders, policy => policy.RequireRole(StaffRoles.Viewer, StaffRoles.Clerk, StaffRoles.Refunder, StaffRoles.Owner));
        options.AddPolicy(TestPurchases, policy => policy.RequireRole(StaffRoles.Owner));
        foreach (var role in StaffRoles.All)
        {
            options.AddPolicy(role, policy => policy.RequireRole(role, StaffRoles.Owner));
        }

        // a page that nobody decided about is for nobody
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build();
    }
}
