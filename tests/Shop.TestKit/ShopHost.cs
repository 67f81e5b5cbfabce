using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Mvc.Testing.Handlers;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Mail;
using Shop.Web.Sandbox;

namespace Shop.TestKit;

/// <summary>How a test's shop differs from the usual one.</summary>
public sealed record ShopSettings
{
    public string Environment { get; init; } = "Development";

    /// <summary>Configuration, as <c>Limits:PerAddress</c>.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; init; } = new Dictionary<string, string?>();

    /// <summary>The last word on services.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };

    /// <summary>Jobs run by themselves. Off: a test runs them when it wants to, with <see cref="ShopHost.WorkAsync"/>.</summary>
    public bool Jobs { get; init; }
}

/// <summary>
/// The whole shop in this process, at https://localhost, on a test's database: real pages, real sandbox bank, mails in a folder of its own,
/// a clock that only the test moves.
/// </summary>
public sealed class ShopHost : WebApplicationFactory<Program>
{
    /// <summary>The request header by which a test says from which network address it comes.</summary>
    internal const string AddressHeader = "Test-Address";

    private readonly TestDatabase database;
    private readonly ShopSettings settings;
    private readonly string folder = Directory.CreateTempSubdirectory("shop-host-").FullName;

    private ShopHost(TestDatabase database, ShopSettings settings)
    {
        this.database = database;
        this.settings = settings;
        ClientOptions.BaseAddress = Address;
    }

    public static Uri Address { get; } = new("https://localhost");

    /// <summary>The demo members' password.</summary>
    public static string Password => DemoMembers.Password;

    public TestClock Clock { get; } = new();

    /// <summary>Starts the shop and waits until it is open.</summary>
    public static async Task<ShopHost> StartAsync(TestDatabase database, ShopSettings? settings = null)
    {
        var host = new ShopHost(database, settings ?? new ShopSettings());
        await host.Services.GetRequiredService<StartGate>().Opened.WaitAsync(TimeSpan.FromMinutes(2));
        return host;
    }

    /// <summary>Somebody with a browser of their own, who has been nowhere yet.</summary>
    public Visitor NewVisitor() => new(CreateDefaultClient(Address, new CookieContainerHandler()));

    /// <summary>A visitor who is signed in.</summary>
    public async Task<Visitor> SignInAsync(string userName, string? password = null)
    {
        var visitor = NewVisitor();
        var page = await visitor.SubmitAsync(
            await visitor.GetAsync("/account/login"), ("UserName", userName), ("Password", password ?? Password));
        return page.Address.AbsolutePath == "/account/login"
            ? throw new InvalidOperationException($"{userName} could not sign in: {page.Error}")
            : visitor;
    }

    /// <summary>A new member with a name of its own, registered through the form and signed in.</summary>
    public async Task<(Visitor Visitor, string Name)> RegisterAsync()
    {
        var visitor = NewVisitor();
        var name = "m_" + Codes.New(12);
        var page = await visitor.SubmitAsync(
            await visitor.GetAsync("/account/register"),
            ("UserName", name), ("Email", $"{name}@example.org"), ("Password", Password), ("ConfirmPassword", Password));
        return page.Address.AbsolutePath == "/account/register"
            ? throw new InvalidOperationException($"{name} could not register: {page.Error}")
            : (visitor, name);
    }

    /// <summary>Does what is due now, as a worker would, until nothing is.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        var (inbox, deliveries, returns, refunds, janitor, expiry, outbox) = (
            Services.GetRequiredService<InboxRun>(), Services.GetRequiredService<DeliveryRun>(), Services.GetRequiredService<GiftReturns>(), Services.GetRequiredService<RefundRun>(),
            Services.GetRequiredService<Janitor>(), Services.GetRequiredService<ExpiryRun>(), Services.GetRequiredService<OutboxRun>());
        while (await inbox.PassAsync(cancellationToken) + await deliveries.PassAsync(cancellationToken) + await returns.PassAsync(cancellationToken) + await refunds.PassAsync(cancellationToken)
            + await janitor.PassAsync(cancellationToken) + await expiry.PassAsync(cancellationToken)
            + await Services.GetRequiredService<PointsExpiryRun>().PassAsync(cancellationToken) + await Services.GetRequiredService<Exchanges>().EraseAsync(cancellationToken)
            + await Services.GetRequiredService<ProviderStands>().PassAsync(cancellationToken) + await Services.GetRequiredService<HealthRun>().PassAsync(cancellationToken)
            + await Services.GetRequiredService<Renewals>().PassAsync(cancellationToken)
            + await Services.GetRequiredService<VirtualGiftOffers>().LapseAsync(cancellationToken)
            + await Services.GetRequiredService<DigestRun>().PassAsync(cancellationToken) + await Services.GetRequiredService<EventRun>().PassAsync(cancellationToken)
            + await outbox.PassAsync(cancellationToken) > 0)
        {
        }
    }

    /// <summary>Has the sandbox's bank send the events that are due, as its own post would, to this shop's /hooks/sandbox.</summary>
    public async Task SendBankEventsAsync(CancellationToken cancellationToken)
    {
        while (await Services.GetRequiredService<BankPost>().PassAsync(cancellationToken) > 0)
        {
        }
    }

    /// <summary>The mails to an address a moment later (the clock moves by two seconds), oldest first; sends what is due by then.</summary>
    public async Task<IReadOnlyList<SentMail>> MailsToAsync(string address, CancellationToken cancellationToken)
    {
        Clock.Advance(TimeSpan.FromSeconds(2));
        await WorkAsync(cancellationToken);
        var mails = await Services.GetRequiredService<MailFolder>().ListAsync(cancellationToken);
        return [.. mails.Where(m => m.To == address).Reverse().Select(m => new SentMail(m.Name, m.To, m.Subject, m.Text, m.Html))];
    }

    /// <summary>Reads the database as it is now.</summary>
    public Task<T> ReadAsync<T>(Func<ShopDbContext, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        Services.GetRequiredService<Writes>().ReadAsync(read, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(settings.Environment);
        var values = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Shop"] = database.Place.ConnectionString,
            ["Database:Provider"] = database.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
            ["Shop:PublicBaseUrl"] = Address.ToString(),
            ["Shop:Role"] = settings.Jobs ? "all" : "web",
            ["SignIn:HashIterations"] = "1",
            ["Mail:Folder"] = Path.Combine(folder, "mail"),
            ["Payments:Sandbox:BankFile"] = Path.Combine(folder, "bank.db"),
            ["Payments:Sandbox:WebhookUrl"] = new Uri(Address, "/hooks/sandbox").ToString(),
            ["AllowedHosts"] = "localhost",
            ["Shop:AllowPlainKeyRing"] = "true",
            ["Shop:AskServicesEveryMinutes"] = "0", // a fault that a test prepares is for its own calls
            ["hostBuilder:reloadConfigOnChange"] = "false", // a watch of the files for each host: the system allows 128
        };
        foreach (var (key, value) in values.Concat(settings.Values).DistinctBy(pair => pair.Key))
        {
            builder.UseSetting(key, settings.Values.GetValueOrDefault(key, value));
        }

        builder.ConfigureLogging(log => log.ClearProviders().AddFilter(null, LogLevel.Warning));
        builder.ConfigureTestServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            services.AddSingleton<IStartupFilter, TestAddress>();
            services.UseSandboxOverTestServer();
            if (!settings.Jobs)
            {
                services.Remove(services.SingleOrDefault(service => service.ImplementationType == typeof(BankPostman))!);
                services.Remove(services.Single(service => service.ImplementationType == typeof(ServiceNews)));
            }

            settings.Services(services);
        });
    }

    /// <summary>In-process requests come from nowhere; this lets a test say from where.</summary>
    private sealed class TestAddress : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers[AddressHeader] is [{ } address])
                {
                    context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                    context.Request.Headers.Remove(AddressHeader);
                }

                return following(context);
            });
            next(app);
        };
    }
}

/// <summary>A mail that the shop sent.</summary>
public sealed record SentMail(string Name, string To, string Subject, string Text, string Html)
{
    /// <summary>The address of the first link, to be opened in the shop.</summary>
    public string Link => Text.Split('\n').Select(line => line.Trim()).First(line => line.StartsWith("http", StringComparison.Ordinal));
}
