using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.PayPal;

namespace Shop.Payments.Tests.PayPal;

/// <summary>PayPal's own API files, which nobody here wrote, judge what our client asks and what the simulator answers, so that the two cannot share a
/// misunderstanding.</summary>
public sealed class PayPalContractTests
{
    private static readonly (string Prefix, string File)[] Files =
    [
        ("/v2/checkout/", "checkout_orders_v2"), ("/v2/payments/", "payments_payment_v2"), ("/v3/vault/", "vault_payment_tokens_v3"),
        ("/v1/notifications/", "notifications_webhooks_v1"), ("/v1/customer/disputes", "customer_disputes_v1"), ("/v1/reporting/", "reporting_transactions_v1"),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryRequestOfOurs_IsOneThatPayPalsOwnFilesAllow()
    {
        var folder = ContractJudge.Folder("paypal");
        var asked = (await EverythingAsync()).Where(it => !it.Path.StartsWith("/v1/oauth2/", StringComparison.Ordinal)).ToList();
        var refused = await Task.WhenAll(Files.Select(file => JudgeAsync(Path.Combine(folder, file.File + ".json"), [.. asked.Where(it => it.Path.StartsWith(file.Prefix, StringComparison.Ordinal))])));
        // ADR 0018, 10: the file lacks a word that PayPal's guides have
        Assert.Equal([], refused.SelectMany(it => it).Where(it => !it.Contains("SETUP_TOKEN", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhatTheSimulatorAnswers_HasTheShapeOfPayPalsOwnFiles()
    {
        var folder = ContractJudge.Folder("paypal");
        var answered = await EverythingAsync();
        foreach (var (prefix, file) in Files)
        {
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, file + ".json"), Cancel));
            var shapes = new Shapes(document.RootElement);
            var faults = answered.Where(it => it.Path.StartsWith(prefix, StringComparison.Ordinal)).SelectMany(shapes.Faults).Distinct().ToList();
            Assert.True(faults.Count == 0, string.Join('\n', faults));
        }
    }

    /// <summary>Every call that the client knows, through the plug-in.</summary>
    private static async Task<IReadOnlyList<Spoken>> EverythingAsync()
    {
        var heard = new ConcurrentQueue<Spoken>();
        await using var shop = await PayPalShop.OpenAsync(services => services.AddHttpClient(PayPalPlugin.Name).AddHttpMessageHandler(() => new Wire(heard)), ("VerifyBy", "Api"));
        using var post = new EventCatcher();
        await shop.Simulator.TellAsync("_hooks", new { provider = "paypal", account = shop.Merchant, url = post.Url, secrets = new[] { shop.Webhook } }, Cancel);
        await ((IReportsHealth)shop.Provider).CheckAsync(Cancel);

        var payment = Some.Payment() with { Source = new PaymentSource.Fresh(true), Locale = "de", Summary = new string('ß', 200) };
        var paid = await shop.PaidAsync(payment, Cancel);
        await ((IReceivesWebhooks)shop.Provider).VerifyAsync(await post.NextAsync(Cancel), Cancel);
        var refund = Some.Refund(payment, paid, 300);
        var done = await shop.Gateway.RefundAsync(shop.Provider.Id, refund, Cancel);
        await shop.Gateway.GetRefundAsync(shop.Provider.Id, Some.Locator(refund, done), Cancel);
        await shop.Gateway.RefundAsync(shop.Provider.Id, Some.Refund(payment, paid, 9999), Cancel);
        await shop.Simulator.TellAsync("_paypal/disputes", new { capture = paid.Captures[0].Reference.Value, outcome = "RESOLVED_SELLER_FAVOUR" }, Cancel);
        await shop.GetAsync(paid, Cancel);

        var again = await shop.StartAsync(Some.Payment(new Money(500, Currency.Of("JPY"))) with { Source = new PaymentSource.Saved(paid.SavedMethod!.Reference), Payer = new Payer("p", null, paid.Customer) }, Cancel);
        await shop.ContinueAsync(again, Cancel);
        var pending = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.PressAsync(pending, "pending", Cancel);
        await shop.ContinueAsync(pending, Cancel);
        var open = await shop.StartAsync(Some.Payment(), Cancel);
        await shop.ContinueAsync(open, Cancel);
        await shop.CancelAsync(open, Cancel);

        var methods = (ISavesMethods)shop.Provider;
        var setup = await methods.StartSetupAsync(new StartSetup(new Payer("p", null, paid.Customer), Some.Key("setup"), new Uri("https://localhost/methods")), Cancel);
        using var pressed = await shop.Simulator.PressAsync($"agreements/approve?approval_session_id={setup.Reference?.Value}", "approve", Cancel);
        var saved = Assert.IsType<SetupOutcome.Saved>((await methods.GetSetupAsync(setup.Reference!.Value, Cancel)).Outcome);
        await methods.ListAsync(paid.Customer!.Value, Cancel);
        await methods.ForgetAsync(saved.Method.Reference, Cancel);
        var now = TimeProvider.System.GetUtcNow();
        await foreach (var _ in ((IListsActivity)shop.Provider).ListAsync(now.AddDays(-1), now.AddDays(1), Cancel))
        {
        }

        return [.. heard];
    }

    /// <summary>What the judge has against requests to one of the files.</summary>
    private static async Task<List<string>> JudgeAsync(string file, IReadOnlyList<Spoken> requests)
    {
        Assert.NotEmpty(requests);
        await using var judge = await ContractJudge.StartAsync(file);
        var refused = new List<string>();
        foreach (var it in requests)
        {
            using var request = new HttpRequestMessage(new HttpMethod(it.Method), new Uri(it.Path, UriKind.Relative));
            if (it.Asked.Length > 0)
            {
                request.Content = new StringContent(it.Asked, Encoding.UTF8, "application/json");
            }

            foreach (var (name, value) in it.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var answer = await judge.AskAsync(request);
            if (!answer.IsSuccessStatusCode)
            {
                refused.Add($"{it.Method} {it.Path} {it.Asked}: {await answer.Content.ReadAsStringAsync(Cancel)}");
            }
        }

        return refused;
    }

    private sealed record Spoken(string Method, string Path, string Asked, IReadOnlyList<(string Name, string Value)> Headers, int Status, string Answered);

    private sealed class Wire(ConcurrentQueue<Spoken> heard) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var asked = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var response = await base.SendAsync(request, cancellationToken);
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            heard.Enqueue(new Spoken(request.Method.Method, request.RequestUri!.PathAndQuery, asked,
                [.. request.Headers.Where(it => it.Key is "PayPal-Request-Id" or "Prefer").Select(it => (it.Key, it.Value.First()))],
                (int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken)));
            return response;
        }
    }

    /// <summary>The shapes of one API file, as far as answers can break them: types, required members, values, patterns, lengths.</summary>
    private sealed class Shapes(JsonElement file)
    {
        public IEnumerable<string> Faults(Spoken it)
        {
            var path = it.Path.Split('?')[0];
            var call = file.GetProperty("paths").EnumerateObject().FirstOrDefault(known => Regex.IsMatch(path, "^" + Regex.Replace(known.Name, "{[^}]+}", "[^/]+") + "$"));
            if (call.Value.ValueKind == JsonValueKind.Undefined || !call.Value.TryGetProperty(it.Method.ToLowerInvariant(), out var operation))
            {
                return [$"{it.Method} {path}: no such call"];
            }

            var responses = operation.GetProperty("responses");
            if (!responses.TryGetProperty($"{it.Status}", out var response) && (it.Status < 400 || !responses.TryGetProperty("default", out response)))
            {
                return [$"{it.Method} {path}: no answer {it.Status}"];
            }

            response = Resolved(response);
            return response.TryGetProperty("content", out var content)
                ? Check(JsonDocument.Parse(it.Answered).RootElement, content.EnumerateObject().First().Value.GetProperty("schema"), $"{it.Method} {call.Name} {it.Status}")
                : it.Answered.Length == 0 ? [] : [$"{it.Method} {path}: an answer where there is none"];
        }

        private JsonElement Resolved(JsonElement it)
        {
            while (it.TryGetProperty("$ref", out var reference))
            {
                it = reference.GetString()!.Split('/').Skip(1).Aggregate(file, (at, name) => at.GetProperty(name));
            }

            return it;
        }

        private List<string> Check(JsonElement value, JsonElement schema, string at)
        {
            schema = Resolved(schema);
            var faults = new List<string>();
            foreach (var part in Parts(schema, "allOf"))
            {
                faults.AddRange(Check(value, part, at));
            }

            foreach (var choice in new[] { "oneOf", "anyOf" })
            {
                if (Parts(schema, choice) is { Count: > 0 } choices && choices.All(one => Check(value, one, at).Count > 0))
                {
                    faults.Add($"{at}: none of {choice}");
                }
            }

            if (schema.TryGetProperty("type", out var type) && !IsOf(value, type.GetString()!))
            {
                return [.. faults, $"{at}: {value.ValueKind} instead of {type}"];
            }

            if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text)
            {
                if (Parts(schema, "enum") is { Count: > 0 } words && words.All(word => word.GetString() != text))
                {
                    faults.Add($"{at}: the word {text}");
                }

                // PayPal's reports write the zone without a colon, whatever the file says
                if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!) && !Regex.IsMatch(text, @"T.*\+0000$"))
                {
                    faults.Add($"{at}: {text} is not {pattern}");
                }

                if ((schema.TryGetProperty("maxLength", out var most) && text.Length > most.GetInt32()) || (schema.TryGetProperty("minLength", out var least) && text.Length < least.GetInt32()))
                {
                    faults.Add($"{at}: the length of {text}");
                }
            }

            if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            {
                faults.AddRange(value.EnumerateArray().SelectMany(one => Check(one, items, at + "[]")));
            }

            if (value.ValueKind == JsonValueKind.Object)
            {
                faults.AddRange(Parts(schema, "required").Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{at}: no {name}"));
                if (schema.TryGetProperty("properties", out var properties))
                {
                    faults.AddRange(value.EnumerateObject().Where(it => properties.TryGetProperty(it.Name, out _))
                        .SelectMany(it => Check(it.Value, properties.GetProperty(it.Name), $"{at}.{it.Name}")));
                }
            }

            return faults;
        }

        private static List<JsonElement> Parts(JsonElement schema, string name) => schema.TryGetProperty(name, out var parts) ? [.. parts.EnumerateArray()] : [];

        private static bool IsOf(JsonElement value, string type) => type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" or "number" => value.ValueKind == JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => true,
        };
    }
}
