namespace Shop.ProviderSimulator;

public sealed record AdvanceClock(double Advance);

public sealed record NewHook(string Provider, string Account, string Url, IReadOnlyList<string>? Secrets);

public sealed record NewShop(Uri Url);

/// <summary>The handles for tests. No provider has them.</summary>
public static class Control
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/_clock", (SimulatorClock clock) => new { now = clock.Now });
        app.MapPost("/_clock", (AdvanceClock by, SimulatorClock clock) =>
        {
            clock.Advance(TimeSpan.FromSeconds(by.Advance));
            return new { now = clock.Now };
        });
        app.MapPost("/_faults", (FaultRule rule, Faults faults) =>
        {
            if (!Faults.IsKnown(rule.Mode))
            {
                return Results.BadRequest(new { error = $"There is no mode '{rule.Mode}'." });
            }

            faults.Add(rule);
            return Results.NoContent();
        });
        app.MapDelete("/_faults", (string? match, Faults faults) =>
        {
            faults.Clear(match);
            return Results.NoContent();
        });
        app.MapPost("/_hooks", (NewHook hook, SimulatorStore store) =>
        {
            store.Do(books => books.Add(new Hook(hook.Provider, hook.Account, hook.Url, hook.Secrets ?? [])));
            return Results.NoContent();
        });
        app.MapPost("/_shop", (NewShop shop, SimulatorStore store) =>
        {
            TrialShop.Introduce(store, shop.Url);
            return Results.NoContent();
        });
        app.MapGet("/_ledger", (string? provider, string? account, SimulatorStore store) => store.Do(books => new
        {
            movements = books.Ledger().Where(it => (provider is null || it.Provider == provider) && (account is null || it.Account == account)).ToList(),
            counters = books.Counters(),
        }));
        app.MapGet("/_requests", (string? provider, string? account, Exchange exchange) =>
            exchange.Log.Where(it => (provider is null || it.Provider == provider) && (account is null || it.Account == account)).ToList());
    }
}
