using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>A grant of time with everything that stays with it: to whom, from which source, at which instant, by which revision of the rules.</summary>
public sealed record GrantRequest(long AccountId, string SourceId, MembershipEventKind Kind, TimeGrant Grant, DateTimeOffset At, long RuleRevision)
{
    /// <summary>Of the months granted, how many nobody paid for.</summary>
    public int UnpaidMonths { get; init; }
}

/// <summary>Time that an account gives up, from which source and at which instant. Its class is the one it is paid for as.</summary>
public sealed record TimeTaken(long AccountId, string SourceId, string Class, TimeSpan Time, DateTimeOffset At, long RuleRevision);

/// <summary>
/// Writes memberships: an event, then the fold of all events that are not revoked (F8). It works on the context and inside the
/// transaction that the caller hands over.
/// </summary>
public sealed class MembershipLedger(IAccountRules rules, RuleBook ruleBook)
{
    private static readonly PerModel<Func<AccountsDbContext, long, CancellationToken, Task<MembershipState?>>> State = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, long accountId, CancellationToken _) =>
            db.Memberships.Where(m => m.AccountId == accountId).Select(m => new MembershipState(m.Class, m.Until, m.Permanent)).FirstOrDefault()));

    private static readonly PerModel<Func<AccountsDbContext, string, CancellationToken, Task<bool>>> Granted = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, string source, CancellationToken _) => db.MembershipEvents.Any(e => e.SourceId == source)));

    private static readonly PerModel<Func<AccountsDbContext, long, IAsyncEnumerable<MembershipEvent>>> Standing = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, long account) =>
            db.MembershipEvents.AsNoTracking().OrderBy(e => e.At).ThenBy(e => e.Id).Where(e => e.AccountId == account && e.RevokedAt == null)));

    /// <summary>Grants once per source: asked again with the same source it changes nothing. Returns the membership afterwards.</summary>
    public async Task<MembershipState> GrantAsync(AccountsDbContext db, GrantRequest request, CancellationToken cancellationToken)
    {
        await LockAsync(db, request.AccountId, cancellationToken);
        return await GrantLockedAsync(db, request, cancellationToken);
    }

    /// <summary>The same, where the caller has taken the account by <see cref="LockedStateAsync"/> in this transaction.</summary>
    public async Task<MembershipState> GrantLockedAsync(AccountsDbContext db, GrantRequest request, CancellationToken cancellationToken)
    {
        if (!await Granted.For(db)(db, request.SourceId, cancellationToken))
        {
            var terms = await ruleBook.GetAsync<AccountTerms>(db, request.RuleRevision, cancellationToken);
            var granted = new MembershipEvent
            {
                AccountId = request.AccountId,
                Kind = request.Kind,
                SourceId = request.SourceId,
                At = request.At,
                Class = request.Grant.Class,
                Months = request.Grant.Months,
                UnpaidMonths = request.UnpaidMonths,
                Days = request.Grant.Days,
                AccountKind = request.Grant.To,
                Permanent = terms.Find(request.Grant.Class) is { Permanent: true },
                RuleRevision = request.RuleRevision,
            };
            await Rows.InsertAsync(db, granted, cancellationToken);
        }

        return await FoldAsync(db, request.AccountId, cancellationToken);
    }

    /// <summary>
    /// Takes time off the end, once per source, where the caller has taken the account by <see cref="LockedStateAsync"/> in this transaction and seen that it is
    /// there. Taken back like a grant, the end is again exactly what it would have been.
    /// </summary>
    public async Task<MembershipState> TakeLockedAsync(AccountsDbContext db, TimeTaken request, CancellationToken cancellationToken)
    {
        if (!await Granted.For(db)(db, request.SourceId, cancellationToken))
        {
            db.MembershipEvents.Add(new MembershipEvent
            {
                AccountId = request.AccountId,
                Kind = MembershipEventKind.Conversion,
                SourceId = request.SourceId,
                At = request.At,
                Class = request.Class,
                TakenSeconds = (long)request.Time.TotalSeconds,
                RuleRevision = request.RuleRevision,
            });
            await db.SaveChangesAsync(cancellationToken);
        }

        return await FoldAsync(db, request.AccountId, cancellationToken);
    }

    /// <summary>
    /// Whether all time that the account gave up for something else would still have been there, of the same class, had this source given nothing. The caller
    /// has taken the account in this transaction.
    /// </summary>
    public async Task<bool> MayRevokeLockedAsync(AccountsDbContext db, long accountId, string sourceId, CancellationToken cancellationToken)
    {
        var (events, fold) = await StandingAsync(db, accountId, cancellationToken);
        return fold.MayRevoke(events, sourceId);
    }

    /// <summary>Takes a grant back: its event is marked and the account folded again. Unknown or revoked before: nothing changes.</summary>
    public async Task<MembershipState> RevokeAsync(
        AccountsDbContext db, long accountId, string sourceId, DateTimeOffset now, string reason, CancellationToken cancellationToken)
    {
        await LockAsync(db, accountId, cancellationToken);
        await db.MembershipEvents
            .Where(e => e.SourceId == sourceId && e.AccountId == accountId && e.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(e => e.RevokedAt, now).SetProperty(e => e.RevokedReason, reason), cancellationToken);
        return await FoldAsync(db, accountId, cancellationToken);
    }

    /// <summary>What an account has now; never had anything: <see cref="MembershipState.Never"/>.</summary>
    public static async Task<MembershipState> StateAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken) =>
        await State.For(db)(db, accountId, cancellationToken) ?? MembershipState.Never;

    /// <summary>The fold of the account's events that are not revoked, each at its own instant, computed anew.</summary>
    public async Task<MembershipState> ComputeAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken)
    {
        var (events, fold) = await StandingAsync(db, accountId, cancellationToken);
        return fold.Of(events);
    }

    /// <summary>What an account would have, had a source given it nothing.</summary>
    public async Task<MembershipState> WithoutAsync(AccountsDbContext db, long accountId, string sourceId, CancellationToken cancellationToken)
    {
        var (events, fold) = await StandingAsync(db, accountId, cancellationToken);
        return fold.Of(events.Where(e => e.SourceId != sourceId));
    }

    /// <summary>
    /// What an account would have of paid time alone, had the site, its staff and its promotions never given it any: no more can be turned into points (DW-49).
    /// </summary>
    public async Task<MembershipState> BoughtAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken)
    {
        var (events, fold) = await StandingAsync(db, accountId, cancellationToken);
        return fold.OfPaid(events);
    }

    /// <summary>What an account has, and nobody changes it before the caller's transaction ends: for checks that a grant depends on (F4).</summary>
    public static async Task<MembershipState> LockedStateAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken)
    {
        await LockAsync(db, accountId, cancellationToken);
        return await StateAsync(db, accountId, cancellationToken);
    }

    /// <summary>The account's events that are not revoked, and what folds them by the rules that each acts by.</summary>
    private async Task<(IReadOnlyList<MembershipEvent> Events, MembershipFold Fold)> StandingAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken)
    {
        var events = await Standing.For(db)(db, accountId).ToListAsync(cancellationToken);
        var terms = new Dictionary<long, AccountTerms>();
        foreach (var revision in events.Where(e => e.TakenSeconds == 0).Select(e => e.RuleRevision).Distinct())
        {
            terms[revision] = await ruleBook.GetAsync<AccountTerms>(db, revision, cancellationToken);
        }

        return (events, new MembershipFold(rules, change => terms[change.RuleRevision]));
    }

    private async Task<MembershipState> FoldAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken)
    {
        var state = await ComputeAsync(db, accountId, cancellationToken);
        var (until, permanent) = (state.Until?.ToUnixTimeMilliseconds(), state.Permanent ? 1 : 0);
        await db.Database.ExecuteSqlAsync(
            $"UPDATE memberships SET class = {state.Class}, until = {until}, permanent = {permanent} WHERE account_id = {accountId}", cancellationToken);
        return state;
    }

    /// <summary>Makes the row where it is missing and locks it: two grants to one account come one after the other.</summary>
    private static Task LockAsync(AccountsDbContext db, long accountId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO memberships (account_id, permanent, version) VALUES ({accountId}, 0, 0)
            ON CONFLICT (account_id) DO UPDATE SET version = memberships.version + 1
            """,
            cancellationToken);
}
