using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Points that members pass on to each other.</summary>
public abstract class TransferTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_48_ForSomebodyWhoBannedTheGiver_IsRefused()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        await Shop.Get<Writes>().RunAsync((unit, cancel) => GiftWishes.BanAsync(unit.Db, friend.Id, giver.Name, Shop.Clock.GetUtcNow(), cancel), Cancel);
        var result = await Shop.Get<Transfers>().SendAsync(new TransferWish(giver.Id, friend.Name, 30, null, false), Codes.New(26), Cancel);
        Assert.Equal(TransferRefusal.NotWanted, Assert.IsType<TransferResult.Refused>(result).Reason);
        Assert.Equal((100L, 0L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    [Fact]
    public async Task DW_48_Transfer_MovesThePointsAndTellsBothOnce()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        Assert.Equal((60L, friend.Name), Sent(await SendAsync(giver, friend.Name.ToUpperInvariant(), 60)));
        Assert.Equal((40L, 60L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
        await Shop.SendAsync();
        Assert.Equal((1, 1), (Shop.Sent.Count(OutboxKinds.PointsReceived), Shop.Sent.Count(OutboxKinds.PointsSent)));
    }

    [Fact]
    public async Task DW_48_Check_SaysWhatWillHappenAndMovesNothing()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        var wish = new TransferWish(giver.Id, friend.Name, 60, " for\u202e you \n", true);
        var ready = Assert.IsType<TransferResult.Ready>(await Shop.ReadAsync(db => Shop.Get<Transfers>().CheckAsync(db, wish, Cancel)));
        Assert.Equal(new TransferPlan(friend.Id, friend.Name, 60, "for you", true, 100), ready.Plan);
        Assert.Equal((40L, 100L), (ready.Plan.BalanceAfter, await Shop.PointsAsync(giver.Id)));
    }

    [Fact]
    public async Task DW_48_SameFormSentAtOnceAndAgain_TransfersOnce()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        var results = await ShopUnderTest.AtOnceAsync(16, _ => SendAsync(giver, friend.Name, 60, key: "one form"));
        Assert.All(results, result => Assert.Equal((60L, friend.Name), Sent(result)));
        Assert.Equal((60L, friend.Name), Sent(await SendAsync(giver, friend.Name, 60, key: "one form")));
        Assert.Equal((40L, 60L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    [Fact]
    public async Task C01_SameFormWithOtherContent_IsRefused_AndMovesNothing()
    {
        var (giver, friend, other) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync(), await Shop.MemberAsync());
        await SendAsync(giver, friend.Name, 60, key: "one form");
        var refused = new TransferResult.Refused(TransferField.None, TransferRefusal.OtherContent);
        Assert.Equal(refused, await SendAsync(giver, friend.Name, 61, key: "one form"));
        Assert.Equal(refused, await SendAsync(giver, other.Name, 60, key: "one form"));
        Assert.Equal((40L, 60L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    [Fact]
    public async Task DW_48_KeyOfAnothersForm_IsStillOnesOwn()
    {
        var (giver, other, friend) = (await Shop.MemberAsync(points: 10), await Shop.MemberAsync(points: 10), await Shop.MemberAsync());
        await SendAsync(giver, friend.Name, 10, key: "same");
        await SendAsync(other, friend.Name, 10, key: "same");
        Assert.Equal(20, await Shop.PointsAsync(friend.Id));
    }

    [Theory]
    [InlineData(0, TransferRefusal.Amount, 5000)]
    [InlineData(-1, TransferRefusal.Amount, 5000)]
    [InlineData(5001, TransferRefusal.Amount, 5000)]
    [InlineData(101, TransferRefusal.NotEnough, 100)]
    public async Task DW_48_WrongAmount_IsRefusedBesideTheField(long points, TransferRefusal reason, long limit)
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        Assert.Equal(new TransferResult.Refused(TransferField.Points, reason, limit), await SendAsync(giver, friend.Name, points));
        Assert.Equal(100, await Shop.PointsAsync(giver.Id));
    }

    [Fact]
    public async Task DW_48_SoOftenInAnHour_AndAgainLater()
    {
        await PublishTermsAsync(terms => terms with { MostTransfers = 2 });
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        await SendAsync(giver, friend.Name, 1);
        await SendAsync(giver, friend.Name, 1, key: "second");
        Assert.Equal(new TransferResult.Refused(TransferField.Points, TransferRefusal.TooMany, 2), await SendAsync(giver, friend.Name, 1, key: "third"));
        Assert.Equal((1L, friend.Name), Sent(await SendAsync(giver, friend.Name, 1, key: "second")));
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((1L, friend.Name), Sent(await SendAsync(giver, friend.Name, 1, key: "third")));
    }

    [Fact]
    public async Task DW_48_MostAtOnce_IsARule()
    {
        await PublishTermsAsync(terms => terms with { MostTransferred = 5 });
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        Assert.Equal(new TransferResult.Refused(TransferField.Points, TransferRefusal.Amount, 5), await SendAsync(giver, friend.Name, 6));
    }

    [Fact]
    public async Task DW_48_WhoCannotReceive_IsRefusedWithTheReason()
    {
        var giver = await Shop.MemberAsync(points: 100);
        var (suspended, purged) = (await Shop.MemberAsync(status: AccountStatus.Suspended), await Shop.MemberAsync(status: AccountStatus.Purged));
        var community = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => m.Id == community.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Kind, AccountKind.Community), token), Cancel);
        var reasons = new List<TransferRefusal>();
        foreach (var name in new[] { "", "nobody_at_all", suspended.Name, purged.Name, community.Name, giver.Name })
        {
            var refused = Assert.IsType<TransferResult.Refused>(await SendAsync(giver, name, 10));
            Assert.Equal(TransferField.Recipient, refused.Field);
            reasons.Add(refused.Reason);
        }

        Assert.Equal(
            [
                TransferRefusal.RecipientMissing, TransferRefusal.NoSuchMember, TransferRefusal.MemberNotVisible, TransferRefusal.MemberPurged,
                TransferRefusal.PersonalOnly, TransferRefusal.Oneself,
            ],
            reasons);
        Assert.Equal(100, await Shop.PointsAsync(giver.Id));
    }

    [Fact]
    public async Task DW_48_Statement_NamesTheOtherSideUnlessItIsAnonymous()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        await SendAsync(giver, friend.Name, 10);
        await SendAsync(giver, friend.Name, 10, anonymous: true);
        Assert.Equal([friend.Name, friend.Name], await OthersAsync(giver));
        Assert.Equal([giver.Name, null], await OthersAsync(friend));
    }

    [Fact]
    public async Task DF_7_PointsHeldForAPayment_CannotBeMovedAndAreThenTaken()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        var order = await Shop.BuyAsync(giver.Buyer, "paid12");
        Assert.Equal(100, order.Order.DuePoints);
        Assert.Equal(new TransferResult.Refused(TransferField.Points, TransferRefusal.NotEnough, 0), await SendAsync(giver, friend.Name, 50));
        await Shop.PayAsync(order);
        Assert.Equal((OrderState.Fulfilled, 0L, 0L), ((await Shop.AgainAsync(order)).Order.State, await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    [Fact]
    public async Task DF_8_HundredTransfersAtOnce_AsManySucceedAsTheBalanceAllows()
    {
        await PublishTermsAsync(terms => terms with { MostTransfers = 1000 });
        var (giver, friend) = (await Shop.MemberAsync(points: 300), await Shop.MemberAsync());
        var results = await ShopUnderTest.AtOnceAsync(100, i => SendAsync(giver, friend.Name, 10, key: $"form {i}"));
        Assert.Equal((30, 70), (results.OfType<TransferResult.Sent>().Count(), results.OfType<TransferResult.Refused>().Count(r => r.Reason == TransferRefusal.NotEnough)));
        Assert.Equal((0L, 300L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    [Fact]
    public async Task DF_10_TransfersInACircleAtOnce_KeepTheSum()
    {
        var people = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Shop.MemberAsync(points: 200)));
        await ShopUnderTest.AtOnceAsync(40, i => SendAsync(people[i % 4], people[(i + 1 + (i % 3)) % 4].Name, 150, key: $"form {i}"));
        var balances = await Task.WhenAll(people.Select(p => Shop.PointsAsync(p.Id)));
        Assert.Equal((800L, true), (balances.Sum(), balances.All(b => b >= 0)));
    }

    /// <summary>Cut off between the debit and the credit, or between both and the mails: the form can be sent again and transfers once.</summary>
    [Theory]
    [InlineData("UPDATE account_balances", 2)]
    [InlineData("INSERT INTO entries", 1)]
    [InlineData("INSERT INTO outbox", 2)]
    public async Task DF_10_TransferThatIsCutOff_LeavesBothAsTheyWere(string command, int time)
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 200), await Shop.MemberAsync());
        var cut = new CutOff(command, time);
        var node = await NodeAsync(change: services =>
        {
            services.ConfigureDbContext<SqliteShopDb>(options => options.AddInterceptors(cut));
            services.ConfigureDbContext<PostgresShopDb>(options => options.AddInterceptors(cut));
        });
        var wish = new TransferWish(giver.Id, friend.Name, 200, null, false);
        await Assert.ThrowsAsync<IOException>(() => node.Get<Transfers>().SendAsync(wish, "form", Cancel));
        Assert.Equal((200L, 0L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
        Assert.IsType<TransferResult.Sent>(await node.Get<Transfers>().SendAsync(wish, "form", Cancel));
        Assert.Equal((0L, 200L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
    }

    /// <summary>Breaks off instead of sending a command for the so-manieth time, once.</summary>
    private sealed class CutOff(string command, int time) : DbCommandInterceptor
    {
        private int seen;

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand sent, CommandEventData data, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            sent.CommandText.Replace("\"", "", StringComparison.Ordinal).Contains(command, StringComparison.Ordinal) && ++seen == time
                ? throw new IOException("cut off")
                : ValueTask.FromResult(result);
    }

    private static (long Points, string Name) Sent(TransferResult result)
    {
        var sent = Assert.IsType<TransferResult.Sent>(result);
        return (sent.Points, sent.RecipientName);
    }

    private Task<TransferResult> SendAsync(Person giver, string recipient, long points, string? key = null, bool anonymous = false) =>
        Shop.Get<Transfers>().SendAsync(new TransferWish(giver.Id, recipient, points, null, anonymous), key ?? Codes.New(26), Cancel);

    /// <summary>The names that a member's statement gives to transfers, oldest first.</summary>
    private Task<IReadOnlyList<string?>> OthersAsync(Person member) => Shop.ReadAsync<IReadOnlyList<string?>>(async db =>
    {
        var lines = await PointsAccounts.StatementAsync(db, member.Id, 0, 50, Cancel);
        var names = await Transfers.OthersAsync(db, member.Id, [.. lines.Select(l => l.JournalId)], Cancel);
        return [.. lines.Where(l => names.ContainsKey(l.JournalId)).Reverse().Select(l => names[l.JournalId])];
    });
}

public sealed class TransferTests_Sqlite(SqliteDatabase database) : TransferTests(database), IClassFixture<SqliteDatabase>;

public sealed class TransferTests_Postgres(PostgresDatabase database) : TransferTests(database), IClassFixture<PostgresDatabase>;
