using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using AngleSharp;
using AngleSharp.Dom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Payments.Sandbox;
using Shop.TestKit;
using Shop.Web.Sandbox;

namespace Shop.Payments.Tests.Sandbox;

/// <summary>The sandbox's bank and its plug-in in a host that holds nothing else, with a file that can outlive the host.</summary>
internal sealed class BankHost : IAsyncDisposable
{
    public const string ApiKey = "a-key-for-the-tests";

    private readonly WebApplication app;
    private readonly string? ownFolder;

    private BankHost(WebApplication app, FaultyWire wire, Merchant merchant, TestClock clock, string? ownFolder)
    {
        (this.app, Wire, Merchant, Clock, this.ownFolder) = (app, wire, merchant, clock, ownFolder);
        Browser = app.GetTestServer().CreateClient();
        Browser.BaseAddress = new Uri("https://localhost");
    }

    public static Uri AllPayments { get; } = new("/sandbox/payments", UriKind.Relative);

    public FaultyWire Wire { get; }

    /// <summary>Who receives the bank's events; told only where a test sets WebhookUrl.</summary>
    public Merchant Merchant { get; }

    public TestClock Clock { get; }

    /// <summary>Follows no redirect and keeps no cookie.</summary>
    public HttpClient Browser { get; }

    public PaymentGateway Gateway => app.Services.GetRequiredService<PaymentGateway>();

    public IPaymentProvider Provider => app.Services.GetRequiredService<PaymentProviders>().Find(SandboxPlugin.Id)!;

    public static async Task<BankHost> StartAsync(CancellationToken cancellationToken, string? folder = null, string environment = "Development", Dictionary<string, string?>? settings = null)
    {
        var own = folder is null ? Directory.CreateTempSubdirectory("sandbox-bank-").FullName : null;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = folder ?? own });
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Shop:PublicBaseUrl"] = "https://localhost",
            ["Payments:Sandbox:ApiKey"] = ApiKey,
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        var clock = new TestClock();
        var wire = new FaultyWire();
        var merchant = new Merchant();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSandboxBank(builder.Configuration, builder.Environment);
        if (SandboxBank.IsAllowed(builder.Configuration, builder.Environment))
        {
            builder.Services.AddPaymentPlugin<SandboxPlugin>(builder.Configuration);
            builder.Services.UseSandboxOverTestServer();
            builder.Services.AddHttpClient(SandboxBank.WebhookClient).ConfigurePrimaryHttpMessageHandler(() => new MerchantHandler(merchant));
            builder.Services.AddHttpClient(SandboxPlugin.Name).AddHttpMessageHandler(() => new WireHandler(wire));
        }

        var app = builder.Build();
        app.MapSandboxBank();
        await app.StartAsync(cancellationToken);
        return new BankHost(app, wire, merchant, clock, own);
    }

    public HttpRequestMessage Api(HttpMethod method, string path, object? body = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, $"https://localhost/sandbox/api/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        request.Content = body is null ? null : JsonContent.Create(body);
        return request;
    }

    public async Task<JsonElement> LedgerAsync(CancellationToken cancellationToken)
    {
        using var response = await Browser.SendAsync(Api(HttpMethod.Get, "ledger"), cancellationToken);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    public async Task<IDocument> PageAsync(Uri address, CancellationToken cancellationToken)
    {
        using var response = await Browser.GetAsync(address, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    public static async Task<IDocument> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var html = await response.Content.ReadAsStringAsync(cancellationToken);
        return await BrowsingContext.New().OpenAsync(page => page.Content(html), cancellationToken);
    }

    /// <summary>Opens the hosted page and presses a button. Where there is none any more, the form is sent as a page that was left open would.</summary>
    public async Task<HttpResponseMessage> PressAsync(Uri hosted, string outcome, CancellationToken cancellationToken) =>
        await SubmitAsync(hosted, outcome, await TokenAsync(hosted, cancellationToken), cancellationToken);

    /// <summary>Presses a button of a pending payment on the page of all payments.</summary>
    public async Task<HttpResponseMessage> DecideAsync(PaymentSnapshot started, string outcome, CancellationToken cancellationToken) =>
        await SubmitDecisionAsync(started, outcome, await DecisionTokenAsync(started, cancellationToken), cancellationToken);

    public Task<HttpResponseMessage> SubmitDecisionAsync(PaymentSnapshot started, string outcome, string token, CancellationToken cancellationToken) =>
        Browser.PostAsync(AllPayments, new FormUrlEncodedContent([new("payment", started.Reference!.Value.Value), new("token", token), new("outcome", outcome)]), cancellationToken);

    public async Task<string> DecisionTokenAsync(PaymentSnapshot started, CancellationToken cancellationToken) =>
        (await PageAsync(AllPayments, cancellationToken)).QuerySelectorAll("[data-testid=sandbox-payment] form")
            .Single(form => form.QuerySelector("[name=payment]")?.GetAttribute("value") == started.Reference!.Value.Value)
            .QuerySelector("[name=token]")?.GetAttribute("value") ?? "";

    public async Task<string> TokenAsync(Uri hosted, CancellationToken cancellationToken) =>
        (await PageAsync(hosted, cancellationToken)).QuerySelector("input[name=token]")?.GetAttribute("value") ?? "";

    public Task<HttpResponseMessage> SubmitAsync(Uri hosted, string outcome, string token, CancellationToken cancellationToken) =>
        Browser.PostAsync(hosted, new FormUrlEncodedContent([new("token", token), new("outcome", outcome)]), cancellationToken);

    public static Uri Hosted(PaymentSnapshot started) =>
        ((BuyerAction.Redirect)((PaymentOutcome.ActionRequired)started.Outcome).Action).Url;

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        // disposing alone would leave the post at work in the file
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownFolder is not null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(ownFolder, recursive: true);
        }
    }
}

/// <summary>The shop's side of the bank's events: keeps each as it came, and answers as the test wants.</summary>
internal sealed class Merchant
{
    private readonly Channel<WebhookRequest> arrived = Channel.CreateUnbounded<WebhookRequest>();

    public Func<CancellationToken, Task<HttpStatusCode>> Answer { get; set; } = _ => Task.FromResult(HttpStatusCode.OK);

    public bool HasNone => arrived.Reader.Count == 0;

    /// <summary>The next one that arrives, in the form in which the plug-in is asked about it. A test that waits for one that never comes fails.</summary>
    public async Task<WebhookRequest> NextAsync(CancellationToken cancellationToken) =>
        await arrived.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

    public async Task<HttpStatusCode> TakeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        await arrived.Writer.WriteAsync(new WebhookRequest(body, request.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value)), default), cancellationToken);
        return await Answer(cancellationToken);
    }
}

internal sealed class MerchantHandler(Merchant merchant) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        new(await merchant.TakeAsync(request, cancellationToken));
}

/// <summary>What goes wrong with the bank's answers on their way. The request always gets through.</summary>
internal sealed class FaultyWire
{
    public Func<HttpResponseMessage, CancellationToken, Task<HttpResponseMessage>>? Fault { get; set; }
}

internal sealed class WireHandler(FaultyWire wire) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        return wire.Fault is { } fault ? await fault(response, cancellationToken) : response;
    }
}
