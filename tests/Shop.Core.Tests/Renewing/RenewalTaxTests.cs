using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Renewing;

/// <summary>Renewals and tax: what was agreed upon is what is charged, with the tax of the day inside it.</summary>
public abstract class RenewalTaxTests(TestDatabase database) : RenewingTests(database)
{
    private static TaxTerms OneRate(int ppm, bool included = true) => new()
    {
        Mode = "one", Included = included, Rates = [new TaxRate { Country = "any", Category = "standard", RatePpm = ppm }],
    };

    private static TaxTerms ByCountry(int german) => new()
    {
        Mode = "country", Businesses = true,
        Rates =
        [
            new TaxRate { Country = "any", Category = "standard" }, new TaxRate { Country = "de", Category = "standard", RatePpm = german },
            new TaxRate { Country = "fr", Category = "standard", RatePpm = 200_000, Reverse = true },
        ],
    };

    /// <summary>The orders of a subscription, by period.</summary>
    private Task<List<Order>> OrdersAsync(Subscription subscription) => Node.ReadAsync(db => db.SubscriptionPeriods.Where(p => p.SubscriptionId == subscription.Id)
        .OrderBy(p => p.Number).Join(db.Orders.AsNoTracking().Include(o => o.Lines), p => p.OrderId, o => o.Id, (p, o) => o).ToListAsync(Cancel));

    /// <summary>Subscribed by somebody who says where they are.</summary>
    private async Task<Subscription> SubscribeFromAsync(TaxForm where)
    {
        var payer = await Node.MemberAsync();
        Assert.IsType<CartResult.Changed>(await AddAsync(payer));
        Assert.IsType<WhereResult.Changed>(await Node.Get<Carts>().SayWhereAsync(payer.Buyer, where, Cancel));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer)).Number);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        return await Node.ReadAsync(db => db.Subscriptions.AsNoTracking().SingleAsync(s => s.MemberId == payer.Id, Cancel));
    }

    [Fact]
    public async Task MZ_29_Renewal_CarriesTheTaxOfItsDayWithinTheAgreedPrice()
    {
        await PublishAsync(OneRate(190_000));
        var (_, subscription) = await SubscriberAsync();
        await PublishAsync(OneRate(250_000));
        await RenewAsync(subscription);
        await PublishAsync(new TaxTerms());
        await RenewAsync(subscription);
        Assert.Equal(
            [(300L, 252L, 48L, 190_000), (300L, 240L, 60L, 250_000), (300L, 300L, 0L, 0)],
            (await OrdersAsync(subscription)).Select(o => (o.DueMinor, o.NetMinor, o.TaxMinor, o.Lines[0].TaxRatePpm)));
        await BooksAsync();
    }

    /// <summary>Where prices are without tax from now on, nobody who renews pays more than they agreed to.</summary>
    [Fact]
    public async Task MZ_29_PricesWithoutTaxSince_TheAgreedPriceStays()
    {
        var (_, subscription) = await SubscriberAsync();
        await PublishAsync(OneRate(190_000, included: false));
        await RenewAsync(subscription);
        var order = (await OrdersAsync(subscription))[1];
        Assert.Equal((300L, 252L, 48L, 0L), (order.DueMinor, order.NetMinor, order.TaxMinor, order.Lines[0].AddedTaxMinor));
        Assert.Equal(2, await ChargesAsync(subscription.Id));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_29_Renewal_IsTaxedWhereItsPayerSaidTheyAre()
    {
        await PublishAsync(ByCountry(190_000));
        var subscription = await SubscribeFromAsync(new TaxForm("DE", null, null));
        await PublishAsync(ByCountry(160_000));
        await RenewAsync(subscription);
        Assert.Equal([("DE", 48L, 190_000), ("DE", 41L, 160_000)], (await OrdersAsync(subscription)).Select(o => (o.BuyerCountry!, o.TaxMinor, o.Lines[0].TaxRatePpm)));
    }

    [Fact]
    public async Task MZ_29_RenewalOfABusinessElsewhere_SaysThatItOwesTheTax()
    {
        await PublishAsync(ByCountry(190_000));
        var subscription = await SubscribeFromAsync(new TaxForm("FR", "FR12345678901", "A firm"));
        await RenewAsync(subscription);
        var order = (await OrdersAsync(subscription))[1];
        Assert.Equal(("FR", "FR12345678901", "A firm", 0L, true), (order.BuyerCountry!, order.BuyerTaxId!, order.BillTo!, order.TaxMinor, order.ReverseCharge));
    }

    [Fact]
    public async Task MZ_29_WhereTaxComesOnTop_NothingIsOfferedToRenew()
    {
        var payer = await Node.MemberAsync();
        Assert.True((await ProductAsync(payer))!.Renews);
        await PublishAsync(OneRate(190_000, included: false));
        Assert.False((await ProductAsync(payer))!.Renews);
        Assert.Equal(LineRefusal.RenewalNotOffered, Assert.IsType<CartResult.Refused>(await AddAsync(payer)).Reason);
    }

    private Task<ProductView?> ProductAsync(Person viewer) => Node.ReadAsync(db => Node.Get<Catalogue>().FindAsync(db, "paid1", viewer.Id, Cancel));
}

public sealed class RenewalTaxTests_Sqlite(SqliteDatabase database) : RenewalTaxTests(database), IClassFixture<SqliteDatabase>;

public sealed class RenewalTaxTests_Postgres(PostgresDatabase database) : RenewalTaxTests(database), IClassFixture<PostgresDatabase>;
