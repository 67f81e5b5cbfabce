using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>Rows that are inserted without a context's tracking: the same as by it, or a clear refusal, never a part of a row.</summary>
public abstract class RowsTests(TestDatabase database) : DatabaseTests(database)
{
    [Fact]
    public async Task Inserted_HasTheKeyOfTheDatabase_AndIsReadAsItWas()
    {
        await using var db = Database.NewContext();
        var row = new LedgerAccount { Code = $"row:{Guid.NewGuid():N}", Unit = "PTS", FloorZero = true };
        await Rows.InsertAsync(db, row, Cancel);
        var read = await db.LedgerAccounts.AsNoTracking().SingleAsync(a => a.Code == row.Code, Cancel);
        Assert.Equal((row.Id, "PTS", true), (read.Id, read.Unit, read.FloorZero));
        Assert.Empty(db.ChangeTracker.Entries());
    }

    [Fact]
    public async Task UniqueKey_RefusesLikeASave_AndTheContextGoesOn()
    {
        await using var db = Database.NewContext();
        var code = $"row:{Guid.NewGuid():N}";
        await Rows.InsertAsync(db, new LedgerAccount { Code = code, Unit = "PTS", FloorZero = false }, Cancel);
        var refusal = await Assert.ThrowsAsync<DbUpdateException>(() => Rows.InsertAsync(db, new LedgerAccount { Code = code, Unit = "USD", FloorZero = false }, Cancel));
        Assert.True(Violations.IsUnique(refusal, "ledger_accounts"));
        await Rows.InsertAsync(db, new LedgerAccount { Code = code + "2", Unit = "PTS", FloorZero = false }, Cancel);
        Assert.Equal(["PTS"], await db.LedgerAccounts.Where(a => a.Code == code).Select(a => a.Unit).ToListAsync(Cancel));
    }

    [Fact]
    public Task NoTableOfTheModel_IsRefused() => RefusedAsync(new Stranger(), "is no table of this model");

    [Fact]
    public Task DefaultOfTheDatabase_IsRefused() => RefusedAsync(new WithDefault(), "WithDefault.Number is made by the database or by the context");

    [Fact]
    public Task ValueKeptByTheContext_IsRefused() => RefusedAsync(new WithShadow(), "WithShadow.Hidden is made by the database or by the context");

    [Fact]
    public Task ComputedColumn_IsRefused() => RefusedAsync(new WithComputed(), "WithComputed.Twice is made by the database or by the context");

    [Fact]
    public Task OneOfSeveralKinds_IsRefused() => RefusedAsync(new Kind(), "Kind is more than the columns of one table");

    [Fact]
    public Task PartInTheSameRow_IsRefused() => RefusedAsync(new WithPart(), "WithPart is more than the columns of one table");

    [Fact]
    public Task OwnedPart_IsRefused() => RefusedAsync(new WithOwned(), "WithOwned is more than the columns of one table");

    private async Task RefusedAsync<TRow>(TRow row, string words) where TRow : class
    {
        await using var db = new Strangers(Database.Place);
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Rows.InsertAsync(db, row, Cancel));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Tables that the shop has none of; they are never made, because a refusal comes before the database is asked.</summary>
    private sealed class Strangers(ShopDatabase place) : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => place.Configure(optionsBuilder);

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<WithDefault>().Property(r => r.Number).HasDefaultValue(7);
            modelBuilder.Entity<WithShadow>().Property<int>("Hidden");
            modelBuilder.Entity<WithComputed>().Property(r => r.Twice).HasComputedColumnSql("\"Number\" * 2", stored: true);
            modelBuilder.Entity<Kind>();
            modelBuilder.Entity<OtherKind>();
            modelBuilder.Entity<WithPart>().ComplexProperty(r => r.Part);
            modelBuilder.Entity<WithOwned>().OwnsOne(r => r.Part);
        }
    }

    private sealed class Stranger;

    private sealed class WithDefault
    {
        public long Id { get; init; }

        public int Number { get; init; }
    }

    private sealed class WithShadow
    {
        public long Id { get; init; }
    }

    private sealed class WithComputed
    {
        public long Id { get; init; }

        public int Number { get; init; }

        public int Twice { get; init; }
    }

    private class Kind
    {
        public long Id { get; init; }
    }

    private sealed class OtherKind : Kind;

    private sealed class WithPart
    {
        public long Id { get; init; }

        public Part Part { get; init; } = new();
    }

    private sealed class WithOwned
    {
        public long Id { get; init; }

        public Part Part { get; init; } = new();
    }

    private sealed class Part
    {
        public int Number { get; init; }
    }
}

public sealed class RowsTests_Sqlite(SqliteDatabase database) : RowsTests(database), IClassFixture<SqliteDatabase>;

public sealed class RowsTests_Postgres(PostgresDatabase database) : RowsTests(database), IClassFixture<PostgresDatabase>;
