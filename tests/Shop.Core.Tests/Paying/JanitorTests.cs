using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Paying;

/// <summary>Several workers look at what is due. The provider is asked by one of them at a time; the others go on to something else.</summary>
public abstract class JanitorTests(TestDatabase database) : ShopTests(database)
{
    private static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task C04_AttemptThatAWorkerIsLookingAt_IsLeftToIt()
    {
        await PaidAndGoneAsync();
        var other = await NodeAsync();
        var found = -1;
        Once(async () => found = await PassAsync(other));
        Assert.Equal(1, await PassAsync(Shop));
        Assert.Equal((0, 1), (found, Shop.Till.Gets));
    }

    /// <summary>Both have read the same list before the first of them begins.</summary>
    [Fact]
    public async Task C04_AttemptThatAWorkerHasJustLookedAt_IsNotAskedAboutAgain()
    {
        await PaidAndGoneAsync();
        await PaidAndGoneAsync();
        var other = await NodeAsync();
        var found = -1;
        Once(async () => found = await PassAsync(other));
        Assert.Equal(1, await PassAsync(Shop));
        Assert.Equal((1, 2), (found, Shop.Till.Gets));
    }

    [Fact]
    public async Task C04_TenJanitorsAtOnce_AskOnceAboutEachAttempt()
    {
        var placed = await PaidAndGoneAsync();
        await PaidAndGoneAsync();
        await PaidAndGoneAsync();
        var nodes = new[] { Shop, await NodeAsync() };
        var found = await ShopUnderTest.AtOnceAsync(10, n => PassAsync(nodes[n % 2]));
        Assert.Equal((3, 3), (found.Sum(), Shop.Till.Gets));
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task C04_AttemptOfAWorkerThatDiedInItsLook_IsLookedAtWhenItsLeaseIsOver()
    {
        var placed = await PaidAndGoneAsync();
        var later = await NodeAsync(Leases.Time + TimeSpan.FromSeconds(1));
        var found = -1;
        Once(async () => found = await PassAsync(later));
        await PassAsync(Shop);
        Assert.Equal((1, 2), (found, Shop.Till.Gets));
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(placed)).Order.State);
    }

    [Fact]
    public async Task C04_OrderThatAWorkerIsEnding_IsLeftToIt()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.Get<Writes>().RunAsync(
            (unit, token) => unit.Db.Orders.ExecuteUpdateAsync(set => set.SetProperty(o => o.ExpiresAt, Shop.Clock.GetUtcNow()), token), Cancel);
        var other = await NodeAsync();
        Once(() => PassAsync(other));
        await PassAsync(Shop);
        Assert.Equal((OrderState.Expired, 1), ((await Shop.AgainAsync(placed)).Order.State, Shop.Till.Cancels));
    }

    [Fact]
    public async Task Look_WhenItIsOver_LeavesNothingBehind()
    {
        await PaidAndGoneAsync();
        await PassAsync(Shop);
        Assert.Equal(0, await LooksAsync());
    }

    [Fact]
    public async Task LookOfAWorkerThatDied_IsForgottenAfterADay()
    {
        await PaidAndGoneAsync();
        var nextDay = await NodeAsync(TimeSpan.FromHours(25));
        var (before, after) = (-1, -1);
        Once(async () =>
        {
            before = await LooksAsync();
            await nextDay.Get<Janitor>().TidyAsync(Cancel);
            after = await LooksAsync();
        });
        await PassAsync(Shop);
        Assert.Equal((1, 0), (before, after));
    }

    /// <summary>A buyer who pays and does not come back; the attempt is due.</summary>
    private async Task<PlacedOrder> PaidAndGoneAsync()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Pay(placed.Live.Id);
        Shop.Clock.Advance(UntilDue);
        return placed;
    }

    /// <summary>Happens while the till is asked for the first time.</summary>
    private void Once(Func<Task> meanwhile) => Shop.Till.Asked = () =>
    {
        Shop.Till.Asked = () => Task.CompletedTask;
        return meanwhile();
    };

    private static Task<int> PassAsync(ShopUnderTest node) => node.Get<Janitor>().PassAsync(Cancel);

    private Task<int> LooksAsync() => Shop.ReadAsync(db => db.JobLeases.CountAsync(Cancel));
}

public sealed class JanitorTests_Sqlite(SqliteDatabase database) : JanitorTests(database), IClassFixture<SqliteDatabase>;

public sealed class JanitorTests_Postgres(PostgresDatabase database) : JanitorTests(database), IClassFixture<PostgresDatabase>;
