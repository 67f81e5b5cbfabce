using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Shop.TestKit;

namespace Shop.Payments.Tests.Stripe;

/// <summary>Events, signed by Stripe's own library; and the simulator's, checked by it.</summary>
public sealed class StripeWebhookTests(OfficialSignatures official) : IClassFixture<OfficialSignatures>
{
    private const string OldSecret = "whsec_of_the_old_days";
    private const string NewSecret = "whsec_of_the_new_days";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000);
    private static readonly Guid Ours = Guid.Parse("019aa000-0000-7000-8000-000000000001");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OldSecret, 0)]
    [InlineData(NewSecret, 0)]
    [InlineData(NewSecret, 300)]
    [InlineData(NewSecret, -300)]
    public async Task P22_SignedWithAnyCurrentSecret_IsAccepted(string secret, int late)
    {
        await using var host = await StartAsync();
        var body = Event("payment_intent.succeeded", Intent());
        Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(host, body, await official.SignAsync(body, secret, Now), Now.AddSeconds(late)));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    public async Task DF_20_W06_NotOfNow_IsRejected(int late)
    {
        await using var host = await StartAsync();
        var body = Event("payment_intent.succeeded", Intent());
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(host, body, await official.SignAsync(body, NewSecret, Now), Now.AddSeconds(late)));
    }

    [Theory]
    [InlineData("wrong secret")]
    [InlineData("other body")]
    [InlineData("written again")]
    [InlineData("empty body")]
    [InlineData("no header")]
    [InlineData("only v0")]
    [InlineData("empty header")]
    [InlineData("not json")]
    public async Task W05_NotGenuine_IsRejected(string how)
    {
        await using var host = await StartAsync();
        var body = Event("payment_intent.succeeded", Intent());
        var header = await official.SignAsync(body, how == "wrong secret" ? "whsec_of_somebody_else" : NewSecret, Now);
        var (sent, signed) = how switch
        {
            "other body" => (body.Replace("succeeded", "canceled", StringComparison.Ordinal), header),
            "written again" => (JsonNode.Parse(body)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true }), header),
            "empty body" => ("", header),
            "no header" => (body, (string?)null),
            "only v0" => (body, header.Replace("v1=", "v0=", StringComparison.Ordinal)),
            "empty header" => (body, ""),
            "not json" => ("surely", await official.SignAsync("surely", NewSecret, Now)),
            _ => (body, header),
        };
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(host, sent, signed, Now));
    }

    [Fact]
    public async Task DF_21_W05_TwoSignaturesOneOfThemGood_IsAccepted()
    {
        await using var host = await StartAsync();
        var body = Event("payment_intent.succeeded", Intent());
        var bad = (await official.SignAsync(body, "whsec_of_somebody_else", Now)).Split("v1=")[1];
        var header = (await official.SignAsync(body, NewSecret, Now)).Replace("v1=", $"v1={bad},v1=", StringComparison.Ordinal);
        Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(host, body, header, Now));
    }

    [Theory]
    [InlineData("payment_intent.succeeded", "payment_intent", SubjectKind.Payment, "pi_1", true)]
    [InlineData("payment_intent.succeeded", "payment_intent with its charge", SubjectKind.Payment, "pi_1", true, "ch_1")]
    [InlineData("payment_intent.succeeded", "payment_intent with all of its charge", SubjectKind.Payment, "pi_1", true, "ch_1")]
    [InlineData("payment_intent.processing", "payment_intent with its charge", SubjectKind.Payment, "pi_1", true)]
    [InlineData("payment_intent.payment_failed", "payment_intent", SubjectKind.Payment, "pi_1", true)]
    [InlineData("checkout.session.completed", "checkout.session", SubjectKind.Payment, "cs_1", true)]
    [InlineData("checkout.session.async_payment_failed", "checkout.session", SubjectKind.Payment, "cs_1", true)]
    [InlineData("refund.created", "refund", SubjectKind.Refund, "re_1", true, null, "ch_1")]
    [InlineData("refund.updated", "refund of somebody else", SubjectKind.Capture, "ch_1", false)]
    [InlineData("charge.refunded", "charge", SubjectKind.Capture, "ch_1", true)]
    [InlineData("charge.dispute.created", "dispute", SubjectKind.Capture, "ch_1", false)]
    [InlineData("charge.dispute.closed", "dispute", SubjectKind.Capture, "ch_1", false)]
    [InlineData("setup_intent.succeeded", "setup_intent", SubjectKind.Setup, "seti_1", false)]
    [InlineData("payment_method.automatically_updated", "payment_method", SubjectKind.Customer, "cus_1", false)]
    public async Task ST_12_KnownEvent_SaysWhatToAskAbout(string type, string about, SubjectKind kind, string reference, bool hasOurs, string? capture = null, string? payment = null)
    {
        await using var host = await StartAsync();
        var body = Event(type, About(about));
        var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(host, body, await official.SignAsync(body, NewSecret, Now), Now));
        Assert.Equal(new WebhookSubject(kind, new ProviderReference(reference), hasOurs ? Ours : null, Of(capture), Of(payment)), verdict.Subject);

        static ProviderReference? Of(string? id) => id is null ? null : new ProviderReference(id);
    }

    [Theory]
    [InlineData("invoice.paid", false, null)]
    [InlineData("payment_intent.created", false, null)]
    [InlineData("payment_intent.succeeded", true, null)]
    [InlineData("payment_intent.succeeded", false, "acct_somebody_else")]
    public async Task DF_22_W07_UnknownKindOtherModeOrOtherAccount_IsIgnoredWithItsId(string type, bool live, string? account)
    {
        await using var host = await StartAsync();
        var body = Event(type, Intent(), live, account);
        Assert.Equal(new WebhookVerdict.Ignored("evt_1", type), await VerifyAsync(host, body, await official.SignAsync(body, NewSecret, Now), Now));
    }

    [Fact]
    public async Task ST_13_WhatTheSimulatorSigns_IsGenuineToStripesOwnLibrary()
    {
        var payment = StripeHost.Payment();
        await using var ear = await Ear.ListenAsync();
        await using var host = await StripeHost.StartAsync();
        await host.ControlAsync("/_hooks", new { provider = "stripe", account = host.Account, url = ear.Address, secrets = new[] { OldSecret, NewSecret } });
        var started = await host.StartAsync(payment);
        await host.ConfirmInFieldsAsync(started.Outcome, "pm_card_visa");
        var (body, header, _) = await ear.NextAsync("payment_intent.succeeded");
        Assert.Equal("payment_intent.succeeded", await official.CheckAsync(body, header, NewSecret));
        Assert.Equal("payment_intent.succeeded", await official.CheckAsync(body, header, OldSecret));
        Assert.Null(await official.CheckAsync(body + " ", header, NewSecret));
    }

    [Theory]
    [InlineData("bad_sig")]
    [InlineData("old_ts")]
    public async Task W05_W06_SpoiltBySimulator_IsRejected(string mode)
    {
        var payment = StripeHost.Payment();
        await using var ear = await Ear.ListenAsync();
        await using var host = await StripeHost.StartAsync();
        await host.ControlAsync("/_hooks", new { provider = "stripe", account = host.Account, url = ear.Address, secrets = new[] { NewSecret } });
        await host.FailAsync("payment_intent.succeeded", mode);
        var started = await host.StartAsync(payment);
        await host.ConfirmInFieldsAsync(started.Outcome, "pm_card_visa");
        var (body, header, at) = await ear.NextAsync("payment_intent.succeeded");
        Assert.IsType<WebhookVerdict.Rejected>(await VerifyAsync(host, body, header, at));
    }

    // W02: before the browser knows that it has paid
    [Fact]
    public async Task W02_EventBeforeTheAnswer_NamesOurAttempt()
    {
        var payment = StripeHost.Payment(flow: PaymentFlow.Redirect);
        await using var ear = await Ear.ListenAsync();
        await using var host = await StripeHost.StartAsync();
        await host.ControlAsync("/_hooks", new { provider = "stripe", account = host.Account, url = ear.Address, secrets = new[] { NewSecret } });
        await host.FailAsync("webhook", "dup:2");
        var started = await host.StartAsync(payment);
        await host.PayOnPageAsync(started.Reference!.Value.Value);
        for (var i = 0; i < 2; i++)
        {
            var (body, header, at) = await ear.NextAsync("checkout.session.completed");
            var verdict = Assert.IsType<WebhookVerdict.Accepted>(await VerifyAsync(host, body, header, at));
            Assert.Equal(new WebhookSubject(SubjectKind.Payment, started.Reference.Value, payment.Attempt.Value), verdict.Subject);
        }
    }

    private static Task<StripeHost> StartAsync() => StripeHost.StartAsync(greets: false);

    private static Task<WebhookVerdict> VerifyAsync(StripeHost host, string body, string? header, DateTimeOffset at) =>
        ((IReceivesWebhooks)host.Provider).VerifyAsync(
            new WebhookRequest(Encoding.UTF8.GetBytes(body), header is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["stripe-signature"] = header }, at), Cancel);

    private static string Event(string type, JsonObject about, bool live = false, string? account = null)
    {
        var it = new JsonObject
        {
            ["id"] = "evt_1", ["object"] = "event", ["api_version"] = "2026-10-28.endive", ["created"] = 1_795_000_000, ["livemode"] = live, ["type"] = type,
            ["data"] = new JsonObject { ["object"] = about },
        };
        if (account is not null)
        {
            it["account"] = account;
        }

        return it.ToJsonString();
    }

    private static JsonObject Intent() => About("payment_intent");

    private static JsonObject About(string kind) => kind switch
    {
        "payment_intent" => new JsonObject { ["id"] = "pi_1", ["metadata"] = new JsonObject { ["attempt_id"] = Ours.ToString() } },
        "payment_intent with its charge" => new JsonObject { ["id"] = "pi_1", ["latest_charge"] = "ch_1", ["metadata"] = new JsonObject { ["attempt_id"] = Ours.ToString() } },
        "payment_intent with all of its charge" => new JsonObject
        {
            ["id"] = "pi_1", ["latest_charge"] = new JsonObject { ["id"] = "ch_1" }, ["metadata"] = new JsonObject { ["attempt_id"] = Ours.ToString() },
        },
        "checkout.session" => new JsonObject { ["id"] = "cs_1", ["mode"] = "payment", ["metadata"] = new JsonObject { ["attempt_id"] = Ours.ToString() } },
        "refund" => new JsonObject { ["id"] = "re_1", ["charge"] = "ch_1", ["metadata"] = new JsonObject { ["refund_id"] = Ours.ToString() } },
        "refund of somebody else" => new JsonObject { ["id"] = "re_1", ["charge"] = "ch_1", ["metadata"] = new JsonObject() },
        "charge" => new JsonObject { ["id"] = "ch_1", ["metadata"] = new JsonObject { ["attempt_id"] = Ours.ToString() } },
        "dispute" => new JsonObject { ["id"] = "dp_1", ["charge"] = "ch_1" },
        "setup_intent" => new JsonObject { ["id"] = "seti_1", ["customer"] = "cus_1" },
        "payment_method" => new JsonObject { ["id"] = "pm_1", ["customer"] = "cus_1" },
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Takes what is posted, as a shop would.</summary>
    private sealed class Ear : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly Channel<(string Body, string Header, DateTimeOffset At)> heard = Channel.CreateUnbounded<(string, string, DateTimeOffset)>();

        private Ear(WebApplication app) => this.app = app;

        public string Address => app.Urls.First() + "/hooks/stripe";

        public static async Task<Ear> ListenAsync()
        {
            var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var ear = new Ear(app);
            app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var body = await reader.ReadToEndAsync(context.RequestAborted);
                await ear.heard.Writer.WriteAsync((body, context.Request.Headers["Stripe-Signature"].ToString(), TimeProvider.System.GetUtcNow()));
            });
            await app.StartAsync(Cancel);
            return ear;
        }

        public async Task<(string Body, string Header, DateTimeOffset At)> NextAsync(string type)
        {
            while (true)
            {
                var one = await heard.Reader.ReadAsync(Cancel).AsTask().WaitAsync(ShopProcess.Patience, Cancel);
                if (one.Body.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal))
                {
                    return one;
                }
            }
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
