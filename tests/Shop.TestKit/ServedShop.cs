using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Shop.TestKit;

/// <summary>
/// The real program that serves, in a process of its own: Development, a free loopback port, and a folder that holds its database, its
/// bank and its mails.
/// </summary>
public sealed class ServedShop : IAsyncDisposable
{
    private const int Terminate = 15;

    /// <summary>Far more than a start takes; a machine with much else to do gets the time it needs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();
    private readonly ConcurrentDictionary<Waiting, byte> waiting = new();

    private ServedShop(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += KillNow;
    }

    /// <summary>Everything it has written so far.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    public string Output => string.Join('\n', lines);

    public bool HasExited => process.HasExited;

    /// <summary>Starts it; it is open only after <see cref="OpenAsync"/>.</summary>
    public static ServedShop Start(string folder, IReadOnlyDictionary<string, string>? settings = null)
    {
        var environment = SettingsOf(folder);
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
        {
            environment[key] = value;
        }

        return new ServedShop(ShopProcess.Start(environment, ["--urls", "http://127.0.0.1:0"]));
    }

    /// <summary>The settings of a shop that keeps everything in one folder; also for commands beside it.</summary>
    public static Dictionary<string, string> SettingsOf(string folder) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ConnectionStrings__Shop"] = $"Data Source={Path.Combine(folder, "shop.db")}",
        ["Payments__Sandbox__BankFile"] = Path.Combine(folder, "bank.db"),
        ["Mail__Folder"] = Path.Combine(folder, "mail"),
    };

    /// <summary>Waits until the shop says that it is open, and where.</summary>
    public async Task<Uri> OpenAsync(CancellationToken cancellationToken)
    {
        const string words = "The shop is open at ";
        var line = await LineAsync(words, cancellationToken);
        return new Uri(line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Trim());
    }

    /// <summary>Waits for a line with these words, which may have come already. Fails when the process ends without it.</summary>
    public async Task<string> LineAsync(string words, CancellationToken cancellationToken)
    {
        var wish = new Waiting(words, new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        waiting[wish] = 0;
        if (lines.FirstOrDefault(wish.IsIt) is { } written)
        {
            wish.Seen.TrySetResult(written);
        }

        var ended = process.WaitForExitAsync(cancellationToken);
        var first = await Task.WhenAny(wish.Seen.Task, ended).WaitAsync(Patience, cancellationToken);
        waiting.TryRemove(wish, out _);
        return first == wish.Seen.Task || wish.Seen.Task.IsCompleted
            ? await wish.Seen.Task
            : throw new InvalidOperationException($"The shop ended before it said \"{words}\":\n{Output}");
    }

    /// <summary>Waits for the end. The exit code.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks it to stop, as an operator or a service manager does. The exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!process.HasExited && Signal(process.Id, Terminate) != 0)
        {
            throw new InvalidOperationException("The shop could not be asked to stop.");
        }

        return await ExitAsync(CancellationToken.None);
    }

    /// <summary>Ends it at once, without a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillNow;
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lines.Enqueue(line);
        foreach (var wish in waiting.Keys.Where(wish => wish.IsIt(line)))
        {
            wish.Seen.TrySetResult(line);
        }
    }

    private void KillNow(object? sender, EventArgs e)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);

    private sealed record Waiting(string Words, TaskCompletionSource<string> Seen)
    {
        public bool IsIt(string line) => line.Contains(Words, StringComparison.Ordinal);
    }
}

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("shop-run-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
