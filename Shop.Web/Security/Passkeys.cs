using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Web.Mail;

namespace Shop.Web.Security;

/// <summary>
/// Passkeys: kept by Identity, asked for and checked by its handler. What the browser was asked stands in a sealed cookie until it answers, so that asking changes no row. A
/// passkey has shown who holds it, by finger, face or a number, and so is both steps of signing in.
/// </summary>
internal sealed partial class Passkeys(
    UserManager<Member> users, IPasskeyHandler<Member> handler, ShopCookies cookies, IDataProtectionProvider protection, AccountMails mails, ILogger<Passkeys> log)
{
    public const int Most = 10;
    public const int MostName = 40;

    private const string Cookie = "passkey";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("Shop.Passkeys").ToTimeLimitedDataProtector();

    /// <summary>What was asked. <paramref name="MemberId"/>: whose passkey it is to become; null: somebody wants to sign in.</summary>
    private sealed record Asked(long? MemberId, string? Name, string State);

    public async Task<IReadOnlyList<UserPasskeyInfo>> ListAsync(Member member) => [.. (await users.GetPasskeysAsync(member)).OrderBy(p => p.CreatedAt)];

    /// <summary>The question to the browser for a new passkey, JSON; null: the member has too many.</summary>
    public async Task<string?> BeginAsync(HttpContext context, Member member, string name)
    {
        if ((await users.GetPasskeysAsync(member)).Count >= Most)
        {
            return null;
        }

        var made = await handler.MakeCreationOptionsAsync(
            new PasskeyUserEntity { Id = member.Id.ToString(CultureInfo.InvariantCulture), Name = member.UserName!, DisplayName = member.UserName! }, context);
        Keep(context, new Asked(member.Id, name, made.AttestationState ?? ""));
        return made.CreationOptionsJson;
    }

    /// <summary>The browser's answer. False: it does not fit what was asked.</summary>
    public async Task<bool> AddAsync(HttpContext context, Member member, string credential, CancellationToken cancellationToken)
    {
        if (Take(context) is not { } asked || asked.MemberId != member.Id)
        {
            return false;
        }

        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = context, CredentialJson = credential, AttestationState = asked.State });
        if (!result.Succeeded)
        {
            Refused(member.Id, result.Failure.GetType().Name);
            return false;
        }

        result.Passkey.Name = asked.Name;
        if (!(await users.AddOrUpdatePasskeyAsync(member, result.Passkey)).Succeeded)
        {
            return false;
        }

        await mails.TellAsync(FactorChange.PasskeyAdded, member.Id, cancellationToken);
        return true;
    }

    /// <summary>Removes a passkey of the member's. False: there is none of this id.</summary>
    public async Task<bool> RemoveAsync(Member member, byte[] credentialId, CancellationToken cancellationToken)
    {
        if (await users.GetPasskeyAsync(member, credentialId) is null || !(await users.RemovePasskeyAsync(member, credentialId)).Succeeded)
        {
            return false;
        }

        await mails.TellAsync(FactorChange.PasskeyRemoved, member.Id, cancellationToken);
        return true;
    }

    /// <summary>The question to the browser of somebody who wants to sign in, JSON: any passkey for this site.</summary>
    public async Task<string> AskAsync(HttpContext context)
    {
        var made = await handler.MakeRequestOptionsAsync(null, context);
        Keep(context, new Asked(null, null, made.AssertionState ?? ""));
        return made.RequestOptionsJson;
    }

    /// <summary>Whose passkey answered; null for every kind of no.</summary>
    public async Task<Member?> CheckAsync(HttpContext context, string credential)
    {
        if (Take(context) is not { MemberId: null } asked)
        {
            return null;
        }

        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = context, CredentialJson = credential, AssertionState = asked.State });
        if (!result.Succeeded || result.User is not { Status: AccountStatus.Visible } member)
        {
            Refused(result.User?.Id, result.Failure?.GetType().Name ?? "account");
            return null;
        }

        await users.AddOrUpdatePasskeyAsync(member, result.Passkey); // how often it was used
        return member;
    }

    private void Keep(HttpContext context, Asked asked) => cookies.Set(context, Cookie, protector.Protect(JsonSerializer.Serialize(asked), Life), Life);

    /// <summary>Answered once: the next try is asked anew.</summary>
    private Asked? Take(HttpContext context)
    {
        var value = cookies.Get(context, Cookie);
        cookies.Remove(context, Cookie);
        try
        {
            return value is null ? null : JsonSerializer.Deserialize<Asked>(protector.Unprotect(value));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A passkey was refused. Member: {Member}, why: {Why}")]
    private partial void Refused(long? member, string why);
}
