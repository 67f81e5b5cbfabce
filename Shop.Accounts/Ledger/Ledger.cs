using Microsoft.EntityFrameworkCore;

namespace Shop.Accounts;

/// <summary>An account named in a booking; it is made when it does not exist yet.</summary>
public readonly record struct AccountRef(string Code, string Unit, bool FloorZero);

/// <summary>A booking to be made. The amounts of each unit must sum to zero.</summary>
public sealed record JournalDraft
{
    public required string IdemKey { get; init; }

    public required string Kind { get; init; }

    public required IReadOnlyList<(AccountRef Account, long Amount)> Lines { get; init; }

    public long? OrderId { get; init; }

    public long? PaymentId { get; init; }

    public Guid? RefundId { get; init; }

    public long? ReversesId { get; init; }

    public long? ResolvesHold { get; init; }

    public string? Reason { get; init; }

    public long? ActorId { get; init; }
}

/// <summary>What became of a booking.</summary>
public abstract record PostResult
{
    private PostResult() { }

    public sealed record Posted(long JournalId) : PostResult;

    /// <summary>The key was booked before; nothing was written.</summary>
    public sealed record AlreadyPosted(long JournalId) : PostResult;

    /// <summary>An account with a floor does not hold enough. The caller rolls back, unless the booking has one such account: then nothing was written.</summary>
    public sealed record Insufficient(string Account) : PostResult;
}

/// <summary>One line of an account's statement.</summary>
public sealed record StatementLine(long JournalId, DateTimeOffset At, string Kind, string? Reason, long? OrderId, long Amount, long BalanceAfter);

/// <summary>The double-entry ledger. It does not know what it counts; it books on the caller's context, inside the caller's transaction.</summary>
public static class Ledger
{
    private static readonly PerModel<Func<AccountsDbContext, string, CancellationToken, Task<long?>>> Balance = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, string code, CancellationToken _) =>
            db.LedgerAccounts.Where(a => a.Code == code).Join(db.AccountBalances, a => a.Id, b => b.AccountId, (_, b) => (long?)b.Balance).FirstOrDefault()));

    private static readonly PerModel<Func<AccountsDbContext, string, CancellationToken, Task<long?>>> Booked = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, string key, CancellationToken _) =>
            db.Journals.Where(j => j.IdemKey == key).Select(j => (long?)j.Id).FirstOrDefault()));

    /// <summary>Books, seals, and keeps the balances of accounts with a floor. The same key again books nothing.</summary>
    public static async Task<PostResult> PostAsync(AccountsDbContext db, JournalDraft draft, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await Booked.For(db)(db, draft.IdemKey, cancellationToken) is { } known)
        {
            return new PostResult.AlreadyPosted(known);
        }

        var accounts = await AccountsAsync(db, draft, cancellationToken);

        // Everybody takes the accounts in id order, so nobody waits in a circle.
        foreach (var (id, amount, code) in draft.Lines.Where(l => l.Account.FloorZero)
                     .Select(l => (accounts[l.Account.Code], l.Amount, l.Account.Code)).OrderBy(l => l.Item1))
        {
            var changed = await db.AccountBalances.Where(b => b.AccountId == id && b.Balance + amount >= 0)
                .ExecuteUpdateAsync(set => set.SetProperty(b => b.Balance, b => b.Balance + amount), cancellationToken);
            if (changed == 0)
            {
                return new PostResult.Insufficient(code);
            }
        }

        var journal = new Journal
        {
            IdemKey = draft.IdemKey,
            Kind = draft.Kind,
            OrderId = draft.OrderId,
            PaymentId = draft.PaymentId,
            RefundId = draft.RefundId,
            ReversesId = draft.ReversesId,
            ResolvesHold = draft.ResolvesHold,
            Reason = draft.Reason,
            ActorId = draft.ActorId,
            CreatedAt = now,
            Entries = [.. draft.Lines.Select(l => new Entry { AccountId = accounts[l.Account.Code], Unit = l.Account.Unit, Amount = l.Amount })],
        };
        db.Journals.Add(journal);
        await db.SaveChangesAsync(cancellationToken);
        Forget(db, journal);
        await db.Database.ExecuteSqlAsync($"UPDATE journals SET sealed = 1 WHERE id = {journal.Id} AND sealed = 0", cancellationToken);
        return new PostResult.Posted(journal.Id);
    }

    /// <summary>The balance of an account with a floor; an account nobody has used has 0.</summary>
    public static async Task<long> BalanceAsync(AccountsDbContext db, string code, CancellationToken cancellationToken) =>
        await Balance.For(db)(db, code, cancellationToken) ?? 0;

    /// <summary>An account's entries, newest first, each with the balance after it.</summary>
    public static async Task<IReadOnlyList<StatementLine>> StatementAsync(
        AccountsDbContext db, string code, int skip, int take, CancellationToken cancellationToken)
    {
        var entries = db.Entries.Join(db.LedgerAccounts.Where(a => a.Code == code), e => e.AccountId, a => a.Id, (e, _) => e);
        var page = await entries.Join(db.Journals, e => e.JournalId, j => j.Id, (e, j) => new { e.Id, e.Amount, Journal = j })
            .OrderByDescending(x => x.Id).Skip(skip).Take(take)
            .Select(x => new { x.Id, x.Amount, JournalId = x.Journal.Id, x.Journal.CreatedAt, x.Journal.Kind, x.Journal.Reason, x.Journal.OrderId })
            .ToListAsync(cancellationToken);
        if (page.Count == 0)
        {
            return [];
        }

        var newest = page[0].Id;
        var balance = await entries.Where(e => e.Id <= newest).SumAsync(e => e.Amount, cancellationToken);
        var lines = new List<StatementLine>(page.Count);
        foreach (var line in page)
        {
            lines.Add(new StatementLine(line.JournalId, line.CreatedAt, line.Kind, line.Reason, line.OrderId, line.Amount, balance));
            balance -= line.Amount;
        }

        return lines;
    }

    /// <summary>The seal is a guarded update, and a row changed that way is not tracked in the same unit (DECISIONS 1).</summary>
    private static void Forget(AccountsDbContext db, Journal journal)
    {
        foreach (var entry in journal.Entries)
        {
            db.Entry(entry).State = EntityState.Detached;
        }

        db.Entry(journal).State = EntityState.Detached;
    }

    private static async Task<Dictionary<string, long>> AccountsAsync(AccountsDbContext db, JournalDraft draft, CancellationToken cancellationToken)
    {
        var codes = draft.Lines.Select(l => l.Account.Code).Distinct().ToList();
        var found = await db.LedgerAccounts.Where(a => codes.Contains(a.Code)).ToDictionaryAsync(a => a.Code, a => a.Id, cancellationToken);
        if (found.Count == codes.Count)
        {
            return found;
        }

        foreach (var account in draft.Lines.Select(l => l.Account).Where(a => !found.ContainsKey(a.Code)).Distinct().OrderBy(a => a.Code, StringComparer.Ordinal))
        {
            var floor = account.FloorZero ? 1 : 0;
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO ledger_accounts (code, unit, floor_zero) VALUES ({account.Code}, {account.Unit}, {floor}) ON CONFLICT DO NOTHING", cancellationToken);
            if (account.FloorZero)
            {
                await db.Database.ExecuteSqlAsync(
                    $"INSERT INTO account_balances (account_id, balance) SELECT id, 0 FROM ledger_accounts WHERE code = {account.Code} ON CONFLICT DO NOTHING",
                    cancellationToken);
            }
        }

        return await db.LedgerAccounts.Where(a => codes.Contains(a.Code)).ToDictionaryAsync(a => a.Code, a => a.Id, cancellationToken);
    }
}
