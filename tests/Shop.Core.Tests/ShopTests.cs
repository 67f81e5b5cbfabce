using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests;

/// <summary>Base of tests of the shop's services: each test has services and a database of its own, so it may move the clock, publish rules and count rows.</summary>
public abstract class ShopTests(TestDatabase database) : DatabaseTests(database)
{
    private ShopUnderTest? shop;
    private readonly List<ShopUnderTest> nodes = [];
    private TestDatabase? own;

    protected ShopUnderTest Shop => shop ?? throw new InvalidOperationException("The shop is not open yet.");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        own = await Database.FreshAsync();
        shop = await ShopUnderTest.OpenAsync(own, Cancel);
    }

    /// <summary>One more node of the shop: its own services on the same database, with the same till.</summary>
    /// <param name="ahead">How far its clock is ahead; without, it has the same clock.</param>
    protected async Task<ShopUnderTest> NodeAsync(TimeSpan? ahead = null, Action<IServiceCollection>? change = null)
    {
        var node = await ShopUnderTest.OpenAsync(own!, Cancel, Shop, ahead is { } by ? new TestClock(Shop.Clock.GetUtcNow() + by) : null, change);
        nodes.Add(node);
        return node;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        if (shop is not null)
        {
            // whatever a test did, the books are in order afterwards; only I15 may fire, because no worker sends what is due
            var violations = await shop.ReadAsync(db => new Core.Books(db, shop.Clock).CheckAsync(Cancel));
            Assert.DoesNotContain(violations, violation => violation.Invariant != "I15");
            await shop.DisposeAsync();
        }

        if (own is not null)
        {
            await own.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Publishes the price list in force with its products changed.</summary>
    protected async Task PublishAsync(Func<Product, Product> change) =>
        Assert.IsType<PublishResult.Published>(await PublishListAsync(list => list with { Products = [.. list.Products.Select(change)] }));

    /// <summary>Publishes a section of the rules.</summary>
    protected async Task PublishAsync(object section) => Assert.IsType<PublishResult.Published>(await Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<RuleBook>().PublishAsync(unit.Db, [section], null, "test", Shop.Clock.GetUtcNow(), token), Cancel));

    protected Task<PublishResult> PublishListAsync(Func<PriceList, PriceList> change) => PublishSectionAsync(change);

    /// <summary>Publishes the rules of points in force, changed.</summary>
    protected async Task PublishTermsAsync(Func<PointTerms, PointTerms> change) => Assert.IsType<PublishResult.Published>(await PublishSectionAsync(change));

    protected async Task<PublishResult> PublishSectionAsync<T>(Func<T, T> change) where T : class
    {
        var rules = Shop.Get<RuleBook>();
        return await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var section = await rules.GetAsync<T>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
                return await rules.PublishAsync(unit.Db, [change(section)], null, "test", Shop.Clock.GetUtcNow(), token);
            },
            Cancel);
    }
}
