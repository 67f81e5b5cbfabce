namespace Shop.Payments.Tests.Sandbox;

/// <summary>The bank's account statement as the plug-in tells it.</summary>
public sealed class ActivityTests : IAsyncLifetime
{
    private BankHost? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Host => host ?? throw new InvalidOperationException("The test has not begun.");

    private DateTimeOffset Now => Host.Clock.GetUtcNow();

    public async ValueTask InitializeAsync() => host = await BankHost.StartAsync(Cancel);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task List_HasWhatWasTakenAndGivenBackAndNothingElse()
    {
        var start = Now;
        foreach (var outcome in new[] { "declined", "pending", "abandon" })
        {
            await PressAsync(Some.Payment(), outcome);
        }

        var payment = Some.Payment();
        var captured = await PressAsync(payment, "ok");
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        var refund = await Host.Gateway.RefundAsync(Host.Provider.Id, Some.Refund(payment, captured, 300), Cancel);
        Assert.Equal(
            [
                new ProviderActivity(ActivityKind.Captured, captured.Captures[0].Reference, payment.Attempt, payment.Amount, start),
                new ProviderActivity(ActivityKind.Refunded, refund.Reference!.Value, payment.Attempt, new Money(300, Currency.Usd), Now),
            ],
            await ListAsync(start, Now.AddDays(1)));
    }

    [Fact]
    public async Task List_BeginsWithItsFirstInstantAndEndsBeforeItsLast()
    {
        await PressAsync(Some.Payment(), "ok");
        Assert.Single(await ListAsync(Now, Now.AddTicks(1)));
        Assert.Empty(await ListAsync(Now.AddTicks(1), Now.AddDays(1)));
        Assert.Empty(await ListAsync(Now.AddDays(-1), Now));
    }

    // more than a page, all at one instant: the hardest place to go on from
    [Fact]
    public async Task List_ManyAtOneInstant_MissesAndRepeatsNone()
    {
        for (var number = 0; number < 101; number++)
        {
            await PressAsync(Some.Payment(), "ok");
        }

        var listed = await ListAsync(Now, Now.AddDays(1));
        Assert.Equal((101, 101), (listed.Count, listed.Select(one => one.Reference).Distinct().Count()));
    }

    // a list that comes round again must not keep the shop for ever
    [Fact]
    public async Task List_TheBankRepeatsAPage_Throws()
    {
        await PressAsync(Some.Payment(), "ok");
        var page = "";
        Host.Wire.Fault = async (response, token) =>
        {
            page = page.Length > 0 ? page : (await response.Content.ReadAsStringAsync(token)).Replace("\"hasMore\":false", "\"hasMore\":true", StringComparison.Ordinal);
            return new HttpResponseMessage(response.StatusCode) { Content = new StringContent(page, System.Text.Encoding.UTF8, "application/json") };
        };
        await Assert.ThrowsAsync<System.Text.Json.JsonException>(() => ListAsync(Now, Now.AddDays(1)));
    }

    [Fact]
    public async Task List_TheBankDoesNotAnswer_ThrowsAndTellsNoHalf()
    {
        await PressAsync(Some.Payment(), "ok");
        Host.Wire.Fault = (_, _) => Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.ServiceUnavailable));
        await Assert.ThrowsAsync<HttpRequestException>(() => ListAsync(Now, Now.AddDays(1)));
    }

    private async Task<PaymentSnapshot> PressAsync(StartPayment payment, string outcome)
    {
        var started = await Host.Gateway.StartAsync(Host.Provider.Id, payment, Cancel);
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), outcome, Cancel);
        return await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), Cancel);
    }

    private async Task<List<ProviderActivity>> ListAsync(DateTimeOffset from, DateTimeOffset until)
    {
        var listed = new List<ProviderActivity>();
        await foreach (var one in ((IListsActivity)Host.Provider).ListAsync(from, until, Cancel))
        {
            listed.Add(one);
            Assert.True(listed.Count < 1000, "the list has no end");
        }

        return listed;
    }
}
