using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>The commands, each as a process on a database that a shop runs on at the same time.</summary>
public abstract class CommandTests(TestDatabase database) : ShopTests(database)
{
    private Task<ShopProcess.Outcome> RunAsync(params string[] arguments) => RunInAsync("Development", arguments);

    private Task<ShopProcess.Outcome> RunInAsync(string environment, params string[] arguments) => RunOnAsync(Database, environment, arguments);

    private Task<ShopProcess.Outcome> RunOnAsync(TestDatabase on, string environment, params string[] arguments) => ShopProcess.RunAsync(
        new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ConnectionStrings__Shop"] = on.Place.ConnectionString,
            ["Database__Provider"] = Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
            ["Shop__PublicBaseUrl"] = "https://localhost",
            ["AllowedHosts"] = "localhost",
            ["Shop__AllowPlainKeyRing"] = "true",
        },
        arguments,
        Cancel);

    [Fact]
    public async Task Migrate_OnADatabaseOfToday_ChangesNothing() => Assert.Equal((0, "The database is up to date."), Said(await RunAsync("migrate")));

    [Fact]
    public async Task Check_HealthyBooks_Returns0()
    {
        await using var fresh = await Database.FreshAsync();
        await RunOnAsync(fresh, "Development", "seed");
        Assert.Equal((0, "The books are healthy."), Said(await RunOnAsync(fresh, "Development", "check")));
    }

    [Fact]
    public async Task Check_BrokenBooks_PrintsTheRowAndReturns1()
    {
        await using var fresh = await Database.FreshAsync();
        await using var shop = await ShopHost.StartAsync(fresh);
        await using var db = fresh.NewContext();
        var id = await db.Users.Where(m => m.UserName == "member").Select(m => m.Id).SingleAsync(Cancel);
        var account = await db.LedgerAccounts.Where(a => a.Code == $"user:{id}:points").Select(a => a.Id).SingleAsync(Cancel);
        await db.AccountBalances.Where(b => b.AccountId == account).ExecuteUpdateAsync(set => set.SetProperty(b => b.Balance, 777), Cancel);

        var outcome = await RunOnAsync(fresh, "Development", "check");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("\t", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("break an invariant", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seed_Development_MakesTheDemoMembersOnce()
    {
        Assert.Equal(0, (await RunAsync("seed")).ExitCode);
        Assert.Equal(0, (await RunAsync("seed")).ExitCode);
        var names = await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "member" || m.UserName == "friend" || m.UserName == "admin")
            .OrderBy(m => m.UserName).Select(m => m.UserName).ToListAsync(token), Cancel);
        Assert.Equal(["admin", "friend", "member"], names);
        var member = await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "member").Select(m => m.Id).SingleAsync(token), Cancel);
        Assert.Equal(240, await Shop.ReadAsync((db, token) => PointsAccounts.BalanceAsync(db, member, token), Cancel));
    }

    /// <summary>As two nodes of a fresh site do. PostgreSQL lets both see that a thing is missing; there, they are held until both have seen it.</summary>
    [Fact]
    public async Task Seed_TwoProcessesAtOnce_BothSucceedAndNothingIsThereTwice()
    {
        await using var fresh = await Database.FreshAsync();
        await using var db = fresh.NewContext();
        Task<ShopProcess.Outcome>[] seeding;
        if (Engine == DatabaseEngine.Postgres)
        {
            await using var held = await db.Database.BeginTransactionAsync(Cancel);
            await db.Database.ExecuteSqlAsync($"LOCK TABLE account_balances IN SHARE ROW EXCLUSIVE MODE", Cancel);
            seeding = [RunOnAsync(fresh, "Development", "seed"), RunOnAsync(fresh, "Development", "seed")];
            await using var other = fresh.NewContext();
            while (await other.Database.SqlQuery<int>(
                $"SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").SingleAsync(Cancel) < 2)
            {
                Assert.DoesNotContain(seeding, run => run.IsCompleted);
                await Task.Delay(50, Cancel);
            }

            await held.CommitAsync(Cancel);
        }
        else
        {
            seeding = [RunOnAsync(fresh, "Development", "seed"), RunOnAsync(fresh, "Development", "seed")];
        }

        Assert.All(await Task.WhenAll(seeding), run => Assert.Equal((0, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Output)));
        var member = await db.Users.Where(m => m.UserName == "member").Select(m => m.Id).SingleAsync(Cancel);
        Assert.Equal(240, await PointsAccounts.BalanceAsync(db, member, Cancel));
    }

    [Fact]
    public async Task S33_Seed_Production_MakesNobody()
    {
        await using var fresh = await Database.FreshAsync();
        var outcome = await RunOnAsync(fresh, "Production", "seed");
        Assert.Equal(1, outcome.ExitCode);
        await using var db = fresh.NewContext();
        Assert.False(await db.Users.AnyAsync(Cancel));
    }

    [Fact]
    public async Task GrantAdmin_MakesAnOwnerAndEndsTheirSessions()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        Assert.Equal(0, (await RunInAsync("Production", "grant-admin", name)).ExitCode);

        Assert.Equal("/account/login", (await visitor.GetAsync("/admin")).Address.AbsolutePath);
        Assert.Equal("/admin", (await (await Shop.SignInAsync(name)).GetAsync("/admin")).Address.AbsolutePath);
        await using var scope = Shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        Assert.Equal([StaffRoles.Owner], await users.GetRolesAsync((await users.FindByNameAsync(name))!));
    }

    [Fact]
    public async Task GrantAdmin_UnknownName_Returns1()
    {
        var outcome = await RunAsync("grant-admin", "m_nobody");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("m_nobody", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WhileTheShopRuns_IsAWholeDatabase()
    {
        var (_, name) = await Shop.RegisterAsync();
        var folder = Directory.CreateTempSubdirectory("shop-backup-");
        var file = Path.Combine(folder.FullName, "copy.db");
        try
        {
            var outcome = await RunAsync("backup", file);
            if (Engine == DatabaseEngine.Postgres)
            {
                Assert.Equal(1, outcome.ExitCode);
                Assert.Contains("pg_dump", outcome.Output, StringComparison.Ordinal);
                return;
            }

            Assert.Equal(0, outcome.ExitCode);
            Assert.Equal(["copy.db"], folder.GetFiles().Select(f => f.Name));
            await using (var copy = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False"))
            {
                await copy.OpenAsync(Cancel);
                await using var command = copy.CreateCommand();
                command.CommandText = "SELECT COUNT(*) FROM members WHERE user_name = $name";
                command.Parameters.AddWithValue("$name", name);
                Assert.Equal(1L, await command.ExecuteScalarAsync(Cancel));
            }

            var again = await RunAsync("backup", file);
            Assert.Equal(1, again.ExitCode);
            Assert.Contains("exists already", again.Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task FeesShop_WithoutFiles_TakesTheRulesInForce()
    {
        await using var fresh = await Database.FreshAsync();
        await RunOnAsync(fresh, "Development", "seed");
        var outcome = await RunOnAsync(fresh, "Development", "fees", "shop", "--now", "2026-11-23");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("\"fee\": \"1.03\"", outcome.Output, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("policy.json"), """[{"rule": "cheap", "metric": "M4.max", "range": {"max": 4}}]""", Cancel);
        outcome = await RunOnAsync(fresh, "Development", "fees", "shop", "--policy", folder.File("policy.json"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.EndsWith("}", outcome.Output.Trim(), StringComparison.Ordinal);
        outcome = await RunOnAsync(fresh, "Development", "fees", "shop", "--price", "x");
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
    }

    private static (int ExitCode, string Output) Said(ShopProcess.Outcome outcome) => (outcome.ExitCode, outcome.Output.Trim());
}

public sealed class CommandTests_Sqlite(SqliteDatabase database) : CommandTests(database), IClassFixture<SqliteDatabase>;

public sealed class CommandTests_Postgres(PostgresDatabase database) : CommandTests(database), IClassFixture<PostgresDatabase>;
