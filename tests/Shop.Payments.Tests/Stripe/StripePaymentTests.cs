namespace Shop.Payments.Tests.Stripe;

/// <summary>The rows of parity/stripe.md that are the plug-in's business.</summary>
public sealed class StripePaymentTests : IAsyncLifetime
{
    private StripeHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ISavesMethods Saves => (ISavesMethods)host.Provider;

    public async ValueTask InitializeAsync() => host = await StripeHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task ST_1_Fields_GetOnlyWhatAPageMayHold()
    {
        var started = await host.StartAsync(StripeHost.Payment());
        var fields = Assert.IsType<BuyerAction.FillFields>(Assert.IsType<PaymentOutcome.ActionRequired>(started.Outcome).Action);
        Assert.Equal("stripe", fields.Widget);
        Assert.Equal(["client_secret", "mode", "publishable_key", "script"], fields.PublicData.Keys.Order());
        Assert.Equal("https://js.stripe.com/v3/", fields.PublicData["script"]);
    }

    [Fact]
    public async Task ST_4_Start_CarriesAttemptAmountAndKey_AndConfirmsNothing()
    {
        var payment = StripeHost.Payment();
        await host.StartAsync(payment);
        var request = Assert.Single(await host.RequestsAsync(), it => it.GetProperty("path").GetString() == "/v1/payment_intents");
        var body = Uri.UnescapeDataString(request.GetProperty("body").GetString()!);
        Assert.Contains($"metadata[attempt_id]={payment.Attempt.Value}", body, StringComparison.Ordinal);
        Assert.Contains("&amount=1300&", $"&{body}&", StringComparison.Ordinal);
        Assert.Contains("&currency=usd&", $"&{body}&", StringComparison.Ordinal);
        Assert.Contains("automatic_payment_methods[enabled]=", body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("confirm=", body, StringComparison.Ordinal);
        Assert.Equal(payment.Key.Value, request.GetProperty("key").GetString());
    }

    [Fact]
    public async Task ST_5_Token_IsChargedOnceByItsStoredId()
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_visa_a")));
        var started = await host.StartAsync(payment);
        Assert.IsType<PaymentOutcome.Approved>(started.Outcome);
        Assert.Empty(await host.TakenAsync(payment.Attempt));
        var captured = await host.ContinueAsync(payment, started);
        Assert.IsType<PaymentOutcome.Captured>(captured.Outcome);
        Assert.Equal([payment.Amount], await host.TakenAsync(payment.Attempt));
        Assert.NotNull(captured.Fingerprint);
    }

    [Fact]
    public async Task MZ_29_CapturedPayment_SaysTheCardAndItsCountry()
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_visa_b")));
        var started = await host.StartAsync(payment);
        Assert.Null(started.PaidWith);
        var with = (await host.ContinueAsync(payment, started)).PaidWith;
        Assert.Equal(("visa", "4242", "US"), (with?.Brand, with?.Last4, with?.Country));
    }

    [Fact]
    public async Task ST_6_TokenUsedASecondTime_IsDeclinedAndTakesNothing()
    {
        await host.StartAsync(StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_visa_b"))));
        var second = await host.StartAsync(StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_visa_b"))));
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.MethodInvalid, "token_already_used"), second.Outcome);
    }

    [Theory]
    [InlineData("4242")]
    [InlineData("ctoken_1")]
    [InlineData("")]
    public async Task ST_8_MalformedToken_IsRefusedBeforeAnyCall(string token)
    {
        var started = await host.StartAsync(StripeHost.Payment(new PaymentSource.Token(new SingleUseToken(token))));
        Assert.IsType<PaymentOutcome.Declined>(started.Outcome);
        Assert.DoesNotContain(await host.RequestsAsync(), it => it.GetProperty("method").GetString() == "POST");
    }

    [Fact]
    public async Task ST_9_DeclinedInTheFields_IsStillTheBuyersTurnOnTheSameIntent()
    {
        var payment = StripeHost.Payment();
        var started = await host.StartAsync(payment);
        var told = await host.ConfirmInFieldsAsync(started.Outcome, "pm_card_chargeDeclined");
        Assert.Equal("card_declined", told.GetProperty("error").GetProperty("code").GetString());
        var after = await host.GetAsync(payment, started);
        Assert.IsType<PaymentOutcome.ActionRequired>(after.Outcome);
        await host.ConfirmInFieldsAsync(after.Outcome, "pm_card_visa");
        var paid = await host.GetAsync(payment, started);
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
        Assert.Equal(started.Reference, paid.Reference);
    }

    [Fact]
    public async Task ST_9_BuyerLeavesTheFields_IntentIsCancelledAndCanNoLongerBePaid()
    {
        var payment = StripeHost.Payment();
        var started = await host.StartAsync(payment);
        Assert.IsType<PaymentOutcome.Cancelled>((await host.Gateway.CancelAsync(StripeHost.Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel)).Outcome);
        await host.ConfirmInFieldsAsync(started.Outcome, "pm_card_visa");
        Assert.Empty(await host.LedgerAsync());
    }

    [Theory]
    [InlineData("tok_chargeDeclined_a", DeclineReason.Unspecified, "generic_decline")]
    [InlineData("tok_chargeDeclinedInsufficientFunds_a", DeclineReason.InsufficientFunds, "insufficient_funds")]
    [InlineData("tok_chargeDeclinedExpiredCard_a", DeclineReason.Expired, "expired_card")]
    [InlineData("tok_chargeDeclinedFraudulent_a", DeclineReason.SuspectedFraud, "fraudulent")]
    [InlineData("tok_chargeDeclinedIncorrectCvc_a", DeclineReason.MethodInvalid, "incorrect_cvc")]
    [InlineData("tok_chargeDeclinedProcessingError_a", DeclineReason.Temporary, "processing_error")]
    [InlineData("tok_chargeDeclinedVelocityLimitExceeded_a", DeclineReason.LimitExceeded, "card_velocity_exceeded")]
    public async Task ST_9_DeclinedOnOurConfirm_IsTheEndAndNothingStaysPayable(string token, DeclineReason reason, string code)
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken(token)));
        var started = await host.StartAsync(payment);
        var declined = await host.ContinueAsync(payment, started);
        Assert.Equal(new PaymentOutcome.Declined(reason, code), declined.Outcome);
        Assert.Equal(declined.Outcome, (await host.GetAsync(payment, started)).Outcome);
        Assert.Equal("canceled", (await host.AskAsync($"/v1/payment_intents/{started.Reference!.Value.Value}")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ST_10_SecondStepOfASavedCard_LeadsToTheBankAndTakesNothingBefore(bool passes)
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_authenticationRequired_a")));
        var started = await host.StartAsync(payment);
        var waiting = await host.ContinueAsync(payment, started);
        var page = Assert.IsType<BuyerAction.Redirect>(Assert.IsType<PaymentOutcome.ActionRequired>(waiting.Outcome).Action).Url;
        Assert.Empty(await host.LedgerAsync());
        var back = await host.AuthenticateAsync(page, passes);
        Assert.StartsWith(payment.ReturnUrl.AbsoluteUri, back!.AbsoluteUri, StringComparison.Ordinal);
        var outcome = (await host.GetAsync(payment, started)).Outcome;
        Assert.Equal(passes ? new PaymentOutcome.Captured() : new PaymentOutcome.Declined(DeclineReason.AuthenticationFailed, "payment_intent_authentication_failure"), outcome);
    }

    [Fact]
    public async Task ST_11_TheQueryOfTheReturn_ProvesNothing()
    {
        var payment = StripeHost.Payment();
        var started = await host.StartAsync(payment);
        var answer = await host.Gateway.ContinueAsync(StripeHost.Id, new ContinuePayment(Some.Locator(payment, started), BuyerPresence.Present,
            new Dictionary<string, string> { ["payment_intent"] = "pi_other", ["redirect_status"] = "succeeded" }, payment.ReturnUrl, Some.Key("continue")), Cancel);
        Assert.IsType<PaymentOutcome.ActionRequired>(answer.Outcome);
        Assert.Equal(0, await host.PostsAsync("/confirm"));
    }

    [Theory]
    [InlineData(PaymentFlow.EmbeddedFields)]
    [InlineData(PaymentFlow.Redirect)]
    public async Task ST_15_NotTicked_NothingIsKept(PaymentFlow flow)
    {
        var payment = StripeHost.Payment(flow: flow) with { Payer = new Payer("m1", "buyer@example.com", new CustomerReference("cus_known")) };
        var paid = await PayAsync(payment);
        Assert.Null(paid.SavedMethod);
        Assert.Null(paid.Customer);
        Assert.DoesNotContain(await host.RequestsAsync(), it => it.GetProperty("body").GetString()!.Contains("setup_future_usage", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ST_16_TwoAtOnce_MakeOneCustomer()
    {
        var payer = new Payer("m1", "buyer@example.com", null);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Saves.StartSetupAsync(new StartSetup(payer, Some.Key("setup"), new Uri("https://localhost/cards")), Cancel)));
        var again = await host.StartAsync(StripeHost.Payment(new PaymentSource.Fresh(true)) with { Payer = payer });
        var made = await host.AskAsync($"/v1/customers/{again.Customer!.Value.Value}");
        Assert.Equal("m1", made.GetProperty("metadata").GetProperty("user_id").GetString());
        var setups = (await host.RequestsAsync()).Count(it => it.GetProperty("body").GetString()!.Contains(again.Customer.Value.Value, StringComparison.Ordinal));
        Assert.True(setups >= 2, "at least one set-up and the payment name the same customer");
    }

    [Theory]
    [InlineData(PaymentFlow.EmbeddedFields)]
    [InlineData(PaymentFlow.Redirect)]
    public async Task ST_18_Ticked_CardIsKeptAfterPayingOnly(PaymentFlow flow)
    {
        var payment = StripeHost.Payment(new PaymentSource.Fresh(true), flow) with { Payer = new Payer("m1", "buyer@example.com", null) };
        var started = await host.StartAsync(payment);
        Assert.Null(started.SavedMethod);
        var paid = await PayAsync(payment);
        Assert.Equal(("visa", "4242", new DateOnly(2030, 8, 31)), (paid.SavedMethod!.Brand, paid.SavedMethod.Last4, paid.SavedMethod.ExpiresOn));
        Assert.Equal(paid.SavedMethod, Assert.Single(await Saves.ListAsync(paid.Customer!.Value, Cancel)));
    }

    [Fact]
    public async Task ST_19_LiteralPath_AttachesWithoutChargingThenCharges()
    {
        var kept = await host.KeepAsync("pm_card_mastercard");
        Assert.Empty(await host.LedgerAsync());
        Assert.Equal("mastercard", kept.Brand);
        var paid = await ChargeAsync(StripeHost.Payment(new PaymentSource.Saved(kept.Reference)));
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
    }

    [Fact]
    public async Task ST_20_SetupInTheFields_KeepsTheCardAndTakesNothing()
    {
        var setup = await Saves.StartSetupAsync(new StartSetup(new Payer("m1", null, null), Some.Key("setup"), new Uri("https://localhost/cards")), Cancel);
        var fields = Assert.IsType<BuyerAction.FillFields>(Assert.IsType<SetupOutcome.ActionRequired>(setup.Outcome).Action);
        await host.ConfirmInFieldsAsync(fields.PublicData, "pm_card_visa");
        var saved = Assert.IsType<SetupOutcome.Saved>((await Saves.GetSetupAsync(setup.Reference!.Value, Cancel)).Outcome);
        Assert.Equal(saved.Method, Assert.Single(await Saves.ListAsync(setup.Customer!.Value, Cancel)));
        Assert.Empty(await host.LedgerAsync());
    }

    [Fact]
    public async Task ST_20_HostedSetup_WorksWithoutScript()
    {
        await using var hosted = await StripeHost.StartAsync(settings: new() { ["Payments:Stripe:Hosted"] = "true" });
        Assert.Equal([PaymentFlow.Redirect], hosted.Provider.Capabilities.Flows);
        var saves = (ISavesMethods)hosted.Provider;
        var setup = await saves.StartSetupAsync(new StartSetup(new Payer("m1", null, null), Some.Key("setup"), new Uri("https://localhost/cards")), Cancel);
        Assert.IsType<BuyerAction.Redirect>(Assert.IsType<SetupOutcome.ActionRequired>(setup.Outcome).Action);
        await hosted.PayOnPageAsync(setup.Reference!.Value.Value);
        Assert.IsType<SetupOutcome.Saved>((await saves.GetSetupAsync(setup.Reference.Value, Cancel)).Outcome);
    }

    [Fact]
    public async Task ST_28_RenewalThatNeedsTheBuyer_IsDeclinedAndTheIntentIsOver()
    {
        var payment = StripeHost.Payment(new PaymentSource.Token(new SingleUseToken("tok_authenticationRequired_b"))) with { Buyer = BuyerPresence.Absent };
        var started = await host.StartAsync(payment);
        var declined = await host.ContinueAsync(payment, started, BuyerPresence.Absent);
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.AuthenticationRequired, "authentication_required"), declined.Outcome);
        Assert.Equal("canceled", (await host.AskAsync($"/v1/payment_intents/{started.Reference!.Value.Value}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task ST_29_Forgotten_IsNotListedAndCannotBeCharged()
    {
        var kept = await host.KeepAsync();
        await Saves.ForgetAsync(kept.Reference, Cancel);
        await Saves.ForgetAsync(kept.Reference, Cancel); // twice is no fault
        Assert.Empty(await Saves.ListAsync(new CustomerReference(kept.Reference.Value.Split('/')[0]), Cancel));
    }

    [Fact]
    public async Task ST_31_RefundMadeElsewhere_StandsInThePayment()
    {
        var payment = StripeHost.Payment();
        var paid = await PayAsync(payment);
        await host.PostAsync("/v1/refunds", new() { ["charge"] = paid.Captures[0].Reference.Value, ["amount"] = "300" });
        var refund = Assert.Single((await host.GetAsync(payment, paid)).Refunds);
        Assert.Equal((null, 300L, RefundOutcome.Succeeded), (refund.OurRefund, refund.Amount.Minor, refund.Outcome));
    }

    [Fact]
    public async Task R08_RefundThatComesBackDaysLater_IsFailed()
    {
        var paid = await PayAsync(StripeHost.Payment());
        var refund = Some.Refund(StripeHost.Payment(), paid, 300);
        var done = await host.Gateway.RefundAsync(StripeHost.Id, refund, Cancel);
        await host.ControlAsync("/_stripe/refunds", new { id = done.Reference!.Value.Value, failed = true });
        Assert.Equal(RefundOutcome.Failed, (await host.Gateway.GetRefundAsync(StripeHost.Id, Some.Locator(refund, done), Cancel)).Outcome);
    }

    [Theory]
    [InlineData("needs_response", DisputeOutcome.Open)]
    [InlineData("won", DisputeOutcome.Won)]
    [InlineData("lost", DisputeOutcome.Lost)]
    public async Task R09_Dispute_StandsInThePayment(string status, DisputeOutcome outcome)
    {
        var payment = StripeHost.Payment(flow: PaymentFlow.Redirect);
        var paid = await PayAsync(payment);
        await host.ControlAsync("/_stripe/disputes", new { charge = paid.Captures[0].Reference.Value, status });
        var dispute = Assert.Single((await host.GetAsync(payment, paid)).Disputes);
        Assert.Equal((outcome, payment.Amount, paid.Captures[0].Reference), (dispute.Outcome, dispute.Amount, dispute.Capture));
        Assert.Equal(RefundOutcome.Failed, (await host.Gateway.RefundAsync(StripeHost.Id, Some.Refund(payment, paid, 300), Cancel)).Outcome); // R07
    }

    [Fact]
    public async Task ST_34_Fee_IsWhatStripeTook()
    {
        var paid = await PayAsync(StripeHost.Payment());
        Assert.Equal(new Money((1300 * 29 / 1000) + 30, Currency.Usd), Assert.Single(paid.Captures).Fee);
    }

    [Fact]
    public async Task W16_Activity_ListsWhatWasTakenAndGivenBackOldestFirst()
    {
        var payment = StripeHost.Payment();
        var paid = await PayAsync(payment);
        await host.Gateway.RefundAsync(StripeHost.Id, Some.Refund(payment, paid, 300), Cancel);
        await host.ControlAsync("/_stripe/disputes", new { charge = paid.Captures[0].Reference.Value, status = "lost" });
        var now = TimeProvider.System.GetUtcNow();
        var moved = await ((IListsActivity)host.Provider).ListAsync(now.AddMinutes(-5), now.AddMinutes(5), Cancel).ToListAsync(Cancel);
        Assert.Equal([ActivityKind.Captured, ActivityKind.Refunded, ActivityKind.Disputed], moved.Select(it => it.Kind));
        Assert.All(moved, it => Assert.Equal(payment.Attempt, it.OurAttempt));
        Assert.Empty(await ((IListsActivity)host.Provider).ListAsync(now.AddMinutes(5), now.AddMinutes(6), Cancel).ToListAsync(Cancel));
    }

    private async Task<PaymentSnapshot> PayAsync(StartPayment payment)
    {
        var started = await host.StartAsync(payment);
        if (payment.Flow == PaymentFlow.Redirect)
        {
            await host.PayOnPageAsync(started.Reference!.Value.Value);
        }
        else
        {
            await host.ConfirmInFieldsAsync(started.Outcome, "pm_card_visa");
        }

        var paid = await host.GetAsync(payment, started);
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
        return paid;
    }

    private async Task<PaymentSnapshot> ChargeAsync(StartPayment payment) => await host.ContinueAsync(payment, await host.StartAsync(payment));
}
