using Microsoft.Extensions.Logging;
using Shop.TestKit;

namespace Shop.Core.Tests.Storage;

/// <summary>What only a file can suffer from.</summary>
public sealed class SqliteStartTests
{
    private const string LeftLock = """
        CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
        INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00');
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A kill inside a migration leaves this row, and the framework would wait for its owner for ever.</summary>
    [Fact(Timeout = 60_000)]
    public async Task K17_MigrationLockLeftBehind_DoesNotBlockTheStart()
    {
        await using var file = await SqliteDatabase.EmptyAsync();
        await file.ExecuteAsync(LeftLock, Cancel);
        await file.StartAsync(Cancel);
        Assert.Empty(await file.ProblemsAsync(Cancel));
    }

    /// <summary>The lock file of a process that is gone is no lock; only a live process holds it.</summary>
    [Fact(Timeout = 60_000)]
    public async Task LockFileLeftBehind_DoesNotBlockTheStart()
    {
        await using var file = await SqliteDatabase.EmptyAsync();
        await File.WriteAllTextAsync(file.File + ".start-lock", "", Cancel);
        await file.StartAsync(Cancel);
        Assert.Empty(await file.ProblemsAsync(Cancel));
    }

    /// <summary>While another process sets the file up, a start waits for it instead of migrating beside it.</summary>
    [Fact(Timeout = 60_000)]
    public async Task StartHeldByAnother_IsWaitedFor()
    {
        await using var file = await SqliteDatabase.EmptyAsync();
        var saysThatItWaits = new Waits();
        Task start;
        // the other holds it as weakly as can be: a start must want it for itself alone, or two starts would share it
        await using (new FileStream(file.File + ".start-lock", FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read))
        {
            start = file.StartAsync(Cancel, saysThatItWaits);
            await Task.WhenAny(saysThatItWaits.Seen, start);
            Assert.False(File.Exists(file.File));
        }

        await start;
        Assert.Empty(await file.ProblemsAsync(Cancel));
    }

    /// <summary>Waiting shows itself in the log only.</summary>
    private sealed class Waits : ILogger<DatabaseStart>
    {
        private readonly TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => seen.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("waiting", StringComparison.Ordinal))
            {
                seen.TrySetResult();
            }
        }
    }
}
