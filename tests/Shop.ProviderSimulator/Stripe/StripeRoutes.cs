using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

public sealed record DecideIntent(string Id, bool Paid);

public sealed record EndRefund(string Id, bool Failed);

public sealed record SetDispute(string Charge, string Status);

public sealed record TellCustomer(string Method, string Type);

public static class StripeRoutes
{
    public static void AddStripe(this IServiceCollection services) => services.AddSingleton<StripeSide>().AddSingleton<StripeDoor>();

    public static void MapStripe(this WebApplication app)
    {
        var side = app.Services.GetRequiredService<StripeSide>();
        app.Services.GetRequiredService<WebhookPost>().Join(side);
        StripeApi.Map(app, app.Services.GetRequiredService<Exchange>(), side);
        StripePages.Map(app);

        // handles for tests: what banks decide
        app.MapPost("/_stripe/decide", (DecideIntent it, HttpContext context, StripeDoor door) => door.Enter(context, it.Id, desk => Done(desk.Intent(it.Id), intent => desk.Decide(intent, it.Paid))));
        app.MapPost("/_stripe/refunds", (EndRefund it, HttpContext context, StripeDoor door) => door.Enter(context, it.Id, desk => Done(desk.Get("refund", it.Id), refund => desk.EndRefund(refund, it.Failed))));
        app.MapPost("/_stripe/disputes", (SetDispute it, HttpContext context, StripeDoor door) => door.Enter(context, it.Charge, desk => Results.Json(StripeObjects.Public(desk.Dispute(it.Charge, it.Status)))));
        app.MapPost("/_stripe/methods", (TellCustomer it, HttpContext context, StripeDoor door) => door.Enter(context, it.Method, desk =>
            Done(desk.Get("payment_method", it.Method), method => desk.Tell(it.Type, method))));
    }

    private static IResult Done(JsonObject it, Action<JsonObject> work)
    {
        work(it);
        return Results.Json(StripeObjects.Public(it));
    }
}
