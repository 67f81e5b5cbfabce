using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shop.Payments.Tests.Stripe;

/// <summary>Stripe's own published files as judges: of what the plug-in sends, and of what the simulator answers. They are kept outside the
/// repository (<c>SHOP_CONTRACTS</c>, or contracts beside the requirements).</summary>
public sealed partial class StripeContractTests
{
    /// <summary>Younger than the judge's file, which is of 2023-08-16: they are taken out before it judges. Stripe.net knows them.</summary>
    private static readonly string[] Younger = ["created"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryRequest_IsAcceptedByStripesOwnFile()
    {
        var folder = ContractJudge.Folder("stripe");
        await using var host = await StripeHost.StartAsync();
        await EveryCallAsync(host);
        await using var judge = await ContractJudge.StartAsync(Path.Combine(folder, "stripe-openapi-2023-08-16.json"));
        var requests = await host.RequestsAsync();
        var refused = new List<string>();
        foreach (var request in requests)
        {
            if (await FaultAsync(judge, request) is { } fault)
            {
                refused.Add($"{request.GetProperty("method")} {request.GetProperty("path")}: {fault}");
            }
        }

        Assert.True(refused.Count == 0, string.Join('\n', refused));
        // Stripe takes an empty parameter for "unset this" and refuses it where there is nothing yet
        Assert.DoesNotContain(requests, it => (it.GetProperty("body").GetString() + "&").Contains("=&", StringComparison.Ordinal));
        var kinds = requests.Select(it => $"{it.GetProperty("method")} {string.Join('/', it.GetProperty("path").GetString()!.Split('?')[0].Split('/').Select(part => part.Contains('_', StringComparison.Ordinal) && part.Any(char.IsDigit) ? "{id}" : part))}").Distinct().Order(StringComparer.Ordinal).ToList();
        // every call that the client has
        Assert.Equal(
        [
            "GET /v1/account", "GET /v1/charges", "GET /v1/checkout/sessions", "GET /v1/checkout/sessions/{id}", "GET /v1/customers/{id}/payment_methods", "GET /v1/disputes",
            "GET /v1/payment_intents", "GET /v1/payment_intents/search", "GET /v1/payment_intents/{id}", "GET /v1/payment_methods/{id}", "GET /v1/refunds", "GET /v1/refunds/{id}",
            "GET /v1/setup_intents/{id}", "POST /v1/checkout/sessions", "POST /v1/checkout/sessions/{id}/expire", "POST /v1/customers", "POST /v1/payment_intents",
            "POST /v1/payment_intents/{id}/cancel", "POST /v1/payment_intents/{id}/confirm", "POST /v1/payment_methods", "POST /v1/payment_methods/{id}/attach",
            "POST /v1/payment_methods/{id}/detach", "POST /v1/refunds", "POST /v1/setup_intents",
        ], kinds);
    }

    [Fact]
    public async Task TheJudge_RefusesWhatStripeWouldRefuse()
    {
        var folder = ContractJudge.Folder("stripe");
        await using var judge = await ContractJudge.StartAsync(Path.Combine(folder, "stripe-openapi-2023-08-16.json"));
        Assert.NotNull(await FaultAsync(judge, JsonSerializer.SerializeToElement(new { method = "POST", path = "/v1/payment_intents", body = "amount=much&currency=usd" })));
    }

    [Fact]
    public async Task EveryObject_HasTheFieldsOfStripesOwnSamples()
    {
        ContractJudge.Folder("stripe");
        await using var host = await StripeHost.StartAsync();
        var payment = StripeHost.Payment(new PaymentSource.Fresh(true), PaymentFlow.Redirect) with { Payer = new Payer("m1", "buyer@example.com", null) };
        var started = await host.StartAsync(payment);
        await host.PayOnPageAsync(started.Reference!.Value.Value);
        var paid = await host.GetAsync(payment, started);
        var refund = await host.Gateway.RefundAsync(StripeHost.Id, Some.Refund(payment, paid, 300), Cancel);
        await host.ControlAsync("/_stripe/disputes", new { charge = paid.Captures[0].Reference.Value, status = "needs_response" });
        var setup = await ((ISavesMethods)host.Provider).StartSetupAsync(new StartSetup(payment.Payer, Some.Key("setup"), new Uri("https://localhost/")), Cancel);

        var charge = await host.AskAsync($"/v1/charges/{paid.Captures[0].Reference.Value}");
        await CompareAsync("checkout.session", host.AskAsync($"/v1/checkout/sessions/{started.Reference.Value.Value}"));
        await CompareAsync("charge", Task.FromResult(charge));
        await CompareAsync("payment_intent", host.AskAsync($"/v1/payment_intents/{charge.GetProperty("payment_intent").GetString()}"));
        await CompareAsync("payment_method", host.AskAsync($"/v1/payment_methods/{charge.GetProperty("payment_method").GetString()}"));
        await CompareAsync("customer", host.AskAsync($"/v1/customers/{paid.Customer!.Value.Value}"));
        await CompareAsync("balance_transaction", host.AskAsync($"/v1/balance_transactions/{charge.GetProperty("balance_transaction").GetString()}"));
        await CompareAsync("refund", host.AskAsync($"/v1/refunds/{refund.Reference!.Value.Value}"));
        await CompareAsync("setup_intent", host.AskAsync($"/v1/setup_intents/{setup.Reference!.Value.Value}"));
        await CompareAsync("account", host.AskAsync("/v1/account"));
        await CompareAsync("dispute", FirstAsync(host.AskAsync("/v1/disputes")));
        await CompareAsync("event", FirstAsync(host.AskAsync("/v1/events")));

        static async Task<JsonElement> FirstAsync(Task<JsonElement> list) => (await list).GetProperty("data")[0];
    }

    private static async Task CompareAsync(string kind, Task<JsonElement> given)
    {
        using var samples = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(ContractJudge.Folder("stripe"), "fixtures-2026-08.json"), Cancel));
        var theirs = samples.RootElement.GetProperty("resources").GetProperty(kind).EnumerateObject().Select(it => it.Name);
        var ours = (await given).EnumerateObject().Select(it => it.Name).ToHashSet();
        Assert.Equal((kind, ""), (kind, string.Join(' ', theirs.Where(name => !ours.Contains(name)))));
    }

    /// <summary>One of each call that the plug-in can make, with every parameter that it can have.</summary>
    private static async Task EveryCallAsync(StripeHost host)
    {
        var saves = (ISavesMethods)host.Provider;
        var payer = new Payer(host.Name, "buyer@example.com", null);
        var fields = StripeHost.Payment(new PaymentSource.Fresh(true)) with { Payer = payer };
        var started = await host.StartAsync(fields);
        await host.GetAsync(fields);
        await host.GetAsync(fields, started);
        await host.Gateway.CancelAsync(StripeHost.Id, Some.Locator(fields, started), Some.Key("cancel"), Cancel);

        var hosted = StripeHost.Payment(new PaymentSource.Fresh(true), PaymentFlow.Redirect) with { Payer = payer, Locale = "de-DE" };
        var page = await host.StartAsync(hosted);
        await host.Gateway.CancelAsync(StripeHost.Id, Some.Locator(hosted, page), Some.Key("cancel"), Cancel);
        await host.GetAsync(hosted, page);

        var kept = await host.KeepAsync();
        var saved = StripeHost.Payment(new PaymentSource.Saved(kept.Reference));
        var paid = await host.ContinueAsync(saved, await host.StartAsync(saved), BuyerPresence.Absent);
        Assert.IsType<PaymentOutcome.Captured>(paid.Outcome);
        var refund = Some.Refund(saved, paid, 300);
        var done = await host.Gateway.RefundAsync(StripeHost.Id, refund, Cancel);
        await host.Gateway.GetRefundAsync(StripeHost.Id, Some.Locator(refund), Cancel);
        await host.Gateway.GetRefundAsync(StripeHost.Id, Some.Locator(refund, done), Cancel);
        await host.ControlAsync("/_stripe/disputes", new { charge = paid.Captures[0].Reference.Value, status = "needs_response" });
        await host.GetAsync(saved, paid);
        var now = TimeProvider.System.GetUtcNow();
        await ((IListsActivity)host.Provider).ListAsync(now.AddHours(-1), now, Cancel).ToListAsync(Cancel);

        var setup = await saves.StartSetupAsync(new StartSetup(payer, Some.Key("setup"), new Uri("https://localhost/cards")), Cancel);
        await saves.GetSetupAsync(setup.Reference!.Value, Cancel);
        await saves.ListAsync(setup.Customer!.Value, Cancel);
        await saves.ForgetAsync(kept.Reference, Cancel);
        await saves.ForgetAsync(kept.Reference, Cancel);
    }

    /// <summary>What is wrong with a request; null when nothing is.</summary>
    private static async Task<string?> FaultAsync(ContractJudge judge, JsonElement request)
    {
        var (path, query) = request.GetProperty("path").GetString()!.Split('?', 2) is [var p, var q] ? (p, q) : (request.GetProperty("path").GetString()!, "");
        var kept = string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Where(pair =>
            !(path == "/v1/checkout/sessions" && Younger.Any(name => Uri.UnescapeDataString(pair).StartsWith(name + "[", StringComparison.Ordinal)))));
        // Stripe takes expand[0] as well as expand[]; this judge takes the first in forms only
        kept = Numbered().Replace(kept, "[]=");
        using var message = new HttpRequestMessage(new HttpMethod(request.GetProperty("method").GetString()!), kept.Length > 0 ? $"{path}?{kept}" : path);
        message.Headers.Authorization = new("Bearer", "sk_test_judge");
        if (message.Method == HttpMethod.Post)
        {
            message.Content = new StringContent(request.GetProperty("body").GetString()!, Encoding.UTF8, "application/x-www-form-urlencoded");
        }

        using var answer = await judge.AskAsync(message);
        return answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound ? await answer.Content.ReadAsStringAsync(Cancel) : null;
    }

    [GeneratedRegex(@"\[\d+\]=")]
    private static partial Regex Numbered();
}
