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

    private static readonly PerModel<Func<AccountsDbContext, string, string, IAsyncEnumerable<LedgerAccount>>> Two = new(() =>
        EF.CompileAsyncQuery((AccountsDbContext db, string one, string other) => db.LedgerAccounts.AsNoTracking().Where(a => a.Code == one || a.Code == other)));

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

        var journal = await WriteAsync(db, draft, accounts, now, cancellationToken);
        return new PostResult.Posted(journal);
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

    /// <summary>The journal, then its entries and its seal in one command: every checkout books, and EF's tracking would cost more than the rows.</summary>
    private static async Task<long> WriteAsync(
        AccountsDbContext db, JournalDraft draft, Dictionary<string, long> accounts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = now.ToUnixTimeMilliseconds();
        var made = await Returned.NumberAsync(
            db,
            $"""
            INSERT INTO journals (idem_key, kind, order_id, payment_id, refund_id, reverses_id, resolves_hold, sealed, reason, actor_id, created_at)
            VALUES ({draft.IdemKey}, {draft.Kind}, {draft.OrderId}, {draft.PaymentId}, {draft.RefundId}, {draft.ReversesId}, {draft.ResolvesHold}, 0,
                    {draft.Reason}, {draft.ActorId}, {at}) RETURNING id
            """,
            cancellationToken);
        var journal = made!.Value;
        var values = new List<object>(1 + (3 * draft.Lines.Count)) { journal };
        var rows = draft.Lines.Select(line =>
        {
            var first = values.Count;
            values.AddRange([accounts[line.Account.Code], line.Account.Unit, line.Amount]);
            return $"({{0}}, {{{first}}}, {{{first + 1}}}, {{{first + 2}}})";
        });
        var sql = $"INSERT INTO entries (journal_id, account_id, unit, amount) VALUES {string.Join(", ", rows)}; UPDATE journals SET sealed = 1 WHERE id = {{0}} AND sealed = 0";
        await db.Database.ExecuteSqlRawAsync(sql, values, cancellationToken);
        return journal;
    }

    private static async Task<Dictionary<string, long>> AccountsAsync(AccountsDbContext db, JournalDraft draft, CancellationToken cancellationToken)
    {
        var codes = draft.Lines.Select(l => l.Account.Code).Distinct().ToList();
        var rows = codes is [var one, var other]
            ? Two.For(db)(db, one, other)
            : db.LedgerAccounts.AsNoTracking().Where(a => codes.Contains(a.Code)).AsAsyncEnumerable();
        var found = await rows.ToDictionaryAsync(a => a.Code, a => a.Id, cancellationToken: cancellationToken);
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
