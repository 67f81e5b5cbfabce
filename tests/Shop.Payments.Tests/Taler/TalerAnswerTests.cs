using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Taler;

namespace Shop.Payments.Tests.Taler;

/// <summary>Answers as other versions of the back end write them, and as somebody would who wants to be believed: what does not fit to the letter is Unknown, and nothing
/// is thrown.</summary>
public sealed class TalerAnswerTests
{
    private const string Paid = """
        {"order_status":"paid","refunded":true,"refund_pending":false,"refund_amount":"KUDOS:1","wired":false,"deposit_total":"KUDOS:0","last_payment":{"t_s":1772366400},"exchange_code":0,
         "contract_terms":{"order_id":"ORDER","amount":"KUDOS:13","merchant_base_url":"https://backend.example/instances/shop/","timestamp":{"t_s":1772366000},
          "pay_deadline":{"t_s":1772369600},"extra":{"attempt":"ATTEMPT"},"anything":{"new":[1,2]}},
         "refund_details":[{"reason":"by hand","amount":"KUDOS:1.00","timestamp":{"t_s":1772366500},"pending":false}],"wire_details":[]}
        """;

    private const string Unpaid = """
        {"order_status":"unpaid","taler_pay_uri":"taler://pay/backend.example/instances/shop/ORDER/?c=TOKEN","creation_time":{"t_ms":1772366000000},"summary":"s","total_amount":"KUDOS:13.00"}
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TP_1_Paid_IsReadToTheLetter()
    {
        var payment = Some.Payment();
        var told = await AskAsync(payment, Paid);
        Assert.IsType<PaymentOutcome.Captured>(told.Outcome);
        Assert.Equal((payment.Attempt, new PayeeReference("https://backend.example/instances/shop/"), false), (told.OurAttempt, told.Payee, told.Live));
        Assert.Equal((payment.Amount, DateTimeOffset.FromUnixTimeSeconds(1772366400)), (Assert.Single(told.Captures).Amount, told.Captures[0].At));
        Assert.Equal((RefundOutcome.Succeeded, 100L), (Assert.Single(told.Refunds).Outcome, told.Refunds[0].Amount.Minor));
    }

    [Fact]
    public async Task D13_UnpaidInTheWordsOfOldVersions_IsTheWalletsAddress()
    {
        var told = await AskAsync(Some.Payment(), Unpaid);
        Assert.StartsWith("taler://pay/backend.example/instances/shop/", TalerShop.Wallet(told), StringComparison.Ordinal);
        Assert.Equal(new PayeeReference("https://backend.example/instances/shop/"), told.Payee);
    }

    [Fact]
    public async Task TP_1_AnotherPayeeOrAttempt_IsToldAndNotTakenForOurs()
    {
        var payment = Some.Payment();
        var told = await AskAsync(payment, Paid.Replace("backend.example/instances/shop", "backend.example/instances/other", StringComparison.Ordinal));
        Assert.Equal(new PayeeReference("https://backend.example/instances/other/"), told.Payee);
        var other = Guid.CreateVersion7();
        Assert.Equal(new AttemptId(other), (await AskAsync(payment, Paid.Replace("ATTEMPT", other.ToString(), StringComparison.Ordinal), known: true)).OurAttempt);
        Assert.Null((await AskAsync(payment, Paid.Replace("\"attempt\"", "\"somebody\"", StringComparison.Ordinal))).OurAttempt);
    }

    [Theory]
    [InlineData("\"order_status\":\"paid\"", "\"order_status\":\"settled\"")]
    [InlineData("\"order_status\":\"paid\"", "\"order_status\":null")]
    [InlineData("\"order_status\":\"paid\",", "")]
    [InlineData("\"order_status\":\"paid\"", "\"order_status\":\"paid\",\"order_status\":\"paid\"")]
    [InlineData("\"order_id\":\"ORDER\"", "\"order_id\":\"ANOTHER\"")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":\"KUDOS:-13\"")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":\"USD:13\"")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":\"KUDOS:13.001\"")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":\"KUDOS:99999999999999999999\"")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":13")]
    [InlineData("\"amount\":\"KUDOS:13\"", "\"amount\":null")]
    [InlineData("\"amount\":\"KUDOS:13\",", "")]
    [InlineData("\"last_payment\":{\"t_s\":1772366400}", "\"last_payment\":{\"t_s\":99999999999999999}")]
    [InlineData("\"last_payment\":{\"t_s\":1772366400}", "\"last_payment\":{\"t_s\":-1}")]
    [InlineData("\"last_payment\":{\"t_s\":1772366400}", "\"last_payment\":{\"t_s\":1.5}")]
    [InlineData("\"last_payment\":{\"t_s\":1772366400}", "\"last_payment\":1772366400")]
    [InlineData("\"last_payment\":{\"t_s\":1772366400}", "\"last_payment\":{}")]
    [InlineData("\"contract_terms\":", "\"other_terms\":")]
    [InlineData("\"amount\":\"KUDOS:1.00\"", "\"amount\":\"KUDOS:x\"")]
    [InlineData("\"amount\":\"KUDOS:1.00\"", "\"amount\":\"EUR:1.00\"")]
    [InlineData("\"refund_details\":[", "\"refund_details\":[null,")]
    [InlineData("\"refund_details\":[", "\"refund_details\":[{},")]
    [InlineData("\"pending\":false", "\"pending\":\"no\"")]
    [InlineData("\"anything\":{\"new\":[1,2]}", "\"anything\":{\"new\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}")]
    [InlineData("\"wire_details\":[]}", "\"wire_details\":[]")]
    public async Task P16_PaidInWordsThatDoNotFit_IsUnknown(string word, string instead)
    {
        Assert.Contains(word, Paid, StringComparison.Ordinal);
        Assert.IsType<PaymentOutcome.Unknown>((await AskAsync(Some.Payment(), Paid.Replace(word, instead, StringComparison.Ordinal))).Outcome);
    }

    [Theory]
    [InlineData("https://elsewhere.example/steal")]
    [InlineData("javascript:alert(1)")]
    [InlineData("taler://pay/elsewhere.example/instances/shop/ORDER/?c=TOKEN")]
    [InlineData("taler://pay/backend.example/instances/other/ORDER/?c=TOKEN")]
    [InlineData("taler+http://pay/backend.example/instances/shop/ORDER/?c=TOKEN")]
    [InlineData("taler://pay/backend.example/instances/shop/ANOTHER/?c=TOKEN")]
    [InlineData("taler://refund/backend.example/instances/shop/ORDER/")]
    [InlineData("")]
    public async Task P16_AddressThatLeadsAWalletElsewhere_IsUnknownAndShownToNobody(string address)
    {
        var told = await AskAsync(Some.Payment(), Unpaid.Replace("taler://pay/backend.example/instances/shop/ORDER/?c=TOKEN", address, StringComparison.Ordinal));
        Assert.Equal("foreign_pay_uri", Assert.IsType<PaymentOutcome.Unknown>(told.Outcome).Why);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, """{"code":2005,"hint":"no such order"}""", typeof(PaymentOutcome.NotFound))]
    [InlineData(HttpStatusCode.NotFound, """{"code":2000,"hint":"no such instance"}""", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.NotFound, """{"hint":"no such page"}""", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.NotFound, "<h1>404</h1>", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.InternalServerError, """{"code":2005}""", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.Found, "", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.NoContent, "", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.OK, "null", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.OK, "[]", typeof(PaymentOutcome.Unknown))]
    [InlineData(HttpStatusCode.OK, "", typeof(PaymentOutcome.Unknown))]
    public async Task D13_OnlyTalersOwnWordThatThereIsNoOrder_MeansNotFound(HttpStatusCode status, string body, Type outcome) =>
        Assert.IsType(outcome, (await AskAsync(Some.Payment(), body, status)).Outcome);

    [Fact]
    public async Task P06_InstanceThatIsGone_NeedsAPerson() =>
        Assert.Equal(FaultKind.Permanent, Assert.IsType<PaymentOutcome.Unknown>((await AskAsync(Some.Payment(), """{"code":2000}""", HttpStatusCode.NotFound)).Outcome).Fault);

    [Theory]
    [InlineData(403, 2532, "no_refunds_at_all")]
    [InlineData(404, 2005, "order_unknown")]
    [InlineData(409, 2531, "not_paid")]
    [InlineData(410, 9999, "too_late")]
    [InlineData(451, 9999, "legal_reasons")]
    public async Task TP_3_RefundRefusedInAnyVersionsWords_Failed(int status, int code, string word)
    {
        var payment = Some.Payment();
        var refused = await RefundAsync(payment, request => request.Method == HttpMethod.Get ? (HttpStatusCode.OK, Paid) : ((HttpStatusCode)status, $$"""{"code":{{code}}}"""));
        Assert.Equal((RefundOutcome.Failed, word), (refused.Outcome, refused.ProviderCode));
    }

    [Theory]
    [InlineData(403, """{"code":41}""")]
    [InlineData(409, "<h1>conflict</h1>")]
    [InlineData(500, """{"code":2530}""")]
    [InlineData(200, "{}")]
    public async Task R03_RefundAnsweredWithoutAReason_IsUnknown(int status, string body) =>
        Assert.Equal(RefundOutcome.Unknown, (await RefundAsync(Some.Payment(), request => request.Method == HttpMethod.Get ? (HttpStatusCode.OK, Paid) : ((HttpStatusCode)status, body))).Outcome);

    // said to be done, and not there when we look: asked for three times, and never called done
    [Fact]
    public async Task TP_2_TotalThatDoesNotGrow_IsUnknown()
    {
        var posts = 0;
        var refund = await RefundAsync(Some.Payment(), request => request.Method == HttpMethod.Get ? (HttpStatusCode.OK, Paid) : (HttpStatusCode.OK, $$"""{"taler_refund_uri":"x{{++posts}}"}"""));
        Assert.Equal((RefundOutcome.Unknown, 3), (refund.Outcome, posts));
    }

    private static async Task<PaymentSnapshot> AskAsync(StartPayment payment, string answer, HttpStatusCode status = HttpStatusCode.OK, bool known = false)
    {
        using var services = Shop(payment, _ => (status, answer));
        var reference = known ? new ProviderReference("orders/" + OrderOf(payment)) : (ProviderReference?)null;
        return await services.GetRequiredService<PaymentGateway>().GetAsync(TalerPlugin.Id, Some.Locator(payment) with { Reference = reference }, Cancel);
    }

    private static async Task<RefundSnapshot> RefundAsync(StartPayment payment, Func<HttpRequestMessage, (HttpStatusCode, string)> answer)
    {
        using var services = Shop(payment, answer);
        var refund = Guid.CreateVersion7();
        var request = new StartRefund(new RefundId(refund), Some.Locator(payment), new ProviderReference(OrderOf(payment)), new Money(50, Currency.Usd), new IdempotencyKey($"{refund}:refund"));
        return await services.GetRequiredService<PaymentGateway>().RefundAsync(TalerPlugin.Id, request, Cancel);
    }

    private static string OrderOf(StartPayment payment) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(payment.Key.Value)))[..32];

    private static ServiceProvider Shop(StartPayment payment, Func<HttpRequestMessage, (HttpStatusCode, string)> answer) => TalerShop.Build(
        [], services => services.AddHttpClient(TalerPlugin.Name).ConfigurePrimaryHttpMessageHandler(() => new Wire(request =>
        {
            var (status, body) = answer(request);
            return (status, body.Replace("ORDER", OrderOf(payment), StringComparison.Ordinal).Replace("ATTEMPT", payment.Attempt.Value.ToString(), StringComparison.Ordinal));
        })));

    private sealed class Wire(Func<HttpRequestMessage, (HttpStatusCode, string)> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("Bearer secret-token:ours", request.Headers.Authorization?.ToString());
            Assert.StartsWith("https://backend.example/instances/shop/private/orders", request.RequestUri!.AbsoluteUri, StringComparison.Ordinal);
            var (status, body) = answer(request);
            return Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
