using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Mail;

namespace Shop.Web.Security;

internal enum ConfirmResult
{
    Confirmed,

    /// <summary>Old, used, or not complete: one answer for all of them.</summary>
    BadLink,

    /// <summary>Another account has confirmed the address.</summary>
    AddressTaken,
}

/// <summary>What the links in mails do: confirm an address, set a new password. Each works once.</summary>
internal sealed partial class MailedLinks(
    UserManager<Member> users, Tries tries, AccountMails mails, Writes writes, ILogger<MailedLinks> log)
{
    /// <summary>Sends the confirmation again. False: too many within the hour.</summary>
    public async Task<bool> ConfirmAgainAsync(HttpContext context, Member member, CancellationToken cancellationToken)
    {
        if (await tries.MailAsync(context, Tries.Confirm, member.Email ?? "", cancellationToken) != TooMany.No)
        {
            return false;
        }

        await mails.AskForAsync(AccountMails.Confirm, member.Id, cancellationToken);
        return true;
    }

    public async Task<ConfirmResult> ConfirmAsync(LinkCookie.Link link)
    {
        return await FindAsync(link.Member) is { Status: AccountStatus.Visible } member ? await ConfirmAsync(member, link.Token) : ConfirmResult.BadLink;
    }

    private async Task<ConfirmResult> ConfirmAsync(Member member, string token)
    {
        try
        {
            return (await users.ConfirmEmailAsync(member, token)).Succeeded ? ConfirmResult.Confirmed : ConfirmResult.BadLink;
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            return ConfirmResult.AddressTaken;
        }
    }

    /// <summary>Sends a link to whom the address belongs, if to anybody. False: the network asked for too many; the one answer does not differ otherwise.</summary>
    public async Task<bool> ForgotAsync(HttpContext context, string email, CancellationToken cancellationToken)
    {
        switch (await tries.MailAsync(context, Tries.Reset, email, cancellationToken))
        {
            case TooMany.ForAddress:
                return false;
            case TooMany.ForName:
                return true;
        }

        if (await OwnerAsync(email, cancellationToken) is { } owner)
        {
            await mails.AskForAsync(AccountMails.Reset, owner, cancellationToken);
        }

        return true;
    }

    /// <summary>Whether the link would work; nothing is used up.</summary>
    public async Task<bool> IsResetAsync(LinkCookie.Link link) =>
        await FindAsync(link.Member) is { Status: AccountStatus.Visible } member
        && await users.VerifyUserTokenAsync(member, TokenOptions.DefaultProvider, UserManager<Member>.ResetPasswordTokenPurpose, link.Token);

    /// <summary>
    /// Sets the password and ends every session of the account. Whoever made an account with an address that they have not shown to be theirs does not keep a way into it
    /// once the address's owner takes it over. The outcome is a key of the texts.
    /// </summary>
    public async Task<(bool Done, string Words)> ResetAsync(LinkCookie.Link link, string password, CancellationToken cancellationToken)
    {
        if (await FindAsync(link.Member) is not { Status: AccountStatus.Visible } member)
        {
            return (false, "Reset.Bad");
        }

        var result = await users.ResetPasswordAsync(member, link.Token, password);
        if (!result.Succeeded)
        {
            return (false, result.Errors.Select(e => e.Code).FirstOrDefault(code => code.StartsWith("Password.", StringComparison.Ordinal)) ?? "Reset.Bad");
        }

        var isFirstShown = !member.EmailConfirmed;
        var others = await writes.RunAsync(
            async (unit, token) =>
            {
                await SignInTickets.EndAllAsync(unit.Db, member.Id, token);
                if (isFirstShown)
                {
                    await WaysIn.RemoveAsync(unit.Db, member.Id, token);
                }

                return await WaysIn.AnyAsync(unit.Db, member.Id, token);
            },
            cancellationToken);
        await mails.AskForAsync(AccountMails.PasswordChanged, member.Id, cancellationToken);
        Changed(member.Id);
        if (isFirstShown)
        {
            await ConfirmAsync(member, await users.GenerateEmailConfirmationTokenAsync(member));
        }

        return (true, others ? "Reset.DoneOthers" : "Reset.Done");
    }

    /// <summary>Who has confirmed the address; while nobody has, the one account that names it.</summary>
    private async Task<long?> OwnerAsync(string email, CancellationToken cancellationToken)
    {
        var normalized = users.NormalizeEmail(email);
        var found = await users.Users.Where(m => m.NormalizedEmail == normalized && m.Status == AccountStatus.Visible)
            .OrderByDescending(m => m.EmailConfirmed).Select(m => new { m.Id, m.EmailConfirmed }).Take(2).ToListAsync(cancellationToken);
        return found switch
        {
            [{ EmailConfirmed: true } owner, ..] => owner.Id,
            [var only] => only.Id,
            _ => null,
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} has a new password; every session ended.")]
    private partial void Changed(long member);

    /// <summary>Nobody for what is no number: the link is typed by whoever likes to.</summary>
    private async Task<Member?> FindAsync(string member) =>
        long.TryParse(member, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out _) ? await users.FindByIdAsync(member) : null;
}
