using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>How orders of the matrix are made and found, and where their buyers are sent.</summary>
public abstract class MatrixOrderTests(TestDatabase database) : ResourceCase(database)
{
    [Fact]
    public async Task TF_10_FirstVisit_MakesOneOrder_AndEachFurtherVisitGetsIt()
    {
        var (resource, session) = (await ResourceAsync(price: 700), Session());
        var first = await MadeAsync(resource, session);
        var again = await MadeAsync(resource, session);
        Assert.Equal((true, false, first.Number, first.Token), (first.IsNew, again.IsNew, again.Number, again.Token));
        Assert.NotEqual(first.Number, (await MadeAsync(resource, Session())).Number);

        var order = (await Shop.OrderAsync(first.Number)).Order;
        Assert.Equal((OrderState.AwaitingPayment, 700, Shop.Clock.GetUtcNow().AddDays(3), null), (order.State, order.DueMinor, order.ExpiresAt, order.BuyerId));
        var status = await StatusAsync(first.Number, session);
        Assert.Equal((MatrixState.Unclaimed, "https://shop.example/r/" + Uri.EscapeDataString(resource), "On tides", false), (status.State, status.FulfillmentUrl, status.Title, status.IsPaid));
        Assert.Single(await DeliveriesAsync(new PlacedOrder(order, [])), DeliveryState.Scheduled);
    }

    [Fact]
    public async Task TF_10_OrderThatIsOver_NoLongerCounts()
    {
        var (resource, session) = (await ResourceAsync(), Session());
        var first = await MadeAsync(resource, session);
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        var second = await MadeAsync(resource, session);
        Assert.NotEqual(first.Number, second.Number);

        await Shop.Get<Janitor>().PassAsync(Cancel);
        Assert.Equal((MatrixState.Over, null), ((await StatusAsync(first.Number, session)).State, (await RowAsync(first.Number)).OpenKey));
        await Shop.Get<OrderEnding>().CancelAsync((await Shop.OrderAsync(second.Number)).Order.Id, "test", Cancel);
        Assert.True((await MadeAsync(resource, session)).IsNew);
    }

    [Fact]
    public async Task TF_49_TwoTabsAtOnce_GetTheSameOrder()
    {
        var (resource, session, other) = (await ResourceAsync(), Session(), await NodeAsync());
        var made = await ShopUnderTest.AtOnceAsync(6, i => MadeAsync(Wish(resource, session), i % 2 == 0 ? Shop : other));
        Assert.Equal((1, 1, 1), (made.Select(m => m.Number).Distinct().Count(), made.Count(m => m.IsNew), await OrdersAsync()));
    }

    [Fact]
    public async Task TF_10_ResourceThatIsNotThereOrNotOnSale_MakesNone()
    {
        Assert.IsType<MatrixMade.NoResource>(await Matrix.MakeAsync(Wish("nothing", Session()), Cancel));
        Assert.IsType<MatrixMade.NoResource>(await Matrix.MakeAsync(Wish(await ResourceAsync(onSale: false), Session()), Cancel));
        Assert.Equal(0, await OrdersAsync());
    }

    [Fact]
    public async Task TF_10_TooManyOfASessionOrAnAddress_AreRefused()
    {
        await PublishAsync(new ResourceTerms { OrdersPerSession = 2, OrdersPerAddress = 3 });
        var (session, resources) = (Session(), new[] { await ResourceAsync(), await ResourceAsync(), await ResourceAsync() });
        await MadeAsync(resources[0], session);
        await MadeAsync(resources[1], session);
        Assert.IsType<MatrixMade.TooMany>(await Matrix.MakeAsync(Wish(resources[2], session), Cancel));
        Assert.False((await MadeAsync(resources[1], session)).IsNew); // what it has it may see

        for (var i = 0; i < 3; i++)
        {
            await MadeAsync(Wish(resources[0], Session()) with { AddressHash = "net" });
        }

        Assert.IsType<MatrixMade.TooMany>(await Matrix.MakeAsync(Wish(resources[0], Session()) with { AddressHash = "net" }, Cancel));
        Shop.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.IsType<MatrixMade.Made>(await Matrix.MakeAsync(Wish(resources[2], session) with { AddressHash = "net" }, Cancel));
    }

    [Fact]
    public async Task TF_18_CallersOwnId_MakesTheCallRepeatable()
    {
        var resource = await ResourceAsync();
        var wish = Wish(resource, Session()) with { OrderId = "2026-7", FulfillmentUrl = "https://paper.example/${ORDER_ID}" };
        var first = await MadeAsync(wish);
        var again = await ShopUnderTest.AtOnceAsync(4, _ => MadeAsync(wish));
        Assert.All(again, m => Assert.Equal((first.Number, false), (m.Number, m.IsNew)));
        Assert.Equal("https://paper.example/" + first.Number, (await StatusAsync(first.Number, null)).FulfillmentUrl);
        Assert.Equal(1, await OrdersAsync());

        MatrixWish[] others = [wish with { Session = Session() }, wish with { FulfillmentUrl = "https://paper.example/b" }, wish with { WithToken = false }, wish with { ReorderUrl = "https://paper.example/again" }, Other() with { OrderId = "2026-7" }];
        foreach (var other in others)
        {
            Assert.IsType<MatrixMade.Conflict>(await Matrix.MakeAsync(other, Cancel));
        }

        Assert.Equal(1, await OrdersAsync());
    }

    [Fact]
    public async Task TF_18_OrderOfNoResource_IsItsSummaryAmountAndAddress()
    {
        var made = await MadeAsync(Other() with { OrderId = "x" });
        var status = await StatusAsync(made.Number, null);
        Assert.Equal(("An article", 300, "https://paper.example/a", null), (status.Title, status.Amount.Minor, status.FulfillmentUrl, status.Resource));
        Assert.IsType<MatrixMade.Conflict>(await Matrix.MakeAsync(Other() with { OrderId = "x", AmountMinor = 301 }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Matrix.MakeAsync(Other() with { AmountMinor = 0 }, Cancel));
    }

    [Fact]
    public async Task TF_20_ClaimedByAnotherSession_IsDroppedForANewOne()
    {
        var (resource, mine, theirs) = (await ResourceAsync(), Session(), Session());
        var first = await MadeAsync(resource, mine);
        Assert.Equal(first.Number, await ClaimAsync(first.Number, theirs));
        var status = await StatusAsync(first.Number, mine);
        Assert.Equal((MatrixState.Claimed, true), (status.State, status.IsAnothers));
        Assert.False((await StatusAsync(first.Number, theirs)).IsAnothers);

        var second = await MadeAsync(resource, mine);
        Assert.NotEqual(first.Number, second.Number);
        Assert.Equal(second.Number, (await MadeAsync(resource, mine)).Number);
    }

    [Fact]
    public async Task TF_22_TF_24_TF_25_TF_26_StatusUrl_ToTheLetter()
    {
        var (resource, payer, asker) = (await ResourceAsync(), "s 0", "s/1&x=ä");
        var number = (await MadeAsync(resource, payer)).Number;
        var (token, hash) = (await Matrix.TokenAsync(number, Cancel), (await RowAsync(number)).ContractHash);
        Assert.Equal($"https://shop.example/orders/{number}?token={token}&session_id=s%2F1%26x%3D%C3%A4", (await StatusAsync(number, asker)).StatusUrl);
        Assert.Equal($"https://shop.example/orders/{number}?token={token}", (await StatusAsync(number, null)).StatusUrl);

        await ClaimAsync(number, payer);
        Assert.Equal($"https://shop.example/orders/{number}?h_contract={hash}&session_id=s%2F1%26x%3D%C3%A4", (await StatusAsync(number, asker)).StatusUrl);
        await PayAsync(number, payer);
        Assert.Equal($"https://shop.example/orders/{number}?h_contract={hash}&session_id=s%2F1%26x%3D%C3%A4", (await StatusAsync(number, asker)).StatusUrl);
        Assert.Equal($"https://shop.example/orders/{number}?h_contract={hash}&session_id=s%200", (await StatusAsync(number, payer)).StatusUrl);

        var open = await MadeAsync(Other() with { WithToken = false });
        Assert.Equal($"https://shop.example/orders/{open.Number}?session_id=x", (await StatusAsync(open.Number, "x")).StatusUrl);
    }

    [Fact]
    public async Task TF_23_TF_28_UnknownOrOrdinaryOrder_HasNoStatus()
    {
        var ordinary = await PaidAsync(await Shop.MemberAsync(), "paid1");
        foreach (var number in new[] { Codes.New(26), ordinary.Order.Number, "" })
        {
            Assert.Null(await Matrix.StatusAsync(number, "s", Cancel));
            Assert.IsType<MatrixAnswer.Unknown>(await Matrix.PageAsync(number, null, null, "s", html: true, Cancel));
        }

        Assert.False(await Shop.ReadAsync(db => Matrix.IsMatrixAsync(db, ordinary.Order.Number, Cancel)));
        var made = await MadeAsync(Other());
        Assert.True(await Shop.ReadAsync(db => Matrix.IsMatrixAsync(db, made.Number, Cancel)));
    }

    [Theory]
    [InlineData("https://shop.example/", "https://shop.example/orders/n?token=t&session_id=s")]
    [InlineData("https://shop.example:8443/instances/x/", "https://shop.example:8443/instances/x/orders/n?token=t&session_id=s")]
    [InlineData("https://shop.example/instances/x", "https://shop.example/instances/x/orders/n?token=t&session_id=s")]
    public async Task TF_27_Base_KeepsItsPrefix(string @base, string expected)
    {
        Assert.Equal(expected, new ShopLinks(() => new Uri(@base)).Status("n", "t", null, "s"));
        var node = await NodeAsync(change: services => services.AddSingleton(new ShopLinks(() => new Uri(@base))));
        var made = await MadeAsync(Wish(await ResourceAsync(), "s"), node);
        var token = await Matrix.TokenAsync(made.Number, Cancel);
        Assert.Equal(
            expected.Replace("/n?", $"/{made.Number}?", StringComparison.Ordinal).Replace("=t&", $"={token}&", StringComparison.Ordinal),
            (await node.Get<MatrixOrders>().StatusAsync(made.Number, "s", Cancel))!.StatusUrl);
    }

    [Fact]
    public async Task D2_ContractHash_IsThatOfTheTerms()
    {
        var number = (await MadeAsync(await ResourceAsync(), Session())).Number;
        var terms = await Matrix.TermsAsync(number, Cancel);
        Assert.Contains("\"amount\":\"USD:5\"", terms, StringComparison.Ordinal);
        Assert.Equal((await RowAsync(number)).ContractHash, ContractTerms.Base32(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(terms!))));
        Assert.DoesNotContain((await Matrix.TokenAsync(number, Cancel)), terms, StringComparison.Ordinal);
    }

    [Fact]
    public async Task D2_TwoClaimAtOnce_OneGetsIt()
    {
        var (resource, other) = (await ResourceAsync(), await NodeAsync());
        for (var round = 0; round < 5; round++)
        {
            var number = (await MadeAsync(resource, Session())).Number;
            string[] sessions = [Session(), Session()];
            var got = await ShopUnderTest.AtOnceAsync(2, i => ClaimAsync(number, sessions[i], node: i == 0 ? Shop : other));
            var winner = Assert.Single(sessions.Zip(got), x => x.Second == number).First;
            Assert.Equal(Codes.Hash(winner), (await RowAsync(number)).ClaimedSessionHash);
            Assert.Null(await ClaimAsync(number, sessions.Single(s => s != winner)));
            Assert.Equal(number, await ClaimAsync(number, winner));
        }
    }

    [Fact]
    public async Task TF_35_Claim_NeedsTheRightTokenWhereThereIsOne()
    {
        var (session, number) = (Session(), (await MadeAsync(await ResourceAsync(), Session())).Number);
        var hash = (await RowAsync(number)).ContractHash;
        foreach (var (token, contract) in new[] { (null, null), ("x", null), (null, hash), ("x", hash), (number, (string?)null) })
        {
            Assert.Null(await Matrix.ClaimAsync(number, token, contract, Visitor(session), session, Cancel));
        }

        Assert.Null((await RowAsync(number)).ClaimedAt);
        var open = await MadeAsync(Other() with { WithToken = false });
        Assert.Null(await Matrix.ClaimAsync(open.Number, "x", null, Visitor(session), session, Cancel));
        Assert.Equal(open.Number, await Matrix.ClaimAsync(open.Number, null, null, Visitor(session), session, Cancel));
    }

    [Fact]
    public async Task D13_PayPage_IsForWhoeverClaimed()
    {
        var (member, resource) = (await Shop.MemberAsync(), await ResourceAsync());
        var (byAccount, byCart, bySession) = ((await MadeAsync(resource, Session())).Number, (await MadeAsync(resource, Session())).Number, (await MadeAsync(resource, Session())).Number);
        var cart = new Buyer(null, Codes.Hash("cart"));
        await ClaimAsync(byAccount, "a", member.Buyer);
        await ClaimAsync(byCart, "b", cart);
        await ClaimAsync(bySession, "c");
        foreach (var (number, buyer) in new[] { (byAccount, member.Buyer), (byCart, cart), (bySession, Visitor("c")) })
        {
            foreach (var (other, whose) in new[] { (byAccount, member.Buyer), (byCart, cart), (bySession, Visitor("c")) })
            {
                Assert.Equal(number == other, await Shop.ReadAsync(db => Shop.Get<OrderReader>().FindToActAsync(db, number, whose, Cancel)) is not null);
            }
        }

        Assert.Equal($"{member.Name}@example.org", (await Shop.OrderAsync(byAccount)).Order.BuyerEmail);
        Assert.Equal(byAccount, await ClaimAsync(byAccount, "another browser", member.Buyer)); // the account's, wherever it is

        // signed out it is begun anew there, and is the account's no more
        Assert.Equal(byAccount, await ClaimAsync(byAccount, "another browser"));
        Assert.Equal((null, null, null), ((await Shop.OrderAsync(byAccount)).Order.BuyerId, (await Shop.OrderAsync(byAccount)).Order.BuyerEmail, (await RowAsync(byAccount)).ClaimedBy));
    }

    /// <summary>The address stands in a code that others may see: with it alone nobody takes an order over that somebody has begun to pay.</summary>
    [Fact]
    public async Task D13_AddressOfAClaimedOrder_TiesItToNobodyElse()
    {
        var (reader, payer, stranger) = (Session(), new Buyer(null, Codes.Hash("telephone")), await Shop.MemberAsync());
        var number = (await MadeAsync(await ResourceAsync(), reader)).Number;
        Assert.Equal(number, await ClaimAsync(number, reader, payer));
        foreach (var buyer in new[] { stranger.Buyer, stranger.Buyer with { ResourceHash = Codes.Hash("another") }, new Buyer(null, Codes.Hash("another")) })
        {
            Assert.Null(await ClaimAsync(number, reader, buyer));
        }

        var order = (await Shop.OrderAsync(number)).Order;
        Assert.Equal((null, payer.SessionHash, null), (order.BuyerId, order.SessionHash, (await RowAsync(number)).ClaimedBy));
        Assert.Equal(number, await ClaimAsync(number, reader, payer));
    }

    /// <summary>The telephone began and went away: the browser that is to read pays itself, but not while the telephone is paying.</summary>
    [Fact]
    public async Task D13_Reader_BeginsAnewWhileNobodyPays()
    {
        var (reader, resource) = (Session(), await ResourceAsync());
        var (telephone, friend) = (new Buyer(null, Codes.Hash("telephone")), await Shop.MemberAsync());
        foreach (var payer in new[] { telephone, friend.Buyer })
        {
            var number = (await MadeAsync(resource, reader)).Number;
            Assert.Equal(number, await ClaimAsync(number, reader, payer));
            Assert.Equal(number, await ClaimAsync(number, reader));
            Assert.Null(await Shop.ReadAsync(db => Shop.Get<OrderReader>().FindToActAsync(db, number, payer, Cancel)));
            var act = await Shop.ReadAsync(db => Shop.Get<OrderReader>().FindToActAsync(db, number, Visitor(reader), Cancel));
            Assert.IsType<PlaceResult.Placed>(await Shop.Get<Checkout>().ChangeMethodAsync(act!.Value.Id, Till.Id, null, Cancel));
            await Shop.Get<OrderEnding>().CancelAsync(act.Value.Id, "test", Cancel);
        }

        var paying = (await MadeAsync(resource, reader)).Number;
        Assert.Equal(paying, await ClaimAsync(paying, reader, telephone));
        var theirs = await Shop.ReadAsync(db => Shop.Get<OrderReader>().FindToActAsync(db, paying, telephone, Cancel));
        Assert.IsType<PlaceResult.Placed>(await Shop.Get<Checkout>().ChangeMethodAsync(theirs!.Value.Id, Till.Id, null, Cancel));
        Assert.Null(await ClaimAsync(paying, reader));
        Assert.Equal(paying, await ClaimAsync(paying, reader, telephone));
    }

    [Fact]
    public async Task D13_OrderThatIsOver_CannotBeClaimed()
    {
        var (session, number) = (Session(), (await MadeAsync(await ResourceAsync(), Session())).Number);
        await Shop.Get<OrderEnding>().CancelAsync((await Shop.OrderAsync(number)).Order.Id, "test", Cancel);
        Assert.Null(await ClaimAsync(number, session));
        Assert.IsType<MatrixAnswer.Over>(await Matrix.PageAsync(number, await Matrix.TokenAsync(number, Cancel), null, session, html: true, Cancel));
    }
}

public sealed class MatrixOrderTests_Sqlite(SqliteDatabase database) : MatrixOrderTests(database), IClassFixture<SqliteDatabase>;

public sealed class MatrixOrderTests_Postgres(PostgresDatabase database) : MatrixOrderTests(database), IClassFixture<PostgresDatabase>;
