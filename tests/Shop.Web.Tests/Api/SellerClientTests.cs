using System.Net;
using System.Net.Http.Headers;
using Shop.TestKit;
using TeaShop;

namespace Shop.Web.Tests.Api;

/// <summary>The client that docs/sellers.md shows, against the shop.</summary>
public abstract class SellerClientTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task MZ_8_ClientOfTheDocument_MakesAFirstPurchase_AndSeesWhatItGave()
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var product = await seller.ProductAsync(Shop);
        var client = ClientOf(seller);
        var buyer = await client.BuyerAsync("person-4711");
        var token = (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer = buyer.Id, card = "ok" })).Text("token")!;
        var payment = await client.KeepAsync(buyer.Id, token);
        Assert.Equal(("visa 4242", true), (payment.Label, payment.Active));
        var subscription = await client.SubscribeAsync(buyer.Id, product, payment.Id, "join");
        Assert.Equal(("pending", 500, null), (subscription.State, subscription.Amount, subscription.PaidThrough));
        Assert.False(await client.HasAsync(buyer.Id, product));
        var transaction = await client.StartAsync(subscription.Id, "first-month");
        Assert.Equal(("pending", 500, "USD"), (transaction.State, transaction.Amount, transaction.Currency));
        Assert.Equal((transaction.Id, "succeeded", null), Outcome(await client.ChargeAsync(transaction.Id)));
        await Shop.WorkAsync(Cancel);
        Assert.True(await client.HasAsync(buyer.Id, product));
        Assert.Equal(buyer, await client.BuyerAsync("person-4711"));
    }

    [Fact]
    public async Task MZ_6_ClientOfTheDocument_ReadsWhyACardWasDeclined()
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var subscription = await seller.BeginAsync(await seller.BuyerAsync(), await seller.ProductAsync(Shop), "declined");
        var client = ClientOf(seller);
        var transaction = await client.StartAsync(subscription, "first-month");
        var (_, state, why) = Outcome(await client.ChargeAsync(transaction.Id));
        Assert.Equal("failed", state);
        Assert.NotNull(why);
    }

    [Fact]
    public async Task MZ_68_ClientOfTheDocument_Refused_SaysTheStatusAndTheShopsWords()
    {
        var client = ClientOf(await SellerProgram.OpenAsync(Shop, Cancel));
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.StartAsync("nothing", "first-month"));
        Assert.Equal(HttpStatusCode.NotFound, refusal.StatusCode);
        Assert.Contains("The seller has no such subscription.", refusal.Message, StringComparison.Ordinal);
    }

    private static (string Id, string State, string? Why) Outcome(DreamShop.Transaction transaction) => (transaction.Id, transaction.State, transaction.FailureCode);

    private DreamShop ClientOf(SellerProgram seller)
    {
        var http = Shop.CreateDefaultClient(new Uri(ShopHost.Address, "/api/v1/"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", seller.Key);
        return new DreamShop(http);
    }
}

public sealed class SellerClientTests_Sqlite(SqliteDatabase database) : SellerClientTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerClientTests_Postgres(PostgresDatabase database) : SellerClientTests(database), IClassFixture<PostgresDatabase>;

/// <summary>What docs/sellers.md says is what is tried here.</summary>
public sealed class SellerDocumentTests
{
    [Fact]
    public void MZ_8_ClientOfTheDocument_IsTheOneThatIsCompiledHere()
    {
        var code = File.ReadAllText(Repository.Path("samples", "SellerClient.cs")).ReplaceLineEndings("\n");
        Assert.Contains($"```csharp\n{code}```\n", File.ReadAllText(Repository.Path("docs", "sellers.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}
