using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// People buy while the shop's processes, two that serve and one that works, are killed at random moments and started again (goals.md G1,
/// scenarios.md C18). Each buyer keeps a book of what they were told (I27). In the end nothing is lost and nothing is there twice.
/// The default run is a slice; <c>SHOP_G1=full</c> is the whole of it, <c>SHOP_SEED</c> repeats one.
/// </summary>
[Collection(Alone.Name)]
public abstract class KilledSiteTests(TestDatabase database) : DatabaseTests(database)
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("SHOP_G1") == "full";
    private static readonly int Checkouts = Full ? 300 : 40;

    /// <summary>More buyers than that only wait for each other.</summary>
    private const int MostAtOnce = 10;

    private static readonly int Kills = Full ? 60 : 8;

    [Fact(Timeout = 3_600_000)]
    public async Task C18_G1_CheckoutsUnderRandomKills_NothingLostNothingDoubled()
    {
        var seed = Numbers.Of("SHOP_SEED") ?? Random.Shared.Next();
        var watch = Stopwatch.StartNew();
        await using var site = await Site.OpenAsync(
            await Database.FreshAsync(), new Dictionary<string, string> { ["one"] = "web", ["two"] = "web", ["worker"] = "worker" }, webhooks: true, Cancel);
        List<Node> victims = [site["one"], site["two"], site["worker"]];
        await Task.WhenAll(victims.Select(node => node.StartAsync(Cancel)));

        var shoppers = Enumerable.Range(0, Checkouts).Select(n => new Shopper(site, new Random(seed + n))).ToList();
        var begin = new SemaphoreSlim(0);
        var buying = shoppers.Select(async shopper =>
        {
            await begin.WaitAsync(Cancel);
            await shopper.BuyAsync(Cancel);
        }).ToList();
        await KillAsync(victims, new Random(seed), begin, buying);
        await Task.WhenAll(buying);

        await RecoverAsync(site);
        Assert.True(site.IsMailServerUp, "the mail server of the tests has ended");
        var faults = await FaultsAsync(site, shoppers);
        var (lost, doubled) = (faults.Count(fault => fault.IsLost), faults.Count(fault => !fault.IsLost));
        var cutOff = shoppers.Sum(shopper => shopper.CutOff);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"G1 {Engine}: {Checkouts} checkouts, {Kills} kills, {cutOff} requests cut off, {lost} lost, {doubled} doubled (aim 0 and 0), SHOP_SEED={seed}, {watch.Elapsed.TotalSeconds:F0} s");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        await NoteAsync(seed, lost, doubled, watch.Elapsed);
        Assert.True(faults.Count == 0, line + "\n" + string.Join('\n', faults.Select(fault => fault.Words)));
        Assert.True(cutOff > 0, "no kill met a request: " + line);
        Assert.Empty(shoppers.SelectMany(shopper => shopper.ErrorPages));
        Assert.Empty(await site.DifferencesAsync(Cancel));
        await site.CheckAsync(Cancel);
    }

    /// <summary>Lets a few more buyers begin, waits a moment, kills one process, starts it again; so many times.</summary>
    private static async Task KillAsync(List<Node> victims, Random random, SemaphoreSlim begin, List<Task> buying)
    {
        var restarts = new List<Task>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var begun = Checkouts * kill / Kills;
            while (buying.Take(begun).Count(task => !task.IsCompleted) > MostAtOnce)
            {
                await Task.WhenAny(buying.Take(begun).Where(task => !task.IsCompleted));
            }

            begin.Release((Checkouts * (kill + 1) / Kills) - begun);
            await Task.Delay(random.Next(100, 1000), Cancel);
            while (!victims.Any(node => node.IsOpen))
            {
                await Task.WhenAny(restarts.Where(restart => !restart.IsCompleted));
            }

            var targets = victims.Where(node => node.IsOpen).ToList();
            var victim = targets[random.Next(targets.Count)];
            await victim.KillAsync();
            restarts.Add(victim.StartAsync(Cancel));
            if (buying.Find(task => task.IsFaulted) is { } broken)
            {
                await broken;
            }
        }

        await Task.WhenAll(restarts);
    }

    /// <summary>
    /// Whoever paid and did not come back is looked after by the worker: at the latest with the second look at an attempt that waited for its buyer, a quarter of an hour after the first, since
    /// the bank's own news may be told anew while the worker is at it, or after.
    /// </summary>
    private static async Task RecoverAsync(Site site)
    {
        await site.MoveAsync(TimeSpan.FromMinutes(20), Cancel);
        await site.WorkAsync(Cancel, site["worker"]);
        await site.WorkAsync(Cancel, site["worker"]);
    }

    private sealed record Fault(bool IsLost, string Words);

    /// <summary>Each buyer's own book against what the bank took, what the shop's books say, what was given and what was mailed.</summary>
    private static async Task<List<Fault>> FaultsAsync(Site site, List<Shopper> shoppers)
    {
        var faults = new List<Fault>();
        foreach (var shopper in shoppers)
        {
            var (orders, attempts, effects) = await site.ReadAsync(async db =>
            {
                var member = await db.Users.Where(m => m.UserName == shopper.Name).Select(m => m.Id).SingleAsync(Cancel);
                var o = await db.Orders.AsNoTracking().Where(x => x.BuyerId == member).ToListAsync(Cancel);
                var ids = o.Select(x => x.Id).ToList();
                return (
                    o, await db.PaymentAttempts.Where(a => ids.Contains(a.OrderId)).Select(a => a.Id).ToListAsync(Cancel),
                    await db.MembershipEvents.CountAsync(e => e.AccountId == member, Cancel));
            });
            var charges = 0;
            foreach (var attempt in attempts)
            {
                charges += (await site.ChargesAsync(attempt, Cancel)).Count;
            }

            var fulfilled = orders.Where(order => order.State == OrderState.Fulfilled).ToList();
            var receipts = site.Mails.Where(mail => mail.Recipients.Contains(shopper.Email) && fulfilled.Exists(o => mail.Subject.Contains(o.Reference, StringComparison.Ordinal)))
                .Select(mail => mail.MessageId).Distinct().Count();
            var words = $"{shopper.Name}: pressed {shopper.Charged}, told paid {shopper.WasToldPaid}; {charges} charges, {fulfilled.Count} fulfilled of {orders.Count} orders, {effects} effects, {receipts} receipts";
            if (fulfilled.Count < 1 || charges < 1 || effects < 1 || receipts < 1 || (shopper.WasToldPaid && fulfilled.All(o => o.Number != shopper.Order)))
            {
                faults.Add(new Fault(true, "lost: " + words));
            }

            if (orders.Count > 1 || charges > 1 || effects > 1 || receipts > 1)
            {
                faults.Add(new Fault(false, "doubled: " + words));
            }
        }

        return faults;
    }

    private async Task NoteAsync(int seed, int lost, int doubled, TimeSpan time)
    {
        var file = Repository.Path("artifacts", "goals", $"G1-{Engine}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(new { Id = "G1", Engine = $"{Engine}", Checkouts, Kills, Lost = lost, Doubled = doubled, Target = 0, Seed = seed, Seconds = time.TotalSeconds }, JsonSerializerOptions.Web),
            Cancel);
    }

    /// <summary>
    /// Somebody who wants one thing, once. When an answer does not come, they look where they stand and go on from there, as people do. One in
    /// eight closes the browser after paying.
    /// </summary>
    private sealed class Shopper(Site site, Random random)
    {
        private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);
        private const int MostTries = 300;

        private readonly bool leaves = random.Next(8) == 0;
        private Buyer? me;

        public string Name => me!.Name;

        public string Email => me!.Email;

        public string? Order { get; private set; }

        /// <summary>The bank said that it took the money.</summary>
        public bool Charged { get; private set; }

        public bool WasToldPaid { get; private set; }

        /// <summary>Requests without an answer.</summary>
        public int CutOff { get; private set; }

        public List<string> ErrorPages { get; } = [];

        public async Task BuyAsync(CancellationToken cancellationToken)
        {
            for (var tries = 0; tries < MostTries; tries++)
            {
                try
                {
                    if (await StepAsync())
                    {
                        return;
                    }
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
                {
                    CutOff++;
                }

                await Task.Delay(Breath, cancellationToken);
            }

            throw new InvalidOperationException($"{me?.Name} gave up at order {Order}; the bank took the money: {Charged}.");
        }

        /// <summary>True: done.</summary>
        private async Task<bool> StepAsync()
        {
            me ??= await site.RegisterAsync(new ToAnyNode(site, random));
            if (Order is null)
            {
                var cart = await SeeAsync(me.Visitor.GetAsync("/cart"));
                if (cart.All("cart-line").Count == 0)
                {
                    await SeeAsync(me.Visitor.AddAsync("paid1"));
                }

                var placed = await SeeAsync(me.Visitor.PlaceAsync(("Provider", "sandbox")));
                Order = placed.Address.Segments is ["/", "checkout/", var number, "pay"] ? number.TrimEnd('/') : null;
                return false;
            }

            var pay = await SeeAsync(me.Visitor.GetAsync($"/checkout/{Order}/pay"));
            if (Look(pay))
            {
                return true;
            }

            if (pay.Document.QuerySelector("main .actions a.button")?.GetAttribute("href") is not { } bank || !bank.Contains("/sandbox/pay/", StringComparison.Ordinal))
            {
                return false;
            }

            var bankPage = await me.Visitor.GetAsync(bank);
            if (bankPage.Document.QuerySelector("main form") is not null)
            {
                var answer = await me.Visitor.AskAsync(bankPage.Submission("main form", "ok", []));
                Charged |= answer.Headers.Location?.AbsolutePath.EndsWith("/return", StringComparison.Ordinal) ?? false;
                if (Charged && leaves)
                {
                    return true;
                }
            }

            return Look(await SeeAsync(me.Visitor.GetAsync($"/checkout/{Order}/return")));
        }

        /// <summary>What the page says goes into the book.</summary>
        private bool Look(Page page)
        {
            var state = page.Find("order-state")?.GetAttribute("data-state");
            WasToldPaid |= state is "paid" or "fulfilled";
            return state == "fulfilled";
        }

        private async Task<Page> SeeAsync(Task<Page> coming)
        {
            var page = await coming;
            if ((int)page.Status >= 500)
            {
                ErrorPages.Add($"{page.Address}: {(int)page.Status}");
            }

            return page;
        }
    }

    /// <summary>As a load balancer does: a request goes to a node that takes it; one that was taken and then not answered is cut off.</summary>
    private sealed class ToAnyNode(Site site, Random random) : DelegatingHandler
    {
        private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

        private readonly List<Node> nodes = [site["one"], site["two"]];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri is not { } to || nodes.TrueForAll(node => node.Address.Authority != to.Authority))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            for (var next = random.Next(nodes.Count); ; next++)
            {
                request.RequestUri = new Uri(nodes[next % nodes.Count].Address, to.PathAndQuery);
                try
                {
                    var response = await base.SendAsync(request, cancellationToken);
                    if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                    {
                        return response;
                    }

                    // it said itself that nothing was done: it is starting, or its database is in use
                    response.Dispose();
                }
                catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
                {
                }

                await Task.Delay(Breath, cancellationToken);
            }
        }
    }
}

public sealed class KilledSiteTests_Sqlite(SqliteDatabase database) : KilledSiteTests(database), IClassFixture<SqliteDatabase>;

public sealed class KilledSiteTests_Postgres(PostgresDatabase database) : KilledSiteTests(database), IClassFixture<PostgresDatabase>;
