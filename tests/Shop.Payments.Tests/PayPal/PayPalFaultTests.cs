namespace Shop.Payments.Tests.PayPal;

/// <summary>What goes wrong between the shop and PayPal, played by the simulator.</summary>
public sealed class PayPalFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("charge_then_500")]
    [InlineData("charge_then_reset")]
    [InlineData("malformed")]
    public async Task P02_TakenAndTheAnswerIsLost_IsUnknownAndFoundByALook(string mode)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        var match = await shop.FaultAsync("POST capture", mode, Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.ContinueAsync(started, Cancel)).Outcome);
        await shop.Simulator.EndFaultsAsync(match, Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await shop.GetAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    // nothing may be cancelled while it may have been paid, and going on again takes nothing twice
    [Fact]
    public async Task P03_NobodyAnswersTheCapture_CancellingTellsTheTruthAndGoingOnTakesNothingTwice()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        await shop.FaultAsync("POST capture", "charge_then_reset", Cancel, times: 1);
        await shop.ContinueAsync(started, Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await shop.CancelAsync(started, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task P04_CreateNeverArrived_IsUnknownThenNotFoundAndTheSameKeyStarts()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        await shop.FaultAsync("POST orders", "reset_before", Cancel, times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.StartAsync(payment, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.NotFound>((await shop.Gateway.GetAsync(shop.Provider.Id, Some.Locator(payment), Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.ActionRequired>((await shop.StartAsync(payment, Cancel)).Outcome);
    }

    [Fact]
    public async Task P04_CaptureNeverArrived_TheSameKeyTakesItOnce()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        await shop.FaultAsync("POST capture", "reset_before", Cancel, times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task P05_LookUps_PostNothing()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        var before = (await shop.AskedAsync(Cancel)).Count;
        await shop.GetAsync(started, Cancel);
        await shop.Gateway.GetAsync(shop.Provider.Id, Some.Locator(Some.Payment()), Cancel);
        Assert.All((await shop.AskedAsync(Cancel)).Skip(before), asked => Assert.StartsWith("GET ", asked, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("409")]
    [InlineData("429")]
    [InlineData("401")]
    [InlineData("500_before")]
    public async Task P06_NotNow_IsUnknownAndSentOnce(string mode)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        var match = await shop.FaultAsync("POST capture", mode, Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.AskedAsync(Cancel), asked => asked.EndsWith("/capture", StringComparison.Ordinal));
        await shop.Simulator.EndFaultsAsync(match, Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
    }

    [Fact]
    public async Task P06_RefusedRequest_IsDeclinedWithPayPalsWord()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var declined = Assert.IsType<PaymentOutcome.Declined>((await shop.StartAsync(Some.Payment(Money.Zero(Currency.Usd)), Cancel)).Outcome);
        Assert.Equal("cannot_be_zero_or_negative", declined.ProviderCode);
    }

    [Fact]
    public async Task P06_TokenRefused_IsDroppedAndTheNextCallFetchesAnother()
    {
        await using var shop = await PayPalShop.OpenAsync();
        await shop.StartAsync(Some.Payment(), Cancel);
        await shop.FaultAsync("POST orders", "401", Cancel, times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.StartAsync(Some.Payment(), Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.ActionRequired>((await shop.StartAsync(Some.Payment(), Cancel)).Outcome);
        Assert.Equal(2, (await shop.AskedAsync(Cancel)).Count(asked => asked == "POST /v1/oauth2/token"));
    }

    [Fact]
    public async Task P09_AlreadyCapturedByUs_IsTold()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await ApprovedAsync(shop);
        // the answer to the look before is old: between it and the capture, another node captured
        await shop.FaultAsync("POST capture", "decline:ORDER_ALREADY_CAPTURED", Cancel, times: 1);
        var answer = await shop.ContinueAsync(started, Cancel);
        Assert.IsNotType<PaymentOutcome.Declined>(answer.Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel, key: "another")).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task P09_AlreadyCapturedWithAnotherAmount_ThatAmountIsTold()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.FaultAsync("GET orders", "wrong_amount:100", Cancel);
        Assert.Equal(new Money(1200, Currency.Usd), Assert.Single((await shop.ContinueAsync(paid, Cancel)).Captures).Amount);
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("html")]
    [InlineData("huge")]
    [InlineData("wrong_id")]
    [InlineData("negative")]
    [InlineData("wrong_currency:XXX")]
    public async Task P16_AnswerThatCannotBeRight_IsUnknown(string mode)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.FaultAsync("GET orders", mode, Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.GetAsync(paid, Cancel)).Outcome);
    }

    [Fact]
    public async Task P16_AnotherCurrency_IsTold()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.FaultAsync("GET orders", "wrong_currency:EUR", Cancel);
        Assert.Equal(Currency.Of("EUR"), Assert.Single((await shop.GetAsync(paid, Cancel)).Captures).Amount.Currency);
    }

    [Theory]
    [InlineData("charge_then_500")]
    [InlineData("charge_then_reset")]
    public async Task R03_RefundedAndTheAnswerIsLost_IsUnknownFoundByOurIdAndNotDoneTwice(string mode)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        var refund = Some.Refund(payment, paid, 500);
        await shop.FaultAsync("POST refund", mode, Cancel, times: 1);
        Assert.Equal(RefundOutcome.Unknown, (await shop.Gateway.RefundAsync(shop.Provider.Id, refund, Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Succeeded, (await shop.Gateway.GetRefundAsync(shop.Provider.Id, Some.Locator(refund), Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Succeeded, (await shop.Gateway.RefundAsync(shop.Provider.Id, refund, Cancel)).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel), it => it.Kind == "refund");
    }

    private static async Task<PaymentSnapshot> ApprovedAsync(PayPalShop shop)
    {
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        return started;
    }
}
