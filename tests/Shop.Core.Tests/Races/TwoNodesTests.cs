using Shop.TestKit;

namespace Shop.Core.Tests.Races;

/// <summary>One balance, wanted by many at the same moment on two nodes.</summary>
public abstract class TwoNodesTests(TestDatabase database) : ShopTests(database)
{
    private ShopUnderTest[] nodes = [];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        nodes = [Shop, await NodeAsync()];
    }

    [Fact]
    public async Task DF_8_HundredSpendsOfABalanceForTen_TenSucceedAndTheOthersAreTold()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        var results = await ShopUnderTest.AtOnceAsync(100, i => SendAsync(i, giver, friend, 10));
        Assert.Equal((10, 90), (results.Count(r => r is TransferResult.Sent), results.Count(IsTold)));
        Assert.Equal((0L, 100L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
        await Shop.SendAsync();
        await Shop.BooksAreRightAsync();
    }

    /// <summary>An order for 30 of 100 points among 99 transfers of 10: it is paid and seven go through, or it is not, is told, and ten do.</summary>
    [Fact]
    public async Task C05_OrderAndTransfersOfOneBalance_SpendItOnce()
    {
        var (giver, friend) = (await Shop.MemberAsync(points: 100), await Shop.MemberAsync());
        await Shop.AddAsync(giver.Buyer, "paid1");
        var shown = (await Shop.CartAsync(giver.Buyer)).Shown;
        PlaceResult? placing = null;
        var results = await ShopUnderTest.AtOnceAsync(100, async i =>
        {
            if (i > 0)
            {
                return await SendAsync(i, giver, friend, 10);
            }

            placing = await nodes[1].PlaceAsync(giver.Buyer, PayMethod.Points, shown: shown);
            return null;
        });
        var sent = results.Count(r => r is TransferResult.Sent);
        Assert.True(placing is PlaceResult.Placed ? sent == 7 : placing is PlaceResult.Changed or PlaceResult.Refused && sent == 10, $"{placing}, {sent} sent");
        Assert.Equal(99 - sent, results.Count(IsTold));
        Assert.Equal((0L, sent * 10L), (await Shop.PointsAsync(giver.Id), await Shop.PointsAsync(friend.Id)));
        await Shop.SendAsync();
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task C09_TransfersInBothDirectionsAtOnce_KeepTheSum()
    {
        await PublishTermsAsync(terms => terms with { MostTransfers = 1000 });
        Person[] two = [await Shop.MemberAsync(points: 200), await Shop.MemberAsync(points: 200)];
        var results = await ShopUnderTest.AtOnceAsync(100, i => SendAsync(i / 2, two[i % 2], two[1 - (i % 2)], 30));
        Assert.All(results, r => Assert.True(r is TransferResult.Sent || IsTold(r), $"{r}"));
        var (there, back) = (results.Where((r, i) => i % 2 == 0 && r is TransferResult.Sent).Count(), results.Where((r, i) => i % 2 == 1 && r is TransferResult.Sent).Count());
        var moved = 30L * (there - back);
        Assert.Equal((200 - moved, 200 + moved), (await Shop.PointsAsync(two[0].Id), await Shop.PointsAsync(two[1].Id)));
        await Shop.SendAsync();
        await Shop.BooksAreRightAsync();
    }

    private static bool IsTold(TransferResult? result) => result is TransferResult.Refused { Reason: TransferRefusal.NotEnough };

    private async Task<TransferResult?> SendAsync(int form, Person giver, Person friend, long points) =>
        await nodes[form % 2].Get<Transfers>().SendAsync(new TransferWish(giver.Id, friend.Name, points, null, false), $"form {form}", Cancel);
}

public sealed class TwoNodesTests_Sqlite(SqliteDatabase database) : TwoNodesTests(database), IClassFixture<SqliteDatabase>;

public sealed class TwoNodesTests_Postgres(PostgresDatabase database) : TwoNodesTests(database), IClassFixture<PostgresDatabase>;
