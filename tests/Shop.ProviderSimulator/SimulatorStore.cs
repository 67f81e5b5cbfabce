using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Shop.ProviderSimulator;

/// <summary>The providers' books in one SQLite file. What was answered is on the disk first (WAL, synchronous FULL), so it outlives a kill of
/// the shop and of this process. One connection and one writer at a time: it is a judge and no race car.</summary>
public sealed class SimulatorStore : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS objects (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            provider TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, created INTEGER NOT NULL, body TEXT NOT NULL,
            UNIQUE (provider, id));
        CREATE INDEX IF NOT EXISTS ix_objects_kind ON objects (provider, account, kind, number);
        CREATE INDEX IF NOT EXISTS ix_objects_parent ON objects (provider, parent) WHERE parent IS NOT NULL;
        CREATE TABLE IF NOT EXISTS keys (
            provider TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (provider, account, key));
        CREATE TABLE IF NOT EXISTS ledger (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            provider TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, payment TEXT NOT NULL, our_id TEXT,
            amount INTEGER NOT NULL, currency TEXT NOT NULL, live INTEGER NOT NULL, at INTEGER NOT NULL,
            UNIQUE (provider, kind, id));
        CREATE TABLE IF NOT EXISTS counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS hooks (
            provider TEXT NOT NULL, account TEXT NOT NULL, url TEXT NOT NULL, secrets TEXT NOT NULL, PRIMARY KEY (provider, account, url));
        CREATE TABLE IF NOT EXISTS deliveries (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            provider TEXT NOT NULL, account TEXT NOT NULL, url TEXT NOT NULL, event TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL,
            due_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, ended_as TEXT);
        CREATE INDEX IF NOT EXISTS ix_deliveries_due ON deliveries (due_at) WHERE ended_as IS NULL;
        """;

    private readonly SqliteConnection connection;
    private readonly object turn = new();

    public SimulatorStore(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Schema;
        command.ExecuteNonQuery();
    }

    /// <summary>One transaction; what it throws takes everything back.</summary>
    public T Do<T>(Func<Books, T> work)
    {
        lock (turn)
        {
            using var transaction = connection.BeginTransaction();
            var result = work(new Books(connection, transaction));
            transaction.Commit();
            return result;
        }
    }

    public void Do(Action<Books> work) => Do(books =>
    {
        work(books);
        return 0;
    });

    public void Dispose() => connection.Dispose();
}

/// <summary>An object of a provider as JSON, with what it is found by. <paramref name="Parent"/> is whatever the provider groups by (a refund's charge).</summary>
public sealed record Entry(long Number, string Account, string Kind, string Id, string? Parent, long Created, JsonObject Body);

public sealed record StoredAnswer(string Hash, int Status, string Body, long At);

/// <summary>One movement of money. <paramref name="OurId"/> is what the shop wrote beside it: the attempt's id, of a refund the refund's.</summary>
public sealed record Movement(string Provider, string Account, string Kind, string Id, string Payment, string? OurId, long Amount, string Currency, bool Live, long At);

public sealed record Hook(string Provider, string Account, string Url, IReadOnlyList<string> Secrets);

public sealed record Delivery(long Number, string Provider, string Account, string Url, string Event, string Mode, string Body, int Tries);

/// <summary>The store inside one transaction. Times are Unix milliseconds of the simulator's clock.</summary>
public sealed class Books(SqliteConnection connection, SqliteTransaction transaction)
{
    public void Add(string provider, string account, string kind, string id, string? parent, long created, JsonObject body) =>
        Run("INSERT INTO objects (provider, account, kind, id, parent, created, body) VALUES ($a, $b, $c, $d, $e, $f, $g)",
            provider, account, kind, id, parent, created, body.ToJsonString());

    public void Change(string provider, string id, JsonObject body) =>
        Run("UPDATE objects SET body = $b WHERE provider = $a AND id = $c", provider, body.ToJsonString(), id);

    public void Remove(string provider, string id) => Run("DELETE FROM objects WHERE provider = $a AND id = $b", provider, id);

    public Entry? Find(string provider, string account, string kind, string id) =>
        Objects("provider = $a AND account = $b AND kind = $c AND id = $d", provider, account, kind, id).FirstOrDefault();

    /// <summary>For pages, where nobody says whose object it is.</summary>
    public Entry? FindAnywhere(string provider, string id) => Objects("provider = $a AND id = $b", provider, id).FirstOrDefault();

    /// <summary>Oldest first.</summary>
    public List<Entry> All(string provider, string account, string kind, string? parent = null) => parent is null
        ? Objects("provider = $a AND account = $b AND kind = $c", provider, account, kind)
        : Objects("provider = $a AND account = $b AND kind = $c AND parent = $d", provider, account, kind, parent);

    /// <summary>Newest first, read only as far as somebody looks.</summary>
    /// <param name="before">The number of the object behind which it begins.</param>
    public IEnumerable<Entry> Newest(string provider, string account, string kind, long before)
    {
        while (true)
        {
            var page = Read(
                "SELECT number, account, kind, id, parent, created, body FROM objects WHERE provider = $a AND account = $b AND kind = $c AND number < $d ORDER BY number DESC LIMIT 200",
                Entry, provider, account, kind, before);
            foreach (var entry in page)
            {
                yield return entry;
            }

            if (page.Count == 0)
            {
                yield break;
            }

            before = page[^1].Number;
        }
    }

    public StoredAnswer? Key(string provider, string account, string key) =>
        Read("SELECT hash, status, body, at FROM keys WHERE provider = $a AND account = $b AND key = $c",
            row => new StoredAnswer(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetInt64(3)), provider, account, key).FirstOrDefault();

    public void Keep(string provider, string account, string key, StoredAnswer answer) =>
        Run("INSERT OR REPLACE INTO keys (provider, account, key, hash, status, body, at) VALUES ($a, $b, $c, $d, $e, $f, $g)",
            provider, account, key, answer.Hash, answer.Status, answer.Body, answer.At);

    public void Move(Movement movement) =>
        Run("INSERT INTO ledger (provider, account, kind, id, payment, our_id, amount, currency, live, at) VALUES ($a, $b, $c, $d, $e, $f, $g, $h, $i, $j)",
            movement.Provider, movement.Account, movement.Kind, movement.Id, movement.Payment, movement.OurId, movement.Amount, movement.Currency, movement.Live ? 1 : 0, movement.At);

    public List<Movement> Ledger() => Read("SELECT provider, account, kind, id, payment, our_id, amount, currency, live, at FROM ledger ORDER BY number",
        row => new Movement(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5),
            row.GetInt64(6), row.GetString(7), row.GetInt64(8) != 0, row.GetInt64(9)));

    public void Count(string name, long by = 1) =>
        Run("INSERT INTO counters (name, value) VALUES ($a, $b) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value", name, by);

    public long Counter(string name) => Read("SELECT value FROM counters WHERE name = $a", row => row.GetInt64(0), name).FirstOrDefault();

    public Dictionary<string, long> Counters() =>
        Read("SELECT name, value FROM counters ORDER BY name", row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1))).ToDictionary();

    public void Add(Hook hook) => Run("INSERT OR REPLACE INTO hooks (provider, account, url, secrets) VALUES ($a, $b, $c, $d)",
        hook.Provider, hook.Account, hook.Url, string.Join('\n', hook.Secrets));

    public List<Hook> Hooks(string provider, string account) =>
        Read("SELECT provider, account, url, secrets FROM hooks WHERE provider = $a AND account = $b",
            row => new Hook(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3).Split('\n', StringSplitOptions.RemoveEmptyEntries)), provider, account);

    public void Post(string provider, string account, string url, string @event, string mode, string body, long dueAt) =>
        Run("INSERT INTO deliveries (provider, account, url, event, mode, body, due_at) VALUES ($a, $b, $c, $d, $e, $f, $g)",
            provider, account, url, @event, mode, body, dueAt);

    public List<Delivery> Due(long now) =>
        Read("SELECT number, provider, account, url, event, mode, body, tries FROM deliveries WHERE ended_as IS NULL AND due_at <= $a ORDER BY number LIMIT 100",
            row => new Delivery(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetInt32(7)), now);

    public bool IsDue(long delivery, long now) => Read("SELECT 1 FROM deliveries WHERE number = $a AND ended_as IS NULL AND due_at <= $b", _ => 0, delivery, now).Count > 0;

    public void Ended(long delivery, string how) => Run("UPDATE deliveries SET ended_as = $a WHERE number = $b", how, delivery);

    public void Again(long delivery, long dueAt) => Run("UPDATE deliveries SET tries = tries + 1, due_at = $a WHERE number = $b", dueAt, delivery);

    private List<Entry> Objects(string where, params object?[] values) =>
        Read($"SELECT number, account, kind, id, parent, created, body FROM objects WHERE {where} ORDER BY number", Entry, values);

    private static Entry Entry(SqliteDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), JsonNode.Parse(row.GetString(6))!.AsObject());

    private void Run(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values)
    {
        using var command = Command(sql, values);
        using var rows = command.ExecuteReader();
        var all = new List<T>();
        while (rows.Read())
        {
            all.Add(read(rows));
        }

        return all;
    }

    // the values are $a, $b, … in their order
    private SqliteCommand Command(string sql, object?[] values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // every text is a constant of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${(char)('a' + i)}", values[i] ?? DBNull.Value);
        }

        return command;
    }
}
