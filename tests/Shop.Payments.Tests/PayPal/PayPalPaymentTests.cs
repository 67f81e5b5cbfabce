namespace Shop.Payments.Tests.PayPal;

/// <summary>Orders at PayPal from their beginning to whatever becomes of their money.</summary>
public sealed class PayPalPaymentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DW_60_ApprovedAtPayPal_IsTakenOnlyWhenTheShopGoesOn()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        var page = Assert.IsType<BuyerAction.Redirect>(Assert.IsType<PaymentOutcome.ActionRequired>(started.Outcome).Action).Url;
        Assert.Contains("<form", await shop.Simulator.ReadPageAsync(page.AbsoluteUri, Cancel), StringComparison.Ordinal);
        var back = await shop.PressAsync(started, "approve", Cancel);
        Assert.StartsWith("https://localhost/checkout/n/return?token=", back?.AbsoluteUri, StringComparison.Ordinal);
        Assert.IsType<PaymentOutcome.Approved>((await shop.GetAsync(started, Cancel)).Outcome);
        Assert.Empty(await shop.LedgerAsync(Cancel));
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
    }

    // whatever the return address says
    [Fact]
    public async Task DW_60_GoingOnWithoutApproval_SendsTheBuyerToPayPal()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        Assert.IsType<PaymentOutcome.ActionRequired>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Empty(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task DW_60_BuyerGivesUpAtPayPal_GoesToTheCancelAddress()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        Assert.StartsWith("https://localhost/checkout/n/pay?", (await shop.PressAsync(started, "cancel", Cancel))?.AbsoluteUri, StringComparison.Ordinal);
        Assert.IsType<PaymentOutcome.ActionRequired>((await shop.GetAsync(started, Cancel)).Outcome);
    }

    [Fact]
    public async Task DW_61_TakenBackLater_IsTheCaptureAndALostDispute()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.Simulator.TellAsync("_paypal/reverse", new { capture = paid.Captures[0].Reference.Value }, Cancel);
        var now = await shop.GetAsync(paid, Cancel);
        Assert.IsType<PaymentOutcome.Captured>(now.Outcome);
        Assert.Equal(new DisputeSnapshot(DisputeOutcome.Lost, paid.Captures[0].Reference, paid.Captures[0].Reference, Some.Price), Assert.Single(now.Disputes));
    }

    [Fact]
    public async Task Captured_SaysTheFee()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        Assert.Equal(new Money(94, Currency.Usd), paid.Captures[0].Fee);
    }

    [Theory]
    [InlineData("JPY", 1300)]
    [InlineData("EUR", 5)]
    [InlineData("USD", 100_000_001)]
    public async Task M04_AmountsOfEveryKindOfCurrency_ArriveExactly(string currency, long minor)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var amount = new Money(minor, Currency.Of(currency));
        var paid = await shop.PaidAsync(Some.Payment(amount), Cancel);
        Assert.Equal((amount, amount), (paid.Captures[0].Amount, Assert.Single(await shop.LedgerAsync(Cancel)).Amount));
    }

    [Theory]
    [InlineData("TRANSACTION_REFUSED", DeclineReason.Unspecified)]
    [InlineData("COMPLIANCE_VIOLATION", DeclineReason.Unspecified)]
    [InlineData("PAYEE_BLOCKED_TRANSACTION", DeclineReason.SuspectedFraud)]
    [InlineData("TRANSACTION_LIMIT_EXCEEDED", DeclineReason.LimitExceeded)]
    [InlineData("PAYER_ACCOUNT_RESTRICTED", DeclineReason.MethodInvalid)]
    public async Task P07_CaptureRefusedForGood_IsDeclinedWithPayPalsWord(string issue, DeclineReason reason)
    {
        var answer = await ContinueAsync($"decline:{issue}");
        Assert.Equal(new PaymentOutcome.Declined(reason, issue.ToLowerInvariant()), answer.Outcome);
    }

    [Theory]
    [InlineData("INSTRUMENT_DECLINED")]
    [InlineData("PAYER_ACTION_REQUIRED")]
    public async Task P07_InstrumentDeclined_BuyerApprovesAgainOnTheSameOrder(string issue)
    {
        var answer = await ContinueAsync($"decline:{issue}");
        var action = Assert.IsType<PaymentOutcome.ActionRequired>(answer.Outcome).Action;
        Assert.EndsWith($"/checkoutnow?token={answer.Reference?.Value}", Assert.IsType<BuyerAction.Redirect>(action).Url.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P07_InstrumentDeclinedThenApprovedAgain_IsTakenOnce()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        await shop.FaultAsync("POST capture", "action", Cancel, times: 1);
        await shop.ContinueAsync(started, Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task CaptureUnderWay_IsProcessing() => Assert.IsType<PaymentOutcome.Processing>((await ContinueAsync("decline:ORDER_COMPLETION_IN_PROGRESS")).Outcome);

    [Fact]
    public async Task CaptureRefusedInWordsWeDoNotKnow_IsUnknown() => Assert.IsType<PaymentOutcome.Unknown>((await ContinueAsync("decline:SOMETHING_NEW")).Outcome);

    [Fact]
    public async Task NotApprovedAfterAll_IsNotTriedAgainAtOnce()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        await shop.FaultAsync("POST capture", "decline:ORDER_NOT_APPROVED", Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Single(await shop.AskedAsync(Cancel), asked => asked.EndsWith("/capture", StringComparison.Ordinal));
    }

    // a capture that is on its way while the order is cancelled is refused by PayPal itself
    [Fact]
    public async Task Cancel_ThenACaptureArrives_PayPalRefusesIt()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.CancelAsync(started, Cancel)).Outcome);
        // somebody else's look said "approved" before
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.GetAsync(started, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.ContinueAsync(started, Cancel)).Outcome);
        Assert.Empty(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task Cancel_PayPalLetsNothingBeChanged_NoCaptureIsEnough()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.FaultAsync("PATCH", "decline", Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.CancelAsync(started, Cancel)).Outcome);
    }

    [Theory]
    [InlineData("PATCH", "charge_then_500")]
    [InlineData("PATCH", "reset_before")]
    [InlineData("PATCH", "401")]
    [InlineData("GET orders", "malformed")]
    public async Task Cancel_InDoubt_IsNotCancelled(string at, string mode)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.FaultAsync(at, mode, Cancel);
        Assert.IsNotType<PaymentOutcome.Cancelled>((await shop.CancelAsync(started, Cancel)).Outcome);
    }

    [Fact]
    public async Task MZ_29_PaidOrder_SaysWithWhatAndFromWhere()
    {
        await using var shop = await PayPalShop.OpenAsync();
        Assert.Equal(new PaidWith("paypal", null, "US"), (await shop.PaidAsync(Some.Payment(), Cancel)).PaidWith);
    }

    [Fact]
    public async Task Save_TickedWhilePaying_IsKeptWithItsCustomerAndChargedLaterWithoutTheBuyer()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment() with { Source = new PaymentSource.Fresh(true) }, Cancel);
        Assert.Equal("paypal", paid.SavedMethod?.Brand);
        var methods = (ISavesMethods)shop.Provider;
        Assert.Equal([paid.SavedMethod!], await methods.ListAsync(paid.Customer!.Value, Cancel));

        var again = await shop.StartAsync(Some.Payment() with { Source = new PaymentSource.Saved(paid.SavedMethod!.Reference), Buyer = BuyerPresence.Absent }, Cancel);
        Assert.IsType<PaymentOutcome.Approved>(again.Outcome);
        Assert.Single(await shop.LedgerAsync(Cancel));
        Assert.IsType<PaymentOutcome.Captured>((await shop.ContinueAsync(again, Cancel)).Outcome);
        Assert.Equal(2, (await shop.LedgerAsync(Cancel)).Count);
    }

    [Fact]
    public async Task Save_NotTicked_KeepsNothing()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        Assert.Equal((null, null), (paid.SavedMethod, paid.Customer));
    }

    [Fact]
    public async Task Saved_RemovedAtPayPal_IsDeclined()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment() with { Source = new PaymentSource.Fresh(true) }, Cancel);
        var methods = (ISavesMethods)shop.Provider;
        await methods.ForgetAsync(paid.SavedMethod!.Reference, Cancel);
        await methods.ForgetAsync(paid.SavedMethod.Reference, Cancel);
        Assert.Empty(await methods.ListAsync(paid.Customer!.Value, Cancel));
        var again = await shop.StartAsync(Some.Payment() with { Source = new PaymentSource.Saved(paid.SavedMethod.Reference) }, Cancel);
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.MethodInvalid, "token_id_not_found"), (await shop.ContinueAsync(again, Cancel)).Outcome);
    }

    [Fact]
    public async Task Setup_WithoutBuying_IsApprovedAtPayPalAndSavedOnce()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var methods = (ISavesMethods)shop.Provider;
        var setup = await methods.StartSetupAsync(new StartSetup(new Payer("pseudonym", null, null), Some.Key("setup"), new Uri("https://localhost/methods")), Cancel);
        var page = Assert.IsType<BuyerAction.Redirect>(Assert.IsType<SetupOutcome.ActionRequired>(setup.Outcome).Action).Url;
        Assert.IsType<SetupOutcome.ActionRequired>((await methods.GetSetupAsync(setup.Reference!.Value, Cancel)).Outcome);
        using var pressed = await shop.Simulator.PressAsync(page.AbsoluteUri, "approve", Cancel);
        var first = await methods.GetSetupAsync(setup.Reference.Value, Cancel);
        var second = await methods.GetSetupAsync(setup.Reference.Value, Cancel);
        Assert.Equal(first, second);
        Assert.Equal([Assert.IsType<SetupOutcome.Saved>(first.Outcome).Method], await methods.ListAsync(first.Customer!.Value, Cancel));
    }

    [Theory]
    [InlineData("CAPTURE_FULLY_REFUNDED")]
    [InlineData("REFUND_TIME_LIMIT_EXCEEDED")]
    [InlineData("REFUND_FAILED_INSUFFICIENT_FUNDS")]
    [InlineData("MAX_NUMBER_OF_REFUNDS_EXCEEDED")]
    [InlineData("PENDING_CAPTURE")]
    public async Task R07_RefundRefused_IsFailedWithPayPalsWord(string issue)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 100);
        await shop.FaultAsync("POST refund", $"decline:{issue}", Cancel);
        var answer = await shop.Gateway.RefundAsync(shop.Provider.Id, refund, Cancel);
        Assert.Equal((RefundOutcome.Failed, issue.ToLowerInvariant()), (answer.Outcome, answer.ProviderCode));
    }

    [Fact]
    public async Task R07_DisputeOpen_RefundIsRefusedAndTheDisputeIsTold()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        await shop.Simulator.TellAsync("_paypal/disputes", new { capture = paid.Captures[0].Reference.Value }, Cancel);
        Assert.Equal("transaction_disputed", (await shop.Gateway.RefundAsync(shop.Provider.Id, Some.Refund(payment, paid, 100), Cancel)).ProviderCode);
        Assert.Equal(DisputeOutcome.Open, Assert.Single((await shop.GetAsync(paid, Cancel)).Disputes).Outcome);
    }

    [Theory]
    [InlineData("RESOLVED_SELLER_FAVOUR", DisputeOutcome.Won)]
    [InlineData("CANCELED_BY_BUYER", DisputeOutcome.Won)]
    [InlineData("RESOLVED_BUYER_FAVOUR", DisputeOutcome.Lost)]
    [InlineData("NONE", DisputeOutcome.Open)]
    public async Task R09_DisputeDecided_IsToldAsPayPalSays(string outcome, DisputeOutcome told)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.Simulator.TellAsync("_paypal/disputes", new { capture = paid.Captures[0].Reference.Value, outcome }, Cancel);
        var dispute = Assert.Single((await shop.GetAsync(paid, Cancel)).Disputes);
        Assert.Equal((told, paid.Captures[0].Reference, Some.Price), (dispute.Outcome, dispute.Capture, dispute.Amount));
    }

    [Fact]
    public async Task R04_RefundMadeAtPayPal_StandsInThePaymentAsNotOurs()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var paid = await shop.PaidAsync(Some.Payment(), Cancel);
        await shop.Simulator.TellAsync("_paypal/refund", new { capture = paid.Captures[0].Reference.Value, value = "3.00" }, Cancel);
        var seen = Assert.Single((await shop.GetAsync(paid, Cancel)).Refunds);
        Assert.Equal((null, paid.Captures[0].Reference, new Money(300, Currency.Usd)), (seen.OurRefund, seen.Capture, seen.Amount));
    }

    [Fact]
    public async Task R08_RefundFailsDaysLater_IsTold()
    {
        await using var shop = await PayPalShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 100);
        var done = await shop.Gateway.RefundAsync(shop.Provider.Id, refund, Cancel);
        await shop.Simulator.TellAsync("_paypal/refunds", new { refund = done.Reference?.Value, status = "FAILED" }, Cancel);
        Assert.Equal(RefundOutcome.Failed, (await shop.Gateway.GetRefundAsync(shop.Provider.Id, Some.Locator(refund, done), Cancel)).Outcome);
    }

    private static async Task<PaymentSnapshot> ContinueAsync(string fault)
    {
        await using var shop = await PayPalShop.OpenAsync();
        var started = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(started, "approve", Cancel);
        await shop.FaultAsync("POST capture", fault, Cancel);
        var answer = await shop.ContinueAsync(started, Cancel);
        Assert.Empty(await shop.LedgerAsync(Cancel));
        return answer;
    }
}
