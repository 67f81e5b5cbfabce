using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Shop.Accounts;

/// <summary>
/// The triggers that close the ledger: no entry on a sealed journal, no change of an entry, no seal on what does not balance.
/// They are no part of migrations, because a table rebuild fails with them or loses them: they are dropped before pending
/// migrations and made again at every start (DECISIONS 14).
/// </summary>
public static class LedgerGuards
{
    private const string Function = """
        CREATE OR REPLACE FUNCTION ledger_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_TABLE_NAME = 'entries' THEN
            IF TG_OP <> 'INSERT' THEN RAISE EXCEPTION 'entries are append-only'; END IF;
            PERFORM 1 FROM journals WHERE id = NEW.journal_id AND sealed = 0 FOR UPDATE;
            IF NOT FOUND THEN RAISE EXCEPTION 'journal is sealed'; END IF;
            RETURN NEW;
          END IF;
          IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'journals are append-only'; END IF;
          IF TG_OP = 'INSERT' THEN
            IF NEW.sealed <> 0 THEN RAISE EXCEPTION 'a journal starts open'; END IF;
            RETURN NEW;
          END IF;
          IF OLD.sealed = 1 OR (NEW.sealed = 1 AND ((SELECT COUNT(*) FROM entries WHERE journal_id = NEW.id) < 2
             OR EXISTS (SELECT 1 FROM entries WHERE journal_id = NEW.id GROUP BY unit HAVING SUM(amount) <> 0)))
          THEN RAISE EXCEPTION 'journal is sealed or does not balance'; END IF;
          RETURN NEW;
        END $$
        """;

    private static readonly (string Name, string Table, string Sql)[] Sqlite =
    [
        ("journals_open", "journals", """
            CREATE TRIGGER journals_open BEFORE INSERT ON journals WHEN NEW.sealed <> 0
            BEGIN SELECT RAISE(ABORT, 'a journal starts open'); END
            """),
        ("journals_seal", "journals", """
            CREATE TRIGGER journals_seal BEFORE UPDATE ON journals
            WHEN OLD.sealed = 1 OR (NEW.sealed = 1 AND ((SELECT COUNT(*) FROM entries WHERE journal_id = NEW.id) < 2
              OR EXISTS (SELECT 1 FROM entries WHERE journal_id = NEW.id GROUP BY unit HAVING SUM(amount) <> 0)))
            BEGIN SELECT RAISE(ABORT, 'journal is sealed or does not balance'); END
            """),
        ("journals_keep", "journals", "CREATE TRIGGER journals_keep BEFORE DELETE ON journals BEGIN SELECT RAISE(ABORT, 'journals are append-only'); END"),
        ("entries_sealed", "entries", """
            CREATE TRIGGER entries_sealed BEFORE INSERT ON entries WHEN (SELECT sealed FROM journals WHERE id = NEW.journal_id) = 1
            BEGIN SELECT RAISE(ABORT, 'journal is sealed'); END
            """),
        ("entries_fixed", "entries", "CREATE TRIGGER entries_fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END"),
        ("entries_keep", "entries", "CREATE TRIGGER entries_keep BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END"),
    ];

    private static readonly (string Name, string Table, string Sql)[] Postgres =
    [
        ("entries_guard", "entries", "CREATE TRIGGER entries_guard BEFORE INSERT OR UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION ledger_guard()"),
        ("journals_guard", "journals", "CREATE TRIGGER journals_guard BEFORE INSERT OR UPDATE OR DELETE ON journals FOR EACH ROW EXECUTE FUNCTION ledger_guard()"),
    ];

    /// <summary>The triggers that must be there, by name, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names(bool sqlite) =>
        [.. (sqlite ? Sqlite : Postgres).Select(t => t.Name).Order(StringComparer.Ordinal)];

    /// <summary>Tells EF that the table has triggers, so that it writes in a way that works with them.</summary>
    public static void Declare(TableBuilder table, string name)
    {
        foreach (var trigger in Sqlite.Concat(Postgres).Where(t => t.Table == name))
        {
            table.HasTrigger(trigger.Name);
        }
    }

    public static async Task DropAsync(AccountsDbContext db, bool sqlite, CancellationToken cancellationToken)
    {
        foreach (var (name, table, _) in sqlite ? Sqlite : Postgres)
        {
            var sql = sqlite
                ? $"DROP TRIGGER IF EXISTS {name}"
                : $"DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN DROP TRIGGER IF EXISTS {name} ON {table}; END IF; END $$";
            await db.Database.ExecuteSqlRawAsync(sql, cancellationToken);
        }
    }

    /// <summary>Makes every trigger again, in one transaction: a reader never sees the tables without them.</summary>
    public static async Task CreateAsync(AccountsDbContext db, bool sqlite, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!sqlite)
        {
            // In the order in which bookings take them: nodes that start at once wait for each other and for bookings under way.
            await db.Database.ExecuteSqlRawAsync("LOCK TABLE journals, entries IN ACCESS EXCLUSIVE MODE", cancellationToken);
            await db.Database.ExecuteSqlRawAsync(Function, cancellationToken);
        }

        await DropAsync(db, sqlite, cancellationToken);
        foreach (var (_, _, sql) in sqlite ? Sqlite : Postgres)
        {
            await db.Database.ExecuteSqlRawAsync(sql, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The triggers that stand on the two tables now, in alphabetical order.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(AccountsDbContext db, bool sqlite, CancellationToken cancellationToken)
    {
        var query = sqlite
            ? db.Database.SqlQuery<string>($"SELECT name AS \"Value\" FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('journals', 'entries')")
            : db.Database.SqlQuery<string>($"SELECT tgname::text AS \"Value\" FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (to_regclass('journals'), to_regclass('entries'))");
        var names = await query.ToListAsync(cancellationToken);
        return [.. names.Order(StringComparer.Ordinal)];
    }
}
