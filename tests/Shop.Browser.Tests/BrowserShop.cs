using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Shop.Accounts;
using Shop.Browser.Tests;
using Shop.Core;
using Shop.TestKit;

[assembly: AssemblyFixture(typeof(BrowserShop))]

namespace Shop.Browser.Tests;

/// <summary>The real program with a real browser in front of it, started once for all tests; each test has its own members and its own profile.</summary>
public sealed class BrowserShop : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Switches =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    /// <summary>The community's own site, which nobody reaches here: enough for the pages that lead there.</summary>
    private static readonly Dictionary<string, string> Community = new()
    {
        ["Community__ClientId"] = "shop", ["Community__ClientSecret"] = "a-secret-of-nobody", ["Community__Name"] = "Harbour",
        ["Community__AuthorizeUrl"] = "http://127.0.0.1:9/authorize", ["Community__TokenUrl"] = "http://127.0.0.1:9/token", ["Community__UserInfoUrl"] = "http://127.0.0.1:9/userinfo",
    };

    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder brokenFolder = new();
    private readonly TemporaryFolder cardFolder = new();
    private readonly Lazy<Task<Uri>> broken;
    private readonly Lazy<Task<Uri>> cards;
    private readonly Lazy<Task<IBrowser>> blocking;
    private ProviderSimulator? simulator;
    private ShopProcess? cardProcess;
    private ShopProcess? brokenProcess;
    private ShopProcess? process;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public BrowserShop() => (broken, cards, blocking) = (new(StartBrokenShopAsync), new(StartCardShopAsync), new(() => LaunchAsync("--test-third-party-cookie-phaseout", "--disable-features=LocalNetworkAccessChecks")));

    /// <summary>Why no test can run here; null when all can.</summary>
    public string? Absent { get; private set; }

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public ShopProcess Process => process ?? throw new InvalidOperationException("The shop does not run.");

    public async ValueTask InitializeAsync()
    {
        if (FindBrowser() is null)
        {
            Absent = "NO BROWSER: install chromium (eng/setup.sh does), or name one in SHOP_CHROMIUM. No page was looked at.";
            return;
        }

        Assertions.SetDefaultExpectTimeout((float)Person.Patience.TotalMilliseconds);
        process = ShopProcess.Serve(folder.Path, Community);
        playwright = await Playwright.CreateAsync();
        browser = await LaunchAsync();
        Address = await process.OpenAsync(CancellationToken.None);
        await ReviseAsync(folder.File("shop.db"), []);
    }

    /// <summary>Somebody with a profile of their own: no cookies, nothing seen yet.</summary>
    public async Task<Person> NewPersonAsync(bool scripts = true, Uri? at = null, string zone = "Europe/Berlin")
    {
        var context = await (browser ?? throw new InvalidOperationException(Absent)).NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (at ?? Address).AbsoluteUri,
            JavaScriptEnabled = scripts,
            Locale = "en-US",
            TimezoneId = zone,
            ReducedMotion = ReducedMotion.Reduce,
            ColorScheme = ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
        });
        context.SetDefaultTimeout((float)Person.Patience.TotalMilliseconds);
        return new Person(context);
    }

    /// <summary>Somebody on a seller's page, in a browser that refuses third-party cookies.</summary>
    public async Task<Person> NewSellerVisitorAsync()
    {
        var context = await (await blocking.Value).NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address.AbsoluteUri, Locale = "en-US", TimezoneId = "Europe/Berlin", ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout((float)Person.Patience.TotalMilliseconds);
        return new Person(context);
    }

    /// <summary>A second shop, in which nothing was bought, without an imprint, with promotions, with taxes by country, with a brand of its own in its mails and with a bank that does not answer.</summary>
    public Task<Uri> BrokenShopAsync() => broken.Value;

    /// <summary>A third shop, set up as the profile "simulator" sets it up, with the simulator in a process beside it.</summary>
    public Task<Uri> CardShopAsync() => cards.Value;

    public ProviderSimulator Simulator => simulator ?? throw new InvalidOperationException("Nobody asked for the shop with cards.");

    /// <summary>Reads the database of the shop with cards.</summary>
    public Task<object?> ExecuteAtCardShopAsync(string sql, params object[] values) => ExecuteAsync(cardFolder.File("shop.db"), sql, values);

    /// <summary>Changes the database of the second shop.</summary>
    public Task<object?> ExecuteAtBrokenShopAsync(string sql, params object[] values) => ExecuteAsync(brokenFolder.File("shop.db"), sql, values);

    /// <summary>The number of the order that is paid at a page of the bank.</summary>
    public async Task<string> OrderAtBankAsync(string bankPage)
    {
        var back = await ExecuteAsync(folder.File("bank.db"), "SELECT return_url FROM payments WHERE id = $1", new Uri(bankPage).Segments[^1]);
        return new Uri($"{back}").Segments[2].TrimEnd('/');
    }

    /// <summary>Reads the bank's own file.</summary>
    public Task<object?> ExecuteAtBankAsync(string sql, params object[] values) => ExecuteAsync(folder.File("bank.db"), sql, values);

    public async Task GivePointsAsync(string memberName, long points)
    {
        await using var db = TestDatabase.Open(new ShopDatabase(DatabaseEngine.Sqlite, $"Data Source={folder.File("shop.db")};Pooling=False"));
        await using var transaction = await db.Database.BeginTransactionAsync();
        var member = await db.Users.SingleAsync(m => m.UserName == memberName);
        await PointsAccounts.GrantAsync(db, $"test:{memberName}", member.Id, points, "To try points with", null, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        await transaction.CommitAsync();
    }

    /// <summary>From now on chance can draw this member or community.</summary>
    public Task ActiveAsync(string name, int members = 0)
    {
        var now = TimeProvider.System.GetUtcNow();
        return ExecuteAsync(
            folder.File("shop.db"),
            """
            INSERT INTO account_activity (account_id, kind, created_at, last_post_at, posts, comments, recent_posts, recent_comments, members, opted_out, spot)
            SELECT id, kind, $2, $3, 1240, 5678, 9, 4, $4, 0, 1 FROM members WHERE user_name = $1
            """,
            name, now.AddYears(-4).ToUnixTimeMilliseconds(), now.AddDays(-1).ToUnixTimeMilliseconds(), members);
    }

    /// <summary>Changes the database beside the shop, for what no buyer can bring about yet.</summary>
    public Task<object?> ExecuteAsync(string sql, params object[] values) => ExecuteAsync(folder.File("shop.db"), sql, values);

    private static async Task<object?> ExecuteAsync(string file, string sql, params object[] values)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 30 }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (value, number) in values.Zip(Enumerable.Range(1, values.Length)))
        {
            command.Parameters.AddWithValue($"${number}", value);
        }

        return await command.ExecuteScalarAsync();
    }

    private Task<IBrowser> LaunchAsync(params string[] more) =>
        (playwright ?? throw new InvalidOperationException(Absent)).Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = FindBrowser(), Args = [.. Switches, .. more] });

    private async Task<Uri> StartBrokenShopAsync()
    {
        brokenProcess = ShopProcess.Serve(brokenFolder.Path, new Dictionary<string, string>
        {
            ["Payments__Sandbox__ApiBase"] = "http://127.0.0.1:9",
            ["Payments__Sandbox__ApiKey"] = "a-key-that-nobody-asks-for",
            ["Mail__Brand__Name"] = "Moonlit Goods",
            ["Mail__Brand__Colour"] = "#f2c14e",
            ["Mail__Brand__Logo"] = "https://logo.invalid/logo.png",
        });
        var address = await brokenProcess.OpenAsync(CancellationToken.None);
        await ExecuteAsync(brokenFolder.File("shop.db"), "DELETE FROM legal_pages WHERE kind = 'imprint'");
        await ReviseAsync(brokenFolder.File("shop.db"), Promotions(), Taxes());
        return address;
    }

    private async Task<Uri> StartCardShopAsync()
    {
        simulator = await ProviderSimulator.StartAsync();
        var profile = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.Path("Shop.Web", "Properties", "launchSettings.json")))
            .RootElement.GetProperty("profiles").GetProperty("simulator").GetProperty("environmentVariables");
        var settings = profile.EnumerateObject().Where(setting => setting.Name.StartsWith("Payments__", StringComparison.Ordinal))
            .ToDictionary(setting => setting.Name, setting => $"{setting.Value}".Replace("http://127.0.0.1:5200", simulator.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        cardProcess = ShopProcess.Serve(cardFolder.Path, settings);
        var address = await cardProcess.OpenAsync(CancellationToken.None);
        using var told = await simulator.Http.PostAsJsonAsync("/_shop", new { url = address });
        told.EnsureSuccessStatusCode();
        return address;
    }

    /// <summary>Promotions of every benefit and standing.</summary>
    private static Promotion[] Promotions()
    {
        var today = Days.Of(TimeProvider.System.GetUtcNow());
        Promotion Of(string key, string name) => new() { Key = key, Name = name, On = true, From = today.AddDays(-3), Until = today.AddDays(20) };
        return
        [
            Of("moon", "New moon") with { Code = "moon-10", Percent = 10, MinimumMinor = 2000, MaxUses = 100 },
            Of("harbour", "Harbour month") with { Code = "harbour", Months = 1, Product = "prem6", Stays = true },
            Of("welcome", "Welcome aboard") with { AmountMinor = 50, FirstOrder = true },
            Of("solstice", "Solstice") with { From = today.AddDays(10), Points = 50, MinimumMinor = 2500, MemberClass = "paid", MaxPerMember = 1 },
            Of("autumn", "Autumn") with { Until = today.AddDays(-1), Percent = 30, Alone = true },
        ];
    }

    private static TaxTerms Taxes() => new()
    {
        Mode = "country", Included = false, Businesses = true,
        Rates = [new TaxRate { Country = "any", Category = "standard" }, new TaxRate { Country = "de", Category = "standard", RatePpm = 190_000 }],
    };

    /// <summary>The next revision of the rules, with promotions, taxes, and days in which buyers give back.</summary>
    private static async Task ReviseAsync(string file, Promotion[] promotions, TaxTerms? taxes = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var json = System.Text.Json.JsonSerializer.Serialize(new PromotionTerms { Promotions = promotions }, System.Text.Json.JsonSerializerOptions.Web);
        var tax = taxes is null ? null : System.Text.Json.JsonSerializer.Serialize(taxes, System.Text.Json.JsonSerializerOptions.Web);
        var refunds = System.Text.Json.JsonSerializer.Serialize(new RefundTerms { BuyerDays = 14 }, System.Text.Json.JsonSerializerOptions.Web);
        await using var db = TestDatabase.Open(new ShopDatabase(DatabaseEngine.Sqlite, $"Data Source={file};Pooling=False"));
        var first = await db.RuleSections.AsNoTracking().Where(s => s.RevisionId == 1).ToListAsync();
        db.RuleRevisions.Add(new RuleRevision
        {
            Id = 2, CreatedAt = now, EffectiveAt = now, Reason = "To try promotions with", BasedOn = 1,
            Sections = [.. first.Select(s => new RuleSectionRow { RevisionId = 2, Name = s.Name, Json = s.Name switch { PromotionTerms.Section => json, RefundTerms.Section => refunds, TaxTerms.Section => tax ?? s.Json, _ => s.Json } })],
        });
        await db.SaveChangesAsync();
        await db.RuleRevisions.Where(r => r.Id == 1).ExecuteUpdateAsync(set => set.SetProperty(r => r.NextId, 2));
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        if (blocking.IsValueCreated)
        {
            await (await blocking.Value).DisposeAsync();
        }

        playwright?.Dispose();
        using var _ = folder;
        using var __ = brokenFolder;
        using var ___ = cardFolder;
        if (cardProcess is not null)
        {
            await cardProcess.DisposeAsync();
        }

        if (simulator is not null)
        {
            await simulator.DisposeAsync();
        }

        if (brokenProcess is not null)
        {
            await brokenProcess.DisposeAsync();
        }

        if (process is not null)
        {
            var code = await process.StopAsync();
            await process.DisposeAsync();
            if (code != 0)
            {
                throw new InvalidOperationException($"The shop was asked to stop and ended with {code}:\n{process.Said}");
            }
        }
    }

    private static string? FindBrowser()
    {
        if (Environment.GetEnvironmentVariable("SHOP_CHROMIUM") is { Length: > 0 } named)
        {
            return named;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(_ => Names, Path.Combine).FirstOrDefault(File.Exists);
    }
}
