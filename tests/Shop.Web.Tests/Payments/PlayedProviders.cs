using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.TestKit;

namespace Shop.Web.Tests.Payments;

/// <summary>Stripe and PayPal, played by a simulator of their own for one shop: an account at each, and the door through which their events come into the shop.</summary>
internal sealed class PlayedProviders : PlayedAccounts
{
    private const string ElseName = "somebodyelse";

    private readonly WebApplication door;
    private readonly Channel<(string Type, string Body, HttpStatusCode Answer)> seen = Channel.CreateUnbounded<(string, string, HttpStatusCode)>();
    private ShopHost? shop;

    /// <summary>One for all events: the host must not be given another while it closes.</summary>
    private Visitor? postman;

    private PlayedProviders(ProviderSimulator simulator, WebApplication door) : base(simulator) => this.door = door;

    public static async Task<PlayedProviders> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var played = new PlayedProviders(await ProviderSimulator.StartAsync(), builder.Build());
        await played.KeepRootAsync(cancellationToken);
        played.door.Run(played.PassOnAsync);
        await played.door.StartAsync(cancellationToken);
        return played;
    }

    /// <summary>From now on events go to this shop.</summary>
    public async Task OpenAsync(ShopHost host, CancellationToken cancellationToken)
    {
        (shop, postman) = (host, host.NewVisitor());
        await HookAsync("stripe", Account("stripe"), Secret, cancellationToken);
        await HookAsync("stripe", $"acct_{ElseName}", Secret, cancellationToken);
        await HookAsync("paypal", Merchant, Webhook, cancellationToken);
    }

    /// <summary>Before each test: nothing goes wrong, nothing is on its way, and the providers' clock shows the shop's time.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        await BehaveAsync(cancellationToken);
        var theirs = (await Simulator.GetAsync("/_clock", cancellationToken)).GetProperty("now").GetDateTimeOffset();
        await Simulator.AdvanceAsync(shop!.Clock.GetUtcNow() - theirs, cancellationToken);
        while (seen.Reader.TryRead(out _))
        {
        }
    }

    /// <summary>What PayPal itself says an order is for.</summary>
    public async Task<string?> IntentAsync(string order, CancellationToken cancellationToken)
    {
        using var grant = new HttpRequestMessage(HttpMethod.Post, "/v1/oauth2/token")
        {
            Headers = { { "Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"client-{Merchant}:ours")) } },
            Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]),
        };
        using var granted = await Simulator.Http.SendAsync(grant, cancellationToken);
        var token = (await granted.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("access_token").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/checkout/orders/{order}") { Headers = { { "Authorization", $"Bearer {token}" } } };
        using var answer = await Simulator.Http.SendAsync(request, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("intent").GetString();
    }

    /// <summary>Somebody gives money back at the provider's dashboard.</summary>
    public Task RefundThereAsync(string provider, string capture, long minor, CancellationToken cancellationToken) => provider == "stripe"
        ? CallStripeAsync(Name, "/v1/refunds", [("charge", capture), ("amount", $"{minor}")], cancellationToken)
        : TellAsync("/_paypal/refund", new { capture, value = $"{minor / 100}.{minor % 100:00}" }, cancellationToken);

    /// <summary>Somebody ends an open page of Stripe's at the dashboard.</summary>
    public Task ExpireThereAsync(string session, CancellationToken cancellationToken) => CallStripeAsync(Name, $"/v1/checkout/sessions/{session}/expire", [], cancellationToken);

    /// <summary>A bank decides what was pending at either.</summary>
    public async Task DenyAsync(string provider, string reference, CancellationToken cancellationToken)
    {
        if (provider == "stripe")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/checkout/sessions/{reference}") { Headers = { { "Authorization", $"Bearer sk_test_{Name}" } } };
            using var answer = await Simulator.Http.SendAsync(request, cancellationToken);
            var intent = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("payment_intent").GetString();
            await TellAsync("/_stripe/decide", new { id = intent, paid = false }, cancellationToken);
            return;
        }

        var capture = (await Simulator.GetAsync($"/_paypal/captures?order={reference}", cancellationToken))[0].GetProperty("id").GetString();
        await TellAsync("/_paypal/decide", new { capture, paid = false }, cancellationToken);
    }

    public Task DisputeAsync(string provider, string capture, bool isLost, CancellationToken cancellationToken) => provider == "stripe"
        ? TellAsync("/_stripe/disputes", new { charge = capture, status = isLost ? "lost" : "needs_response" }, cancellationToken)
        : TellAsync("/_paypal/disputes", new { capture, outcome = isLost ? "RESOLVED_BUYER_FAVOUR" : null }, cancellationToken);

    /// <summary>A payment at another account, whose events come to our door as well; its id.</summary>
    public async Task<string> PayElsewhereAsync(CancellationToken cancellationToken)
    {
        var intent = await CallStripeAsync(ElseName, "/v1/payment_intents", [("amount", "1300"), ("currency", "usd"), ("automatic_payment_methods[enabled]", "true")], cancellationToken);
        var id = intent.GetProperty("id").GetString()!;
        await CallStripeAsync(ElseName, $"/v1/payment_intents/{id}/confirm", [("payment_method", "pm_card_visa"), ("return_url", "https://elsewhere.example/")], cancellationToken);
        return id;
    }

    /// <summary>Waits until an event of that type has come to the door; what the shop answered.</summary>
    /// <param name="about">Ids of which the event names one: events of other tests may still be on their way.</param>
    public async Task<HttpStatusCode> SeenAsync(string type, CancellationToken cancellationToken, params IReadOnlyList<string> about)
    {
        while (true)
        {
            var (its, body, answer) = await seen.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), cancellationToken);
            if (its.StartsWith(type, StringComparison.Ordinal) && about.Any(id => body.Contains(id, StringComparison.Ordinal)))
            {
                return answer;
            }
        }
    }

    /// <summary>An event of Stripe's that no simulator sends, signed like the others.</summary>
    /// <param name="at">Unix seconds.</param>
    public static HttpRequestMessage Signed(string body, long at)
    {
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{at}.{body}")));
        return new HttpRequestMessage(HttpMethod.Post, "/hooks/stripe") { Content = new StringContent(body), Headers = { { "Stripe-Signature", $"t={at},v1={signature}" } } };
    }

    public override async ValueTask DisposeAsync()
    {
        await door.DisposeAsync();
        await base.DisposeAsync();
    }

    private async Task PassOnAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var request = new HttpRequestMessage(HttpMethod.Post, context.Request.Path.Value) { Content = new ByteArrayContent(body.ToArray()) };
        foreach (var (name, value) in context.Request.Headers.Where(it => it.Key.StartsWith("PAYPAL-", StringComparison.OrdinalIgnoreCase) || it.Key == "Stripe-Signature"))
        {
            request.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        using var answer = await postman!.AskAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        using var news = JsonDocument.Parse(body.ToArray());
        var type = news.RootElement.TryGetProperty("event_type", out var its) ? its : news.RootElement.GetProperty("type");
        seen.Writer.TryWrite((type.GetString()!, Encoding.UTF8.GetString(body.ToArray()), answer.StatusCode));
    }

    private Task HookAsync(string provider, string account, string secret, CancellationToken cancellationToken) =>
        TellAsync("/_hooks", new { provider, account, url = $"{door.Urls.First()}/hooks/{provider}", secrets = new[] { secret } }, cancellationToken);

    private async Task<JsonElement> CallStripeAsync(string name, string path, (string Key, string Value)[] form, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Headers = { { "Authorization", $"Bearer sk_test_{name}" } },
            Content = new FormUrlEncodedContent(form.Select(it => KeyValuePair.Create(it.Key, it.Value))),
        };
        using var answer = await Simulator.Http.SendAsync(request, cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }
}
