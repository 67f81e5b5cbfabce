using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// A whole site of processes on one database: nodes of the shop, the sandbox bank as a process of its own or Stripe and PayPal as the provider simulator plays them, a mail
/// server, and one clock for all of them that a test moves. The database is its own and goes with it. What is killed here is the shop; the others stay, and say afterwards
/// what really happened.
/// </summary>
internal sealed partial class Site : IAsyncDisposable
{
    private const string BankKey = "a-key-for-the-bank-of-these-tests";

    private static readonly string[] Loops = ["inbox", "janitor", "refunds", "deliveries", "outbox"];

    private readonly TemporaryFolder folder = new();
    private readonly TestDatabase database;
    private readonly SmtpCatcher mailServer;
    private readonly ConcurrentQueue<CaughtMail> mails = new();
    private readonly List<Node> nodes = [];
    private readonly Node bank;
    private readonly Task catching;
    private long ahead;
    private bool isChecked;
    private PlayedAccounts? played;

    private Site(TestDatabase database, SmtpCatcher mailServer)
    {
        this.database = database;
        this.mailServer = mailServer;
        catching = CatchAsync();
        bank = NewNode("bank", "web", new Dictionary<string, string>
        {
            ["Database__Provider"] = "sqlite",
            ["ConnectionStrings__Shop"] = $"Data Source={folder.File("bank-shop.db")}",
            ["Payments__Sandbox__BankFile"] = folder.File("bank.db"),
        });
    }

    /// <summary>What every link says, whichever node wrote it: the address of the first node.</summary>
    public Uri Address => nodes[1].Address;

    public TestDatabase Database => database;

    public IReadOnlyCollection<CaughtMail> Mails => mails;

    public bool IsMailServerUp => !catching.IsCompleted;

    public TimeProvider Clock => new AheadClock(() => ahead);

    /// <summary>Opens the bank and the mail server; the shop's nodes are started one by one.</summary>
    /// <param name="roles">The role of each node, by its name; the first one takes requests.</param>
    /// <param name="webhooks">Whether the bank tells the first node of what happens. Without, the shop must find it out by itself.</param>
    /// <param name="isPlayed">Stripe and PayPal are there instead of the bank. They tell nobody what happens.</param>
    public static async Task<Site> OpenAsync(
        TestDatabase database, IReadOnlyDictionary<string, string> roles, bool webhooks, CancellationToken cancellationToken, bool isPlayed = false)
    {
        Assert.SkipWhen(SmtpCatcher.Absent is not null, SmtpCatcher.Absent ?? "");
        var site = new Site(database, await SmtpCatcher.StartAsync(cancellationToken)) { played = isPlayed ? await PlayedAccounts.OpenAsync(cancellationToken) : null };
        foreach (var (name, role) in roles)
        {
            site.NewNode(name, role, new Dictionary<string, string>());
        }

        foreach (var node in site.nodes.Skip(1))
        {
            site.Complete(node);
        }

        site.settings[site.bank]["Payments__Sandbox__SendWebhooks"] = webhooks ? "true" : "false";
        site.settings[site.bank]["Payments__Sandbox__WebhookUrl"] = new Uri(site.Address, "/hooks/sandbox").AbsoluteUri;
        site.settings[site.bank]["Logging__LogLevel__Shop.Web.Sandbox"] = "Debug";
        site.Complete(site.bank);
        if (!isPlayed)
        {
            await site.bank.StartAsync(cancellationToken);
        }

        return site;
    }

    public Node Bank => bank;

    /// <summary>Members that the tests of one site share: to make fifty takes longer than what they then do.</summary>
    public IReadOnlyList<OneOfMany>? Crowd { get; set; }

    /// <summary>Starts the bank anew, so that from now on it tells the first node of what happens, or no longer does.</summary>
    public async Task SendWebhooksAsync(bool send, CancellationToken cancellationToken)
    {
        settings[bank]["Payments__Sandbox__SendWebhooks"] = send ? "true" : "false";
        await bank.StartAsync(cancellationToken);
    }

    public Node this[string name] => nodes.Single(node => node.Name == name);

    /// <summary>Moves the clock of all processes on, and waits until those that run have seen it.</summary>
    public async Task MoveAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        MoveUnseen(by);
        if (played is not null)
        {
            await played.Simulator.AdvanceAsync(by, cancellationToken);
        }

        foreach (var node in nodes.Where(node => node.IsRunning))
        {
            await node.Process.LineAsync($"The clock is {ahead} ms ahead", cancellationToken);
        }
    }

    /// <summary>Moves the clock on, where a process may be killed by what then comes.</summary>
    public void MoveUnseen(TimeSpan by)
    {
        ahead += (long)by.TotalMilliseconds;
        Files.Replace(folder.File("clock"), ahead);
    }

    /// <summary>
    /// Lets the background work of nodes look at everything that is due now, until each of its loops finds nothing more. Returns how many passes
    /// of the janitor found something.
    /// </summary>
    public async Task<int> WorkAsync(CancellationToken cancellationToken, params Node[] workers)
    {
        // a loop waits for seconds of this clock between two looks
        var since = Clock.GetUtcNow().AddSeconds(5);
        var loops = workers.SelectMany(node => Loops.Select(loop => (Node: node, Loop: loop, Before: Passes(node, loop).Count()))).ToList();
        await MoveAsync(TimeSpan.FromSeconds(6), cancellationToken);
        foreach (var (node, loop, before) in loops)
        {
            while (!IsQuiet(node, loop, since, out var passes, out var waits))
            {
                // what was looking when the clock moved has begun its wait only now
                if (waits && passes > before)
                {
                    await MoveAsync(TimeSpan.FromSeconds(6), cancellationToken);
                }

                await node.Process.LineAsync($"A pass of {loop} ", cancellationToken, passes + 1);
            }
        }

        return workers.Sum(node => Passes(node, "janitor").Count(pass => pass.Found > 0));
    }

    /// <summary>
    /// Moves the clock on by more than a minute and lets a loop of a node that looks once a minute look at everything that is due then, until it finds nothing more. The clock stands
    /// still while it works: who is at it for a minute leaves the rest to others.
    /// </summary>
    public async Task LookAsync(Node node, string loop, TimeSpan by, CancellationToken cancellationToken)
    {
        var (since, passes) = (Clock.GetUtcNow() + by, Passes(node, loop).Count());
        await MoveAsync(by, cancellationToken);
        while (true)
        {
            await node.Process.LineAsync($"A pass of {loop} ", cancellationToken, ++passes);
            var (begun, found) = Passes(node, loop).ElementAt(passes - 1);
            if (found == 0 && begun >= since)
            {
                return;
            }

            // what was looking when the clock moved has begun its wait only now
            if (found == 0)
            {
                await MoveAsync(TimeSpan.FromSeconds(61), cancellationToken);
            }
        }
    }

    /// <summary>A new buyer with a browser of their own, registered and signed in.</summary>
    public async Task<Buyer> RegisterAsync(DelegatingHandler? through = null)
    {
        var buyer = Visitor(through);
        var name = "m_" + Codes.New(12);
        var page = await buyer.Visitor.SubmitAsync(
            await buyer.Visitor.GetAsync("/account/register"),
            ("UserName", name), ("Email", $"{name}@example.org"), ("Password", ShopHost.Password), ("ConfirmPassword", ShopHost.Password));
        Assert.True(page.Address.AbsolutePath != "/account/register", $"{name} could not register: {page.Error}");
        return buyer with { Name = name };
    }

    /// <summary>Somebody who has been nowhere yet.</summary>
    /// <param name="through">What a request goes through on its way.</param>
    /// <param name="cookies">Those of a browser that is there already.</param>
    public Buyer Visitor(DelegatingHandler? through = null, CookieContainer? cookies = null)
    {
        var jar = cookies ?? new CookieContainer();
        var line = new Line(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar });
        if (through is not null)
        {
            through.InnerHandler = line;
        }

        return new Buyer("", new Visitor(new HttpClient((HttpMessageHandler?)through ?? line) { BaseAddress = Address }), jar);
    }

    public async Task<T> ReadAsync<T>(Func<ShopDbContext, Task<T>> read)
    {
        await using var db = database.NewContext();
        return await read(db);
    }

    /// <summary>
    /// Where the list of charges and refunds of the bank, or of Stripe and PayPal, and our payments and refunds differ, in words (I26); empty when they are equal.
    /// </summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync(CancellationToken cancellationToken)
    {
        var theirs = played is null
            ? await BankAsync(
                "SELECT id || ' ' || amount_minor || ' ' || currency FROM charges UNION ALL SELECT id || ' -' || amount_minor || ' ' || currency FROM refunds", cancellationToken)
            : [.. (await MovementsAsync(played, cancellationToken)).Select(it => string.Create(CultureInfo.InvariantCulture, $"{it.Id} {(it.Kind == "refund" ? "-" : "")}{it.Amount} {it.Currency}"))];
        var ours = await ReadAsync(async db =>
        {
            var payments = await db.ProviderPayments.AsNoTracking().ToListAsync(cancellationToken);
            var refunds = await db.Refunds.AsNoTracking().Where(r => r.State == RefundState.Succeeded && r.PaymentId != null && r.PaidAs == RefundPaidAs.Source).ToListAsync(cancellationToken);
            return payments.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.ProviderId} {p.AmountMinor} {p.Currency}"))
                .Concat(refunds.Select(r => string.Create(
                    CultureInfo.InvariantCulture, $"{r.ProviderRef} -{r.AmountMinor} {payments.Single(p => p.Id == r.PaymentId).Currency}"))).ToList();
        });
        return [.. theirs.Except(ours).Select(it => "only the bank has " + it), .. ours.Except(theirs).Select(it => "only the shop has " + it)];
    }

    /// <summary>The charges for an attempt at whoever takes the money.</summary>
    public async Task<IReadOnlyList<string>> ChargesAsync(Guid attempt, CancellationToken cancellationToken) => played is null
        ? await BankAsync($"SELECT c.id FROM charges c JOIN payments p ON p.id = c.payment WHERE p.attempt = '{attempt:D}'", cancellationToken)
        : [.. (await MovementsAsync(played, cancellationToken)).Where(it => it.Kind != "refund" && it.OurId == attempt.ToString()).Select(it => it.Id)];

    private static async Task<IEnumerable<PlayedAccounts.Movement>> MovementsAsync(PlayedAccounts played, CancellationToken cancellationToken) =>
        (await played.LedgerAsync("stripe", cancellationToken)).Concat(await played.LedgerAsync("paypal", cancellationToken));

    /// <summary>Rows of the bank's own file, the first column as text.</summary>
    public async Task<IReadOnlyList<string>> BankAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={folder.File("bank.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        }

        return rows;
    }

    /// <summary>
    /// Every invariant holds at the time of the moved clock. The first time by the command, as an operator runs it beside the shop; later by the
    /// command's own code, which spares a start.
    /// </summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (isChecked)
        {
            Assert.Empty(await ReadAsync(db => new Books(db, Clock).CheckAsync(cancellationToken)));
            return;
        }

        isChecked = true;
        var check = await ShopProcess.RunAsync(
            new Dictionary<string, string>(ShopProcess.SettingsOn(database.Place)) { ["SHOP_CLOCK_FILE"] = folder.File("clock") }, ["check"], cancellationToken, CrashBuild.Program);
        Assert.Equal((0, "The books are healthy."), (check.ExitCode, check.Output.Trim()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        if (played is not null)
        {
            await played.DisposeAsync();
        }

        mailServer.Dispose();
        await catching;
        folder.Dispose();
        await database.DisposeAsync();
    }

    private async Task CatchAsync()
    {
        await foreach (var mail in mailServer.AllAsync())
        {
            mails.Enqueue(mail);
        }
    }

    private Node NewNode(string name, string role, Dictionary<string, string> settings)
    {
        settings["Shop__Role"] = role;
        var node = new Node(folder.Path, name, settings);
        this.settings[node] = settings;
        nodes.Add(node);
        return node;
    }

    private readonly Dictionary<Node, Dictionary<string, string>> settings = [];

    /// <summary>The settings that name other processes, once all have their addresses.</summary>
    private void Complete(Node node)
    {
        var all = ShopProcess.SettingsOn(database.Place);
        all["Payments__Sandbox__BankFile"] = folder.File($"{node.Name}-bank.db");
        all["Payments__Sandbox__ApiBase"] = bank.Address.GetLeftPart(UriPartial.Authority);
        all["Payments__Sandbox__ApiKey"] = BankKey;
        all["Payments__Sandbox__SendWebhooks"] = "false";
        all["Payments__Sandbox__PublicBase"] = bank.Address.GetLeftPart(UriPartial.Authority);
        all["Payments__Sandbox__ReturnOrigins__0"] = Address.GetLeftPart(UriPartial.Authority);
        foreach (var (key, value) in played?.Settings ?? [])
        {
            all[key.Replace(":", "__", StringComparison.Ordinal)] = value!;
        }

        all["Shop__PublicBaseUrl"] = Address.GetLeftPart(UriPartial.Authority);
        all["Mail__Smtp__Host"] = "127.0.0.1";
        all["Mail__Smtp__Port"] = mailServer.Port.ToString(CultureInfo.InvariantCulture);
        all["Mail__Smtp__StartTls"] = "false";
        all["SignIn__HashIterations"] = "1";
        all["Limits__PerAddress"] = "off";
        all["Logging__LogLevel__Shop.Web.Hosting.BackgroundWork"] = "Debug";
        all["Logging__LogLevel__Shop.Core.Settlement"] = "Debug";
        all["Logging__LogLevel__Shop.Core.Janitor"] = "Debug";
        all["Logging__LogLevel__Microsoft.EntityFrameworkCore.Database.Transaction"] = "Debug";
        all["SHOP_CLOCK_FILE"] = folder.File("clock");
        all["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in all)
        {
            settings[node].TryAdd(key, value);
        }
    }

    private static bool IsQuiet(Node node, string loop, DateTimeOffset since, out int passes, out bool waits)
    {
        var all = Passes(node, loop).ToList();
        passes = all.Count;
        waits = all is [.., { Found: 0 }];
        return all.Any(pass => pass.Begun > since && pass.Found == 0);
    }

    private static IEnumerable<(DateTimeOffset Begun, int Found)> Passes(Node node, string loop) =>
        from line in node.Process.Lines
        let match = Pass().Match(line)
        where match.Success && match.Groups["loop"].Value == loop
        select (DateTimeOffset.Parse(match.Groups["begun"].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups["found"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"A pass of (?<loop>\w+) begun at (?<begun>\S+) found (?<found>\d+)\.")]
    private static partial Regex Pass();

    /// <summary>A connection that the other side ends while it is being made comes out of .NET as the bare socket error: here it is one of HTTP like all others.</summary>
    private sealed class Line(SocketsHttpHandler handler) : DelegatingHandler(handler)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (SocketException e)
            {
                throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
            }
        }
    }

    private sealed class AheadClock(Func<long> ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddMilliseconds(ahead());
    }
}

/// <summary>One of many who do the same, with the form token of the browser: one page is looked at, and then forms are sent.</summary>
internal sealed record OneOfMany(Buyer Buyer, string FormToken)
{
    public HttpRequestMessage Post(string address, params (string Name, string Value)[] fields) => new(HttpMethod.Post, address)
    {
        Content = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", FormToken)).Select(f => KeyValuePair.Create(f.Item1, f.Item2))),
    };

    /// <summary>Sends a form that leads on.</summary>
    public async Task SendAsync(string address, params (string Name, string Value)[] fields)
    {
        using var answer = await Buyer.Visitor.AskAsync(Post(address, fields));
        Assert.True(answer.Headers.Location is not null, $"{address}: {(int)answer.StatusCode}");
    }
}

/// <summary>Somebody who buys.</summary>
internal sealed record Buyer(string Name, Visitor Visitor, CookieContainer Cookies)
{
    public string Email => $"{Name}@example.org";

    /// <summary>From the checkout page to the page of the bank, or of another service.</summary>
    public async Task<Page> PlaceAsync(string provider = "sandbox") => await ToBankAsync(await Visitor.PlaceAsync(("Provider", provider)));

    /// <summary>From the pay page to the bank's page, which is another site.</summary>
    public async Task<Page> ToBankAsync(Page pay) =>
        await Visitor.GetAsync(pay.Document.QuerySelector("main .actions a.button")?.GetAttribute("href")
            ?? throw new InvalidOperationException($"{pay.Address} ({(int)pay.Status}) leads to no bank: {pay.Main()}"));

    public Task<Page> PayAsync(Page bankPage, string provider = "sandbox") => provider == "stripe"
        ? Visitor.SubmitAsync(bankPage, ("card", "pm_card_visa"))
        : Visitor.PressAsync(bankPage, provider == "paypal" ? "approve" : "ok");

    /// <summary>Keeps a card or wallet for later, so that the next purchase is one click.</summary>
    public async Task KeepAsync(string provider)
    {
        var there = await ToBankAsync(await Visitor.SubmitAsync(await Visitor.GetAsync("/account/payment-methods"), "#add", null, ("Provider", provider)));
        Assert.Single((await PayAsync(there, provider)).All("payment-method"));
    }
}
