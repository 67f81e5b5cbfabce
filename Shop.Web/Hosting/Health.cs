using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Answers of 200 or 503 for monitors, each for its part alone. Strangers learn no more than that.</summary>
internal static class Health
{
    /// <summary>The books are read at most this often, however often a monitor asks.</summary>
    private static readonly TimeSpan BooksEvery = TimeSpan.FromMinutes(1);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("/health").AllowAnonymous();
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        health.MapMethods("live", methods, () => Answer(true));
        health.MapMethods("ready", methods, async (StartGate gate, ShopDbContext db, CancellationToken token) =>
            Answer(gate.IsOpen && await db.Database.CanConnectAsync(token)));
        health.MapMethods("books", methods, async (StartGate gate, BooksHealth books, CancellationToken token) =>
            Answer(gate.IsOpen && await books.AreHealthyAsync(BooksEvery, token)));
        MapPart("buy", Compartment.Buy, services => services.GetServices<Payments.IPaymentProvider>().Any());
        MapPart("account", Compartment.Account, _ => true);
        MapPart("api", Compartment.Api, _ => true);

        void MapPart(string name, Compartment compartment, Func<IServiceProvider, bool> hasWhatItNeeds) =>
            health.MapMethods(name, methods, async (StartGate gate, Compartments compartments, ShopDbContext db, IServiceProvider services, CancellationToken token) =>
                Answer(gate.IsOpen && compartments.IsWell(compartment) && hasWhatItNeeds(services) && await db.Database.CanConnectAsync(token)));
    }

    private static IResult Answer(bool isWell) =>
        isWell ? Results.Text("ok\n") : Results.Text("not ok\n", statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>Whether every invariant holds, as it was at the last look. It reads all the books, so those who ask at once share one look.</summary>
internal sealed class BooksHealth(IServiceScopeFactory scopes, TimeProvider clock)
{
    private sealed record Look(DateTimeOffset At, bool IsHealthy);

    private Look? last;
    private Task<Look>? running;

    public async Task<bool> AreHealthyAsync(TimeSpan every, CancellationToken cancellationToken)
    {
        if (last is { } recent && clock.GetUtcNow() < recent.At + every)
        {
            return recent.IsHealthy;
        }

        var mine = new TaskCompletionSource<Look>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref running, mine.Task, null) is { } others)
        {
            return (await others.WaitAsync(cancellationToken)).IsHealthy;
        }

        try
        {
            last = await LookAsync();
            mine.SetResult(last);
        }
        catch (Exception e)
        {
            mine.SetException(e);
        }
        finally
        {
            running = null;
        }

        return (await mine.Task).IsHealthy;
    }

    private async Task<Look> LookAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        var violations = await scope.ServiceProvider.GetRequiredService<Books>().CheckAsync(CancellationToken.None);
        return new Look(clock.GetUtcNow(), violations.Count == 0);
    }
}
