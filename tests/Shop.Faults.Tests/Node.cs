using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>One process of the shop: it may be killed and started again, on the same port and with the same settings.</summary>
internal sealed class Node(string folder, string name, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    /// <summary>What a process ends with that was killed (128 + SIGKILL).</summary>
    public const int Killed = 137;

    private readonly string crashFile = Path.Combine(folder, $"{name}.crash");
    private ShopProcess? process;
    private bool isOpen;

    public string Name => name;

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort()}");

    public ShopProcess Process => process ?? throw new InvalidOperationException($"{name} was never started.");

    public bool IsOpen => isOpen && IsRunning;

    public bool IsRunning => process is { HasExited: false };

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>The words of every process that it was, oldest first.</summary>
    public List<string> Said { get; } = [];

    /// <summary>Starts it and waits until it is open. No point is armed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        isOpen = false;
        await DisposeAsync();
        Disarm();
        process = ShopProcess.Start(
            new Dictionary<string, string>(settings) { ["SHOP_CRASH_FILE"] = crashFile }, ["--urls", Address.GetLeftPart(UriPartial.Authority)], CrashBuild.Program);
        Starts++;
        await process.OpenAsync(cancellationToken);
        isOpen = true;
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        isOpen = false;
        await Process.KillAsync();
    }

    /// <summary>From now on the process ends itself where it passes this point.</summary>
    public void Arm(string point) => Files.Replace(crashFile, point);

    /// <summary>From now on whichever loop or request passes this point first holds there, and it alone, until <see cref="Disarm"/>.</summary>
    public void ArmHold(string point) => Files.Replace(crashFile, "=" + point);

    /// <summary>Waits until somebody holds there.</summary>
    public Task HeldAsync(string point, CancellationToken cancellationToken, int times = 1) => Process.LineAsync($"Held at {point}", cancellationToken, times);

    /// <summary>No point does anything any more, and who was held goes on.</summary>
    public void Disarm() => Files.Replace(crashFile, "");

    /// <summary>How often it has said these words in all its lives.</summary>
    public int Count(string words) =>
        Said.Append(process?.Said ?? "").Sum(said => said.Split('\n').Count(line => line.Contains(words, StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            Said.Add(process.Said);
            await process.DisposeAsync();
            process = null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Files that other processes read while they are written.</summary>
internal static class Files
{
    public static void Replace(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    public static void Replace(string file, long number) => Replace(file, number.ToString(CultureInfo.InvariantCulture));
}
