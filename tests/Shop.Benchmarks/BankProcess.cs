using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Shop.Benchmarks;

/// <summary>The provider simulator (tests/Shop.ProviderSimulator) as Stripe, in a process of its own; its file is read and, before anybody charges, filled from here.</summary>
internal sealed class BankProcess : IAsyncDisposable
{
    private const string Listens = "Now listening on: ";
    private const string Key = "sk_test_bench";
    private const string Account = "acct_bench";

    private readonly Process process;
    private readonly string file;
    private readonly Uri address;

    private BankProcess(Process process, string file, Uri address) => (this.process, this.file, this.address) = (process, file, address);

    /// <summary>Of a shop that takes its money here.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Payments__Stripe__ApiBase"] = address.AbsoluteUri,
        ["Payments__Stripe__SecretKey"] = Key,
        ["Payments__Stripe__PublishableKey"] = "pk_test_bench",
        ["Payments__Stripe__AccountId"] = Account,
    };

    public static async Task<BankProcess> StartAsync(string folder)
    {
        var file = Path.Combine(folder, "simulator.db");
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Shop.Benchmarks", "Shop.ProviderSimulator", StringComparison.Ordinal), "Shop.ProviderSimulator.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", "--file", file, "--until-input-ends", "true"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(Listens, StringComparison.Ordinal) is var at and >= 0)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new BankProcess(process, file, new Uri(line[(at + Listens.Length)..].Trim()));
            }
        }

        throw new InvalidOperationException("The provider simulator ended at once; build tests/Shop.ProviderSimulator in this configuration.");
    }

    /// <summary>So many customers with a card each, called <c>cus_1</c> and <c>pm_1</c> and so on. The first is made as a shop makes one; the others are its copies.</summary>
    public async Task KeepCardsAsync(int count)
    {
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var customer = await PostAsync("/v1/customers", []);
        var method = await PostAsync("/v1/payment_methods", [("type", "card"), ("card[token]", "tok_visa")]);
        await PostAsync($"/v1/payment_methods/{method}/attach", [("customer", customer)]);

        using var connection = Open(SqliteOpenMode.ReadWrite);
        using var command = connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $count)
            INSERT INTO objects (provider, account, kind, id, parent, created, body)
            SELECT o.provider, o.account, o.kind, CASE o.kind WHEN 'customer' THEN 'cus_' ELSE 'pm_' END || n, o.parent, o.created,
                   CASE o.kind WHEN 'customer' THEN json_set(o.body, '$.id', 'cus_' || n) ELSE json_set(o.body, '$.id', 'pm_' || n, '$.customer', 'cus_' || n) END
              FROM numbers, objects o WHERE o.id IN ($customer, $method)
            """;
        command.Parameters.AddWithValue("$count", count);
        command.Parameters.AddWithValue("$customer", customer);
        command.Parameters.AddWithValue("$method", method);
        await command.ExecuteNonQueryAsync();

        async Task<string> PostAsync(string path, (string Name, string Value)[] fields)
        {
            using var form = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), form);
            answer.EnsureSuccessStatusCode();
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return body.RootElement.GetProperty("id").GetString()!;
        }
    }

    /// <summary>Every movement of money: our attempt, its id there, how much.</summary>
    public List<string> Ledger()
    {
        using var connection = Open(SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT our_id || ' ' || id || ' ' || amount || ' ' || upper(currency) FROM ledger";
        using var rows = command.ExecuteReader();
        var all = new List<string>();
        while (rows.Read())
        {
            all.Add(rows.GetString(0));
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
