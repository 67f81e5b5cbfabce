using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Mail;

namespace Shop.Web.Security;

/// <summary>What somebody asked to be registered with.</summary>
internal sealed record Wish(string? UserName, string? Email, string? Password, string? ConfirmPassword, string? Code = null);

/// <summary>What became of a registration.</summary>
internal abstract record RegistrationResult
{
    private RegistrationResult() { }

    /// <summary><paramref name="Code"/>: what became of the code that was given; null: none was.</summary>
    public sealed record Registered(Member Member, SignUpOutcome? Code = null, TimeGrant? Time = null) : RegistrationResult;

    /// <summary>Nothing was done; what is wrong with which field, as keys of the texts.</summary>
    public sealed record Refused(IReadOnlyList<(string Field, string Text)> Problems) : RegistrationResult;

    /// <summary>Nothing was done; the network has registered too many.</summary>
    public sealed record TooMany : RegistrationResult;
}

/// <summary>Makes accounts. Whether an e-mail address is known to the shop is told to its owner alone: by mail, never on the page.</summary>
internal sealed partial class Registration(
    UserManager<Member> users, ShopDbContext db, SignUpCodes codes, Tries tries, AccountMails mails, TimeProvider clock, ILogger<Registration> log)
{
    public Task<RegistrationResult> RegisterAsync(HttpContext context, Wish wish, CancellationToken cancellationToken) => RegisterAsync(context, wish, null, cancellationToken);

    /// <summary>With <paramref name="login"/> the account has no password: the other site's account signs it in.</summary>
    public async Task<RegistrationResult> RegisterAsync(HttpContext context, Wish wish, UserLoginInfo? login, CancellationToken cancellationToken)
    {
        var problems = Problems(wish, login is null).ToList();
        if (problems.Count == 0 && await users.FindByNameAsync(wish.UserName!) is not null)
        {
            problems.Add((nameof(Wish.UserName), "UserName.Taken"));
        }

        // only a code with nothing else wrong beside it is tried: a typing mistake elsewhere costs no guess
        SignUpOffer? offer = null;
        if (problems.Count == 0 && !string.IsNullOrWhiteSpace(wish.Code))
        {
            (offer, var wrong) = await OfferAsync(context, wish.Code, cancellationToken);
            problems.AddRange(wrong is null ? [] : [(nameof(Wish.Code), wrong)]);
        }

        if (problems.Count > 0)
        {
            return new RegistrationResult.Refused(problems);
        }

        var limit = await tries.MailAsync(context, Tries.Register, wish.Email!, cancellationToken);
        if (limit == TooMany.ForAddress)
        {
            return new RegistrationResult.TooMany();
        }

        var result = await MakeAsync(context, wish, offer, login, cancellationToken);
        if (result is RegistrationResult.Registered { Member: var member } registered)
        {
            Registered(member.Id);
            if (limit == TooMany.No)
            {
                await WriteToAsync(member, cancellationToken);
            }

            return offer is null ? registered : registered with { Code = await codes.RedeemAsync(member.Id, CancellationToken.None), Time = offer.Time };
        }

        return result;
    }

    /// <summary>What a code offers, or what is wrong with it as a key of the texts. One wrong guess in five seconds from one network address (DW-91).</summary>
    public async Task<(SignUpOffer? Offer, string? Wrong)> OfferAsync(HttpContext context, string code, CancellationToken cancellationToken)
    {
        if (await tries.GuessAsync(context, Tries.Code, code, cancellationToken) is not { } guess)
        {
            return (null, "Code.Wait");
        }

        if (await codes.FindAsync(db, code, cancellationToken) is not { } offer)
        {
            return (null, "Code.Unknown");
        }

        await tries.SucceededAsync(guess, cancellationToken);
        return (offer, null);
    }

    private static IEnumerable<(string Field, string Text)> Problems(Wish wish, bool hasPassword)
    {
        if (UserNames.Problem(wish.UserName) is { } name)
        {
            yield return (nameof(Wish.UserName), name);
        }

        if (!MailAddresses.IsUsable(wish.Email))
        {
            yield return (nameof(Wish.Email), "Email.Shape");
        }

        if (!hasPassword)
        {
            yield break;
        }

        if (PasswordRules.Problem(wish.Password, false, wish.UserName, wish.Email?.Split('@')[0]) is { } password)
        {
            yield return (nameof(Wish.Password), password);
        }

        if (wish.Password != wish.ConfirmPassword)
        {
            yield return (nameof(Wish.ConfirmPassword), "Repeat.Different");
        }
    }

    private async Task<RegistrationResult> MakeAsync(HttpContext context, Wish wish, SignUpOffer? offer, UserLoginInfo? login, CancellationToken cancellationToken)
    {
        var zone = ReaderZone.Of(context);
        var member = new Member
        {
            UserName = wish.UserName,
            Email = wish.Email,
            CreatedAt = clock.GetUtcNow(),
            SignUpCodeId = offer?.CodeId,
            Culture = CultureInfo.CurrentCulture.Name,
            TimeZone = zone == TimeZoneInfo.Utc ? null : zone.Id,
        };
        try
        {
            var made = login is null ? await users.CreateAsync(member, wish.Password!) : await MakeWithAsync(member, login, cancellationToken);
            return made.Succeeded
                ? new RegistrationResult.Registered(member)
                : new RegistrationResult.Refused([.. made.Errors.Select(e => e.Code.StartsWith("Password", StringComparison.Ordinal)
                    ? (nameof(Wish.Password), e.Code)
                    : (nameof(Wish.UserName), "UserName.Taken"))]);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            // somebody took the name between the look and the write
            return new RegistrationResult.Refused([(nameof(Wish.UserName), "UserName.Taken")]);
        }
    }

    /// <summary>The member and what signs it in, both or none: without either nobody would ever get in.</summary>
    private async Task<IdentityResult> MakeWithAsync(Member member, UserLoginInfo login, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var made = await users.CreateAsync(member);
        if (made.Succeeded && (made = await users.AddLoginAsync(member, login)).Succeeded)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return made;
    }

    private async Task WriteToAsync(Member member, CancellationToken cancellationToken)
    {
        var owner = await users.Users.Where(m => m.EmailConfirmed && m.NormalizedEmail == member.NormalizedEmail)
            .Select(m => (long?)m.Id).FirstOrDefaultAsync(cancellationToken);
        await (owner is { } id
            ? mails.AskForAsync(AccountMails.AddressTaken, id, cancellationToken)
            : mails.AskForAsync(AccountMails.Confirm, member.Id, cancellationToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} registered.")]
    private partial void Registered(long member);
}
