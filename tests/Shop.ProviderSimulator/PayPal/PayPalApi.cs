using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.PayPal;

/// <summary>The calls of PayPal's API that a shop uses.</summary>
public static class PayPalApi
{
    private static readonly TimeSpan LongestReport = TimeSpan.FromDays(31);

    public static void Map(WebApplication app, Exchange exchange, PayPalSide side)
    {
        app.MapPost(PayPalSide.TokenPath, exchange.Handle(side, call => new Answer(200, new JsonObject
        {
            ["scope"] = "https://uri.paypal.com/services/payments/payment", ["access_token"] = side.Token(call.Account), ["token_type"] = "Bearer",
            ["app_id"] = "APP-SIMULATOR", ["expires_in"] = (long)PayPalSide.TokenLife.TotalSeconds, ["nonce"] = "nonce",
        })));

        On("POST", "/v2/checkout/orders", (call, desk) => new Answer(201, desk.Told(desk.NewOrder(Read(call)))));
        On("GET", "/v2/checkout/orders/{id}", (call, desk) => new Answer(200, desk.Told(desk.Order(Id(call)))));
        On("POST", "/v2/checkout/orders/{id}/capture", (call, desk) => desk.Capture(desk.Order(Id(call)), Read(call)));
        On("PATCH", "/v2/checkout/orders/{id}", (call, desk) =>
        {
            var order = desk.Order(Id(call));
            if (PayPalDesk.Text(order, "status") is "COMPLETED" or "VOIDED")
            {
                return PayPalSide.Refusal("ORDER_ALREADY_COMPLETED");
            }

            if (call.Faults.OnDecision(call.Subject) is { Mode: "decline" })
            {
                return PayPalSide.Refusal("INVALID_PATCH_OPERATION");
            }

            foreach (var patch in JsonNode.Parse(call.Body)!.AsArray())
            {
                if (PayPalDesk.Text(patch!.AsObject(), "path") != "/intent" || PayPalDesk.Text(patch.AsObject(), "op") != "replace")
                {
                    throw PayPalSide.Invalid("NOT_PATCHABLE");
                }

                order["intent"] = PayPalDesk.Text(patch.AsObject(), "value");
            }

            desk.Save(order);
            return new Answer(204, new JsonObject());
        });

        On("POST", "/v2/payments/captures/{id}/refund", (call, desk) => desk.Refund(desk.Get("capture", Id(call)), Read(call)));
        On("GET", "/v2/payments/captures/{id}", (call, desk) => new Answer(200, PayPalDesk.Public(desk.Get("capture", Id(call)))));
        On("GET", "/v2/payments/refunds/{id}", (call, desk) => new Answer(200, PayPalDesk.Public(desk.Get("refund", Id(call)))));

        On("POST", "/v3/vault/setup-tokens", (call, desk) =>
        {
            var asked = Read(call);
            var experience = asked["payment_source"]?["paypal"]?["experience_context"] ?? throw PayPalSide.Invalid("MISSING_REQUIRED_PARAMETER");
            var token = new JsonObject
            {
                ["id"] = PayPalDesk.NewId(), ["status"] = "PAYER_ACTION_REQUIRED", ["customer"] = asked["customer"]?.DeepClone() ?? new JsonObject { ["id"] = PayPalDesk.NewId(10) },
                ["payment_source"] = new JsonObject { ["paypal"] = new JsonObject { ["usage_type"] = "MERCHANT" } }, ["_experience"] = experience.DeepClone(),
            };
            desk.Add("setup_token", token);
            return new Answer(201, Setup(desk, token));
        });
        On("GET", "/v3/vault/setup-tokens/{id}", (call, desk) => new Answer(200, Setup(desk, desk.Get("setup_token", Id(call)))));
        On("POST", "/v3/vault/payment-tokens", (call, desk) =>
        {
            var token = Read(call)["payment_source"]?["token"]?.AsObject() ?? throw PayPalSide.Invalid("MISSING_REQUIRED_PARAMETER");
            var setup = desk.Find("setup_token", PayPalDesk.Text(token, "id"));
            if (setup is null || PayPalDesk.Text(setup, "status") != "APPROVED" || PayPalDesk.Maybe(token, "type") != "SETUP_TOKEN")
            {
                throw PayPalSide.Refused(setup is null ? "TOKEN_NOT_FOUND" : "SETUP_TOKEN_NOT_APPROVED");
            }

            setup["status"] = "VAULTED";
            desk.Save(setup);
            return new Answer(201, desk.ToldToken(desk.NewPaymentToken(PayPalDesk.Text(setup["customer"]!.AsObject(), "id"), PayPalDesk.Maybe(setup, "_does"))));
        });
        On("GET", "/v3/vault/payment-tokens", (call, desk) =>
        {
            var customer = call.Request.Query["customer_id"].ToString();
            var (all, size, page) = (desk.All("payment_token", customer), Number(call, "page_size", 5), Number(call, "page", 1));
            return new Answer(200, new JsonObject
            {
                ["total_items"] = all.Count, ["total_pages"] = Math.Max(1, (all.Count + size - 1) / size), ["customer"] = new JsonObject { ["id"] = customer },
                ["payment_tokens"] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(desk.ToldToken)]),
                ["links"] = new JsonArray(desk.Link("self", "/v3/vault/payment-tokens")),
            });
        });
        On("DELETE", "/v3/vault/payment-tokens/{id}", (call, desk) =>
        {
            var token = desk.Get("payment_token", Id(call));
            call.Books.Remove(PayPalSide.Provider, Id(call));
            desk.Tell("VAULT.PAYMENT-TOKEN.DELETED", "payment_token", desk.ToldToken(token));
            return new Answer(204, new JsonObject());
        });

        On("GET", "/v1/customer/disputes", (call, desk) =>
        {
            var found = desk.All("dispute", call.Request.Query["disputed_transaction_id"].ToString());
            return new Answer(200, new JsonObject
            {
                ["items"] = new JsonArray([.. found.Select(it =>
                {
                    var line = desk.ToldDispute(it);
                    line["dispute_state"] = PayPalDesk.Text(it, "dispute_state");
                    line.Remove("disputed_transactions");
                    line.Remove("dispute_outcome");
                    return line;
                })]),
                ["links"] = new JsonArray(desk.Link("self", "/v1/customer/disputes")),
            });
        });
        On("GET", "/v1/customer/disputes/{id}", (call, desk) => new Answer(200, desk.ToldDispute(desk.Get("dispute", Id(call)))));

        On("GET", "/v1/reporting/transactions", Report);

        On("GET", "/v1/notifications/webhooks/{id}", (call, desk) => call.Books.Hooks(PayPalSide.Provider, call.Account).Find(it => it.Secrets.Contains(Id(call))) is { } hook
            ? new Answer(200, new JsonObject
            {
                ["id"] = Id(call), ["url"] = hook.Url, ["event_types"] = new JsonArray(new JsonObject { ["name"] = "*" }),
                ["links"] = new JsonArray(desk.Link("self", $"/v1/notifications/webhooks/{Id(call)}")),
            })
            : throw PayPalSide.Missing());
        On("POST", "/v1/notifications/verify-webhook-signature", (call, _) =>
        {
            using var question = JsonDocument.Parse(call.Body);
            var it = question.RootElement;
            string Field(string name) => it.GetProperty(name).GetString()!;
            var text = PayPalKeys.Text(Field("transmission_id"), Field("transmission_time"), Field("webhook_id"), Encoding.UTF8.GetBytes(it.GetProperty("webhook_event").GetRawText()));
            return new Answer(200, new JsonObject { ["verification_status"] = side.Keys.IsSigned(text, Field("transmission_sig")) ? "SUCCESS" : "FAILURE" });
        });
        app.MapGet(PayPalKeys.CertificatePath, () => Results.Text(side.Keys.CertificatePem, "application/x-pem-file"));

        void On(string method, string path, Func<Call, PayPalDesk, Answer> work) => app.MapMethods(path, [method], exchange.Handle(side, call =>
        {
            var desk = PayPalDesk.For(call);
            var answer = work(call, desk);
            call.Events.AddRange(desk.Events);
            if (answer.Keep && call.Request.Headers[side.KeyHeader].ToString() is { Length: > 0 } key)
            {
                // kept here already: a failure on the way does not change what PayPal has done for this key
                var request = call.Request;
                var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{call.Body}")));
                call.Books.Keep(side.Name, call.Account, key, new StoredAnswer(hash, answer.Status, Preferred(call, answer).Body.ToJsonString(), call.Clock.NowMs));
            }

            return Preferred(call, answer);
        }));
    }

    /// <summary>Without the wish for everything, PayPal tells the least.</summary>
    private static Answer Preferred(Call call, Answer answer)
    {
        if (call.Request.Method != "POST" || answer.Status >= 300 || !call.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal)
            || call.Request.Headers["Prefer"].ToString() == "return=representation")
        {
            return answer;
        }

        var least = new JsonObject();
        foreach (var field in new[] { "id", "status", "links" })
        {
            least[field] = answer.Body[field]?.DeepClone();
        }

        return answer with { Body = least };
    }

    private static JsonObject Setup(PayPalDesk desk, JsonObject token)
    {
        var told = PayPalDesk.Public(token);
        told["links"] = new JsonArray(desk.Link("self", $"/v3/vault/setup-tokens/{PayPalDesk.Text(token, "id")}"), desk.Link("approve", $"/agreements/approve?approval_session_id={PayPalDesk.Text(token, "id")}"));
        return told;
    }

    private static Answer Report(Call call, PayPalDesk desk)
    {
        var (from, until) = (Time(call, "start_date"), Time(call, "end_date"));
        if (until < from || until - from > LongestReport)
        {
            throw PayPalSide.Invalid("INVALID_DATE_RANGE");
        }

        var (size, page) = (Number(call, "page_size", 100), Number(call, "page", 1));
        var all = call.Books.Ledger()
            .Where(it => it.Provider == PayPalSide.Provider && it.Account == call.Account && it.At >= from.ToUnixTimeMilliseconds() && it.At <= until.ToUnixTimeMilliseconds())
            .ToList();
        return new Answer(200, new JsonObject
        {
            ["transaction_details"] = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(it => new JsonObject { ["transaction_info"] = Line(desk, it) })]),
            ["account_number"] = call.Account, ["start_date"] = Written(from), ["end_date"] = Written(until), ["last_refreshed_datetime"] = Written(call.Clock.Now),
            ["page"] = page, ["total_items"] = all.Count, ["total_pages"] = Math.Max(1, (all.Count + size - 1) / size), ["links"] = new JsonArray(desk.Link("self", "/v1/reporting/transactions")),
        });
    }

    private static JsonObject Line(PayPalDesk desk, Movement it)
    {
        var (code, sign) = it.Kind switch { "capture" => ("T0006", 1), "refund" => ("T1107", -1), "reversal" => ("T1106", -1), "dispute" => ("T1201", -1), _ => ("T1110", 1) };
        var line = new JsonObject
        {
            ["transaction_id"] = it.Id.Replace("-", "", StringComparison.Ordinal), ["transaction_event_code"] = code, ["transaction_status"] = "S",
            ["transaction_initiation_date"] = Written(DateTimeOffset.FromUnixTimeMilliseconds(it.At)), ["transaction_updated_date"] = Written(DateTimeOffset.FromUnixTimeMilliseconds(it.At)),
            ["transaction_amount"] = PayPalMoney.Of(sign * it.Amount, it.Currency),
        };
        if (it.OurId is not null)
        {
            line["custom_field"] = it.OurId;
        }

        if (desk.CaptureOf(it) is { } capture)
        {
            line["paypal_reference_id"] = capture;
            line["paypal_reference_id_type"] = "TXN";
        }

        return line;
    }

    // as PayPal's reports write it, by the second like everything of PayPal's
    private static string Written(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds()).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(Call call, string name) => DateTimeOffset.Parse(call.Request.Query[name].ToString(), CultureInfo.InvariantCulture);

    private static int Number(Call call, string name, int otherwise) =>
        int.TryParse(call.Request.Query[name], CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Id(Call call) => call.Request.RouteValues["id"]!.ToString()!;

    private static JsonObject Read(Call call) => call.Body.Length == 0 ? [] : JsonNode.Parse(call.Body) as JsonObject ?? throw PayPalSide.Invalid("MALFORMED_REQUEST_JSON");
}
