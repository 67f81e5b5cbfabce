using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Data.Sqlite;
using Shop.TestKit;

namespace Shop.Web.Tests.Starting;

/// <summary>
/// The first start of a fresh clone, with the real program: it listens, migrates and makes the demo members. Whenever it is cut off, and
/// however many start at once, there is one healthy shop afterwards. (KilledStartTests kills the migrate command by the statement, on both engines.)
/// </summary>
public sealed class FirstStartTests
{
    private const int AtOnce = 2;
    private const string MigrationBegins = "Applying ";

    private static readonly int Rounds = Environment.GetEnvironmentVariable("SHOP_KILLS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 4;
    private static readonly int Seed = Environment.GetEnvironmentVariable("SHOP_SEED") is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : Random.Shared.Next();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every second kill falls into the time right after the migration has begun, the others anywhere up to the first page.</summary>
    [Fact(Timeout = 900_000)]
    public async Task FirstStart_KilledAtRandomMoments_NextStartAlwaysWorks()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"SHOP_SEED={Seed}");
        var whole = await WholeStartAsync();
        var random = new Random(Seed);
        var rounds = Enumerable.Range(0, Rounds).Select(round => (InMigration: round % 2 == 1, Part: random.NextDouble())).ToList();
        await Parallel.ForEachAsync(rounds, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (round, _) =>
        {
            using var folder = new TemporaryFolder();
            var after = (round.InMigration ? whole / 4 : whole) * round.Part;
            await using (var first = ShopProcess.Serve(folder.Path))
            {
                if (round.InMigration)
                {
                    await first.LineAsync(MigrationBegins, Cancel);
                }

                await Task.Delay(after, Cancel);
                Assert.False(first.HasExited, $"SHOP_SEED={Seed}: it ended by itself:\n{first.Said}");
                await first.KillAsync();
            }

            var where = $"SHOP_SEED={Seed}, killed {after.TotalMilliseconds:F0} ms {(round.InMigration ? "into the migration" : "after the start")}";
            await using var next = ShopProcess.Serve(folder.Path);
            await HealthyAsync(next, folder, where);
        });
    }

    /// <summary>Somebody presses the button twice, or two nodes start on one file.</summary>
    [Fact(Timeout = 300_000)]
    public async Task FirstStart_TwoAtOnce_BothServeOneShop()
    {
        using var folder = new TemporaryFolder();
        await using var one = ShopProcess.Serve(folder.Path);
        await using var other = ShopProcess.Serve(folder.Path);
        await Task.WhenAll(one.OpenAsync(Cancel), other.OpenAsync(Cancel));
        await HealthyAsync(one, folder, "the first of two");
        await HealthyAsync(other, folder, "the second of two");
    }

    /// <summary>A newcomer reads the console: it says where the shop is, and nothing that looks like a fault.</summary>
    [Fact(Timeout = 300_000)]
    public async Task FirstStart_ComplainsOfNothing()
    {
        using var folder = new TemporaryFolder();
        await using var shop = ShopProcess.Serve(folder.Path);
        using var http = new HttpClient { BaseAddress = await shop.OpenAsync(Cancel) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/", UriKind.Relative), Cancel)).StatusCode);
        Assert.Equal(0, await shop.StopAsync());
        Assert.DoesNotContain(shop.Lines, line => line.StartsWith("warn:", StringComparison.Ordinal)
            || line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal));
    }

    /// <summary>Asked to stop, it ends in good order.</summary>
    private static async Task HealthyAsync(ShopProcess shop, TemporaryFolder folder, string where)
    {
        var address = await shop.OpenAsync(Cancel);
        using (var http = new HttpClient { BaseAddress = address })
        {
            Assert.Equal((where, HttpStatusCode.OK), (where, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancel)).StatusCode));
        }

        Assert.Equal((where, "admin 1, friend 1, member 1"), (where, await ReadAsync(
            folder, "SELECT group_concat(name, ', ') FROM (SELECT user_name || ' ' || count(*) AS name FROM members GROUP BY user_name ORDER BY user_name)")));
        Assert.Equal((where, "240"), (where, await ReadAsync(folder, "SELECT sum(amount) FROM entries WHERE amount > 0")));
        var check = await ShopProcess.RunAsync(ShopProcess.SettingsIn(folder.Path), ["check"], Cancel);
        Assert.True(check.ExitCode == 0, $"{where}: {check.Output}{check.Errors}");
        Assert.Equal((where, 0), (where, await shop.StopAsync()));
    }

    /// <summary>How long a first start takes on this machine now.</summary>
    private static async Task<TimeSpan> WholeStartAsync()
    {
        using var folder = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        await using var shop = ShopProcess.Serve(folder.Path);
        await shop.OpenAsync(Cancel);
        return watch.Elapsed;
    }

    private static async Task<string> ReadAsync(TemporaryFolder folder, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={folder.File("shop.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return $"{await command.ExecuteScalarAsync(Cancel)}";
    }
}
