using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>One account's objects inside one transaction, and what happens to them. Whoever asks, the API, a page or a test, it happens here.</summary>
public sealed class StripeDesk(Books books, string account, bool live, SimulatorClock clock, Faults faults, string subject, string baseUrl)
{
    private const long LeastAmount = 50;

    /// <summary>How long a bank thinks before a debit is decided by itself.</summary>
    private static readonly TimeSpan Thinking = TimeSpan.FromHours(1);

    public List<(string Type, JsonObject Event)> Events { get; } = [];

    public Books Books => books;

    public string Account => account;

    /// <summary>Unix seconds.</summary>
    public long Now => clock.NowSeconds;

    private string Scope => live ? account + " live" : account;

    public static StripeDesk For(Call call) =>
        new(call.Books, call.Account, call.Live, call.Clock, call.Faults, call.Subject, $"{call.Request.Scheme}://{call.Request.Host}");

    public static string Random(int bytes = 12) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));

    public JsonObject New(string kind, string prefix)
    {
        var id = kind == "checkout.session" ? $"cs_{(live ? "live" : "test")}_{Random(16)}" : $"{prefix}_{Random()}";
        return StripeObjects.New(kind, id, clock.NowSeconds, live);
    }

    public void Add(JsonObject it, string? parent = null) => books.Add(StripeSide.Provider, Scope, Text(it, "object"), Text(it, "id"), parent, clock.NowMs, it);

    public void Save(JsonObject it) => books.Change(StripeSide.Provider, Text(it, "id"), it);

    public JsonObject? Find(string kind, string? id) => id is null ? null : books.Find(StripeSide.Provider, Scope, kind, id)?.Body;

    public JsonObject Get(string kind, string id) => Find(kind, id) ?? throw StripeSide.Missing(kind, id);

    public List<JsonObject> All(string kind, string? parent = null) => [.. books.All(StripeSide.Provider, Scope, kind, parent).Select(it => it.Body)];

    /// <summary>Newest first, from behind an object on, and read only as far as somebody looks.</summary>
    public IEnumerable<JsonObject> Newest(string kind, string? behind) =>
        books.Newest(StripeSide.Provider, Scope, kind, behind is null ? long.MaxValue : books.Find(StripeSide.Provider, Scope, kind, behind)?.Number ?? 0).Select(it => it.Body);

    public static string Text(JsonObject it, string field) => it[field]!.GetValue<string>();

    public static string? Maybe(JsonObject it, string field) => it[field]?.GetValue<string>();

    public static long Number(JsonObject it, string field) => long.Parse(it[field]!.ToJsonString(), CultureInfo.InvariantCulture);

    // ---- methods -----------------------------------------------------------------------------------------------------------------------

    /// <summary>A method by its id; one of the test names makes a new one, as at Stripe.</summary>
    public JsonObject Method(string id, string parameter = "payment_method") => TestCards.Find(id) is { } card && id.StartsWith("pm_", StringComparison.Ordinal)
        ? NewMethod(card)
        : Find("payment_method", id) ?? throw StripeSide.Invalid("resource_missing", $"No such PaymentMethod: '{id}'", parameter);

    public JsonObject MethodOfToken(string token)
    {
        if (TestCards.Find(token) is not { } card)
        {
            throw StripeSide.Invalid("resource_missing", "No such token.", "card[token]");
        }

        if (Find("token", Used(token)) is not null)
        {
            throw StripeSide.Invalid("token_already_used", "You cannot use a Stripe token more than once.", "card[token]");
        }

        books.Add(StripeSide.Provider, Scope, "token", Used(token), null, clock.NowMs, []);
        return NewMethod(card);

        string Used(string it) => $"{Scope} {it}";
    }

    private JsonObject NewMethod(TestCard card)
    {
        var method = New("payment_method", "pm");
        method["allow_redisplay"] = "unspecified";
        method["billing_details"] = StripeObjects.Billing();
        method["type"] = "card";
        method["card"] = Card(card);
        method["_does"] = card.Does;
        method["_detail"] = card.Detail;
        Add(method);
        return method;
    }

    private static JsonObject Card(TestCard card) => new()
    {
        ["brand"] = card.Brand,
        ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
        ["country"] = "US",
        ["display_brand"] = card.Brand,
        ["exp_month"] = 8,
        ["exp_year"] = 2030,
        ["fingerprint"] = $"fp{card.Last4}{card.Alias.Length:x2}",
        ["funding"] = "credit",
        ["generated_from"] = null,
        ["last4"] = card.Last4,
        ["networks"] = new JsonObject { ["available"] = new JsonArray(card.Brand), ["preferred"] = null },
        ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
        ["wallet"] = null,
        ["regulated_status"] = null,
    };

    public void Attach(JsonObject method, string customer)
    {
        Get("customer", customer);
        if (Maybe(method, "customer") is { } owner && owner != customer)
        {
            throw StripeSide.Invalid("payment_method_unexpected_state", "The payment method you provided has already been attached to a customer.");
        }

        method["customer"] = customer;
        Save(method);
        Tell("payment_method.attached", method);
    }

    // ---- intents -----------------------------------------------------------------------------------------------------------------------

    public JsonObject NewIntent(StripeForm form)
    {
        var amount = form.Number("amount") ?? throw StripeSide.Invalid("parameter_missing", "Missing required param: amount.", "amount");
        var currency = form.Needed("currency");
        if (amount < LeastAmount)
        {
            throw StripeSide.Invalid("amount_too_small", "Amount must be at least $0.50 usd", "amount");
        }

        var customer = form["customer"];
        if (customer is not null && Find("customer", customer) is null)
        {
            throw StripeSide.Invalid("resource_missing", $"No such customer: '{customer}'", "customer");
        }

        var intent = New("payment_intent", "pi");
        intent["amount"] = amount;
        intent["currency"] = currency;
        intent["amount_capturable"] = 0;
        intent["amount_received"] = 0;
        intent["amount_details"] = new JsonObject { ["tip"] = new JsonObject() };
        intent["capture_method"] = "automatic";
        intent["confirmation_method"] = "automatic";
        intent["client_secret"] = $"{Text(intent, "id")}_secret_{Random()}";
        intent["customer"] = customer;
        intent["description"] = form["description"];
        intent["payment_method_types"] = new JsonArray("card");
        intent["payment_method_options"] = new JsonObject();
        intent["setup_future_usage"] = form["setup_future_usage"];
        intent["statement_descriptor_suffix"] = form["statement_descriptor_suffix"];
        intent["receipt_email"] = form["receipt_email"];
        if (form.Is("automatic_payment_methods[enabled]"))
        {
            intent["automatic_payment_methods"] = new JsonObject { ["enabled"] = true, ["allow_redirects"] = form["automatic_payment_methods[allow_redirects]"] ?? "always" };
        }

        intent["metadata"] = Metadata(form, "metadata");
        intent["status"] = "requires_payment_method";
        if (form["payment_method"] is { } chosen)
        {
            if (Find("payment_method", chosen)?["_detached"] is not null)
            {
                throw StripeSide.Invalid(null, "This PaymentMethod was previously used or was detached from a Customer. It may not be used again.", "payment_method");
            }

            var method = Method(chosen);
            if (Maybe(method, "customer") is { } owner && owner != customer)
            {
                throw StripeSide.Invalid(null, "The provided PaymentMethod belongs to another customer.", "payment_method");
            }

            intent["payment_method"] = Text(method, "id");
            intent["status"] = "requires_confirmation";
        }

        Add(intent);
        Tell("payment_intent.created", intent);
        return intent;
    }

    /// <summary>The intent as it stands now: a debit that has been thought about long enough is decided.</summary>
    public JsonObject Intent(string id)
    {
        var intent = Get("payment_intent", id);
        if (Text(intent, "status") == "processing" && intent["_decide_at"] is { } at && at.GetValue<long>() <= clock.NowMs)
        {
            Decide(intent, Maybe(intent, "_then") == "ok");
        }

        return intent;
    }

    public static JsonObject Metadata(StripeForm form, string name)
    {
        var all = new JsonObject();
        foreach (var (key, value) in form.Within(name))
        {
            all[key] = value;
        }

        return all;
    }

    /// <summary>Null when it went on; else the decline.</summary>
    public Answer? Confirm(JsonObject intent, string? chosen, string? returnUrl, bool offSession)
    {
        var status = Text(intent, "status");
        if (status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
        {
            throw Unexpected(intent, "confirm");
        }

        var id = chosen ?? Maybe(intent, "payment_method")
            ?? throw StripeSide.Invalid("payment_intent_unexpected_state", "You cannot confirm this PaymentIntent because it's missing a payment method.");
        var method = Method(id);
        intent["payment_method"] = Text(method, "id");
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        intent["_return_url"] = returnUrl ?? Maybe(intent, "_return_url");
        var fault = faults.OnDecision(subject);
        var does = fault?.Mode switch { "decline" => "decline", "action" => "authenticate", "pending_then" => "pending", _ => Text(method, "_does") };
        var detail = fault is null ? Maybe(method, "_detail") : fault.Detail ?? (fault.Mode == "decline" ? "generic_decline" : null);
        return does switch
        {
            "ok" => Succeed(intent, method),
            "authenticate" or "authenticate_once" when offSession => Decline(intent, method, "authentication_required"),
            "authenticate" or "authenticate_once" => Challenge(intent),
            "pending" => Wait(intent, method, detail ?? "ok"),
            _ => Decline(intent, method, detail ?? "generic_decline"),
        };
    }

    public void Cancel(JsonObject intent, string? reason)
    {
        if (Text(intent, "status") is "succeeded" or "canceled" or "processing")
        {
            throw Unexpected(intent, "cancel");
        }

        intent["status"] = "canceled";
        intent["canceled_at"] = clock.NowSeconds;
        intent["cancellation_reason"] = reason;
        intent["next_action"] = null;
        Save(intent);
        Tell("payment_intent.canceled", intent);
    }

    /// <summary>The buyer's second step is over.</summary>
    public void Authenticate(JsonObject intent, bool passed)
    {
        if (Text(intent, "status") != "requires_action")
        {
            return;
        }

        var method = Method(Text(intent, "payment_method"));
        intent["next_action"] = null;
        _ = passed ? Succeed(intent, method) : Decline(intent, method, "payment_intent_authentication_failure");
    }

    public void Decide(JsonObject intent, bool paid)
    {
        if (Text(intent, "status") != "processing")
        {
            return;
        }

        var method = Method(Text(intent, "payment_method"));
        var charge = Get("charge", Text(intent, "latest_charge"));
        if (paid)
        {
            Settle(intent, charge, method);
        }
        else
        {
            charge["status"] = "failed";
            charge["paid"] = false;
            charge["failure_code"] = "debit_not_authorized";
            Save(charge);
            Decline(intent, method, "debit_not_authorized");
        }

        if (SessionOf(intent) is { } session)
        {
            session["payment_status"] = paid ? "paid" : "unpaid";
            Save(session);
            Tell(paid ? "checkout.session.async_payment_succeeded" : "checkout.session.async_payment_failed", session);
        }
    }

    private Answer? Succeed(JsonObject intent, JsonObject method)
    {
        var charge = Charge(intent, method);
        Add(charge, Text(intent, "id"));
        Settle(intent, charge, method);
        return null;
    }

    private void Settle(JsonObject intent, JsonObject charge, JsonObject method)
    {
        var amount = Number(intent, "amount");
        charge["status"] = "succeeded";
        charge["captured"] = true;
        charge["paid"] = true;
        charge["amount_captured"] = amount;
        charge["balance_transaction"] = Balance(Text(charge, "id"), "charge", amount, Text(intent, "currency"), (amount * 29 / 1000) + 30);
        Save(charge);
        intent["status"] = "succeeded";
        intent["amount_received"] = amount;
        intent["latest_charge"] = Text(charge, "id");
        intent["processing"] = null;
        Save(intent);
        books.Move(new Movement(StripeSide.Provider, account, "charge", Text(charge, "id"), Text(intent, "id"), intent["metadata"]?["attempt_id"]?.GetValue<string>(),
            amount, Text(intent, "currency"), live, clock.NowMs));
        if (Maybe(intent, "customer") is { } customer && Maybe(intent, "setup_future_usage") is not null && Maybe(method, "customer") is null)
        {
            Attach(method, customer);
        }

        Tell("charge.succeeded", charge);
        Tell("payment_intent.succeeded", intent);
    }

    private Answer? Challenge(JsonObject intent)
    {
        intent["status"] = "requires_action";
        var url = $"{baseUrl}/stripe/authenticate/{Text(intent, "id")}?client_secret={Text(intent, "client_secret")}";
        intent["next_action"] = Maybe(intent, "_return_url") is { } back
            ? new JsonObject { ["type"] = "redirect_to_url", ["redirect_to_url"] = new JsonObject { ["return_url"] = back, ["url"] = url } }
            : new JsonObject { ["type"] = "use_stripe_sdk", ["use_stripe_sdk"] = new JsonObject { ["type"] = "three_d_secure_redirect", ["stripe_js"] = url } };
        Save(intent);
        Tell("payment_intent.requires_action", intent);
        return null;
    }

    private Answer? Wait(JsonObject intent, JsonObject method, string then)
    {
        var charge = Charge(intent, method);
        // as at Stripe: taken as it looks, and yet not money
        charge["status"] = "pending";
        charge["captured"] = true;
        charge["paid"] = true;
        Add(charge, Text(intent, "id"));
        intent["status"] = "processing";
        intent["latest_charge"] = Text(charge, "id");
        intent["_then"] = then;
        intent["_decide_at"] = clock.NowMs + (long)Thinking.TotalMilliseconds;
        Save(intent);
        Tell("charge.pending", charge);
        Tell("payment_intent.processing", intent);
        return null;
    }

    private Answer Decline(JsonObject intent, JsonObject method, string decline)
    {
        var code = decline switch
        {
            "expired_card" or "incorrect_cvc" or "authentication_required" or "payment_intent_authentication_failure" => decline,
            "debit_not_authorized" => "payment_method_provider_decline",
            _ => "card_declined",
        };
        var error = new JsonObject
        {
            ["type"] = code == "payment_intent_authentication_failure" ? "invalid_request_error" : "card_error",
            ["code"] = code,
            ["message"] = code == "authentication_required" ? "Your card was declined. This transaction requires authentication." : "Your card was declined.",
            ["payment_method"] = StripeObjects.Public(method),
        };
        if (code != "payment_intent_authentication_failure")
        {
            error["decline_code"] = decline;
        }

        intent["status"] = "requires_payment_method";
        intent["payment_method"] = null;
        intent["next_action"] = null;
        intent["last_payment_error"] = error.DeepClone();
        Save(intent);
        Tell("payment_intent.payment_failed", intent);
        error["payment_intent"] = StripeObjects.Public(intent);
        // a decline is an outcome: it happened, and its key remembers it
        return new Answer(402, new JsonObject { ["error"] = error });
    }

    private JsonObject Charge(JsonObject intent, JsonObject method)
    {
        var charge = New("charge", "ch");
        charge["amount"] = Number(intent, "amount");
        charge["amount_captured"] = 0;
        charge["amount_refunded"] = 0;
        charge["currency"] = Text(intent, "currency");
        charge["customer"] = Maybe(intent, "customer");
        charge["billing_details"] = StripeObjects.Billing();
        charge["captured"] = false;
        charge["disputed"] = false;
        charge["fraud_details"] = new JsonObject();
        charge["metadata"] = intent["metadata"]?.DeepClone();
        charge["outcome"] = new JsonObject { ["network_status"] = "approved_by_network", ["type"] = "authorized", ["reason"] = null, ["seller_message"] = "Payment complete." };
        charge["payment_intent"] = Text(intent, "id");
        charge["payment_method"] = Text(method, "id");
        var card = method["card"]!.DeepClone().AsObject();
        foreach (var only in new[] { "display_brand", "generated_from", "networks", "three_d_secure_usage" })
        {
            card.Remove(only);
        }

        card["network"] = card["brand"]?.DeepClone();
        charge["payment_method_details"] = new JsonObject { ["type"] = "card", ["card"] = card };
        charge["refunded"] = false;
        return charge;
    }

    private string Balance(string source, string type, long amount, string currency, long fee)
    {
        var entry = New("balance_transaction", "txn");
        entry["amount"] = amount;
        entry["currency"] = currency;
        entry["fee"] = fee;
        entry["net"] = amount - fee;
        entry["fee_details"] = fee == 0 ? new JsonArray() : new JsonArray(new JsonObject
        {
            ["amount"] = fee, ["application"] = null, ["currency"] = currency, ["description"] = "Stripe processing fees", ["type"] = "stripe_fee",
        });
        entry["available_on"] = clock.NowSeconds + 172800;
        entry["reporting_category"] = type;
        entry["source"] = source;
        entry["status"] = "pending";
        entry["type"] = type;
        entry["balance_type"] = "payments";
        Add(entry, source);
        return Text(entry, "id");
    }

    private static RefusedException Unexpected(JsonObject intent, string what) => StripeSide.Invalid("payment_intent_unexpected_state",
        $"You cannot {what} this PaymentIntent because it has a status of {Text(intent, "status")}.", null, new JsonObject { ["payment_intent"] = StripeObjects.Public(intent) });

    // ---- refunds and disputes ------------------------------------------------------------------------------------------------------------

    public JsonObject Refund(StripeForm form)
    {
        var charge = form["charge"] is { } named
            ? Find("charge", named) ?? throw StripeSide.Missing("charge", named)
            : Get("charge", Maybe(Intent(form.Needed("payment_intent")), "latest_charge") ?? throw StripeSide.Invalid("charge_not_found", "This PaymentIntent has no charge."));
        if (Text(charge, "status") != "succeeded")
        {
            throw StripeSide.Invalid("charge_not_refundable", "The charge was not paid.");
        }

        var left = Number(charge, "amount") - Number(charge, "amount_refunded");
        if (left == 0)
        {
            throw StripeSide.Invalid("charge_already_refunded", $"Charge {Text(charge, "id")} has already been refunded.");
        }

        var amount = form.Number("amount") ?? left;
        if (amount < 1 || amount > left)
        {
            throw StripeSide.Invalid(null, "Refund amount is greater than unrefunded amount on charge.", "amount");
        }

        if (charge["disputed"]!.GetValue<bool>())
        {
            throw StripeSide.Invalid("charge_disputed", "The charge has been charged back.");
        }

        var fault = faults.OnDecision(subject);
        if (fault?.Mode == "decline")
        {
            throw StripeSide.Invalid(fault.Detail ?? "charge_not_refundable", "The refund was refused.");
        }

        var refund = New("refund", "re");
        refund["amount"] = amount;
        refund["charge"] = Text(charge, "id");
        refund["currency"] = Text(charge, "currency");
        refund["payment_intent"] = Maybe(charge, "payment_intent");
        refund["payment_method"] = Maybe(charge, "payment_method");
        refund["customer"] = Maybe(charge, "customer");
        refund["metadata"] = Metadata(form, "metadata");
        refund["reason"] = form["reason"];
        refund["destination_details"] = new JsonObject { ["card"] = new JsonObject { ["type"] = "reversal" }, ["type"] = "card" };
        refund["status"] = fault?.Mode == "pending_then" ? "pending" : "succeeded";
        refund["_then"] = fault?.Detail;
        refund["balance_transaction"] = Balance(Text(refund, "id"), "refund", -amount, Text(charge, "currency"), 0);
        Add(refund, Text(charge, "id"));
        charge["amount_refunded"] = Number(charge, "amount_refunded") + amount;
        charge["refunded"] = Number(charge, "amount_refunded") == Number(charge, "amount");
        Save(charge);
        books.Move(new Movement(StripeSide.Provider, account, "refund", Text(refund, "id"), Text(charge, "payment_intent"),
            refund["metadata"]?["refund_id"]?.GetValue<string>(), amount, Text(charge, "currency"), live, clock.NowMs));
        Tell("refund.created", refund);
        Tell("charge.refunded", charge);
        return refund;
    }

    /// <summary>A pending refund is decided, or one that was done comes back from the bank.</summary>
    public void EndRefund(JsonObject refund, bool failed)
    {
        refund["status"] = failed ? "failed" : "succeeded";
        if (failed)
        {
            refund["failure_reason"] = "lost_or_stolen_card";
            var charge = Get("charge", Text(refund, "charge"));
            charge["amount_refunded"] = Number(charge, "amount_refunded") - Number(refund, "amount");
            charge["refunded"] = false;
            Save(charge);
            books.Move(new Movement(StripeSide.Provider, account, "refund_failed", Text(refund, "id"), Text(charge, "payment_intent"),
                refund["metadata"]?["refund_id"]?.GetValue<string>(), Number(refund, "amount"), Text(refund, "currency"), live, clock.NowMs));
        }

        Save(refund);
        Tell("refund.updated", refund);
        if (failed)
        {
            Tell("refund.failed", refund);
        }
    }

    /// <summary>Opens the dispute of a charge, or ends it as won or lost.</summary>
    public JsonObject Dispute(string chargeId, string status)
    {
        var charge = Get("charge", chargeId);
        var dispute = All("dispute", chargeId).LastOrDefault();
        if (dispute is null)
        {
            dispute = New("dispute", "dp");
            dispute["amount"] = Number(charge, "amount");
            dispute["currency"] = Text(charge, "currency");
            dispute["charge"] = chargeId;
            dispute["payment_intent"] = Maybe(charge, "payment_intent");
            dispute["reason"] = "fraudulent";
            dispute["balance_transactions"] = new JsonArray();
            dispute["evidence"] = new JsonObject();
            dispute["evidence_details"] = new JsonObject { ["due_by"] = clock.NowSeconds + 604800, ["has_evidence"] = false, ["past_due"] = false, ["submission_count"] = 0 };
            dispute["is_charge_refundable"] = false;
            dispute["status"] = status;
            dispute["enhanced_eligibility_types"] = new JsonArray();
            Add(dispute, chargeId);
            charge["disputed"] = true;
            Save(charge);
            Tell("charge.dispute.created", dispute);
        }
        else
        {
            dispute["status"] = status;
            Save(dispute);
        }

        if (status is "won" or "lost")
        {
            if (status == "lost")
            {
                books.Move(new Movement(StripeSide.Provider, account, "dispute", Text(dispute, "id"), Text(charge, "payment_intent"),
                    charge["metadata"]?["attempt_id"]?.GetValue<string>(), Number(dispute, "amount"), Text(charge, "currency"), live, clock.NowMs));
            }

            Tell("charge.dispute.closed", dispute);
        }

        return dispute;
    }

    // ---- hosted sessions -----------------------------------------------------------------------------------------------------------------

    public JsonObject NewSession(StripeForm form)
    {
        var mode = form.Needed("mode");
        var session = New("checkout.session", "cs");
        session["mode"] = mode;
        session["success_url"] = form.Needed("success_url");
        session["cancel_url"] = form["cancel_url"];
        session["client_reference_id"] = form["client_reference_id"];
        session["customer"] = form["customer"] is { } customer ? Text(Get("customer", customer), "id") : null;
        session["customer_email"] = form["customer_email"];
        session["locale"] = form["locale"];
        session["metadata"] = Metadata(form, "metadata");
        session["automatic_tax"] = new JsonObject { ["enabled"] = false, ["liability"] = null, ["status"] = null, ["provider"] = null };
        session["custom_fields"] = new JsonArray();
        session["custom_text"] = new JsonObject();
        session["payment_method_types"] = new JsonArray("card");
        session["payment_method_options"] = new JsonObject();
        session["shipping_options"] = new JsonArray();
        session["status"] = "open";
        session["payment_status"] = mode == "setup" ? "no_payment_required" : "unpaid";
        session["ui_mode"] = "hosted";
        session["expires_at"] = form.Number("expires_at") ?? clock.NowSeconds + 86400;
        session["url"] = $"{baseUrl}/stripe/pay/{Text(session, "id")}";
        session["_usage"] = form["payment_intent_data[setup_future_usage]"];
        session["_metadata"] = Metadata(form, mode == "setup" ? "setup_intent_data[metadata]" : "payment_intent_data[metadata]");
        if (mode == "payment")
        {
            var amount = form.Number("line_items[0][price_data][unit_amount]") ?? throw StripeSide.Invalid("parameter_missing", "Missing line_items.", "line_items");
            var currency = form.Needed("line_items[0][price_data][currency]");
            amount *= form.Number("line_items[0][quantity]") ?? 1;
            if (amount < LeastAmount)
            {
                throw StripeSide.Invalid("amount_too_small", "The Checkout Session's total amount must convert to at least 50 cents.", "line_items");
            }

            session["amount_subtotal"] = amount;
            session["amount_total"] = amount;
            session["currency"] = currency;
            session["_summary"] = form.Needed("line_items[0][price_data][product_data][name]");
        }
        else
        {
            var setup = NewSetup(form["customer"], form["setup_intent_data[usage]"], Metadata(form, "setup_intent_data[metadata]"));
            session["setup_intent"] = Text(setup, "id");
            session["currency"] = form["currency"];
        }

        Add(session, Maybe(session, "setup_intent"));
        return session;
    }

    public JsonObject Session(string id)
    {
        var session = Get("checkout.session", id);
        if (Text(session, "status") == "open" && Number(session, "expires_at") <= clock.NowSeconds)
        {
            Expire(session);
        }

        if (Maybe(session, "payment_intent") is { } intent)
        {
            Intent(intent);
            session = Get("checkout.session", id);
        }

        return session;
    }

    public void Expire(JsonObject session)
    {
        if (Text(session, "status") != "open")
        {
            throw StripeSide.Invalid(null, "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
                + Text(session, "status") + ".");
        }

        session["status"] = "expired";
        session["url"] = null;
        Save(session);
        if (Maybe(session, "payment_intent") is { } id && Get("payment_intent", id) is var intent && Text(intent, "status") is not ("succeeded" or "processing" or "canceled"))
        {
            Cancel(intent, "automatic");
        }

        Tell("checkout.session.expired", session);
    }

    /// <summary>The buyer pays on the hosted page. Null when it went on; else why not.</summary>
    public Answer? PaySession(JsonObject session, string chosen)
    {
        if (Text(session, "status") != "open")
        {
            throw StripeSide.Invalid(null, "This Checkout Session is over.");
        }

        if (Maybe(session, "setup_intent") is { } setupId)
        {
            var refused = ConfirmSetup(Get("setup_intent", setupId), chosen, null);
            if (refused is null)
            {
                Complete(session, "no_payment_required");
            }

            return refused;
        }

        JsonObject intent;
        if (Maybe(session, "payment_intent") is { } known)
        {
            intent = Intent(known);
        }
        else
        {
            intent = NewIntent(new StripeForm(string.Create(CultureInfo.InvariantCulture,
                $"amount={Number(session, "amount_total")}&currency={Text(session, "currency")}&automatic_payment_methods[enabled]=true")));
            intent["customer"] = Maybe(session, "customer");
            intent["setup_future_usage"] = Maybe(session, "_usage");
            intent["metadata"] = session["_metadata"]?.DeepClone();
            intent["_session"] = Text(session, "id");
            Save(intent);
            session["payment_intent"] = Text(intent, "id");
            Save(session);
        }

        var answer = Confirm(intent, chosen, $"{baseUrl}/stripe/pay/{Text(session, "id")}/done", offSession: false);
        CompleteSession(intent);
        return answer;
    }

    /// <summary>When a session's intent has gone as far as the buyer takes it, the session is complete.</summary>
    public void CompleteSession(JsonObject intent)
    {
        if (SessionOf(intent) is { } session && Text(session, "status") == "open" && Text(intent, "status") is "succeeded" or "processing")
        {
            Complete(SessionOf(intent)!, Text(intent, "status") == "succeeded" ? "paid" : "unpaid");
        }
    }

    private void Complete(JsonObject session, string paymentStatus)
    {
        session["status"] = "complete";
        session["payment_status"] = paymentStatus;
        session["url"] = null;
        Save(session);
        Tell("checkout.session.completed", session);
    }

    private JsonObject? SessionOf(JsonObject intent) => Find("checkout.session", Maybe(intent, "_session"));

    // ---- cards kept for later --------------------------------------------------------------------------------------------------------------

    public JsonObject NewSetup(string? customer, string? usage, JsonObject metadata)
    {
        if (customer is not null)
        {
            Get("customer", customer);
        }

        var setup = New("setup_intent", "seti");
        setup["client_secret"] = $"{Text(setup, "id")}_secret_{Random()}";
        setup["customer"] = customer;
        setup["metadata"] = metadata;
        setup["payment_method_types"] = new JsonArray("card");
        setup["payment_method_options"] = new JsonObject();
        setup["automatic_payment_methods"] = new JsonObject { ["enabled"] = true };
        setup["status"] = "requires_payment_method";
        setup["usage"] = usage ?? "off_session";
        Add(setup);
        return setup;
    }

    public Answer? ConfirmSetup(JsonObject setup, string chosen, string? returnUrl)
    {
        if (Text(setup, "status") is "succeeded" or "canceled")
        {
            throw StripeSide.Invalid("setup_intent_unexpected_state", $"This SetupIntent has a status of {Text(setup, "status")}.");
        }

        var method = Method(chosen);
        setup["_return_url"] = returnUrl;
        if (Text(method, "_does") == "decline")
        {
            var error = new JsonObject { ["type"] = "card_error", ["code"] = "card_declined", ["decline_code"] = Maybe(method, "_detail"), ["message"] = "Your card was declined." };
            setup["last_setup_error"] = error.DeepClone();
            Save(setup);
            Tell("setup_intent.setup_failed", setup);
            return new Answer(402, new JsonObject { ["error"] = error });
        }

        setup["payment_method"] = Text(method, "id");
        setup["status"] = "succeeded";
        if (Maybe(setup, "customer") is { } customer)
        {
            Attach(method, customer);
        }

        // set up with its second step, such a card is charged without another
        if (Text(method, "_does") == "authenticate_once")
        {
            method["_does"] = "ok";
            Save(method);
        }

        Save(setup);
        Tell("setup_intent.succeeded", setup);
        return null;
    }

    // ---- events ----------------------------------------------------------------------------------------------------------------------------

    public void Tell(string type, JsonObject about)
    {
        var told = New("event", "evt");
        told["api_version"] = StripeObjects.ApiVersion;
        told["data"] = new JsonObject { ["object"] = StripeObjects.Public(about) };
        told["pending_webhooks"] = 1;
        told["request"] = new JsonObject { ["id"] = "req_" + Random(7), ["idempotency_key"] = null };
        told["type"] = type;
        Add(told);
        Events.Add((type, StripeObjects.Public(told)));
    }
}
