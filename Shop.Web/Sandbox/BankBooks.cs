using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Shop.Web.Sandbox;

/// <summary>The bank's books inside one transaction. Every change is guarded by the state it expects, so that a repeated one finds nothing to do.</summary>
internal sealed class BankBooks(SqliteConnection connection, SqliteTransaction transaction)
{
    private const string PaymentQuery =
        """
        SELECT p.number, p.id, p.attempt, p.amount_minor, p.currency, p.summary, p.reference, p.merchant, p.locale, p.return_url, p.cancel_url, p.form_token,
               p.status, p.created_at, d.code, s.kind, s.until, f.customer, f.charges, f.kept
          FROM payments p LEFT JOIN declines d ON d.payment = p.id LEFT JOIN silences s ON s.payment = p.id LEFT JOIN sources f ON f.payment = p.id
        """;

    private const string ChargeQuery =
        "SELECT c.id, c.payment, p.attempt, p.reference, c.amount_minor, c.currency, c.at FROM charges c JOIN payments p ON p.id = c.payment";

    private const string RefundQuery =
        "SELECT r.id, r.charge, c.payment, r.refund, r.amount_minor, r.currency, r.status, r.at FROM refunds r JOIN charges c ON c.id = r.charge";

    /// <summary>An id that nobody can guess: it opens the hosted page.</summary>
    public static string NewId(string prefix) => $"{prefix}_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    public Task AddAsync(BankPayment payment) => ExecuteAsync(
        """
        INSERT INTO payments (id, attempt, amount_minor, currency, summary, reference, merchant, locale, return_url, cancel_url, form_token, status, created_at)
        VALUES ($id, $attempt, $amount, $currency, $summary, $reference, $merchant, $locale, $return, $cancel, $token, $status, $at)
        """,
        ("$id", payment.Id), ("$attempt", Text(payment.Attempt)), ("$amount", payment.AmountMinor), ("$currency", payment.Currency), ("$summary", payment.Summary),
        ("$reference", payment.Reference), ("$merchant", payment.Merchant), ("$locale", payment.Locale), ("$return", payment.ReturnUrl.AbsoluteUri),
        ("$cancel", payment.CancelUrl.AbsoluteUri), ("$token", payment.FormToken), ("$status", payment.Status), ("$at", payment.CreatedAt.ToUnixTimeMilliseconds()));

    public async Task<BankPayment?> FindPaymentAsync(string id) =>
        (await ListAsync(Payment, $"{PaymentQuery} WHERE p.id = $id", ("$id", id))).SingleOrDefault();

    public Task<List<BankPayment>> FindPaymentsAsync(Guid attempt) =>
        ListAsync(Payment, $"{PaymentQuery} WHERE p.attempt = $attempt", ("$attempt", Text(attempt)));

    /// <summary>Newest first, those older than number <paramref name="before"/>.</summary>
    public Task<List<BankPayment>> ListPaymentsAsync(long before, int count) =>
        ListAsync(Payment, $"{PaymentQuery} WHERE p.number < $before ORDER BY p.number DESC LIMIT $count", ("$before", before), ("$count", count));

    public Task<List<BankCharge>> ListChargesAsync(string payment) => ListAsync(Charge, $"{ChargeQuery} WHERE c.payment = $payment", ("$payment", payment));

    public Task<List<BankCharge>> ListChargesAsync() => ListAsync(Charge, $"{ChargeQuery} ORDER BY c.rowid");

    public async Task<BankCharge?> FindChargeAsync(string id) => (await ListAsync(Charge, $"{ChargeQuery} WHERE c.id = $id", ("$id", id))).SingleOrDefault();

    public Task<List<BankRefund>> ListRefundsAsync(string payment) => ListAsync(Refund, $"{RefundQuery} WHERE c.payment = $payment ORDER BY r.rowid", ("$payment", payment));

    public Task<List<BankRefund>> ListRefundsAsync() => ListAsync(Refund, $"{RefundQuery} ORDER BY r.rowid");

    public Task<List<BankRefund>> FindRefundsAsync(Guid refund) => ListAsync(Refund, $"{RefundQuery} WHERE r.refund = $refund", ("$refund", Text(refund)));

    public async Task<BankRefund?> FindRefundAsync(string id) => (await ListAsync(Refund, $"{RefundQuery} WHERE r.id = $id", ("$id", id))).SingleOrDefault();

    public Task NoteOutcomeAsync(string payment, string outcome, DateTimeOffset at) => ExecuteAsync(
        "INSERT INTO outcomes (payment, outcome, at) VALUES ($payment, $outcome, $at)", ("$payment", payment), ("$outcome", outcome), ("$at", at.ToUnixTimeMilliseconds()));

    /// <summary>Takes the money of a payment, and returns the charge's id; null when the payment's status was another one.</summary>
    public async Task<string?> ChargeAsync(string payment, string from, DateTimeOffset at)
    {
        if (!await MoveAsync(payment, from, BankStatus.Captured))
        {
            return null;
        }

        var id = NewId("sc");
        await ExecuteAsync(
            "INSERT INTO charges (id, payment, amount_minor, currency, at) SELECT $id, id, amount_minor, currency, $at FROM payments WHERE id = $payment",
            ("$id", id), ("$payment", payment), ("$at", at.ToUnixTimeMilliseconds()));
        return id;
    }

    /// <summary>Refuses a payment for good; false when its status was another one.</summary>
    public async Task<bool> DeclineAsync(string payment, string from, string code, DateTimeOffset at) =>
        await MoveAsync(payment, from, BankStatus.Declined)
        && await ExecuteAsync("INSERT INTO declines (payment, code, at) VALUES ($payment, $code, $at)",
            ("$payment", payment), ("$code", code), ("$at", at.ToUnixTimeMilliseconds())) == 1;

    /// <summary>Leads a payment on without an end; false when its status was another one.</summary>
    public async Task<bool> MoveAsync(string payment, string from, string to) =>
        await ExecuteAsync("UPDATE payments SET status = $to WHERE id = $payment AND status = $from", ("$to", to), ("$payment", payment), ("$from", from)) == 1;

    /// <summary>Makes a payment unpayable while the buyer has not finished; false afterwards.</summary>
    public async Task<bool> CancelAsync(string payment) =>
        await MoveAsync(payment, BankStatus.Open, BankStatus.Cancelled) || await MoveAsync(payment, BankStatus.Approved, BankStatus.Cancelled)
        || await MoveAsync(payment, BankStatus.Authenticating, BankStatus.Cancelled);

    /// <summary>The customer of a payer: made the first time, the same one ever after.</summary>
    public async Task<string> CustomerAsync(string payer)
    {
        await ExecuteAsync("INSERT OR IGNORE INTO customers (id, payer) VALUES ($id, $payer)", ("$id", NewId("su")), ("$payer", payer));
        return (await ListAsync(row => row.GetString(0), "SELECT id FROM customers WHERE payer = $payer", ("$payer", payer))).Single();
    }

    /// <summary>A payment that keeps what is paid with, or charges what was kept.</summary>
    public Task AddSourceAsync(string payment, string customer, string? charges) => ExecuteAsync(
        "INSERT INTO sources (payment, customer, charges) VALUES ($payment, $customer, $charges)", ("$payment", payment), ("$customer", customer), ("$charges", charges));

    /// <summary>Which kind of card the buyer pays with, where it is to be kept.</summary>
    public Task ChooseCardAsync(string payment, string kind) =>
        ExecuteAsync("UPDATE sources SET kind = $kind WHERE payment = $payment AND kept IS NULL", ("$kind", kind), ("$payment", payment));

    /// <summary>Keeps the card of a paid payment, where that was asked for.</summary>
    public async Task KeepAsync(BankPayment payment, DateTimeOffset at)
    {
        if (payment is { Keeps: true, Kept: null })
        {
            var kind = (await ListAsync(row => row.IsDBNull(0) ? BankCard.Ok : row.GetString(0), "SELECT kind FROM sources WHERE payment = $payment", ("$payment", payment.Id))).Single();
            var method = await AddMethodAsync(payment.Customer!, kind, at);
            await ExecuteAsync("UPDATE sources SET kept = $method WHERE payment = $payment", ("$method", method), ("$payment", payment.Id));
        }
    }

    public async Task<string> AddMethodAsync(string customer, string kind, DateTimeOffset at)
    {
        var id = NewId("sm");
        var expires = new DateOnly(at.UtcDateTime.Year + BankCard.Years, 12, 31);
        await ExecuteAsync("INSERT INTO methods (id, customer, kind, expires_on) VALUES ($id, $customer, $kind, $expires)",
            ("$id", id), ("$customer", customer), ("$kind", kind), ("$expires", expires.ToString("O", CultureInfo.InvariantCulture)));
        return id;
    }

    /// <summary>Those that are not forgotten, oldest first.</summary>
    public Task<List<BankMethod>> ListMethodsAsync(string customer) =>
        ListAsync(Method, "SELECT id, customer, kind, expires_on FROM methods WHERE customer = $customer AND forgotten_at IS NULL ORDER BY number", ("$customer", customer));

    public async Task<BankMethod?> FindMethodAsync(string? id) =>
        (await ListAsync(Method, "SELECT id, customer, kind, expires_on FROM methods WHERE id = $id AND forgotten_at IS NULL", ("$id", id))).SingleOrDefault();

    public Task ForgetMethodAsync(string id, DateTimeOffset at) => ExecuteAsync(
        "UPDATE methods SET forgotten_at = $at WHERE id = $id AND forgotten_at IS NULL", ("$at", at.ToUnixTimeMilliseconds()), ("$id", id));

    public Task AddSetupAsync(BankSetup setup) => ExecuteAsync(
        "INSERT INTO setups (id, customer, return_url, locale, form_token, status) VALUES ($id, $customer, $return, $locale, $token, $status)",
        ("$id", setup.Id), ("$customer", setup.Customer), ("$return", setup.ReturnUrl.AbsoluteUri), ("$locale", setup.Locale), ("$token", setup.FormToken), ("$status", setup.Status));

    public async Task<BankSetup?> FindSetupAsync(string id) =>
        (await ListAsync(
            row => new BankSetup(row.GetString(0), row.GetString(1), new Uri(row.GetString(2)), row.GetString(3), row.GetString(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6)),
            "SELECT id, customer, return_url, locale, form_token, status, method FROM setups WHERE id = $id", ("$id", id))).SingleOrDefault();

    /// <summary>Ends a setup, once.</summary>
    public Task EndSetupAsync(string id, string status, string? method) => ExecuteAsync(
        "UPDATE setups SET status = $status, method = $method WHERE id = $id AND status = 'open'", ("$status", status), ("$method", method), ("$id", id));

    /// <summary>Uses a token up; false when it was used before.</summary>
    public async Task<bool> UseTokenAsync(string token, DateTimeOffset at) =>
        await ExecuteAsync("INSERT OR IGNORE INTO tokens (token, at) VALUES ($token, $at)", ("$token", token), ("$at", at.ToUnixTimeMilliseconds())) == 1;

    private static BankMethod Method(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), BankCard.Find(row.GetString(2))!, DateOnly.Parse(row.GetString(3), CultureInfo.InvariantCulture));

    public Task FallSilentAsync(string payment, string kind, DateTimeOffset until) => ExecuteAsync(
        "INSERT INTO silences (payment, kind, until) VALUES ($payment, $kind, $until)",
        ("$payment", payment), ("$kind", kind), ("$until", until.ToUnixTimeMilliseconds()));

    /// <summary>Sends a part of a charge back; false when less than that is left of it.</summary>
    public async Task<bool> RefundAsync(BankRefund refund) =>
        await ExecuteAsync("UPDATE charges SET refunded_minor = refunded_minor + $amount WHERE id = $charge AND $amount <= amount_minor - refunded_minor",
            ("$amount", refund.AmountMinor), ("$charge", refund.Charge)) == 1
        && await ExecuteAsync(
            "INSERT INTO refunds (id, charge, refund, amount_minor, currency, status, at) VALUES ($id, $charge, $refund, $amount, $currency, $status, $at)",
            ("$id", refund.Id), ("$charge", refund.Charge), ("$refund", Text(refund.Refund)), ("$amount", refund.AmountMinor), ("$currency", refund.Currency),
            ("$status", refund.Status), ("$at", refund.At.ToUnixTimeMilliseconds())) == 1;

    /// <param name="news">What happened in this transaction.</param>
    /// <param name="dueAt">When it is sent first.</param>
    public Task AddEventAsync(BankEvent news, DateTimeOffset dueAt) => ExecuteAsync(
        "INSERT INTO events (id, type, at, body, due_at) VALUES ($id, $type, $at, $body, $due)",
        ("$id", news.Id), ("$type", news.Type), ("$at", news.At.ToUnixTimeMilliseconds()), ("$body", news.Body), ("$due", dueAt.ToUnixTimeMilliseconds()));

    /// <summary>Oldest first, those since an instant and after an event.</summary>
    public Task<List<BankEvent>> ListEventsAsync(DateTimeOffset since, string? after, int count) => ListAsync(
        row => new BankEvent(row.GetString(0), row.GetString(1), Time(row, 2), row.GetString(3)),
        "SELECT id, type, at, body FROM events WHERE at >= $since AND number > coalesce((SELECT number FROM events WHERE id = $after), 0) ORDER BY number LIMIT $count",
        ("$since", Milliseconds(since)), ("$after", after), ("$count", count));

    /// <summary>When the next event is to be sent; null when none is.</summary>
    public async Task<DateTimeOffset?> NextEventDueAsync()
    {
        var next = await ListAsync(row => Time(row, 0), "SELECT due_at FROM events WHERE ended_at IS NULL ORDER BY due_at LIMIT 1");
        return next.Count == 0 ? null : next[0];
    }

    /// <summary>Takes events that are due, and sets when they are tried again unless they are ended before.</summary>
    public async Task<List<DueEvent>> ClaimEventsAsync(DateTimeOffset now, int count, Func<int, DateTimeOffset> again)
    {
        var due = await ListAsync(
            row => new DueEvent(row.GetInt64(0), new BankEvent(row.GetString(1), row.GetString(2), Time(row, 3), row.GetString(4)), row.GetInt32(5)),
            "SELECT number, id, type, at, body, attempts FROM events WHERE ended_at IS NULL AND due_at <= $now ORDER BY due_at, number LIMIT $count",
            ("$now", now.ToUnixTimeMilliseconds()), ("$count", count));
        foreach (var one in due)
        {
            await ExecuteAsync("UPDATE events SET attempts = attempts + 1, due_at = $due WHERE number = $number",
                ("$due", again(one.Attempts).ToUnixTimeMilliseconds()), ("$number", one.Number));
        }

        return due;
    }

    public Task DelayEventAsync(long number, DateTimeOffset until) =>
        ExecuteAsync("UPDATE events SET due_at = $due WHERE number = $number AND ended_at IS NULL", ("$due", until.ToUnixTimeMilliseconds()), ("$number", number));

    public Task EndEventAsync(long number, string how, DateTimeOffset at) => ExecuteAsync(
        "UPDATE events SET ended_at = $at, ended_as = $how WHERE number = $number AND ended_at IS NULL",
        ("$at", at.ToUnixTimeMilliseconds()), ("$how", how), ("$number", number));

    /// <summary>Money that was taken or given back from an instant until before another, oldest first; of that very instant only those after an id.</summary>
    public Task<List<BankMovement>> ListMovementsAsync(DateTimeOffset from, string after, DateTimeOffset until, int count) => ListAsync(
        row => new BankMovement(row.GetString(0), row.GetString(1), Guid.Parse(row.GetString(2)), row.GetInt64(3), row.GetString(4), Time(row, 5)),
        """
        SELECT kind, id, attempt, amount_minor, currency, at FROM (
            SELECT 'captured' AS kind, c.id, p.attempt, c.amount_minor, c.currency, c.at FROM charges c JOIN payments p ON p.id = c.payment
            UNION ALL
            SELECT 'refunded', r.id, p.attempt, r.amount_minor, r.currency, r.at FROM refunds r JOIN charges c ON c.id = r.charge JOIN payments p ON p.id = c.payment
             WHERE r.status = 'succeeded')
         WHERE (at > $from OR (at = $from AND id > $after)) AND at < $until ORDER BY at, id LIMIT $count
        """,
        ("$from", Milliseconds(from)), ("$after", after), ("$until", Milliseconds(until)), ("$count", count));

    public async Task<(string Fingerprint, BankReply Reply)?> FindRequestAsync(string key)
    {
        var found = await ListAsync(row => (row.GetString(0), new BankReply(row.GetInt32(1), row.GetString(2))),
            "SELECT fingerprint, status, body FROM requests WHERE key = $key", ("$key", key));
        return found.Count == 0 ? null : found[0];
    }

    public Task AddRequestAsync(string key, string fingerprint, BankReply reply, DateTimeOffset at) => ExecuteAsync(
        "INSERT INTO requests (key, fingerprint, status, body, at) VALUES ($key, $fingerprint, $status, $body, $at)",
        ("$key", key), ("$fingerprint", fingerprint), ("$status", reply.Status), ("$body", reply.Body), ("$at", at.ToUnixTimeMilliseconds()));

    private static BankPayment Payment(SqliteDataReader row) => new()
    {
        Number = row.GetInt64(0),
        Id = row.GetString(1),
        Attempt = Guid.Parse(row.GetString(2)),
        AmountMinor = row.GetInt64(3),
        Currency = row.GetString(4),
        Summary = row.GetString(5),
        Reference = row.GetString(6),
        Merchant = row.IsDBNull(7) ? null : row.GetString(7),
        Locale = row.GetString(8),
        ReturnUrl = new Uri(row.GetString(9)),
        CancelUrl = new Uri(row.GetString(10)),
        FormToken = row.GetString(11),
        Status = row.GetString(12),
        CreatedAt = Time(row, 13),
        DeclineCode = row.IsDBNull(14) ? null : row.GetString(14),
        Silence = row.IsDBNull(15) ? null : row.GetString(15),
        SilentUntil = row.IsDBNull(16) ? null : Time(row, 16),
        Customer = row.IsDBNull(17) ? null : row.GetString(17),
        Charges = row.IsDBNull(18) ? null : row.GetString(18),
        Kept = row.IsDBNull(19) ? null : row.GetString(19),
    };

    private static BankCharge Charge(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), Guid.Parse(row.GetString(2)), row.GetString(3), row.GetInt64(4), row.GetString(5), Time(row, 6));

    private static BankRefund Refund(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), Guid.Parse(row.GetString(3)), row.GetInt64(4), row.GetString(5), row.GetString(6), Time(row, 7));

    private static DateTimeOffset Time(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    // the file counts whole milliseconds; a bound inside one begins with the next
    private static long Milliseconds(DateTimeOffset bound) => bound.AddTicks(TimeSpan.TicksPerMillisecond - 1).ToUnixTimeMilliseconds();

    private static string Text(Guid id) => id.ToString("D", CultureInfo.InvariantCulture);

    // the file answers at once and on the calling thread, so there is nothing that a token could cut short
    private async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    private async Task<List<T>> ListAsync<T>(Func<SqliteDataReader, T> map, string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    private SqliteCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}

/// <summary>An answer of the bank's API, kept with its key so that a repeated request gets the very same one.</summary>
internal sealed record BankReply(int Status, string Body);
