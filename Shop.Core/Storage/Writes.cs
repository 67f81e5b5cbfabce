using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

// The one exception to "no locks": the queue of a SQLite file, for fairness only (DECISIONS 16).
#pragma warning disable RS0030

namespace Shop.Core;

/// <summary>One transaction's worth of work: the context to do it on, and a way to leave nothing of it.</summary>
public sealed class WriteUnit(ShopDbContext db)
{
    public ShopDbContext Db { get; } = db;

    internal bool RolledBack { get; private set; }

    /// <summary>The result of a unit that turned out to be refused: nothing it wrote stays.</summary>
    public T RollBack<T>(T result)
    {
        RolledBack = true;
        return result;
    }
}

/// <summary>
/// Runs each step that changes money, points or goods as a unit of work of its own: own scope, own context, one transaction
/// (DECISIONS 1). On SQLite the units of one process queue up here, so that waiting is fair; correctness is the schema's,
/// and without the queue everything is still right (DECISIONS 16).
/// </summary>
public sealed partial class Writes(IServiceScopeFactory scopes, ShopDatabase database, ILogger<Writes> log) : IDisposable
{
    private const int Tries = 5;

    private static readonly Meter Meter = new("Shop.Core");

    /// <summary>Units of work committed, by the method that asked for them.</summary>
    private static readonly Counter<long> Committed = Meter.CreateCounter<long>("shop.writes");

    private readonly SemaphoreSlim? queue = database.Engine == DatabaseEngine.Sqlite ? new SemaphoreSlim(1, 1) : null;

    /// <summary>
    /// The scope whose context wrote last, touched only by whoever has the queue. SQLite forgets the pages it holds once another connection has
    /// written, so one connection that does all the writing finds them still there.
    /// </summary>
    private IServiceScope? writer;

    /// <summary>
    /// Runs the work and commits it, unless it rolled itself back. Only a unit that the database refused for contention is run again,
    /// with a new context; work therefore reads everything it needs inside, and calls nobody outside.
    /// </summary>
    public async Task<T> RunAsync<T>(
        Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken, [CallerFilePath] string file = "", [CallerMemberName] string member = "")
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await QueueAsync(work, cancellationToken);
                if (Committed.Enabled)
                {
                    Committed.Add(1, new KeyValuePair<string, object?>("unit", $"{Path.GetFileNameWithoutExtension(file)}.{member}"));
                }

                return result;
            }
            catch (Exception e) when (Violations.IsContention(e) && attempt < Tries)
            {
                Contended(attempt, e);
            }
        }
    }

    public async Task RunAsync(
        Func<WriteUnit, CancellationToken, Task> work, CancellationToken cancellationToken, [CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        await RunAsync(
            async (unit, token) =>
            {
                await work(unit, token);
                return true;
            },
            cancellationToken,
            file,
            member);

    /// <summary>Reads on a context of its own, without a transaction and without the queue.</summary>
    public async Task<T> ReadAsync<T>(Func<ShopDbContext, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<ShopDbContext>(), cancellationToken);
    }

    public void Dispose()
    {
        writer?.Dispose();
        queue?.Dispose();
    }

    private async Task<T> QueueAsync<T>(Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (queue is null)
        {
            await using var scope = scopes.CreateAsyncScope();
            return await TransactAsync(scope.ServiceProvider, work, cancellationToken);
        }

        await queue.WaitAsync(cancellationToken);
        try
        {
            var scope = writer ?? scopes.CreateScope();
            // a unit that fails leaves a context nobody should trust: the next one gets another
            writer = null;
            try
            {
                var result = await TransactAsync(scope.ServiceProvider, work, cancellationToken);
                scope.ServiceProvider.GetRequiredService<ShopDbContext>().ChangeTracker.Clear();
                writer = scope;
                return result;
            }
            finally
            {
                if (writer is null)
                {
                    scope.Dispose();
                }
            }
        }
        finally
        {
            queue.Release();
        }
    }

    private static async Task<T> TransactAsync<T>(IServiceProvider scope, Func<WriteUnit, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var unit = new WriteUnit(scope.GetRequiredService<ShopDbContext>());
        // a unit stands or falls as one, so nothing is gained by a savepoint around each of its saves
        unit.Db.Database.AutoSavepointsEnabled = false;
        await using var transaction = await unit.Db.Database.BeginTransactionAsync(cancellationToken);
        var result = await work(unit, cancellationToken);
        if (unit.RolledBack)
        {
            await transaction.RollbackAsync(cancellationToken);
        }
        else
        {
            // The point of no return: a caller that goes away no longer matters.
            await transaction.CommitAsync(CancellationToken.None);
        }

        return result;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A unit of work met contention (try {Attempt}) and is run again.")]
    private partial void Contended(int attempt, Exception exception);
}
