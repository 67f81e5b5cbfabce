using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Books;

/// <summary>A query that fires on nothing protects nothing, and one that fires on healthy books is soon ignored.</summary>
public abstract partial class InvariantTests(TestDatabase database) : DatabaseTests(database)
{
    public static TheoryData<string> Ways => [.. Damage.Names];

    [Fact]
    public async Task CleanBooks_ShowNothing() => Assert.Empty(await CheckAsync(_ => Task.CompletedTask));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task DamagedBooks_ShowExactlyTheBrokenRule(string way)
    {
        var rows = await CheckAsync(books => Damage.DoAsync(way, books));
        Assert.Equal(Damage.RowsOf(way).Order(StringComparer.Ordinal), rows);
    }

    [Fact]
    public void EveryQuery_HasItsDamage() =>
        Assert.Equal(Ids().Matches(InvariantsFile.Embedded).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal),
            Damage.Names.Select(name => name[..3]).Distinct().Order(StringComparer.Ordinal));

    /// <summary>All of it in a transaction that is never committed: the tests of this class share the database.</summary>
    private async Task<IReadOnlyList<string>> CheckAsync(Func<BookKeeper, Task> damage)
    {
        await using var db = Database.NewContext();
        await db.Database.OpenConnectionAsync(Cancel);
        await db.Database.ExecuteSqlRawAsync("BEGIN", Cancel);
        var books = new BookKeeper(db);
        await CleanBooks.WriteAsync(books);
        await damage(books);
        var violations = await new Core.Books(db, new FixedClock()).CheckAsync(Cancel);
        await db.Database.ExecuteSqlRawAsync("ROLLBACK", Cancel);
        if (db.IsSqlite)
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA ignore_check_constraints = OFF", Cancel);
        }

        return [.. violations.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Invariant} {row.Ref} {row.Detail} {row.Value}")).Order(StringComparer.Ordinal)];
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => BookKeeper.Now;
    }

    [GeneratedRegex("SELECT '(I\\d\\d)'")]
    private static partial Regex Ids();
}

public sealed class InvariantTests_Sqlite(SqliteDatabase database) : InvariantTests(database), IClassFixture<SqliteDatabase>;

public sealed class InvariantTests_Postgres(PostgresDatabase database) : InvariantTests(database), IClassFixture<PostgresDatabase>;
