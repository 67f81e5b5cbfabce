using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shop.Core;

namespace Shop.Benchmarks;

/// <summary>What a process had used at a moment.</summary>
/// <param name="Own">Bytes that are its own alone: without the files it has mapped, which the machine holds once for all processes and may drop.</param>
internal sealed record Usage(TimeSpan Cpu, long WorkingSet, long PeakWorkingSet, long Own)
{
    public static Usage Of(Process process)
    {
        process.Refresh();
        return new Usage(process.TotalProcessorTime, process.WorkingSet64, process.PeakWorkingSet64, OwnOf(process));
    }

    private static long OwnOf(Process process) => File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/status"))
        .Where(line => line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);
}

/// <summary>
/// The published shop as a process of its own, on a database of its own, as it stands behind a proxy that ends TLS. Its environment is neither
/// Development (which checks more at run time) nor Production (which refuses to run without limits per address and with cheap passwords).
/// </summary>
internal sealed class ShopServer : IAsyncDisposable
{
    private const int MostWords = 2000;

    private readonly Process process;
    private readonly Task<string> errors;
    private readonly string counts;

    private ShopServer(Process process, Task<string> errors, int port, string counts)
    {
        this.process = process;
        this.errors = errors;
        this.counts = counts;
        Port = port;
    }

    public int Port { get; }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <param name="settings">What the command line asked for.</param>
    /// <param name="program">Where the shop was published.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="database">The shop's.</param>
    /// <param name="name">Of this process among those of the run; its log and its counts are called so.</param>
    /// <param name="environment">Settings of this process, besides those of every shop.</param>
    public static async Task<ShopServer> StartAsync(
        BenchSettings settings, string program, string folder, ShopDatabase database, string name = "shop", IReadOnlyDictionary<string, string>? environment = null)
    {
        var port = FreePort();
        var counts = Path.Combine(folder, $"{name}.counts");
        var start = Info(settings, program, folder, database, "--urls", $"http://127.0.0.1:{port}");
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ShopServer).Assembly.Location;
        start.Environment[StartupHook.FileVariable] = counts;
        var process = Process.Start(start)!;
        // what it says is kept for when it fails
        var log = File.Create(Path.Combine(folder, $"{name}.log"));
        _ = process.StandardOutput.BaseStream.CopyToAsync(log).ContinueWith(_ => log.Dispose(), TaskScheduler.Default);
        var shop = new ShopServer(process, process.StandardError.ReadToEndAsync(), port, counts);
        await shop.ReadyAsync();
        return shop;
    }

    /// <summary>Runs one of the program's commands on the same database. Returns its exit code and what it printed.</summary>
    public static async Task<(int Code, string Output)> CommandAsync(BenchSettings settings, string program, string folder, ShopDatabase database, string command)
    {
        using var process = Process.Start(Info(settings, program, folder, database, command))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, (output + await errors).Trim());
    }

    /// <summary>Makes the tables of a fresh database.</summary>
    public static async Task MigrateAsync(BenchSettings settings, string program, string folder, ShopDatabase database)
    {
        if (await CommandAsync(settings, program, folder, database, "migrate") is (not 0, var output))
        {
            throw new InvalidOperationException(output);
        }
    }

    /// <summary>What the shop's own check finds wrong with the books; null: nothing.</summary>
    public static async Task<string?> CheckAsync(BenchSettings settings, string program, string folder, ShopDatabase database)
    {
        var (code, output) = await CommandAsync(settings, program, folder, database, "check");
        return code == 0 && !output.Contains('\t', StringComparison.Ordinal) ? null : $"check ended with {code}: {output[..Math.Min(output.Length, MostWords)]}";
    }

    /// <summary>Why it is gone, in its own words; null while it runs.</summary>
    public async Task<string?> EndAsync() =>
        process.HasExited ? $"The shop ended with code {process.ExitCode}. " + await errors : null;

    /// <summary>What its own process and runtime have counted so far, by name.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountsAsync()
    {
        // the file is written four times a second: wait for one that is newer than the question
        var asked = File.Exists(counts) ? File.GetLastWriteTimeUtc(counts) : default;
        while (!File.Exists(counts) || File.GetLastWriteTimeUtc(counts) <= asked)
        {
            await Task.Delay(20);
        }

        return (await File.ReadAllLinesAsync(counts)).Select(line => line.Split('\t')).ToDictionary(p => p[0], p => long.Parse(p[1], CultureInfo.InvariantCulture));
    }

    public Usage Usage() => Benchmarks.Usage.Of(process);

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static ProcessStartInfo Info(BenchSettings settings, string program, string folder, ShopDatabase database, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(program, "Shop.Web.dll"), .. arguments])
        {
            WorkingDirectory = program,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Benchmark",
            ["AllowedHosts"] = "127.0.0.1",
            ["Shop__PublicBaseUrl"] = "https://127.0.0.1",
            ["Shop__KnownProxies__0"] = "127.0.0.1",
            ["Database__Provider"] = database.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
            ["ConnectionStrings__Shop"] = database.ConnectionString,
            ["Limits__PerAddress"] = "off",
            ["SignIn__HashIterations"] = "1",
            ["Mail__Folder"] = Path.Combine(folder, "mail"),
            ["Payments__Sandbox__Allowed"] = "true",
            ["Payments__Sandbox__BankFile"] = Path.Combine(folder, "bank.db"),
        };
        foreach (var (name, value) in environment.Concat(settings.Environment))
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private async Task ReadyAsync()
    {
        var limit = Stopwatch.StartNew();
        while (limit.Elapsed < TimeSpan.FromMinutes(1) && !process.HasExited)
        {
            try
            {
                using var wire = await Wire.OpenAsync(Port);
                await wire.GetAsync("/health/ready");
                if (wire.Last.Status == 200)
                {
                    return;
                }
            }
            catch (SocketException)
            {
                // it does not listen yet
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException(await EndAsync() ?? "The shop did not start; its folder holds its log.");
    }
}
