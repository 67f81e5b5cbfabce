using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Taler;

/// <param name="Uri">What the buyer's wallet was given: from the page's link, or from its code.</param>
/// <param name="Wallet">Whose wallet; each remembers what it paid.</param>
/// <param name="OnlyClaims">It shows the contract, and its owner does not agree yet.</param>
public sealed record UseWallet(string Uri, string? Wallet, bool OnlyClaims);

public sealed record TalerOrderOf(string Instance, string Order);

public sealed record WireOrder(string Instance, string Order, string Fee);

public sealed record RefundByHand(string Instance, string Order, string Total, string Reason);

public sealed record TalerInstance(string Instance);

/// <summary>The merchant back end's calls, and a wallet that is used by its handles.</summary>
public static class TalerRoutes
{
    public static void AddTaler(this IServiceCollection services) => services.AddSingleton<TalerSide>().AddSingleton<TalerDoor>();

    public static void MapTaler(this WebApplication app)
    {
        var side = app.Services.GetRequiredService<TalerSide>();
        app.Services.GetRequiredService<WebhookPost>().Join(side);
        var exchange = app.Services.GetRequiredService<Exchange>();

        On("GET", "config", (_, _) => new Answer(200, new JsonObject
        {
            ["version"] = "30:1:10", ["name"] = "taler-merchant", ["currency"] = "KUDOS", ["currencies"] = new JsonObject { ["KUDOS"] = new JsonObject() }, ["exchanges"] = new JsonArray(),
        }));
        On("POST", "private/orders", (call, books) =>
        {
            var order = books.Create(Read(call));
            return new Answer(200, new JsonObject
            {
                ["order_id"] = TalerBooks.Id(order), ["token"] = TalerBooks.Text(order, "token"), ["pay_deadline"] = TalerBooks.Terms(order)["pay_deadline"]!.DeepClone(),
            });
        });
        On("GET", "private/orders", (call, books) =>
        {
            var before = long.TryParse(call.Request.Query["offset"], out var row) ? row : long.MaxValue;
            var most = int.TryParse(call.Request.Query["limit"], out var limit) && limit < 0 ? -limit : 20;
            var paid = books.All().Reverse().Where(it => it.Number < before && (call.Request.Query["paid"] != "YES" || TalerBooks.Text(it.Body, "state") == "paid")).Take(most);
            return new Answer(200, new JsonObject
            {
                ["orders"] = new JsonArray([.. paid.Select(it => new JsonObject
                {
                    ["order_id"] = TalerBooks.Id(it.Body), ["row_id"] = it.Number, ["timestamp"] = TalerBooks.Terms(it.Body)["timestamp"]!.DeepClone(),
                    ["amount"] = TalerBooks.Text(TalerBooks.Terms(it.Body), "amount"), ["summary"] = TalerBooks.Text(TalerBooks.Terms(it.Body), "summary"),
                    ["refundable"] = TalerBooks.Text(it.Body, "state") == "paid", ["paid"] = TalerBooks.Text(it.Body, "state") == "paid",
                })]),
            });
        });
        On("GET", "private/orders/{order}", (call, books) => new Answer(200, books.Status(books.Get(Id(call)), call.Request.Query["session_id"] is [{ } session] ? session : null)));
        On("DELETE", "private/orders/{order}", (call, books) =>
        {
            books.Delete(books.Get(Id(call)));
            return new Answer(204, new JsonObject());
        });
        On("POST", "private/orders/{order}/refund", (call, books) =>
        {
            var (order, asked) = (books.Get(Id(call)), Read(call));
            books.Refund(order, TalerBooks.Text(asked, "refund"), TalerBooks.Text(asked, "reason"));
            if (books.PicksUpByItself)
            {
                books.PickUp(order);
            }

            return new Answer(200, new JsonObject { ["taler_refund_uri"] = $"taler+http://refund/{books.Base["http://".Length..]}{Id(call)}/", ["h_contract"] = TalerBooks.Text(order, "h_contract") });
        });

        // what a wallet and a browser without a sign-in may ask
        On("GET", "orders/{order}", (call, books) => Public(books.Get(Id(call)), call.Request.Query, books));

        // handles for tests: the buyer's wallet, the exchange, and people at the back end
        app.MapPost("/_taler/wallet", (UseWallet use, HttpContext context, TalerDoor door) => door.Open(context, use));
        app.MapPost("/_taler/wire", (WireOrder it, HttpContext context, TalerDoor door) => door.Enter(context, it.Instance, books => Done(() => books.Wire(books.Get(it.Order), it.Fee))));
        app.MapPost("/_taler/refund", (RefundByHand it, HttpContext context, TalerDoor door) => door.Enter(context, it.Instance, books => Done(() => books.Refund(books.Get(it.Order), it.Total, it.Reason))));
        app.MapPost("/_taler/fetching", (TalerInstance it, HttpContext context, TalerDoor door) => door.Enter(context, it.Instance, books => Done(books.PickUpByThemselves)));
        app.MapPost("/_taler/contract", (TalerOrderOf it, HttpContext context, TalerDoor door) => door.Enter(context, it.Instance, books => Results.Json(TalerBooks.Terms(books.Get(it.Order)))));

        void On(string method, string path, Func<Call, TalerBooks, Answer> handler) => app.MapMethods($"{TalerSide.Root}{{instance}}/{path}", [method], exchange.Handle(side, call =>
        {
            var books = TalerBooks.Of(call);
            var answer = handler(call, books);
            call.Events.AddRange(books.Events);
            return answer;
        }));
    }

    /// <summary>How an order stands for whoever holds its token or knows its contract.</summary>
    private static Answer Public(JsonObject order, IQueryCollection query, TalerBooks books)
    {
        var (token, contract, state) = (query["token"].ToString(), query["h_contract"].ToString(), TalerBooks.Text(order, "state"));
        if ((token.Length > 0 && token != TalerBooks.Text(order, "token")) || (contract.Length > 0 && (state == "unclaimed" || contract != TalerBooks.Text(order, "h_contract"))) || (token.Length == 0 && contract.Length == 0))
        {
            throw TalerSide.Refused(403, 2105, "The token or the contract's hash is not good.");
        }

        var session = query["session_id"] is [{ } named] ? named : null;
        var status = books.Status(order, session);
        return status["order_status"]!.GetValue<string>() == "paid"
            ? new Answer(200, new JsonObject
            {
                ["refunded"] = status["refunded"]!.DeepClone(), ["refund_pending"] = status["refund_pending"]!.DeepClone(), ["refund_amount"] = status["refund_amount"]!.DeepClone(),
                ["fulfillment_url"] = TalerBooks.Terms(order)["fulfillment_url"]?.DeepClone(),
            })
            : new Answer(402, new JsonObject { ["taler_pay_uri"] = books.PayUri(order, session), ["fulfillment_url"] = TalerBooks.Terms(order)["fulfillment_url"]?.DeepClone() });
    }

    private static IResult Done(Action work)
    {
        work();
        return Results.NoContent();
    }

    private static string Id(Call call) => call.Request.RouteValues["order"]!.ToString()!;

    private static JsonObject Read(Call call)
    {
        try
        {
            return JsonNode.Parse(call.Body)!.AsObject();
        }
        catch (System.Text.Json.JsonException)
        {
            throw TalerSide.Refused(400, 22, "It is no JSON.");
        }
    }
}

/// <summary>The way into an instance's books for wallets and test handles.</summary>
public sealed class TalerDoor(SimulatorStore store, SimulatorClock clock, WebhookPost post, TalerSide side)
{
    public IResult Enter(HttpContext context, string instance, Func<TalerBooks, IResult> work)
    {
        try
        {
            return store.Do(store =>
            {
                var books = new TalerBooks(store, instance, clock, $"{context.Request.Scheme}://{context.Request.Host}");
                var result = work(books);
                foreach (var (type, @event) in books.Events)
                {
                    post.Put(store, side, instance, type, @event);
                }

                return result;
            });
        }
        catch (RefusedException refused)
        {
            return Results.Json(refused.Answer.Body, statusCode: refused.Answer.Status);
        }
    }

    /// <summary>Does what a wallet does that is given an address: claims and pays, or fetches what was given back. One that has paid for the same fulfillment address
    /// before pays nothing, and proves that again.</summary>
    public IResult Open(HttpContext context, UseWallet use)
    {
        // taler+http://pay/HOST/taler/instances/INSTANCE/ORDER/SESSION?c=TOKEN
        var (path, query) = use.Uri.Split("://")[1].Split('?') is [var it, var more] ? (it, more) : (use.Uri.Split("://")[1], "");
        if (path.Split('/') is not [var action, var host, "taler", "instances", var instance, var id, var session] || host != context.Request.Host.ToString() || !use.Uri.StartsWith("taler+http://", StringComparison.Ordinal))
        {
            return Results.BadRequest(new { error = "That is no address of this back end." });
        }

        var (wallet, token) = (use.Wallet ?? "a wallet", query.StartsWith("c=", StringComparison.Ordinal) ? query["c=".Length..] : null);
        return Enter(context, instance, books =>
        {
            var order = books.Get(id);
            if (action == "refund")
            {
                books.PickUp(order);
                return Results.Json(new { result = "fetched" });
            }

            books.Claim(order, wallet, token);
            if (use.OnlyClaims)
            {
                return Results.Json(new { result = "claimed" });
            }

            if (books.PaidBefore(wallet, order) is { } earlier)
            {
                books.Pay(earlier, wallet, Uri.UnescapeDataString(session));
                return Results.Json(new { result = "proven", order = TalerBooks.Id(earlier) });
            }

            books.Pay(order, wallet, Uri.UnescapeDataString(session));
            return Results.Json(new { result = "paid", go = TalerBooks.Terms(order)["fulfillment_url"]?.GetValue<string>() });
        });
    }
}
