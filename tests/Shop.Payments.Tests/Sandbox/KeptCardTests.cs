using Shop.Payments.Sandbox;

namespace Shop.Payments.Tests.Sandbox;

/// <summary>What the sandbox's bank does with cards that it keeps, beyond what every provider does.</summary>
public sealed class KeptCardTests : IAsyncLifetime
{
    private BankHost? bank;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Bank => bank!;

    public async ValueTask InitializeAsync() => bank = await BankHost.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Bank.DisposeAsync();
    }

    private Task<SetupSnapshot> AttachAsync(string token, string payer = "payer") => Bank.Gateway.AttachAsync(
        SandboxPlugin.Id, Guid.Empty, new AttachMethod(new Payer(payer, null, null), new SingleUseToken(token), Some.Key("attach"), new Uri("https://localhost/")), Cancel);

    private static StartPayment With(SetupSnapshot setup, string payer = "payer") => Some.Payment() with
    {
        Source = new PaymentSource.Saved(((SetupOutcome.Saved)setup.Outcome).Method.Reference), Payer = new Payer(payer, null, setup.Customer),
    };

    private async Task<PaymentSnapshot> ChargeAsync(StartPayment payment)
    {
        var started = await Bank.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel);
        return await Bank.Gateway.ContinueAsync(
            SandboxPlugin.Id,
            new ContinuePayment(Some.Locator(payment, started), BuyerPresence.Present, new Dictionary<string, string>(), payment.ReturnUrl, Some.Key("continue")),
            Cancel);
    }

    [Fact]
    public async Task ST_19_TokenAttachedThenCharged_Works() =>
        Assert.IsType<PaymentOutcome.Captured>((await ChargeAsync(With(await AttachAsync("tok_ok_1")))).Outcome);

    [Fact]
    public async Task ST_19_TokenASecondTime_IsRefused()
    {
        await AttachAsync("tok_ok_1");
        Assert.IsType<SetupOutcome.Declined>((await AttachAsync("tok_ok_1")).Outcome);
    }

    [Fact]
    public async Task ST_27_MethodOfAnotherCustomer_IsNotCharged()
    {
        var (mine, yours) = (await AttachAsync("tok_ok_1"), await AttachAsync("tok_ok_2", "somebody else"));
        var payment = With(yours) with { Payer = new Payer("payer", null, mine.Customer) };
        Assert.Equal(DeclineReason.MethodInvalid, Assert.IsType<PaymentOutcome.Declined>((await Bank.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel)).Outcome).Reason);
    }

    [Fact]
    public async Task ST_24_ExpiredCard_IsDeclinedAsSuch()
    {
        var kept = await AttachAsync("tok_ok_1");
        Bank.Clock.Advance(TimeSpan.FromDays(3 * 366));
        Assert.Equal(DeclineReason.Expired, Assert.IsType<PaymentOutcome.Declined>((await ChargeAsync(With(kept))).Outcome).Reason);
    }

    [Fact]
    public async Task Cancelled_BeforeItIsConfirmed_IsNotCharged()
    {
        var payment = With(await AttachAsync("tok_ok_1"));
        var started = await Bank.Gateway.StartAsync(SandboxPlugin.Id, payment, Cancel);
        await Bank.Gateway.CancelAsync(SandboxPlugin.Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        Assert.IsType<PaymentOutcome.Cancelled>((await ChargeAsync(payment)).Outcome);
    }

    [Fact]
    public async Task Setup_Abandoned_KeepsNothing()
    {
        var setup = Guid.CreateVersion7();
        var started = await Bank.Gateway.StartSetupAsync(
            SandboxPlugin.Id, setup, new StartSetup(new Payer("payer", null, null), Some.Key("setup"), new Uri("https://localhost/back")), Cancel);
        var page = ((BuyerAction.Redirect)((SetupOutcome.ActionRequired)started.Outcome).Action).Url;
        using var answer = await Bank.PressAsync(page, "abandon", Cancel);
        Assert.Equal("/back", answer.Headers.Location?.AbsolutePath);
        Assert.IsType<SetupOutcome.Declined>((await Bank.Gateway.GetSetupAsync(SandboxPlugin.Id, setup, started.Reference!.Value, Cancel)).Outcome);
    }
}
