using Shop.TestKit;

namespace Shop.Web.Tests;

/// <summary>Base of tests against the whole shop. The tests of a class share one host and its database: each makes its own members.</summary>
public abstract class ShopTests(TestDatabase database) : DatabaseTests(database)
{
    protected ShopHost Shop => (ShopHost)Database.Companion!;

    protected virtual ShopSettings Settings => new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database.Companion ??= await ShopHost.StartAsync(Database, Settings);
    }
}
