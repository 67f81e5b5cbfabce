using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>What buyers see of Stripe, all of it without JavaScript: the hosted page, the second step of a card, and the inside of the fields.</summary>
public static class StripePages
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/stripe/pay/{id}", (string id, HttpContext context, StripeDoor door) => door.Enter(context, id, desk =>
        {
            var session = desk.Session(id);
            return StripeDesk.Text(session, "status") == "open" ? PayPage(session, null) : Page("This page is over", "<p data-testid=\"over\">This payment page is over.</p>", 410);
        }));
        app.MapPost("/stripe/pay/{id}", (string id, HttpContext context, StripeDoor door) => door.EnterAsync(context, id, (desk, form) =>
        {
            var session = desk.Session(id);
            if (form["leave"] == "1")
            {
                return Results.Redirect(StripeDesk.Maybe(session, "cancel_url") ?? "/");
            }

            if (StripeDesk.Text(session, "status") != "open")
            {
                return Page("This page is over", "<p data-testid=\"over\">This payment page is over.</p>", 410);
            }

            if (desk.PaySession(session, form["card"] ?? "pm_card_visa") is { } declined)
            {
                return PayPage(desk.Session(id), declined.Body["error"]?["message"]?.GetValue<string>());
            }

            session = desk.Session(id);
            return StripeDesk.Maybe(session, "payment_intent") is { } intentId && desk.Intent(intentId)["next_action"]?["redirect_to_url"]?["url"] is { } next
                ? Results.Redirect(next.GetValue<string>())
                : Back(session);
        }));
        app.MapGet("/stripe/pay/{id}/done", (string id, HttpContext context, StripeDoor door) => door.Enter(context, id, desk =>
        {
            var session = desk.Session(id);
            return StripeDesk.Text(session, "status") == "open" ? Results.Redirect($"/stripe/pay/{id}") : Back(session);
        }));

        app.MapGet("/stripe/authenticate/{id}", (string id, string? client_secret, HttpContext context, StripeDoor door) => door.Enter(context, id, desk =>
        {
            var intent = desk.Intent(id);
            return StripeDesk.Text(intent, "client_secret") != client_secret ? Results.NotFound()
                : StripeDesk.Text(intent, "status") != "requires_action" ? BackOf(intent)
                : Page("Your bank asks", $"""
                    <form method="post" action="/stripe/authenticate/{id}?client_secret={Html(client_secret)}">
                    <p>Is it you who pays?</p>
                    <button name="answer" value="pass">Yes, complete</button>
                    <button name="answer" value="fail">No, fail</button>
                    </form>
                    """);
        }));
        app.MapPost("/stripe/authenticate/{id}", (string id, string? client_secret, HttpContext context, StripeDoor door) => door.EnterAsync(context, id, (desk, form) =>
        {
            var intent = desk.Intent(id);
            if (StripeDesk.Text(intent, "client_secret") != client_secret)
            {
                return Results.NotFound();
            }

            desk.Authenticate(intent, form["answer"] == "pass");
            desk.CompleteSession(desk.Intent(id));
            return BackOf(desk.Intent(id));
        }));

        app.MapGet("/v3/", () => Results.Content(StripeScript.Text, "text/javascript; charset=utf-8"));
        app.MapGet("/v3/fields", (string client_secret, HttpContext context, StripeDoor door) => door.Enter(context, IdOf(client_secret), _ =>
            Results.Content($"""
                <!doctype html><html lang="en"><meta charset="utf-8"><title>Card (simulator)</title>
                <p><label for="card">Test card, played by the simulator</label><br><select id="card" data-testid="card">{Options()}{Mistakes()}</select></p>
                {string.Concat(new[] { "number", "expiry", "cvc" }.Select(field => $"<p role=\"alert\" data-testid=\"wrong-{field}\" data-wrong=\"{field}\"></p>"))}
                <script src="/v3/fields.js"></script></html>
                """, "text/html; charset=utf-8")));
        app.MapGet("/v3/fields.js", () => Results.Content(StripeScript.Fields, "text/javascript; charset=utf-8"));
        app.MapPost("/v3/confirm", (HttpContext context, StripeDoor door) => ConfirmAsync(context, door));
    }

    public static string IdOf(string clientSecret) => clientSecret.Split("_secret_")[0];

    /// <summary>What the fields do when the buyer presses the shop's button.</summary>
    private static async Task<IResult> ConfirmAsync(HttpContext context, StripeDoor door)
    {
        var form = await StripeDoor.FormAsync(context);
        var secret = form["client_secret"] ?? "";
        return door.Enter(context, IdOf(secret), desk =>
        {
            var isSetup = secret.StartsWith("seti_", StringComparison.Ordinal);
            JsonObject Intent() => isSetup ? desk.Get("setup_intent", IdOf(secret)) : desk.Intent(IdOf(secret));
            if (StripeDesk.Text(Intent(), "client_secret") != secret || StripeSide.Account(form["key"] ?? "", "pk_") is not { } owner || owner.Account != desk.Account)
            {
                return Results.Json(StripeSide.Error(401, "invalid_request_error", null, "Invalid API Key provided.").Body, statusCode: 401);
            }

            var refused = isSetup
                ? desk.ConfirmSetup(Intent(), form["payment_method"] ?? "", form["return_url"])
                : desk.Confirm(Intent(), form["payment_method"], form["return_url"], offSession: false);
            return refused is null ? Results.Json(StripeObjects.Public(Intent())) : Results.Json(refused.Body, statusCode: refused.Status);
        });
    }

    private static IResult Back(JsonObject session) =>
        Results.Redirect(StripeDesk.Text(session, "success_url").Replace("{CHECKOUT_SESSION_ID}", StripeDesk.Text(session, "id"), StringComparison.Ordinal));

    private static IResult BackOf(JsonObject intent)
    {
        if (StripeDesk.Maybe(intent, "_return_url") is not { } back)
        {
            return Page("Done", "<p>You may close this page.</p>");
        }

        var query = $"payment_intent={StripeDesk.Text(intent, "id")}&payment_intent_client_secret={StripeDesk.Text(intent, "client_secret")}"
            + $"&redirect_status={(StripeDesk.Text(intent, "status") is "succeeded" or "processing" ? "succeeded" : "failed")}";
        return Results.Redirect(back.Contains("/stripe/pay/", StringComparison.Ordinal) ? back : back + (back.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query);
    }

    private static IResult PayPage(JsonObject session, string? problem)
    {
        var what = StripeDesk.Maybe(session, "_summary") is { } summary
            ? $"<p>{Html(summary)}: {StripeDesk.Number(session, "amount_total")} {Html(StripeDesk.Maybe(session, "currency"))} in minor units</p>"
            : "<p>Keep a card for later</p>";
        return Page("Pay", $"""
            {what}
            {(problem is null ? "" : $"<p role=\"alert\" data-testid=\"problem\">{Html(problem)}</p>")}
            <form method="post">
            <p><label for="card">Test card</label> <select id="card" name="card">{Options()}</select></p>
            <button>Pay</button> <button name="leave" value="1">Back to the shop</button>
            </form>
            """);
    }

    /// <summary>What somebody can type that is no card; the fields say so themselves, each beside the field it is about.</summary>
    private static string Mistakes() => string.Concat(
        from it in new[]
        {
            (Code: "invalid_number", Field: "number", Words: "This is no card number."), (Code: "invalid_expiry_month", Field: "expiry", Words: "There is no such month."),
            (Code: "invalid_expiry_year_past", Field: "expiry", Words: "This year is over."), (Code: "incomplete_cvc", Field: "cvc", Words: "The security code is too short."),
        }
        select $"<option value=\"{it.Code}\" data-field=\"{it.Field}\">{Html(it.Words)}</option>");

    private static string Options() => string.Concat(TestCards.All.Select(card => $"<option value=\"pm_card_{card.Alias}\">{Html(card.Words)}</option>"));

    private static IResult Page(string title, string body, int status = 200) => Results.Content(
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>{title} (simulator)</title><main><h1>{title}</h1><p>No real money: this plays a payment service.</p>{body}</main></html>",
        "text/html; charset=utf-8", Encoding.UTF8, status);

    private static string Html(string? text) => WebUtility.HtmlEncode(text ?? "");
}

/// <summary>The way into an account's books for pages and test handles, which carry no key: by the id of one of its objects.</summary>
public sealed class StripeDoor(SimulatorStore store, SimulatorClock clock, Faults faults, WebhookPost post, StripeSide side)
{
    public IResult Enter(HttpContext context, string id, Func<StripeDesk, IResult> work)
    {
        try
        {
            return store.Do(books =>
            {
                if (books.FindAnywhere(side.Name, id) is not { } found)
                {
                    return Results.NotFound();
                }

                var (account, live) = (found.Account.Split(' ')[0], found.Account.EndsWith(" live", StringComparison.Ordinal));
                var desk = new StripeDesk(books, account, live, clock, faults, $"{side.Name} {context.Request.Method} {context.Request.Path} {account}",
                    $"{context.Request.Scheme}://{context.Request.Host}");
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

    public async Task<IResult> EnterAsync(HttpContext context, string id, Func<StripeDesk, StripeForm, IResult> work)
    {
        var form = await FormAsync(context);
        return Enter(context, id, desk => work(desk, form));
    }

    public static async Task<StripeForm> FormAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return new StripeForm(await reader.ReadToEndAsync(context.RequestAborted));
    }
}
