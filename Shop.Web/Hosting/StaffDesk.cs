using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Gives the role that may do everything: to the first admin of a site, from its command line.</summary>
internal sealed class StaffDesk(UserManager<Member> users, RoleManager<StaffRole> roles, Writes writes)
{
    /// <summary>False when nobody has the name. A member who has the role keeps it; sessions end, so that it holds from the next sign-in.</summary>
    public async Task<bool> GrantOwnerAsync(string name, CancellationToken cancellationToken)
    {
        foreach (var role in StaffRoles.All)
        {
            if (!await roles.RoleExistsAsync(role))
            {
                Expect(await roles.CreateAsync(new StaffRole { Name = role }));
            }
        }

        if (await users.FindByNameAsync(name) is not { } member)
        {
            return false;
        }

        if (!await users.IsInRoleAsync(member, StaffRoles.Owner))
        {
            Expect(await users.AddToRoleAsync(member, StaffRoles.Owner));
            Expect(await users.UpdateSecurityStampAsync(member));
            await writes.RunAsync((unit, token) => SignInTickets.EndAllAsync(unit.Db, member.Id, token), cancellationToken);
        }

        return true;
    }

    /// <summary>What another process did at the same moment is done.</summary>
    private static void Expect(IdentityResult result)
    {
        if (result.Errors.Any(e => e.Code is not ("DuplicateRoleName" or "UserAlreadyInRole" or "ConcurrencyFailure")))
        {
            throw new InvalidOperationException(result.ToString());
        }
    }
}
