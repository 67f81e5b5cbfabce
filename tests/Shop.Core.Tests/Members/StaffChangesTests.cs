using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Members;

/// <summary>What staff give and take: alone up to the rule's limit, above it with a second person, and never beyond the largest (M11).</summary>
public abstract class StaffChangesTests(TestDatabase database) : ShopTests(database)
{
    private StaffChanges Desk => Shop.Get<StaffChanges>();

    [Fact]
    public async Task M11_PointsWithinTheLimit_AreBookedOnceWithReasonAndName()
    {
        var (member, clerk) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var results = await ShopUnderTest.AtOnceAsync(4, _ => AskAsync(member, clerk, new StaffChange(StaffChangeKind.GivePoints, 500, null), key: "one form"));
        Assert.All(results, r => Assert.IsType<StaffResult.Done>(r));
        Assert.IsType<StaffResult.Done>(await AskAsync(member, clerk, new StaffChange(StaffChangeKind.TakePoints, 20, null)));
        var lines = await Shop.ReadAsync(db => PointsAccounts.StatementAsync(db, member.Id, 0, 9, Cancel));
        Assert.Equal([("points_removed", -20L, "For the fair"), ("points_grant", 500L, "For the fair")], lines.Select(l => (l.Kind, l.Amount, l.Reason!)));
        Assert.All(await Shop.ReadAsync(db => db.Journals.Where(j => j.Reason == "For the fair").Select(j => j.ActorId).ToListAsync(Cancel)), actor => Assert.Equal(clerk.Id, actor));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task M11_AboveTheLimit_AnotherPersonApprovesOnce()
    {
        var (member, clerk, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Equal(new StaffResult.Waits(500), await AskAsync(member, clerk, new StaffChange(StaffChangeKind.GivePoints, 501, null)));
        var waiting = Assert.Single((await ViewAsync(member, clerk)).Changes);
        Assert.Equal(new StaffResult.Refused(StaffRefusal.NotYours), await Desk.DecideAsync(waiting.Id, ApprovalState.Approved, clerk.Id, Cancel));
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
        var decided = await ShopUnderTest.AtOnceAsync(6, i => Desk.DecideAsync(waiting.Id, i % 2 == 0 ? ApprovalState.Approved : ApprovalState.Declined, other.Id, Cancel));
        Assert.Equal(5, decided.OfType<StaffResult.Refused>().Count());
        var view = await ViewAsync(member, other);
        var change = Assert.Single(view.Changes);
        Assert.Equal((clerk.Name, other.Name, change.State == ApprovalState.Approved ? 501L : 0), (change.AskedBy, change.DecidedBy!, view.Balance));
        await Shop.BooksAreRightAsync();
    }

    [Theory]
    [InlineData(StaffChangeKind.GivePoints, 1_000_000_000_000, StaffRefusal.Amount)]
    [InlineData(StaffChangeKind.GivePoints, 0, StaffRefusal.Amount)]
    [InlineData(StaffChangeKind.GiveMonths, 25, StaffRefusal.Amount)]
    [InlineData(StaffChangeKind.TakePoints, 1, StaffRefusal.NotThere)]
    [InlineData(StaffChangeKind.TakeDays, 1, StaffRefusal.NotThere)]
    public async Task M11_WhatIsTooMuchOrNotThere_ChangesNothing(StaffChangeKind kind, long amount, StaffRefusal reason)
    {
        var (member, clerk) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Equal(reason, Assert.IsType<StaffResult.Refused>(await AskAsync(member, clerk, new StaffChange(kind, amount, null))).Reason);
        Assert.Equal(StaffRefusal.ReasonMissing, Assert.IsType<StaffResult.Refused>(await Desk.AskAsync(member.Id, new StaffChange(StaffChangeKind.GivePoints, 1, null), " ", clerk.Id, "f", Cancel)).Reason);
        Assert.Empty((await ViewAsync(member, clerk)).Changes);
    }

    [Fact]
    public async Task M11_TimeGivenAndTaken_IsAnEventOfItsOwn()
    {
        var (member, clerk, now) = (await Shop.MemberAsync(), await Shop.MemberAsync(), Shop.Clock.GetUtcNow());
        Assert.IsType<StaffResult.Done>(await AskAsync(member, clerk, new StaffChange(StaffChangeKind.GiveMonths, 1, "paid")));
        Assert.IsType<StaffResult.Done>(await AskAsync(member, clerk, new StaffChange(StaffChangeKind.TakeDays, 3, null)));
        Assert.Equal(now.AddMonths(1).AddDays(-3), (await Shop.MembershipAsync(member.Id)).Until);
        Assert.Equal(StaffRefusal.Class, Assert.IsType<StaffResult.Refused>(await AskAsync(await Shop.MemberAsync(), clerk, new StaffChange(StaffChangeKind.GiveMonths, 1, "seed"))).Reason);
        Assert.Equal(2, (await ViewAsync(member, clerk)).Changes.Count(c => c.State == ApprovalState.Alone));
    }

    /// <summary>Nobody gives themselves anything, neither alone nor by agreeing to it (S32).</summary>
    [Fact]
    public async Task S32_OwnAccount_NeedsAnotherPerson_WhoIsNotItsMember()
    {
        var (clerk, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Equal(new StaffResult.Waits(0), await AskAsync(clerk, clerk, new StaffChange(StaffChangeKind.GivePoints, 1, null)));
        Assert.Equal(0, await Shop.PointsAsync(clerk.Id));
        Assert.IsType<StaffResult.Done>(await Desk.DecideAsync(Assert.Single((await ViewAsync(clerk, other)).Changes).Id, ApprovalState.Approved, other.Id, Cancel));
        await AskAsync(clerk, other, new StaffChange(StaffChangeKind.GivePoints, 501, null));
        var waiting = (await ViewAsync(clerk, clerk)).Changes[0];
        Assert.Equal(new StaffResult.Refused(StaffRefusal.NotYours), await Desk.DecideAsync(waiting.Id, ApprovalState.Approved, clerk.Id, Cancel));
        Assert.Equal(1, await Shop.PointsAsync(clerk.Id));
    }

    [Fact]
    public async Task M11_AccountGoneSinceItWasAsked_GetsNothing()
    {
        var (member, clerk, other) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await AskAsync(member, clerk, new StaffChange(StaffChangeKind.GivePoints, 501, null));
        var waiting = Assert.Single((await ViewAsync(member, other)).Changes);
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, Accounts.AccountStatus.Purged), token), Cancel);
        Assert.Equal(new StaffResult.Refused(StaffRefusal.NoSuchMember), await Desk.DecideAsync(waiting.Id, ApprovalState.Approved, other.Id, Cancel));
        Assert.Equal(0, await Shop.PointsAsync(member.Id));
    }

    [Fact]
    public async Task M11_SeveralColleagues_TogetherNoMoreThanOneAlone_WithinADay()
    {
        var (member, one, two) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.IsType<StaffResult.Done>(await AskAsync(member, one, new StaffChange(StaffChangeKind.GivePoints, 300, null)));
        Assert.IsType<StaffResult.Waits>(await AskAsync(member, two, new StaffChange(StaffChangeKind.GivePoints, 201, null)));
        Assert.IsType<StaffResult.Done>(await AskAsync(member, two, new StaffChange(StaffChangeKind.TakePoints, 300, null))); // another way has its own sum
        Shop.Clock.Advance(TimeSpan.FromHours(25));
        Assert.IsType<StaffResult.Done>(await AskAsync(member, two, new StaffChange(StaffChangeKind.GivePoints, 500, null)));
    }

    [Fact]
    public async Task C01_SameFormWithOtherContent_IsRefused()
    {
        var (member, clerk) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await AskAsync(member, clerk, new StaffChange(StaffChangeKind.GivePoints, 10, null), key: "one form");
        var other = new StaffResult.Refused(StaffRefusal.OtherContent);
        Assert.Equal(other, await AskAsync(member, clerk, new StaffChange(StaffChangeKind.GivePoints, 11, null), key: "one form"));
        Assert.Equal(other, await AskAsync(await Shop.MemberAsync(), clerk, new StaffChange(StaffChangeKind.GivePoints, 10, null), key: "one form"));
        Assert.Equal(10, await Shop.PointsAsync(member.Id));
    }

    private Task<StaffResult> AskAsync(Person member, Person clerk, StaffChange change, string? key = null) =>
        Desk.AskAsync(member.Id, change, "For the fair", clerk.Id, key ?? Codes.New(20), Cancel);

    private async Task<StaffMemberView> ViewAsync(Person member, Person reader) => (await Shop.ReadAsync(db => StaffChanges.FindAsync(db, member.Name, reader.Id, Cancel)))!;
}

public sealed class StaffChangesTests_Sqlite(SqliteDatabase database) : StaffChangesTests(database), IClassFixture<SqliteDatabase>;

public sealed class StaffChangesTests_Postgres(PostgresDatabase database) : StaffChangesTests(database), IClassFixture<PostgresDatabase>;
