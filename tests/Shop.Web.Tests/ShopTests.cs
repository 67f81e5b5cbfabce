using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests;

/// <summary>Base of tests against the whole shop. The tests of a class share one host and its database: each makes its own members.</summary>
public abstract class ShopTests(TestDatabase database) : DatabaseTests(database)
{
    protected ShopHost Shop => (ShopHost)Database.Companion!;

    protected virtual ShopSettings Settings => new();

    /// <summary>A seller's buyer becomes a member, as by an order that was paid through its name.</summary>
    protected Task<TieResult> TieAsync(long buyer, long member) => Shop.Services.GetRequiredService<Writes>().RunAsync(
        (unit, token) => Shop.Services.GetRequiredService<SellerBuyers>().TieAsync(unit.Db, buyer, member, token), Cancel);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database.Companion ??= await ShopHost.StartAsync(Database, Settings);
    }
}
