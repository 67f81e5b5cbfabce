using System.Text.Json.Nodes;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Rules;

/// <summary>Drafts of the rules: changed, published, scheduled, approved, gone back from. Nothing is overwritten unseen.</summary>
public abstract class RuleDeskTests(TestDatabase database) : ShopTests(database)
{
    private const long Ann = 101;
    private const long Bob = 102;

    private RuleDesk Desk => Shop.Get<RuleDesk>();

    [Fact]
    public async Task Published_IsInForceAtOnce_AndTheNextOrderNamesIt()
    {
        var buyer = await Shop.MemberAsync();
        var published = Assert.IsType<DeskResult.Published>(await PublishAsync(await DraftAsync(Ann, ("paid1", 400))));
        var order = await Shop.BuyAsync(buyer.Buyer, "paid1");
        Assert.Equal((400, published.Revision), (order.Order.PriceMinor, order.Order.RuleRevision));
    }

    [Fact]
    public async Task Scheduled_IsInForceAtItsTime()
    {
        var at = Shop.Clock.GetUtcNow().AddDays(1);
        Assert.IsType<DeskResult.Published>(await PublishAsync(await DraftAsync(Ann, ("paid1", 400)), at: at));
        Assert.Equal(300, await PriceAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(400, await PriceAsync());
    }

    [Fact]
    public async Task History_SaysWhoWhenAndWhy()
    {
        var admin = await Shop.MemberAsync();
        var draft = await DraftAsync(admin.Id, ("paid1", 400));
        var at = Shop.Clock.GetUtcNow().AddDays(1);
        Assert.IsType<DeskResult.Published>(await PublishAsync(draft, at: at, admin: admin.Id));
        var history = await Shop.ReadAsync(db => Desk.HistoryAsync(db, 0, 10, Cancel));
        Assert.Equal(
            [(2L, admin.Name, "because", at, RevisionStanding.Scheduled), (1, null, "The rules a new site starts with.", Shop.Clock.GetUtcNow(), RevisionStanding.InForce)],
            history.Select(r => (r.Id, r.Author, r.Reason, r.EffectiveAt, r.Standing)));
    }

    [Fact]
    public async Task Restore_BringsTheOldRulesBackAsANewRevision()
    {
        Assert.IsType<DeskResult.Published>(await PublishAsync(await DraftAsync(Ann, ("paid1", 400))));
        var draft = Assert.IsType<DeskResult.Saved>(await Desk.RestoreAsync(1, Bob, Cancel)).Draft;
        Assert.Equal(3, Assert.IsType<DeskResult.Published>(await PublishAsync(draft, admin: Bob)).Revision);
        Assert.Equal(300, await PriceAsync());
        Assert.Equal(1, (await Shop.ReadAsync(db => Desk.HistoryAsync(db, 0, 10, Cancel)))[0].Restores);
    }

    [Fact]
    public async Task Restore_OfWhatHolds_SaysThatNothingWouldChange() =>
        Assert.IsType<DeskResult.NoChange>(await Desk.RestoreAsync(1, Ann, Cancel));

    [Fact]
    public async Task Withdraw_TakesAScheduledRevisionBack()
    {
        var published = Assert.IsType<DeskResult.Published>(await PublishAsync(await DraftAsync(Ann, ("paid1", 400)), at: Shop.Clock.GetUtcNow().AddDays(1)));
        Assert.True(await Desk.WithdrawAsync(published.Revision, Bob, Cancel));
        Shop.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(300, await PriceAsync());
        Assert.Equal(RevisionStanding.Withdrawn, (await Shop.ReadAsync(db => Desk.HistoryAsync(db, 0, 10, Cancel)))[0].Standing);
    }

    [Fact]
    public async Task TwoDraftsOfOneRevision_TheSecondIsToldAndNothingIsOverwritten()
    {
        var (first, second) = (await DraftAsync(Ann, ("paid1", 400)), await DraftAsync(Bob, ("paid2", 600)));
        Assert.IsType<DeskResult.Published>(await PublishAsync(first));
        var told = Assert.IsType<DeskResult.Superseded>(await PublishAsync(second, admin: Bob));
        Assert.Equal((2, "because"), (told.Last.Id, told.Last.Reason));
        Assert.Equal((400, 500), (await PriceAsync(), await PriceAsync("paid2")));
    }

    [Fact]
    public async Task TwoPublishedAtOnce_OneIsPublishedAndTheOtherTold()
    {
        var drafts = new[] { await DraftAsync(Ann, ("paid1", 400)), await DraftAsync(Bob, ("paid1", 500)), await DraftAsync(Bob, ("paid1", 600)) };
        var results = await ShopUnderTest.AtOnceAsync(drafts.Length, i => PublishAsync(drafts[i]));
        Assert.Single(results.OfType<DeskResult.Published>());
        Assert.Equal(2, results.OfType<DeskResult.Superseded>().Count());
        Assert.Equal(2, (await Shop.ReadAsync(db => Desk.HistoryAsync(db, 0, 10, Cancel))).Count);
    }

    [Fact]
    public async Task OneDraftPublishedTwiceAtOnce_IsOneRevision()
    {
        var draft = await DraftAsync(Ann, ("paid1", 400));
        var results = await ShopUnderTest.AtOnceAsync(2, _ => PublishAsync(draft));
        Assert.Single(results.OfType<DeskResult.Published>());
        Assert.Equal(2, (await Shop.ReadAsync(db => Desk.HistoryAsync(db, 0, 10, Cancel))).Count);
    }

    [Fact]
    public async Task Rebase_KeepsBothChanges()
    {
        var (first, second) = (await DraftAsync(Ann, ("paid1", 400)), await DraftAsync(Bob, ("paid2", 600)));
        await PublishAsync(first);
        Assert.IsType<DeskResult.Saved>(await Desk.RebaseAsync(second, await VersionAsync(second), Bob, Cancel));
        Assert.IsType<DeskResult.Published>(await PublishAsync(second, admin: Bob));
        Assert.Equal((400, 600), (await PriceAsync(), await PriceAsync("paid2")));
    }

    [Fact]
    public async Task Save_OnAVersionThatIsNotTheLast_ChangesNothing()
    {
        var draft = await DraftAsync(Ann, ("paid1", 400));
        var seen = await VersionAsync(draft);
        Assert.IsType<DeskResult.Saved>(await SaveAsync(draft, seen, Bob, ("paid1", 500)));
        Assert.IsType<DeskResult.Changed>(await SaveAsync(draft, seen, Ann, ("paid1", 600)));
        await PublishAsync(draft);
        Assert.Equal(500, await PriceAsync());
    }

    [Fact]
    public async Task Save_DangerousValue_IsRefusedWithItsFieldAndNothingIsKept()
    {
        var draft = await DraftAsync(Ann, ("paid1", 400));
        var refused = Assert.IsType<DeskResult.Refused>(await SaveAsync(draft, await VersionAsync(draft), Ann, ("paid1", -5)));
        Assert.Contains("shop.prices:products[paid1].priceMinor", refused.Problems.Select(p => p.Path));
        Assert.Equal(400, (await FindAsync(draft)).Now["shop.prices"]["products"]!.AsArray().Single(p => (string?)p!["sku"] == "paid1")!["priceMinor"]!.GetValue<long>());
    }

    [Theory]
    [InlineData("", 0, "reason")]
    [InlineData("because", -1, "at")]
    [InlineData("because", 367, "at")]
    public async Task Publish_WithoutReasonOrAtAStrangeTime_IsRefused(string reason, int days, string field)
    {
        var draft = await DraftAsync(Ann, ("paid1", 400));
        var refused = await Desk.PublishAsync(draft, await VersionAsync(draft), reason, Shop.Clock.GetUtcNow().AddDays(days), Ann, Cancel);
        Assert.Equal([field], Assert.IsType<DeskResult.Refused>(refused).Problems.Select(p => p.Path));
    }

    [Fact]
    public async Task Publish_ADraftThatChangesNothing_IsRefused() =>
        Assert.IsType<DeskResult.NoChange>(await PublishAsync(await Desk.BeginAsync(Ann, Cancel)));

    [Fact]
    public async Task SecondAdmin_HasToPublishWhatAnotherProposed()
    {
        await SecondAdminAsync();
        var draft = await DraftAsync(Ann, ("paid1", 400));
        Assert.IsType<DeskResult.Proposed>(await PublishAsync(draft));
        Assert.IsType<DeskResult.NeedsAnother>(await Desk.ApproveAsync(draft, await VersionAsync(draft), Ann, Cancel));
        Assert.Equal(300, await PriceAsync());
        Assert.IsType<DeskResult.Published>(await Desk.ApproveAsync(draft, await VersionAsync(draft), Bob, Cancel));
        Assert.Equal(400, await PriceAsync());
    }

    [Fact]
    public async Task SecondAdmin_WhatWasProposedCannotBeChangedBeforeItIsTakenBack()
    {
        await SecondAdminAsync();
        var draft = await DraftAsync(Ann, ("paid1", 400));
        await PublishAsync(draft);
        Assert.IsType<DeskResult.Changed>(await SaveAsync(draft, await VersionAsync(draft), Ann, ("paid1", 9900)));
        Assert.IsType<DeskResult.Saved>(await Desk.TakeBackAsync(draft, await VersionAsync(draft), Ann, Cancel));
        Assert.IsType<DeskResult.Saved>(await SaveAsync(draft, await VersionAsync(draft), Ann, ("paid1", 500)));
    }

    [Fact]
    public async Task SecondAdmin_CannotBeSwitchedOffByOneAlone()
    {
        await SecondAdminAsync();
        var draft = await Desk.BeginAsync(Ann, Cancel);
        await Desk.SaveAsync(draft, 0, PublishingTerms.Section, new JsonObject { ["secondAdmin"] = false }, Ann, Cancel);
        Assert.IsType<DeskResult.Proposed>(await PublishAsync(draft));
    }

    [Fact]
    public async Task Discarded_CannotBePublished()
    {
        var draft = await DraftAsync(Ann, ("paid1", 400));
        Assert.IsType<DeskResult.Saved>(await Desk.DiscardAsync(draft, await VersionAsync(draft), Ann, Cancel));
        Assert.IsType<DeskResult.Changed>(await PublishAsync(draft));
        Assert.Empty(await Shop.ReadAsync(db => Desk.DraftsAsync(db, Cancel)));
    }

    [Fact]
    public async Task Export_ReadInAgain_ChangesNothing() => Assert.IsType<DeskResult.NoChange>(
        await Desk.ImportAsync((await Shop.ReadAsync(db => Desk.ExportAsync(db, 1, Cancel)))!, Ann, Cancel));

    [Fact]
    public async Task Import_IsADraftOfWhatDiffers()
    {
        var file = (await Shop.ReadAsync(db => Desk.ExportAsync(db, 1, Cancel)))!.Replace("\"cartDays\": 30", "\"cartDays\": 31", StringComparison.Ordinal);
        var draft = Assert.IsType<DeskResult.Saved>(await Desk.ImportAsync(file, Ann, Cancel)).Draft;
        var change = Assert.Single((await FindAsync(draft)).Changes);
        Assert.Equal(("cartDays", "30", "31"), (change.Field!.Key, $"{change.Was}", $"{change.Now}"));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("""{"format":"shop-rules-1","sections":{"shop.prices":3}}""")]
    [InlineData("""{"format":"shop-rules-1","sections":{"shop.unheard":{}}}""")]
    [InlineData("""{"format":"shop-rules-1","sections":{"shop.carts":{"maxLines":0}}}""")]
    [InlineData("""{"format":"shop-rules-1","sections":{"shop.carts":{"unheard":1}}}""")]
    [InlineData("""{"format":"shop-rules-1","format":"shop-rules-1","sections":{}}""")]
    public async Task Import_OfWhatIsNoSoundFile_IsRefusedAndLeavesNoDraft(string file)
    {
        Assert.IsType<DeskResult.Refused>(await Desk.ImportAsync(file, Ann, Cancel));
        Assert.Empty(await Shop.ReadAsync(db => Desk.DraftsAsync(db, Cancel)));
    }

    private async Task SecondAdminAsync() => Assert.IsType<PublishResult.Published>(await Shop.Get<Writes>().RunAsync(
        (unit, token) => Shop.Get<RuleBook>().PublishAsync(
            unit.Db, [new PublishingTerms { SecondAdmin = true }], null, "test", Shop.Clock.GetUtcNow(), token),
        Cancel));

    private async Task<long> DraftAsync(long admin, params (string Sku, long Minor)[] prices)
    {
        var draft = await Desk.BeginAsync(admin, Cancel);
        Assert.IsType<DeskResult.Saved>(await SaveAsync(draft, 0, admin, prices));
        return draft;
    }

    private async Task<DeskResult> SaveAsync(long draft, int version, long admin, params (string Sku, long Minor)[] prices)
    {
        var section = (JsonObject)(await FindAsync(draft)).Now["shop.prices"].DeepClone();
        foreach (var (sku, minor) in prices)
        {
            var product = section["products"]!.AsArray().Single(p => (string?)p!["sku"] == sku)!;
            (product["priceMinor"], product["points"]) = (minor, minor / 10);
        }

        return await Desk.SaveAsync(draft, version, "shop.prices", section, admin, Cancel);
    }

    private async Task<DeskResult> PublishAsync(long draft, DateTimeOffset? at = null, long admin = Ann) =>
        await Desk.PublishAsync(draft, await VersionAsync(draft), "because", at, admin, Cancel);

    private async Task<DraftView> FindAsync(long draft) => (await Shop.ReadAsync(db => Desk.FindAsync(db, draft, Cancel)))!;

    private async Task<int> VersionAsync(long draft) => (await FindAsync(draft)).Version;

    private Task<long> PriceAsync(string sku = "paid1") => Shop.ReadAsync(async db =>
        (await Shop.Get<RuleBook>().GetAsync<PriceList>(db, await Shop.Get<RuleBook>().CurrentAsync(db, Cancel), Cancel)).OnSale(sku)!.PriceMinor);
}

public sealed class RuleDeskTests_Sqlite(SqliteDatabase database) : RuleDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class RuleDeskTests_Postgres(PostgresDatabase database) : RuleDeskTests(database), IClassFixture<PostgresDatabase>;
