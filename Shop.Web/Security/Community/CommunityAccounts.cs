using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Mail;

namespace Shop.Web.Security;

/// <summary>Who somebody is at the community's site, by its own word.</summary>
/// <param name="Id">Never changes there.</param>
/// <param name="Name">What they are called there now.</param>
/// <param name="Email">Not believed to be theirs: an address alone opens no account.</param>
internal sealed record CommunityIdentity(string Id, string Name, string? Email)
{
    public UserLoginInfo Login => new(CommunityRegistration.Scheme, Id, Name);
}

internal enum LinkResult
{
    Linked,

    /// <summary>The community's account belongs to another member here. It is never moved.</summary>
    OfAnother,

    /// <summary>The member has linked another account of the community.</summary>
    HasOther,
}

/// <summary>Accounts of the community's site that belong to members here: at most one each, and each to one member. They are linked by their own id, never by name or address.</summary>
internal sealed class CommunityAccounts(ShopDbContext db, Writes writes, UserManager<Member> users, AccountMails mails, IOptions<CommunityOptions> options)
{
    /// <summary>Who has just come back from the community's site in this browser; null: nobody.</summary>
    public async Task<CommunityIdentity?> ArrivedAsync(HttpContext context)
    {
        if (!options.Value.IsOn || (await context.AuthenticateAsync(IdentityConstants.ExternalScheme)).Principal is not { } principal
            || principal.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id)
        {
            return null;
        }

        return new CommunityIdentity(id, principal.FindFirstValue(ClaimTypes.Name) ?? id, principal.FindFirstValue(ClaimTypes.Email));
    }

    /// <summary>From now on nobody has come back: what they brought was used or put aside.</summary>
    public static Task ForgetAsync(HttpContext context) => context.SignOutAsync(IdentityConstants.ExternalScheme);

    /// <summary>The member to whom the community's account belongs here.</summary>
    public Task<Member?> OwnerAsync(CommunityIdentity identity) => users.FindByLoginAsync(CommunityRegistration.Scheme, identity.Id);

    /// <summary>What the member's account of the community is called; null: none is linked.</summary>
    public Task<string?> LinkedAsync(long memberId, CancellationToken cancellationToken) =>
        db.UserLogins.Where(l => l.UserId == memberId && l.LoginProvider == CommunityRegistration.Scheme)
            .Select(l => l.ProviderDisplayName ?? l.ProviderKey).FirstOrDefaultAsync(cancellationToken);

    public async Task<LinkResult> LinkAsync(long memberId, CommunityIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            await writes.RunAsync(
                (unit, token) => OutsideLogins.AddAsync(
                    unit.Db,
                    new IdentityUserLogin<long> { UserId = memberId, LoginProvider = CommunityRegistration.Scheme, ProviderKey = identity.Id, ProviderDisplayName = identity.Name },
                    token),
                cancellationToken);
            await mails.TellAsync(FactorChange.CommunityLinked, memberId, cancellationToken);
            return LinkResult.Linked;
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            return await OwnerAsync(identity) switch
            {
                { } owner when owner.Id == memberId => LinkResult.Linked,
                { } => LinkResult.OfAnother,
                null => LinkResult.HasOther,
            };
        }
    }

    /// <summary>False: the member has no password, and would not get in any more.</summary>
    public async Task<bool> UnlinkAsync(long memberId, CancellationToken cancellationToken)
    {
        var isGone = await writes.RunAsync((unit, token) => OutsideLogins.RemoveAsync(unit.Db, memberId, CommunityRegistration.Scheme, token), cancellationToken);
        if (isGone)
        {
            await mails.TellAsync(FactorChange.CommunityUnlinked, memberId, cancellationToken);
        }

        return isGone;
    }
}
