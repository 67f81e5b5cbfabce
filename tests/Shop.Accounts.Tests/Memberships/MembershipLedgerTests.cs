using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Accounts.Tests.Memberships;

/// <summary>Grants and taking back on a real database.</summary>
public abstract class MembershipLedgerTests(TestDatabase database) : DatabaseTests(database)
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 10, 0, 0, TimeSpan.Zero);
    private readonly MembershipLedger ledger = AccountsKit.Memberships(TimeProvider.System);

    [Fact]
    public async Task DF_33_SameSourceTwice_GrantsOnce()
    {
        var member = await Database.MemberAsync(Cancel);
        var source = Source();
        await GrantAsync(member, source, "paid", 1, At);
        await GrantAsync(member, source, "paid", 1, At);
        Assert.Equal(At.AddMonths(1), (await StateAsync(member)).Until);
        Assert.Equal(1, await EventsAsync(member));
    }

    [Fact]
    public async Task DF_33_TwoWorkersAtOnce_GrantOnce()
    {
        var member = await Database.MemberAsync(Cancel);
        var source = Source();
        using var barrier = new Barrier(2);
        var workers = Enumerable.Range(0, 2).Select(_ => Task.Run(
            async () =>
            {
                barrier.SignalAndWait(Cancel);
                await GrantAsync(member, source, "paid", 1, At);
            },
            Cancel));
        await Task.WhenAll(workers);
        Assert.Equal(At.AddMonths(1), (await StateAsync(member)).Until);
        Assert.Equal(1, await EventsAsync(member));
    }

    [Fact]
    public async Task F8_GrantThenRevoke_LeavesWhatWasBefore()
    {
        var member = await Database.MemberAsync(Cancel);
        await GrantAsync(member, Source(), "paid", 2, At);
        var before = await StateAsync(member);
        var source = Source();
        await GrantAsync(member, source, "premium", 6, At.AddDays(3));
        await RevokeAsync(member, source);
        Assert.Equal(before, await StateAsync(member));
    }

    [Fact]
    public async Task DF_48_RevokedInTheMiddle_WhatCameLaterStandsAsIfItHadNeverBeen()
    {
        var (member, other) = (await Database.MemberAsync(Cancel), await Database.MemberAsync(Cancel));
        var taken = Source();
        await GrantAsync(member, Source(), "paid", 1, At);
        await GrantAsync(member, taken, "premium", 12, At.AddDays(2));
        await GrantAsync(member, Source(), "premium", 6, At.AddDays(10));
        await RevokeAsync(member, taken);

        await GrantAsync(other, Source(), "paid", 1, At);
        await GrantAsync(other, Source(), "premium", 6, At.AddDays(10));
        Assert.Equal(await StateAsync(other), await StateAsync(member));
    }

    [Fact]
    public async Task Revoke_Unknown_ChangesNothing()
    {
        var member = await Database.MemberAsync(Cancel);
        await GrantAsync(member, Source(), "paid", 1, At);
        var before = await StateAsync(member);
        await RevokeAsync(member, Source());
        Assert.Equal(before, await StateAsync(member));
    }

    /// <summary>Against arithmetic that depends on the order of revocations, or on the path by which a state was reached.</summary>
    [Fact]
    public async Task M09_RandomGrantsAndRevocations_AlwaysEqualTheFoldOfWhatIsLeft()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 10; round++)
        {
            var (member, twin) = (await Database.MemberAsync(Cancel), await Database.MemberAsync(Cancel));
            var grants = Enumerable.Range(0, 6)
                .Select(i => (Source: Source(), Class: random.Next(2) == 0 ? "paid" : "premium", Months: random.Next(1, 13), At: At.AddHours((i * 200) + random.Next(200)), Kept: random.Next(3) > 0))
                .ToList();
            foreach (var grant in grants)
            {
                await GrantAsync(member, grant.Source, grant.Class, grant.Months, grant.At);
            }

            foreach (var grant in grants.Where(g => !g.Kept).OrderBy(_ => random.Next()))
            {
                await RevokeAsync(member, grant.Source);
            }

            foreach (var grant in grants.Where(g => g.Kept))
            {
                await GrantAsync(twin, Source(), grant.Class, grant.Months, grant.At);
            }

            Assert.Equal(await StateAsync(twin), await StateAsync(member));
        }
    }

    /// <summary>Time given up is taken off the end to the second, whatever the class; given back, the end is exactly what it was.</summary>
    [Fact]
    public async Task F8_TimeTakenThenGivenBack_LeavesWhatWasBefore()
    {
        var member = await Database.MemberAsync(Cancel);
        await GrantAsync(member, Source(), "paid", 6, At);
        var before = await StateAsync(member);
        var taken = Source();
        var after = await Database.InTransactionAsync(
            async db =>
            {
                await MembershipLedger.LockedStateAsync(db, member, Cancel);
                var request = new TimeTaken(member, taken, "paid", TimeSpan.FromDays(90), At.AddDays(10), 1);
                await ledger.TakeLockedAsync(db, request, Cancel);
                return await ledger.TakeLockedAsync(db, request, Cancel);
            },
            Cancel);
        Assert.Equal(before with { Until = before.Until - TimeSpan.FromDays(90) }, after);
        Assert.Equal(before, await RevokeAsync(member, taken));
    }

    private static string Source() => "test:" + Codes.New(20);

    private Task<MembershipState> GrantAsync(long member, string source, string name, int months, DateTimeOffset at) => Database.InTransactionAsync(
        db => ledger.GrantAsync(db, new GrantRequest(member, source, MembershipEventKind.Grant, new TimeGrant(name, months, 0), at, RuleRevision: 1), Cancel),
        Cancel);

    private Task<MembershipState> RevokeAsync(long member, string source) =>
        Database.InTransactionAsync(db => ledger.RevokeAsync(db, member, source, At.AddYears(1), "test", Cancel), Cancel);

    private async Task<MembershipState> StateAsync(long member)
    {
        await using var db = Database.NewContext();
        return await MembershipLedger.StateAsync(db, member, Cancel);
    }

    private async Task<int> EventsAsync(long member)
    {
        await using var db = Database.NewContext();
        return await db.MembershipEvents.CountAsync(e => e.AccountId == member, Cancel);
    }
}

public sealed class MembershipLedgerTests_Sqlite(SqliteDatabase database) : MembershipLedgerTests(database), IClassFixture<SqliteDatabase>;

public sealed class MembershipLedgerTests_Postgres(PostgresDatabase database) : MembershipLedgerTests(database), IClassFixture<PostgresDatabase>;
