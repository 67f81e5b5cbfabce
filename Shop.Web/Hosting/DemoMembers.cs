using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>The members that a fresh clone starts with, to try the shop with. Development only; their password stands in the README.</summary>
internal sealed class DemoMembers(UserManager<Member> users, StaffDesk desk, Writes writes, IHostEnvironment environment, TimeProvider clock)
{
    public const string Password = "moonlit-harbour-walk";
    private const string Buyer = "member";
    private const string Admin = "admin";
    private const long Points = 240;

    private static readonly string[] Names = [Buyer, "friend", Admin];

    /// <summary>Makes those that are missing.</summary>
    /// <exception cref="InvalidOperationException">This is not Development.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            throw new InvalidOperationException("Demo members are made in Development only: their password is public.");
        }

        foreach (var name in Names)
        {
            if (await users.FindByNameAsync(name) is null)
            {
                await MakeAsync(name, cancellationToken);
            }
        }
    }

    private async Task MakeAsync(string name, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var member = new Member { UserName = name, Email = $"{name}@example.org", EmailConfirmed = true, CreatedAt = now };
        var made = await users.CreateAsync(member, Password);
        if (!made.Succeeded)
        {
            throw new InvalidOperationException($"The demo member {name} could not be made: {made}");
        }

        if (name == Admin)
        {
            await desk.GrantOwnerAsync(name, cancellationToken);
        }

        if (name == Buyer)
        {
            await writes.RunAsync(
                (unit, token) => PointsAccounts.GrantAsync(unit.Db, $"demo:{member.Id}", member.Id, Points, "To try points with", null, now, token), cancellationToken);
        }
    }
}
