using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Security;

/// <summary>Signing in and out. Every failure has one answer and takes the same way through the code, whether the name exists or not.</summary>
internal sealed partial class SignIns(
    UserManager<Member> users, IUserClaimsPrincipalFactory<Member> principals, Tries tries, KnownDevices devices, DummyPassword dummy, ShopCookies cookies,
    Carts carts, Writes writes, TimeProvider clock, ILogger<SignIns> log)
{
    /// <summary>Where a session keeps when its password was last shown; it outlives renewals.</summary>
    private const string ShownAt = "shown_at";

    private static readonly TimeSpan Recently = TimeSpan.FromMinutes(15);

    /// <summary>The sign-in that registering brings with it is on no strange device.</summary>
    private static readonly TimeSpan JustMade = TimeSpan.FromMinutes(1);

    /// <summary>The member whose name and password these are; null for every kind of no.</summary>
    public async Task<Member?> CheckAsync(HttpContext context, string name, string password, CancellationToken cancellationToken)
    {
        // A name nobody can have is not asked of the database, which may refuse its characters.
        var member = name.Any(char.IsControl) ? null : await users.FindByNameAsync(name);
        var attempt = await tries.SignInAsync(context, name, member is not null && devices.IsKnown(context, member), cancellationToken);
        var isRight = member is null ? dummy.Check(password) : await users.CheckPasswordAsync(member, password);
        if (attempt.Refused || !isRight || member is not { Status: AccountStatus.Visible })
        {
            Refused(member?.Id, attempt.Refused);
            return null;
        }

        await tries.SucceededAsync(attempt, cancellationToken);
        return member;
    }

    /// <summary>Starts a session, and brings what the visitor had put into the cart. Returns what of it did not fit.</summary>
    /// <param name="passwordShown">False: another site said who it is, so what asks for the password (<see cref="IsRecentAsync"/>) still does.</param>
    public async Task<IReadOnlyList<MergeLeftOut>> StartAsync(HttpContext context, Member member, CancellationToken cancellationToken, bool passwordShown = true)
    {
        var principal = await principals.CreateAsync(member);
        await SignInAsync(context, principal, passwordShown);
        var now = clock.GetUtcNow();
        if (!devices.IsKnown(context, member) && now - member.CreatedAt > JustMade)
        {
            await writes.RunAsync((unit, token) => MailWishes.NoteStrangeSignInAsync(unit.Db, member.Id, now, token), cancellationToken);
        }

        devices.Remember(context, member);
        Started(member.Id);
        return await BringCartAsync(context, member, cancellationToken);
    }

    /// <summary>Whether whoever is here has shown the password within the last minutes: asked before money is given away (security.md, 7.5.3).</summary>
    public async Task<bool> IsRecentAsync(HttpContext context) =>
        (await context.AuthenticateAsync(IdentityConstants.ApplicationScheme)).Properties?.Items.TryGetValue(ShownAt, out var at) == true
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var then)
        && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(then) < Recently;

    /// <summary>Takes the password of whoever is signed in once more. False: it is not theirs, or was tried too often.</summary>
    public async Task<bool> AgainAsync(HttpContext context, string password, CancellationToken cancellationToken)
    {
        if (context.User.Identity?.Name is not { } name || await CheckAsync(context, name, password, cancellationToken) is not { } member || member.Id != context.User.MemberId())
        {
            return false;
        }

        await SignInAsync(context, context.User);
        return true;
    }

    /// <summary>The same session goes on after what the member is known by has changed.</summary>
    public async Task GoOnAsync(HttpContext context, Member member) => await SignInAsync(context, await principals.CreateAsync(member));

    private Task SignInAsync(HttpContext context, System.Security.Claims.ClaimsPrincipal principal, bool passwordShown = true)
    {
        var now = clock.GetUtcNow();
        var properties = new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + SessionTerms.Of(principal).Idle };
        if (passwordShown)
        {
            properties.Items[ShownAt] = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        }

        return context.SignInAsync(IdentityConstants.ApplicationScheme, principal, properties);
    }

    public static Task EndAsync(HttpContext context) => context.SignOutAsync(IdentityConstants.ApplicationScheme);

    private async Task<IReadOnlyList<MergeLeftOut>> BringCartAsync(HttpContext context, Member member, CancellationToken cancellationToken)
    {
        if (Buyer.Of(null, cookies.Get(context, ShopCookies.Cart)).SessionHash is not { } session)
        {
            return [];
        }

        var merged = await carts.MergeAsync(session, member.Id, cancellationToken);
        if (!merged.Waits)
        {
            cookies.Remove(context, ShopCookies.Cart);
        }

        return merged.LeftOut;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} signed in.")]
    private partial void Started(long member);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in was refused. Member: {Member}, by a limit: {ByLimit}")]
    private partial void Refused(long? member, bool byLimit);
}

/// <summary>A password nobody has, so that an unknown name costs as much work as a known one.</summary>
internal sealed class DummyPassword(IOptions<PasswordHasherOptions> options)
{
    private static readonly Member Nobody = new() { CreatedAt = DateTimeOffset.UnixEpoch };

    private readonly PasswordHasher<Member> hasher = new(options);
    private readonly Lazy<string> hash = new(() => new PasswordHasher<Member>(options).HashPassword(Nobody, Codes.New(26)));

    /// <summary>Always false, after the work of a real check.</summary>
    public bool Check(string password) => hasher.VerifyHashedPassword(Nobody, hash.Value, password) != PasswordVerificationResult.Failed;
}
