using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>
/// Nodes on several machines share one PostgreSQL database, and one of them has a clock that is wrong by minutes. Its leases run by the
/// database's time all the same. The clocks here are the machines' own: nothing is added to the database's time for them.
/// </summary>
public sealed class PostgresLeaseTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> open = [];
    private TestDatabase own = null!;
    private ShopUnderTest right = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(database.Absent is not null, database.Absent ?? "");
        own = await database.FreshAsync();
        right = await NodeAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task C04_NodeWhoseClockIsAhead_TakesNoLiveLease()
    {
        var ahead = await NodeAsync(TimeSpan.FromMinutes(5));
        await WriteAsync("mail");
        Assert.Single(await ClaimAsync());
        Assert.Equal(0, await ahead.Get<OutboxRun>().PassAsync(Cancel));
        Assert.Empty(ahead.Sent.Keys);
    }

    [Fact]
    public async Task C04_NodeWhoseClockIsBehind_TakesALeaseThatIsOver()
    {
        var behind = await NodeAsync(TimeSpan.FromMinutes(-5));
        await WriteAsync("mail");
        await ClaimAsync();
        var time = (long)Leases.Time.TotalMilliseconds;
        await right.Get<Writes>().RunAsync((unit, token) => unit.Db.Database.ExecuteSqlAsync($"UPDATE outbox SET lease_until = lease_until - {time}", token), Cancel);
        Assert.Equal(1, await behind.Get<OutboxRun>().PassAsync(Cancel));
    }

    /// <summary>Sending the first message takes so long that the second is leased anew before its turn.</summary>
    [Fact]
    public async Task C04_NodeWhoseClockIsBehind_LeasesAnewForTheWholeTime()
    {
        var behind = await NodeAsync(TimeSpan.FromMinutes(-5));
        await WriteAsync("first");
        await WriteAsync("second");
        var taken = -1;
        behind.Sent.Sending = async row =>
        {
            if (row.DedupeKey == "first")
            {
                behind.Clock.Advance(Leases.Time - Leases.CallLimit);
            }
            else
            {
                taken = await right.Get<OutboxRun>().PassAsync(Cancel);
            }
        };
        await behind.Get<OutboxRun>().PassAsync(Cancel);
        Assert.Equal(0, taken);
        Assert.Equal(["first", "second"], behind.Sent.Keys);
    }

    [Fact]
    public async Task C04_NodeWhoseClockIsAhead_TakesNoJobOfAnother()
    {
        var ahead = await NodeAsync(TimeSpan.FromMinutes(20));
        await right.Get<GapFill>().PassAsync(Cancel);
        await ahead.Get<GapFill>().PassAsync(Cancel);
        Assert.Equal((1, 0), (right.Till.Lists, ahead.Till.Lists));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in open)
        {
            await node.DisposeAsync();
        }

        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }

    private async Task<ShopUnderTest> NodeAsync(TimeSpan wrongBy)
    {
        var clock = new TestClock(TimeProvider.System.GetUtcNow() + wrongBy);
        var node = await ShopUnderTest.OpenAsync(own, Cancel, clock: clock, change: services => services.AddSingleton(new LeaseClock(clock, clock)));
        open.Add(node);
        return node;
    }

    /// <summary>A message that has been due for so long that every node's clock says so.</summary>
    private Task WriteAsync(string key) => right.Get<Writes>().RunAsync(
        async (unit, token) =>
        {
            Outbox.Add(unit.Db, key, OutboxKinds.ReceiptLinks, new ReceiptLinksMessage("somebody@example.org"), right.Clock.GetUtcNow().AddHours(-1));
            await unit.Db.SaveChangesAsync(token);
        },
        Cancel);

    /// <summary>A worker whose clock is right has taken them.</summary>
    private Task<List<long>> ClaimAsync() =>
        right.Get<Writes>().RunAsync((unit, token) => Leases.ClaimAsync(unit.Db, "outbox", "done_at", 20, right.Get<LeaseClock>(), token), Cancel);
}
