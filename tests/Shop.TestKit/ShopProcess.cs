using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Shop.Core;

namespace Shop.TestKit;

/// <summary>The real program in a process of its own, with nothing but its arguments and its environment: a command, or a shop that serves.</summary>
public sealed class ShopProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int FileTooLarge = 25;
    private const int LargestFile = 1;
    private const nint Ignored = 1;

    /// <summary>Far more than a start takes; a machine with much else to do gets the time it needs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly ConcurrentDictionary<Waiting, byte> waiting = new();

    // what this process ignores its children ignore: a write beyond a limit is refused then, as on a full disk, instead of ending the writer
    static ShopProcess() => _ = OnSignal(FileTooLarge, Ignored);

    private ShopProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data, output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, errors);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += KillNow;
    }

    /// <summary>What a process left behind.</summary>
    public sealed record Outcome(int ExitCode, string Output, string Errors);

    /// <summary>The program as it was built for these tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Shop.Web.dll");

    /// <summary>Everything it has written so far.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    public string Said => string.Join('\n', lines);

    public bool HasExited => process.HasExited;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<Outcome> RunAsync(
        IReadOnlyDictionary<string, string> settings, IEnumerable<string> arguments, CancellationToken cancellationToken, string? program = null)
    {
        await using var process = Start(settings, arguments, program);
        var code = await process.EndAsync(cancellationToken);
        return new Outcome(code, Text(process.output), Text(process.errors));
    }

    /// <summary>Starts a command, or a shop.</summary>
    public static ShopProcess Start(IReadOnlyDictionary<string, string> settings, IEnumerable<string> arguments, string? program = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Path("Shop.Web"),
        };
        start.ArgumentList.Add(program ?? Program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        return new ShopProcess(Process.Start(start) ?? throw new InvalidOperationException("The shop's process did not start."));
    }

    /// <summary>Starts a shop that keeps everything in a folder; it is open only after <see cref="OpenAsync"/>.</summary>
    public static ShopProcess Serve(string folder, IReadOnlyDictionary<string, string>? settings = null)
    {
        var all = SettingsIn(folder);
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
        {
            all[key] = value;
        }

        return Start(all, ["--urls", "http://127.0.0.1:0"]);
    }

    /// <summary>The settings of a shop in Development on a free port, whose database, bank and mails are in one folder; also for commands beside it.</summary>
    public static Dictionary<string, string> SettingsIn(string folder) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ConnectionStrings__Shop"] = $"Data Source={Path.Combine(folder, "shop.db")}",
        ["Payments__Sandbox__BankFile"] = Path.Combine(folder, "bank.db"),
        ["Mail__Folder"] = Path.Combine(folder, "mail"),
    };

    /// <summary>The settings of a command in Development on a database.</summary>
    public static Dictionary<string, string> SettingsOn(ShopDatabase place) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["Database__Provider"] = place.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
        ["ConnectionStrings__Shop"] = place.ConnectionString,
    };

    /// <summary>Waits until the shop says that it is open, and where.</summary>
    public async Task<Uri> OpenAsync(CancellationToken cancellationToken)
    {
        const string words = "The shop is open at ";
        var line = await LineAsync(words, cancellationToken);
        return new Uri(line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Trim());
    }

    /// <summary>Waits for a line with these words, which may have come already. Fails when the process ends without it.</summary>
    public async Task<string> LineAsync(string words, CancellationToken cancellationToken, int times = 1) =>
        await FindAsync(words, times, cancellationToken) ?? throw new InvalidOperationException($"The shop ended before it said \"{words}\":\n{Said}");

    /// <summary>Kills it once it has said these words so many times. Returns whether it came that far.</summary>
    public async Task<bool> KillAfterAsync(string words, int times, CancellationToken cancellationToken)
    {
        var isSaid = await FindAsync(words, times, cancellationToken) is not null;
        await KillAsync();
        return isSaid;
    }

    /// <summary>How often it has said these words.</summary>
    public int Count(string words) => lines.Count(line => line.Contains(words, StringComparison.Ordinal));

    /// <summary>Waits for the end. The exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks it to stop, as an operator or a service manager does. The exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!process.HasExited)
        {
            Send(Terminate);
        }

        return await EndAsync(CancellationToken.None);
    }

    /// <summary>Ends it at once, without a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <summary>None of its files may grow beyond so many bytes, and what is to be written there is refused, until this is called with null.</summary>
    public void LimitFiles(long? bytes)
    {
        var limit = new ResourceLimit { Now = bytes is { } most ? (ulong)most : ulong.MaxValue, Most = ulong.MaxValue };
        if (Limit(process.Id, LargestFile, in limit, 0) != 0)
        {
            throw new InvalidOperationException("The shop's process takes no limit.");
        }
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

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + Environment.NewLine));

    private async Task<string?> FindAsync(string words, int times, CancellationToken cancellationToken)
    {
        var wish = new Waiting(words, times, new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        waiting[wish] = 0;
        wish.Look(lines);
        var ended = process.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(wish.Seen.Task, ended).WaitAsync(Patience, cancellationToken);
        waiting.TryRemove(wish, out _);
        wish.Look(lines);
        return wish.Seen.Task.IsCompleted ? await wish.Seen.Task : null;
    }

    private void Take(string? line, ConcurrentQueue<string> into)
    {
        if (line is null)
        {
            return;
        }

        into.Enqueue(line);
        lines.Enqueue(line);
        foreach (var wish in waiting.Keys.Where(wish => wish.IsIt(line)))
        {
            wish.Look(lines);
        }
    }

    private void Send(int signal)
    {
        if (Signal(process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The shop's process takes no signal.");
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

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint OnSignal(int signal, nint what);

    [DllImport("libc", EntryPoint = "prlimit")]
    private static extern int Limit(int process, int resource, in ResourceLimit now, nint before);

    private struct ResourceLimit
    {
        public ulong Now;
        public ulong Most;
    }

    private sealed record Waiting(string Words, int Times, TaskCompletionSource<string> Seen)
    {
        public bool IsIt(string line) => line.Contains(Words, StringComparison.Ordinal);

        public void Look(IEnumerable<string> lines)
        {
            if (lines.Where(IsIt).Skip(Times - 1).FirstOrDefault() is { } line)
            {
                Seen.TrySetResult(line);
            }
        }
    }
}

/// <summary>A folder that is gone after the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("shop-run-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
