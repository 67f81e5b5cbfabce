using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Wares;

/// <summary>Rename tokens: made with the delivery, used once by their owner, passed on, taken back while unused.</summary>
public abstract class RenameTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_13_BoughtTokens_AreMadeOnceWithTwentyCharactersWithoutLookAlikes()
    {
        var member = await Shop.MemberAsync();
        await Shop.AddAsync(member.Buyer, "rename", 3);
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number);
        Shop.Till.Pay(order.Live.Id);
        await ShopUnderTest.AtOnceAsync(8, _ => Shop.SettleAsync(order));
        var tokens = await TokensAsync(member);
        Assert.Equal((3, 4500L), (tokens.Select(t => t.Code).Distinct().Count(), order.Order.DueMinor));
        Assert.All(tokens, t => Assert.Matches("^[2-9a-hijkmnp-z]{20}$", t.Code));
    }

    [Fact]
    public async Task DW_13_Use_ChangesTheNameAndUsesTheTokenUp()
    {
        var member = await Shop.MemberAsync();
        var token = await TokenAsync(member);
        var name = NewName();
        Assert.Equal(new RenameResult.Done(name), await UseAsync(member, token, name));
        Assert.Equal(name, await NameAsync(member));
        var used = Assert.Single(await TokensAsync(member));
        Assert.Equal((RenameTokenState.Applied, member.Name, name), (used.State, used.OldName, used.NewName));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoToken), await UseAsync(member, token, NewName()));
    }

    [Fact]
    public async Task DW_13_OneTokenUsedAtOnce_ChangesTheNameOnce()
    {
        var member = await Shop.MemberAsync();
        var token = await TokenAsync(member);
        var names = Enumerable.Range(0, 8).Select(_ => NewName()).ToList();
        var results = await ShopUnderTest.AtOnceAsync(8, i => UseAsync(member, token, names[i]));
        var done = Assert.Single(results.OfType<RenameResult.Done>());
        Assert.Equal(done.Name, await NameAsync(member));
    }

    [Fact]
    public async Task DW_13_OneNameWantedAtOnce_GoesToOneAndTheOthersKeepTheirTokens()
    {
        var members = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Shop.MemberAsync()));
        var codes = new List<string>();
        foreach (var member in members)
        {
            codes.Add(await TokenAsync(member));
        }

        var name = NewName();
        var results = await ShopUnderTest.AtOnceAsync(6, i => UseAsync(members[i], codes[i], name));
        Assert.Single(results.OfType<RenameResult.Done>());
        Assert.Equal(5, results.OfType<RenameResult.Refused>().Count(r => r.Reason == RenameRefusal.NameTaken));
        Assert.Equal(5, await Shop.ReadAsync(db => db.RenameTokens.CountAsync(t => t.State == RenameTokenState.Unused, Cancel)));
    }

    [Fact]
    public async Task DW_13_TokenOfSomebodyElse_DoesNothing()
    {
        var (owner, other) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var token = await TokenAsync(owner);
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoToken), await UseAsync(other, token, NewName()));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoToken), await Shop.Get<RenameTokens>().GiveAsync(other.Id, token, owner.Name, Cancel));
        Assert.Equal(other.Name, await NameAsync(other));
    }

    [Fact]
    public async Task DW_13_TokenPassedOn_IsTheOthersAlone()
    {
        var (owner, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var token = await TokenAsync(owner);
        Assert.Equal(new RenameResult.Done(friend.Name), await Shop.Get<RenameTokens>().GiveAsync(owner.Id, token, friend.Name.ToUpperInvariant(), Cancel));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoToken), await UseAsync(owner, token, NewName()));
        Assert.IsType<RenameResult.Done>(await UseAsync(friend, token, NewName()));
    }

    [Fact]
    public async Task DW_37_TokenForSomebodyWhoBannedItsOwner_StaysWhereItIs()
    {
        var (owner, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var token = await TokenAsync(owner);
        await Shop.Get<Writes>().RunAsync((unit, cancel) => GiftWishes.BanAsync(unit.Db, friend.Id, owner.Name, Shop.Clock.GetUtcNow(), cancel), Cancel);
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NotWanted), await Shop.Get<RenameTokens>().GiveAsync(owner.Id, token, friend.Name, Cancel));
        Assert.IsType<RenameResult.Done>(await UseAsync(owner, token, NewName()));
    }

    [Fact]
    public async Task DF_36_UnnamedTokenForADay_ComesThenWithItsNoteAndNoName()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var day = Days.Of(Shop.Clock.GetUtcNow()).AddDays(7);
        await Shop.AddAsync(giver.Buyer, new AddToCart("rename", 1, friend.Name, "a name of your own") { Anonymous = true, DeliverOn = Days.Text(day) });
        var order = await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(giver.Buyer)).Number);
        await Shop.PayAsync(order);
        Shop.Clock.Advance(Days.Begin(day) - Shop.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        await Shop.SendAsync();
        Assert.Equal((0, 0), ((await TokensAsync(friend)).Count, Shop.Sent.Count(OutboxKinds.Gift)));
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.Get<DeliveryRun>().PassAsync(Cancel);
        await Shop.SendAsync();
        Assert.Equal((1, 1), ((await TokensAsync(friend)).Count, Shop.Sent.Count(OutboxKinds.Gift)));
        var delivery = await Shop.ReadAsync(db => db.Deliveries.Select(d => d.Id).SingleAsync(Cancel));
        var mail = await Shop.ReadAsync(db => GiftReader.ReadAsync(db, new GiftMessage(delivery), Cancel));
        Assert.Equal((null, "a name of your own"), (mail.From, mail.Note));
    }

    [Fact]
    public async Task DW_14_TokenAsAGift_IsTheRecipientsWithAMail()
    {
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        await Shop.PayAsync(await Shop.BuyAsync(giver.Buyer, "rename", friend.Name, "For the new moon"));
        Assert.Equal((0, 1), ((await TokensAsync(giver)).Count, (await TokensAsync(friend)).Count));
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Gift));
    }

    [Fact]
    public async Task DW_13_TokenTakenBack_WorksNoMoreAlsoInOtherHands()
    {
        var (owner, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        var token = await TokenAsync(owner);
        await Shop.Get<RenameTokens>().GiveAsync(owner.Id, token, friend.Name, Cancel);
        Assert.IsType<RevokeResult.Revoked>(await RevokeAsync(owner));
        Assert.IsType<RevokeResult.Revoked>(await RevokeAsync(owner));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoToken), await UseAsync(friend, token, NewName()));
    }

    [Fact]
    public async Task DF_49_UsedToken_IsNotTakenBack()
    {
        var member = await Shop.MemberAsync();
        var token = await TokenAsync(member);
        await UseAsync(member, token, NewName());
        Assert.Equal(RevokeRefusal.TokenUsed, Assert.IsType<RevokeResult.Refused>(await RevokeAsync(member)).Reason);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    public async Task DW_13_Swap_TakesTwoTokensOfEitherAndEachHasTheOthersName(int mine, int theirs)
    {
        var (asker, other) = (await WithTokensAsync(mine), await WithTokensAsync(theirs));
        Assert.Equal(new RenameResult.Done(asker.Name), await AgreeAsync(other, await AskAsync(asker, other)));
        Assert.Equal((other.Name, asker.Name), (await NameAsync(asker), await NameAsync(other)));
        var used = (await TokensAsync(asker)).Concat(await TokensAsync(other)).ToList();
        Assert.All(used, t => Assert.Equal(RenameTokenState.Applied, t.State));
        Assert.Equal(new[] { (asker.Name, other.Name), (other.Name, asker.Name) }.Order(), used.Select(t => (t.OldName!, t.NewName!)).Order());
        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.NameSwapped));
    }

    [Fact]
    public async Task DW_13_SwapWithOneToken_ChangesNothingAndCanBeAgreedToLater()
    {
        var (asker, other) = (await WithTokensAsync(1), await WithTokensAsync(0));
        var swap = await AskAsync(asker, other);
        Assert.Equal(new RenameResult.Refused(RenameRefusal.TwoTokens), await AgreeAsync(other, swap));
        Assert.Equal((asker.Name, RenameTokenState.Unused), (await NameAsync(asker), (await TokensAsync(asker))[0].State));
        await TokenAsync(other);
        Assert.IsType<RenameResult.Done>(await AgreeAsync(other, swap));
    }

    [Fact]
    public async Task DW_13_SwapThatTheOtherDidNotAgreeTo_DoesNotHappen()
    {
        var (asker, other, third) = (await WithTokensAsync(2), await WithTokensAsync(0), await WithTokensAsync(0));
        var swap = await AskAsync(asker, other);
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoSwap), await AgreeAsync(asker, swap));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoSwap), await AgreeAsync(third, swap));
        Assert.False(await Shop.Get<NameSwaps>().EndAsync(third.Id, swap, Cancel));
        Assert.True(await Shop.Get<NameSwaps>().EndAsync(other.Id, swap, Cancel));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoSwap), await AgreeAsync(other, swap));
        Assert.Equal((asker.Name, other.Name), (await NameAsync(asker), await NameAsync(other)));
    }

    [Fact]
    public async Task DW_13_SwapOfANameThatChangedMeanwhile_OrWhoseDaysAreOver_IsNoneAnyMore()
    {
        var (asker, other) = (await WithTokensAsync(3), await WithTokensAsync(0));
        var swap = await AskAsync(asker, other);
        await UseAsync(asker, (await TokensAsync(asker))[0].Code, NewName());
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoSwap), await AgreeAsync(other, swap));
        swap = await AskAsync(asker, other);
        Shop.Clock.Advance(TimeSpan.FromDays(NameSwaps.Days));
        Assert.Equal(new RenameResult.Refused(RenameRefusal.NoSwap), await AgreeAsync(other, swap));
        Assert.Equal((other.Name, 2), (await NameAsync(other), (await TokensAsync(asker)).Count(t => t.State == RenameTokenState.Unused)));
    }

    [Fact]
    public async Task DW_13_SwapAgreedToAtOnceWhileATokenIsUsed_HappensOnceOrNotAtAll()
    {
        var (asker, other) = (await WithTokensAsync(2), await WithTokensAsync(0));
        var swap = await AskAsync(asker, other);
        var (code, name) = ((await TokensAsync(asker))[0].Code, NewName());
        var results = await ShopUnderTest.AtOnceAsync(6, i => i == 0 ? UseAsync(asker, code, name) : AgreeAsync(other, swap));
        Assert.Single(results.OfType<RenameResult.Done>());
        var names = (await NameAsync(asker), await NameAsync(other));
        Assert.Contains(names, new[] { (name, other.Name), (other.Name, asker.Name) }!);
    }

    private async Task<Person> WithTokensAsync(int tokens)
    {
        var member = await Shop.MemberAsync();
        if (tokens > 0)
        {
            await Shop.AddAsync(member.Buyer, "rename", tokens);
            await Shop.PayAsync(await Shop.OrderAsync(Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(member.Buyer)).Number));
        }

        return member;
    }

    /// <summary>The number of the swap that the one asks the other for.</summary>
    private async Task<long> AskAsync(Person asker, Person other)
    {
        Assert.Equal(new RenameResult.Done(other.Name), await Shop.Get<NameSwaps>().AskAsync(asker.Id, other.Name, Cancel));
        return (await Shop.ReadAsync(db => Shop.Get<NameSwaps>().OpenAsync(db, asker.Id, Cancel)))[0].Id;
    }

    private Task<RenameResult> AgreeAsync(Person member, long swap) => Shop.Get<NameSwaps>().AgreeAsync(member.Id, swap, Cancel);

    private static string NewName() => "n" + Codes.New(12);

    private async Task<string> TokenAsync(Person member)
    {
        await Shop.PayAsync(await Shop.BuyAsync(member.Buyer, "rename"));
        return (await TokensAsync(member))[0].Code;
    }

    private Task<IReadOnlyList<RenameToken>> TokensAsync(Person member) => Shop.ReadAsync(db => RenameTokens.OfAsync(db, member.Id, Cancel));

    private Task<RenameResult> UseAsync(Person member, string code, string name) => Shop.Get<RenameTokens>().UseAsync(member.Id, code, name, Cancel);

    private Task<string?> NameAsync(Person member) => Shop.ReadAsync(db => db.Users.Where(m => m.Id == member.Id).Select(m => m.UserName).FirstAsync(Cancel));

    /// <summary>Takes back what the member bought last.</summary>
    private Task<RevokeResult> RevokeAsync(Person member) => Shop.Get<Writes>().RunAsync(
        async (unit, token) =>
        {
            var delivery = await unit.Db.Deliveries.Where(d => unit.Db.Orders.Any(o => o.Id == d.OrderId && o.BuyerId == member.Id)).MaxAsync(d => d.Id, token);
            return await Shop.Get<ItemKinds>().Get(RenameTokenItem.KindKey).RevokeAsync(unit.Db, delivery, member.Id, Shop.Clock.GetUtcNow(), "test", token);
        },
        Cancel);
}

public sealed class RenameTests_Sqlite(SqliteDatabase database) : RenameTests(database), IClassFixture<SqliteDatabase>;

public sealed class RenameTests_Postgres(PostgresDatabase database) : RenameTests(database), IClassFixture<PostgresDatabase>;
