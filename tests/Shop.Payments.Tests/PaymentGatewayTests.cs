using Microsoft.Extensions.Logging;
using Shop.TestKit;

namespace Shop.Payments.Tests;

public sealed class PaymentGatewayTests
{
    private readonly TestClock clock = new();
    private readonly Lines log = new();
    private readonly StartPayment payment = Some.Payment();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ProviderAnswers_IsTheAnswer()
    {
        var answer = new PaymentSnapshot { Outcome = new PaymentOutcome.Approved() };
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => Task.FromResult(answer) });
        Assert.Equal(answer, await gateway.StartAsync(Id, payment, Now) with { Call = null });
    }

    // the limit only turns a test that would hang for ever into a failed one
    [Fact(Timeout = 30_000)]
    public async Task Start_ProviderHangsAndLooksAtItsToken_IsUnknownAfterTheLimit()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = token => new TaskCompletionSource<PaymentSnapshot>().Task.WaitAsync(token) });
        var call = gateway.StartAsync(Id, payment, Now);
        clock.Advance(PaymentGateway.Limit);
        Assert.IsType<PaymentOutcome.Unknown>((await call).Outcome);
    }

    // the limit only turns a test that would hang for ever into a failed one
    [Fact(Timeout = 30_000)]
    public async Task Start_ProviderHangsAndIgnoresItsToken_IsUnknownAfterTheLimit()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => new TaskCompletionSource<PaymentSnapshot>().Task });
        var call = gateway.StartAsync(Id, payment, Now);
        clock.Advance(PaymentGateway.Limit);
        Assert.IsType<PaymentOutcome.Unknown>((await call).Outcome);
    }

    [Fact]
    public void Start_ShortlyBeforeTheLimit_StillWaits()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => new TaskCompletionSource<PaymentSnapshot>().Task });
        var call = gateway.StartAsync(Id, payment, Now);
        clock.Advance(PaymentGateway.Limit - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public async Task Start_ProviderThrowsAtOnce_IsUnknown()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => throw new InvalidOperationException() });
        Assert.IsType<PaymentOutcome.Unknown>((await gateway.StartAsync(Id, payment, Now)).Outcome);
    }

    [Fact]
    public async Task Start_ProviderThrowsLater_IsUnknown()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = async _ => { await Task.Yield(); throw new HttpRequestException(); } });
        Assert.IsType<PaymentOutcome.Unknown>((await gateway.StartAsync(Id, payment, Now)).Outcome);
    }

    [Fact]
    public async Task Start_ProviderGivesUpByItself_IsUnknown()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => throw new TaskCanceledException() });
        Assert.IsType<PaymentOutcome.Unknown>((await gateway.StartAsync(Id, payment, Now)).Outcome);
    }

    [Fact]
    public async Task Start_ProviderAnswersNull_IsUnknown()
    {
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => Task.FromResult<PaymentSnapshot>(null!) });
        Assert.IsType<PaymentOutcome.Unknown>((await gateway.StartAsync(Id, payment, Now)).Outcome);
    }

    [Fact]
    public async Task Get_CapturedWithoutACapture_IsUnknown()
    {
        var gateway = Gateway(new ScriptedProvider { OnGet = _ => Task.FromResult(new PaymentSnapshot { Outcome = new PaymentOutcome.Captured() }) });
        Assert.IsType<PaymentOutcome.Unknown>((await gateway.GetAsync(Id, Some.Locator(payment), Now)).Outcome);
    }

    [Fact]
    public async Task Start_NoSuchProvider_IsUnknown() =>
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway().StartAsync(new ProviderId("gone"), payment, Now)).Outcome);

    [Fact]
    public async Task Start_CallerLeavesAfterSending_StillGetsTheAnswer()
    {
        var answered = new TaskCompletionSource<PaymentSnapshot>();
        var gateway = Gateway(new ScriptedProvider { OnStart = token => answered.Task.WaitAsync(token) });
        using var caller = new CancellationTokenSource();
        var call = gateway.StartAsync(Id, payment, caller.Token);
        await caller.CancelAsync();
        answered.SetResult(new PaymentSnapshot { Outcome = new PaymentOutcome.Approved() });
        Assert.IsType<PaymentOutcome.Approved>((await call).Outcome);
    }

    [Fact]
    public async Task Refund_CallerLeavesAfterSending_StillGetsTheAnswer()
    {
        var captured = new PaymentSnapshot { Outcome = new PaymentOutcome.Captured(), Captures = [new(new("ch"), Some.Price, null, clock.GetUtcNow())] };
        var refund = Some.Refund(payment, captured, 100);
        var answered = new TaskCompletionSource<RefundSnapshot>();
        var gateway = Gateway(new AbleProvider { OnRefund = token => answered.Task.WaitAsync(token) });
        using var caller = new CancellationTokenSource();
        var call = gateway.RefundAsync(Id, refund, caller.Token);
        await caller.CancelAsync();
        answered.SetResult(new RefundSnapshot(RefundOutcome.Succeeded, new("re"), refund.Refund, refund.Capture, refund.Amount, null, null));
        Assert.Equal(RefundOutcome.Succeeded, (await call).Outcome);
    }

    [Fact]
    public async Task Start_CallerLeftBefore_SendsNothing()
    {
        var sent = false;
        var gateway = Gateway(new ScriptedProvider { OnStart = _ => { sent = true; return Task.FromResult(PaymentSnapshot.Unknown("")); } });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gateway.StartAsync(Id, payment, new CancellationToken(true)));
        Assert.False(sent);
    }

    [Fact]
    public async Task Get_CallerLeaves_IsGivenUp()
    {
        var gateway = Gateway(new ScriptedProvider { OnGet = token => new TaskCompletionSource<PaymentSnapshot>().Task.WaitAsync(token) });
        using var caller = new CancellationTokenSource();
        var call = gateway.GetAsync(Id, Some.Locator(payment), caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Cancel_ProviderCannot_IsHowThePaymentStands()
    {
        var open = new PaymentSnapshot { Outcome = new PaymentOutcome.Processing(null) };
        var gateway = Gateway(new ScriptedProvider { OnGet = _ => Task.FromResult(open) });
        Assert.Equal(open, await gateway.CancelAsync(Id, Some.Locator(payment), Some.Key("cancel"), Now) with { Call = null });
        Assert.False(gateway.CanCancel(Id));
    }

    [Fact]
    public async Task Cancel_ProviderCan_AsksIt()
    {
        var gateway = Gateway(new AbleProvider { OnCancel = _ => Task.FromResult(new PaymentSnapshot { Outcome = new PaymentOutcome.Cancelled() }) });
        Assert.IsType<PaymentOutcome.Cancelled>((await gateway.CancelAsync(Id, Some.Locator(payment), Some.Key("cancel"), Now)).Outcome);
        Assert.True(gateway.CanCancel(Id));
    }

    [Fact]
    public async Task Continue_NothingToContinue_IsHowThePaymentStands()
    {
        var open = new PaymentSnapshot { Outcome = new PaymentOutcome.Processing(null) };
        var gateway = Gateway(new ScriptedProvider { OnGet = _ => Task.FromResult(open) });
        Assert.Equal(open, await gateway.ContinueAsync(Id, Continue(), Now) with { Call = null });
    }

    [Fact]
    public async Task Continue_ProviderThrows_IsUnknown() =>
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway(new AbleProvider()).ContinueAsync(Id, Continue(), Now)).Outcome);

    [Fact]
    public async Task Refund_ProviderCannot_FailsForCertain()
    {
        var gateway = Gateway(new ScriptedProvider());
        Assert.Equal(RefundOutcome.Failed, (await gateway.RefundAsync(Id, Refund(), Now)).Outcome);
        Assert.False(gateway.CanRefund(Id));
    }

    [Fact]
    public async Task Refund_ProviderThrows_IsUnknownAndClaimsNoAmount()
    {
        var refund = Refund();
        var answer = await Gateway(new AbleProvider()).RefundAsync(Id, refund, Now);
        Assert.Equal((RefundOutcome.Unknown, refund.Refund, Money.Zero(Currency.Usd)), (answer.Outcome, answer.OurRefund, answer.Amount));
    }

    [Fact]
    public async Task GetRefund_ProviderThrows_IsUnknown() =>
        Assert.Equal(RefundOutcome.Unknown, (await Gateway(new AbleProvider()).GetRefundAsync(Id, Some.Locator(Refund()), Now)).Outcome);

    // an exception may quote the provider's answer, and that may hold anything
    [Fact]
    public async Task Log_ProviderThrows_HoldsTheIdAndNoMessage()
    {
        await Gateway(new ScriptedProvider { OnStart = _ => throw new FormatException("4242424242424242 is no name") }).StartAsync(Id, payment, Now);
        Assert.Contains(log.All, line => line.Contains(payment.Attempt.Value.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(log.All, line => line.Contains("4242", StringComparison.Ordinal));
    }

    private static ProviderId Id => new("scripted");

    private PaymentGateway Gateway(params IPaymentProvider[] providers) => new(new PaymentProviders(providers, []), clock, log);

    private ContinuePayment Continue() =>
        new(Some.Locator(payment), BuyerPresence.Present, new Dictionary<string, string>(), payment.ReturnUrl, Some.Key("continue"));

    private StartRefund Refund() => new(new RefundId(Guid.CreateVersion7()), Some.Locator(payment), new("ch"), Some.Price, Some.Key("refund"));

    private sealed class Lines : ILogger<PaymentGateway>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add($"{formatter(state, exception)} {exception}");
    }
}
