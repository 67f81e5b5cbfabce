using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>Requests with a key, on the database that decides who of several does one.</summary>
public abstract class IdempotentRequestTests(TestDatabase database) : ShopTests(database)
{
    private const string Sender = "seller:1";

    private IdempotentRequests Requests => Shop.Get<IdempotentRequests>();

    private Task<RequestTurn> BeginAsync(string key = "key", string hash = "hash", string sender = Sender) => Requests.BeginAsync(sender, key, hash, Cancel);

    [Fact]
    public async Task S26_FiftyAtOnce_OneGoes_TheOthersSeeThatItRuns()
    {
        var turns = await ShopUnderTest.AtOnceAsync(50, _ => BeginAsync());
        Assert.Single(turns.OfType<RequestTurn.Go>());
        Assert.Equal(49, turns.OfType<RequestTurn.Running>().Count());
    }

    [Fact]
    public async Task S26_Done_GivesTheSameAnswer_ToTheSameRequestOfTheSameSenderOnly()
    {
        await Requests.EndAsync(Assert.IsType<RequestTurn.Go>(await BeginAsync()), 201, "{}", Cancel);
        Assert.Equal(new RequestTurn.Done(201, "{}"), await BeginAsync());
        Assert.IsType<RequestTurn.OtherRequest>(await BeginAsync(hash: "other"));
        Assert.IsType<RequestTurn.Go>(await BeginAsync(sender: "seller:2"));
    }

    [Fact]
    public async Task S26_CutOff_IsTakenOverOnceByWhoeverSendsItAgain_AndTheFirstKeepsNothing()
    {
        var first = Assert.IsType<RequestTurn.Go>(await BeginAsync());
        Assert.IsType<RequestTurn.Running>(await BeginAsync());
        Shop.Clock.Advance(IdempotentRequests.CutOffAfter);
        var turns = await ShopUnderTest.AtOnceAsync(8, _ => BeginAsync());
        var second = Assert.Single(turns.OfType<RequestTurn.Go>());
        Assert.True(second.IsTakenOver);
        await Requests.EndAsync(first, 201, "first", Cancel);
        Assert.IsType<RequestTurn.Running>(await BeginAsync());
        await Requests.EndAsync(second, 201, "second", Cancel);
        Assert.Equal(new RequestTurn.Done(201, "second"), await BeginAsync());
    }

    [Fact]
    public async Task S26_Dropped_MayBeSentAgainAtOnce()
    {
        await Requests.DropAsync(Assert.IsType<RequestTurn.Go>(await BeginAsync()), Cancel);
        Assert.True(Assert.IsType<RequestTurn.Go>(await BeginAsync()).IsTakenOver);
    }

    [Fact]
    public async Task S26_AfterSevenDays_TheKeyIsFree_AndTheRowIsRemoved()
    {
        await Requests.EndAsync(Assert.IsType<RequestTurn.Go>(await BeginAsync()), 201, "{}", Cancel);
        Shop.Clock.Advance(IdempotentRequests.KeptFor);
        Assert.False(Assert.IsType<RequestTurn.Go>(await BeginAsync(hash: "other")).IsTakenOver);
        Shop.Clock.Advance(IdempotentRequests.KeptFor);
        await Requests.RemoveOldAsync(Cancel);
        Assert.Equal(0, await Shop.ReadAsync(db => db.ApiRequests.CountAsync(Cancel)));
    }

    [Fact]
    public async Task S26_KeysOfOneSender_AreCapped_OfAnotherNot_AndFreeAgainWhenTheyAreOld()
    {
        var at = Shop.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO api_idempotency (principal, key, request_hash, state, made_at)
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {IdempotentRequests.MostOfPrincipal})
                SELECT {Sender}, 'key' || CAST(i AS TEXT), 'hash', 'running', {at} FROM n
                """,
                token),
            Cancel);
        Assert.IsType<RequestTurn.TooMany>(await BeginAsync());
        Assert.IsType<RequestTurn.Running>(await BeginAsync("key7"));
        Assert.IsType<RequestTurn.Go>(await BeginAsync(sender: "seller:2"));
        Shop.Clock.Advance(IdempotentRequests.KeptFor);
        await Requests.RemoveOldAsync(Cancel);
        Assert.IsType<RequestTurn.Go>(await BeginAsync());
    }

    /// <summary>One buyer's transactions are found by the buyer, however many there are of others.</summary>
    [Fact]
    public async Task MZ_13_ListOfABuyersTransactions_ReadsByIndex()
    {
        var plan = await Shop.ReadAsync(async db =>
        {
            var sql = SellerTransactions.PageSql(db, 1, 1);
            var lines = sql.Split('\n').Where(line => !line.StartsWith(".param", StringComparison.Ordinal) && !line.StartsWith("--", StringComparison.Ordinal));
            var statement = string.Join('\n', lines);
            if (!db.IsSqlite)
            {
                await db.Database.OpenConnectionAsync(Cancel);
                await db.Database.ExecuteSqlRawAsync("SET enable_seqscan = off", Cancel); // an empty table is read whole otherwise
            }

            foreach (var line in sql.Split('\n').Where(line => line.StartsWith(".param set", StringComparison.Ordinal) || line.StartsWith("-- @", StringComparison.Ordinal)))
            {
                var at = line.IndexOf('@', StringComparison.Ordinal);
                var name = line[at..line.IndexOfAny([' ', '='], at)];
                statement = statement.Replace(name, "1", StringComparison.Ordinal);
            }

            await db.Database.OpenConnectionAsync(Cancel);
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = (db.IsSqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + statement;
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            var text = new List<string>();
            while (await reader.ReadAsync(Cancel))
            {
                text.Add(reader.GetValue(db.IsSqlite ? 3 : 0).ToString()!);
            }

            return text;
        });
        Assert.Contains(plan, line => line.Contains("seller_buyer_id", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("ix_order_lines_seller_id", StringComparison.Ordinal)); // all that the seller ever sold, for each row
        Assert.DoesNotContain(plan, line => line.Contains("SCAN p0", StringComparison.Ordinal) || line.Contains("Seq Scan on payment_attempts", StringComparison.Ordinal));
    }
}

public sealed class IdempotentRequestTests_Sqlite(SqliteDatabase database) : IdempotentRequestTests(database), IClassFixture<SqliteDatabase>;

public sealed class IdempotentRequestTests_Postgres(PostgresDatabase database) : IdempotentRequestTests(database), IClassFixture<PostgresDatabase>;
