namespace Shop.Payments.Tests.Taler;

/// <summary>Totals over there, single refunds here; and buyers who fetch them, or do not.</summary>
public sealed class TalerRefundTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TP_2_TwoRefunds_AreSentAsGrowingTotalsAndToldAsTwo()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        var (first, second) = (Some.Refund(payment, paid, 50), Some.Refund(payment, paid, 70));
        await shop.RefundAsync(first, Cancel);
        await shop.RefundAsync(second, Cancel);
        Assert.Equal(["KUDOS:0.5", "KUDOS:1.2"], (await shop.PostedAsync("/refund", Cancel)).Select(it => it.GetProperty("refund").GetString()));
        Assert.Equal([(first.Refund, 50L), (second.Refund, 70L)], (await shop.GetAsync(payment, Cancel)).Refunds.Select(it => (it.OurRefund!.Value, it.Amount.Minor)));
    }

    [Fact]
    public async Task TP_2_SameRefundAgain_SendsNothing()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 50);
        Assert.Equal(await shop.RefundAsync(refund, Cancel) with { Call = null }, await shop.RefundAsync(refund, Cancel) with { Call = null });
        Assert.Single(await shop.PostedAsync("/refund", Cancel));
    }

    [Theory]
    [InlineData("charge_then_500")]
    [InlineData("charge_then_reset")]
    public async Task R03_GivenBackAndTheAnswerIsLost_IsUnknownAndNotDoneTwice(string mode)
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 50);
        await shop.FaultAsync("POST /refund", mode, Cancel, times: 1);
        Assert.Equal(RefundOutcome.Unknown, (await shop.RefundAsync(refund, Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Pending, (await shop.GetRefundAsync(refund, Cancel)).Outcome);
        Assert.Equal(RefundOutcome.Pending, (await shop.RefundAsync(refund, Cancel)).Outcome);
        Assert.Single(await shop.PostedAsync("/refund", Cancel));
    }

    [Fact]
    public async Task TP_2_SeveralAtOnce_EachIsMadeInFull()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        var refunds = new[] { Some.Refund(payment, paid, 300), Some.Refund(payment, paid, 200) };
        await Task.WhenAll(refunds.Select(refund => shop.RefundAsync(refund, Cancel)));
        var told = (await shop.GetAsync(payment, Cancel)).Refunds;
        Assert.Equal(refunds.ToDictionary(it => it.Refund, it => it.Amount.Minor), told.ToDictionary(it => it.OurRefund!.Value, it => it.Amount.Minor));
    }

    [Fact]
    public async Task TP_3_GivenBack_IsPendingWithTheAddressUntilTheWalletHasFetchedIt()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 50);
        var offered = await shop.RefundAsync(refund, Cancel);
        Assert.Equal(RefundOutcome.Pending, offered.Outcome);
        var pickup = Assert.IsType<BuyerAction.OpenWallet>(offered.Pickup).WalletUri.OriginalString;
        Assert.Equal($"taler+http://refund/{shop.BackEnd.Authority}/taler/instances/{shop.Instance}/{refund.Capture.Value}/", pickup);
        Assert.Equal("fetched", await shop.UseWalletAsync(pickup, Cancel));
        var fetched = await shop.GetRefundAsync(refund, Cancel);
        Assert.Equal((RefundOutcome.Succeeded, null), (fetched.Outcome, fetched.Pickup));
    }

    [Fact]
    public async Task TP_3_NotFetchedBeforeTheMoneyWasPaidOut_Failed()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        var refund = Some.Refund(payment, paid, 50);
        await shop.RefundAsync(refund, Cancel);
        await PayOutAsync(shop, paid);
        var gone = await shop.GetRefundAsync(refund, Cancel);
        Assert.Equal((RefundOutcome.Failed, "not_fetched_in_time", refund.Amount), (gone.Outcome, gone.ProviderCode, gone.Amount));
        Assert.Null(gone.Pickup);
    }

    [Fact]
    public async Task TP_3_AfterTheMoneyWasPaidOut_ARefundIsRefused()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        await PayOutAsync(shop, paid);
        var refused = await shop.RefundAsync(Some.Refund(payment, paid, 50), Cancel);
        Assert.Equal((RefundOutcome.Failed, "too_late"), (refused.Outcome, refused.ProviderCode));
    }

    [Fact]
    public async Task TP_2_GivenBackByHandOverThere_IsToldAsNotOursAndCountsInTheTotal()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        await shop.TellAsync("/_taler/refund", new { instance = shop.Instance, order = paid.Captures[0].Reference.Value, total = "KUDOS:1", reason = "she asked at the counter" }, Cancel);
        await shop.RefundAsync(Some.Refund(payment, paid, 50), Cancel);
        Assert.Equal("KUDOS:1.5", Assert.Single(await shop.PostedAsync("/refund", Cancel)).GetProperty("refund").GetString());
        Assert.Equal([(true, 100L), (false, 50L)], (await shop.GetAsync(payment, Cancel)).Refunds.Select(it => (it.OurRefund is null, it.Amount.Minor)));
    }

    [Fact]
    public async Task TP_2_PartOfACoinGivenBackOverThere_IsInDoubtAndSpoilsNothingElse()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var paid = await shop.PaidAsync(payment, Cancel);
        await shop.TellAsync("/_taler/refund", new { instance = shop.Instance, order = paid.Captures[0].Reference.Value, total = "KUDOS:0.005", reason = "by hand" }, Cancel);
        var told = await shop.GetAsync(payment, Cancel);
        Assert.IsType<PaymentOutcome.Captured>(told.Outcome);
        Assert.Equal(RefundOutcome.Unknown, Assert.Single(told.Refunds).Outcome);
    }

    [Fact]
    public async Task Activity_HasWhatWasFetched_AndNotWhatIsOnlyOffered()
    {
        await using var shop = await TalerShop.OpenAsync();
        var payment = Some.Payment();
        var refund = Some.Refund(payment, await shop.PaidAsync(payment, Cancel), 50);
        var offered = await shop.RefundAsync(refund, Cancel);
        Assert.DoesNotContain(await ListAsync(shop), it => it.Kind == ActivityKind.Refunded);
        await shop.UseWalletAsync(((BuyerAction.OpenWallet)offered.Pickup!).WalletUri.OriginalString, Cancel);
        var listed = Assert.Single(await ListAsync(shop), it => it.Kind == ActivityKind.Refunded);
        Assert.Equal((offered.Reference!.Value, refund.Amount, payment.Attempt, refund.Capture), (listed.Reference, listed.Amount, listed.OurAttempt!.Value, listed.Capture!.Value));
    }

    private static Task PayOutAsync(TalerShop shop, PaymentSnapshot paid) =>
        shop.TellAsync("/_taler/wire", new { instance = shop.Instance, order = paid.Captures[0].Reference.Value, fee = "KUDOS:0.01" }, Cancel);

    private static async Task<List<ProviderActivity>> ListAsync(TalerShop shop)
    {
        var now = TimeProvider.System.GetUtcNow();
        var listed = new List<ProviderActivity>();
        await foreach (var one in ((IListsActivity)shop.Provider).ListAsync(now.AddHours(-1), now.AddHours(1), Cancel))
        {
            listed.Add(one);
        }

        return listed;
    }
}
