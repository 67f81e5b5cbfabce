using System.Text.Json.Nodes;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Accounts.Tests.Rules;

/// <summary>Revisions on a real database: one chain, in force at their time, taken back only before it.</summary>
public abstract class RuleBookTests(TestDatabase database) : DatabaseTests(database)
{
    private readonly TestClock clock = new(new DateTimeOffset(2030, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private TestDatabase own = null!;

    private RuleBook Book => new([AccountTerms.Rules, PublishingTerms.Rules], clock);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        own = await Database.FreshAsync();
        await using var db = own.NewContext();
        await Book.EnsureFirstRevisionAsync(db, Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        if (own is not null)
        {
            await own.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Scheduled_HoldsFromItsTimeAndNotBefore()
    {
        var revision = Published(await PublishAsync(1, Guard(20), clock.GetUtcNow().AddDays(1)));
        Assert.Equal((1, 14), await InForceAsync());
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal((revision, 20), await InForceAsync());
    }

    [Fact]
    public async Task Published_IsReadByABookThatReadTheOneBefore()
    {
        var node = Book;
        Assert.Equal(14, (await TermsAsync(node)).GuardDays);
        Published(await PublishAsync(1, Guard(20), clock.GetUtcNow()));
        Assert.Equal(20, (await TermsAsync(node)).GuardDays);
    }

    [Fact]
    public async Task Publish_MadeFromARevisionThatIsNotTheLast_SaysWhichIs()
    {
        var second = Published(await PublishAsync(1, Guard(20), clock.GetUtcNow()));
        Assert.Equal(second, Assert.IsType<PublishResult.Superseded>(await PublishAsync(1, Guard(30), clock.GetUtcNow())).Last);
        Assert.Equal((second, 20), await InForceAsync());
    }

    [Fact]
    public async Task Publish_BeforeAScheduledOne_IsRefusedBecauseItWouldBeOverruled()
    {
        var at = clock.GetUtcNow().AddDays(1);
        var scheduled = Published(await PublishAsync(1, Guard(20), at));
        Assert.Equal(new PublishResult.TooEarly(scheduled, at), await PublishAsync(scheduled, Guard(30), clock.GetUtcNow()));
    }

    [Fact]
    public async Task Withdrawn_NeverHolds_AndTheOneBeforeIsTheLastAgain()
    {
        var scheduled = Published(await PublishAsync(1, Guard(20), clock.GetUtcNow().AddDays(1)));
        Assert.True(await WithdrawAsync(scheduled));
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal((1, 14), await InForceAsync());
        var next = Published(await PublishAsync(1, Guard(30), clock.GetUtcNow()));
        Assert.Equal((3, 30), ((int)next, (await TermsAsync(Book)).GuardDays));
    }

    [Fact]
    public async Task Withdraw_OfWhatHolds_ChangesNothing()
    {
        var revision = Published(await PublishAsync(1, Guard(20), clock.GetUtcNow()));
        Assert.False(await WithdrawAsync(revision));
        Assert.Equal((revision, 20), await InForceAsync());
    }

    [Fact]
    public async Task Withdraw_OfWhatAnotherWasMadeFrom_ChangesNothing()
    {
        var at = clock.GetUtcNow().AddDays(1);
        var scheduled = Published(await PublishAsync(1, Guard(20), at));
        Published(await PublishAsync(scheduled, Guard(30), at));
        Assert.False(await WithdrawAsync(scheduled));
    }

    /// <summary>Whatever happens at once, a revision that was withdrawn has no successor, and one that has a successor was not withdrawn.</summary>
    [Fact]
    public async Task WithdrawAndPublishAtOnce_OneOfThemHappens()
    {
        for (var round = 0; round < 10; round++)
        {
            await using var db = own.NewContext();
            var last = await Book.LastAsync(db, Cancel);
            var scheduled = Published(await PublishAsync(last, Guard(20 + round), clock.GetUtcNow().AddDays(1)));
            using var barrier = new Barrier(2);
            var publish = Task.Run(
                async () =>
                {
                    barrier.SignalAndWait(Cancel);
                    return await PublishAsync(scheduled, Guard(40 + round), clock.GetUtcNow().AddDays(1)) is PublishResult.Published;
                },
                Cancel);
            var withdraw = Task.Run(
                async () =>
                {
                    barrier.SignalAndWait(Cancel);
                    return await WithdrawAsync(scheduled);
                },
                Cancel);
            Assert.Single(await Task.WhenAll(publish, withdraw), happened => happened);
            clock.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task Publish_ValuesOutOfTheirBounds_AreNamedWithWhatIsAllowed()
    {
        var json = Guard(400);
        json["conversions"]![0]!["keptDenominator"] = 0;
        var refused = Assert.IsType<PublishResult.Refused>(await PublishAsync(1, json, clock.GetUtcNow()));
        Assert.Equal(
            [
                ("accounts.classes:guardDays", "Days that are guarded must be 0 to 366."),
                ("accounts.classes:conversions[paid+premium].keptDenominator", "paid+premium: Parts altogether must be 1 to 1000000."),
            ],
            refused.Found.Where(p => !p.Path.EndsWith("keptNumerator", StringComparison.Ordinal)).Select(p => (p.Path, p.Text)));
    }

    [Theory]
    [InlineData("paid", "premium", 11, 10, "The conversion paid + premium keeps more than the time that is left: 11 of 10 parts.")]
    [InlineData("premium", "paid", 20, 10, "The conversion premium + paid and the way back together give more time than there was.")]
    public async Task Publish_ConversionThatMakesTimeOfNothing_IsRefused(string from, string bought, int kept, int of, string sentence)
    {
        var json = Guard(14);
        var conversion = json["conversions"]!.AsArray().Single(c => (string?)c!["from"] == from && (string?)c["bought"] == bought)!;
        (conversion["result"], conversion["keptNumerator"], conversion["keptDenominator"]) = (bought, kept, of);
        var refused = Assert.IsType<PublishResult.Refused>(await PublishAsync(1, json, clock.GetUtcNow()));
        Assert.Contains(sentence, refused.Problems);
    }

    [Fact]
    public async Task Publish_MembersThatNoRecordHas_AreRefused()
    {
        var json = Guard(14);
        json["surprise"] = 1;
        Assert.NotEmpty(Assert.IsType<PublishResult.Refused>(await PublishAsync(1, json, clock.GetUtcNow())).Problems);
    }

    private static JsonObject Guard(int days)
    {
        var json = AccountTerms.Rules.FirstJson;
        json["guardDays"] = days;
        return json;
    }

    private static long Published(PublishResult result) => Assert.IsType<PublishResult.Published>(result).Revision;

    private async Task<PublishResult> PublishAsync(long basedOn, JsonObject terms, DateTimeOffset at) => await AgainAsync(db => Book.PublishAsync(
        db,
        new Publication
        {
            BasedOn = basedOn, Sections = new Dictionary<string, JsonObject> { [AccountTerms.Section] = terms }, AuthorId = null, Reason = "test", EffectiveAt = at,
        },
        Cancel));

    private Task<bool> WithdrawAsync(long revision) => AgainAsync(db => Book.WithdrawAsync(db, revision, 1, Cancel));

    /// <summary>A unit of work as the shop runs it: again where the database was in somebody else's way.</summary>
    private async Task<T> AgainAsync<T>(Func<ShopDbContext, Task<T>> work)
    {
        while (true)
        {
            try
            {
                return await own.InTransactionAsync(work, Cancel);
            }
            catch (Exception e) when (Violations.IsContention(e))
            {
                Cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<AccountTerms> TermsAsync(RuleBook book)
    {
        await using var db = own.NewContext();
        return await book.GetAsync<AccountTerms>(db, await book.CurrentAsync(db, Cancel), Cancel);
    }

    private async Task<(long Revision, int GuardDays)> InForceAsync()
    {
        await using var db = own.NewContext();
        return (await Book.CurrentAsync(db, Cancel), (await TermsAsync(Book)).GuardDays);
    }
}

public sealed class RuleBookTests_Sqlite(SqliteDatabase database) : RuleBookTests(database), IClassFixture<SqliteDatabase>;

public sealed class RuleBookTests_Postgres(PostgresDatabase database) : RuleBookTests(database), IClassFixture<PostgresDatabase>;
