using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shop.TestKit;

namespace Shop.Payments.Tests;

/// <summary>Judges requests by a provider's own API file: the program (tests/tools, npm @stdy/cli) answers 400 with the field's path to what the file does not allow.</summary>
internal sealed class ContractJudge : IAsyncDisposable
{
    private static readonly string Program = Repository.Path("tests", "tools", "node_modules", "@stdy", "cli-linux-x64", "bin", "steady");

    private readonly Process process;
    private readonly HttpClient http;

    private ContractJudge(Process process, HttpClient http) => (this.process, this.http) = (process, http);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The folder of a provider's own files; null where they are not. They are kept outside the repository.</summary>
    public static string? FolderOf(string provider) =>
        (Environment.GetEnvironmentVariable("SHOP_CONTRACTS") is { Length: > 0 } named ? named : Repository.Shared is { } shared ? Path.Combine(shared, "contracts") : null) is { } all
        && Directory.Exists(Path.Combine(all, provider))
            ? Path.Combine(all, provider)
            : null;

    /// <summary>The same, and the test is skipped loudly without it.</summary>
    public static string Folder(string provider)
    {
        var folder = FolderOf(provider);
        Assert.SkipWhen(folder is null, $"NO CONTRACTS: the API files of {provider} are not on this machine (SHOP_CONTRACTS, or ../shared/contracts). Nothing was judged by them.");
        return folder!;
    }

    public static async Task<ContractJudge> StartAsync(string file)
    {
        Assert.SkipUnless(File.Exists(Program), "NO JUDGE: tests/tools has no @stdy/cli for this machine (eng/setup.sh installs it). No request was judged.");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var process = Process.Start(new ProcessStartInfo(Program,
            ["-p", $"{port}", "--host", "127.0.0.1", "-q", "--no-color", "--validator-form-object-format=brackets", "--validator-form-array-format=brackets",
                "--validator-query-object-format=brackets", "--validator-query-array-format=brackets", file])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var judge = new ContractJudge(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(ShopProcess.Patience);
        while (true)
        {
            try
            {
                using var hello = await judge.http.GetAsync("/", patience.Token);
                return judge;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    /// <summary>The judge's answer, as the provider would give one.</summary>
    public Task<HttpResponseMessage> AskAsync(HttpRequestMessage request) => http.SendAsync(request, Cancel);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }
}
