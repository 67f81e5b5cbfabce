using System.Net;
using AngleSharp.Dom;

namespace Shop.Payments.Tests.Sandbox;

/// <summary>What each button of the bank's pages does: to the books, to the buyer's browser, and to the shop that asks.</summary>
public sealed class OutcomeTests : IAsyncLifetime
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(7);

    private readonly StartPayment payment = Some.Payment();
    private BankHost? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Host => host ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync() => host = await BankHost.StartAsync(Cancel, settings: new() { ["Payments:Sandbox:SilentFor"] = "7" });

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Theory]
    [InlineData("declined", "declined", false)]
    [InlineData("insufficient", "declined", false)]
    [InlineData("pending", "pending", false)]
    [InlineData("timeout", "captured", true)]
    [InlineData("error", "captured", true)]
    public async Task Press_LeadsToTheReturnAddressAndSaysHowItStands(string outcome, string state, bool isCharged)
    {
        var hosted = BankHost.Hosted(await StartAsync());
        using var response = await Host.PressAsync(hosted, outcome, Cancel);
        Assert.Equal((HttpStatusCode.SeeOther, payment.ReturnUrl), (response.StatusCode, response.Headers.Location));
        var page = await Host.PageAsync(hosted, Cancel);
        Assert.Equal(state, page.QuerySelector("[data-testid=sandbox-state]")?.GetAttribute("data-state"));
        Assert.Null(page.QuerySelector("form"));
        Assert.Equal(isCharged ? 1 : 0, await ChargesAsync());
    }

    [Fact]
    public async Task Authenticate_AsksInASecondStepAndChargesNothingYet()
    {
        var started = await StartAsync();
        using var response = await Host.PressAsync(BankHost.Hosted(started), "authenticate", Cancel);
        Assert.Equal((HttpStatusCode.SeeOther, BankHost.Hosted(started).AbsolutePath), (response.StatusCode, response.Headers.Location?.OriginalString));
        var step = await Host.PageAsync(BankHost.Hosted(started), Cancel);
        Assert.Equal(["passed", "failed", "abandon"], step.QuerySelectorAll("form button[name=outcome]").Select(button => button.GetAttribute("value")));
        Assert.IsType<PaymentOutcome.ActionRequired>((await GetAsync(started)).Outcome);
        Assert.Equal(0, await ChargesAsync());
    }

    [Fact]
    public async Task Authenticate_Passed_Charges()
    {
        var started = await StartAsync();
        using var step = await Host.PressAsync(BankHost.Hosted(started), "authenticate", Cancel);
        using var passed = await Host.PressAsync(BankHost.Hosted(started), "passed", Cancel);
        Assert.Equal(payment.ReturnUrl, passed.Headers.Location);
        Assert.IsType<PaymentOutcome.Captured>((await GetAsync(started)).Outcome);
        Assert.Equal(1, await ChargesAsync());
    }

    [Fact]
    public async Task Passed_WithoutTheFirstStep_ChargesNothing()
    {
        var started = await StartAsync();
        using var passed = await Host.PressAsync(BankHost.Hosted(started), "passed", Cancel);
        Assert.Equal(BankHost.Hosted(started).AbsolutePath, passed.Headers.Location?.OriginalString);
        Assert.Equal(0, await ChargesAsync());
    }

    // a first page that was left open must not get round the second step
    [Fact]
    public async Task Ok_WhileAuthenticating_LeadsToTheSecondStepAndChargesNothing()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        using var step = await Host.SubmitAsync(hosted, "authenticate", token, Cancel);
        using var ok = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        Assert.Equal(hosted.AbsolutePath, ok.Headers.Location?.OriginalString);
        Assert.Equal(0, await ChargesAsync());
    }

    [Fact]
    public async Task P07_AuthenticationAbandoned_StaysPayableAndCanBeCancelled()
    {
        var started = await StartAsync();
        using var step = await Host.PressAsync(BankHost.Hosted(started), "authenticate", Cancel);
        using var left = await Host.PressAsync(BankHost.Hosted(started), "abandon", Cancel);
        Assert.Equal(payment.CancelUrl, left.Headers.Location);
        Assert.IsType<PaymentOutcome.ActionRequired>((await GetAsync(started)).Outcome);
        var token = await Host.TokenAsync(BankHost.Hosted(started), Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await CancelAsync(started)).Outcome);
        using var passed = await Host.SubmitAsync(BankHost.Hosted(started), "passed", token, Cancel);
        Assert.Equal(payment.CancelUrl, passed.Headers.Location);
        Assert.Equal(0, await ChargesAsync());
    }

    [Fact]
    public async Task Declined_OkOnAPageLeftOpen_LeadsBackAndChargesNothing()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        using var declined = await Host.SubmitAsync(hosted, "declined", token, Cancel);
        using var ok = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        Assert.Equal(payment.ReturnUrl, ok.Headers.Location);
        Assert.Equal(0, await ChargesAsync());
    }

    [Fact]
    public async Task Pending_OkOnThePageOfTheBuyerLeftOpen_ChargesNothing()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        using var pending = await Host.SubmitAsync(hosted, "pending", token, Cancel);
        using var ok = await Host.SubmitAsync(hosted, "ok", token, Cancel);
        Assert.Equal(payment.ReturnUrl, ok.Headers.Location);
        Assert.Equal(0, await ChargesAsync());
    }

    [Fact]
    public async Task List_OffersBothEndingsOfAPendingPaymentAndOfNoOther()
    {
        await Host.Gateway.StartAsync(Host.Provider.Id, Some.Payment(), Cancel);
        await PendingAsync();
        var list = await Host.PageAsync(BankHost.AllPayments, Cancel);
        var rows = list.QuerySelectorAll("[data-testid=sandbox-payment]").ToDictionary(row => row.GetAttribute("data-state")!);
        Assert.Equal(["ok", "denied"], rows["pending"].QuerySelectorAll("button[name=outcome]").Select(button => button.GetAttribute("value")));
        Assert.All(rows["pending"].QuerySelectorAll("button"), button => Assert.Contains("K7WQ2M9D", button.TextContent, StringComparison.Ordinal));
        Assert.Null(rows["open"].QuerySelector("button"));
    }

    [Theory]
    [InlineData("ok", "captured", 1)]
    [InlineData("denied", "declined", 0)]
    public async Task Decide_EndsItAndSaysSo(string outcome, string state, int charges)
    {
        var started = await PendingAsync();
        using var response = await Host.DecideAsync(started, outcome, Cancel);
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        var list = await Host.PageAsync(response.Headers.Location!, Cancel);
        Assert.Equal(state, list.QuerySelector("[role=status][data-testid=sandbox-decided]")?.GetAttribute("data-state"));
        Assert.Null(list.QuerySelector("[data-testid=sandbox-payment] form"));
        Assert.Equal(charges, await ChargesAsync());
    }

    [Fact]
    public async Task Decide_TheOtherWayAfterwards_IsRefusedInWordsAndChangesNothing()
    {
        var started = await PendingAsync();
        var token = await Host.DecisionTokenAsync(started, Cancel);
        using var denied = await Host.SubmitDecisionAsync(started, "denied", token, Cancel);
        using var ok = await Host.SubmitDecisionAsync(started, "ok", token, Cancel);
        await IsRefusedAsync(ok);
        Assert.Equal(0, await ChargesAsync());
        Assert.IsType<PaymentOutcome.Declined>((await GetAsync(started)).Outcome);
    }

    [Fact]
    public async Task Decide_ManyTimesAtOnce_ChargesOnce()
    {
        var started = await PendingAsync();
        var token = await Host.DecisionTokenAsync(started, Cancel);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Host.SubmitDecisionAsync(started, "ok", token, Cancel)));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.SeeOther));
        Assert.Equal(1, await ChargesAsync());
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    public async Task Decide_FormTokenNotOfThisPayment_IsRefusedInWordsAndChangesNothing(string token)
    {
        var started = await PendingAsync();
        using var response = await Host.SubmitDecisionAsync(started, "ok", token, Cancel);
        await IsRefusedAsync(response);
        Assert.IsType<PaymentOutcome.Processing>((await GetAsync(started)).Outcome);
    }

    [Theory]
    [InlineData("timeout")]
    [InlineData("declined")]
    [InlineData("")]
    public async Task Decide_OutcomeThatIsNoDecision_IsRefusedInWordsAndChangesNothing(string outcome)
    {
        var started = await PendingAsync();
        using var response = await Host.DecideAsync(started, outcome, Cancel);
        await IsRefusedAsync(response);
        Assert.IsType<PaymentOutcome.Processing>((await GetAsync(started)).Outcome);
    }

    [Fact]
    public async Task Decide_NoForm_IsRefused()
    {
        using var response = await Host.Browser.PostAsync(BankHost.AllPayments, new StringContent("{}"), Cancel);
        await IsRefusedAsync(response);
    }

    [Fact]
    public async Task Decide_APaymentThatIsNotPending_IsRefusedAndChargesNothing()
    {
        var started = await StartAsync();
        using var response = await Host.SubmitDecisionAsync(started, "ok", await Host.TokenAsync(BankHost.Hosted(started), Cancel), Cancel);
        await IsRefusedAsync(response);
        Assert.Equal(0, await ChargesAsync());
    }

    // what the shop can ask about a payment: by id, by our attempt, by cancelling, by the first call again
    public static TheoryData<string> Calls { get; } = ["get", "find", "cancel", "start"];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task P02_Error_EveryCallAboutItFailsForAWhileAndThenTellsTheCharge(string call)
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "error", Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await CallAsync(call, started)).Outcome);
        Host.Clock.Advance(SilentFor - TimeSpan.FromMilliseconds(1));
        Assert.IsType<PaymentOutcome.Unknown>((await CallAsync(call, started)).Outcome);
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<PaymentOutcome.Captured>((await CallAsync(call, started)).Outcome);
        Assert.Equal(1, await ChargesAsync());
    }

    // a refusal would be an answer
    [Fact]
    public async Task Error_CancelAtTheBank_Is500ForAWhileAndThenARefusal()
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "error", Cancel);
        var path = $"payments/{started.Reference!.Value.Value}/cancel";
        using var silent = await Host.Browser.SendAsync(Host.Api(HttpMethod.Post, path, key: "k1"), Cancel);
        Host.Clock.Advance(SilentFor);
        using var spoken = await Host.Browser.SendAsync(Host.Api(HttpMethod.Post, path, key: "k1"), Cancel);
        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.Conflict), (silent.StatusCode, spoken.StatusCode));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task P03_Timeout_EveryCallAboutItIsHeldWithoutAnAnswerAndThenTellsTheCharge(string call)
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "timeout", Cancel);
        var silentUntil = Host.Clock.GetUtcNow() + SilentFor;
        var held = CallAsync(call, started);
        await Host.Clock.UntilAsync(alarms => alarms.Contains(silentUntil), Cancel);
        Assert.False(held.IsCompleted);
        Host.Clock.Advance(SilentFor);
        Assert.IsType<PaymentOutcome.Unknown>((await held).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await CallAsync(call, started)).Outcome);
        Assert.Equal(1, await ChargesAsync());
    }

    [Fact]
    public async Task Timeout_OtherPaymentsAndPagesAreAnsweredMeanwhile()
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "timeout", Cancel);
        var silentUntil = Host.Clock.GetUtcNow() + SilentFor;
        var held = Enumerable.Range(0, 20).Select(_ => GetAsync(started)).ToList();
        await Host.Clock.UntilAsync(alarms => alarms.Count(alarm => alarm == silentUntil) == held.Count, Cancel);
        var other = Some.Payment();
        Assert.IsType<PaymentOutcome.ActionRequired>((await Host.Gateway.StartAsync(Host.Provider.Id, other, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.ActionRequired>((await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(other), Cancel)).Outcome);
        Assert.Equal("captured", (await Host.PageAsync(BankHost.Hosted(started), Cancel)).QuerySelector("[data-testid=sandbox-state]")?.GetAttribute("data-state"));
        Host.Clock.Advance(SilentFor);
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task Timeout_TheCallerLeaves_NothingIsHeldAnyMore()
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "timeout", Cancel);
        var silentUntil = Host.Clock.GetUtcNow() + SilentFor;
        using var caller = new CancellationTokenSource();
        var held = Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), caller.Token);
        await Host.Clock.UntilAsync(alarms => alarms.Contains(silentUntil), Cancel);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await Host.Clock.UntilAsync(alarms => !alarms.Contains(silentUntil), Cancel);
    }

    [Fact]
    public async Task Timeout_TheHostStops_IsNotKeptWaiting()
    {
        var stopping = await BankHost.StartAsync(Cancel);
        var started = await stopping.Gateway.StartAsync(stopping.Provider.Id, payment, Cancel);
        using var pressed = await stopping.PressAsync(BankHost.Hosted(started), "timeout", Cancel);
        var silentUntil = stopping.Clock.GetUtcNow().AddSeconds(10);
        var held = stopping.Gateway.GetAsync(stopping.Provider.Id, Some.Locator(payment, started), Cancel);
        await stopping.Clock.UntilAsync(alarms => alarms.Contains(silentUntil), Cancel);
        await stopping.DisposeAsync();
        Assert.IsType<PaymentOutcome.Unknown>((await held.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Outcome);
    }

    [Fact]
    public async Task Silence_OutlivesARestart()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-bank-").FullName;
        await using (var before = await BankHost.StartAsync(Cancel, folder))
        {
            var started = await before.Gateway.StartAsync(before.Provider.Id, payment, Cancel);
            using var pressed = await before.PressAsync(BankHost.Hosted(started), "error", Cancel);
        }

        await using var after = await BankHost.StartAsync(Cancel, folder);
        Assert.IsType<PaymentOutcome.Unknown>((await after.Gateway.GetAsync(after.Provider.Id, Some.Locator(payment), Cancel)).Outcome);
        after.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.IsType<PaymentOutcome.Captured>((await after.Gateway.GetAsync(after.Provider.Id, Some.Locator(payment), Cancel)).Outcome);
    }

    // nothing that the shop does not know may look like an end
    [Fact]
    public async Task Get_StatusNobodyKnows_IsUnknown()
    {
        var started = await PendingAsync();
        Host.Wire.Fault = async (response, token) =>
        {
            var body = await response.Content.ReadAsStringAsync(token);
            return new HttpResponseMessage(response.StatusCode) { Content = new StringContent(body.Replace("\"pending\"", "\"settling\"", StringComparison.Ordinal), System.Text.Encoding.UTF8, "application/json") };
        };
        Assert.IsType<PaymentOutcome.Unknown>((await GetAsync(started)).Outcome);
    }

    private Task<PaymentSnapshot> StartAsync() => Host.Gateway.StartAsync(Host.Provider.Id, payment, Cancel);

    private Task<PaymentSnapshot> GetAsync(PaymentSnapshot started) => Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), Cancel);

    private Task<PaymentSnapshot> CancelAsync(PaymentSnapshot started) =>
        Host.Gateway.CancelAsync(Host.Provider.Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);

    private Task<PaymentSnapshot> CallAsync(string call, PaymentSnapshot started) => call switch
    {
        "get" => GetAsync(started),
        "find" => Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment), Cancel),
        "cancel" => CancelAsync(started),
        _ => StartAsync(),
    };

    private async Task<PaymentSnapshot> PendingAsync()
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "pending", Cancel);
        return started;
    }

    private async Task<int> ChargesAsync() => (await Host.LedgerAsync(Cancel)).GetProperty("charges").GetArrayLength();

    private static async Task IsRefusedAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotNull((await BankHost.ReadAsync(response, Cancel)).QuerySelector("[data-testid=error][role=alert]"));
    }
}
