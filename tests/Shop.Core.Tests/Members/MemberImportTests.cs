using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Members;

/// <summary>An existing community moves in: its members, their time and points, who maintains what.</summary>
public abstract class MemberImportTests(TestDatabase database) : ShopTests(database)
{
    private Task<ImportResult> ImportAsync(string rows, bool dryRun = false) =>
        Shop.Get<MemberImport>().RunAsync($"{MemberFile.Headings}\n{rows}\n", name => name.Length > 1 && name.All(c => char.IsAsciiLetterLower(c) || c == '_'), dryRun, Cancel);

    private Task<ImportResult> ImportMoreAsync(string rows, bool dryRun = false) => Shop.Get<MemberImport>().RunAsync(
        $"{MemberFile.Headings},{string.Join(',', MemberFile.MoreHeadings)}\n{rows}\n", name => name.Length > 1 && name.All(char.IsAsciiLetterLower), dryRun, Cancel);

    private Task<Member> MemberAsync(string name) =>
        Shop.ReadAsync(db => db.Users.AsNoTracking().FirstAsync(m => m.UserName == name, Cancel));

    private string Until(int days) => Shop.Clock.GetUtcNow().AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Import_BringsAccountsTimePointsAndMaintainers()
    {
        var result = await ImportAsync($"ann,ann@example.org,paid,{Until(45)},120,harbour;lanterns\nbob,bob@example.org,seed,,0,\nharbour,,premium,{Until(200)},,");
        Assert.Equal((0, 2, 2, 3, 1), (result.Problems.Count, result.Members, result.Communities, result.Times, result.Points));
        var ann = await MemberAsync("ann");
        Assert.Equal(new MembershipState("paid", Shop.Clock.GetUtcNow().AddDays(45), false), await Shop.MembershipAsync(ann.Id));
        Assert.Equal(120, await Shop.PointsAsync(ann.Id));
        Assert.True((await Shop.MembershipAsync((await MemberAsync("bob")).Id)).Permanent);
        var harbour = await MemberAsync("harbour");
        Assert.Equal(("premium", AccountKind.Community), ((await Shop.MembershipAsync(harbour.Id)).Class, harbour.Kind));
        Assert.Equal(["harbour", "lanterns"], (await Shop.ReadAsync(db => Communities.OfAsync(db, ann.Id, Cancel))).Select(c => c.Name));
    }

    [Fact]
    public async Task Import_Twice_ChangesNothingTheSecondTime()
    {
        var rows = $"ann,ann@example.org,paid,{Until(45)},120,harbour";
        await ImportAsync(rows);
        var before = await Shop.MembershipAsync((await MemberAsync("ann")).Id);
        var again = await ImportAsync(rows);
        Assert.Equal((0, 0, 0, 0, 0), (again.Problems.Count, again.Members, again.Communities, again.Times, again.Points));
        var ann = await MemberAsync("ann");
        Assert.Equal((before, 120L), (await Shop.MembershipAsync(ann.Id), await Shop.PointsAsync(ann.Id)));
    }

    /// <summary>The circle names somebody whose line comes later, and one whom nobody knows.</summary>
    [Fact]
    public async Task F6_DW_42_Import_BringsActivityAndCircles_OnceAndInADryRunNotAtAll()
    {
        const string rows = "ann,ann@example.org,,,,,2019-05-01,2026-02-27,120,400,6,9,,bob;harbour;nobody\nbob,bob@example.org,,,,,,,,,,,,ann\nharbour,,,,,,2018-01-02,2026-02-28,300,900,12,40,75,";
        foreach (var dryRun in new[] { true, false })
        {
            var result = await ImportMoreAsync(rows, dryRun);
            Assert.Equal((0, 3, 2, "nobody"), (result.Problems.Count, result.Circle, result.Activities, Assert.Single(result.Unknown)));
        }

        var again = await ImportMoreAsync(rows);
        Assert.Equal((0, 0), (again.Circle, again.Activities));
        var harbour = await Shop.ReadAsync(db => Shop.Get<RandomDesk>().FindAsync(db, "harbour", Cancel));
        Assert.Equal((true, 30, 75, 300), (harbour!.CanBeDrawn, harbour.Score, harbour.Facts.Members, harbour.Facts.Posts));
        var ann = await Shop.ReadAsync(db => Shop.Get<RandomDesk>().FindAsync(db, "ann", Cancel));
        Assert.Equal(("2019-05-01", 15, "bob harbour"), (Days.Text(Days.Of(ann!.CreatedAt)), ann.Score, string.Join(' ', ann.Circle)));
        Assert.Equal(1, (await ImportMoreAsync(rows.Replace(",120,", ",121,", StringComparison.Ordinal))).Activities);
    }

    [Theory]
    [InlineData("ann,a@example.org,,,,,2031-01-01,,,,,,,", "line 2: created must be a day or an instant")]
    [InlineData("ann,a@example.org,,,,,,yesterday,,,,,,", "line 2: last_post must be a day or an instant")]
    [InlineData("ann,a@example.org,,,,,,,many,,,,,", "line 2: posts must be a whole number")]
    [InlineData("ann,a@example.org,,,,,,,,,,,5,", "line 2: only a community has members")]
    [InlineData("ann,,,,,,,,,,,,,bob", "line 2: a community has no circle")]
    [InlineData("ann,a@example.org,,,,,,,,,,,,B!", "line 2: 'B!' in the circle is no user name")]
    public async Task Import_BadActivityOrCircle_IsNamedWithItsNumberAndNothingIsChanged(string rows, string problem)
    {
        Assert.StartsWith(problem, Assert.Single((await ImportMoreAsync(rows)).Problems), StringComparison.Ordinal);
        Assert.Equal(0, await Shop.ReadAsync(db => db.Users.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Import_DryRun_SaysWhatItWouldDoAndDoesNothing()
    {
        var result = await ImportAsync($"ann,ann@example.org,paid,{Until(45)},120,harbour", dryRun: true);
        Assert.Equal((1, 1, 1, 1), (result.Members, result.Communities, result.Times, result.Points));
        Assert.Equal(0, await Shop.ReadAsync(db => db.Users.CountAsync(m => m.UserName == "ann" || m.UserName == "harbour", Cancel)));
        Assert.Equal(0, await Shop.ReadAsync(db => db.MembershipEvents.CountAsync(Cancel)));
    }

    [Theory]
    [InlineData("2028-02-29")]
    [InlineData("2026-03-31")]
    [InlineData("2027-05-30")]
    [InlineData("2031-01-30")]
    [InlineData("2020-08-31")]
    public async Task Import_EveryEnd_IsMetExactly(string day)
    {
        await ImportAsync($"ann,ann@example.org,paid,{day},,");
        var end = Days.Begin(DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture).AddDays(1));
        Assert.Equal(end, (await Shop.MembershipAsync((await MemberAsync("ann")).Id)).Until);
    }

    [Fact]
    public async Task Import_MemberWhoBoughtMeanwhile_KeepsTheirTime()
    {
        await ImportAsync("ann,ann@example.org,,,,");
        var ann = await MemberAsync("ann");
        await Shop.PayAsync(await Shop.BuyAsync(new Buyer(ann.Id, null), "paid1"));
        var bought = await Shop.MembershipAsync(ann.Id);
        Assert.Equal(["ann"], (await ImportAsync($"ann,ann@example.org,paid,{Until(400)},,")).Left);
        Assert.Equal(bought, await Shop.MembershipAsync(ann.Id));
    }

    [Fact]
    public async Task Import_NameOfSomebodyElse_IsAProblemAndNothingIsChanged()
    {
        var there = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync((unit, token) => unit.Db.Users.Where(m => m.Id == there.Id).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.UserName, "ann").SetProperty(m => m.NormalizedUserName, "ANN"), token), Cancel);
        var result = await ImportAsync("bob,bob@example.org,,,,\nann,ann@example.org,,,50,");
        Assert.Equal(["line 3: 'ann' is somebody else here, with another e-mail address"], result.Problems);
        Assert.Equal(0, await Shop.ReadAsync(db => db.Users.CountAsync(m => m.UserName == "bob", Cancel)));
    }

    [Theory]
    [InlineData("Ann!,a@example.org,,,,", "line 2: 'Ann!' is no user name")]
    [InlineData("ann,nowhere,,,,", "line 2: 'nowhere' is no e-mail address")]
    [InlineData("ann,a@example.org,gold,2027-01-01,,", "line 2: there is no class 'gold'")]
    [InlineData("ann,a@example.org,paid,,,", "line 2: 'paid' needs an end")]
    [InlineData("ann,a@example.org,seed,2027-01-01,,", "line 2: 'seed' never runs out")]
    [InlineData("ann,a@example.org,,2027-01-01,,", "line 2: time needs a class")]
    [InlineData("ann,a@example.org,paid,tomorrow,,", "line 2: until must be a day")]
    [InlineData("ann,a@example.org,paid,2099-01-01,,", "line 2: until must be from 1990 to 99 months from now")]
    [InlineData("ann,a@example.org,,,-5,", "line 2: points must be a whole number")]
    [InlineData("ann,,,,5,", "line 2: a line without an e-mail address is a community")]
    [InlineData("ann,a@example.org,,,", "line 2: 6 fields are needed, and there are 5")]
    [InlineData("ann,a@example.org,,,,\nann,b@example.org,,,,", "line 3: 'ann' stands here twice")]
    [InlineData("\"an\"\"n\",\"a@example.org\",,,,\n\nbob,nowhere,,,,", "line 4: 'nowhere' is no e-mail address")]
    public async Task Import_BadLine_IsNamedWithItsNumberAndNothingIsChanged(string rows, string problem)
    {
        var result = await ImportAsync(rows);
        Assert.Contains(result.Problems, found => found.StartsWith(problem, StringComparison.Ordinal));
        Assert.Equal(0, await Shop.ReadAsync(db => db.Users.CountAsync(Cancel)));
    }
}

public sealed class MemberImportTests_Sqlite(SqliteDatabase database) : MemberImportTests(database), IClassFixture<SqliteDatabase>;

public sealed class MemberImportTests_Postgres(PostgresDatabase database) : MemberImportTests(database), IClassFixture<PostgresDatabase>;
