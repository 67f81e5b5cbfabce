using Microsoft.EntityFrameworkCore;
using Shop.Core.Tests.Refunding;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Papers;

/// <summary>Receipts and credit notes: one for each, numbered without gaps, with what stood on them when they were issued.</summary>
public abstract class ReceiptTests(TestDatabase database) : RefundCase(database)
{
    private static TaxTerms Germany(bool included = true) => new()
    {
        Mode = "country", Included = included, Businesses = true,
        Rates =
        [
            new TaxRate { Country = "any", Category = "standard" }, new TaxRate { Country = "de", Category = "standard", RatePpm = 190_000 },
            new TaxRate { Country = "fr", Category = "standard", RatePpm = 200_000, Reverse = true },
        ],
    };

    private static TaxTerms OneRate(bool included = true) => new()
    {
        Mode = "one", Included = included, Rates = [new TaxRate { Country = "any", Category = "standard", RatePpm = 190_000 }],
    };

    private Task<List<Receipt>> ReceiptsAsync() => Shop.ReadAsync(db => db.Receipts.AsNoTracking().OrderBy(r => r.Id).ToListAsync(Cancel));

    private Task<List<CreditNote>> NotesAsync() => Shop.ReadAsync(db => db.CreditNotes.AsNoTracking().Include(n => n.Lines).OrderBy(n => n.Id).ToListAsync(Cancel));

    private async Task<PaperFacts> FactsAsync(PlacedOrder order) =>
        (await Shop.ReadAsync(async db => await Shop.Get<ReceiptReader>().ReadAsync(db, await SeenAsync(order), Cancel)))!;

    private async Task<PlaceResult> PlaceAsync(Buyer buyer, string country, string? taxId = null, string? billTo = null, string provider = Till.Id) => await Shop.Get<Checkout>().PlaceAsync(
        new PlaceOrder
        {
            Buyer = buyer, Provider = provider, Shown = (await Shop.CartAsync(buyer)).Shown, Culture = "en", Tax = new TaxForm(country, taxId, billTo), NetworkCountry = "DE",
        },
        Cancel);

    /// <summary>Said, shown, and placed as it was shown.</summary>
    private async Task<PlacedOrder> TaxedAsync(Person buyer, string country, string? taxId = null, string? billTo = null)
    {
        Assert.IsType<PlaceResult.Changed>(await PlaceAsync(buyer.Buyer, country, taxId, billTo));
        return await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(buyer.Buyer, country, taxId, billTo)).Number);
    }

    [Fact]
    public async Task MZ_60_ThirtyOrdersPaidAtOnceOnTwoNodes_AreNumberedFromOneToThirty()
    {
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        var orders = new List<PlacedOrder>();
        for (var i = 0; i < 30; i++)
        {
            orders.Add(await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1"));
            Shop.Till.Pay(orders[i].Live.Id);
        }

        // each is settled by both nodes: the buyer comes back while the event arrives
        await ShopUnderTest.AtOnceAsync(60, i => nodes[i % 2].SettleAsync(orders[i / 2]));
        var receipts = await ReceiptsAsync();
        Assert.Equal(Enumerable.Range(1, 30).Select(n => (long)n), receipts.Select(r => r.Seq).Order());
        Assert.Equal(30, receipts.Select(r => r.OrderId).Distinct().Count());
    }

    [Fact]
    public async Task MZ_60_NewYearBySellersZone_BeginsAtOne_AndTheNumberSaysIt()
    {
        await PublishAsync(new SellerTerms { TimeZone = "Asia/Tokyo", ReceiptPrefix = "DS" });
        var year = Shop.Clock.GetUtcNow().Year;
        await PaidAsync(await Shop.MemberAsync(), "paid1");
        Shop.Clock.Advance(new DateTimeOffset(year, 12, 31, 15, 30, 0, TimeSpan.Zero) - Shop.Clock.GetUtcNow()); // half past midnight in Tokyo
        await PaidAsync(await Shop.MemberAsync(), "paid1");
        Assert.Equal([$"DS-{year}-000001", $"DS-{year + 1}-000001"], (await ReceiptsAsync()).Select(r => r.Number));
    }

    [Fact]
    public async Task MZ_29_SellerOnAReceipt_StaysAsItWas()
    {
        await PublishAsync(new SellerTerms { Name = "Moon Ltd", TaxId = "DE123456789" });
        Shop.Till.PaidWith = new PaidWith("visa", "4242", "DE");
        var buyer = await Shop.MemberAsync();
        var order = await PaidAsync(buyer, "paid1");
        await PublishAsync(new SellerTerms { Name = "Sun Ltd" });
        var facts = await FactsAsync(order);
        Assert.Equal(("Moon Ltd", "DE123456789", "visa", "4242", buyer.Name), (facts.Seller.Name, facts.Seller.TaxId, facts.Brand, facts.Last4, facts.Buyer));
        Assert.Equal("Sun Ltd", (await FactsAsync(await PaidAsync(await Shop.MemberAsync(), "paid1"))).Seller.Name);
    }

    [Fact]
    public async Task MZ_28_PaidInPointsAlone_HasItsReceipt_AndAnUnpaidOrderNone()
    {
        await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        var order = await PaidAsync(await Shop.MemberAsync(points: 30), "paid1", usePoints: true);
        Assert.Equal(order.Order.Id, Assert.Single(await ReceiptsAsync()).OrderId);
        var facts = await FactsAsync(order);
        Assert.Equal((30L, 0L, 300L, PayMethod.Points), (facts.Points, facts.Money.Minor, facts.Price.Minor, facts.Provider));
    }

    [Fact]
    public async Task MZ_29_WithoutARule_NothingIsTaxed_AndNobodyIsAsked()
    {
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        var cart = await Shop.CartAsync(buyer.Buyer);
        Assert.False(cart.TaxTerms.NeedsCountry || cart.IsTaxOpen || cart.Taxes.Count > 0);
        var order = await PaidAsync(await Shop.MemberAsync(), "paid2");
        Assert.Equal((500L, 0L, 500L), (order.Order.NetMinor, order.Order.TaxMinor, order.Order.PriceMinor));
        Assert.False((await FactsAsync(order)).IsTaxed);
    }

    [Fact]
    public async Task MZ_29_TaxIncluded_PriceStays_AndOrderSumsItsLines()
    {
        await PublishAsync(OneRate());
        var order = await PaidAsync(await Shop.MemberAsync(), "paid2", second: "icons");
        Assert.Equal((600L, 80L + 16L), (order.Order.PriceMinor, order.Order.TaxMinor));
        Assert.Equal(
            [(500L, 80L, 190_000), (100L, 16L, 190_000)],
            order.Order.Lines.OrderBy(l => l.Position).Select(l => (l.PriceMinor, l.TaxMinor, l.TaxRatePpm)));
    }

    [Fact]
    public async Task MZ_29_TaxOnTop_IsPaidToo_AndPointsPayForItAsFarAsTheyAreWhole()
    {
        await PublishAsync(OneRate(included: false));
        var buyer = await Shop.MemberAsync(points: 1000);
        await Shop.AddAsync(buyer.Buyer, "paid6"); // 13.00 and 2.47
        var cart = await Shop.CartAsync(buyer.Buyer);
        Assert.Equal((1547L, 247L, 1300L, 307L, 124L, PointsHint.MoneyPartTooSmall), (cart.Total.Minor, cart.AddedTax.Minor, cart.Lines[0].Listed.Minor, cart.DueMoney.Minor, cart.DuePoints, cart.Hint));
        var order = await PaidAsync(await Shop.MemberAsync(), "paid6");
        Assert.Equal((1547L, 1300L, 247L, 247L), (order.Order.DueMinor, order.Order.NetMinor, order.Order.TaxMinor, order.Order.Lines[0].AddedTaxMinor));
    }

    [Fact]
    public async Task MZ_29_CountryIsNeeded_AndAnotherOneIsAnotherPrice_BeforeAnythingIsPlaced()
    {
        await PublishAsync(Germany(included: false));
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        Assert.Equal(PlaceRefusal.CountryMissing, Assert.IsType<PlaceResult.Refused>(await Shop.PlaceAsync(buyer.Buyer)).Reason);
        Assert.Equal(PlaceRefusal.CountryMissing, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(buyer.Buyer, "XX")).Reason);
        Assert.IsType<PlaceResult.Changed>(await PlaceAsync(buyer.Buyer, "de"));
        Assert.Equal(595, (await Shop.CartAsync(buyer.Buyer)).DueMoney.Minor);
        var german = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(buyer.Buyer, "DE")).Number);

        // changed once more, the order that waits is another one's
        Assert.IsType<PlaceResult.Changed>(await PlaceAsync(buyer.Buyer, "CH"));
        var swiss = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(buyer.Buyer, "CH")).Number);
        Assert.Equal((595L, 500L, OrderState.Cancelled), (german.Order.DueMinor, swiss.Order.DueMinor, await StateAsync(german)));
        Assert.Equal(("CH", 0L), (swiss.Order.BuyerCountry, swiss.Order.TaxMinor));
    }

    [Fact]
    public async Task MZ_29_RuleOfTaxChangedSinceThePage_NothingIsPlaced_AlsoWhereThePriceIsTheSame()
    {
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        var shown = await Shop.CartAsync(buyer.Buyer);
        await PublishAsync(OneRate());
        Assert.Equal(shown.DueMoney, (await Shop.CartAsync(buyer.Buyer)).DueMoney);
        Assert.IsType<PlaceResult.Changed>(await Shop.PlaceAsync(buyer.Buyer, shown: shown.Shown));
    }

    [Fact]
    public async Task MZ_29_PaidOrder_KeepsItsTax_WhateverTheCartSaysLater()
    {
        await PublishAsync(Germany());
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        var order = await TaxedAsync(buyer, "DE");
        await Shop.PayAsync(order);
        await Shop.AddAsync(buyer.Buyer, "paid2");
        Assert.IsType<PlaceResult.Changed>(await PlaceAsync(buyer.Buyer, "CH"));
        var facts = await FactsAsync(order);
        Assert.Equal(("DE", 80L, 190_000), (facts.TaxBuyer.Country, facts.Tax.Minor, Assert.Single(facts.Taxes).RatePpm));
    }

    [Fact]
    public async Task MZ_29_BusinessElsewhere_PaysNoTax_AndTheReceiptSaysWhoOwesIt()
    {
        await PublishAsync(Germany(included: false));
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        Assert.Equal(PlaceRefusal.TaxIdInvalid, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(buyer.Buyer, "FR", "FR1", "A firm")).Reason);
        Assert.Equal(PlaceRefusal.BillToMissing, Assert.IsType<PlaceResult.Refused>(await PlaceAsync(buyer.Buyer, "FR", "FR12345678901", " ")).Reason);
        var order = await TaxedAsync(buyer, "FR", "fr 12 345678901", " A firm, Paris ");
        await Shop.PayAsync(order);
        var facts = await FactsAsync(order);
        Assert.Equal((500L, 0L, true, "FR12345678901", "A firm, Paris"), (facts.Price.Minor, facts.Tax.Minor, facts.IsReverseCharge, facts.TaxBuyer.TaxId, facts.TaxBuyer.BillTo));
    }

    [Theory]
    [InlineData("DE", false)]
    [InlineData("US", true)]
    [InlineData(null, false)]
    public async Task MZ_29_EvidenceIsKept_AndAPersonLooksWhereItDiffers(string? card, bool flagged)
    {
        await PublishAsync(Germany());
        var buyer = await Shop.MemberAsync();
        await Shop.AddAsync(buyer.Buyer, "paid2");
        Shop.Till.PaidWith = new PaidWith("visa", "4242", card);
        var order = await TaxedAsync(buyer, "DE");
        await Shop.PayAsync(order);
        var kept = await Shop.ReadAsync(db => db.TaxEvidence.Where(e => e.OrderId == order.Order.Id).OrderBy(e => e.Id).Select(e => new { e.Kind, e.Country }).ToListAsync(Cancel));
        var all = new[] { (EvidenceKind.Stated, "DE"), (EvidenceKind.Network, "DE"), (EvidenceKind.Provider, card!) };
        Assert.Equal(card is null ? all[..2] : all, kept.Select(e => (e.Kind, e.Country)));
        Assert.Equal(flagged ? [OrderFlagKind.TaxEvidence] : [], await FlagsAsync(order));
        Assert.Equal(500, (await Shop.AgainAsync(order)).Order.DueMinor);
    }

    [Fact]
    public async Task MZ_29_CountrySaidBeforeSignIn_ComesAlong()
    {
        await PublishAsync(Germany());
        var added = Assert.IsType<CartResult.Changed>(await Shop.AddAsync(Buyer.Nobody, "paid2", recipient: (await Shop.MemberAsync()).Name));
        var hash = Codes.Hash(added.NewCartKey!);
        Assert.IsType<WhereResult.Changed>(await Shop.Get<Carts>().SayWhereAsync(new Buyer(null, hash), new TaxForm("DE", null, null), Cancel));
        Assert.IsType<WhereResult.Same>(await Shop.Get<Carts>().SayWhereAsync(new Buyer(null, hash), new TaxForm("de", "", ""), Cancel));
        var member = await Shop.MemberAsync();
        await Shop.Get<Carts>().MergeAsync(hash, member.Id, Cancel);
        Assert.Equal("DE", (await Shop.CartAsync(member.Buyer)).TaxBuyer.Country);
    }

    [Fact]
    public async Task MZ_42_RefundInParts_HasACreditNoteForEach_AndTheirTaxIsTheLines()
    {
        await PublishAsync(OneRate());
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100); // 10.00, 1.60 of it tax
        foreach (var part in new long[] { 333, 333, 333, 1 })
        {
            Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, part))));
        }

        var notes = await NotesAsync();
        Assert.Equal([53L, 54, 53, 0], notes.Select(n => n.TaxMinor));
        Assert.Equal((160L, 840L, 1000L), (notes.Sum(n => n.TaxMinor), notes.Sum(n => n.NetMinor), notes.Sum(n => n.AmountMinor)));
        Assert.Equal([1L, 2, 3, 4], notes.Select(n => n.Seq));
        Assert.All(notes, n => Assert.StartsWith($"C-{n.Year}-00000", n.Number, StringComparison.Ordinal));
        Assert.Equal(notes.Select(n => n.Number), (await FactsAsync(order)).CreditNotes.Select(n => n.Number));
    }

    [Fact]
    public async Task R11_MixedOrderGivenBack_CreditsBothUnitsWithTheirTax()
    {
        await PublishAsync(OneRate());
        var order = await PaidAsync(await Shop.MemberAsync(points: 20), "paid2", usePoints: true, second: "icons");
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order)));
        var note = Assert.Single(await NotesAsync());
        Assert.Equal((order.Order.NetMinor, order.Order.TaxMinor, order.Order.DueMinor, order.Order.DuePoints), (note.NetMinor, note.TaxMinor, note.AmountMinor, note.Points));
        Assert.All(order.Order.Lines.Zip(note.Lines.OrderBy(l => l.OrderLineId)), p => Assert.Equal((p.First.NetMinor, p.First.TaxMinor), (p.Second.NetMinor, p.Second.TaxMinor)));
    }

    [Fact]
    public async Task R08_MoneyThatTheBankSendsBack_MakesTheNoteVoid_AndThePointsHaveOneOfTheirOwn()
    {
        await PublishAsync(OneRate());
        var order = await PaidAsync(await Shop.MemberAsync(points: 20), "paid2", usePoints: true);
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order)));
        var refund = Assert.Single(await RefundsAsync());
        Shop.Till.Set(refund.Id, RefundOutcome.Failed);
        await EventAsync($"accepted e1 Refund {refund.ProviderRef} {refund.Id}");
        var notes = await NotesAsync();
        Assert.Equal([(false, 300L, 20L), (true, 0L, 20L)], notes.Select(n => (n.VoidedAt is null, n.AmountMinor, n.Points)));

        // the money once more: together they are the order's tax
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order, First(order, order.Order.DueMinor))));
        Assert.Equal(order.Order.TaxMinor, (await NotesAsync()).Where(n => n.VoidedAt is null).Sum(n => n.TaxMinor));
    }

    [Fact]
    public async Task MZ_42_Preview_TakesNoNumber_AndMoneyThatFitsNoOrder_HasNoNote()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "paid1");
        await Shop.Get<RefundDesk>().PreviewAsync(Wish(order), (await Shop.MemberAsync()).Id, Cancel);
        Assert.Equal(RefundState.Succeeded, await MadeAsync(Wish(order)));
        Assert.Equal([1L], (await NotesAsync()).Select(n => n.Seq));
    }

    [Fact]
    public async Task R01_ManyRefundsAtOnceOnTwoNodes_AreNumberedWithoutGaps()
    {
        var order = await PaidAsync(await Shop.MemberAsync(), "points", 100);
        ShopUnderTest[] nodes = [Shop, await NodeAsync()];
        Person[] staff = [await Shop.MemberAsync(), await Shop.MemberAsync()];
        await ShopUnderTest.AtOnceAsync(12, i => GiveBackAsync(Wish(order, First(order, 100)), staff[i % 2], nodes[i % 2]));
        var notes = await NotesAsync();
        Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), notes.Select(n => n.Seq).Order());
        Assert.Equal(1000, notes.Sum(n => n.AmountMinor));
    }

    [Fact]
    public async Task MF_15_History_FindsByWhatStandsOnAnOrder_AndMarksTheFailedOne()
    {
        var buyer = await Shop.MemberAsync();
        var paid = await PaidAsync(buyer, "rename");
        var failed = await Shop.BuyAsync(buyer.Buyer, "paid2");
        Shop.Till.Set(failed.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, "no"));
        await Shop.SettleAsync(failed);
        var receipt = Assert.Single(await ReceiptsAsync()).Number;
        var (now, title) = (Shop.Clock.GetUtcNow(), paid.Order.Lines[0].Title);
        foreach (var filter in new[]
        {
            Looking(paid.Order.Reference.ToUpperInvariant()), Looking(paid.Order.Number), Looking(receipt.ToLowerInvariant()), Looking(title[..^1].ToUpperInvariant()),
            Looking("15.00") with { TextMinor = 1500 }, new OrderFilter { Kind = RenameTokenItem.KindKey }, new OrderFilter { State = OrderState.Fulfilled },
        })
        {
            Assert.Equal(paid.Order.Number, Assert.Single(await FoundAsync(filter)).Number);
        }

        Assert.Equal(2, (await FoundAsync(new OrderFilter { From = now.AddDays(-1), Before = now.AddDays(1) })).Count);
        Assert.Equal(2, (await FoundAsync(Looking("today") with { TextDay = (now.AddHours(-1), now.AddHours(1)) })).Count);
        Assert.Empty(await FoundAsync(Looking("%")));
        Assert.Empty(await FoundAsync(new OrderFilter { From = now.AddDays(1), Before = now.AddDays(2) }));
        Assert.Equal([(true, null), (false, receipt)], (await FoundAsync(new OrderFilter())).Select(r => (r.IsFailed, r.Receipt)));

        static OrderFilter Looking(string text) => new() { Text = text };
        async Task<IReadOnlyList<OrderRow>> FoundAsync(OrderFilter filter) =>
            (await Shop.ReadAsync(db => Shop.Get<OrderReader>().PageAsync(db, buyer.Id, filter, OrderSort.Newest, 1, Cancel))).Rows;
    }
}

public sealed class ReceiptTests_Sqlite(SqliteDatabase database) : ReceiptTests(database), IClassFixture<SqliteDatabase>;

public sealed class ReceiptTests_Postgres(PostgresDatabase database) : ReceiptTests(database), IClassFixture<PostgresDatabase>;
