using Microsoft.Extensions.DependencyInjection;

namespace Shop.Payments.Tests.Taler;

/// <summary>Paying with a wallet, against the back end that the simulator plays.</summary>
public sealed class TalerPaymentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TP_1_Paid_TheContractIsTheEvidence()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        var order = Assert.Single(await shop.PostedAsync("/private/orders", Cancel)).GetProperty("order").GetProperty("order_id").GetString();
        Assert.Equal((payment.Attempt, new PayeeReference(shop.BackEnd.AbsoluteUri), false), (paid.OurAttempt, paid.Payee, paid.Live));
        Assert.Equal((new ProviderReference(order!), payment.Amount), (Assert.Single(paid.Captures).Reference, paid.Captures[0].Amount));
    }

    [Fact]
    public async Task TP_1_ContractOfAnotherBackEnd_IsToldAsItsOwn()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        await shop.PaidAsync(payment, Cancel);
        // the same instance, asked by a shop whose money is to become somebody else's
        using var services = TalerShop.Build([("BackEnd", shop.BackEnd.AbsoluteUri), ("PublicBase", "https://backend.example/instances/shop/")]);
        var other = services.GetRequiredService<PaymentGateway>();
        var told = await other.GetAsync(shop.Provider.Id, Some.Locator(payment), Cancel);
        Assert.Equal(new PayeeReference(shop.BackEnd.AbsoluteUri), told.Payee);
        Assert.NotEqual(services.GetRequiredService<IPaymentProvider>().Capabilities.Payee, told.Payee);
    }

    [Fact]
    public async Task D13_Unclaimed_IsTheWalletsAddressWithItsTokenAndDeadline()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var started = await shop.StartAsync(payment, Cancel);
        var order = started.Reference!.Value.Value["orders/".Length..];
        Assert.Matches($@"^taler\+http://pay/{shop.BackEnd.Authority}/taler/instances/{shop.Instance}/{order}/\?c=[0-9A-F]+$", TalerShop.Wallet(started));
        Assert.NotNull(Assert.IsType<PaymentOutcome.ActionRequired>(started.Outcome).ExpiresAt);
    }

    [Fact]
    public async Task D13_Claimed_IsTheAddressWithoutTokenForTheWalletThatHasIt()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        await shop.UseWalletAsync(TalerShop.Wallet(await shop.StartAsync(payment, Cancel)), Cancel, onlyClaims: true);
        var claimed = TalerShop.Wallet(await shop.GetAsync(payment, Cancel));
        Assert.DoesNotContain("?c=", claimed, StringComparison.Ordinal);
        Assert.Null(await shop.UseWalletAsync(claimed, Cancel, wallet: "somebody else's"));
        Assert.Equal("paid", await shop.UseWalletAsync(claimed, Cancel));
    }

    // a wallet that has the contract may pay it until its deadline, so nothing else may be paid for the order
    [Fact]
    public async Task TP_5_CancelWhileAWalletHasIt_IsNotCancelledAndCanStillBePaid()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var started = await shop.StartAsync(payment, Cancel);
        await shop.UseWalletAsync(TalerShop.Wallet(started), Cancel, onlyClaims: true);
        var answer = await shop.CancelAsync(payment, started, Cancel);
        Assert.IsType<PaymentOutcome.ActionRequired>(answer.Outcome);
        Assert.Equal("paid", await shop.UseWalletAsync(TalerShop.Wallet(answer), Cancel));
    }

    // what nobody has claimed for four hours is ended; who has claimed it has the back end's own time
    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 8)]
    public async Task TP_5_OpenForFourHours_OrAsLongAsTheWalletMayPay(bool isClaimed, int hours)
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var started = await shop.StartAsync(payment, Cancel);
        if (isClaimed)
        {
            await shop.UseWalletAsync(TalerShop.Wallet(started), Cancel, onlyClaims: true);
        }

        var until = Assert.IsType<PaymentOutcome.ActionRequired>((await shop.GetAsync(payment, Cancel)).Outcome).ExpiresAt!.Value;
        Assert.Equal(hours, (until - TimeProvider.System.GetUtcNow()).TotalHours, 0.1);
    }

    [Fact]
    public async Task TP_5_CancelledIsDeletedThere_AndThenLooksSayCancelled()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var started = await shop.StartAsync(payment, Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.CancelAsync(payment, started, Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.Cancelled>((await shop.Gateway.GetAsync(shop.Provider.Id, Some.Locator(payment, started), Cancel)).Outcome);
        Assert.IsType<PaymentOutcome.NotFound>((await shop.GetAsync(payment, Cancel)).Outcome);
        Assert.Null(await shop.UseWalletAsync(TalerShop.Wallet(started), Cancel));
    }

    // the order page of the shop is the same for both: only the wallet's address must differ
    [Fact]
    public async Task TP_6_TF_50_RepeatableBoughtTwiceWithOneWallet_IsPaidTwice()
    {
        await using var shop = await TalerShop.OpenAsync();
        var (first, second) = (Some.Payment(), Some.Payment());
        Assert.Equal("paid", await shop.UseWalletAsync(TalerShop.Wallet(await shop.StartAsync(first, Cancel)), Cancel, wallet: "hers"));
        Assert.Equal("paid", await shop.UseWalletAsync(TalerShop.Wallet(await shop.StartAsync(second, Cancel)), Cancel, wallet: "hers"));
        Assert.Equal(2, (await shop.LedgerAsync(Cancel)).Count(it => it.Kind == "capture"));
    }

    [Fact]
    public async Task TP_6_NotRepeatable_TheWalletProvesWhatItHasPaid()
    {
        await using var shop = await TalerShop.OpenAsync();
        var (first, second) = (Some.Payment() with { Repeatable = false }, Some.Payment() with { Repeatable = false });
        Assert.Equal("paid", await shop.UseWalletAsync(TalerShop.Wallet(await shop.StartAsync(first, Cancel)), Cancel, wallet: "hers"));
        Assert.Equal("proven", await shop.UseWalletAsync(TalerShop.Wallet(await shop.StartAsync(second, Cancel)), Cancel, wallet: "hers"));
        Assert.Single(await shop.LedgerAsync(Cancel));
    }

    [Fact]
    public async Task TP_7_Capabilities_AreAWalletsAndNothingElse()
    {
        await using var shop = await TalerShop.OpenAsync(("RefundDays", "14"));
        Assert.Equal([PaymentFlow.ExternalWallet], shop.Provider.Capabilities.Flows);
        Assert.Equal((RefundSupport.Partial, TimeSpan.FromDays(14), false), (shop.Provider.Capabilities.Refunds, shop.Provider.Capabilities.RefundWindow!.Value, shop.Provider.Capabilities.OffSession));
        Assert.True(shop.Provider is ICancelsPayments and IRefundsPayments and IReceivesWebhooks and IListsActivity and IReportsHealth and not (ISavesMethods or IContinuesPayments or ICapturesPayments));
    }

    [Theory]
    [InlineData(8, "KUDOS:0.08")]
    [InlineData(500, "KUDOS:5")]
    [InlineData(1210, "KUDOS:12.1")]
    [InlineData(450359962737049600, "KUDOS:4503599627370496")]
    public async Task TP_1_Amount_IsWrittenWithoutNoughtsAndReadBackExactly(long minor, string written)
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment(new Money(minor, Currency.Usd));
        if (minor > 1_000_000)
        {
            // more than the simulator counts
            Assert.Equal(new Money(minor, Currency.Usd), shop.Provider.Capabilities.Maximum);
            await shop.StartAsync(payment, Cancel);
        }
        else
        {
            Assert.Equal(payment.Amount, (await shop.PaidAsync(payment, Cancel)).Captures[0].Amount);
        }

        Assert.Equal(written, Assert.Single(await shop.PostedAsync("/private/orders", Cancel)).GetProperty("order").GetProperty("amount").GetString());
    }

    [Fact]
    public async Task ST_34_PaidOut_WhatTheExchangeKeptIsTheFee()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        Assert.Null(paid.Captures[0].Fee);
        await shop.TellAsync("/_taler/wire", new { instance = shop.Instance, order = paid.Captures[0].Reference.Value, fee = "KUDOS:0.021" }, Cancel);
        Assert.Equal(new Money(3, Currency.Usd), (await shop.GetAsync(payment, Cancel)).Captures[0].Fee);
    }

    [Theory]
    [InlineData("charge_then_500")]
    [InlineData("charge_then_reset")]
    [InlineData("malformed")]
    public async Task P04_MadeAndTheAnswerIsLost_TheSameOrderSentAgainIsTheSame(string mode)
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        await shop.FaultAsync("POST orders", mode, Cancel, times: 1);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.StartAsync(payment, Cancel)).Outcome);
        var found = await shop.GetAsync(payment, Cancel);
        Assert.Equal(found.Reference, (await shop.StartAsync(payment, Cancel)).Reference);
        var posted = await shop.PostedAsync("/private/orders", Cancel);
        Assert.Equal(posted[0].GetRawText(), posted[1].GetRawText());
    }

    [Theory]
    [InlineData("409")]
    [InlineData("429")]
    [InlineData("500_before")]
    [InlineData("html")]
    [InlineData("huge")]
    [InlineData("wrong_id")]
    [InlineData("negative")]
    [InlineData("wrong_currency:EUR")]
    public async Task P16_AnswerThatCannotBeRight_IsUnknown(string mode)
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        await shop.PaidAsync(payment, Cancel);
        await shop.FaultAsync("GET private", mode, Cancel);
        Assert.IsType<PaymentOutcome.Unknown>((await shop.GetAsync(payment, Cancel)).Outcome);
    }

    [Fact]
    public async Task P06_OrderThatTheBackEndWillNotHave_IsDeclinedWithItsReason()
    {
        await using var shop = await TalerShop.OpenAsync();
        Assert.Equal(new PaymentOutcome.Declined(DeclineReason.Unspecified, "malformed"), (await shop.StartAsync(Some.Payment(Money.Zero(Currency.Usd)), Cancel)).Outcome);
    }
}
