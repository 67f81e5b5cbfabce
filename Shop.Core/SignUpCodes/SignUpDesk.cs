using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Which codes the desk lists (DW-92).</summary>
public enum SignUpFilter { All, Active, Inactive, Unused, UsedUp }

/// <summary>A code as the desk lists it. <see cref="Word"/>: null for an invitation, whose code nobody can see again.</summary>
public sealed record SignUpCodeRow(
    long Id, SignUpCodeKind Kind, string? Word, TimeGrant? Time, long Used, long MaxUses, DateTimeOffset? ExpiresAt, string? Suggests, DateTimeOffset CreatedAt, DateTimeOffset? EmptiedAt);

/// <summary>What staff asked for. <see cref="Key"/>: made with the form; the same wish asked again brings the same codes and no others.</summary>
public sealed record NewSignUpCodes
{
    public required Guid Key { get; init; }

    public required SignUpCodeKind Kind { get; init; }

    /// <summary>A promotion's word.</summary>
    public string? Word { get; init; }

    /// <summary>How many invitations are made, or how often a promotion is used.</summary>
    public required long Count { get; init; }

    public TimeGrant? Time { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? Suggests { get; init; }
}

/// <summary>Which field of the form is wrong.</summary>
public enum SignUpField { Word, Count, Class, Months, Days, Expires, Suggests }

/// <summary>What became of a wish for codes.</summary>
public abstract record SignUpCodesResult
{
    private SignUpCodesResult() { }

    /// <summary><paramref name="Codes"/>: the word, or the invitations, which are shown now and never again.</summary>
    public sealed record Made(IReadOnlyList<string> Codes) : SignUpCodesResult;

    /// <summary>Nothing was made.</summary>
    public sealed record Refused(SignUpField Field) : SignUpCodesResult;
}

/// <summary>Makes, lists and empties codes for signing up.</summary>
public sealed partial class SignUpDesk(Writes writes, RuleBook rules, LinkTokens links, TimeProvider clock)
{
    public const int MostInvitations = 200;
    public const long MostUses = 1_000_000;

    private const int PageSize = 50;

    public async Task<SignUpCodesResult> MakeAsync(NewSignUpCodes wish, long staff, CancellationToken cancellationToken)
    {
        var codes = wish.Kind == SignUpCodeKind.Promotion
            ? [wish.Word ?? ""]
            : await links.InvitationsAsync(JsonSerializer.Serialize(wish), (int)Math.Clamp(wish.Count, 0, MostInvitations), cancellationToken);
        try
        {
            return await writes.RunAsync((unit, token) => MakeAsync(unit.Db, wish, codes, staff, token), cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            // the same form a second time, or a word that somebody else has just taken
            return wish.Kind == SignUpCodeKind.Promotion ? new SignUpCodesResult.Refused(SignUpField.Word) : new SignUpCodesResult.Made(codes);
        }
    }

    /// <summary>Takes the time out of a code; whoever signs up with it afterwards gets none. False: there is none in it.</summary>
    public Task<bool> EmptyAsync(long id, long staff, CancellationToken cancellationToken) =>
        writes.RunAsync(
            async (unit, token) =>
            {
                var (now, none) = (clock.GetUtcNow(), (string?)null);
                return await unit.Db.SignUpCodes.Where(c => c.Id == id && c.Class != null).ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.Class, none).SetProperty(c => c.Months, 0).SetProperty(c => c.Days, 0)
                        .SetProperty(c => c.EmptiedAt, now).SetProperty(c => c.EmptiedBy, staff),
                    token) == 1;
            },
            cancellationToken);

    /// <summary>Codes, newest first. <paramref name="page"/> from 1; the flag says whether there are more.</summary>
    public async Task<(IReadOnlyList<SignUpCodeRow> Rows, bool More)> ListAsync(ShopDbContext db, SignUpFilter filter, int page, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var codes = filter switch
        {
            SignUpFilter.Active => db.SignUpCodes.Where(c => c.Used < c.MaxUses && (c.ExpiresAt == null || c.ExpiresAt > now)),
            SignUpFilter.Inactive => db.SignUpCodes.Where(c => c.Used >= c.MaxUses || c.ExpiresAt <= now),
            SignUpFilter.Unused => db.SignUpCodes.Where(c => c.Used == 0),
            SignUpFilter.UsedUp => db.SignUpCodes.Where(c => c.Used >= c.MaxUses),
            _ => db.SignUpCodes,
        };
        var rows = await codes.AsNoTracking().OrderByDescending(c => c.Id).Skip((Math.Max(page, 1) - 1) * PageSize).Take(PageSize + 1).ToListAsync(cancellationToken);
        return ([.. rows.Take(PageSize).Select(c => new SignUpCodeRow(c.Id, c.Kind, c.Word, c.Time, c.Used, c.MaxUses, c.ExpiresAt, c.Suggests, c.CreatedAt, c.EmptiedAt))],
            rows.Count > PageSize);
    }

    private async Task<SignUpCodesResult> MakeAsync(ShopDbContext db, NewSignUpCodes wish, IReadOnlyList<string> codes, long staff, CancellationToken cancellationToken)
    {
        if (await WrongAsync(db, wish, cancellationToken) is { } field)
        {
            return new SignUpCodesResult.Refused(field);
        }

        var isPromotion = wish.Kind == SignUpCodeKind.Promotion;
        db.SignUpCodes.AddRange(codes.Select(code => new SignUpCode
        {
            Kind = wish.Kind,
            Word = isPromotion ? code : null,
            Hash = isPromotion ? null : Codes.Hash(code),
            MaxUses = isPromotion ? wish.Count : 1,
            ExpiresAt = wish.ExpiresAt,
            Suggests = wish.Suggests,
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = staff,
        }.With(wish.Time)));
        await db.SaveChangesAsync(cancellationToken);
        return new SignUpCodesResult.Made(codes);
    }

    private async Task<SignUpField?> WrongAsync(ShopDbContext db, NewSignUpCodes wish, CancellationToken cancellationToken)
    {
        if (wish.Kind == SignUpCodeKind.Promotion && !WordShape().IsMatch(wish.Word ?? ""))
        {
            return SignUpField.Word;
        }

        if (wish.Count < 1 || wish.Count > (wish.Kind == SignUpCodeKind.Promotion ? MostUses : MostInvitations))
        {
            return SignUpField.Count;
        }

        if (wish.ExpiresAt <= clock.GetUtcNow())
        {
            return SignUpField.Expires;
        }

        var normalized = wish.Suggests?.ToUpperInvariant();
        if (normalized is not null && !await db.Users.AnyAsync(m => m.NormalizedUserName == normalized && m.Status == AccountStatus.Visible, cancellationToken))
        {
            return SignUpField.Suggests;
        }

        return wish.Time is { } time ? await WrongAsync(db, time, cancellationToken) : null;
    }

    private async Task<SignUpField?> WrongAsync(ShopDbContext db, TimeGrant time, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<AccountTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return (terms.Find(time.Class), time) switch
        {
            (not { Rank: > 0, Permanent: false }, _) => SignUpField.Class,
            (_, { Months: < 0 or > 99 } or { Months: 0, Days: 0 }) => SignUpField.Months,
            (_, { Days: < 0 or > 31 }) => SignUpField.Days,
            _ => null,
        };
    }

    [GeneratedRegex("^[a-z0-9]{3,25}$")]
    private static partial Regex WordShape();
}
