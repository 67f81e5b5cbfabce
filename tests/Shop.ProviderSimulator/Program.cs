using Shop.ProviderSimulator;
using Shop.ProviderSimulator.PayPal;
using Shop.ProviderSimulator.Stripe;
using Shop.ProviderSimulator.Taler;

// Shop.ProviderSimulator --urls http://127.0.0.1:5200 --file simulator.db [--shop http://localhost:5080]
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information); // says where it listens
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Services.AddSingleton(_ => new SimulatorStore(builder.Configuration["file"] ?? "simulator.db"));
builder.Services.AddSingleton<SimulatorClock>();
builder.Services.AddSingleton<Faults>();
builder.Services.AddSingleton<WebhookPost>();
builder.Services.AddHostedService(services => services.GetRequiredService<WebhookPost>());
builder.Services.AddSingleton<Exchange>();
builder.Services.AddStripe();
builder.Services.AddPayPal();
builder.Services.AddTaler();

await using var app = builder.Build();
Control.Map(app);
app.MapStripe();
app.MapPayPal();
app.MapTaler();
if (app.Configuration.GetValue<Uri>("shop") is { } shop)
{
    TrialShop.Introduce(app.Services.GetRequiredService<SimulatorStore>(), shop);
}

if (app.Configuration.GetValue<bool>("until-input-ends"))
{
    // whoever started it may be killed, and would leave it behind
    // Console.In waits even where it says that it does not
    _ = Task.Run(Console.In.ReadToEnd).ContinueWith(_ => app.Lifetime.StopApplication(), TaskScheduler.Default);
}

await app.RunAsync();
