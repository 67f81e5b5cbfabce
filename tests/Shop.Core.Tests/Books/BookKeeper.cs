using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Shop.Accounts;

namespace Shop.Core.Tests.Books;

/// <summary>
/// Writes rows as they are told, right or wrong, past every service. Columns that are not named get the emptiest value that
/// the table takes, so a new column does not disturb the tests.
/// </summary>
internal sealed class BookKeeper(ShopDbContext db)
{
    /// <summary>The moment at which the books are looked at.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public const string Money = "USD";
    public const string Points = "PTS";

    private static readonly DateTimeOffset HoursAgo = Now.AddHours(-3);

    /// <summary>Attempts and refunds are known by a Guid; digits alone read the same on both engines.</summary>
    public static Guid Key(int number) => new(number.ToString("D32", CultureInfo.InvariantCulture));

    public async Task AccountAsync(int id, string code, string unit, bool floor = false)
    {
        await RowAsync("ledger_accounts", new { Id = id, Code = code, Unit = unit, FloorZero = floor });
        if (floor)
        {
            await RowAsync("account_balances", new { AccountId = id, Balance = 0 });
        }
    }

    /// <summary>A sealed journal, with the cached balances that follow from it. Entries are (account, amount) in the account's unit.</summary>
    public async Task JournalAsync(
        int id, string kind, (int Account, long Amount)[] entries,
        int? order = null, int? payment = null, int? refund = null, int? reverses = null, int? hold = null, DateTimeOffset? at = null)
    {
        await RowAsync("journals", new
        {
            Id = id,
            IdemKey = $"key-{id}",
            Kind = kind,
            OrderId = order,
            PaymentId = payment,
            RefundId = refund is { } number ? Key(number) : (Guid?)null,
            ReversesId = reverses,
            ResolvesHold = hold,
            CreatedAt = at ?? HoursAgo,
        });
        foreach (var (account, amount) in entries)
        {
            await EntryAsync(id, account, amount);
        }

        await SqlAsync($"UPDATE journals SET sealed = 1 WHERE id = {id}");
    }

    public async Task EntryAsync(int journal, int account, long amount)
    {
        await SqlAsync($"INSERT INTO entries (journal_id, account_id, unit, amount) SELECT {journal}, id, unit, {amount} FROM ledger_accounts WHERE id = {account}");
        await SqlAsync($"UPDATE account_balances SET balance = balance + {amount} WHERE account_id = {account}");
    }

    /// <summary>An order of one line with the order's own id, and the events of its states.</summary>
    public async Task OrderAsync(int id, string[] states, long due, long points = 0, DateTimeOffset? paidAt = null, bool withLine = true)
    {
        var price = due + (points * 10);
        await RowAsync("orders", new
        {
            Id = id,
            Number = $"n{id}",
            Reference = $"r{id}",
            State = states[^1],
            Currency = Money,
            NetMinor = price,
            PriceMinor = price,
            DueMinor = due,
            DuePoints = points,
            PointValueMinor = 10,
            PaidAt = paidAt,
            RuleRevision = 1,
            CartVersion = id,
        });
        for (var seq = 1; seq <= states.Length; seq++)
        {
            await EventAsync(id, seq, seq == 1 ? null : states[seq - 2], states[seq - 1]);
        }

        if (withLine)
        {
            await LineAsync(id, id, due, points);
        }
    }

    public Task EventAsync(int order, int seq, string? from, string to) =>
        RowAsync("order_events", new { Id = (order * 100) + seq, OrderId = order, Seq = seq, FromState = from, ToState = to, At = HoursAgo });

    public Task LineAsync(int id, int order, long due, long points = 0) => RowAsync("order_lines", new
    {
        Id = id,
        OrderId = order,
        Position = id,
        Quantity = 1,
        NetMinor = due + (points * 10),
        PriceMinor = due + (points * 10),
        DueMinor = due,
        DuePoints = points,
    });

    public Task DeliveryAsync(int line, int order, string state, DateTimeOffset? dueAt) =>
        RowAsync("deliveries", new { Id = line, OrderId = order, OrderLineId = line, EffectKey = $"effect-{line}", State = state, DueAt = dueAt });

    public Task FlagAsync(int order, string kind) => RowAsync("order_flags", new { Id = order, OrderId = order, Kind = kind, RaisedAt = HoursAgo });

    public Task AttemptAsync(
        int number, int order, long amount, string state, DateTimeOffset? nextCheck = null, DateTimeOffset? deadline = null, DateTimeOffset? created = null) =>
        RowAsync("payment_attempts", new
        {
            Id = Key(number),
            OrderId = order,
            Seq = number,
            Provider = "card",
            IdemKey = $"attempt-{number}",
            AmountMinor = amount,
            Currency = Money,
            State = state,
            CreatedAt = created ?? HoursAgo,
            NextCheckAt = nextCheck,
            DeadlineAt = deadline,
        });

    /// <summary>Money seen at the provider, booked by a journal of the payment's id + 1000.</summary>
    public async Task CaptureAsync(int id, int? attempt, long amount, string disposition = "matched", DateTimeOffset? at = null, string provider = "card")
    {
        await RowAsync("provider_payments", new
        {
            Id = id,
            Provider = provider,
            ProviderId = $"pay-{id}",
            AttemptId = attempt is { } number ? Key(number) : (Guid?)null,
            AmountMinor = amount,
            Currency = Money,
            Status = "captured",
            Disposition = disposition,
            SeenAt = at ?? HoursAgo,
        });
        var counter = disposition == "matched" ? CleanBooks.Revenue : CleanBooks.Suspense;
        await JournalAsync(id + 1000, "capture", [(CleanBooks.Clearing, amount), (counter, -amount)], payment: id, at: at);
    }

    public Task RefundAsync(int number, int? order, int? payment, long amount, long points, string state) => RowAsync("refunds", new
    {
        Id = Key(number),
        OrderId = order,
        PaymentId = payment,
        Origin = "staff",
        IdemKey = $"refund-{number}",
        AmountMinor = amount,
        Points = points,
        PaidAs = "source",
        State = state,
        CreatedAt = HoursAgo,
        NextCheckAt = Now.AddHours(1),
        DeadlineAt = Now.AddDays(7),
    });

    public Task RefundLineAsync(int refund, int line, long amount, long points) =>
        RowAsync("refund_lines", new { Id = line, RefundId = Key(refund), OrderLineId = line, AmountMinor = amount, Points = points });

    /// <summary>Changes one attempt or refund; <paramref name="set"/> is SQL.</summary>
    public Task SetAsync(string table, Guid id, string set) =>
        ExecuteAsync($"UPDATE {table} SET {set} WHERE id = @id", [KeyValuePair.Create("@id", (object)id)]);

    public Task SqlAsync(FormattableString sql) => db.Database.ExecuteSqlAsync(sql);

    /// <summary>Lets the books be damaged in ways that the ledger's triggers refuse.</summary>
    public Task WithoutGuardsAsync() => LedgerGuards.DropAsync(db, db.IsSqlite, CancellationToken.None);

    /// <summary>Lets the books be damaged in ways that a check of the table refuses.</summary>
    public Task WithoutCheckAsync(string table, string check) =>
        ExecuteAsync(db.IsSqlite ? "PRAGMA ignore_check_constraints = ON" : $"ALTER TABLE {table} DROP CONSTRAINT {check}", []);

    /// <summary>One row from an object whose members are the columns' names; null members are left out.</summary>
    public async Task RowAsync(string table, object columns)
    {
        var given = columns.GetType().GetProperties()
            .Select(property => (Column: ModelConventions.Snake(property.Name), Value: property.GetValue(columns)))
            .Where(pair => pair.Value is not null).ToDictionary(pair => pair.Column, pair => pair.Value!);
        var type = db.Model.GetEntityTypes().Single(entity => entity.GetTableName() == table);
        var place = StoreObjectIdentifier.Table(table);
        foreach (var property in type.GetProperties().Where(property => !property.IsNullable))
        {
            given.TryAdd(property.GetColumnName(place)!, Emptiest(property));
        }

        await ExecuteAsync(
            $"INSERT INTO {table} ({string.Join(", ", given.Keys)}) VALUES ({string.Join(", ", given.Keys.Select(name => "@" + name))})",
            given.Select(pair => KeyValuePair.Create("@" + pair.Key, pair.Value)));
    }

    private async Task ExecuteAsync(string sql, IEnumerable<KeyValuePair<string, object>> values)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            command.Parameters.Add(Parameter(command, name, value));
        }

        await command.ExecuteNonQueryAsync();
    }

    private static object Emptiest(IProperty property)
    {
        var type = property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType;
        return type == typeof(string) ? "" : Activator.CreateInstance(type)!;
    }

    private static DbParameter Parameter(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value switch
        {
            DateTimeOffset time => time.ToUnixTimeMilliseconds(),
            bool yes => yes ? 1 : 0,
            _ => value,
        };
        return parameter;
    }
}
