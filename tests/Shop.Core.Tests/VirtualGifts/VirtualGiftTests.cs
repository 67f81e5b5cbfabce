using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.VirtualGifts;

/// <summary>Virtual gifts: what the catalogue sells, who may send them, and what their recipients say.</summary>
public abstract class VirtualGiftTests(TestDatabase database) : ShopTests(database)
{
    private const string Moon = "gift_moon";

    private CatalogueDesk Desk => Shop.Get<CatalogueDesk>();

    private VirtualGiftOffers Offers => Shop.Get<VirtualGiftOffers>();

    [Fact]
    public async Task DW_15_Gift_IsSoldOnlyWhileItIsApprovedAndActive()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        Assert.Equal(LineRefusal.NotOnSale, Refused(await AddAsync(giver, friend)));
        Assert.IsType<CatalogueResult.NoPictures>(await Desk.SwitchAsync(Moon, true, "lovely", admin.Id, Cancel));
        await ApproveAsync(Moon, admin);
        Assert.IsType<CatalogueResult.Changed>(await Desk.SwitchAsync(Moon, true, "again", admin.Id, Cancel));
        Assert.IsType<CartResult.Changed>(await AddAsync(giver, friend));

        Assert.IsType<CatalogueResult.Done>(await Desk.SwitchAsync(Moon, false, "for a while", admin.Id, Cancel));
        Assert.Equal(LineRefusal.NotOnSale, Assert.Single((await Shop.CartAsync(giver.Buyer)).Lines).Refusal);
        Assert.Equal(
            ["small_picture|came|", "large_picture|came|", "state|proposed>active|lovely", "state|active>off|for a while"],
            (await HistoryAsync(Moon)).Select(c => c.Field == CatalogueField.State ? $"state|{c.Old}>{c.New}|{c.Reason}" : $"{Words.Of(c.Field)}|{c.Reason}|{c.Old}"));
    }

    [Fact]
    public async Task DW_15_SoldGift_CanBeSwitchedOffButNotDeleted()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await ApproveAsync(Moon, admin);
        await ApproveAsync("gift_tea", admin);
        await GiveAsync(giver, friend);
        Assert.IsType<CatalogueResult.IsActive>(await Desk.DeleteAsync(Moon, "tidy", admin.Id, Cancel));
        foreach (var sku in new[] { Moon, "gift_tea" })
        {
            Assert.IsType<CatalogueResult.Done>(await Desk.SwitchAsync(sku, false, "off", admin.Id, Cancel));
        }

        Assert.IsType<CatalogueResult.WasSold>(await Desk.DeleteAsync(Moon, "tidy", admin.Id, Cancel));
        var draft = Assert.IsType<CatalogueResult.Drafted>(await Desk.DeleteAsync("gift_tea", "tidy", admin.Id, Cancel)).Draft;
        var changes = await Shop.ReadAsync(async db => (await Shop.Get<RuleDesk>().FindAsync(db, draft, Cancel))!.Changes);
        Assert.Equal(["gift_tea"], changes.Select(c => c.Row).Distinct());
        Assert.Equal([Moon], await Shop.ReadAsync(db => db.VirtualGifts.Select(g => g.Sku).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task DW_15_NewGift_StandsInADraftWithItsPriceFromItsPointsAndWaitsForAnotherAdmin()
    {
        await PublishAsync(new PublishingTerms { SecondAdmin = true });
        var (maker, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var wish = new NewProduct
        {
            Sku = "gift_star", Kind = VirtualGiftItem.KindKey, Group = "gifts", Points = 25, Name = "A star", Details = new GiftDetails("Night, light night", true, false),
        };
        Assert.IsType<CatalogueResult.NoReason>(await Desk.AddAsync(wish, " ", maker.Id, Cancel));
        Assert.IsType<CatalogueResult.Refused>(await Desk.AddAsync(wish with { Name = "" }, "why", maker.Id, Cancel));
        Assert.IsType<CatalogueResult.Drafted>(await Desk.AddAsync(wish, "asked for", maker.Id, Cancel));
        var row = (await Shop.ReadAsync(db => Desk.FindAsync(db, "gift_star", Cancel)))!.Value.Row;
        Assert.Equal((250L, " night light ", VirtualGiftState.Proposed, false), (row.Price.Minor, row.Gift!.Tags, row.Gift.State, row.IsSold));
        await PicturesAsync("gift_star", maker);
        Assert.IsType<CatalogueResult.NeedsAnother>(await Desk.SwitchAsync("gift_star", true, "mine", maker.Id, Cancel));
        Assert.IsType<CatalogueResult.Done>(await Desk.SwitchAsync("gift_star", true, "good", other.Id, Cancel));
    }

    [Fact]
    public async Task DW_17_Recipient_SaysWhoMaySendAndWhetherUnnamed()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await ApproveAsync(Moon, admin);
        Assert.Equal(LineRefusal.GiftForOneself, Refused(await Shop.AddAsync(giver.Buyer, Moon)));
        await WriteAsync((db, token) => GiftWishes.NameSenderAsync(db, friend.Id, admin.Name, Shop.Clock.GetUtcNow(), token));
        await WriteAsync((db, token) => Circles.AddAsync(db, friend.Id, admin.Name, Shop.Clock.GetUtcNow(), token));
        (VirtualGiftSenders Senders, bool Unnamed, Buyer From, bool Anonymous, LineRefusal? Refusal)[] cases =
        [
            (VirtualGiftSenders.All, true, giver.Buyer, true, null), (VirtualGiftSenders.All, true, Buyer.Nobody, false, null),
            (VirtualGiftSenders.All, false, giver.Buyer, false, null), (VirtualGiftSenders.All, false, giver.Buyer, true, LineRefusal.VirtualGiftNotUnnamed),
            (VirtualGiftSenders.All, false, Buyer.Nobody, false, LineRefusal.VirtualGiftNotUnnamed),
            (VirtualGiftSenders.Registered, true, giver.Buyer, true, null), (VirtualGiftSenders.Registered, true, Buyer.Nobody, false, LineRefusal.GiftsFromMembersOnly),
            (VirtualGiftSenders.Named, true, admin.Buyer, false, null), (VirtualGiftSenders.Named, true, giver.Buyer, false, LineRefusal.VirtualGiftNotWanted),
            (VirtualGiftSenders.Circle, true, admin.Buyer, false, null), (VirtualGiftSenders.Circle, true, giver.Buyer, false, LineRefusal.VirtualGiftNotWanted),
            (VirtualGiftSenders.Circle, true, Buyer.Nobody, false, LineRefusal.VirtualGiftNotWanted),
            (VirtualGiftSenders.Nobody, true, admin.Buyer, false, LineRefusal.VirtualGiftNotWanted),
        ];
        foreach (var (senders, unnamed, from, anonymous, refusal) in cases)
        {
            await WishAsync(friend, senders, unnamed);
            var result = await Shop.AddAsync(from, new AddToCart(Moon, 1, friend.Name, null) { Anonymous = anonymous });
            Assert.Equal((senders, unnamed, anonymous, refusal), (senders, unnamed, anonymous, (result as CartResult.Refused)?.Reason));
        }

        // a ban holds whatever else is said (DW-37)
        await WishAsync(friend, VirtualGiftSenders.All, true);
        await WriteAsync((db, token) => GiftWishes.BanAsync(db, friend.Id, giver.Name, Shop.Clock.GetUtcNow(), token));
        Assert.Equal(LineRefusal.GiftsBanned, Refused(await AddAsync(giver, friend)));
    }

    [Fact]
    public async Task DW_17_Gift_IsOfferedOnItsDayAndShownOnceAccepted()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await ApproveAsync(Moon, admin);
        await Shop.AddAsync(giver.Buyer, new AddToCart(Moon, 1, friend.Name, "for you") { DeliverOn = Days.Text(Days.Of(Shop.Clock.GetUtcNow()).AddDays(3)) });
        await Shop.AddAsync(giver.Buyer, new AddToCart(Moon, 1, friend.Name, null) { Anonymous = true });
        await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number));
        var unnamed = Assert.Single(await OffersAsync()).DeliveryId;
        Assert.False(await Offers.AcceptAsync(giver.Id, unnamed, Cancel));
        Assert.Empty(await ShownAsync(friend));

        var answers = await ShopUnderTest.AtOnceAsync(6, i => i % 2 == 0 ? Offers.AcceptAsync(friend.Id, unnamed, Cancel) : Offers.AcceptAsync(admin.Id, unnamed, Cancel));
        Assert.Equal(1, answers.Count(done => done));
        Assert.Equal([("A sliver of moon", (string?)null)], await ShownAsync(friend));

        Shop.Clock.Advance(TimeSpan.FromDays(3));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        var named = (await OffersAsync()).Single(o => o.DeliveryId != unnamed).DeliveryId;
        Assert.True(await Offers.AcceptAsync(friend.Id, named, Cancel));
        Assert.Equal([("A sliver of moon", giver.Name), ("A sliver of moon", null)], await ShownAsync(friend));
        Assert.True(await Offers.DeclineAsync(friend.Id, unnamed, Cancel));
        Assert.Equal([("A sliver of moon", (string?)giver.Name)], await ShownAsync(friend));

        // the giver is told of each answer once, and not of what is taken off the page later
        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.GiftAnswer));
        Assert.Equal((giver.Name, friend.Name, "A sliver of moon"), await Shop.ReadAsync(db => VirtualGiftOffers.AnswerAsync(db, unnamed, Cancel)) is { } answer ? (answer.Giver, answer.Recipient, answer.Title) : default);
        await WriteAsync(async (db, token) => await Shop.Get<ItemKinds>().Get(VirtualGiftItem.KindKey).RevokeAsync(db, named, friend.Id, Shop.Clock.GetUtcNow(), "test", token));
        Assert.Empty(await ShownAsync(friend));
    }

    [Fact]
    public async Task DW_17_GiftThatNobodyAnswers_LapsesFourteenDaysAfterItsDelivery()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await ApproveAsync(Moon, admin);
        await GiveAsync(giver, friend);
        var gift = Assert.Single(await OffersAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(14) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await Offers.LapseAsync(Cancel));
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));

        // its time is over, whether the worker was there or not
        Assert.False(await Offers.AcceptAsync(friend.Id, gift.DeliveryId, Cancel));
        Assert.Equal((1, 0), (await Offers.LapseAsync(Cancel), await Offers.LapseAsync(Cancel)));
        Assert.Equal(VirtualGiftOfferState.Lapsed, Assert.Single(await OffersAsync()).State);
    }

    [Fact]
    public async Task DW_17_RecipientWhoChangesTheirMindMeanwhile_IsNotOfferedIt_AndTheDeskSaysWhy()
    {
        var (admin, giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync(), await Shop.MemberAsync());
        await ApproveAsync(Moon, admin);
        var order = await Shop.BuyAsync(giver.Buyer, Moon, friend.Name);
        await WishAsync(friend, VirtualGiftSenders.Nobody, true);
        await Shop.PayAsync(order);
        Assert.Empty(await OffersAsync());
        foreach (var text in new[] { order.Order.Number, order.Order.Reference.ToUpperInvariant(), friend.Name, giver.Name })
        {
            var found = Assert.Single((await Shop.ReadAsync(db => DeliveryDesk.FindAsync(db, text, Shop.Clock.GetUtcNow(), Cancel))).Deliveries);
            Assert.Equal((DeliveryState.Stuck, "virtual_gift_not_wanted", giver.Name, friend.Name), (found.State, found.StuckReason, found.Buyer, found.Recipient));
        }
    }

    [Fact]
    public async Task DW_97_Desk_FindsCodesAndTokensByTheirBeginningAndShowsNoMore()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "paid1", "somebody@example.org"));
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "rename", friend.Name));
        var (hash, code) = (
            await Shop.ReadAsync(db => db.ClaimTokens.Select(t => t.Hash).SingleAsync(Cancel)), await Shop.ReadAsync(db => db.RenameTokens.Select(t => t.Code).SingleAsync(Cancel)));
        var byHash = await Shop.ReadAsync(db => DeliveryDesk.FindAsync(db, hash[..10], Shop.Clock.GetUtcNow(), Cancel));
        Assert.Equal(hash[..8], Assert.Single(Assert.Single(byHash.Deliveries).Codes).Hash);
        var byToken = await Shop.ReadAsync(db => DeliveryDesk.FindAsync(db, code[..12], Shop.Clock.GetUtcNow(), Cancel));
        Assert.Equal((code[..8], friend.Name), Assert.Single(byToken.Tokens) is var token ? (token.CodeBegins, token.Owner) : default);
        Assert.Empty((await Shop.ReadAsync(db => DeliveryDesk.FindAsync(db, hash[..7], Shop.Clock.GetUtcNow(), Cancel))).Deliveries);
    }

    [Fact]
    public async Task Catalogue_CountsWhatWasSoldAndWhatIsHeld()
    {
        var (giver, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "seed"));
        await Shop.BuyAsync(other.Buyer, "seed");
        var row = (await Shop.ReadAsync(db => Desk.FindAsync(db, "seed", Cancel)))!.Value.Row;
        Assert.Equal((1L, 398L, 1L, true), (row.Sold, row.Left, row.Reserved, row.IsSold));
        Assert.Equal(
            [("seed", 1L)], (await Shop.ReadAsync(db => Desk.ListAsync(db, new CatalogueSearch("SEED", null, CatalogueFilter.On), Cancel))).Select(r => (r.Product.Sku, r.Sold)));
    }

    private static LineRefusal Refused(CartResult result) => Assert.IsType<CartResult.Refused>(result).Reason;

    private Task<CartResult> AddAsync(Person giver, Person friend) => Shop.AddAsync(giver.Buyer, Moon, recipient: friend.Name);

    private async Task GiveAsync(Person giver, Person friend) => await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, Moon, friend.Name));

    private async Task PicturesAsync(string sku, Person admin)
    {
        Assert.IsType<CatalogueResult.Done>(await Desk.PictureAsync(sku, PictureSize.Small, DrawnPng.Square(32), "came", admin.Id, Cancel));
        Assert.IsType<CatalogueResult.Done>(await Desk.PictureAsync(sku, PictureSize.Large, DrawnPng.Square(64), "came", admin.Id, Cancel));
    }

    private async Task ApproveAsync(string sku, Person admin)
    {
        await PicturesAsync(sku, admin);
        Assert.IsType<CatalogueResult.Done>(await Desk.SwitchAsync(sku, true, "lovely", admin.Id, Cancel));
    }

    private Task<int> WriteAsync<T>(Func<ShopDbContext, CancellationToken, Task<T>> change) => Shop.Get<Writes>().RunAsync(
        async (unit, token) =>
        {
            await change(unit.Db, token);
            return 0;
        },
        Cancel);

    private Task WishAsync(Person member, VirtualGiftSenders senders, bool unnamed) => Shop.Get<Writes>().RunAsync(
        (unit, token) => GiftWishes.SetVirtualGiftsAsync(unit.Db, member.Id, senders, unnamed, token), Cancel);

    private Task<List<CatalogueChange>> HistoryAsync(string sku) =>
        Shop.ReadAsync(db => db.CatalogueChanges.AsNoTracking().Where(c => c.Sku == sku).OrderBy(c => c.Id).ToListAsync(Cancel));

    private Task<List<VirtualGiftOffer>> OffersAsync() => Shop.ReadAsync(db => db.VirtualGiftOffers.AsNoTracking().OrderBy(o => o.DeliveryId).ToListAsync(Cancel));

    private async Task<IEnumerable<(string, string?)>> ShownAsync(Person member) =>
        (await Shop.ReadAsync(db => VirtualGiftOffers.ProfileAsync(db, member.Name, Cancel)))!.Gifts.Select(g => (g.Title, g.From));
}

public sealed class VirtualGiftTests_Sqlite(SqliteDatabase database) : VirtualGiftTests(database), IClassFixture<SqliteDatabase>;

public sealed class VirtualGiftTests_Postgres(PostgresDatabase database) : VirtualGiftTests(database), IClassFixture<PostgresDatabase>;
