using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Payments.Tests.Sandbox;

public sealed class BankApiTests : IAsyncLifetime
{
    private BankHost? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Host => host ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync() => host = await BankHost.StartAsync(Cancel, settings: new() { ["Payments:Sandbox:ReturnOrigins:0"] = "https://seller.example" });

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Theory]
    [InlineData("GET", "ledger")]
    [InlineData("GET", "account")]
    [InlineData("GET", "payments/sp_0")]
    [InlineData("POST", "payments")]
    [InlineData("POST", "charges/sc_0/refunds")]
    public async Task Call_WithoutTheKey_Is401(string method, string path)
    {
        using var without = await Host.Browser.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/sandbox/api/{path}"), Cancel);
        using var wrong = Host.Api(new HttpMethod(method), path);
        wrong.Headers.Authorization = new("Bearer", BankHost.ApiKey + "x");
        using var refused = await Host.Browser.SendAsync(wrong, Cancel);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (without.StatusCode, refused.StatusCode));
    }

    [Fact]
    public async Task Create_SameKeySameRequest_IsTheSameAnswerByteForByte()
    {
        var body = New();
        var first = await TextAsync(Host.Api(HttpMethod.Post, "payments", body, "k1"));
        var second = await TextAsync(Host.Api(HttpMethod.Post, "payments", body, "k1"));
        Assert.Equal(first, second);
        Assert.Contains("\"status\":\"open\"", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_SameKeyOtherRequest_Is409() =>
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict), (await StatusAsync("payments", New(), "k1"), await StatusAsync("payments", New(), "k1")));

    [Fact]
    public async Task Create_SameAttemptOtherKey_Is409()
    {
        var body = New();
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict), (await StatusAsync("payments", body, "k1"), await StatusAsync("payments", body, "k2")));
    }

    [Fact]
    public async Task Create_RefusedFirst_MayBeAskedAgainWithTheSameKey() =>
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.Created), (await StatusAsync("payments", New(amountMinor: 0), "k1"), await StatusAsync("payments", New(), "k1")));

    [Fact]
    public async Task Create_WithoutAKey_Is400() => Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("payments", New(), null));

    [Fact]
    public async Task Create_BodyThatIsNoPayment_Is400() => Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("payments", new { hello = "bank" }, "k1"));

    [Theory]
    [InlineData("https://localhost/checkout/n/return", true)]
    [InlineData("https://seller.example/thanks", true)]
    [InlineData("https://seller.example.evil.example/", false)]
    [InlineData("https://evil.example/", false)]
    [InlineData("http://localhost/", false)]
    [InlineData("https://localhost:444/", false)]
    [InlineData("https://localhost@evil.example/", false)]
    [InlineData("https://evil.example@localhost/", false)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("//evil.example/", false)]
    [InlineData("/checkout", false)]
    public async Task Create_ReturnAddress_OnlyToNamedOrigins(string address, bool allowed)
    {
        var expected = allowed ? HttpStatusCode.Created : HttpStatusCode.UnprocessableEntity;
        Assert.Equal(expected, await StatusAsync("payments", New(returnUrl: address), "k1"));
        Assert.Equal(expected, await StatusAsync("payments", New(cancelUrl: address), "k2"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Create_AmountNotPossible_Is422(long minor) => Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync("payments", New(amountMinor: minor), "k1"));

    [Fact]
    public async Task Create_CurrencyNotKnown_Is422() => Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync("payments", New(currency: "XXX"), "k1"));

    [Theory]
    [InlineData(0, "USD")]
    [InlineData(-5, "USD")]
    [InlineData(5, "EUR")]
    [InlineData(long.MaxValue, "USD")]
    public async Task Refund_AmountNotPossible_Is422AndMovesNothing(long minor, string currency)
    {
        var charge = await ChargeAsync();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await StatusAsync($"charges/{charge}/refunds", new { refund = Guid.CreateVersion7(), amountMinor = minor, currency }, "k1"));
        Assert.Equal(0, (await Host.LedgerAsync(Cancel)).GetProperty("refunds").GetArrayLength());
    }

    // two refunds that each fit, and together do not
    [Fact]
    public async Task Refund_ManyAtOnce_NeverMoreThanTheCharge()
    {
        var charge = await ChargeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number =>
            StatusAsync($"charges/{charge}/refunds", new { refund = Guid.CreateVersion7(), amountMinor = 500, currency = "USD" }, $"k{number}")));
        Assert.Equal(2, answers.Count(status => status == HttpStatusCode.Created));
        Assert.Equal(1000, (await Host.LedgerAsync(Cancel)).GetProperty("refunds").EnumerateArray().Sum(refund => refund.GetProperty("amountMinor").GetInt64()));
    }

    [Fact]
    public async Task Ledger_ListsChargesAndRefundsWithOurIds()
    {
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refund = Some.Refund(payment, captured, 300);
        await Host.Gateway.RefundAsync(Host.Provider.Id, refund, Cancel);
        var ledger = await Host.LedgerAsync(Cancel);
        var charge = Assert.Single(ledger.GetProperty("charges").EnumerateArray());
        var back = Assert.Single(ledger.GetProperty("refunds").EnumerateArray());
        Assert.Equal((payment.Attempt.Value, 1300, "USD"), (charge.GetProperty("attempt").GetGuid(), charge.GetProperty("amountMinor").GetInt64(), charge.GetProperty("currency").GetString()));
        Assert.Equal((refund.Refund.Value, charge.GetProperty("id").GetString(), 300), (back.GetProperty("refund").GetGuid(), back.GetProperty("charge").GetString(), back.GetProperty("amountMinor").GetInt64()));
    }

    [Fact]
    public async Task Health_KeyOfThisAccount_CanStart() => Assert.True((await ((IReportsHealth)Host.Provider).CheckAsync(Cancel)).CanStart);

    private static object New(string returnUrl = "https://localhost/r", string cancelUrl = "https://localhost/c", long amountMinor = 1300, string currency = "USD") =>
        new { attempt = Guid.CreateVersion7(), amountMinor, currency, summary = "1 month", reference = "K7WQ2M9D", merchant = (string?)null, locale = "en", returnUrl, cancelUrl };

    private async Task<PaymentSnapshot> PayAsync(StartPayment payment)
    {
        var started = await Host.Gateway.StartAsync(Host.Provider.Id, payment, Cancel);
        using var paid = await Host.PressAsync(BankHost.Hosted(started), "ok", Cancel);
        return await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), Cancel);
    }

    private async Task<string> ChargeAsync() => (await PayAsync(Some.Payment())).Captures[0].Reference.Value;

    private async Task<HttpStatusCode> StatusAsync(string path, object body, string? key)
    {
        using var response = await Host.Browser.SendAsync(Host.Api(HttpMethod.Post, path, body, key), Cancel);
        if (!response.IsSuccessStatusCode)
        {
            // every refusal says why
            var error = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.NotEmpty(error.GetProperty("error").GetProperty("code").GetString()!);
        }

        return response.StatusCode;
    }

    private async Task<string> TextAsync(HttpRequestMessage request)
    {
        using var response = await Host.Browser.SendAsync(request, Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }
}
