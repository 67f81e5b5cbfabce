using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.TestKit;

/// <summary>The provider simulator (tests/Shop.ProviderSimulator) in a process of its own, with its test handles. It ends with whoever started it.</summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    private const string Listens = "Now listening on: ";

    private static readonly Lazy<Task<ProviderSimulator>> One = new(() => StartAsync());

    private readonly Process process;

    private ProviderSimulator(Process process, Uri address)
    {
        (this.process, Address) = (process, address);
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
    }

    /// <summary>One for all tests of this process: each takes credentials of its own, and moves no clock.</summary>
    public static Task<ProviderSimulator> SharedAsync() => One.Value;

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>One of its own, for a test that moves the clock or restarts it with its file.</summary>
    public static async Task<ProviderSimulator> StartAsync(string? file = null)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Repository.Path("tests", "Shop.ProviderSimulator", "bin", configuration, "net10.0", "Shop.ProviderSimulator.dll");
        file ??= Path.Combine(Directory.CreateTempSubdirectory("simulator").FullName, "simulator.db");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", "--file", file, "--until-input-ends", "true"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        }) ?? throw new InvalidOperationException("The simulator did not start.");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(Listens, StringComparison.Ordinal) is var at and >= 0)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new ProviderSimulator(process, new Uri(line[(at + Listens.Length)..].Trim()));
            }
        }

        throw new InvalidOperationException("The simulator ended at once.");
    }

    /// <param name="match">Words that must all stand in "provider METHOD /path?query account".</param>
    public async Task FailAsync(string match, string mode, int? times = null, CancellationToken cancellationToken = default)
    {
        using var answer = await Http.PostAsJsonAsync("/_faults", new { match, mode, n = times }, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async Task BehaveAsync(string match, CancellationToken cancellationToken = default)
    {
        using var answer = await Http.DeleteAsync($"/_faults?match={Uri.EscapeDataString(match)}", cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        using var answer = await Http.PostAsJsonAsync("/_clock", new { advance = by.TotalSeconds }, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken = default) => Http.GetFromJsonAsync<JsonElement>(path, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
