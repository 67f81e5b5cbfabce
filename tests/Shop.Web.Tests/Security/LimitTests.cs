using System.Net;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Security;

/// <summary>Limits that slow down whoever tries very much (security.md section 4).</summary>
public abstract class LimitTests(TestDatabase database) : BuyingTests(database)
{
    private const string Wait = "in a short time";

    [Fact]
    public async Task S12_TwentyOneNamesInAMinute_TheLastIsNotLookedUp()
    {
        var (visitor, _) = await MemberAsync();
        var form = await visitor.GetAsync("/shop/paid1");
        Page page = form;
        for (var i = 0; i < 21; i++)
        {
            page = await visitor.SubmitAsync(form, ("Recipient", $"nobody_{i}"));
            Assert.Equal(i == 20, page.Error!.Contains(Wait, StringComparison.Ordinal));
        }

        Assert.Equal("nobody_20", page.Value("Recipient"));
    }

    [Fact]
    public async Task S12_ElevenReceiptMailsFromOneNetworkInAnHour_TheLastIsRefused()
    {
        var visitor = Shop.NewVisitor();
        visitor.NetworkAddress = "203.0.113.7";
        var form = await visitor.GetAsync("/receipts");
        for (var i = 0; i < 11; i++)
        {
            var page = await visitor.SubmitAsync(form, ("Email", $"somebody{i}@example.org"));
            Assert.Equal(i == 10 ? HttpStatusCode.BadRequest : HttpStatusCode.OK, page.Status);
        }
    }

    [Fact]
    public async Task S14_TwentyOneTriesAtPayingFromOneNetwork_TheLastIsRefused()
    {
        for (var i = 0; i < 21; i++)
        {
            var (visitor, _) = await MemberAsync();
            await visitor.AddAsync("paid1");
            visitor.NetworkAddress = "203.0.113.8";
            var page = await visitor.PlaceAsync();
            Assert.Equal(i == 20, page.Error?.Contains(Wait, StringComparison.Ordinal) ?? false);
        }
    }
}

public sealed class LimitTests_Sqlite(SqliteDatabase database) : LimitTests(database), IClassFixture<SqliteDatabase>;

public sealed class LimitTests_Postgres(PostgresDatabase database) : LimitTests(database), IClassFixture<PostgresDatabase>;
