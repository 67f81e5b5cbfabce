namespace Shop.Payments.Tests.Conformance;

/// <summary>What the shop relies on with every plug-in, whoever wrote it. Derive a class, build a <see cref="ProviderStand"/>, and run;
/// tests of a role that the plug-in lacks are reported as skipped.</summary>
public abstract class ProviderConformance : IAsyncLifetime
{
    private ProviderStand? stand;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ProviderStand Stand => stand ?? throw new InvalidOperationException("The test has not begun.");

    private PaymentGateway Gateway => Stand.Gateway;

    private ProviderId Id => Stand.Provider;

    private IPaymentProvider? Plugin => Stand.Plugin;

    /// <summary>What is paid by hand has nobody at the other end who could be asked: these tests are about one who can.</summary>
    private void SkipWithoutBooks() => Assert.SkipWhen(Plugin is ITakesByHand, "keeps no books: what came, staff say");

    public async ValueTask InitializeAsync() => stand = await BuildAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (stand is not null)
        {
            await stand.DisposeAsync();
        }
    }

    protected abstract Task<ProviderStand> BuildAsync();

    [Fact]
    public async Task Start_MovesNothing()
    {
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Assert.NotNull(started.Reference);
        Assert.Empty(started.Captures);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task Start_SaysWhatTheShopCompares()
    {
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Assert.Equal((payment.Attempt, Stand.Capabilities.Payee, Stand.Capabilities.Live), (started.OurAttempt, started.Payee, started.Live));
    }

    [Fact]
    public async Task Start_SameKeyTwice_IsOnePayment()
    {
        var payment = Some.Payment();
        var first = await StartAsync(payment);
        var second = await Gateway.StartAsync(Id, payment, Cancel);
        Assert.Equal(first.Reference, second.Reference);
    }

    [Fact]
    public async Task Start_SameKeyTwiceAtOnce_IsOnePayment()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Gateway.StartAsync(Id, payment, Cancel)));
        // some of them may be in doubt; the look-up is not
        var found = await FindAsync(payment);
        Assert.IsType<PaymentOutcome.ActionRequired>(found.Outcome);
    }

    [Fact]
    public async Task Start_SameKeyAfterPaying_SaysThatItIsPaid()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        await PayAsync(payment);
        Assert.IsType<PaymentOutcome.Captured>((await Gateway.StartAsync(Id, payment, Cancel)).Outcome);
        Assert.Single(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task Start_SameKeyOtherRequest_IsUnknownAndMakesNothingNew()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        await StartAsync(payment);
        var other = payment with { Amount = payment.Amount + new Money(1, payment.Amount.Currency), Attempt = new AttemptId(Guid.CreateVersion7()) };
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.StartAsync(Id, other, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.NotFound>((await Gateway.GetAsync(Id, Some.Locator(other), Cancel)).Outcome);
    }

    [Fact]
    public async Task Get_ByReference_FindsThePayment()
    {
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        var found = await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel);
        Assert.Equal((started.Reference, payment.Attempt), (found.Reference, found.OurAttempt));
    }

    [Fact]
    public async Task Get_ByOurIdAlone_FindsThePayment()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Assert.Equal(started.Reference, (await FindAsync(payment)).Reference);
    }

    [Fact]
    public async Task Get_NeverStarted_IsNotFound() =>
        Assert.IsType<PaymentOutcome.NotFound>((await Gateway.GetAsync(Id, Some.Locator(Some.Payment()), Cancel)).Outcome);

    // an id that the provider once gave us and now does not know proves nothing
    [Fact]
    public async Task Get_ReferenceThatTheProviderDoesNotKnow_IsUnknown()
    {
        var locator = Some.Locator(Some.Payment()) with { Reference = new ProviderReference("never-given") };
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.GetAsync(Id, locator, Cancel)).Outcome);
    }

    [Fact]
    public async Task Get_Paid_HasTheCaptureUnderAnIdOfItsOwn()
    {
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var capture = Assert.Single(captured.Captures);
        Assert.Equal(payment.Amount, capture.Amount);
        Assert.NotEqual(captured.Reference, capture.Reference);
        Assert.Equal([payment.Amount], await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task Get_ProviderNamesAnotherAmount_ThatAmountIsTold()
    {
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var told = new Money(payment.Amount.Minor - 1, payment.Amount.Currency);
        Stand.TellAnotherAmount(payment.Amount, told);
        var answer = await Stand.LookAsync(Some.Locator(payment, captured), Cancel);
        Assert.Equal(told, Assert.Single(answer.Captures).Amount);
    }

    [Fact]
    public async Task Pay_SeveralTimesAtOnce_IsTakenOnce()
    {
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        await Stand.VisitAsync(started, Cancel);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Stand.PayAsync(started, Cancel)));
        Assert.Single(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Theory]
    [InlineData(DeclineReason.Unspecified)]
    [InlineData(DeclineReason.InsufficientFunds)]
    [InlineData(DeclineReason.AuthenticationFailed)]
    public async Task P07_Declined_SaysWhyAndTakesNothing(DeclineReason reason)
    {
        var payment = Some.Payment();
        var started = await DeclineAsync(payment, reason);
        Assert.Equal(reason, await WhyDeclinedAsync(Some.Locator(payment, started)));
        Assert.Equal(reason, Assert.IsType<PaymentOutcome.Declined>((await FindAsync(payment)).Outcome).Reason);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task P07_Declined_IsTheSameAttemptsEndAndAnotherKeyStartsAnew()
    {
        var payment = Some.Payment();
        var started = await DeclineAsync(payment, DeclineReason.Unspecified);
        Assert.False(await Stand.PayAsync(started, Cancel));
        Assert.IsType<PaymentOutcome.Declined>((await Gateway.StartAsync(Id, payment, Cancel)).Outcome);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
        Assert.NotEqual(started.Reference, (await StartAsync(Some.Payment())).Reference);
    }

    [Fact]
    public async Task P07_Declined_CancelDoesNotPretend()
    {
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await DeclineAsync(payment, DeclineReason.Unspecified);
        var answer = await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        Assert.IsType<PaymentOutcome.Declined>(answer.Outcome);
        Assert.Equal(payment.Attempt, answer.OurAttempt);
    }

    [Fact]
    public async Task P08_Pending_IsProcessingAndTakesNothing()
    {
        var payment = Some.Payment();
        var started = await LeavePendingAsync(payment);
        Assert.IsType<PaymentOutcome.Processing>((await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome);
        Assert.False(await Stand.PayAsync(started, Cancel));
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task P08_PendingThenPaid_IsCapturedOnce()
    {
        var payment = Some.Payment();
        var started = await LeavePendingAsync(payment);
        await Stand.DecideAsync(started, isPaid: true, Cancel);
        var captured = await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel);
        Assert.IsType<PaymentOutcome.Captured>(captured.Outcome);
        Assert.Equal(payment.Amount, Assert.Single(captured.Captures).Amount);
        Assert.Equal([payment.Amount], await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task P08_PendingThenDenied_IsDeclinedAndTakesNothing()
    {
        var payment = Some.Payment();
        var started = await LeavePendingAsync(payment);
        await Stand.DecideAsync(started, isPaid: false, Cancel);
        Assert.IsType<PaymentOutcome.Declined>((await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    // it may yet be paid, so it is not cancelled: the shop waits
    [Fact]
    public async Task P08_CancelWhilePending_IsStillProcessingAndCanStillBePaid()
    {
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await LeavePendingAsync(payment);
        Assert.IsType<PaymentOutcome.Processing>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel)).Outcome);
        await Stand.DecideAsync(started, isPaid: true, Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("again"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Start_AnswerCannotBeRead_IsUnknownAndThenFoundByOurId()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        Stand.GarbleAnswers();
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.StartAsync(Id, payment, Cancel)).Outcome);
        Stand.AnswerProperly();
        Assert.NotNull((await FindAsync(payment)).Reference);
    }

    [Fact]
    public async Task Start_ProviderFailsAfterwards_IsUnknownAndThenFoundByOurId()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        Stand.FailAfterwards();
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.StartAsync(Id, payment, Cancel)).Outcome);
        Stand.AnswerProperly();
        Assert.NotNull((await FindAsync(payment)).Reference);
    }

    [Fact]
    public async Task Get_AnswerCannotBeRead_IsUnknown()
    {
        SkipWithoutBooks();
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Stand.GarbleAnswers();
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome);
    }

    [Fact]
    public async Task Get_ByOurIdAndAnswerCannotBeRead_IsUnknownAndNotNotFound()
    {
        Assert.SkipUnless(Stand.FindsByOurId, "asks nothing without the provider's id");
        SkipWithoutBooks();
        Stand.GarbleAnswers();
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.GetAsync(Id, Some.Locator(Some.Payment()), Cancel)).Outcome);
    }

    [Fact]
    public async Task Cancel_ThenPay_IsRefused()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        await Stand.VisitAsync(started, Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel)).Outcome);
        Assert.False(await Stand.PayAsync(started, Cancel));
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task Cancel_AfterPaying_SaysThatItIsPaid()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var answer = await Gateway.CancelAsync(Id, Some.Locator(payment, captured), Some.Key("cancel"), Cancel);
        Assert.IsType<PaymentOutcome.Captured>(answer.Outcome);
        Assert.Equal(payment.Amount, Assert.Single(answer.Captures).Amount);
    }

    [Fact]
    public async Task Cancel_ByOurIdAlone_Cancels()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        await StartAsync(payment);
        Assert.SkipUnless(Stand.FindsByOurId, "there is nothing to cancel without the provider's id");
        Assert.IsType<PaymentOutcome.Cancelled>((await Gateway.CancelAsync(Id, Some.Locator(payment), Some.Key("cancel"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Cancel_NeverStarted_IsNotFound()
    {
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        Assert.IsType<PaymentOutcome.NotFound>((await Gateway.CancelAsync(Id, Some.Locator(Some.Payment()), Some.Key("cancel"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Cancel_Twice_StaysCancelled()
    {
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("again"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Cancel_AnswerCannotBeRead_IsUnknown()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Stand.GarbleAnswers();
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Refund_InParts_UpToTheWhole()
    {
        SkipWithoutBooks();
        SkipUnlessPartial();
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var first = await Gateway.RefundAsync(Id, Some.Refund(payment, captured, 300), Cancel);
        var rest = await Gateway.RefundAsync(Id, Some.Refund(payment, captured, 1000), Cancel);
        Assert.Equal((RefundOutcome.Succeeded, 300, RefundOutcome.Succeeded, 1000), (first.Outcome, first.Amount.Minor, rest.Outcome, rest.Amount.Minor));
    }

    [Fact]
    public async Task Refund_MoreThanIsLeft_Fails()
    {
        SkipWithoutBooks();
        SkipUnlessPartial();
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        await Gateway.RefundAsync(Id, Some.Refund(payment, captured, 300), Cancel);
        var tooMuch = await Gateway.RefundAsync(Id, Some.Refund(payment, captured, 1001), Cancel);
        Assert.Equal(RefundOutcome.Failed, tooMuch.Outcome);
        Assert.Equal(300, (await Gateway.GetAsync(Id, Some.Locator(payment, captured), Cancel)).Refunds.Sum(refund => refund.Amount.Minor));
    }

    [Fact]
    public async Task Refund_SameKeyTwice_IsOneRefund()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanRefund(Id), "cannot refund");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refund = Some.Refund(payment, captured, payment.Amount.Minor);
        var first = await Gateway.RefundAsync(Id, refund, Cancel);
        var second = await Gateway.RefundAsync(Id, refund, Cancel);
        Assert.Equal((first.Reference, RefundOutcome.Succeeded), (second.Reference, second.Outcome));
        Assert.Single((await Gateway.GetAsync(Id, Some.Locator(payment, captured), Cancel)).Refunds);
    }

    [Fact]
    public async Task Refund_Done_StandsInThePayment()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanRefund(Id), "cannot refund");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refund = Some.Refund(payment, captured, payment.Amount.Minor);
        await Gateway.RefundAsync(Id, refund, Cancel);
        var now = await Gateway.GetAsync(Id, Some.Locator(payment, captured), Cancel);
        var seen = Assert.Single(now.Refunds);
        Assert.Equal((refund.Refund, refund.Amount), (seen.OurRefund, seen.Amount));
        Assert.IsType<PaymentOutcome.Captured>(now.Outcome);
    }

    [Fact]
    public async Task GetRefund_ByOurIdAlone_FindsIt()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanRefund(Id), "cannot refund");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refund = Some.Refund(payment, captured, payment.Amount.Minor);
        var done = await Gateway.RefundAsync(Id, refund, Cancel);
        Assert.Equal((done.Reference, done.Amount), ((await Gateway.GetRefundAsync(Id, Some.Locator(refund), Cancel)) is var found ? found.Reference : null, found.Amount));
    }

    [Fact]
    public async Task GetRefund_NeverMade_IsNotFound()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanRefund(Id), "cannot refund");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var never = Some.Refund(payment, captured, 100);
        Assert.Equal(RefundOutcome.NotFound, (await Gateway.GetRefundAsync(Id, Some.Locator(never), Cancel)).Outcome);
    }

    [Fact]
    public async Task Refund_AnswerCannotBeRead_IsUnknownAndThenFoundByOurId()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanRefund(Id), "cannot refund");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refund = Some.Refund(payment, captured, payment.Amount.Minor);
        Stand.GarbleAnswersToRefunds();
        Assert.Equal(RefundOutcome.Unknown, (await Gateway.RefundAsync(Id, refund, Cancel)).Outcome);
        Stand.AnswerProperly();
        Assert.Equal(RefundOutcome.Succeeded, (await Gateway.GetRefundAsync(Id, Some.Locator(refund), Cancel)).Outcome);
    }

    [Fact]
    public async Task ST_20_SetUp_IsListedForItsPayerAndChargesNothing()
    {
        var kept = await KeepAsync(CardOf.Paying);
        var listed = Assert.Single(await Gateway.ListMethodsAsync(Id, kept.Customer, "test", Cancel) ?? []);
        Assert.Equal(kept.Method, listed);
        Assert.Matches("^([0-9]{4})?$", listed.Last4 ?? "");
    }

    [Fact]
    public async Task ST_16_SamePayerAgain_IsTheSameCustomer()
    {
        var kept = await KeepAsync(CardOf.Paying);
        var again = await KeepAsync(CardOf.Declined, Stand.KnowsPayers ? kept.Payer : kept.Payer with { Customer = kept.Customer });
        Assert.Equal(kept.Customer, again.Customer);
        Assert.Equal(2, (await Gateway.ListMethodsAsync(Id, kept.Customer, "test", Cancel))?.Count);
    }

    [Theory]
    [InlineData(BuyerPresence.Present)]
    [InlineData(BuyerPresence.Absent)]
    public async Task ST_26_SavedMethod_IsApprovedMovesNothingAndIsChargedByItsIdOnce(BuyerPresence buyer)
    {
        var kept = await KeepAsync(CardOf.Paying);
        SkipUnlessMayCharge(buyer);
        var payment = With(kept, buyer);
        var started = await Gateway.StartAsync(Id, payment, Cancel);
        Assert.IsType<PaymentOutcome.Approved>(started.Outcome);
        Assert.NotNull(started.Reference);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));

        var goOn = Continue(payment, started, buyer);
        Assert.IsType<PaymentOutcome.Captured>((await Gateway.ContinueAsync(Id, goOn, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Captured>((await Gateway.ContinueAsync(Id, goOn, Cancel)).Outcome);
        Assert.Equal([payment.Amount], await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task ST_9_SavedMethodDeclined_IsFinalAndTakesNothing()
    {
        var kept = await KeepAsync(CardOf.Declined);
        var payment = With(kept, BuyerPresence.Present);
        var started = await Gateway.StartAsync(Id, payment, Cancel);
        Assert.IsType<PaymentOutcome.Declined>((await Gateway.ContinueAsync(Id, Continue(payment, started, BuyerPresence.Present), Cancel)).Outcome);
        // a provider that remembers no reason says that it is over, which ends the attempt as well
        var after = (await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome;
        Assert.True(after is PaymentOutcome.Declined or PaymentOutcome.Cancelled, $"{after}");
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    // one that asks nobody who has no page open declines for that, and the buyer pays anew
    [Fact]
    public async Task ST_10_SavedMethodAsksWhoItIs_TheBuyerMustActAndNothingIsTaken()
    {
        var kept = await KeepAsync(CardOf.Authenticating);
        var payment = With(kept, BuyerPresence.Present);
        var started = await Gateway.StartAsync(Id, payment, Cancel);
        var answer = (await Gateway.ContinueAsync(Id, Continue(payment, started, BuyerPresence.Present), Cancel)).Outcome;
        Assert.True(answer is PaymentOutcome.ActionRequired or PaymentOutcome.Declined { Reason: DeclineReason.AuthenticationRequired }, $"{answer}");
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Fact]
    public async Task SavedMethod_AsksWhoItIsWithNobodyThere_IsDeclinedForThat()
    {
        var kept = await KeepAsync(CardOf.Authenticating);
        SkipUnlessMayCharge(BuyerPresence.Absent);
        var payment = With(kept, BuyerPresence.Absent);
        var started = await Gateway.StartAsync(Id, payment, Cancel);
        var answer = await Gateway.ContinueAsync(Id, Continue(payment, started, BuyerPresence.Absent), Cancel);
        Assert.Equal(DeclineReason.AuthenticationRequired, Assert.IsType<PaymentOutcome.Declined>(answer.Outcome).Reason);
    }

    [Fact]
    public async Task ST_29_Forgotten_IsNotListedAndChargesNothing()
    {
        var kept = await KeepAsync(CardOf.Paying);
        Assert.True(await Gateway.ForgetAsync(Id, 1, kept.Method.Reference, Cancel));
        Assert.True(await Gateway.ForgetAsync(Id, 1, kept.Method.Reference, Cancel));
        Assert.Empty(await Gateway.ListMethodsAsync(Id, kept.Customer, "test", Cancel) ?? [kept.Method]);
        var payment = With(kept, BuyerPresence.Present);
        var answer = await Gateway.StartAsync(Id, payment, Cancel);
        if (answer.Outcome is PaymentOutcome.Approved)
        {
            // a provider may look at the method when it charges it, and not before
            answer = await Gateway.ContinueAsync(Id, Continue(payment, answer, BuyerPresence.Present), Cancel);
        }

        Assert.False(answer.Outcome is PaymentOutcome.Approved or PaymentOutcome.Captured);
        Assert.Empty(await Stand.TakenAsync(payment.Attempt, Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ST_18_SavingWhilePaying_SaysMethodAndPayerOnlyWhereAsked(bool save)
    {
        Assert.SkipUnless(Gateway.CanSave(Id), "keeps no methods");
        var captured = await PayAsync(Some.Payment() with { Source = new PaymentSource.Fresh(save) });
        Assert.Equal((save, save), (captured.SavedMethod is not null, captured.Customer is not null));
    }

    [Fact]
    public async Task Setup_AnswerCannotBeRead_IsUnknownAndTheSameKeyGoesOn()
    {
        Assert.SkipUnless(Gateway.CanSave(Id), "keeps no methods");
        var setup = Guid.CreateVersion7();
        var request = new StartSetup(new Payer($"payer-{setup:N}", null, null), new IdempotencyKey($"{setup}:setup"), new Uri("https://localhost/account/payment-methods"));
        Stand.GarbleAnswers();
        Assert.IsType<SetupOutcome.Unknown>((await Gateway.StartSetupAsync(Id, setup, request, Cancel)).Outcome);
        Assert.Null(await Gateway.ListMethodsAsync(Id, new CustomerReference("whoever"), "test", Cancel));
        Assert.False(await Gateway.ForgetAsync(Id, 1, new SavedMethodReference("whichever"), Cancel));
        Stand.AnswerProperly();
        Assert.IsType<SetupOutcome.ActionRequired>((await Gateway.StartSetupAsync(Id, setup, request, Cancel)).Outcome);
    }

    private sealed record Kept(Payer Payer, CustomerReference Customer, SavedMethod Method);

    /// <summary>A payer with a kept card of that kind.</summary>
    private async Task<Kept> KeepAsync(CardOf card, Payer? payer = null)
    {
        Assert.SkipUnless(Gateway.CanSave(Id), "keeps no methods");
        var setup = Guid.CreateVersion7();
        payer ??= new Payer($"payer-{setup:N}", null, null);
        var started = await Gateway.StartSetupAsync(
            Id, setup, new StartSetup(payer, new IdempotencyKey($"{setup}:setup"), new Uri("https://localhost/account/payment-methods")), Cancel);
        Assert.SkipUnless(await Stand.FinishSetupAsync(started, card, Cancel), "there is no such card");
        var done = await Gateway.GetSetupAsync(Id, setup, started.Reference!.Value, Cancel);
        return new Kept(payer, done.Customer!.Value, Assert.IsType<SetupOutcome.Saved>(done.Outcome).Method);
    }

    private static StartPayment With(Kept kept, BuyerPresence buyer) => Some.Payment() with
    {
        Source = new PaymentSource.Saved(kept.Method.Reference), Buyer = buyer, Payer = kept.Payer with { Customer = kept.Customer },
    };

    private static ContinuePayment Continue(StartPayment payment, PaymentSnapshot started, BuyerPresence buyer) =>
        new(Some.Locator(payment, started), buyer, new Dictionary<string, string>(), payment.ReturnUrl, new IdempotencyKey($"{payment.Attempt.Value}:continue"));

    private void SkipUnlessMayCharge(BuyerPresence buyer) =>
        Assert.SkipUnless(buyer == BuyerPresence.Present || Stand.Capabilities.OffSession, "charges nothing without the buyer");

    [Fact]
    public async Task Refund_InParts_EachIsARecordOfItsOwnAndTogetherTheyAreTheSum()
    {
        SkipWithoutBooks();
        SkipUnlessPartial();
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var refunds = new[] { Some.Refund(payment, captured, 300), Some.Refund(payment, captured, 200) };
        foreach (var refund in refunds)
        {
            await Gateway.RefundAsync(Id, refund, Cancel);
        }

        var now = await Gateway.GetAsync(Id, Some.Locator(payment, captured), Cancel);
        Assert.Equal(2, now.Refunds.Select(r => r.Reference).Distinct().Count());
        Assert.Equal(refunds.ToDictionary(r => r.Refund, r => r.Amount.Minor), now.Refunds.ToDictionary(r => r.OurRefund!.Value, r => r.Amount.Minor));
    }

    [Fact]
    public async Task Cancel_WhileTheBuyerPays_OneOfThemWinsAndTheOtherIsToldTheTruth()
    {
        SkipWithoutBooks();
        Assert.SkipUnless(Gateway.CanCancel(Id), "cannot cancel");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        await Stand.VisitAsync(started, Cancel);
        var paying = Stand.PayAsync(started, Cancel);
        var cancelled = await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        await paying;
        var taken = await Stand.TakenAsync(payment.Attempt, Cancel);
        Assert.Equal(cancelled.Outcome is PaymentOutcome.Cancelled ? 0 : 1, taken.Count);
        Assert.Equal(taken.Count == 1, (await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome is PaymentOutcome.Captured);
    }

    [Fact]
    public async Task Calls_AreNotedWithTheirStatusOverHttp()
    {
        var started = await StartAsync(Some.Payment());
        Assert.Equal("start", started.Call?.Operation);
        Assert.Null(started.Call?.Fault);
        SkipWithoutBooks();
        Assert.InRange(started.Call?.HttpStatus ?? 0, 200, 299);
    }

    // what a provider cannot do is said beforehand, and asking for it all the same moves nothing
    [Fact]
    public async Task Roles_RefundsAreDeclaredExactlyWhereTheyCanBeMade()
    {
        Assert.Equal(Gateway.CanRefund(Id), Stand.Capabilities.Refunds != RefundSupport.None);
        if (Gateway.CanRefund(Id))
        {
            return;
        }

        var payment = Some.Payment();
        Assert.Equal(RefundOutcome.Failed, (await Gateway.RefundAsync(Id, Some.Refund(payment, await PayAsync(payment), 100), Cancel)).Outcome);
    }

    [Fact]
    public async Task Roles_WithoutCancelling_NothingIsEverCancelled()
    {
        Assert.SkipWhen(Gateway.CanCancel(Id), "can cancel");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Assert.IsNotType<PaymentOutcome.Cancelled>((await Gateway.CancelAsync(Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel)).Outcome);
    }

    [Fact]
    public async Task Roles_WithoutSavingMethods_ASavedOneStartsNothing()
    {
        Assert.SkipWhen(Plugin is ISavesMethods, "saves methods");
        Assert.False(Stand.Capabilities.OffSession);
        var payment = Some.Payment() with { Source = new PaymentSource.Saved(new SavedMethodReference("saved")) };
        Assert.IsType<PaymentOutcome.Unknown>((await Gateway.StartAsync(Id, payment, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.NotFound>((await Gateway.GetAsync(Id, Some.Locator(payment), Cancel)).Outcome);
    }

    [Fact]
    public async Task P06_KeyRefused_IsUnknownAndAFaultThatNeedsAPerson()
    {
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        Assert.SkipUnless(Stand.RefuseOurKey(), "no key to refuse");
        var answer = Assert.IsType<PaymentOutcome.Unknown>((await Gateway.GetAsync(Id, Some.Locator(payment, started), Cancel)).Outcome);
        Assert.Equal(FaultKind.Permanent, answer.Fault);
    }

    [Fact]
    public async Task Health_SaysWhetherAPaymentCouldBeStartedNow()
    {
        Assert.SkipUnless(Plugin is IReportsHealth, "reports no health");
        Assert.True((await Gateway.CheckAsync(Id, Cancel))!.CanStart);
        Assert.SkipUnless(Stand.RefuseOurKey(), "no key to refuse");
        Assert.False((await Gateway.CheckAsync(Id, Cancel))!.CanStart);
    }

    [Fact]
    public async Task Webhook_Genuine_NamesWhatToAskAbout()
    {
        var (payment, started, news) = await NewsAsync();
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(news));
        Assert.NotEmpty(verdict.EventId);
        Assert.Contains(verdict.Subject.Reference, new[] { started.Reference!.Value, started.Captures.Select(c => c.Reference).FirstOrDefault() });
        Assert.True(verdict.Subject.OurId is null || verdict.Subject.OurId == payment.Attempt.Value);
        Assert.Equal(verdict, await VerifyAsync(news));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    public async Task W06_Webhook_OutOfItsTime_IsRejected(int seconds)
    {
        Assert.SkipUnless(Stand.NewsSaysWhen, "its events do not say when they were sent");
        var (_, _, news) = await NewsAsync();
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(news with { ReceivedAt = news.ReceivedAt.AddSeconds(seconds) }));
    }

    [Fact]
    public async Task W05_Webhook_OneByteChanged_IsRejected()
    {
        var (_, _, news) = await NewsAsync();
        var body = news.Body.ToArray();
        body[^2] ^= 1;
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(news with { Body = body }));
    }

    [Fact]
    public async Task W05_Webhook_WithoutHeaders_IsRejected()
    {
        var (_, _, news) = await NewsAsync();
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(news with { Headers = new Dictionary<string, string>() }));
    }

    [Fact]
    public async Task Activity_HasWhatWasTakenOnce_FromTheFirstInstantToBeforeTheLast()
    {
        var list = Plugin as IListsActivity;
        Assert.SkipUnless(list is not null, "lists no activity");
        var payment = Some.Payment();
        var capture = (await PayAsync(payment)).Captures[0];
        Assert.Equal(
            new ProviderActivity(ActivityKind.Captured, capture.Reference, payment.Attempt, payment.Amount, capture.At),
            Assert.Single(await ListAsync(list, capture.At, capture.At.AddSeconds(1)), a => a.OurAttempt == payment.Attempt));
        Assert.DoesNotContain(await ListAsync(list, capture.At.AddDays(-1), capture.At), a => a.OurAttempt == payment.Attempt);
    }

    [Fact]
    public async Task Activity_ThatBreaksOff_Throws()
    {
        var list = Plugin as IListsActivity;
        Assert.SkipUnless(list is not null, "lists no activity");
        var capture = (await PayAsync(Some.Payment())).Captures[0];
        Stand.GarbleAnswers();
        await Assert.ThrowsAnyAsync<Exception>(() => ListAsync(list, capture.At, capture.At.AddSeconds(1)));
    }

    [Fact]
    public async Task ByHand_WhatWasCountedIsTold_UnderAnIdOfItsOwn()
    {
        var hand = Plugin as ITakesByHand;
        Assert.SkipUnless(hand is not null, "takes nothing by hand");
        var payment = Some.Payment();
        var started = await StartAsync(payment);
        var counted = new Money(payment.Amount.Minor - 1, payment.Amount.Currency);
        var said = hand.Received(Some.Locator(payment, started), new HandReceipt("receipt-1", counted, default));
        Assert.Equal((payment.Attempt, Stand.Capabilities.Payee, Stand.Capabilities.Live, started.Reference), (said.OurAttempt, said.Payee, said.Live, said.Reference));
        Assert.Equal(new CaptureSnapshot(new ProviderReference("receipt-1"), counted, null, default), Assert.Single(said.Captures));
    }

    [Fact]
    public async Task ByHand_ARefundIsPendingUntilSomebodySaysItWasSent()
    {
        var hand = Plugin as ITakesByHand;
        Assert.SkipUnless(hand is not null, "takes nothing by hand");
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await PayAsync(payment), 300);
        Assert.Equal(RefundOutcome.Pending, (await Gateway.RefundAsync(Id, refund, Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Pending, (await Gateway.GetRefundAsync(Id, Some.Locator(refund), Cancel)).Outcome);
        var sent = hand.Returned(Some.Locator(refund), new HandReceipt("return-1", refund.Amount, default));
        Assert.Equal((RefundOutcome.Succeeded, refund.Refund, refund.Capture, refund.Amount), (sent.Outcome, sent.OurRefund!.Value, sent.Capture!.Value, sent.Amount));
    }

    private async Task<(StartPayment Payment, PaymentSnapshot Captured, WebhookRequest News)> NewsAsync()
    {
        Assert.SkipUnless(Plugin is IReceivesWebhooks, "sends no webhooks");
        var payment = Some.Payment();
        var captured = await PayAsync(payment);
        var news = await Stand.NewsAsync(captured, Cancel);
        Assert.SkipUnless(news is not null, "the stand makes no webhook");
        return (payment, captured, news);
    }

    private Task<WebhookVerdict> VerifyAsync(WebhookRequest news) => ((IReceivesWebhooks)Plugin!).VerifyAsync(news, Cancel);

    private static async Task<List<ProviderActivity>> ListAsync(IListsActivity list, DateTimeOffset from, DateTimeOffset until)
    {
        var listed = new List<ProviderActivity>();
        await foreach (var one in list.ListAsync(from, until, Cancel))
        {
            listed.Add(one);
        }

        return listed;
    }

    private async Task<PaymentSnapshot> StartAsync(StartPayment payment)
    {
        var started = await Gateway.StartAsync(Id, payment, Cancel);
        Assert.IsType<PaymentOutcome.ActionRequired>(started.Outcome);
        return started;
    }

    /// <summary>By our id alone, as after an answer that was lost.</summary>
    private async Task<PaymentSnapshot> FindAsync(StartPayment payment)
    {
        var found = await Gateway.GetAsync(Id, Some.Locator(payment), Cancel);
        if (Stand.FindsByOurId)
        {
            return found;
        }

        Assert.IsType<PaymentOutcome.NotFound>(found.Outcome);
        return await Gateway.StartAsync(Id, payment, Cancel);
    }

    private async Task<PaymentSnapshot> PayAsync(StartPayment payment)
    {
        var started = await StartAsync(payment);
        Assert.True(await Stand.PayAsync(started, Cancel));
        var captured = await Stand.LookAsync(Some.Locator(payment, started), Cancel);
        Assert.IsType<PaymentOutcome.Captured>(captured.Outcome);
        return captured;
    }

    private async Task<PaymentSnapshot> DeclineAsync(StartPayment payment, DeclineReason reason)
    {
        var started = await StartAsync(payment);
        Assert.SkipUnless(await Stand.DeclineAsync(started, reason, Cancel), "nothing has it declined for that reason");
        return started;
    }

    private async Task<DeclineReason> WhyDeclinedAsync(PaymentLocator locator) =>
        Assert.IsType<PaymentOutcome.Declined>((await Gateway.GetAsync(Id, locator, Cancel)).Outcome).Reason;

    private async Task<PaymentSnapshot> LeavePendingAsync(StartPayment payment)
    {
        var started = await StartAsync(payment);
        Assert.SkipUnless(await Stand.LeavePendingAsync(started, Cancel), "always decides at once");
        return started;
    }

    private void SkipUnlessPartial() => Assert.SkipUnless(Stand.Capabilities.Refunds == RefundSupport.Partial, "refunds no parts");
}
