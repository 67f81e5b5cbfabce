using System.Net.Http.Json;
using System.Text.Json;
using Shop.TestKit;

namespace Shop.Payments.Tests.PayPal;

/// <summary>PayPal's side of the provider simulator that all tests share: each test is a merchant of its own there.</summary>
internal sealed class PayPalSimulator
{
    private static readonly Lazy<Task<PayPalSimulator>> One = new(StartAsync);

    private readonly ProviderSimulator simulator;

    private PayPalSimulator(ProviderSimulator simulator, string rootFile) => (this.simulator, RootFile) = (simulator, rootFile);

    public Uri Address => simulator.Address;

    /// <summary>A file with the root that its events' certificate leads to.</summary>
    public string RootFile { get; }

    private HttpClient Http => simulator.Http;

    public static Task<PayPalSimulator> RunningAsync() => One.Value;

    public async Task<HttpResponseMessage> PressAsync(string page, string answer, CancellationToken cancellationToken) =>
        await Http.PostAsync(new Uri(page, UriKind.RelativeOrAbsolute), new FormUrlEncodedContent([new("answer", answer)]), cancellationToken);

    public Task<string> ReadPageAsync(string page, CancellationToken cancellationToken) => Http.GetStringAsync(new Uri(page, UriKind.RelativeOrAbsolute), cancellationToken);

    public async Task<JsonElement> TellAsync(string handle, object what, CancellationToken cancellationToken)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(handle, UriKind.Relative), what, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public Task<JsonElement> AskAsync(string handle, CancellationToken cancellationToken) => simulator.GetAsync(handle, cancellationToken);

    public Task EndFaultsAsync(string match, CancellationToken cancellationToken) => simulator.BehaveAsync(match, cancellationToken);

    private static async Task<PayPalSimulator> StartAsync()
    {
        var simulator = await ProviderSimulator.SharedAsync();
        var folder = Directory.CreateTempSubdirectory("simulator-root-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var rootFile = Path.Combine(folder, "root.pem");
        await File.WriteAllTextAsync(rootFile, await simulator.Http.GetStringAsync(new Uri("_paypal/root", UriKind.Relative)));
        return new PayPalSimulator(simulator, rootFile);
    }
}
