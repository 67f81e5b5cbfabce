using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.TestKit;

namespace Shop.Payments.Tests.PayPal;

/// <summary>The provider simulator in a process of its own, one for all tests: each test is a merchant of its own there.</summary>
#pragma warning disable CA1001 // it lives as long as the process of the tests
internal sealed class PayPalSimulator
#pragma warning restore CA1001
{
    private const string Words = "Now listening on: ";
    private static readonly Lazy<Task<PayPalSimulator>> One = new(StartAsync);

    private readonly HttpClient http;

    private PayPalSimulator(Uri address)
    {
        Address = address;
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address };
    }

    public Uri Address { get; }

    /// <summary>A file with the root that its events' certificate leads to.</summary>
    public string RootFile { get; private set; } = "";

    public static Task<PayPalSimulator> RunningAsync() => One.Value;

    public async Task<HttpResponseMessage> PressAsync(string page, string answer, CancellationToken cancellationToken) =>
        await http.PostAsync(new Uri(page, UriKind.RelativeOrAbsolute), new FormUrlEncodedContent([new("answer", answer)]), cancellationToken);

    public Task<string> ReadPageAsync(string page, CancellationToken cancellationToken) => http.GetStringAsync(new Uri(page, UriKind.RelativeOrAbsolute), cancellationToken);

    public async Task<JsonElement> TellAsync(string handle, object what, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync(new Uri(handle, UriKind.Relative), what, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> AskAsync(string handle, CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<JsonElement>(new Uri(handle, UriKind.Relative), cancellationToken);

    public async Task EndFaultsAsync(string match, CancellationToken cancellationToken)
    {
        using var answer = await http.DeleteAsync(new Uri($"_faults?match={Uri.EscapeDataString(match)}", UriKind.Relative), cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<PayPalSimulator> StartAsync()
    {
        // beside us, in the same configuration
        var built = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Repository.Path("tests", "Shop.ProviderSimulator", "bin", built.Parent!.Name, built.Name, "Shop.ProviderSimulator.dll");
        var folder = Directory.CreateTempSubdirectory("shop-simulator-").FullName;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { program, "--urls", "http://127.0.0.1:0", "--file", Path.Combine(folder, "simulator.db") })
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("The simulator did not start.");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            process.Kill();
            process.WaitForExit();
            Directory.Delete(folder, recursive: true);
        };
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(ShopProcess.Patience) is { } line)
        {
            if (line.IndexOf(Words, StringComparison.Ordinal) is >= 0 and var at)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                var simulator = new PayPalSimulator(new Uri(line[(at + Words.Length)..].Trim())) { RootFile = Path.Combine(folder, "root.pem") };
                await File.WriteAllTextAsync(simulator.RootFile, await simulator.http.GetStringAsync(new Uri("_paypal/root", UriKind.Relative)));
                return simulator;
            }
        }

        throw new InvalidOperationException("The simulator ended before it listened.");
    }
}
