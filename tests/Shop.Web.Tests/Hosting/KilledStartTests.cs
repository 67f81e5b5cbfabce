using System.Globalization;
using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>Whatever moment of its first start a shop is killed at, the next start works and the books are healthy.</summary>
public abstract class KilledStartTests(TestDatabase database) : DatabaseTests(database)
{
    /// <summary>Commands of a first start, most of them inside the migration.</summary>
    private const int CommandsOfAStart = 125;

    private static readonly int Kills = Number("SHOP_KILLS") ?? 3;
    private static readonly int Seed = Number("SHOP_SEED") ?? Random.Shared.Next();

    [Fact(Timeout = 1_200_000)]
    public async Task K17_FirstStartKilledAtRandomMoments_NextStartWorks()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"SHOP_SEED={Seed}");
        var moments = new Random(Seed);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var empty = await Database.FreshAsync(migrated: false);
            var moment = moments.Next(1, CommandsOfAStart);
            await using (var first = Start(empty, "migrate"))
            {
                Assert.True(await first.KillAfterAsync("Executing DbCommand", moment, Cancel), $"it ended before command {moment} (SHOP_SEED={Seed}):\n{first.Said}");
            }

            await using var next = Start(empty, "migrate");
            Assert.True(await next.EndAsync(Cancel) == 0, $"killed after {moment} commands, the next start failed (SHOP_SEED={Seed}):\n{next.Said}");
            Assert.Empty(await empty.ProblemsAsync(Cancel));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Check_OnANewShop_SaysThatTheBooksAreHealthy()
    {
        await using var empty = await Database.FreshAsync(migrated: false);
        await using (var migrate = Start(empty, "migrate"))
        {
            Assert.Equal(0, await migrate.EndAsync(Cancel));
        }

        await using var check = Start(empty, "check");
        Assert.Equal(0, await check.EndAsync(Cancel));
        Assert.Contains("The books are healthy.", check.Said, StringComparison.Ordinal);
    }

    /// <summary>The exit code is what a monitor looks at.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Check_OnBrokenBooks_PrintsTheRowAndFails()
    {
        await using var empty = await Database.FreshAsync(migrated: false);
        await empty.StartAsync(Cancel);
        await empty.ExecuteAsync(
            "INSERT INTO journals (idem_key, kind, sealed, created_at) VALUES ('open', 'grant', 0, 0)", Cancel);
        await using var check = Start(empty, "check");
        Assert.Equal(1, await check.EndAsync(Cancel));
        Assert.Contains("I03\t1\tgrant\t0", check.Said, StringComparison.Ordinal);
    }

    private static ShopProcess Start(TestDatabase on, string command) => ShopProcess.Start(
        new Dictionary<string, string>(ShopProcess.SettingsOn(on.Place)) { ["Logging__LogLevel__Microsoft.EntityFrameworkCore.Database.Command"] = "Debug" }, [command]);

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

public sealed class KilledStartTests_Sqlite(SqliteDatabase database) : KilledStartTests(database), IClassFixture<SqliteDatabase>;

public sealed class KilledStartTests_Postgres(PostgresDatabase database) : KilledStartTests(database), IClassFixture<PostgresDatabase>;
