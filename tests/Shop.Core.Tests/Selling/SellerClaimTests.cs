using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>When a buyer whom a seller has named becomes a member's: when they have paid for something through its name, and not before (docs/adr/0036).</summary>
public abstract class SellerClaimTests(TestDatabase database) : SellingTests(database)
{
    private static readonly SellerSubscriptionResult Unknown = new SellerSubscriptionResult.NotFound("id");

    private SellerSubscriptions Begun => Node.Get<SellerSubscriptions>();

    private async Task<SellerBuyer> NamedAsync() => (await Node.Get<SellerBuyers>().NameAsync(SellerId, Fresh("uuid"), null, Cancel)).Buyer;

    private Task<SellerBuyer> AgainAsync(SellerBuyer buyer) => Node.ReadAsync(db => db.SellerBuyers.AsNoTracking().SingleAsync(b => b.Id == buyer.Id, Cancel));

    /// <summary>A buyer who has an album for good.</summary>
    private async Task<SellerBuyer> WithAlbumAsync()
    {
        var named = await NamedAsync();
        await BuyAsync(Buyer.Nobody, await SellAsync(OneOff(signIn: SellerSignIn.None)), named: named.Handle);
        return named;
    }

    private async Task<string> CardAsync(SellerBuyer buyer) =>
        Assert.IsType<SellerMethodResult.Ok>(await Node.Get<SellerMethods>().BringAsync(SellerId, buyer.Handle, CardService.Id, Fresh("tok"), Cancel)).Method.Handle;

    /// <summary>Begun by the interface; its first payment waits.</summary>
    private async Task<Subscription> BeginAsync(SellerBuyer buyer, string code)
    {
        var begun = await Begun.BeginAsync(new BeginSubscription(SellerId, buyer.Handle, code, await CardAsync(buyer), null, "en"), resume: false, Cancel);
        return await ReadAsync(Assert.IsType<SellerSubscriptionResult.Ok>(begun).Subscription.Id);
    }

    private Task<Subscription> OfAsync(PlacedOrder order) => Node.ReadAsync(db => db.SubscriptionPeriods.Where(p => p.OrderId == order.Order.Id)
        .Join(db.Subscriptions.AsNoTracking(), p => p.SubscriptionId, s => s.Id, (_, s) => s).SingleAsync(Cancel));

    private Task<int> HeldAsync(Person member) => Node.ReadAsync(db => db.Entitlements.CountAsync(e => e.MemberId == member.Id, Cancel));

    private Task<int> OrdersAsync(Person member) => Node.ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == member.Id, Cancel));

    private async Task IsNobodysAsync(SellerBuyer buyer, Person member, int subscriptions = 0)
    {
        var now = await AgainAsync(buyer);
        Assert.Equal((null, buyer.MemberId, null), (now.TiedAt, now.MemberId, now.PlaceholderId));
        Assert.Equal((0, 1), (await HeldAsync(member), await OrdersAsync(member)));
        Assert.Equal(subscriptions, await Node.ReadAsync(db => db.Subscriptions.CountAsync(s => s.MemberId == buyer.MemberId, Cancel)));
    }

    [Theory]
    [InlineData("waits")]
    [InlineData("declined")]
    [InlineData("cancelled")]
    public async Task MZ_67_PlacedAndNotPaid_GivesNothingOfTheBuyers(string end)
    {
        var (buyer, member) = (await WithAlbumAsync(), await Node.MemberAsync());
        await BeginAsync(buyer, await SellAsync(Monthly()));
        var (order, _) = await OrderAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        switch (end)
        {
            case "declined":
                Node.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null));
                Assert.Equal(AttemptState.Failed, (await Node.SettleAsync(order)).Attempt);
                break;
            case "cancelled":
                Assert.Equal(EndingResult.Ended, await Node.Get<OrderEnding>().CancelAsync(order.Order.Id, "changed_mind", Cancel));
                break;
        }

        await IsNobodysAsync(buyer, member, subscriptions: 1);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_67_InTheCart_GivesNothingOfTheBuyers()
    {
        var (buyer, member) = (await WithAlbumAsync(), await Node.MemberAsync());
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle));
        await Node.CartAsync(member.Buyer);
        Assert.Null((await AgainAsync(buyer)).TiedAt);
        Assert.Equal(0, await HeldAsync(member));
    }

    [Fact]
    public async Task MZ_49_WhoPaysThroughTheName_IsTheBuyer_WithAllItHas()
    {
        var (buyer, member) = (await WithAlbumAsync(), await Node.MemberAsync());
        var waiting = await BeginAsync(buyer, await SellAsync(Monthly()));
        var order = await BuyAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        var now = await AgainAsync(buyer);
        Assert.Equal((member.Id, buyer.MemberId), (now.MemberId, now.PlaceholderId!.Value));
        Assert.Equal(buyer.Id, (await BuyerOfAsync(order)).Id);
        Assert.Equal((2, 2), (await HeldAsync(member), await OrdersAsync(member)));
        Assert.Equal(member.Id, (await ReadAsync(waiting.Id)).MemberId);
        Assert.Equal(2, (await HasAsync(now)).Count);
        Assert.All(await ToldAsync(SellerId), told => Assert.Equal(buyer.Handle, told.Facts.Buyer));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_49_DeclinedAndThenPaid_IsTheBuyer()
    {
        var (buyer, member) = (await WithAlbumAsync(), await Node.MemberAsync());
        var (order, _) = await OrderAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        Node.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, null));
        await Node.SettleAsync(order);
        Assert.IsType<PlaceResult.Placed>(await Node.Get<Checkout>().ChangeMethodAsync(order.Order.Id, Till.Id, null, Cancel));
        await Node.PayAsync(await Node.AgainAsync(order));
        Assert.Equal(member.Id, (await AgainAsync(buyer)).MemberId);
        Assert.Equal(2, await HeldAsync(member));
    }

    [Fact]
    public async Task MZ_67_PaidAtOnceThroughOneName_OneIsTheBuyer_TheOthersHaveNamesOfTheirOwn()
    {
        var (buyer, code) = (await WithAlbumAsync(), await SellAsync(Monthly()));
        var (people, orders) = (new List<Person>(), new List<PlacedOrder>());
        for (var i = 0; i < 4; i++)
        {
            people.Add(await Node.MemberAsync());
            var (order, _) = await OrderAsync(people[i].Buyer, code, named: buyer.Handle, provider: CardService.Id);
            Cards.Pay(order.Live.Id);
            orders.Add(order);
        }

        var other = await OneMoreAsync();
        await ShopUnderTest.AtOnceAsync(4, i => (i % 2 == 0 ? Node : other).SettleAsync(orders[i]));
        var winner = (await AgainAsync(buyer)).MemberId;
        var won = people.FindIndex(p => p.Id == winner);
        Assert.InRange(won, 0, 3);
        var seen = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var order = await Node.AgainAsync(orders[i]);
            var (known, subscription) = (await BuyerOfAsync(order), await OfAsync(order));
            Assert.Equal((OrderState.Fulfilled, SubscriptionState.Active), (order.Order.State, subscription.State));
            Assert.Equal((people[i].Id, known.Id, people[i].Id), (known.MemberId, subscription.SellerBuyerId!.Value, subscription.MemberId));
            Assert.Equal(i == won, known.Id == buyer.Id);
            Assert.Equal(i == won ? 2 : 1, await HeldAsync(people[i]));
            Assert.True((await HasAsync(known)).All(held => held.Has));
            Assert.Single((await Node.ReadAsync(db => Node.Get<SellerMethods>().ListAsync(db, SellerId, known.Handle, Cancel)))!); // their own card
            seen.Add(known.Handle);
        }

        Assert.Equal(4, seen.Distinct().Count());
        Assert.Equal(seen.Order(), (await ToldAsync(SellerId)).Where(e => e.Facts.Sku == code).Select(e => e.Facts.Buyer!).Order());
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_16_WhatTheBuyerIsSubscribedTo_IsNotSoldASecondTimeThroughItsName()
    {
        var (buyer, member, code) = (await NamedAsync(), await Node.MemberAsync(), await SellAsync(Monthly()));
        await BeginAsync(buyer, code);
        Assert.Equal(LineRefusal.RenewalRunning, Assert.IsType<CartResult.Refused>(await AddAsync(member.Buyer, code, named: buyer.Handle)).Reason);
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, await SellAsync(Monthly()), named: buyer.Handle));
    }

    [Fact]
    public async Task MZ_16_BegunByTheSellerSinceItWasInTheCart_IsNotPlacedThroughTheName()
    {
        var (buyer, member, code) = (await NamedAsync(), await Node.MemberAsync(), await SellAsync(Monthly()));
        Assert.IsType<CartResult.Changed>(await AddAsync(member.Buyer, code, named: buyer.Handle));
        await BeginAsync(buyer, code);
        Assert.Equal(PlaceRefusal.LineRefused, Assert.IsType<PlaceResult.Refused>(await Node.PlaceAsync(member.Buyer, CardService.Id)).Reason);
    }

    [Fact]
    public async Task MZ_16_BothSubscribed_PaysAsThemselves_AndTheBuyerStays()
    {
        var (buyer, member, code) = (await NamedAsync(), await Node.MemberAsync(), await SellAsync(Monthly()));
        var (own, _) = await OrderAsync(member.Buyer, code, provider: CardService.Id);
        Cards.Pay(own.Live.Id);
        await Node.SettleAsync(own);
        var theirs = await BeginAsync(buyer, code);
        var order = await BuyAsync(member.Buyer, await SellAsync(OneOff()), named: buyer.Handle);
        var (known, now) = (await BuyerOfAsync(order), await AgainAsync(buyer));
        Assert.Equal((member.Id, null, buyer.MemberId), (known.MemberId, now.TiedAt, now.MemberId));
        Assert.Equal((await OfAsync(own)).SellerBuyerId, known.Id);
        Assert.Equal(buyer.MemberId, (await ReadAsync(theirs.Id)).MemberId);
        Assert.Equal(2, await HeldAsync(member));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_67_PlacedThroughItsName_IsNoSubscriptionOfTheBuyers_ForTheSellerToChangeOrCharge()
    {
        var (buyer, member) = (await NamedAsync(), await Node.MemberAsync());
        var card = await CardAsync(buyer);
        var (order, _) = await OrderAsync(member.Buyer, await SellAsync(Monthly()), named: buyer.Handle, provider: CardService.Id);
        var placed = await OfAsync(order);
        Assert.Equal(0, await ListedAsync());
        Assert.Equal(Unknown, await Begun.ChangeMethodAsync(SellerId, placed.Handle, card, Cancel));
        Assert.Equal(Unknown, await Begun.CancelAsync(SellerId, placed.Handle, now: true, Cancel));
        Assert.Equal(new TransactionResult.NotFound("subscription"), await Node.Get<SellerTransactions>().StartAsync(SellerId, placed.Handle, resume: false, Cancel));
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        Assert.Equal(1, await ListedAsync());
        Assert.IsType<SellerSubscriptionResult.Ok>(await Begun.ChangeMethodAsync(SellerId, placed.Handle, card, Cancel));

        async Task<int> ListedAsync() => (await Node.ReadAsync(db => Begun.ListAsync(db, SellerId, buyer.Handle, null, 0, 20, Cancel)))!.Value.Total;
    }

    /// <summary>The statement of the migration that made the column, on rows as they were before it.</summary>
    [Fact]
    public async Task BuyersOfMembersFromBeforeItWasWrittenDown_HaveTheirAccountsAgainByTheMigration()
    {
        var (bought, entered, nothing, member) = (await WithAlbumAsync(), await NamedAsync(), await NamedAsync(), await Node.MemberAsync());
        await CardAsync(entered);
        await BuyAsync(member.Buyer, await SellAsync(OneOff())); // known by a name of their own
        foreach (var buyer in new[] { bought, entered, nothing })
        {
            Assert.Equal(TieResult.Tied, await TieAsync(buyer, member));
        }

        var free = await WithAlbumAsync();
        var statement = await Node.ReadAsync(db =>
        {
            var names = db.Database.GetMigrations().ToList();
            var its = names.FindIndex(name => name.EndsWith("_SellersOwnPayers", StringComparison.Ordinal));
            return Task.FromResult(Regex.Match(db.GetService<IMigrator>().GenerateScript(names[its - 1], names[its]), @"UPDATE seller_buyers[\s\S]*?placeholder_id IS NULL").Value);
        });
        await Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                await unit.Db.SellerBuyers.ExecuteUpdateAsync(set => set.SetProperty(b => b.PlaceholderId, (long?)null), token);
                await unit.Db.Database.ExecuteSqlRawAsync(statement, token);
            },
            Cancel);
        Assert.Equal(
            [(bought.Id, bought.MemberId), (entered.Id, entered.MemberId)],
            (await Node.ReadAsync(db => db.SellerBuyers.Where(b => b.PlaceholderId != null).OrderBy(b => b.Id).ToListAsync(Cancel))).Select(b => (b.Id, b.PlaceholderId!.Value)));
        Assert.Null((await AgainAsync(free)).PlaceholderId);
    }
}

public sealed class SellerClaimTests_Sqlite(SqliteDatabase database) : SellerClaimTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerClaimTests_Postgres(PostgresDatabase database) : SellerClaimTests(database), IClassFixture<PostgresDatabase>;
