using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A code that can be signed up with now.</summary>
/// <param name="Time">The time it carries; null: none.</param>
/// <param name="Suggests">An account that the new member may like to read.</param>
public sealed record SignUpOffer(long CodeId, TimeGrant? Time, string? Suggests);

/// <summary>
/// Signing up with a code. The member's row names the code from the moment it is made; taking one use of it and giving its time is one transaction
/// afterwards, once per member, which the worker repeats where a crash came in between.
/// </summary>
public sealed partial class SignUpCodes(Writes writes, RuleBook rules, IAccountRules accountRules, MembershipLedger memberships, TimeProvider clock, ILogger<SignUpCodes> log)
{
    private const int Batch = 50;

    /// <summary>What a typed code offers; null: there is none like it, it has run out, or somebody else had its last use.</summary>
    public async Task<SignUpOffer?> FindAsync(ShopDbContext db, string typed, CancellationToken cancellationToken)
    {
        var (word, now) = (typed.Trim().ToLowerInvariant(), clock.GetUtcNow());
        var hash = Codes.Hash(word);
        return await db.SignUpCodes.AsNoTracking()
            .Where(c => (c.Word == word || c.Hash == hash) && c.Used < c.MaxUses && (c.ExpiresAt == null || c.ExpiresAt > now))
            .FirstOrDefaultAsync(cancellationToken) is { } code
            ? new SignUpOffer(code.Id, code.Time, code.Suggests)
            : null;
    }

    /// <summary>Takes a use of the code that a member signed up with, and gives its time. Asked again it changes nothing and says the same.</summary>
    public async Task<SignUpOutcome> RedeemAsync(long memberId, CancellationToken cancellationToken)
    {
        try
        {
            return await writes.RunAsync((unit, token) => RedeemAsync(unit.Db, memberId, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            // the worker was faster, with the same outcome
            return await writes.ReadAsync((db, token) => db.SignUpCodeUses.Where(u => u.MemberId == memberId).Select(u => u.Outcome).FirstAsync(token), cancellationToken);
        }
    }

    /// <summary>Goes on with members whose code was not looked at because the process ended. Returns how many there were.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        var members = await writes.ReadAsync(
            (db, token) => db.Users.Where(m => m.SignUpCodeId != null && !db.SignUpCodeUses.Any(u => u.MemberId == m.Id)).OrderBy(m => m.Id).Select(m => m.Id).Take(Batch).ToListAsync(token),
            cancellationToken);
        foreach (var member in members)
        {
            await RedeemAsync(member, cancellationToken);
        }

        return members.Count;
    }

    private async Task<SignUpOutcome> RedeemAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var used = await db.SignUpCodeUses.Where(u => u.MemberId == memberId).Select(u => (SignUpOutcome?)u.Outcome).FirstOrDefaultAsync(cancellationToken);
        if (used is { } outcome)
        {
            return outcome;
        }

        var now = clock.GetUtcNow();
        var codeId = await db.Users.Where(m => m.Id == memberId).Select(m => m.SignUpCodeId).FirstAsync(cancellationToken)
            ?? throw new InvalidOperationException($"Member {memberId} signed up without a code.");
        var taken = await db.SignUpCodes.Where(c => c.Id == codeId && c.Used < c.MaxUses && (c.ExpiresAt == null || c.ExpiresAt > now))
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.Used, c => c.Used + 1), cancellationToken) == 1;
        var code = await db.SignUpCodes.AsNoTracking().FirstAsync(c => c.Id == codeId, cancellationToken);
        outcome = taken ? await GrantAsync(db, memberId, code, now, cancellationToken) : code.Used >= code.MaxUses ? SignUpOutcome.UsedUp : SignUpOutcome.Expired;
        if (outcome != SignUpOutcome.Granted)
        {
            NotGranted(memberId, codeId, outcome);
        }

        db.SignUpCodeUses.Add(new SignUpCodeUse { MemberId = memberId, CodeId = codeId, Outcome = outcome, At = now });
        await db.SaveChangesAsync(cancellationToken);
        return outcome;
    }

    private async Task<SignUpOutcome> GrantAsync(ShopDbContext db, long memberId, SignUpCode code, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (code.Time is not { } time)
        {
            return SignUpOutcome.Granted;
        }

        var revision = await rules.CurrentAsync(db, cancellationToken);
        var before = await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
        if (accountRules.Check(before, time, now, buyerOwns: true, terms) is not null)
        {
            // the class is gone since the code was made
            return SignUpOutcome.TimeRefused;
        }

        var source = string.Create(CultureInfo.InvariantCulture, $"sign_up:{memberId}");
        await memberships.GrantLockedAsync(db, new GrantRequest(memberId, source, MembershipEventKind.Given, time, now, revision), cancellationToken);
        return SignUpOutcome.Granted;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Member {Member} signed up with code {Code} and got nothing from it: {Outcome}.")]
    private partial void NotGranted(long member, long code, SignUpOutcome outcome);
}
