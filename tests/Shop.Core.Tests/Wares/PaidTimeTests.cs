using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Paid time of classes that a site made itself.</summary>
public abstract class PaidTimeTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_20_ClassThatTheSiteAdded_IsDescribedAndSold()
    {
        await PublishSectionAsync<AccountTerms>(terms => terms with { Classes = [.. terms.Classes, new AccountClass { Key = "patron", Rank = 4, IconLimit = 200 }] });
        await PublishListAsync(list => list with
        {
            Products =
            [
                .. list.Products,
                list.Products.Single(p => p.Sku == "paid1") with { Sku = "patron1", Goods = System.Text.Json.JsonSerializer.SerializeToElement(new { @class = "patron", months = 1 }) },
            ],
        });
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "patron1");
        await Shop.PayAsync(order);
        Assert.Equal("patron", (await Shop.MembershipAsync(member.Id)).Class);
        var list = await Shop.ReadAsync(async db => await Shop.Get<RuleBook>().GetAsync<PriceList>(db, await Shop.Get<RuleBook>().CurrentAsync(db, Cancel), Cancel));
        var info = Shop.Get<ItemKinds>().Get(PaidTime.KindKey).Info(list.Products.Single(p => p.Sku == "patron1"));
        Assert.Contains("patron", info.Gives, StringComparison.Ordinal);
        Assert.NotEmpty(info.AtExpiry);
    }
}

public sealed class PaidTimeTests_Sqlite(SqliteDatabase database) : PaidTimeTests(database), IClassFixture<SqliteDatabase>;

public sealed class PaidTimeTests_Postgres(PostgresDatabase database) : PaidTimeTests(database), IClassFixture<PostgresDatabase>;
