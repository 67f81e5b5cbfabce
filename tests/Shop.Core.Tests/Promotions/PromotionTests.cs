using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Promotions;

/// <summary>Promotions from the cart to the delivery, and back; and many buyers who want the last use.</summary>
public abstract class PromotionTests(TestDatabase database) : ShopTests(database)
{
    private Promotion Plain => new()
    {
        Key = "spring", Name = "Spring", On = true, From = Days.Of(Shop.Clock.GetUtcNow()), Until = Days.Of(Shop.Clock.GetUtcNow()).AddDays(30),
    };

    /// <summary>Money off, extra months and bonus points in one order: what the cart shows is what is frozen, paid, delivered, promised by the receipt and undone.</summary>
    [Fact]
    public async Task WhatTheCartShows_IsFrozenPaidDeliveredAndExactlyUndone()
    {
        await PublishAsync(Plain with { Percent = 10 }, Plain with { Key = "month", Code = "more", Months = 1, Product = "paid12" }, Plain with { Key = "thanks", Points = 20, MinimumMinor = 500 });
        var member = await Shop.MemberAsync(points: 100);
        await Shop.AddAsync(member.Buyer, "paid12");
        Assert.IsType<CodeResult.Taken>(await EnterAsync(member, " MORE "));
        var cart = await Shop.CartAsync(member.Buyer);
        Assert.Equal(("spring month thanks", 2250L, 250L, 1250L, 100L), (Keys(cart), cart.Total.Minor, cart.Discount.Minor, cart.DueMoney.Minor, cart.DuePoints));
        Assert.Equal(11, cart.Bonus); // 1250 of 2250 are money
        var until = Assert.IsType<LineEffect.RunsUntil>(cart.Lines[0].Effect).Until;
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(13), until);

        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        await PublishAsync();
        await Shop.PayAsync(order);
        Assert.Equal((until, 11L), ((await Shop.MembershipAsync(member.Id)).Until, await Shop.PointsAsync(member.Id)));
        var view = await Shop.ReadAsync(db => Shop.Get<OrderReader>().ReadAsync(db, order.Order.Id, Cancel));
        Assert.Equal((250L, 1, 2250L), (view.Lines[0].Discount.Minor, view.Lines[0].ExtraMonths, view.Total.Minor));
        Assert.Equal([("Spring", null, 250L, 0, 0), ("Spring", "more", 0, 1, 0), ("Spring", null, 0, 0, 20)], view.Promotions.Select(p => (p.Name, p.Code, p.Amount.Minor, p.Months, p.Points)));

        // of thirteen months ten were paid for: a tenth came off, and a part of it came back as points
        var bought = await Shop.ReadAsync(db => Shop.Get<MembershipLedger>().BoughtAsync(db, member.Id, Cancel));
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(9), bought.Until);
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var delivery = await unit.Db.Deliveries.Where(d => d.OrderId == order.Order.Id).Select(d => d.Id).SingleAsync(token);
                return await Shop.Get<ItemKinds>().Get(PaidTime.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token);
            },
            Cancel);
        Assert.Equal(MembershipPhase.NeverPaid, (await Shop.MembershipAsync(member.Id)).PhaseAt(Shop.Clock.GetUtcNow()));
    }

    /// <summary>A promotion that ends or changes between page and placing places nothing; an order that stands keeps what it was promised.</summary>
    [Fact]
    public async Task M05_PromotionThatChangesMeanwhile_IsShownBeforeItIsPaid()
    {
        await PublishAsync(Plain with { Percent = 10 });
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "paid12");
        var shown = (await Shop.CartAsync(member.Buyer)).Shown;
        await PublishAsync(Plain with { Percent = 10 }, Plain with { Key = "month", Months = 1, Product = "paid12" }); // for the same price
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(member.Buyer, shown: shown));
        await PublishAsync(Plain with { Percent = 10 });
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer, shown: shown)).Number);
        await PublishAsync(Plain with { Percent = 50 });
        await Shop.PayAsync(order);
        Assert.Equal((OrderState.Fulfilled, 2250L, 250L), ((await Shop.AgainAsync(order)).Order.State, order.Order.DueMinor, order.Order.Lines[0].DiscountMinor));
    }

    /// <summary>Codes of a cart stay with it: through sign-in, through ordinary removal where the promotion says so, and until it is emptied or paid.</summary>
    [Fact]
    public async Task DW_32_CodeThatStays_IsLeftByRemovalAndGoesWhenTheCartIsEmptied()
    {
        await PublishAsync(Plain with { Code = "stay", Percent = 10, Stays = true }, Plain with { Key = "go", Code = "go", Percent = 20 });
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var added = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid12", recipient: friend.Name));
        var visitor = Buyer.Of(null, added.NewCartKey);
        var carts = Shop.Get<Carts>();
        await carts.EnterCodeAsync(visitor, "stay", Cancel);
        await carts.EnterCodeAsync(visitor, "go", Cancel);
        await carts.MergeAsync(visitor.SessionHash!, member.Id, Cancel);
        Assert.Equal("go spring", Keys(await Shop.CartAsync(member.Buyer)));
        Assert.Equal((true, false), (await carts.RemoveCodeAsync(member.Buyer, "go", Cancel), await carts.RemoveCodeAsync(member.Buyer, "stay", Cancel)));
        Assert.Equal("spring", Keys(await Shop.CartAsync(member.Buyer)));
        await carts.DiscardAsync(member.Buyer, Cancel);
        await Shop.AddAsync(member.Buyer, "paid12");
        Assert.Equal("", Keys(await Shop.CartAsync(member.Buyer)));
        await EnterAsync(member, "go");
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number));
        Assert.False(await Shop.ReadAsync(db => db.CartCodes.AnyAsync(Cancel)));
    }

    [Fact]
    public async Task CodesThatAreNotTaken_SayWhyAndTheCartStays()
    {
        await PublishAsync(Plain with { Code = "one", Percent = 10, MaxPerMember = 1 }, Plain with { Key = "only", Code = "only", Percent = 20, MaxUses = 1 });
        var member = await Shop.MemberAsync();
        Assert.Equal(new CodeResult.Refused(CodeRefusal.EmptyCart), await EnterAsync(member, "one"));
        await Shop.AddAsync(member.Buyer, "paid1");
        foreach (var bad in new[] { null, "", "none", "öne", "one two", new string('a', 1000) })
        {
            Assert.Equal(new CodeResult.Refused(CodeRefusal.Unknown), await EnterAsync(member, bad));
        }

        await EnterAsync(member, "one");
        await EnterAsync(member, "only");
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number));
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal((new CodeResult.Refused(CodeRefusal.UsedByBuyer), new CodeResult.Refused(CodeRefusal.UsedUp)), (await EnterAsync(member, "one"), await EnterAsync(member, "only")));
        Shop.Clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(new CodeResult.Refused(CodeRefusal.Over), await EnterAsync(member, "one"));
        Assert.Single((await Shop.CartAsync(member.Buyer)).Lines);
        Assert.Equal(
            [("only", PromotionStanding.Over, 1, 60L), ("spring", PromotionStanding.Over, 1, 20L)],
            (await Shop.ReadAsync(db => Shop.Get<PromotionDesk>().ListAsync(db, Cancel))).Select(p => (p.Promotion.Key, p.Standing, p.Uses, p.GivenAway.Minor)));
    }

    /// <summary>Members of a class, and those who buy for the first time: who is not signed in is told so, and the second order is no first one.</summary>
    [Fact]
    public async Task ClassAndFirstOrder_AreTheBuyersNow()
    {
        await PublishAsync(Plain with { Percent = 10, FirstOrder = true }, Plain with { Key = "paid", AmountMinor = 50, MemberClass = "paid" });
        var (member, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var visitor = Buyer.Of(null, Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid12", recipient: friend.Name)).NewCartKey);
        Assert.Equal(["paid", "spring"], (await Shop.CartAsync(visitor)).Missed.Where(m => m.Reason == PromotionMiss.SignIn).Select(m => m.Promotion!.Key));
        await Shop.AddAsync(member.Buyer, "paid12");
        Assert.Equal("spring", Keys(await Shop.CartAsync(member.Buyer)));
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number));
        await Shop.AddAsync(member.Buyer, "paid1");
        Assert.Equal("paid", Keys(await Shop.CartAsync(member.Buyer)));
    }

    /// <summary>Of fifty who place at the same moment on two nodes one has the last use; it comes back with a decline, and the next has it.</summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(null, 1)]
    public async Task C08_LastUseAndFiftyAtOnce_OneHasItAndADeclineGivesItBack(int? all, int? each)
    {
        await PublishAsync(Plain with { Percent = 10, MaxUses = all, MaxPerMember = each });
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var people = new List<(Person Who, string Shown)>();
        for (var i = 0; i < (each is null ? 50 : 5); i++)
        {
            var member = await Shop.MemberAsync();
            await Shop.AddAsync(member.Buyer, "paid12");
            people.Add((member, (await Shop.CartAsync(member.Buyer)).Shown));
        }

        // of one member ten forms of the same cart, of fifty one each
        var results = await ShopUnderTest.AtOnceAsync(50, i => nodes[i % 2].PlaceAsync(people[i % people.Count].Who.Buyer, shown: people[i % people.Count].Shown));
        var placed = results.OfType<PlaceResult.Placed>().Select(p => p.Number).Distinct().ToList();
        Assert.Equal(each is null ? 1 : 5, placed.Count);
        Assert.Equal(placed.Count, await UsesAsync());
        await Shop.BooksAreRightAsync();

        var order = await Shop.OrderAsync(placed[0]);
        Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
        await Shop.SettleAsync(order);
        Assert.Equal(placed.Count - 1, await UsesAsync());
        var next = each is null ? people.First(p => p.Who.Id != order.Order.BuyerId).Who : people.First(p => p.Who.Id == order.Order.BuyerId).Who;
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await nodes[1].PlaceAsync(next.Buyer)).Number));
        Assert.Equal(placed.Count, await UsesAsync());
        if (each is null)
        {
            // the one who was declined can only have it at the full price now, and is shown that first
            var late = new Buyer(order.Order.BuyerId, null);
            Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(late, shown: people.First(p => p.Who.Id == late.MemberId).Shown));
            var full = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(late)).Number);
            Assert.Equal((2500L, OrderState.Cancelled), (full.Order.DueMinor, (await Shop.AgainAsync(order)).Order.State));
        }

        await Shop.AddAsync(next.Buyer, "paid12");
        Assert.Equal("", Keys(await Shop.CartAsync(next.Buyer)));
    }

    [Fact]
    public async Task DW_70_OrderGivenBack_TakesTheBonusOfItsPromotionBack()
    {
        await PublishAsync(Plain with { Points = 20, MinimumMinor = 500 });
        var member = await Shop.MemberAsync();
        var order = await Shop.BuyAsync(member.Buyer, "paid12");
        await Shop.PayAsync(order);
        Assert.Equal(20, await Shop.PointsAsync(member.Id));
        var paid = (await Shop.AgainAsync(order)).Order;
        var refund = Guid.NewGuid();
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var payment = await unit.Db.ProviderPayments.SingleAsync(token);
                unit.Db.Refunds.Add(new Refund
                {
                    Id = refund, OrderId = paid.Id, PaymentId = payment.Id, Origin = RefundOrigin.Staff, IdemKey = $"{refund:N}:refund", AmountMinor = 1000, Points = 0,
                    CreatedAt = Shop.Clock.GetUtcNow(), Reason = "test", By = "test",
                });
                unit.Db.RefundLines.Add(new RefundLine { RefundId = refund, OrderLineId = paid.Lines[0].Id, AmountMinor = 1000, Points = 0 });
                await unit.Db.SaveChangesAsync(token);
                await unit.Db.Refunds.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Succeeded), token);
                Assert.IsType<RevokeResult.Revoked>(await Shop.Get<Bonuses>().WithdrawAsync(unit.Db, paid, refund, Shop.Clock.GetUtcNow(), token));

                // the refund itself is somebody else's work: here it ends without money, so that the books stay right
                await unit.Db.Refunds.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Failed), token);
            },
            Cancel);
        Assert.Equal(12, await Shop.PointsAsync(member.Id)); // 1500 of 2500 stay
    }

    /// <summary>What a draft of promotions does to open carts, with codes, first orders, classes and uses, is what their pages show once it is published.</summary>
    [Fact]
    public async Task Preview_OfPromotions_IsWhatTheCartsShowAfterwards()
    {
        await PublishAsync(Plain with { Key = "once", Percent = 50, MaxUses = 1 });
        Person[] people = [await Shop.MemberAsync(points: 100), await Shop.MemberAsync(), await Shop.MemberAsync()];
        await Shop.PayAsync(await Shop.BuyAsync(people[1].Buyer, "paid1"));
        await Shop.PayAsync(await Shop.BuyAsync(people[2].Buyer, "prem6"));
        foreach (var person in people)
        {
            await Shop.AddAsync(person.Buyer, "rename");
        }

        await PublishAsync(Plain with { Key = "once", Percent = 50, MaxUses = 1 }, Plain with { Key = "ten", Code = "ten", Percent = 10 });
        await EnterAsync(people[0], "ten");
        Promotion[] draft =
        [
            Plain with { Key = "once", Percent = 50, MaxUses = 1 }, Plain with { Key = "ten", Code = "ten", Percent = 20 }, Plain with { Key = "new", AmountMinor = 70, FirstOrder = true },
            Plain with { Key = "prem", Percent = 30, MemberClass = "premium" },
        ];
        var book = Shop.Get<RuleBook>();
        var effects = await Shop.ReadAsync(async db =>
        {
            var json = (await book.JsonAsync(db, await book.CurrentAsync(db, Cancel), Cancel)).ToDictionary();
            var was = book.Read(json).Rules!;
            json[PromotionTerms.Section] = System.Text.Json.JsonSerializer.SerializeToNode(new PromotionTerms { Promotions = draft }, System.Text.Json.JsonSerializerOptions.Web)!.AsObject();
            return await Shop.Get<RulePreview>().OfAsync(db, was, book.Read(json).Rules!, Cancel);
        });
        Assert.Equal((effects.OrdersWere, 0, 3), (effects.OrdersWouldBe, effects.OrdersChanged, effects.Carts));
        Assert.Equal(await CartsAsync(people), effects.CartsWere);
        await PublishAsync(draft);
        Assert.Equal(await CartsAsync(people), effects.CartsWouldBe);
        Assert.Equal(["new ten", "", "prem"], await Task.WhenAll(people.Select(async p => Keys(await Shop.CartAsync(p.Buyer)) is var keys ? string.Join(' ', keys.Split(' ').Order()) : "")));
    }

    private async Task<RuleSums> CartsAsync(IEnumerable<Person> people)
    {
        var carts = await Task.WhenAll(people.Select(p => Shop.CartAsync(p.Buyer)));
        return carts.Aggregate(RuleSums.Zero, (sum, cart) => sum + new RuleSums(cart.Total.Minor, cart.DueMoney.Minor, cart.DuePoints));
    }

    private Task PublishAsync(params Promotion[] promotions) => PublishAsync((object)new PromotionTerms { Promotions = promotions });

    private Task<CodeResult> EnterAsync(Person member, string? code) => Shop.Get<Carts>().EnterCodeAsync(member.Buyer, code, Cancel);

    private Task<long> UsesAsync() => Shop.ReadAsync(db => db.Limits.SumAsync(l => l.Used, Cancel));

    private static string Keys(CartView cart) => string.Join(' ', cart.Promotions.Select(p => p.Promotion.Key));
}

public sealed class PromotionTests_Sqlite(SqliteDatabase database) : PromotionTests(database), IClassFixture<SqliteDatabase>;

public sealed class PromotionTests_Postgres(PostgresDatabase database) : PromotionTests(database), IClassFixture<PostgresDatabase>;
