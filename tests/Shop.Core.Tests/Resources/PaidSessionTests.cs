using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>To which sessions a payment opens what it paid for, and until when.</summary>
public abstract class PaidSessionTests(TestDatabase database) : ResourceCase(database)
{
    [Fact]
    public async Task TF_13_Paid_OpensTheResourceForThePayer_AtOnce()
    {
        var (resource, session) = (await ResourceAsync(), Session());
        var made = await MadeAsync(resource, session);
        Assert.Null(await OpensAsync(resource, session));
        var order = await PayAsync(made.Number, session);
        Assert.Equal((OrderState.Fulfilled, made.Number, made.Number), (order.Order.State, await OpensAsync(resource, session), await Sessions.OrderAsync(resource, made.Number, session, Cancel)));
        var status = await StatusAsync(made.Number, session);
        Assert.Equal((MatrixState.Paid, 0, false, null), (status.State, status.RefundedMinor, status.IsAnothers, (await RowAsync(made.Number)).OpenKey));
        Assert.IsType<MatrixAnswer.Paid>(await Matrix.PageAsync(made.Number, null, (await RowAsync(made.Number)).ContractHash, session, html: true, Cancel));

        var again = await MadeAsync(resource, session); // the paid one is the order that the session has
        Assert.Equal((made.Number, false), (again.Number, again.IsNew));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task TF_5_TF_17_WhatIsKnown_IsAnsweredFromMemory()
    {
        var (resource, session) = (await ResourceAsync(), Session());
        var order = await BoughtAsync(resource, session);
        var (sessions, looks) = Counting();
        Assert.Equal(order.Order.Number, await sessions.OrderAsync(resource, null, session, Cancel));
        var before = looks();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(order.Order.Number, await sessions.OrderAsync(resource, null, session, Cancel));
        }

        Assert.Equal(before, looks());
        Assert.Null(await sessions.OrderAsync(resource, null, Session(), Cancel));
        Assert.Null(await sessions.OrderAsync(resource, null, "another", Cancel));
        Assert.Equal(before + 2, looks()); // what is not open is asked for each time
    }

    [Fact]
    public async Task TF_6_TF_7_TF_9_AnotherSessionResourceOrOrder_OpensNothing()
    {
        var (resource, other, session) = (await ResourceAsync(), await ResourceAsync(), Session());
        var order = await BoughtAsync(resource, session);
        Assert.Null(await OpensAsync(resource, Session()));
        Assert.Null(await OpensAsync(other, session));
        Assert.Null(await Sessions.OrderAsync(other, order.Order.Number, session, Cancel));
        Assert.Null(await Sessions.OrderAsync(resource, (await MadeAsync(other, session)).Number, session, Cancel));
        Assert.Equal(order.Order.Number, await Sessions.OrderAsync(resource, order.Order.Number, session, Cancel));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(1)]
    public async Task TF_14_TF_15_TF_19_RefundOfItsLine_ClosesItAtOnce_AndOnOtherNodesWithinASecond(long minor)
    {
        var (resource, session, node) = (await ResourceAsync(price: 500), Session(), await NodeAsync());
        var order = await BoughtAsync(resource, session);
        Assert.NotNull(await OpensAsync(resource, session));
        Assert.NotNull(await OpensAsync(resource, session, node));
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, minor))));

        Assert.Null(await OpensAsync(resource, session));
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await OpensAsync(resource, session, node));
        var status = await StatusAsync(order.Order.Number, session);
        Assert.Equal((MatrixState.Paid, minor), (status.State, status.RefundedMinor));
        Assert.NotEqual(order.Order.Number, (await MadeAsync(resource, session)).Number); // and it can be bought anew
    }

    [Fact]
    public async Task TF_19_RefundSeenAtTheProvider_ClosesIt()
    {
        var (resource, session) = (await ResourceAsync(), Session());
        var order = await BoughtAsync(resource, session);
        Assert.NotNull(await OpensAsync(resource, session));
        Shop.Till.RefundHere(order.Live.Id, 500);
        await NewsAsync(order);
        Assert.Null(await OpensAsync(resource, session));
    }

    [Fact]
    public async Task TF_19_RefundThatFails_OpensItAgain()
    {
        var (resource, session) = (await ResourceAsync(), Session());
        var order = await BoughtAsync(resource, session);
        Shop.Till.RefundsAre = Payments.RefundOutcome.Failed;
        Assert.Equal(RefundState.Failed, await MadeAsync(Wish(order)));
        Assert.Equal(order.Order.Number, await OpensAsync(resource, session));
        Assert.Equal(0, (await StatusAsync(order.Order.Number, session)).RefundedMinor);
    }

    [Fact]
    public async Task TF_38_TF_39_AnotherOrderOfTheSameAddress_IsNamed_UnlessItWasGivenBack()
    {
        var session = Session();
        var first = await PayAsync((await MadeAsync(Other())).Number, session);
        var second = (await MadeAsync(Other())).Number;
        var token = await Matrix.TokenAsync(second, Cancel);
        var answer = Assert.IsType<MatrixAnswer.AlreadyPaid>(await Matrix.PageAsync(second, token, null, session, html: false, Cancel));
        Assert.Equal((first.Order.Number, "https://paper.example/a", first.Order.Number), (answer.Earlier, answer.Url, answer.Order.AlreadyPaid));
        Assert.Null((await StatusAsync(second, Session())).AlreadyPaid);

        await MadeAsync(Wish(first));
        Assert.IsType<MatrixAnswer.Pay>(await Matrix.PageAsync(second, token, null, session, html: false, Cancel));
        Assert.IsType<MatrixAnswer.AlreadyPaid>(await Matrix.PageAsync(second, token, null, session, html: false, Cancel, allowRefunded: true));
        Assert.Equal(first.Order.Number, (await Matrix.StatusAsync(second, session, Cancel, allowRefunded: true))!.AlreadyPaid);
    }

    [Fact]
    public async Task TF_40_TF_41_TF_42_ProvedInAnotherSession_IsOpenThereAndNowhereElse()
    {
        var (member, resource, first, second) = (await Shop.MemberAsync(), await ResourceAsync(), Session(), Session());
        var order = await BoughtAsync(resource, first, member.Buyer);
        var number = order.Order.Number;
        var other = (await MadeAsync(resource, second)).Number; // the second browser has an order of its own
        Assert.NotEqual(number, other);
        Assert.Equal((MatrixState.Claimed, true, true), ((await StatusAsync(number, second)).State, (await StatusAsync(number, second)).IsAnothers, (await StatusAsync(number, second)).IsPaid));
        Assert.IsType<MatrixAnswer.Pay>(await Matrix.PageAsync(number, null, (await RowAsync(number)).ContractHash, second, html: true, Cancel));

        Assert.False(await Matrix.ProveAsync(number, second, null, Cancel));
        Assert.False(await Matrix.ProveAsync(number, second, (await Shop.MemberAsync()).Id, Cancel));
        Assert.True(await Matrix.ProveAsync(number, second, member.Id, Cancel));
        Assert.True(await Matrix.ProveAsync(number, second, member.Id, Cancel));
        Assert.True(await Matrix.ProveAsync(number, second, null, Cancel)); // it has proved it
        Assert.Equal((number, number), (await OpensAsync(resource, second), await OpensAsync(resource, first)));
        Assert.Equal(MatrixState.Paid, (await StatusAsync(number, second)).State);
        var unpaid = await StatusAsync(other, second);
        Assert.Equal((MatrixState.Unclaimed, number), (unpaid.State, unpaid.AlreadyPaid));
        Assert.Equal(MatrixState.Claimed, (await StatusAsync(number, Session())).State);
        Assert.Equal(1, await Shop.ReadAsync(db => db.ProviderPayments.CountAsync(Cancel)));
        Assert.Equal(number, await Matrix.BoughtAsync(resource, member.Id, Cancel));
        Assert.Null(await Matrix.BoughtAsync(resource, (await Shop.MemberAsync()).Id, Cancel));
    }

    [Fact]
    public async Task TF_42_ProvedTwiceAtOnce_IsProvedOnce()
    {
        var (member, resource, session, node) = (await Shop.MemberAsync(), await ResourceAsync(), Session(), await NodeAsync());
        var order = await BoughtAsync(resource, Session(), member.Buyer);
        var proved = await ShopUnderTest.AtOnceAsync(4, i => (i % 2 == 0 ? Shop : node).Get<MatrixOrders>().ProveAsync(order.Order.Number, session, member.Id, Cancel));
        Assert.All(proved, Assert.True);
        Assert.Equal(2, await Shop.ReadAsync(db => db.PaidSessions.CountAsync(Cancel)));
    }

    [Fact]
    public async Task TF_42_UnpaidOrder_IsProvedByNobody()
    {
        var (member, session) = (await Shop.MemberAsync(), Session());
        var made = await MadeAsync(await ResourceAsync(), session);
        await ClaimAsync(made.Number, session, member.Buyer);
        Assert.False(await Matrix.ProveAsync(made.Number, session, member.Id, Cancel));
        Assert.Null(await Matrix.RecoverAsync(made.Number, await Matrix.RecoveryCodeAsync(made.Number, Cancel), session, Cancel));
    }

    [Fact]
    public async Task D11_BeyondTheRulesNumber_TheOldestSessionGivesWay()
    {
        await PublishAsync(new ResourceTerms { LiveSessions = 2 });
        var (member, resource, sessions) = (await Shop.MemberAsync(), await ResourceAsync(), new[] { Session(), Session(), Session() });
        var order = await BoughtAsync(resource, sessions[0], member.Buyer);
        Assert.NotNull(await OpensAsync(resource, sessions[0]));
        await Matrix.ProveAsync(order.Order.Number, sessions[1], member.Id, Cancel);
        Assert.NotNull(await OpensAsync(resource, sessions[0]));
        await Matrix.ProveAsync(order.Order.Number, sessions[2], member.Id, Cancel);
        Assert.Null(await OpensAsync(resource, sessions[0]));
        Assert.NotNull(await OpensAsync(resource, sessions[1]));
        Assert.NotNull(await OpensAsync(resource, sessions[2]));
    }

    [Fact]
    public async Task D11_SessionThatGaveWayOnAnotherNode_IsForgottenInTime()
    {
        await PublishAsync(new ResourceTerms { LiveSessions = 1 });
        var (member, resource, session, node) = (await Shop.MemberAsync(), await ResourceAsync(), Session(), await NodeAsync());
        var order = await BoughtAsync(resource, session, member.Buyer);
        Assert.NotNull(await OpensAsync(resource, session, node));
        await Matrix.ProveAsync(order.Order.Number, Session(), member.Id, Cancel);
        Shop.Clock.Advance(PaidSessions.Remembers);
        Assert.Null(await OpensAsync(resource, session, node));
    }

    [Fact]
    public async Task TF_46_RecoveryCode_OpensItOnce_AndEachUseMakesTheNext()
    {
        var (resource, first, second, third) = (await ResourceAsync(), Session(), Session(), Session());
        var number = (await BoughtAsync(resource, first)).Order.Number;
        var code = await Matrix.RecoveryCodeAsync(number, Cancel);
        foreach (var wrong in new[] { "", "x", code + "x", new string('x', 1000), await Matrix.TokenAsync(number, Cancel) })
        {
            Assert.Null(await Matrix.RecoverAsync(number, wrong, second, Cancel));
        }

        Assert.Null(await Matrix.RecoverAsync(Codes.New(26), code, second, Cancel));
        Assert.Null(await OpensAsync(resource, second));
        var next = await Matrix.RecoverAsync(number, $" {code} ", second, Cancel);
        Assert.Equal(next, await Matrix.RecoveryCodeAsync(number, Cancel));
        Assert.NotEqual(code, next);
        Assert.NotNull(await OpensAsync(resource, second));
        Assert.Null(await Matrix.RecoverAsync(number, code, third, Cancel));
        Assert.Null(await OpensAsync(resource, third));
        Assert.NotNull(await Matrix.RecoverAsync(number, next!, third, Cancel));
        Assert.NotNull(await OpensAsync(resource, third));
    }

    [Fact]
    public async Task TF_46_RecoveryCodeUsedTwiceAtOnce_OpensItForOne()
    {
        var (resource, node) = (await ResourceAsync(), await NodeAsync());
        var number = (await BoughtAsync(resource, Session())).Order.Number;
        var code = await Matrix.RecoveryCodeAsync(number, Cancel);
        string[] sessions = [Session(), Session(), Session(), Session()];
        var next = await ShopUnderTest.AtOnceAsync(sessions.Length, i => (i % 2 == 0 ? Shop : node).Get<MatrixOrders>().RecoverAsync(number, code, sessions[i], Cancel));
        Assert.Single(next, n => n is not null);
        var open = new List<string>();
        foreach (var session in sessions)
        {
            open.AddRange(await OpensAsync(resource, session) is null ? [] : [session]);
        }

        Assert.Single(open);
    }

    [Fact]
    public async Task TF_50_RepeatableGoods_AreBoughtTwiceInOneSession()
    {
        var session = Session();
        var wish = Other("https://paper.example/points/${ORDER_ID}", session);
        var first = await PayAsync((await MadeAsync(wish)).Number, session);
        var second = await MadeAsync(wish);
        Assert.Null((await StatusAsync(second.Number, session)).AlreadyPaid);
        Assert.IsType<MatrixAnswer.Pay>(await Matrix.PageAsync(second.Number, second.Token, null, session, html: true, Cancel));
        var paid = await PayAsync(second.Number, session);
        Assert.NotEqual(first.Order.Number, paid.Order.Number);
        Assert.Equal(2, await Shop.ReadAsync(db => db.ProviderPayments.CountAsync(p => p.Disposition == Disposition.Matched, Cancel)));
    }

    [Fact]
    public async Task TF_45_TF_9_ALinkPassedOn_OpensNothingAndLeadsToAnOrderOfOnesOwn()
    {
        var (resource, a, b) = (await ResourceAsync(), Session(), Session());
        var number = (await BoughtAsync(resource, a)).Order.Number;
        Assert.Null(await Sessions.OrderAsync(resource, number, b, Cancel));
        Assert.True((await StatusAsync(number, b)).IsAnothers);
        var own = await MadeAsync(resource, b);
        Assert.Equal((true, false), (own.IsNew, own.Number == number));
    }

    [Fact]
    public async Task D11_Points_TakeThePlaceOfTheMoney()
    {
        var (member, resource, session) = (await Shop.MemberAsync(points: 120), await ResourceAsync(points: 50), Session());
        var made = await MadeAsync(resource, session);
        var placed = Assert.IsType<PlaceResult.Placed>(await Matrix.PayWithPointsAsync(made.Number, member.Buyer, session, Cancel));
        Assert.NotEqual(made.Number, placed.Number);
        var order = (await Shop.OrderAsync(placed.Number)).Order;
        Assert.Equal((OrderState.Fulfilled, 0, 50, 70), (order.State, order.DueMinor, order.DuePoints, await Shop.PointsAsync(member.Id)));
        Assert.Equal((MatrixState.Over, placed.Number), ((await StatusAsync(made.Number, session)).State, await OpensAsync(resource, session)));
        Assert.Equal(placed.Number, Assert.IsType<PlaceResult.Placed>(await Matrix.PayWithPointsAsync(made.Number, member.Buyer, session, Cancel)).Number); // sent twice
        Assert.Equal(70, await Shop.PointsAsync(member.Id));
        await Shop.BooksAreRightAsync();

        await MadeAsync(Wish(await Shop.OrderAsync(placed.Number)));
        Assert.Equal(120, await Shop.PointsAsync(member.Id));
        Assert.Null(await OpensAsync(resource, session));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task D11_PointsSentTwiceAtOnce_AreSpentOnce()
    {
        var (member, resource, session, node) = (await Shop.MemberAsync(points: 120), await ResourceAsync(points: 50), Session(), await NodeAsync());
        var made = await MadeAsync(resource, session);
        var results = await ShopUnderTest.AtOnceAsync(4, i => (i % 2 == 0 ? Shop : node).Get<MatrixOrders>().PayWithPointsAsync(made.Number, member.Buyer, session, Cancel));
        Assert.Contains(results, r => r is PlaceResult.Placed);
        Assert.Equal(70, await Shop.PointsAsync(member.Id));
        Assert.Equal(2, await OrdersAsync());
    }

    [Fact]
    public async Task D11_PointsThatAreShortOrNotTaken_ChangeNothing()
    {
        var (member, session) = (await Shop.MemberAsync(points: 49), Session());
        foreach (var resource in new[] { await ResourceAsync(points: 50), await ResourceAsync() })
        {
            var made = await MadeAsync(resource, session);
            Assert.IsType<PlaceResult.Refused>(await Matrix.PayWithPointsAsync(made.Number, member.Buyer, session, Cancel));
            Assert.Equal((MatrixState.Unclaimed, 49), ((await StatusAsync(made.Number, session)).State, await Shop.PointsAsync(member.Id)));
            Assert.Equal(made.Number, (await MadeAsync(resource, session)).Number);
        }
    }

    [Fact]
    public async Task D11_PointsWhereMoneyIsBeingPaid_EndThatFirst_OrWaitForIt()
    {
        var (member, resource, session) = (await Shop.MemberAsync(points: 120), await ResourceAsync(points: 50), Session());
        var made = await MadeAsync(resource, session);
        await ClaimAsync(made.Number, session, member.Buyer);
        var id = (await Shop.OrderAsync(made.Number)).Order.Id;
        await Shop.Get<Checkout>().ChangeMethodAsync(id, Till.Id, null, Cancel);
        var attempt = (await Shop.OrderAsync(made.Number)).Live;
        Shop.Till.Set(attempt.Id, new Payments.PaymentOutcome.Processing(null));
        await Shop.Get<Settlement>().SettleAsync(attempt.Id, null, Cancel);
        Assert.IsType<PlaceResult.Busy>(await Matrix.PayWithPointsAsync(made.Number, member.Buyer, session, Cancel));
        Assert.Equal(120, await Shop.PointsAsync(member.Id));

        var another = await MadeAsync(await ResourceAsync(points: 50), session);
        await ClaimAsync(another.Number, session, member.Buyer);
        await Shop.Get<Checkout>().ChangeMethodAsync((await Shop.OrderAsync(another.Number)).Order.Id, Till.Id, null, Cancel);
        Assert.IsType<PlaceResult.Placed>(await Matrix.PayWithPointsAsync(another.Number, member.Buyer, session, Cancel));
        Assert.Equal((70, AttemptState.Cancelled), (await Shop.PointsAsync(member.Id), (await Shop.OrderAsync(another.Number)).Live.State));
    }

    /// <summary>The address is in a code that others may see: with it and their points they end no payment of whoever is paying.</summary>
    [Fact]
    public async Task D11_Points_EndNoPaymentOfSomebodyElse()
    {
        var (payer, other, session) = (new Buyer(null, Codes.Hash("telephone")), await Shop.MemberAsync(points: 120), Session());
        var made = await MadeAsync(await ResourceAsync(points: 50), session);
        Assert.Equal(made.Number, await ClaimAsync(made.Number, session, payer));
        await Shop.Get<Checkout>().ChangeMethodAsync((await Shop.OrderAsync(made.Number)).Order.Id, Till.Id, null, Cancel);
        var before = (await Shop.OrderAsync(made.Number)).Live.State;
        foreach (var buyer in new[] { other.Buyer, other.Buyer with { ResourceHash = Codes.Hash(session) } })
        {
            Assert.IsType<PlaceResult.Changed>(await Matrix.PayWithPointsAsync(made.Number, buyer, session, Cancel));
            Assert.Equal((before, 120), ((await Shop.OrderAsync(made.Number)).Live.State, await Shop.PointsAsync(other.Id)));
        }
    }

    [Fact]
    public async Task D4_BuyersThemselves_GiveNothingBackThatTheyMayHaveRead()
    {
        await PublishAsync(new RefundTerms { BuyerDays = 14 });
        var session = Session();
        var order = await BoughtAsync(await ResourceAsync(), session);
        Assert.Null(await Shop.ReadAsync(db => Shop.Get<BuyerRefunds>().FindAsync(db, order.Order.Number, new OrderViewer(Visitor(session), null), Cancel)));
    }

    [Fact]
    public async Task D11_AccountThatIsClosed_LeavesNothingOpen_AndTakesTheListWithIt()
    {
        var (member, resource, session) = (await Shop.MemberAsync(), await ResourceAsync(), Session());
        var order = await BoughtAsync(resource, session, member.Buyer);
        var export = await Shop.ReadAsync(db => Shop.Get<MemberExport>().ReadAsync(db, member.Id, Cancel));
        Assert.Equal((order.Order.Number, "On tides"), export.OpenResources.Select(r => (r.Number, r.Title)).Single());
        Assert.Empty((await Shop.ReadAsync(async db => await Shop.Get<MemberExport>().ReadAsync(db, (await Shop.MemberAsync()).Id, Cancel))).OpenResources);

        Assert.Equal(ClosingResult.Closed, await Shop.Get<AccountClosings>().CloseAsync(member.Id, Cancel));
        Assert.Null(await OpensAsync(resource, session));
    }

    /// <summary>Also what nodes remember is gone; what was paid is not: the receipt's code opens it, for whoever has that.</summary>
    [Fact]
    public async Task D11_AccountThatIsClosed_IsForgottenInMemoryToo_AndItsReceiptStillOpensIt()
    {
        var (member, resource, session, node) = (await Shop.MemberAsync(), await ResourceAsync(), Session(), await NodeAsync());
        var (bystander, theirs) = (Session(), await ResourceAsync());
        await BoughtAsync(theirs, bystander);
        var order = await BoughtAsync(resource, session, member.Buyer);
        var open = await MadeAsync(theirs, session);
        await ClaimAsync(open.Number, session, member.Buyer);
        Assert.NotNull(await OpensAsync(resource, session));
        Assert.NotNull(await OpensAsync(resource, session, node));
        Assert.NotNull(await OpensAsync(theirs, bystander, node));

        Assert.Equal(ClosingResult.Closed, await Shop.Get<AccountClosings>().CloseAsync(member.Id, Cancel));
        Assert.Null(await OpensAsync(resource, session));
        Shop.Clock.Advance(PaidSessions.Often);
        Assert.Null(await OpensAsync(resource, session, node));
        Assert.NotNull(await OpensAsync(theirs, bystander, node));
        Assert.False(await Matrix.ProveAsync(order.Order.Number, session, null, Cancel));
        foreach (var number in new[] { order.Order.Number, open.Number })
        {
            var row = await RowAsync(number);
            Assert.Equal((null, null, false), (row.SessionHash, row.OpenKey, row.ClaimedSessionHash == Codes.Hash(session)));
        }

        await Shop.Get<OutboxRun>().PassAsync(Cancel); // the mail about it
        await Shop.Get<AccountClosings>().ContinueAsync(member.Id, Cancel);
        Assert.Equal(MatrixState.Over, (await StatusAsync(open.Number, session)).State);
        Assert.Null((await Shop.OrderAsync(open.Number)).Order.BuyerEmail);
        Assert.True((await MadeAsync(resource, session)).IsNew);
        Assert.NotNull(await Matrix.RecoverAsync(order.Order.Number, await Matrix.RecoveryCodeAsync(order.Order.Number, Cancel), session, Cancel));
        Assert.NotNull(await OpensAsync(resource, session));
        await Shop.BooksAreRightAsync();
    }

    /// <summary>A refund counts where it is of the resource's own line, however little.</summary>
    [Fact]
    public async Task D5_RefundOfAnotherLine_LeavesThisOneOpen()
    {
        var (one, other, session) = (await ResourceAsync(), await ResourceAsync(), Session());
        var (back, kept) = (await BoughtAsync(one, session), await BoughtAsync(other, session));
        await MadeAsync(Wish(back, First(back, 1)));
        Assert.Equal((null, kept.Order.Number), (await OpensAsync(one, session), await OpensAsync(other, session)));
        Assert.Equal((1, 0), ((await StatusAsync(back.Order.Number, session)).RefundedMinor, (await StatusAsync(kept.Order.Number, session)).RefundedMinor));
    }

    [Fact]
    public async Task D7_AlreadyPaid_IsTheSameSessionAndTheSameAddress_AndNotGivenBack()
    {
        var (session, stranger) = (Session(), Session());
        var paid = await PayAsync((await MadeAsync(Other("https://paper.example/a"))).Number, session);
        var (same, another) = ((await MadeAsync(Other("https://paper.example/a"))).Number, (await MadeAsync(Other("https://paper.example/b"))).Number);
        Assert.Equal(paid.Order.Number, (await StatusAsync(same, session)).AlreadyPaid);
        Assert.Null((await StatusAsync(same, stranger)).AlreadyPaid);
        Assert.Null((await StatusAsync(another, session)).AlreadyPaid);
        await MadeAsync(Wish(paid, First(paid, 1)));
        Assert.Null((await StatusAsync(same, session)).AlreadyPaid);
        Assert.Equal(paid.Order.Number, (await Matrix.StatusAsync(same, session, Cancel, allowRefunded: true))!.AlreadyPaid);
    }

    /// <summary>P2: whatever happens, a session has a resource open just when a paid, proved order of it stands of which nothing was given back. On both nodes.</summary>
    [Fact]
    public async Task P2_WhateverHappens_OpenIsWhatIsPaidProvedAndNotGivenBack()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var node = await NodeAsync();
        await PublishAsync(new ResourceTerms { OrdersPerSession = 1000, LiveSessions = 100 });
        string[] resources = [await ResourceAsync(), await ResourceAsync()];
        string[] sessions = [Session(), Session(), Session()];
        var (open, paid) = (new HashSet<(string Resource, string Session, string Number)>(), new List<(PlacedOrder Order, string Resource)>());
        for (var step = 0; step < 30; step++)
        {
            var (resource, session) = (resources[random.Next(2)], sessions[random.Next(3)]);
            switch (random.Next(5))
            {
                case 0 or 1:
                    var made = await MadeAsync(resource, session);
                    if (made.IsNew || (await StatusAsync(made.Number, session)).State == MatrixState.Unclaimed)
                    {
                        paid.Add((await PayAsync(made.Number, session), resource));
                        open.Add((resource, session, made.Number));
                    }

                    break;
                case 2 when paid.Count > 0:
                    var (order, its) = paid[random.Next(paid.Count)];
                    Assert.NotNull(await Matrix.RecoverAsync(order.Order.Number, await Matrix.RecoveryCodeAsync(order.Order.Number, Cancel), session, Cancel));
                    if ((await StatusAsync(order.Order.Number, session)).RefundedMinor == 0)
                    {
                        open.Add((its, session, order.Order.Number));
                    }

                    break;
                case 3 when paid.Count > 0:
                    var (back, _) = paid[random.Next(paid.Count)];
                    if ((await StatusAsync(back.Order.Number, null)).RefundedMinor == 0)
                    {
                        await MadeAsync(Wish(back, First(back, random.Next(2) == 0 ? 500 : 200)));
                        open.RemoveWhere(o => o.Number == back.Order.Number);
                    }

                    break;
                default:
                    await MadeAsync(resource, session);
                    break;
            }

            Shop.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var (r, s, n) in from r in resources from s in sessions from n in new[] { Shop, node } select (r, s, n))
            {
                var found = await OpensAsync(r, s, n);
                Assert.True(found is null ? !open.Any(o => o.Resource == r && o.Session == s) : open.Contains((r, s, found)), $"seed {seed}, step {step}: {found}");
            }
        }
    }
}

public sealed class PaidSessionTests_Sqlite(SqliteDatabase database) : PaidSessionTests(database), IClassFixture<SqliteDatabase>;

public sealed class PaidSessionTests_Postgres(PostgresDatabase database) : PaidSessionTests(database), IClassFixture<PostgresDatabase>;
