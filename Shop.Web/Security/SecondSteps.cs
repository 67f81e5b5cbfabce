using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Mail;

namespace Shop.Web.Security;

/// <summary>How the second step of signing in stands for a member.</summary>
/// <param name="Key">The key of an app that is being set up; null: none is.</param>
/// <param name="Since">Since when it is asked for; null: it is not.</param>
/// <param name="CodesLeft">Recovery codes that have not been used.</param>
internal sealed record SecondStep(byte[]? Key, DateTimeOffset? Since, int CodesLeft);

/// <summary>
/// The second step of signing in: a code of an app, or a recovery code. Each works once, and tries are counted for the account (security.md sections 3 and 4). Between
/// the password and the code a sealed cookie says whose password was right, for some minutes.
/// </summary>
internal sealed partial class SecondSteps(
    Writes writes, UserManager<Member> users, IPasswordHasher<Member> hasher, IDataProtectionProvider protection, ShopCookies cookies, Tries tries, AccountMails mails, TimeProvider clock,
    ILogger<SecondSteps> log)
{
    public const int RecoveryCodes = 10;

    /// <summary>The first two characters find the row, the others are 80 bits.</summary>
    private const int Beginning = 2;
    private const int SecretPart = 16;
    private const char Divider = ':';

    private const string Cookie = "second";
    private const string Shown = "password";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly IDataProtector keys = protection.CreateProtector("Shop.SecondFactors");
    private readonly ITimeLimitedDataProtector passes = protection.CreateProtector("Shop.SecondSteps").ToTimeLimitedDataProtector();

    public Task<bool> IsOnAsync(long memberId, CancellationToken cancellationToken) =>
        writes.ReadAsync((db, token) => SecondFactors.IsOnAsync(db, memberId, token), cancellationToken);

    /// <summary>The first step was right: the code is asked for next.</summary>
    /// <param name="passwordShown">False: another site said who it is (<see cref="SignIns.StartAsync"/>).</param>
    public void Begin(HttpContext context, Member member, bool passwordShown = true) =>
        cookies.Set(context, Cookie, passes.Protect(string.Create(CultureInfo.InvariantCulture, $"{member.Id} {member.SecurityStamp} {(passwordShown ? Shown : "")}"), Life), Life);

    /// <summary>Whose first step was right a moment ago, and whether it was the password; null: nobody's, or it is changed by now.</summary>
    public async Task<(Member Member, bool PasswordShown)?> WhoAsync(HttpContext context)
    {
        if (cookies.Get(context, Cookie) is not { } value)
        {
            return null;
        }

        try
        {
            return passes.Unprotect(value).Split(' ') is [var id, var stamp, var shown]
                && await users.FindByIdAsync(id) is { Status: AccountStatus.Visible } member && member.SecurityStamp == stamp ? (member, shown == Shown) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void End(HttpContext context) => cookies.Remove(context, Cookie);

    /// <summary>Whether a code is the member's, of the app or for recovery; it is used up then. False also after too many wrong ones.</summary>
    public async Task<bool> CheckAsync(HttpContext context, Member member, string typed, CancellationToken cancellationToken)
    {
        if (await tries.SecondStepAsync(context, member.Id, cancellationToken) is not { } row)
        {
            Wrong(member.Id, true);
            return false;
        }

        var code = new string([.. typed.Where(char.IsAsciiLetterOrDigit)]).ToLowerInvariant();
        if (!(code.Length == Totp.Digits ? await UseAsync(member.Id, code, cancellationToken) : await RecoverAsync(member, code, cancellationToken)))
        {
            Wrong(member.Id, false);
            return false;
        }

        await tries.ForgetAsync(row, cancellationToken);
        return true;
    }

    public async Task<SecondStep> OfAsync(long memberId, CancellationToken cancellationToken)
    {
        var (factor, left) = await writes.ReadAsync(
            async (db, token) => (await SecondFactors.FindAsync(db, memberId, token), await SecondFactors.CodesLeftAsync(db, memberId, token)), cancellationToken);
        return new SecondStep(factor is { ConfirmedAt: null } ? keys.Unprotect(Convert.FromBase64String(factor.Secret)) : null, factor?.ConfirmedAt, left);
    }

    /// <summary>Begins to set up an app. False: one is in force.</summary>
    public Task<bool> SetUpAsync(long memberId, CancellationToken cancellationToken)
    {
        var secret = Convert.ToBase64String(keys.Protect(RandomNumberGenerator.GetBytes(Totp.KeyBytes)));
        return writes.RunAsync(
            (unit, token) => SecondFactors.BeginAsync(unit.Db, new SecondFactor { MemberId = memberId, Secret = secret, MadeAt = clock.GetUtcNow() }, token), cancellationToken);
    }

    /// <summary>The first code of the app that is being set up: from now on one is asked for. The recovery codes, which are told only here; null: the code is not right.</summary>
    public async Task<IReadOnlyList<string>?> ConfirmAsync(HttpContext context, long memberId, string typed, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await writes.ReadAsync((db, token) => SecondFactors.FindAsync(db, memberId, token), cancellationToken) is not { ConfirmedAt: null } factor
            || await tries.SecondStepAsync(context, memberId, cancellationToken) is not { } row
            || Totp.Find(keys.Unprotect(Convert.FromBase64String(factor.Secret)), new string([.. typed.Where(char.IsAsciiDigit)]), now) is not { } step)
        {
            return null;
        }

        var (codes, hashes) = NewCodes();
        var done = await writes.RunAsync(
            async (unit, token) =>
            {
                var confirmed = await SecondFactors.ConfirmAsync(unit.Db, factor, step, now, token);
                if (confirmed)
                {
                    await SecondFactors.ReplaceCodesAsync(unit.Db, memberId, hashes, token);
                }

                return confirmed;
            },
            cancellationToken);
        if (!done)
        {
            return null;
        }

        await tries.ForgetAsync(row, cancellationToken);
        await mails.TellAsync(FactorChange.On, memberId, cancellationToken);
        return codes;
    }

    /// <summary>Other recovery codes in the place of all before; null: no second step is asked for.</summary>
    public async Task<IReadOnlyList<string>?> RenewCodesAsync(long memberId, CancellationToken cancellationToken)
    {
        var (codes, hashes) = NewCodes();
        var done = await writes.RunAsync(
            async (unit, token) =>
            {
                if (!await SecondFactors.IsOnAsync(unit.Db, memberId, token))
                {
                    return false;
                }

                await SecondFactors.ReplaceCodesAsync(unit.Db, memberId, hashes, token);
                return true;
            },
            cancellationToken);
        if (!done)
        {
            return null;
        }

        await mails.TellAsync(FactorChange.Codes, memberId, cancellationToken);
        return codes;
    }

    public async Task TurnOffAsync(long memberId, CancellationToken cancellationToken)
    {
        if (await writes.RunAsync((unit, token) => SecondFactors.RemoveAsync(unit.Db, memberId, token), cancellationToken))
        {
            await mails.TellAsync(FactorChange.Off, memberId, cancellationToken);
        }
    }

    private async Task<bool> UseAsync(long memberId, string code, CancellationToken cancellationToken)
    {
        var factor = await writes.ReadAsync((db, token) => SecondFactors.FindAsync(db, memberId, token), cancellationToken);
        return factor is { ConfirmedAt: not null }
            && Totp.Find(keys.Unprotect(Convert.FromBase64String(factor.Secret)), code, clock.GetUtcNow()) is { } step
            && await writes.RunAsync((unit, token) => SecondFactors.UseAsync(unit.Db, memberId, step, token), cancellationToken);
    }

    private async Task<bool> RecoverAsync(Member member, string code, CancellationToken cancellationToken)
    {
        if (code.Length != Beginning + SecretPart)
        {
            return false;
        }

        var (beginning, secret) = (code[..Beginning] + Divider, code[Beginning..]);
        var kept = await writes.ReadAsync((db, token) => SecondFactors.FindCodeAsync(db, member.Id, beginning, token), cancellationToken);
        if (kept is null
            || hasher.VerifyHashedPassword(member, kept.Hash[beginning.Length..], secret) == PasswordVerificationResult.Failed
            || !await writes.RunAsync((unit, token) => SecondFactors.UseCodeAsync(unit.Db, kept.Id, clock.GetUtcNow(), token), cancellationToken))
        {
            return false;
        }

        await mails.TellAsync(FactorChange.RecoveryUsed, member.Id, cancellationToken);
        return true;
    }

    /// <summary>Codes as they are shown, and what is kept of them.</summary>
    private (IReadOnlyList<string> Codes, IReadOnlyList<string> Hashes) NewCodes()
    {
        var beginnings = new HashSet<string>(StringComparer.Ordinal);
        while (beginnings.Count < RecoveryCodes)
        {
            beginnings.Add(Codes.New(Beginning));
        }

        var nobody = new Member { CreatedAt = DateTimeOffset.UnixEpoch };
        var made = beginnings.Select(beginning => (Beginning: beginning, Secret: Codes.New(SecretPart))).ToList();
        return (
            [.. made.Select(m => $"{m.Beginning}-{string.Join('-', m.Secret.Chunk(4).Select(part => new string(part)))}")],
            [.. made.Select(m => $"{m.Beginning}{Divider}{hasher.HashPassword(nobody, m.Secret)}")]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A code of the second step was refused. Member: {Member}, by a limit: {ByLimit}")]
    private partial void Wrong(long member, bool byLimit);
}
