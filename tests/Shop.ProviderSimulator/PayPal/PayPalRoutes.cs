using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.PayPal;

public sealed record DecideCapture(string Capture, bool Paid);

public sealed record EndPayPalRefund(string Refund, string Status);

public sealed record SetPayPalDispute(string Capture, string? Outcome);

public sealed record RefundElsewhere(string Capture, string Value);

public sealed record ReverseCapture(string Capture);

/// <summary>What buyers see of PayPal, without JavaScript, and the handles for tests.</summary>
public static class PayPalRoutes
{
    public static void AddPayPal(this IServiceCollection services) => services.AddSingleton<PayPalSide>().AddSingleton<PayPalDoor>();

    public static void MapPayPal(this WebApplication app)
    {
        var side = app.Services.GetRequiredService<PayPalSide>();
        app.Services.GetRequiredService<WebhookPost>().Join(side);
        PayPalApi.Map(app, app.Services.GetRequiredService<Exchange>(), side);

        app.MapGet("/checkoutnow", (string token, HttpContext context, PayPalDoor door) => door.Enter(context, token, desk =>
        {
            var order = desk.Order(token);
            var money = order["purchase_units"]![0]!["amount"]!;
            return PayPalDesk.Text(order, "status") == "COMPLETED" ? Over() : Page("Pay with PayPal", $"""
                <p>{Html(PayPalDesk.Maybe(order["purchase_units"]![0]!.AsObject(), "description"))}: {Html(money["value"]!.GetValue<string>())} {Html(PayPalMoney.Currency(money))}</p>
                <form method="post"><p>
                <button name="answer" value="approve">Pay now</button>
                <button name="answer" value="pending">Pay by e-cheque, which takes days</button>
                <button name="answer" value="decline">Pay with a card that will be declined</button>
                <button name="answer" value="insufficient">Pay with an empty card</button>
                <button name="answer" value="cancel">Cancel and return</button>
                </p></form>
                """);
        }));
        app.MapPost("/checkoutnow", async (string token, HttpContext context, PayPalDoor door) =>
        {
            var answer = (await context.Request.ReadFormAsync())["answer"].ToString();
            return door.Enter(context, token, desk =>
            {
                var order = desk.Order(token);
                var experience = order["_wallet"]?["experience_context"];
                if (answer == "cancel")
                {
                    return Back(experience?["cancel_url"], $"token={token}");
                }

                if (PayPalDesk.Text(order, "status") == "COMPLETED")
                {
                    return Over();
                }

                desk.Approve(order, answer switch { "pending" => "pending", "decline" => "declined", "insufficient" => "insufficient", _ => "ok" });
                return Back(experience?["return_url"], $"token={token}&PayerID=BUYERBUYERBUY");
            });
        });
        app.MapGet("/agreements/approve", (string approval_session_id, HttpContext context, PayPalDoor door) => door.Enter(context, approval_session_id, desk => Page("Keep PayPal for later", """
            <form method="post"><p>
            <button name="answer" value="approve">Agree</button>
            <button name="answer" value="decline">Agree, with a wallet that will be declined</button>
            <button name="answer" value="ask">Agree, with a wallet whose owner will be asked</button>
            <button name="answer" value="cancel">Cancel and return</button>
            </p></form>
            """)));
        app.MapPost("/agreements/approve", async (string approval_session_id, HttpContext context, PayPalDoor door) =>
        {
            var answer = (await context.Request.ReadFormAsync())["answer"].ToString();
            return door.Enter(context, approval_session_id, desk =>
            {
                var setup = desk.Get("setup_token", approval_session_id);
                if (answer != "cancel" && PayPalDesk.Text(setup, "status") == "PAYER_ACTION_REQUIRED")
                {
                    setup["status"] = "APPROVED";
                    setup["_does"] = answer switch { "decline" => "INSTRUMENT_DECLINED", "ask" => "PAYER_ACTION_REQUIRED", _ => null };
                    desk.Save(setup);
                }

                return Back(setup["_experience"]?[answer == "cancel" ? "cancel_url" : "return_url"], $"approval_token_id={approval_session_id}");
            });
        });

        // handles for tests: what PayPal, banks and other programs of the merchant do
        app.MapGet("/_paypal/root", () => Results.Text(side.Keys.RootPem));
        app.MapGet("/_paypal/captures", (string order, HttpContext context, PayPalDoor door) => door.Enter(context, order, desk => Results.Json(desk.All("capture", order).Select(PayPalDesk.Public))));
        app.MapPost("/_paypal/decide", (DecideCapture it, HttpContext context, PayPalDoor door) => door.Enter(context, it.Capture, desk => Done(() => desk.Decide(desk.Get("capture", it.Capture), it.Paid))));
        app.MapPost("/_paypal/reverse", (ReverseCapture it, HttpContext context, PayPalDoor door) => door.Enter(context, it.Capture, desk => Done(() => desk.Reverse(desk.Get("capture", it.Capture)))));
        app.MapPost("/_paypal/refund", (RefundElsewhere it, HttpContext context, PayPalDoor door) => door.Enter(context, it.Capture, desk =>
        {
            var capture = desk.Get("capture", it.Capture);
            var asked = new JsonObject { ["amount"] = new JsonObject { ["currency_code"] = PayPalMoney.Currency(capture["amount"]!), ["value"] = it.Value } };
            return Results.Json(desk.Refund(capture, asked).Body);
        }));
        app.MapPost("/_paypal/refunds", (EndPayPalRefund it, HttpContext context, PayPalDoor door) => door.Enter(context, it.Refund, desk => Done(() => desk.EndRefund(desk.Get("refund", it.Refund), it.Status))));
        app.MapPost("/_paypal/disputes", (SetPayPalDispute it, HttpContext context, PayPalDoor door) => door.Enter(context, it.Capture, desk => Results.Json(desk.ToldDispute(desk.Dispute(it.Capture, it.Outcome)))));
    }

    private static IResult Done(Action work)
    {
        work();
        return Results.NoContent();
    }

    private static IResult Back(JsonNode? address, string query)
    {
        var text = address?.GetValue<string>() ?? "/";
        return Results.Redirect($"{text}{(text.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}");
    }

    private static IResult Over() => Page("This page is over", "<p data-testid=\"over\">This has been paid.</p>", 410);

    private static IResult Page(string title, string body, int status = 200) => Results.Content(
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>{title} (simulator)</title><main><h1>{title}</h1><p>No real money: this plays a payment service.</p>{body}</main></html>",
        "text/html; charset=utf-8", Encoding.UTF8, status);

    private static string Html(string? text) => WebUtility.HtmlEncode(text ?? "");
}

/// <summary>The way into a merchant's books for pages and test handles, which carry no token: by the id of one of its objects.</summary>
public sealed class PayPalDoor(SimulatorStore store, SimulatorClock clock, Faults faults, WebhookPost post, PayPalSide side)
{
    public IResult Enter(HttpContext context, string id, Func<PayPalDesk, IResult> work)
    {
        try
        {
            return store.Do(books =>
            {
                if (books.FindAnywhere(side.Name, id) is not { Account: var account })
                {
                    return Results.NotFound();
                }

                var desk = new PayPalDesk(books, account, clock, faults, $"{side.Name} {context.Request.Method} {context.Request.Path} {account}", $"{context.Request.Scheme}://{context.Request.Host}");
                var result = work(desk);
                foreach (var (type, @event) in desk.Events)
                {
                    post.Put(books, side, account, type, @event);
                }

                return result;
            });
        }
        catch (RefusedException refused)
        {
            return Results.Json(refused.Answer.Body, statusCode: refused.Answer.Status);
        }
    }
}
