using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.SignUp;

/// <summary>Codes for signing up: what they give, to how many, and what staff may do with them.</summary>
public abstract class SignUpCodeTests(TestDatabase database) : ShopTests(database)
{
    private static readonly TimeGrant Month = new("paid", 1, 0);

    private SignUpDesk Desk => Shop.Get<SignUpDesk>();

    private async Task<SignUpCodesResult> MakeAsync(SignUpCodeKind kind, string? word, long count, TimeGrant? time = null, DateTimeOffset? until = null, Guid? key = null) =>
        await Desk.MakeAsync(
            new NewSignUpCodes { Key = key ?? Guid.CreateVersion7(Shop.Clock.GetUtcNow()), Kind = kind, Word = word, Count = count, Time = time, ExpiresAt = until }, 1, Cancel);

    private async Task<string> PromotionAsync(long uses, TimeGrant? time = null, DateTimeOffset? until = null)
    {
        var word = "word" + Codes.New(8);
        Assert.IsType<SignUpCodesResult.Made>(await MakeAsync(SignUpCodeKind.Promotion, word, uses, time, until));
        return word;
    }

    private Task<SignUpOffer?> FindAsync(string typed) => Shop.ReadAsync(db => Shop.Get<SignUpCodes>().FindAsync(db, typed, Cancel));

    /// <summary>A member as the registration makes one, before the code is looked at.</summary>
    private async Task<long> MemberAsync(long code) =>
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var name = "s" + Codes.New(10);
                var member = new Member { UserName = name, NormalizedUserName = name.ToUpperInvariant(), CreatedAt = Shop.Clock.GetUtcNow(), SignUpCodeId = code };
                unit.Db.Users.Add(member);
                await unit.Db.SaveChangesAsync(token);
                return member.Id;
            },
            Cancel);

    private async Task<long> CodeIdAsync(string word) => (await FindAsync(word))!.CodeId;

    [Fact]
    public async Task DW_89_Code_GivesItsTimeOnceHoweverOftenItIsAsked()
    {
        var member = await MemberAsync(await CodeIdAsync(await PromotionAsync(5, Month)));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(SignUpOutcome.Granted, await Shop.Get<SignUpCodes>().RedeemAsync(member, Cancel));
        }

        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), (await Shop.MembershipAsync(member)).Until);
        Assert.Equal(1, await Shop.ReadAsync(db => db.SignUpCodes.SumAsync(c => c.Used, Cancel)));
    }

    [Fact]
    public async Task DW_89_ProcessEndedBeforeTheCodeWasLookedAt_TheWorkerGivesTheTime()
    {
        var member = await MemberAsync(await CodeIdAsync(await PromotionAsync(1, Month)));
        Assert.Equal(1, await Shop.Get<SignUpCodes>().PassAsync(Cancel));
        Assert.Equal("paid", (await Shop.MembershipAsync(member)).Class);
        Assert.Equal(0, await Shop.Get<SignUpCodes>().PassAsync(Cancel));
    }

    [Fact]
    public async Task DF_50_LastUse_ManyAtOnceOnTwoNodes_OneGetsIt()
    {
        var code = await CodeIdAsync(await PromotionAsync(1, Month));
        var members = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            members.Add(await MemberAsync(code));
        }

        var other = await NodeAsync();
        var outcomes = await ShopUnderTest.AtOnceAsync(20, i => (i % 2 == 0 ? Shop : other).Get<SignUpCodes>().RedeemAsync(members[i], Cancel));
        Assert.Equal((1, 19), (outcomes.Count(o => o == SignUpOutcome.Granted), outcomes.Count(o => o == SignUpOutcome.UsedUp)));
        Assert.Equal(1, await Shop.ReadAsync(db => db.MembershipEvents.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DF_50_OneMemberAtOnceOnTwoNodes_OneUse()
    {
        var member = await MemberAsync(await CodeIdAsync(await PromotionAsync(10, Month)));
        var other = await NodeAsync();
        var outcomes = await ShopUnderTest.AtOnceAsync(8, i => (i % 2 == 0 ? Shop : other).Get<SignUpCodes>().RedeemAsync(member, Cancel));
        Assert.All(outcomes, outcome => Assert.Equal(SignUpOutcome.Granted, outcome));
        Assert.Equal(1, await Shop.ReadAsync(db => db.SignUpCodes.SumAsync(c => c.Used, Cancel)));
    }

    [Fact]
    public async Task DW_91_UsedUpOrOver_IsNotOffered()
    {
        var word = await PromotionAsync(1, Month, Shop.Clock.GetUtcNow().AddDays(1));
        var code = await CodeIdAsync(word);
        var (late, second) = (await MemberAsync(code), await MemberAsync(code));
        Shop.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(await FindAsync(word));
        Assert.Equal(SignUpOutcome.Expired, await Shop.Get<SignUpCodes>().RedeemAsync(late, Cancel));
        Shop.Clock.Advance(TimeSpan.FromDays(-1));
        await Shop.Get<SignUpCodes>().RedeemAsync(second, Cancel);
        Assert.Null(await FindAsync(word));
    }

    [Fact]
    public async Task DW_91_Word_IsReadWithoutCaseAndSpaces()
    {
        var word = await PromotionAsync(1);
        Assert.NotNull(await FindAsync($" {word.ToUpperInvariant()} "));
    }

    [Fact]
    public async Task DW_90_TimeTakenOut_TheCodeStaysGoodForSigningUp()
    {
        var word = await PromotionAsync(3, Month);
        var code = await CodeIdAsync(word);
        Assert.True(await Desk.EmptyAsync(code, 7, Cancel));
        Assert.False(await Desk.EmptyAsync(code, 7, Cancel));
        Assert.Null((await FindAsync(word))!.Time);
        var member = await MemberAsync(code);
        Assert.Equal(SignUpOutcome.Granted, await Shop.Get<SignUpCodes>().RedeemAsync(member, Cancel));
        Assert.Equal(MembershipState.Never, await Shop.MembershipAsync(member));
        var row = await Shop.ReadAsync(db => db.SignUpCodes.AsNoTracking().FirstAsync(c => c.Id == code, Cancel));
        Assert.Equal((Shop.Clock.GetUtcNow(), 7L), (row.EmptiedAt, row.EmptiedBy));
    }

    [Fact]
    public async Task DW_92_List_Filters()
    {
        var (fresh, over) = (await PromotionAsync(2), await PromotionAsync(2, null, Shop.Clock.GetUtcNow().AddMinutes(1)));
        var spent = await PromotionAsync(1);
        await Shop.Get<SignUpCodes>().RedeemAsync(await MemberAsync(await CodeIdAsync(spent)), Cancel);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var (filter, words) in new[]
        {
            (SignUpFilter.All, new[] { spent, over, fresh }), (SignUpFilter.Active, [fresh]), (SignUpFilter.Inactive, [spent, over]), (SignUpFilter.Unused, [over, fresh]), (SignUpFilter.UsedUp, [spent]),
        })
        {
            Assert.Equal(words, (await Shop.ReadAsync(db => Desk.ListAsync(db, filter, 1, Cancel))).Rows.Select(row => row.Word));
        }
    }

    [Fact]
    public async Task Invitations_SameFormTwice_AreTheSameCodesAndOnlyTheirHashesAreKept()
    {
        var key = Guid.CreateVersion7(Shop.Clock.GetUtcNow());
        var first = Assert.IsType<SignUpCodesResult.Made>(await MakeAsync(SignUpCodeKind.Invitation, null, 3, Month, key: key));
        var second = Assert.IsType<SignUpCodesResult.Made>(await MakeAsync(SignUpCodeKind.Invitation, null, 3, Month, key: key));
        Assert.Equal(first.Codes, second.Codes);
        Assert.Equal(3, first.Codes.Distinct().Count());
        Assert.All(first.Codes, code => Assert.Equal(32, code.Length));
        var kept = await Shop.ReadAsync(db => db.SignUpCodes.Select(c => c.Hash).ToListAsync(Cancel));
        Assert.Equal(first.Codes.Select(Codes.Hash).Order(StringComparer.Ordinal), kept.Order(StringComparer.Ordinal));
        Assert.NotNull(await FindAsync(first.Codes[1]));
    }

    [Theory]
    [InlineData("ab", 1, "paid", 1, 0, SignUpField.Word)]
    [InlineData("two words", 1, "paid", 1, 0, SignUpField.Word)]
    [InlineData("spring", 0, "paid", 1, 0, SignUpField.Count)]
    [InlineData("spring", 1_000_001, "paid", 1, 0, SignUpField.Count)]
    [InlineData("spring", 1, "free", 1, 0, SignUpField.Class)]
    [InlineData("spring", 1, "seed", 1, 0, SignUpField.Class)]
    [InlineData("spring", 1, "paid", 0, 0, SignUpField.Months)]
    [InlineData("spring", 1, "paid", 100, 0, SignUpField.Months)]
    [InlineData("spring", 1, "paid", 1, 32, SignUpField.Days)]
    public async Task DW_91_BadCodes_AreRefusedByField(string word, long uses, string accountClass, int months, int days, SignUpField field)
    {
        Assert.Equal(new SignUpCodesResult.Refused(field), await MakeAsync(SignUpCodeKind.Promotion, word, uses, new TimeGrant(accountClass, months, days)));
        Assert.Equal(0, await Shop.ReadAsync(db => db.SignUpCodes.CountAsync(Cancel)));
    }

    [Fact]
    public async Task DW_91_WordThatIsTaken_OrDayThatIsOver_IsRefused()
    {
        var word = await PromotionAsync(1);
        Assert.Equal(new SignUpCodesResult.Refused(SignUpField.Word), await MakeAsync(SignUpCodeKind.Promotion, word, 1));
        Assert.Equal(new SignUpCodesResult.Refused(SignUpField.Expires), await MakeAsync(SignUpCodeKind.Promotion, "spring", 1, until: Shop.Clock.GetUtcNow()));
    }
}

public sealed class SignUpCodeTests_Sqlite(SqliteDatabase database) : SignUpCodeTests(database), IClassFixture<SqliteDatabase>;

public sealed class SignUpCodeTests_Postgres(PostgresDatabase database) : SignUpCodeTests(database), IClassFixture<PostgresDatabase>;
