using System.Net.Mime;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

/// <summary>A member's data as a file, and the way to closing the account.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class DataModel(ShopDbContext db, MemberExport export, TimeProvider clock) : FormPage
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostExportAsync(CancellationToken cancellationToken) => File(
        await export.WriteAsync(db, User.MemberId()!.Value, cancellationToken), MediaTypeNames.Application.Json, $"dreamshop-{Days.Text(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime))}.json");
}
