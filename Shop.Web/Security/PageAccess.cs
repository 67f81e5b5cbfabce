using Microsoft.AspNetCore.Mvc.ApplicationModels;

namespace Shop.Web.Security;

/// <summary>
/// Who may open which page: the one list. A page that stands in none of these lines is for nobody, and the page × role matrix of the
/// tests says so. Pages still ask whose data it is: that is no matter of roles.
/// </summary>
internal static class PageAccess
{
    private static readonly string[] Everybody =
    [
        "/Index", "/Product", "/Cart", "/Checkout/Index", "/Checkout/Pay", "/Checkout/Return", "/Orders/Index", "/Receipts", "/Error",
        "/Account/Register", "/Account/Login", "/Account/Logout", "/Account/Confirm", "/Account/Forgot", "/Account/Reset",
    ];

    public static void Decide(PageConventionCollection pages)
    {
        foreach (var page in Everybody)
        {
            pages.AllowAnonymousToPage(page);
        }

        pages.AllowAnonymousToFolder("/About");
        pages.AllowAnonymousToFolder("/Dev"); // nothing there outside Development
        pages.AuthorizePage("/Account/Index", StaffPolicies.Member);
        pages.AuthorizePage("/Account/Orders", StaffPolicies.Member);
        pages.AuthorizePage("/Account/Points", StaffPolicies.Member);
        pages.AuthorizePage("/Admin/Index", StaffPolicies.Staff);
        pages.AuthorizeFolder("/Admin/Pages", StaffPolicies.RuleEditor);
    }
}
