using System.Security.Claims;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>How long a session runs without being used, and at the longest.</summary>
internal sealed record SessionTerms(TimeSpan Idle, TimeSpan Longest)
{
    /// <summary>A session in use is written again at most this often.</summary>
    public static readonly TimeSpan RenewedEvery = TimeSpan.FromMinutes(10);

    public static SessionTerms Members { get; } = new(TimeSpan.FromHours(8), TimeSpan.FromDays(30));

    public static SessionTerms Staff { get; } = new(TimeSpan.FromMinutes(30), TimeSpan.FromHours(8));

    public static SessionTerms Of(ClaimsPrincipal principal) => StaffRoles.All.Any(principal.IsInRole) ? Staff : Members;
}
