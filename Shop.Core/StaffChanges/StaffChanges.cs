using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What staff can do to an account.</summary>
public enum StaffChangeKind { GivePoints, TakePoints, GiveMonths, TakeDays }

/// <summary>What is to be done. <paramref name="Class"/>: of the months given; null otherwise.</summary>
public sealed record StaffChange(StaffChangeKind Kind, long Amount, string? Class);

public enum StaffRefusal
{
    NoSuchMember,

    /// <summary>Not a whole number within the bounds of the kind.</summary>
    Amount,

    ReasonMissing,

    /// <summary>There is no such class, it is for good, or the account cannot take it now.</summary>
    Class,

    /// <summary>The account does not have so much.</summary>
    NotThere,

    /// <summary>The same form was sent before, and said something else then.</summary>
    OtherContent,

    /// <summary>It is not open any more, or whoever asked for it, or whose account it is, would decide it.</summary>
    NotYours,
}

/// <summary>What became of a change.</summary>
public abstract record StaffResult
{
    private StaffResult() { }

    public sealed record Done(StaffChange Change) : StaffResult;

    /// <summary>It is more than one person may do alone, and waits for another.</summary>
    public sealed record Waits(long Most) : StaffResult;

    /// <summary>It was declined or withdrawn.</summary>
    public sealed record Ended : StaffResult;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(StaffRefusal Reason, long Limit = 0) : StaffResult;
}

/// <summary>A change on the desk, with the names of the people.</summary>
public sealed record StaffChangeView(long Id, StaffChange Change, string Reason, string AskedBy, bool IsMine, DateTimeOffset AskedAt, ApprovalState State, string? DecidedBy);

/// <summary>An account on the desk.</summary>
public sealed record StaffMemberView(long Id, string Name, AccountKind Kind, AccountStatus Status, long Balance, MembershipState Membership, IReadOnlyList<StaffChangeView> Changes);

/// <summary>
/// Staff give and take points and paid time, with a reason, each a booking or an event of its own (M11). More than the rule allows one person needs a second
/// one, and what is larger than any of it is refused.
/// </summary>
public sealed class StaffChanges(Writes writes, RuleBook rules, IAccountRules accounts, MembershipLedger memberships, TimeProvider clock)
{
    public const string Kind = "account_change";
    public const int MostReason = 200;
    public const long MostPoints = 1_000_000;
    public const int MostMonths = 24;
    public const int MostDays = 731;
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>The largest change of a kind, whoever approves it.</summary>
    public static long Largest(StaffChangeKind kind) => kind switch
    {
        StaffChangeKind.GivePoints or StaffChangeKind.TakePoints => MostPoints,
        StaffChangeKind.GiveMonths => MostMonths,
        StaffChangeKind.TakeDays => MostDays,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>An account and what staff did to it; null: nobody has the name.</summary>
    public static async Task<StaffMemberView?> FindAsync(ShopDbContext db, string name, long readerId, CancellationToken cancellationToken)
    {
        var normalized = name.Trim().ToUpperInvariant();
        if (name.Any(char.IsControl)
            || await db.Users.Where(m => m.NormalizedUserName == normalized).Select(m => new { m.Id, m.UserName, m.Kind, m.Status }).FirstOrDefaultAsync(cancellationToken) is not { } member)
        {
            return null;
        }

        var subject = Subject(member.Id);
        var rows = await db.Approvals.AsNoTracking().Where(a => a.Kind == Kind && a.Subject == subject).OrderByDescending(a => a.Id).Take(50)
            .Select(a => new
            {
                Row = a,
                Asked = db.Users.Where(m => m.Id == a.AskedBy).Select(m => m.UserName).First(),
                Decided = db.Users.Where(m => m.Id == a.DecidedBy).Select(m => m.UserName).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return new StaffMemberView(
            member.Id, member.UserName!, member.Kind, member.Status, await PointsAccounts.BalanceAsync(db, member.Id, cancellationToken),
            await MembershipLedger.StateAsync(db, member.Id, cancellationToken),
            [.. rows.Select(r => new StaffChangeView(r.Row.Id, Read(r.Row), r.Row.Reason, r.Asked!, r.Row.AskedBy == readerId, r.Row.AskedAt, r.Row.State, r.Decided))]);
    }

    /// <summary>Does it, or lays it before a second person. The same form does it once.</summary>
    public Task<StaffResult> AskAsync(long memberId, StaffChange change, string? reason, long actorId, string formKey, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => AskAsync(unit, memberId, change, reason, actorId, formKey, token), cancellationToken);

    /// <summary>Approves, declines or withdraws what waits.</summary>
    public Task<StaffResult> DecideAsync(long id, ApprovalState to, long actorId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => DecideAsync(unit, id, to, actorId, token), cancellationToken);

    private static string Subject(long memberId) => FormattableString.Invariant($"member:{memberId}");

    private static StaffChange Read(Approval approval) =>
        JsonSerializer.Deserialize<StaffChange>(approval.Details, JsonSerializerOptions.Web) ?? throw new FormatException($"Approval {approval.Id} has no details.");

    private async Task<StaffResult> AskAsync(
        WriteUnit unit, long memberId, StaffChange change, string? reason, long actorId, string formKey, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (change.Amount < 1 || change.Amount > Largest(change.Kind))
        {
            return new StaffResult.Refused(StaffRefusal.Amount, Largest(change.Kind));
        }

        if (PlainText.Of(reason ?? "") is not { Length: > 0 and <= MostReason } why)
        {
            return new StaffResult.Refused(StaffRefusal.ReasonMissing, MostReason);
        }

        if (!await db.Users.AnyAsync(m => m.Id == memberId && m.Status != AccountStatus.Purged, cancellationToken))
        {
            return new StaffResult.Refused(StaffRefusal.NoSuchMember);
        }

        var terms = await rules.GetAsync<StaffTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var (most, key) = (memberId == actorId ? 0 : terms.Most(change.Kind), "staff:" + Codes.Hash(formKey)[..40]);
        var (subject, details) = (Subject(memberId), JsonSerializer.Serialize(change, JsonSerializerOptions.Web));

        // of two of the same form the second waits here, and then finds what the first did
        await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        if (await Approvals.FindAsync(db, key, cancellationToken) is { } before)
        {
            return !before.IsSame(Kind, subject, details, why, actorId) ? new StaffResult.Refused(StaffRefusal.OtherContent)
                : before.State switch
                {
                    ApprovalState.Open => new StaffResult.Waits(most),
                    ApprovalState.Alone or ApprovalState.Approved => new StaffResult.Done(change),
                    _ => new StaffResult.Ended(),
                };
        }

        // several people, or several small changes, are one sum for the account
        var waits = change.Amount + await AloneAsync(db, subject, change, now - Day, cancellationToken) > most;
        await Approvals.AskAsync(db, key, waits ? ApprovalState.Open : ApprovalState.Alone, Kind, subject, details, why, actorId, now, cancellationToken);
        return waits ? new StaffResult.Waits(most) : await DoAsync(unit, memberId, change, why, actorId, key, now, cancellationToken);
    }

    /// <summary>What staff did to an account in this way since an instant without a second person.</summary>
    private static async Task<long> AloneAsync(ShopDbContext db, string subject, StaffChange change, DateTimeOffset since, CancellationToken cancellationToken) =>
        (await db.Approvals.AsNoTracking().Where(a => a.Kind == Kind && a.Subject == subject && a.State == ApprovalState.Alone && a.AskedAt > since).ToListAsync(cancellationToken))
        .Select(Read).Where(c => c.Kind == change.Kind).Sum(c => c.Amount);

    private async Task<StaffResult> DecideAsync(WriteUnit unit, long id, ApprovalState to, long actorId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (await Approvals.DecideAsync(db, id, Kind, to, actorId, now, cancellationToken) is not { } approval)
        {
            return new StaffResult.Refused(StaffRefusal.NotYours);
        }

        var member = long.Parse(approval.Subject["member:".Length..], System.Globalization.CultureInfo.InvariantCulture);
        if (to != ApprovalState.Withdrawn && member == actorId)
        {
            return unit.RollBack<StaffResult>(new StaffResult.Refused(StaffRefusal.NotYours)); // whoever it is about does not decide it (S32)
        }

        if (to == ApprovalState.Approved && !await db.Users.AnyAsync(m => m.Id == member && m.Status != AccountStatus.Purged, cancellationToken))
        {
            return unit.RollBack<StaffResult>(new StaffResult.Refused(StaffRefusal.NoSuchMember));
        }

        return to == ApprovalState.Approved
            ? await DoAsync(unit, member, Read(approval), approval.Reason, approval.AskedBy, FormattableString.Invariant($"staff:approval:{id}"), now, cancellationToken)
            : new StaffResult.Ended();
    }

    private async Task<StaffResult> DoAsync(
        WriteUnit unit, long memberId, StaffChange change, string reason, long actorId, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        StaffResult Refuse(StaffRefusal why) => unit.RollBack<StaffResult>(new StaffResult.Refused(why));
        var before = await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var revision = await rules.CurrentAsync(db, cancellationToken);
        switch (change.Kind)
        {
            case StaffChangeKind.GivePoints:
                var end = (await rules.GetAsync<PointTerms>(db, revision, cancellationToken)).EndOf(now);
                await PointsAccounts.GrantAsync(db, key, memberId, change.Amount, reason, actorId, now, cancellationToken, end);
                return new StaffResult.Done(change);
            case StaffChangeKind.TakePoints:
                return await PointsAccounts.RemoveAsync(db, key, memberId, change.Amount, reason, actorId, now, cancellationToken) is PostResult.Insufficient
                    ? Refuse(StaffRefusal.NotThere)
                    : new StaffResult.Done(change);
            case StaffChangeKind.GiveMonths:
                var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
                var to = await db.Users.Where(m => m.Id == memberId).Select(m => m.Kind).FirstAsync(cancellationToken);
                var grant = new TimeGrant(change.Class ?? "", (int)change.Amount, 0) { To = to };
                if (terms.Find(grant.Class) is not { Rank: > 0, Permanent: false } || accounts.Check(before, grant, now, true, terms) is not null)
                {
                    return Refuse(StaffRefusal.Class);
                }

                await memberships.GrantLockedAsync(
                    db, new GrantRequest(memberId, key, MembershipEventKind.Staff, grant, now, revision) { UnpaidMonths = grant.Months }, cancellationToken);
                break;
            case StaffChangeKind.TakeDays:
                if (before is not { Permanent: false, Class: { } held, Until: { } until } || until - now < TimeSpan.FromDays(change.Amount))
                {
                    return Refuse(StaffRefusal.NotThere);
                }

                await memberships.TakeLockedAsync(db, new TimeTaken(memberId, key, held, TimeSpan.FromDays(change.Amount), now, revision), cancellationToken);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }

        return new StaffResult.Done(change);
    }
}
