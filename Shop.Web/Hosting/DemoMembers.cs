using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>The members that a fresh clone starts with, to try the shop with. Development only; their password stands in the README.</summary>
internal sealed class DemoMembers(
    UserManager<Member> users, ShopDbContext db, StaffDesk desk, Writes writes, IHostEnvironment environment, TimeProvider clock)
{
    public const string Password = "moonlit-harbour-walk";
    private const string Buyer = "member";
    private const string Admin = "admin";
    private const long Points = 240;

    private static readonly string[] Names = [Buyer, "friend", Admin];

    /// <summary>Makes what is missing, also where an earlier start was killed between a member and what it holds.</summary>
    /// <exception cref="InvalidOperationException">This is not Development.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            throw new InvalidOperationException("Demo members are made in Development only: their password is public.");
        }

        foreach (var name in Names)
        {
            var member = await users.FindByNameAsync(name) ?? await MakeAsync(name);
            await UnlessThereAsync(() => GiveAsync(member, cancellationToken));
        }
    }

    /// <summary>Another process may make the same member at this moment: then that one is it.</summary>
    private async Task<Member> MakeAsync(string name)
    {
        var member = new Member { UserName = name, Email = $"{name}@example.org", EmailConfirmed = true, CreatedAt = clock.GetUtcNow() };
        IdentityResult? made = null;
        await UnlessThereAsync(async () => made = await users.CreateAsync(member, Password));
        return made is { Succeeded: true }
            ? member
            : await users.FindByNameAsync(name) ?? throw new InvalidOperationException($"The demo member {name} could not be made: {made}");
    }

    private async Task GiveAsync(Member member, CancellationToken cancellationToken)
    {
        if (member.UserName == Admin && !await users.IsInRoleAsync(member, StaffRoles.Owner))
        {
            await desk.GrantOwnerAsync(Admin, cancellationToken);
        }

        if (member.UserName == Buyer)
        {
            await writes.RunAsync(
                (unit, token) => PointsAccounts.GrantAsync(
                    unit.Db, $"demo:{member.Id}", member.Id, Points, "To try points with", null, clock.GetUtcNow(), token),
                cancellationToken);
        }
    }

    private async Task UnlessThereAsync(Func<Task> make)
    {
        try
        {
            await make();
        }
        catch (Exception e) when (Violations.IsUnique(e))
        {
            db.ChangeTracker.Clear();
        }
    }
}
