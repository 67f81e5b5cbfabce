using Shop.TestKit;

namespace Shop.Payments.Tests.Stripe;

/// <summary>What goes wrong between the plug-in and Stripe.</summary>
public sealed class StripeFaultTests : IAsyncLifetime
{
    private StripeHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await StripeHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task P02_ChargedAnd500Replayed_IsUnknownThenFoundAndChargedOnce()
    {
        var (payment, started) = await SavedAsync();
        await host.FailAsync("POST confirm", "charge_then_500", times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await host.ContinueAsync(payment, started)).Outcome);
        // the look-up before the confirm already sees it paid: the stored 500 is never asked for again
        Assert.IsType<PaymentOutcome.Captured>((await host.ContinueAsync(payment, started)).Outcome);
        Assert.Equal([payment.Amount], await host.TakenAsync(payment.Attempt));
    }

    [Fact]
    public async Task P02_Replayed500OfTheCreate_StaysUnknownAndTheLookUpFindsTheIntent()
    {
        var payment = StripeHost.Payment();
        await host.FailAsync("POST payment_intents", "charge_then_500", times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await host.StartAsync(payment)).Outcome);
        Assert.IsType<PaymentOutcome.Unknown>((await host.StartAsync(payment)).Outcome);
        Assert.NotNull((await host.GetAsync(payment)).Reference);
    }

    [Theory]
    [InlineData("charge_then_hang")]
    [InlineData("slow_drip")]
    public async Task P03_NoAnswerInTime_IsUnknownAndFoundLater(string mode)
    {
        var (payment, started) = await SavedAsync();
        await host.FailAsync("POST confirm", mode, times: 1);
        var answer = await host.Gateway.ContinueAsync(StripeHost.Id, new ContinuePayment(Some.Locator(payment, started), BuyerPresence.Present,
            new Dictionary<string, string>(), payment.ReturnUrl, new IdempotencyKey($"{payment.Attempt.Value}:continue")), Cancel, TimeSpan.FromMilliseconds(700));
        Assert.IsType<PaymentOutcome.Unknown>(answer.Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await host.GetAsync(payment, started)).Outcome);
        Assert.Single(await host.TakenAsync(payment.Attempt));
    }

    [Fact]
    public async Task P04_ResetBeforeTheWork_IsUnknownThenCertainlyNotThere()
    {
        var payment = StripeHost.Payment();
        await host.FailAsync("POST payment_intents", "reset_before", times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await host.StartAsync(payment)).Outcome);
        Assert.IsType<PaymentOutcome.NotFound>((await host.GetAsync(payment)).Outcome);
        Assert.IsType<PaymentOutcome.ActionRequired>((await host.StartAsync(payment)).Outcome);
    }

    [Theory]
    [InlineData(PaymentFlow.EmbeddedFields, "/v1/payment_intents")]
    [InlineData(PaymentFlow.Redirect, "/v1/checkout/sessions")]
    public async Task P04_ResetAfterTheWork_IsUnknownThenFoundByOurIdAlone(PaymentFlow flow, string path)
    {
        var payment = StripeHost.Payment(flow: flow);
        await host.FailAsync($"POST {path}", "charge_then_reset", times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await host.StartAsync(payment)).Outcome);
        Assert.Equal(payment.Attempt, (await host.GetAsync(payment)).OurAttempt);
        Assert.Equal(1, await host.PostsAsync(path));
    }

    [Fact]
    public async Task P05_AfterADay_LookUpsFindItAndNoOutdatedKeyIsSent()
    {
        await using var own = await StripeHost.StartAsync(await ProviderSimulator.StartAsync(), ownsSimulator: true);
        var paid = StripeHost.Payment(flow: PaymentFlow.Redirect);
        var started = await own.StartAsync(paid);
        await own.PayOnPageAsync(started.Reference!.Value.Value);
        var open = StripeHost.Payment(flow: PaymentFlow.Redirect);
        await own.StartAsync(open);
        await own.Simulator.AdvanceAsync(TimeSpan.FromHours(25), Cancel);
        // now Stripe's search knows of the payment, and of the page that was never used nothing is left to pay
        Assert.Equal(started.Reference, (await own.GetAsync(paid)).Reference);
        Assert.IsType<PaymentOutcome.Cancelled>((await own.GetAsync(open)).Outcome);
        Assert.False((await own.Simulator.GetAsync("/_ledger", Cancel)).GetProperty("counters").TryGetProperty("stripe_posts_with_outdated_keys", out _));
        // the simulator does count them
        await own.StartAsync(open);
        Assert.Equal(1, (await own.Simulator.GetAsync("/_ledger", Cancel)).GetProperty("counters").GetProperty("stripe_posts_with_outdated_keys").GetInt64());
    }

    [Theory]
    [InlineData("409")]
    [InlineData("429")]
    [InlineData("401")]
    [InlineData("500_before")]
    public async Task P06_NotNow_IsUnknownAndTheSameKeyWorksLater(string mode)
    {
        var payment = StripeHost.Payment();
        await host.FailAsync("POST payment_intents", mode, times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await host.StartAsync(payment)).Outcome);
        Assert.Equal(1, await host.PostsAsync("/v1/payment_intents")); // nothing is repeated by itself
        Assert.IsType<PaymentOutcome.ActionRequired>((await host.StartAsync(payment)).Outcome);
    }

    [Fact]
    public async Task P06_RefusedRequest_IsDeclinedForGood()
    {
        var refused = await host.StartAsync(StripeHost.Payment() with { Amount = new Money(49, Currency.Usd) });
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.Unspecified, "amount_too_small"), refused.Outcome);
    }

    [Fact]
    public async Task P09_PaidBeforeWeContinue_IsSettledByLookingNotByPayingAgain()
    {
        var (payment, started) = await SavedAsync();
        await host.PostAsync($"/v1/payment_intents/{started.Reference!.Value.Value}/confirm", new() { ["return_url"] = "https://localhost/" });
        Assert.IsType<PaymentOutcome.Captured>((await host.ContinueAsync(payment, started)).Outcome);
        Assert.Single(await host.TakenAsync(payment.Attempt));
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("html")]
    [InlineData("huge")]
    [InlineData("wrong_id")]
    [InlineData("wrong_currency:xxx")]
    [InlineData("negative")]
    public async Task P16_AnswerThatCannotBeBelieved_IsUnknown(string mode)
    {
        var (payment, started) = await SavedAsync();
        await host.ContinueAsync(payment, started);
        await host.FailAsync("GET /v1/", mode);
        Assert.IsType<PaymentOutcome.Unknown>((await host.GetAsync(payment, started)).Outcome);
    }

    [Fact]
    public async Task P16_OtherCurrency_IsToldAsItIs()
    {
        var (payment, started) = await SavedAsync();
        await host.ContinueAsync(payment, started);
        await host.FailAsync("GET /v1/", "wrong_currency:eur");
        Assert.Equal(Currency.Of("EUR"), Assert.Single((await host.GetAsync(payment, started)).Captures).Amount.Currency);
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("charge_then_500")]
    [InlineData("charge_then_reset")]
    public async Task R03_RefundOfUnknownFate_IsFoundByOurIdAndMadeOnce(string mode)
    {
        var (payment, started) = await SavedAsync();
        var paid = await host.ContinueAsync(payment, started);
        var refund = Some.Refund(payment, paid, 300);
        await host.FailAsync("POST refunds", mode, times: 1);
        Assert.Equal(RefundOutcome.Unknown, (await host.Gateway.RefundAsync(StripeHost.Id, refund, Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Succeeded, (await host.Gateway.GetRefundAsync(StripeHost.Id, Some.Locator(refund), Cancel)).Outcome);
        Assert.Single(await host.LedgerAsync("refund"));
    }

    // the money stays where it is until Stripe has decided
    [Theory]
    [InlineData("pending_then(ok)", RefundOutcome.Pending)]
    [InlineData("decline:charge_disputed", RefundOutcome.Failed)]
    public async Task R07_RefundNotDoneAtOnce_SaysHowItStands(string mode, RefundOutcome outcome)
    {
        var (payment, started) = await SavedAsync();
        var paid = await host.ContinueAsync(payment, started);
        await host.FailAsync("POST refunds", mode);
        Assert.Equal(outcome, (await host.Gateway.RefundAsync(StripeHost.Id, Some.Refund(payment, paid, 300), Cancel)).Outcome);
    }

    private async Task<(StartPayment Payment, PaymentSnapshot Started)> SavedAsync()
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_visa")));
        var started = await host.StartAsync(payment);
        Assert.IsType<PaymentOutcome.Approved>(started.Outcome);
        return (payment, started);
    }
}
