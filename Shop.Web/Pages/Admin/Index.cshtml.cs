using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Web.Security;

namespace Shop.Web.Pages.Admin;

/// <summary>The desk's start: what the roles of whoever is here allow.</summary>
[Authorize(StaffPolicies.Staff)]
internal sealed class IndexModel(IAuthorizationService authorization) : PageModel
{
    public bool MayEditPages { get; private set; }

    public bool MayNameMaintainers { get; private set; }

    public bool MaySeeOrders { get; private set; }

    public async Task OnGetAsync()
    {
        MaySeeOrders = (await authorization.AuthorizeAsync(User, StaffPolicies.Orders)).Succeeded;
        MayEditPages = (await authorization.AuthorizeAsync(User, StaffPolicies.RuleEditor)).Succeeded;
        MayNameMaintainers = (await authorization.AuthorizeAsync(User, StaffPolicies.Clerk)).Succeeded;
    }
}
