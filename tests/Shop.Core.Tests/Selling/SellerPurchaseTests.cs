using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>Sellers' products are bought by the shop's own way: price, sign-in, order, entitlement, and back again.</summary>
public abstract class SellerPurchaseTests(TestDatabase database) : SellingTests(database)
{
    [Fact]
    public async Task MZ_61_ClosedAccount_HasNoAddressAtSellers_AndNoLinkToTheCommunity_WhichTheExportHad()
    {
        var member = await Node.MemberAsync();
        var buyer = await BuyerOfAsync(await BuyAsync(member.Buyer, await SellAsync(OneOff())));
        await Node.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                await unit.Db.SellerBuyers.Where(b => b.Id == buyer.Id).ExecuteUpdateAsync(set => set.SetProperty(b => b.Email, "ann@example.org"), token);
                unit.Db.UserLogins.Add(new IdentityUserLogin<long> { LoginProvider = "community", ProviderKey = Fresh("u"), UserId = member.Id });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel);

        var data = await Node.ReadAsync(db => Node.Get<MemberExport>().ReadAsync(db, member.Id, Cancel));
        Assert.Equal(("Harbour Radio", buyer.Uuid, "ann@example.org"), (Assert.Single(data.Sellers).Seller, data.Sellers[0].Uuid, data.Sellers[0].Email));
        Assert.Equal(("Harbour Radio", "community"), (Assert.Single(data.HeldAtSellers).Seller, Assert.Single(data.LinkedAccounts).Site));
        Assert.Equal(ClosingResult.Closed, await Node.Get<AccountClosings>().CloseAsync(member.Id, Cancel));
        Assert.Equal((null, 0), await Node.ReadAsync(async db => (
            await db.SellerBuyers.Where(b => b.Id == buyer.Id).Select(b => b.Email).SingleAsync(Cancel),
            await db.UserLogins.CountAsync(l => l.UserId == member.Id, Cancel))));
        Assert.Single(await HasAsync(buyer));
    }

    [Fact]
    public async Task MZ_52_OneOffFixed_IsBought_AndGivesItForGood()
    {
        var buyer = await Node.MemberAsync();
        var order = await BuyAsync(buyer.Buyer, await SellAsync(OneOff(500)));
        Assert.Equal((OrderState.Fulfilled, 500L, 0L), (order.Order.State, order.Order.DueMinor, order.Order.DuePoints));
        var has = Assert.Single(await HasAsync(await BuyerOfAsync(order)));
        Assert.Equal((true, true), (has.Has, has.IsPermanent));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_52_TamperedFixedAmount_IsRefused_AndNothingIsInTheCart()
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(OneOff(500)));
        Assert.Equal(new CartResult.Refused(CartField.Amount, LineRefusal.Amount), await AddAsync(buyer.Buyer, code, amount: 1));
        Assert.True((await Node.CartAsync(buyer.Buyer)).IsEmpty);
    }

    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    [InlineData(5000, true)]
    [InlineData(5001, false)]
    [InlineData(null, false)]
    public async Task MZ_52_CustomAmount_IsTakenWithinItsBoundsAlone(int? amount, bool isTaken)
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(Custom()));
        Assert.Equal(isTaken, await AddAsync(buyer.Buyer, code, amount) is CartResult.Changed);
        Assert.Equal(isTaken ? amount!.Value : 0, (await Node.CartAsync(buyer.Buyer)).DueMoney.Minor);
    }

    [Fact]
    public async Task MZ_52_BoundsChangedSinceTheCart_PlaceNothing()
    {
        var (buyer, form) = (await Node.MemberAsync(), Custom());
        var code = await SellAsync(form);
        Assert.IsType<CartResult.Changed>(await AddAsync(buyer.Buyer, code, 300));
        Assert.IsType<SellerResult.Done>(await Desk.ChangeProductAsync(SellerId, code, form with { LeastMinor = 400 }, Staff.Id, Cancel));
        Assert.Equal(PlaceRefusal.LineRefused, Assert.IsType<PlaceResult.Refused>(await Node.PlaceAsync(buyer.Buyer)).Reason);
    }

    [Fact]
    public async Task MZ_49_WithoutAccount_NoneNeedsNoAddress_EmailNeedsOne_AccountNeedsToSignIn()
    {
        var (none, email, account) = (await SellAsync(OneOff(signIn: SellerSignIn.None)), await SellAsync(OneOff(signIn: SellerSignIn.Email)), await SellAsync(OneOff()));
        var order = await BuyAsync(Buyer.Nobody, none);
        Assert.Equal((OrderState.Fulfilled, null), (order.Order.State, order.Order.BuyerEmail));
        var made = Buyer.Of(null, Assert.IsType<CartResult.Changed>(await AddAsync(Buyer.Nobody, email)).NewCartKey);
        Assert.Equal(PlaceRefusal.EmailMissing, Assert.IsType<PlaceResult.Refused>(await Node.PlaceAsync(made)).Reason);
        Assert.IsType<PlaceResult.Placed>(await Node.PlaceAsync(made, email: "somebody@example.org"));
        Assert.Equal(LineRefusal.SignInFirst, Assert.IsType<CartResult.Refused>(await AddAsync(Buyer.Nobody, account)).Reason);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_49_Stranger_StandsForAnAccountOfItsOwn_WithoutPasswordOrAddressToSignInBy()
    {
        var order = await BuyAsync(Buyer.Nobody, await SellAsync(OneOff(signIn: SellerSignIn.Email)), email: "somebody@example.org");
        var buyer = await BuyerOfAsync(order);
        var account = await Node.ReadAsync(db => db.Users.AsNoTracking().FirstAsync(m => m.Id == buyer.MemberId, Cancel));
        Assert.Equal((AccountKind.Buyer, null, null, "somebody@example.org"), (account.Kind, account.PasswordHash, account.NormalizedEmail, account.Email));
        Assert.Contains('-', account.UserName!);
        Assert.True(Assert.Single(await HasAsync(buyer)).Has);
    }

    [Fact]
    public async Task MZ_54_FormSentTwice_IsOneLine_OneOrder_OneAttempt()
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(OneOff()));
        var (first, _) = await OrderAsync(buyer.Buyer, code);
        var (second, _) = await OrderAsync(buyer.Buyer, code);
        Assert.Equal((first.Order.Id, 1), (second.Order.Id, second.Attempts.Count));
        Assert.Single((await Node.CartAsync(buyer.Buyer)).Lines);
    }

    [Fact]
    public async Task MZ_54_ManyFormsAtOnce_AreOneLine()
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(Custom()));
        await ShopUnderTest.AtOnceAsync(8, i => AddAsync(buyer.Buyer, code, 300 + i));
        Assert.Single((await Node.CartAsync(buyer.Buyer)).Lines);
    }

    [Fact]
    public async Task MZ_15_OrderKeepsWhatItBought_WhateverTheSellerChangesLater()
    {
        var (buyer, form) = (await Node.MemberAsync(), OneOff(500));
        var code = await SellAsync(form);
        var (order, _) = await OrderAsync(buyer.Buyer, code);
        Assert.IsType<SellerResult.Done>(await Desk.ChangeProductAsync(SellerId, code, form with { Title = "Another", AmountMinor = 900, OnSale = false }, Staff.Id, Cancel));
        await Node.PayAsync(order);
        var again = await Node.AgainAsync(order);
        Assert.Equal((OrderState.Fulfilled, 500L, "An album"), (again.Order.State, again.Order.DueMinor, again.Order.Lines[0].Title));
    }

    [Fact]
    public async Task MZ_29_ReceiptNamesTheSellerAndItsContact()
    {
        var order = await BuyAsync((await Node.MemberAsync()).Buyer, await SellAsync(OneOff()));
        var facts = await Node.ReadAsync(async db => await Node.Get<ReceiptReader>().ReadAsync(db, await Node.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel), Cancel));
        Assert.Equal(new SellerLine("Harbour Radio", "help@radio.example", "https://radio.example/terms"), Assert.Single(facts!.Lines).Seller);
    }

    [Fact]
    public async Task MF_16_SignedInBuyer_HasItInTheHistory_AndIsOneBuyerOfTheSeller()
    {
        var buyer = await Node.MemberAsync();
        var (one, two) = (await BuyAsync(buyer.Buyer, await SellAsync(OneOff())), await BuyAsync(buyer.Buyer, await SellAsync(OneOff())));
        Assert.Equal(buyer.Id, one.Order.BuyerId);
        Assert.Equal((await BuyerOfAsync(one)).Id, (await BuyerOfAsync(two)).Id);
        Assert.Equal(buyer.Id, (await BuyerOfAsync(one)).MemberId);
    }

    [Fact]
    public async Task MZ_69_SellerIsToldOfItsOwnSalesAlone_OnceEach()
    {
        var other = await SellerAsync("Other");
        var buyer = await Node.MemberAsync();
        Assert.IsType<CartResult.Changed>(await AddAsync(buyer.Buyer, await SellAsync(OneOff(500))));
        Assert.IsType<CartResult.Changed>(await AddAsync(buyer.Buyer, await SellAsync(OneOff(700), other)));
        Assert.IsType<CartResult.Changed>(await Node.AddAsync(buyer.Buyer, "paid1"));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Node.PlaceAsync(buyer.Buyer)).Number);
        await Node.PayAsync(order);
        await Node.SettleAsync(order);
        var (ours, theirs) = (Assert.Single(await ToldAsync(SellerId)), Assert.Single(await ToldAsync(other)));
        Assert.Equal((ShopEventKind.EntitlementGranted, 500L, 700L), (ours.Kind, ours.Facts.AmountMinor, theirs.Facts.AmountMinor));
        Assert.NotEqual(ours.Facts.Buyer, theirs.Facts.Buyer);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_69_Hook_GoesToTheSellersProgramAndToNobodyElses()
    {
        var site = Assert.IsType<ReceiverResult.Made>(await Node.Get<EventDesk>().AddAsync("https://site.example/hook", false, Staff.Id, Cancel));
        var named = Assert.IsType<ReceiverResult.Made>(await Node.Get<EventDesk>().NameAsync(SellerId, "https://radio.example/hook", false, Staff.Id, Cancel));
        Assert.StartsWith("whsec_", named.Secret, StringComparison.Ordinal);
        await BuyAsync((await Node.MemberAsync()).Buyer, await SellAsync(OneOff()));
        Assert.True(await Node.Get<EventDesk>().TryAsync(SellerId, Cancel));
        await Node.SendAsync();
        var calls = await Node.ReadAsync(db => db.Outbox.Where(r => r.Kind == OutboxKinds.EventHook).Select(r => r.Payload).ToListAsync(Cancel));
        Assert.Equal(2, calls.Count);
        Assert.All(calls, call => Assert.Equal(named.Id, System.Text.Json.JsonSerializer.Deserialize<EventHookMessage>(call, System.Text.Json.JsonSerializerOptions.Web)!.ReceiverId));
        Assert.NotEqual(site.Id, named.Id);
        var told = (await ToldAsync(SellerId))[0];
        Assert.False(await Node.Get<EventDesk>().ReplayAsync(SellerId + 1, told.Id, Cancel));
        Assert.True(await Node.Get<EventDesk>().ReplayAsync(SellerId, told.Id, Cancel));
    }

    [Fact]
    public async Task MZ_69_GivenBack_RevokesExactlyThat_AndTellsTheSeller()
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(OneOff(500, months: 2)));
        var first = await BuyAsync(buyer.Buyer, code);
        var begun = first.Order.PaidAt!.Value;
        Node.Clock.Advance(TimeSpan.FromDays(10));
        var second = await BuyAsync(buyer.Buyer, code);
        var who = await BuyerOfAsync(first);
        Assert.Equal(begun.AddMonths(4), Assert.Single(await HasAsync(who)).Until);
        await GiveBackAsync(first);
        // the second stands by itself now, from its own payment
        Assert.Equal(second.Order.PaidAt!.Value.AddMonths(2), Assert.Single(await HasAsync(who)).Until);
        await GiveBackAsync(second);
        Assert.False(Assert.Single(await HasAsync(who)).Has);
        Assert.Equal(2, (await ToldAsync(SellerId)).Count(e => e.Kind == ShopEventKind.EntitlementRevoked));
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_69_Entitlements_AreTheSellersOwnAlone()
    {
        var other = await SellerAsync("Other");
        var buyer = await Node.MemberAsync();
        var order = await BuyAsync(buyer.Buyer, await SellAsync(OneOff()));
        await BuyAsync(buyer.Buyer, await SellAsync(OneOff(), other));
        Assert.Single(await HasAsync(await BuyerOfAsync(order)));
        Assert.Empty(await HasAsync(await BuyerOfAsync(order), other));
    }

    [Fact]
    public async Task PausedSeller_SellsNothing_AndNeitherDoesAClosedOne()
    {
        var (buyer, code) = (await Node.MemberAsync(), await SellAsync(OneOff()));
        Assert.IsType<SellerResult.Done>(await Desk.MoveAsync(SellerId, SellerState.Paused, "asked to", Staff.Id, Cancel));
        Assert.Equal(LineRefusal.NotOnSale, Assert.IsType<CartResult.Refused>(await AddAsync(buyer.Buyer, code)).Reason);
        Assert.IsType<SellerResult.Done>(await Desk.MoveAsync(SellerId, SellerState.Closed, "asked to", Staff.Id, Cancel));
        Assert.IsType<SellerResult.Refused>(await Desk.MoveAsync(SellerId, SellerState.Active, "again", Staff.Id, Cancel));
    }

    [Fact]
    public async Task Tie_TakesOverWhatTheBuyerHas_AndNobodyElseDoesAfterwards()
    {
        var named = (await Node.Get<SellerBuyers>().NameAsync(SellerId, "uuid-1", "a@example.org", Cancel)).Buyer;
        await BuyAsync(Buyer.Nobody, await SellAsync(OneOff(signIn: SellerSignIn.None)), named: named.Handle);
        Assert.True(Assert.Single(await HasAsync(named)).Has);
        var (member, other) = (await Node.MemberAsync(), await Node.MemberAsync());
        Assert.Equal(TieResult.Tied, await TieAsync(named, member));
        Assert.Equal(TieResult.Tied, await TieAsync(named, member));
        Assert.Equal(TieResult.Others, await TieAsync(named, other));
        Assert.True(Assert.Single(await HasAsync(named)).Has);
        Assert.True(Assert.Single(await Node.ReadAsync(db => Node.Get<Entitlements>().OfMemberAsync(db, SellerId, member.Id, Cancel))).Has);
        await BooksAsync();
    }

    [Fact]
    public async Task MZ_1_BuyerNamedAgain_IsTheSame_AlsoAtOnce()
    {
        var named = await ShopUnderTest.AtOnceAsync(10, _ => Node.Get<SellerBuyers>().NameAsync(SellerId, "uuid-2", null, Cancel));
        Assert.Single(named.Select(n => n.Buyer.Id).Distinct());
        Assert.Single(named, n => n.IsNew);
        Assert.Equal(1, await Node.ReadAsync(db => db.Users.CountAsync(m => m.Kind == AccountKind.Buyer, Cancel)));
        Assert.NotEqual(named[0].Buyer.Id, (await Node.Get<SellerBuyers>().NameAsync(await SellerAsync("Other"), "uuid-2", null, Cancel)).Buyer.Id);
    }

    private async Task GiveBackAsync(PlacedOrder order)
    {
        var wish = new StaffRefund { Key = Guid.NewGuid(), OrderId = order.Order.Id, Reason = "asked by letter", Shares = [.. order.Order.Lines.Select(l => new LineShare(l.Id, l.DueMinor, l.DuePoints))] };
        Assert.IsType<StaffRefundResult.Made>(await Node.Get<RefundDesk>().RefundAsync(wish, Staff.Id, Cancel));
    }
}

public sealed class SellerPurchaseTests_Sqlite(SqliteDatabase database) : SellerPurchaseTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerPurchaseTests_Postgres(PostgresDatabase database) : SellerPurchaseTests(database), IClassFixture<PostgresDatabase>;
