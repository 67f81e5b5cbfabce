using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.Rules;

/// <summary>A site with account rules of its own: the sample of docs/account-rules.md, compiled, put in place and used.</summary>
public abstract class OwnAccountRulesTests(TestDatabase database) : ShopTests(database)
{
    private Task<ShopUnderTest> SiteAsync() => NodeAsync(change: services =>
    {
        services.AddSingleton<AccountRules>();
        services.AddSingleton<IAccountRules, ThirteenForTwelve>();
    });

    [Fact]
    public async Task DW_83_CommunityOfASiteWithItsOwnRules_GetsThirteenMonthsForTwelve_AndThePageSaysSo()
    {
        var site = await SiteAsync();
        var buyer = await site.MemberAsync();
        var community = await site.CommunityAsync(buyer);
        await site.AddAsync(buyer.Buyer, "paid12", recipient: community.Name);
        var shown = Assert.IsType<LineEffect.RunsUntil>(Assert.Single((await site.CartAsync(buyer.Buyer)).Lines).Effect);
        Assert.Equal(site.Clock.GetUtcNow().AddMonths(13), shown.Until);

        await site.PayAsync(await site.OrderAsync(Assert.IsType<PlaceResult.Placed>(await site.PlaceAsync(buyer.Buyer)).Number));
        Assert.Equal(shown.Until, (await site.MembershipAsync(community.Id)).Until);
    }

    [Fact]
    public async Task DW_83_PersonOfThatSite_GetsTwelveForTwelve()
    {
        var site = await SiteAsync();
        var buyer = await site.MemberAsync();
        await site.PayAsync(await site.BuyAsync(buyer.Buyer, "paid12"));
        Assert.Equal(site.Clock.GetUtcNow().AddMonths(12), (await site.MembershipAsync(buyer.Id)).Until);
    }

    [Fact]
    public void DW_83_TheSampleOfTheDocument_IsTheOneThatIsCompiledHere()
    {
        var code = File.ReadAllText(Repository.Path("tests", "Shop.Core.Tests", "Rules", "ThirteenForTwelve.cs")).ReplaceLineEndings("\n");
        var sample = code[code.IndexOf("public sealed class", StringComparison.Ordinal)..].TrimEnd();
        Assert.Contains(sample, File.ReadAllText(Repository.Path("docs", "account-rules.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}

public sealed class OwnAccountRulesTests_Sqlite(SqliteDatabase database) : OwnAccountRulesTests(database), IClassFixture<SqliteDatabase>;

public sealed class OwnAccountRulesTests_Postgres(PostgresDatabase database) : OwnAccountRulesTests(database), IClassFixture<PostgresDatabase>;
