using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Payments.Tests.Sandbox;

/// <summary>The bank's events: what they say, how they are signed, and that each arrives.</summary>
public sealed class BankPostTests : IAsyncLifetime
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly StartPayment payment = Some.Payment();
    private BankHost? host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BankHost Host => host ?? throw new InvalidOperationException("The test has not begun.");

    private static Dictionary<string, string?> Settings => new() { ["Payments:Sandbox:WebhookUrl"] = "https://shop.example/hooks/sandbox" };

    public async ValueTask InitializeAsync() => host = await BankHost.StartAsync(Cancel, settings: Settings);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Theory]
    [InlineData("ok", "payment.captured")]
    [InlineData("declined", "payment.declined")]
    [InlineData("pending", "payment.pending")]
    public async Task Press_IsToldToTheShopAndBelievedThere(string outcome, string type)
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), outcome, Cancel);
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel)));
        var taken = (await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), Cancel)).Captures.Select(c => (ProviderReference?)c.Reference).SingleOrDefault();
        Assert.Equal((type, new WebhookSubject(SubjectKind.Payment, started.Reference!.Value, payment.Attempt.Value, taken)), (verdict.EventType, verdict.Subject));
    }

    [Theory]
    [InlineData("ok", "payment.captured")]
    [InlineData("denied", "payment.declined")]
    public async Task P08_Decision_IsToldToTheShop(string outcome, string type)
    {
        var started = await StartAsync();
        using var pending = await Host.PressAsync(BankHost.Hosted(started), "pending", Cancel);
        await Host.Merchant.NextAsync(Cancel);
        using var decided = await Host.DecideAsync(started, outcome, Cancel);
        Assert.Equal(type, Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel))).EventType);
    }

    [Fact]
    public async Task Cancel_IsToldOnce()
    {
        var started = await StartAsync();
        await Host.Gateway.CancelAsync(Host.Provider.Id, Some.Locator(payment, started), Some.Key("cancel"), Cancel);
        await Host.Gateway.CancelAsync(Host.Provider.Id, Some.Locator(payment, started), Some.Key("again"), Cancel);
        Assert.Equal("payment.cancelled", Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel))).EventType);
        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task Refund_IsToldWithItsReferenceAndOurRefund()
    {
        var captured = await PayAsync();
        await Host.Merchant.NextAsync(Cancel);
        var refund = Some.Refund(payment, captured, 300);
        var done = await Host.Gateway.RefundAsync(Host.Provider.Id, refund, Cancel);
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel)));
        Assert.Equal(("refund.succeeded", new WebhookSubject(SubjectKind.Refund, done.Reference!.Value, refund.Refund.Value, Payment: captured.Reference)), (verdict.EventType, verdict.Subject));
    }

    // the shop has no use for it, and says so with the event's id
    [Fact]
    public async Task W04_SecondStep_IsToldAndIgnored()
    {
        using var pressed = await Host.PressAsync(BankHost.Hosted(await StartAsync()), "authenticate", Cancel);
        var verdict = Assert.IsType<WebhookVerdict.Ignored>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel)));
        Assert.Equal("payment.authenticating", verdict.EventType);
        Assert.Equal((await EventsAsync())[0].GetProperty("id").GetString(), verdict.EventId);
    }

    [Fact]
    public async Task Press_ThatChangesNothing_IsNotTold()
    {
        var hosted = BankHost.Hosted(await StartAsync());
        var token = await Host.TokenAsync(hosted, Cancel);
        foreach (var outcome in new[] { "abandon", "ok", "ok", "declined" })
        {
            using var pressed = await Host.SubmitAsync(hosted, outcome, token, Cancel);
        }

        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task Signature_IsOfTheTimeAndTheVeryBytesWithEachSecret()
    {
        string[] secrets = ["an-old-secret-of-the-shop", "a-new-secret-of-the-shop"];
        await using var rotating = await BankHost.StartAsync(Cancel, settings: new(Settings)
        {
            ["Payments:Sandbox:WebhookSecrets:0"] = secrets[0],
            ["Payments:Sandbox:WebhookSecrets:1"] = secrets[1],
        });
        var started = await rotating.Gateway.StartAsync(rotating.Provider.Id, payment, Cancel);
        using var pressed = await rotating.PressAsync(BankHost.Hosted(started), "ok", Cancel);
        var sent = await rotating.Merchant.NextAsync(Cancel);
        var time = rotating.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. sent.Body.Span];
        var expected = secrets.Select(secret => "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
        Assert.Equal(string.Join(',', expected.Prepend($"t={time}")), sent.Headers["Sandbox-Signature"]);
    }

    [Fact]
    public async Task Refused_IsSentAgainLaterAndLaterWithTheSameBodyAndANewTime()
    {
        Host.Merchant.Answer = _ => Task.FromResult(HttpStatusCode.InternalServerError);
        await PayAsync();
        var first = await Host.Merchant.NextAsync(Cancel);
        foreach (var seconds in new[] { 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600 })
        {
            await AdvanceToTheNextTryAsync(TimeSpan.FromSeconds(seconds));
            var again = await Host.Merchant.NextAsync(Cancel);
            Assert.Equal(first.Body.ToArray(), again.Body.ToArray());
            Assert.StartsWith($"t={Host.Clock.GetUtcNow().ToUnixTimeSeconds()},", again.Headers["Sandbox-Signature"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.NoContent, false)]
    [InlineData(HttpStatusCode.Found, true)]
    [InlineData(HttpStatusCode.NotFound, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    public async Task Answer_OnlySuccessEndsIt(HttpStatusCode answer, bool isSentAgain)
    {
        Host.Merchant.Answer = _ => Task.FromResult(answer);
        await PayAsync();
        await Host.Merchant.NextAsync(Cancel);
        var now = Host.Clock.GetUtcNow();
        await Host.Clock.UntilAsync(alarms => alarms.Contains(now + (isSentAgain ? TimeSpan.FromSeconds(5) : LongestSleep)), Cancel);
    }

    [Fact]
    public async Task NobodyTakesItForThreeDays_IsGivenUpAndTheOthersFlowOn()
    {
        Host.Merchant.Answer = _ => Task.FromResult(HttpStatusCode.InternalServerError);
        await PayAsync();
        var first = await Host.Merchant.NextAsync(Cancel);
        await AdvanceToTheNextTryAsync(TimeSpan.FromSeconds(5));
        await Host.Merchant.NextAsync(Cancel);
        await SleepsAsync(TimeSpan.FromSeconds(10));
        Host.Clock.Advance(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(6));
        var stillTried = await Host.Merchant.NextAsync(Cancel);
        Assert.Equal(first.Body.ToArray(), stillTried.Body.ToArray());
        await SleepsAsync(TimeSpan.FromSeconds(20));
        Host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Host.Merchant.NextAsync(Cancel);
        await SleepsAsync(LongestSleep);
        Host.Clock.Advance(TimeSpan.FromDays(1));
        Host.Merchant.Answer = _ => Task.FromResult(HttpStatusCode.OK);
        var other = Some.Payment();
        using var pressed = await Host.PressAsync(BankHost.Hosted(await Host.Gateway.StartAsync(Host.Provider.Id, other, Cancel)), "ok", Cancel);
        Assert.Equal(other.Attempt.Value, Attempt(await Host.Merchant.NextAsync(Cancel)));
    }

    [Fact]
    public async Task ReceiverHangs_TheBankGoesOnAndTriesAgainAfterAWhile()
    {
        Host.Merchant.Answer = async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return HttpStatusCode.OK;
        };
        await PayAsync();
        await Host.Merchant.NextAsync(Cancel);
        Assert.IsType<PaymentOutcome.Captured>((await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment), Cancel)).Outcome);
        Assert.Single((await Host.PageAsync(BankHost.AllPayments, Cancel)).QuerySelectorAll("[data-testid=sandbox-payment]"));
        Host.Merchant.Answer = _ => Task.FromResult(HttpStatusCode.OK);
        await AdvanceToTheNextTryAsync(TimeSpan.FromSeconds(10));
        await AdvanceToTheNextTryAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(payment.Attempt.Value, Attempt(await Host.Merchant.NextAsync(Cancel)));
    }

    [Fact]
    public async Task Restart_WhatWasNotTakenIsSentThen()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-bank-").FullName;
        await using (var before = await BankHost.StartAsync(Cancel, folder, settings: Settings))
        {
            before.Merchant.Answer = _ => throw new HttpRequestException("nobody listens there");
            using var pressed = await before.PressAsync(BankHost.Hosted(await before.Gateway.StartAsync(before.Provider.Id, payment, Cancel)), "ok", Cancel);
            await before.Merchant.NextAsync(Cancel);
        }

        await using var after = await BankHost.StartAsync(Cancel, folder, settings: Settings);
        after.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(payment.Attempt.Value, Attempt(await after.Merchant.NextAsync(Cancel)));
    }

    [Fact]
    public async Task Error_IsToldWhenTheBankSpeaksAgain()
    {
        using var pressed = await Host.PressAsync(BankHost.Hosted(await StartAsync()), "error", Cancel);
        await AdvanceToTheNextTryAsync(TimeSpan.FromSeconds(10));
        Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(await Host.Merchant.NextAsync(Cancel)));
        Assert.IsType<PaymentOutcome.Captured>((await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment), Cancel)).Outcome);
    }

    [Theory]
    [InlineData("SendWebhooks", "false")]
    [InlineData("WebhookUrl", null)]
    public async Task NowhereToSendThem_EventsAreKeptAndSentOnceThereIs(string name, string? value)
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-bank-").FullName;
        await using (var before = await BankHost.StartAsync(Cancel, folder, settings: new(Settings) { [$"Payments:Sandbox:{name}"] = value }))
        {
            using var pressed = await before.PressAsync(BankHost.Hosted(await before.Gateway.StartAsync(before.Provider.Id, payment, Cancel)), "ok", Cancel);
            var now = before.Clock.GetUtcNow();
            await before.Clock.UntilAsync(alarms => alarms.Contains(now + LongestSleep), Cancel);
            Assert.True(before.Merchant.HasNone);
        }

        await using var after = await BankHost.StartAsync(Cancel, folder, settings: Settings);
        Assert.Equal(payment.Attempt.Value, Attempt(await after.Merchant.NextAsync(Cancel)));
    }

    [Fact]
    public async Task Events_AreListedOldestFirstInPagesThatMissNone()
    {
        for (var number = 0; number < 101; number++)
        {
            var one = Some.Payment();
            var started = await Host.Gateway.StartAsync(Host.Provider.Id, one, Cancel);
            await Host.Gateway.CancelAsync(Host.Provider.Id, Some.Locator(one, started), Some.Key("cancel"), Cancel);
        }

        var first = await EventPageAsync("events");
        Assert.True(first.GetProperty("hasMore").GetBoolean());
        var ids = first.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetString()).ToList();
        var second = await EventPageAsync($"events?after={ids[^1]}");
        Assert.False(second.GetProperty("hasMore").GetBoolean());
        ids.AddRange(second.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("id").GetString()));
        Assert.Equal((101, 101), (ids.Count, ids.Distinct().Count()));
    }

    [Fact]
    public async Task Events_SinceAnInstant_AreThoseFromThenOn()
    {
        await PayAsync();
        Host.Clock.Advance(TimeSpan.FromHours(1));
        var later = Some.Payment();
        using var pressed = await Host.PressAsync(BankHost.Hosted(await Host.Gateway.StartAsync(Host.Provider.Id, later, Cancel)), "ok", Cancel);
        var listed = Assert.Single(await EventsAsync("?since=2026-03-01T13:00:00Z"));
        Assert.Equal(later.Attempt.Value, listed.GetProperty("payment").GetProperty("attempt").GetGuid());
        Assert.Empty(await EventsAsync("?since=2026-03-01T13:00:00.001Z"));
    }

    [Fact]
    public async Task Events_AreWhatWasSent()
    {
        await PayAsync();
        var sent = JsonElement.Parse((await Host.Merchant.NextAsync(Cancel)).Body.Span);
        Assert.True(JsonElement.DeepEquals(sent, Assert.Single(await EventsAsync())));
    }

    [Theory]
    [InlineData("events?since=yesterday")]
    [InlineData("activity?from=yesterday")]
    [InlineData("activity?until=9999-12-31T23:59:59Z")]
    public async Task List_TimeThatIsNone_Is400(string path)
    {
        using var response = await Host.Browser.SendAsync(Host.Api(HttpMethod.Get, path), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private Task<PaymentSnapshot> StartAsync() => Host.Gateway.StartAsync(Host.Provider.Id, payment, Cancel);

    private async Task<PaymentSnapshot> PayAsync()
    {
        var started = await StartAsync();
        using var pressed = await Host.PressAsync(BankHost.Hosted(started), "ok", Cancel);
        return await Host.Gateway.GetAsync(Host.Provider.Id, Some.Locator(payment, started), Cancel);
    }

    private Task<WebhookVerdict> VerifyAsync(WebhookRequest request) =>
        ((IReceivesWebhooks)Host.Provider).VerifyAsync(request with { ReceivedAt = Host.Clock.GetUtcNow() }, Cancel);

    private async Task<List<JsonElement>> EventsAsync(string query = "") => [.. (await EventPageAsync($"events{query}")).GetProperty("data").EnumerateArray()];

    private async Task<JsonElement> EventPageAsync(string path)
    {
        using var response = await Host.Browser.SendAsync(Host.Api(HttpMethod.Get, path), Cancel);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    /// <summary>Waits until the post has noted what happened and sleeps, for so long or for as long as it ever does.</summary>
    private async Task SleepsAsync(TimeSpan until)
    {
        var alarm = Host.Clock.GetUtcNow() + (until < LongestSleep ? until : LongestSleep);
        await Host.Clock.UntilAsync(alarms => alarms.Contains(alarm), Cancel);
    }

    private async Task AdvanceToTheNextTryAsync(TimeSpan after)
    {
        await SleepsAsync(after);
        Host.Clock.Advance(after);
    }

    private static Guid Attempt(WebhookRequest sent) => JsonElement.Parse(sent.Body.Span).GetProperty("payment").GetProperty("attempt").GetGuid();
}
