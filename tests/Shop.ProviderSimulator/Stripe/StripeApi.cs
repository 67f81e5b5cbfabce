using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>The calls of Stripe's API that a shop uses.</summary>
public static class StripeApi
{
    private const int MostInAList = 100;

    /// <summary>At Stripe a search knows of a new object after up to a minute; who needs to know now, lists.</summary>
    private static readonly TimeSpan SearchLag = TimeSpan.FromSeconds(60);

    public static void Map(WebApplication app, Exchange exchange, StripeSide side)
    {
        Post("/v1/customers", (_, desk, form) =>
        {
            var customer = desk.New("customer", "cus");
            customer["email"] = form["email"];
            customer["name"] = form["name"];
            customer["metadata"] = StripeDesk.Metadata(form, "metadata");
            customer["balance"] = 0;
            customer["delinquent"] = false;
            customer["invoice_prefix"] = StripeDesk.Random(4).ToUpperInvariant();
            customer["invoice_settings"] = new JsonObject { ["custom_fields"] = null, ["default_payment_method"] = null, ["footer"] = null, ["rendering_options"] = null };
            customer["next_invoice_sequence"] = 1;
            customer["preferred_locales"] = new JsonArray();
            customer["tax_exempt"] = "none";
            desk.Add(customer);
            return customer;
        });
        Get("/v1/customers/{id}", (id, desk, _) => desk.Get("customer", id));
        Get("/v1/customers/{id}/payment_methods", (id, desk, form) => Listed(desk, form, "payment_method",
            it => StripeDesk.Maybe(it, "customer") == StripeDesk.Text(desk.Get("customer", id), "id") && (form["type"] is not { } type || StripeDesk.Text(it, "type") == type)));

        Post("/v1/payment_methods", (_, desk, form) =>
        {
            if (form["type"] != "card")
            {
                throw StripeSide.Invalid("parameter_missing", "Missing required param: type.", "type");
            }

            return desk.MethodOfToken(form.Needed("card[token]"));
        });
        Get("/v1/payment_methods/{id}", (id, desk, _) => desk.Get("payment_method", id));
        Post("/v1/payment_methods/{id}/attach", (id, desk, form) =>
        {
            var method = desk.Method(id);
            if (StripeDesk.Text(method, "_does") == "decline")
            {
                throw new RefusedException(StripeSide.Error(402, "card_error", "card_declined", "Your card was declined.", null,
                    new JsonObject { ["decline_code"] = StripeDesk.Maybe(method, "_detail") }));
            }

            desk.Attach(method, form.Needed("customer"));
            return method;
        });
        Post("/v1/payment_methods/{id}/detach", (id, desk, _) =>
        {
            var method = desk.Get("payment_method", id);
            if (StripeDesk.Maybe(method, "customer") is null)
            {
                throw StripeSide.Invalid(null, "The payment method you provided is not attached to a customer so detachment is impossible.");
            }

            method["customer"] = null;
            desk.Save(method);
            method["_detached"] = true;
            desk.Save(method);
            desk.Tell("payment_method.detached", method);
            return method;
        });

        Post("/v1/payment_intents", (_, desk, form) =>
        {
            var intent = desk.NewIntent(form);
            if (form.Is("confirm") && desk.Confirm(intent, null, form["return_url"], form.Is("off_session")) is { } refused)
            {
                throw new DeclinedException(refused);
            }

            return intent;
        });
        Get("/v1/payment_intents", (_, desk, form) => Listed(desk, form, "payment_intent", _ => true));
        Get("/v1/payment_intents/search", (_, desk, form) => Found(desk, form));
        Get("/v1/payment_intents/{id}", (id, desk, _) => desk.Intent(id));
        Post("/v1/payment_intents/{id}/confirm", (id, desk, form) =>
        {
            var intent = desk.Intent(id);
            return desk.Confirm(intent, form["payment_method"], form["return_url"], form.Is("off_session")) is { } refused ? throw new DeclinedException(refused) : intent;
        });
        Post("/v1/payment_intents/{id}/cancel", (id, desk, form) =>
        {
            var intent = desk.Intent(id);
            desk.Cancel(intent, form["cancellation_reason"]);
            return intent;
        });

        Post("/v1/setup_intents", (_, desk, form) => desk.NewSetup(form["customer"], form["usage"], StripeDesk.Metadata(form, "metadata")));
        Get("/v1/setup_intents/{id}", (id, desk, _) => desk.Get("setup_intent", id));

        Post("/v1/checkout/sessions", (_, desk, form) => desk.NewSession(form));
        Get("/v1/checkout/sessions", (_, desk, form) => Listed(desk, form, "checkout.session",
            it => form["payment_intent"] is not { } intent || StripeDesk.Maybe(it, "payment_intent") == intent));
        Get("/v1/checkout/sessions/{id}", (id, desk, _) => desk.Session(id));
        Post("/v1/checkout/sessions/{id}/expire", (id, desk, _) =>
        {
            var session = desk.Session(id);
            desk.Expire(session);
            return session;
        });

        Post("/v1/refunds", (_, desk, form) => desk.Refund(form));
        Get("/v1/refunds", (_, desk, form) => Listed(desk, form, "refund", it =>
            (form["charge"] is not { } charge || StripeDesk.Maybe(it, "charge") == charge)
            && (form["payment_intent"] is not { } intent || StripeDesk.Maybe(it, "payment_intent") == intent)));
        Get("/v1/refunds/{id}", (id, desk, _) => desk.Get("refund", id));
        Get("/v1/charges", (_, desk, form) => Listed(desk, form, "charge",
            it => form["payment_intent"] is not { } intent || StripeDesk.Maybe(it, "payment_intent") == intent));
        Get("/v1/charges/{id}", (id, desk, _) => desk.Get("charge", id));
        Get("/v1/disputes", (_, desk, form) => Listed(desk, form, "dispute", it => form["charge"] is not { } charge || StripeDesk.Maybe(it, "charge") == charge));
        Get("/v1/balance_transactions/{id}", (id, desk, _) => desk.Get("balance_transaction", id));
        Get("/v1/events", (_, desk, form) => Listed(desk, form, "event", it => form["type"] is not { } type || StripeDesk.Text(it, "type") == type));
        Get("/v1/events/{id}", (id, desk, _) => desk.Get("event", id));
        Get("/v1/account", (_, desk, _) => Account(desk));

        void Post(string path, Func<string, StripeDesk, StripeForm, JsonObject> work) => app.MapPost(path, exchange.Handle(side, call => Answered(call, work)));

        void Get(string path, Func<string, StripeDesk, StripeForm, JsonObject> work) => app.MapGet(path, exchange.Handle(side, call => Answered(call, work)));
    }

    private static Answer Answered(Call call, Func<string, StripeDesk, StripeForm, JsonObject> work)
    {
        var desk = StripeDesk.For(call);
        var form = StripeForm.Of(call);
        Answer answer;
        try
        {
            var it = StripeObjects.Public(work(call.Request.RouteValues["id"] as string ?? "", desk, form));
            foreach (var path in form.Expand)
            {
                Expand(desk, it, path.Split('.'));
            }

            answer = new Answer(200, it);
        }
        catch (DeclinedException declined)
        {
            answer = declined.Answer;
        }

        call.Events.AddRange(desk.Events);
        return answer;
    }

    private static void Expand(StripeDesk desk, JsonNode? node, ReadOnlySpan<string> path)
    {
        if (path.Length == 0 || node is null)
        {
            return;
        }

        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Expand(desk, item, path);
            }

            return;
        }

        var it = node.AsObject();
        var field = path[0];
        if (!it.ContainsKey(field))
        {
            throw StripeSide.Invalid(null, $"This property cannot be expanded ({field}).", "expand[]");
        }

        if (field == "refunds" && it[field] is null)
        {
            it[field] = new JsonObject
            {
                ["object"] = "list", ["data"] = new JsonArray([.. desk.All("refund", StripeDesk.Text(it, "id")).AsEnumerable().Reverse().Select(StripeObjects.Public)]),
                ["has_more"] = false, ["url"] = $"/v1/charges/{StripeDesk.Text(it, "id")}/refunds",
            };
        }
        else if (it[field] is JsonValue && StripeObjects.Targets.TryGetValue(field, out var kind) && desk.Find(kind, StripeDesk.Text(it, field)) is { } found)
        {
            it[field] = StripeObjects.Public(found);
        }

        if (it[field] is JsonObject or JsonArray)
        {
            Expand(desk, it[field], path[1..]);
        }
    }

    /// <summary>Newest first, in pages.</summary>
    private static JsonObject Listed(StripeDesk desk, StripeForm form, string kind, Func<JsonObject, bool> filter)
    {
        var limit = (int)Math.Clamp(form.Number("limit") ?? 10, 1, MostInAList);
        var all = desk.Newest(kind, form["starting_after"])
            .Select(it => kind switch { "checkout.session" => desk.Session(StripeDesk.Text(it, "id")), "payment_intent" => desk.Intent(StripeDesk.Text(it, "id")), _ => it })
            .TakeWhile(it => (form.Number("created[gte]") ?? long.MinValue) <= StripeDesk.Number(it, "created"))
            .Where(filter)
            .Where(it => StripeDesk.Number(it, "created") is var at && at <= (form.Number("created[lte]") ?? long.MaxValue)
                && (form.Number("created[gt]") ?? long.MinValue) < at && at < (form.Number("created[lt]") ?? long.MaxValue))
            .Take(limit + 1).ToList();
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. all.Take(limit).Select(StripeObjects.Public)]),
            ["has_more"] = all.Count > limit,
            ["url"] = "/v1/" + kind + "s",
        };
    }

    private static JsonObject Found(StripeDesk desk, StripeForm form)
    {
        var query = form.Needed("query").Replace('"', '\'');
        var parts = query.Split('\'');
        if (parts.Length != 5 || !query.StartsWith("metadata['", StringComparison.Ordinal) || parts[2] != "]:")
        {
            throw StripeSide.Invalid(null, "The search query could not be understood.", "query");
        }

        var now = desk.Now - (long)SearchLag.TotalSeconds;
        var found = desk.All("payment_intent").Where(it => it["metadata"]?[parts[1]]?.GetValue<string>() == parts[3] && StripeDesk.Number(it, "created") <= now);
        return new JsonObject
        {
            ["object"] = "search_result",
            ["data"] = new JsonArray([.. found.Select(it => StripeObjects.Public(desk.Intent(StripeDesk.Text(it, "id"))))]),
            ["has_more"] = false,
            ["next_page"] = null,
            ["url"] = "/v1/payment_intents/search",
        };
    }

    private static JsonObject Account(StripeDesk desk)
    {
        var account = StripeObjects.New("account", desk.Account, 1_700_000_000, live: false);
        account["business_profile"] = new JsonObject();
        account["capabilities"] = new JsonObject { ["card_payments"] = "active", ["transfers"] = "active" };
        account["charges_enabled"] = true;
        account["payouts_enabled"] = true;
        account["details_submitted"] = true;
        account["controller"] = new JsonObject { ["type"] = "account" };
        account["country"] = "US";
        account["default_currency"] = "usd";
        account["email"] = "shop@example.com";
        account["external_accounts"] = new JsonObject { ["object"] = "list", ["data"] = new JsonArray(), ["has_more"] = false, ["url"] = "/v1/accounts/external_accounts" };
        account["settings"] = new JsonObject();
        account["type"] = "standard";
        return account;
    }

    /// <summary>A decline that happened: unlike a refusal it stays in the books.</summary>
    private sealed class DeclinedException(Answer answer) : Exception
    {
        public Answer Answer { get; } = answer;
    }
}
