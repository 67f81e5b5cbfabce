using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.PayPal;

/// <summary>One merchant's objects inside one transaction, and what happens to them. Whoever asks, the API, a page or a test, it happens here.
/// Captures and refunds are objects of their own; an order is told with them.</summary>
public sealed class PayPalDesk(Books books, string account, SimulatorClock clock, Faults faults, string subject, string baseUrl)
{
    private static readonly TimeSpan OrderLife = TimeSpan.FromHours(72);
    private static readonly TimeSpan RefundLife = TimeSpan.FromDays(180);

    public List<(string Type, JsonObject Event)> Events { get; } = [];

    public Books Books => books;

    public string Account => account;

    public static PayPalDesk For(Call call) =>
        new(call.Books, call.Account, call.Clock, call.Faults, call.Subject, $"{call.Request.Scheme}://{call.Request.Host}");

    public static string NewId(int length = 17) => RandomNumberGenerator.GetString("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", length);

    public static string Text(JsonObject it, string field) => it[field]!.GetValue<string>();

    public static string? Maybe(JsonObject it, string field) => it[field]?.GetValue<string>();

    private string Now => clock.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public void Add(string kind, JsonObject it, string? parent = null) => books.Add(PayPalSide.Provider, account, kind, Text(it, "id"), parent, clock.NowMs, it);

    public void Save(JsonObject it) => books.Change(PayPalSide.Provider, Text(it, "id"), it);

    public JsonObject? Find(string kind, string id) => books.Find(PayPalSide.Provider, account, kind, id)?.Body;

    public JsonObject Get(string kind, string id) => Find(kind, id) ?? throw PayPalSide.Missing();

    public List<JsonObject> All(string kind, string? parent = null) => [.. books.All(PayPalSide.Provider, account, kind, parent).Select(it => it.Body)];

    /// <summary>A copy without what is ours.</summary>
    public static JsonObject Public(JsonObject stored)
    {
        var copy = stored.DeepClone().AsObject();
        foreach (var field in copy.Select(it => it.Key).Where(it => it.StartsWith('_')).ToList())
        {
            copy.Remove(field);
        }

        return copy;
    }

    public JsonObject Link(string rel, string path, string method = "GET") => new() { ["href"] = baseUrl + path, ["rel"] = rel, ["method"] = method };

    // ---- orders ------------------------------------------------------------------------------------------------------------------------

    public JsonObject NewOrder(JsonObject asked)
    {
        if (asked["purchase_units"] is not JsonArray { Count: 1 } units || units[0] is not JsonObject unit || Maybe(asked, "intent") != "CAPTURE")
        {
            throw PayPalSide.Invalid("MISSING_REQUIRED_PARAMETER");
        }

        if (PayPalMoney.Minor(unit["amount"]!) <= 0)
        {
            throw PayPalSide.Refused("CANNOT_BE_ZERO_OR_NEGATIVE");
        }

        var kept = unit.DeepClone().AsObject();
        kept["reference_id"] ??= "default";
        kept["payee"] ??= new JsonObject { ["merchant_id"] = account };
        var wallet = asked["payment_source"]?["paypal"]?.AsObject();
        var order = new JsonObject
        {
            ["id"] = NewId(),
            ["intent"] = "CAPTURE",
            ["status"] = wallet is null ? "CREATED" : "PAYER_ACTION_REQUIRED",
            ["create_time"] = Now,
            ["purchase_units"] = new JsonArray(kept),
            ["_wallet"] = wallet?.DeepClone(),
        };
        if (wallet is not null)
        {
            order["payment_source"] = new JsonObject { ["paypal"] = new JsonObject() };
        }

        Add("order", order);
        // what PayPal does with a saved wallet in the first call: it takes the money there and then
        if (wallet is not null && Maybe(wallet, "vault_id") is { } vaulted)
        {
            Take(order, Get("payment_token", vaulted));
        }

        return order;
    }

    public JsonObject Order(string id)
    {
        var order = Get("order", id);
        return All("capture", id).Count == 0 && clock.Now - DateTimeOffset.Parse(Text(order, "create_time"), CultureInfo.InvariantCulture) > OrderLife ? throw PayPalSide.Missing() : order;
    }

    /// <summary>An order as it is told, with its captures and their refunds.</summary>
    public JsonObject Told(JsonObject order)
    {
        var told = Public(order);
        var id = Text(order, "id");
        var captures = All("capture", id);
        if (captures.Count > 0)
        {
            var payments = new JsonObject { ["captures"] = new JsonArray([.. captures.Select(Public)]) };
            var refunds = captures.SelectMany(capture => All("refund", Text(capture, "id"))).Select(Public).ToArray<JsonNode?>();
            if (refunds.Length > 0)
            {
                payments["refunds"] = new JsonArray(refunds);
            }

            told["purchase_units"]![0]!["payments"] = payments;
        }

        var links = new JsonArray(Link("self", $"/v2/checkout/orders/{id}"));
        if (Text(order, "status") is "CREATED" or "PAYER_ACTION_REQUIRED" or "APPROVED")
        {
            links.Add(Link(order["_wallet"] is null ? "approve" : "payer-action", $"/checkoutnow?token={id}"));
            links.Add(Link("capture", $"/v2/checkout/orders/{id}/capture", "POST"));
        }

        told["links"] = links;
        return told;
    }

    /// <summary>The buyer presses a button on the hosted page.</summary>
    public void Approve(JsonObject order, string decision)
    {
        order["status"] = "APPROVED";
        order["_decision"] = decision;
        Save(order);
        Tell("CHECKOUT.ORDER.APPROVED", "checkout-order", Told(order));
    }

    public Answer Capture(JsonObject order, JsonObject asked)
    {
        var id = Text(order, "id");
        if (Text(order, "intent") != "CAPTURE")
        {
            return PayPalSide.Refusal("ACTION_DOES_NOT_MATCH_INTENT");
        }

        if (All("capture", id).Count > 0)
        {
            return PayPalSide.Refusal("ORDER_ALREADY_CAPTURED");
        }

        JsonObject? method = null;
        if (asked["payment_source"]?["paypal"]?["vault_id"]?.GetValue<string>() is { } vaulted)
        {
            method = Find("payment_token", vaulted);
            if (method is null)
            {
                return PayPalSide.Refusal("TOKEN_ID_NOT_FOUND");
            }
        }
        else if (Text(order, "status") != "APPROVED")
        {
            return PayPalSide.Refusal("ORDER_NOT_APPROVED");
        }

        return Take(order, method) is { } refused ? refused : new Answer(201, Told(order));
    }

    /// <summary>Takes the money, or says why not. Null: taken, or at least a capture was made.</summary>
    private Answer? Take(JsonObject order, JsonObject? method)
    {
        var (id, unit) = (Text(order, "id"), order["purchase_units"]![0]!.AsObject());
        if (Maybe(unit, "invoice_id") is { } invoice && All("capture").Any(other => Maybe(other, "invoice_id") == invoice && Text(other, "status") is not ("DECLINED" or "FAILED")))
        {
            return PayPalSide.Refusal("DUPLICATE_INVOICE_ID");
        }

        var fault = faults.OnDecision(subject);
        var decision = Decision(fault) ?? (method is null ? null : Maybe(method, "_does")) ?? Maybe(order, "_decision") ?? "ok";
        if (decision.All(letter => char.IsAsciiLetterUpper(letter) || letter == '_'))
        {
            return PayPalSide.Refusal(decision, new JsonArray(new JsonObject
            {
                ["href"] = $"{baseUrl}/checkoutnow?token={id}", ["rel"] = decision is "INSTRUMENT_DECLINED" or "PAYER_ACTION_REQUIRED" ? "redirect" : "information_link", ["method"] = "GET",
            }));
        }

        var capture = new JsonObject
        {
            ["id"] = NewId(),
            ["status"] = decision switch { "pending" => "PENDING", "declined" or "insufficient" => "DECLINED", _ => "COMPLETED" },
            ["amount"] = new JsonObject { ["currency_code"] = unit["amount"]!["currency_code"]!.DeepClone(), ["value"] = unit["amount"]!["value"]!.DeepClone() },
            ["custom_id"] = Maybe(unit, "custom_id"),
            ["invoice_id"] = Maybe(unit, "invoice_id"),
            ["final_capture"] = true,
            ["create_time"] = Now,
            ["update_time"] = Now,
        };
        var captureId = Text(capture, "id");
        capture["links"] = new JsonArray(Link("self", $"/v2/payments/captures/{captureId}"), Link("refund", $"/v2/payments/captures/{captureId}/refund", "POST"), Link("up", $"/v2/checkout/orders/{id}"));
        if (decision == "pending")
        {
            capture["status_details"] = new JsonObject { ["reason"] = "ECHECK" };
        }
        else if (decision == "insufficient")
        {
            capture["processor_response"] = new JsonObject { ["response_code"] = "5120" };
        }

        if (fault is { Mode: "pending_then" })
        {
            capture["_then"] = fault.Detail == "denied" ? "DECLINED" : "COMPLETED";
        }

        order["status"] = "COMPLETED";
        order["update_time"] = Now;
        Vault(order, method);
        Save(order);
        Add("capture", capture, id);
        switch (Text(capture, "status"))
        {
            case "COMPLETED":
                Complete(capture, id);
                break;
            case "PENDING":
                TellOf(capture, id, "PAYMENT.CAPTURE.PENDING");
                break;
            default:
                TellOf(capture, id, "PAYMENT.CAPTURE.DENIED");
                break;
        }

        return null;
    }

    private static string? Decision(Fault? fault) => fault switch
    {
        { Mode: "decline", Detail: { Length: > 0 } issue } => issue,
        { Mode: "decline" } => "TRANSACTION_REFUSED",
        { Mode: "action" } => "INSTRUMENT_DECLINED",
        { Mode: "pending_then" } => "pending",
        _ => null,
    };

    private void Complete(JsonObject capture, string order)
    {
        var (minor, currency) = (PayPalMoney.Minor(capture["amount"]!), PayPalMoney.Currency(capture["amount"]!));
        var fee = (minor * 349 / 10000) + 49;
        capture["status"] = "COMPLETED";
        capture.Remove("status_details");
        capture["update_time"] = Now;
        capture["seller_receivable_breakdown"] = new JsonObject
        {
            ["gross_amount"] = PayPalMoney.Of(minor, currency), ["paypal_fee"] = PayPalMoney.Of(fee, currency), ["net_amount"] = PayPalMoney.Of(minor - fee, currency),
        };
        Save(capture);
        Move("capture", Text(capture, "id"), order, Maybe(capture, "custom_id"), minor, currency);
        TellOf(capture, order, "PAYMENT.CAPTURE.COMPLETED");
    }

    /// <summary>A pending capture is decided.</summary>
    public void Decide(JsonObject capture, bool isPaid)
    {
        var order = Parent("capture", capture);
        if (Text(capture, "status") != "PENDING")
        {
            throw PayPalSide.Refused("NOT_PENDING");
        }

        if (isPaid)
        {
            Complete(capture, order);
            return;
        }

        capture["status"] = "DECLINED";
        capture["update_time"] = Now;
        capture.Remove("status_details");
        Save(capture);
        TellOf(capture, order, "PAYMENT.CAPTURE.DENIED");
    }

    /// <summary>Money that was taken goes back without the shop.</summary>
    public void Reverse(JsonObject capture)
    {
        capture["status"] = "REVERSED";
        Save(capture);
        var (minor, currency) = (PayPalMoney.Minor(capture["amount"]!), PayPalMoney.Currency(capture["amount"]!));
        Move("reversal", NewId(), Parent("capture", capture), Maybe(capture, "custom_id"), minor, currency);
        var news = new JsonObject
        {
            ["id"] = NewId(), ["status"] = "COMPLETED", ["amount"] = capture["amount"]!.DeepClone(), ["create_time"] = Now,
            ["links"] = new JsonArray(Link("up", $"/v2/payments/captures/{Text(capture, "id")}")),
        };
        Tell("PAYMENT.CAPTURE.REVERSED", "refund", news);
    }

    // ---- refunds -----------------------------------------------------------------------------------------------------------------------

    public Answer Refund(JsonObject capture, JsonObject asked)
    {
        var captureId = Text(capture, "id");
        var (taken, currency) = (PayPalMoney.Minor(capture["amount"]!), PayPalMoney.Currency(capture["amount"]!));
        var before = All("refund", captureId);
        var given = before.Where(it => Text(it, "status") is "COMPLETED" or "PENDING").Sum(it => PayPalMoney.Minor(it["amount"]!));
        var minor = asked["amount"] is { } amount ? PayPalMoney.Minor(amount) : taken - given;
        var fault = faults.OnDecision(subject);
        var refusal = fault is { Mode: "decline" } ? fault.Detail ?? "REFUND_NOT_ALLOWED"
            : asked["amount"] is { } named && PayPalMoney.Currency(named) != currency ? "REFUND_CAPTURE_CURRENCY_MISMATCH"
            : minor <= 0 && given < taken ? "CANNOT_BE_ZERO_OR_NEGATIVE"
            : Text(capture, "status") == "PENDING" ? "PENDING_CAPTURE"
            : Text(capture, "status") is "DECLINED" or "REVERSED" ? "REFUND_NOT_ALLOWED"
            : clock.Now - DateTimeOffset.Parse(Text(capture, "create_time"), CultureInfo.InvariantCulture) > RefundLife ? "REFUND_TIME_LIMIT_EXCEEDED"
            : All("dispute", captureId).Any(it => Text(it, "status") != "RESOLVED") ? "TRANSACTION_DISPUTED"
            : given >= taken ? "CAPTURE_FULLY_REFUNDED"
            : minor > taken - given ? "REFUND_AMOUNT_EXCEEDED"
            : Maybe(asked, "invoice_id") is { } invoice && All("refund").Any(it => Maybe(it, "invoice_id") == invoice) ? "DUPLICATE_INVOICE_ID"
            : null;
        if (refusal is not null)
        {
            return PayPalSide.Refusal(refusal);
        }

        var refund = new JsonObject
        {
            ["id"] = NewId(), ["status"] = "PENDING", ["amount"] = PayPalMoney.Of(minor, currency),
            ["custom_id"] = Maybe(asked, "custom_id"), ["invoice_id"] = Maybe(asked, "invoice_id"), ["create_time"] = Now, ["update_time"] = Now,
        };
        refund["links"] = new JsonArray(Link("self", $"/v2/payments/refunds/{Text(refund, "id")}"), Link("up", $"/v2/payments/captures/{captureId}"));
        Add("refund", refund, captureId);
        if (fault is { Mode: "pending_then" })
        {
            refund["status_details"] = new JsonObject { ["reason"] = "ECHECK" };
            Save(refund);
        }
        else
        {
            EndRefund(refund, "COMPLETED");
        }

        return new Answer(201, Public(refund));
    }

    public void EndRefund(JsonObject refund, string status)
    {
        var capture = Get("capture", Parent("refund", refund));
        var had = Text(refund, "status");
        refund["status"] = status;
        refund["update_time"] = Now;
        refund.Remove("status_details");
        Save(refund);
        var (minor, currency) = (PayPalMoney.Minor(refund["amount"]!), PayPalMoney.Currency(refund["amount"]!));
        var order = Parent("capture", capture);
        if (status == "COMPLETED")
        {
            Move("refund", Text(refund, "id"), order, Maybe(refund, "custom_id"), minor, currency);
        }
        else if (had == "COMPLETED")
        {
            Move("refund_failed", Text(refund, "id"), order, Maybe(refund, "custom_id"), minor, currency);
        }

        var given = All("refund", Text(capture, "id")).Where(it => Text(it, "status") == "COMPLETED").Sum(it => PayPalMoney.Minor(it["amount"]!));
        capture["status"] = given == 0 ? "COMPLETED" : given < PayPalMoney.Minor(capture["amount"]!) ? "PARTIALLY_REFUNDED" : "REFUNDED";
        Save(capture);
        Tell(status == "COMPLETED" ? "PAYMENT.CAPTURE.REFUNDED" : "PAYMENT.REFUND.FAILED", "refund", Public(refund));
    }

    // ---- disputes ----------------------------------------------------------------------------------------------------------------------

    /// <param name="outcome">Null opens it; else PayPal's word for how it ended.</param>
    public JsonObject Dispute(string captureId, string? outcome)
    {
        var capture = Get("capture", captureId);
        if (All("dispute", captureId).FirstOrDefault() is not { } dispute)
        {
            dispute = new JsonObject
            {
                ["id"] = "PP-D-" + RandomNumberGenerator.GetInt32(10000, 99999),
                ["create_time"] = Now, ["update_time"] = Now, ["reason"] = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", ["status"] = "OPEN", ["dispute_state"] = "REQUIRED_ACTION",
                ["dispute_amount"] = capture["amount"]!.DeepClone(), ["dispute_life_cycle_stage"] = "INQUIRY", ["dispute_channel"] = "INTERNAL",
                ["disputed_transactions"] = new JsonArray(new JsonObject { ["seller_transaction_id"] = captureId, ["custom"] = Maybe(capture, "custom_id"), ["gross_amount"] = capture["amount"]!.DeepClone() }),
            };
            Add("dispute", dispute, captureId);
            Tell("CUSTOMER.DISPUTE.CREATED", "dispute", ToldDispute(dispute));
        }

        if (outcome is not null)
        {
            dispute["status"] = "RESOLVED";
            dispute["dispute_state"] = "RESOLVED";
            dispute["dispute_outcome"] = new JsonObject { ["outcome_code"] = outcome, ["amount_refunded"] = capture["amount"]!.DeepClone() };
            Save(dispute);
            if (outcome is "RESOLVED_BUYER_FAVOUR" or "ACCEPTED")
            {
                Move("dispute", Text(dispute, "id"), Parent("capture", capture), Maybe(capture, "custom_id"), PayPalMoney.Minor(capture["amount"]!), PayPalMoney.Currency(capture["amount"]!));
            }

            Tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", ToldDispute(dispute));
        }

        return dispute;
    }

    public JsonObject ToldDispute(JsonObject dispute)
    {
        var told = Public(dispute);
        told.Remove("dispute_state"); // only in lists
        told.Remove("id");
        told["dispute_id"] = Text(dispute, "id");
        told["links"] = new JsonArray(Link("self", $"/v1/customer/disputes/{Text(dispute, "id")}"));
        return told;
    }

    // ---- saved wallets -----------------------------------------------------------------------------------------------------------------

    /// <param name="does">PayPal's word for why it refuses to charge this wallet; null: it pays.</param>
    public JsonObject NewPaymentToken(string? customer, string? does = null)
    {
        var token = new JsonObject
        {
            ["id"] = NewId().ToLowerInvariant(),
            ["customer"] = new JsonObject { ["id"] = customer ?? NewId(10) },
            ["payment_source"] = new JsonObject { ["paypal"] = new JsonObject { ["email_address"] = "buyer@example.com", ["account_id"] = "BUYERBUYERBUY", ["usage_type"] = "MERCHANT" } },
            ["_does"] = does,
        };
        Add("payment_token", token, Text(token["customer"]!.AsObject(), "id"));
        Tell("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", ToldToken(token));
        return token;
    }

    public JsonObject ToldToken(JsonObject token)
    {
        var told = Public(token);
        told["links"] = new JsonArray(Link("self", $"/v3/vault/payment-tokens/{Text(token, "id")}"), Link("delete", $"/v3/vault/payment-tokens/{Text(token, "id")}", "DELETE"));
        return told;
    }

    private void Vault(JsonObject order, JsonObject? method)
    {
        var wallet = new JsonObject
        {
            ["email_address"] = "buyer@example.com", ["account_id"] = "BUYERBUYERBUY", ["account_status"] = "VERIFIED", ["address"] = new JsonObject { ["country_code"] = "US" },
        };
        if (method is null && order["_wallet"]?["attributes"]?["vault"]?["store_in_vault"]?.GetValue<string>() == "ON_SUCCESS")
        {
            var token = NewPaymentToken(order["_wallet"]?["attributes"]?["customer"]?["id"]?.GetValue<string>());
            wallet["attributes"] = new JsonObject
            {
                ["vault"] = new JsonObject { ["id"] = Text(token, "id"), ["status"] = "VAULTED", ["customer"] = token["customer"]!.DeepClone(), ["links"] = ToldToken(token)["links"]!.DeepClone() },
            };
        }

        order["payment_source"] = new JsonObject { ["paypal"] = wallet };
    }

    // ---- books and events --------------------------------------------------------------------------------------------------------------

    /// <summary>The capture that a movement belongs to; null for a capture itself.</summary>
    public string? CaptureOf(Movement it) => it.Kind switch
    {
        "capture" => null,
        "refund" or "refund_failed" => books.Find(PayPalSide.Provider, account, "refund", it.Id)?.Parent,
        "dispute" => books.Find(PayPalSide.Provider, account, "dispute", it.Id)?.Parent,
        _ => All("capture", it.Payment).Select(capture => Text(capture, "id")).FirstOrDefault(),
    };

    private string Parent(string kind, JsonObject it) => books.Find(PayPalSide.Provider, account, kind, Text(it, "id"))!.Parent!;

    private void Move(string kind, string id, string order, string? ourId, long minor, string currency) =>
        books.Move(new Movement(PayPalSide.Provider, account, kind, id, order, ourId, minor, currency, false, clock.NowMs));

    private void TellOf(JsonObject capture, string order, string type)
    {
        var about = Public(capture);
        about["supplementary_data"] = new JsonObject { ["related_ids"] = new JsonObject { ["order_id"] = order } };
        Tell(type, "capture", about);
    }

    public void Tell(string type, string resourceType, JsonObject about) => Events.Add((type, new JsonObject
    {
        ["id"] = $"WH-{NewId()}-{NewId()}", ["event_version"] = "1.0", ["create_time"] = Now, ["resource_type"] = resourceType, ["resource_version"] = "2.0",
        ["event_type"] = type, ["summary"] = "News of the simulator", ["resource"] = about.DeepClone(),
        ["links"] = new JsonArray(Link("self", "/v1/notifications/webhooks-events/WH-0")),
    }));
}
