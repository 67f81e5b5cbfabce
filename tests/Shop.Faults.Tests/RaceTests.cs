using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// The same thing done fifty times at the same moment, against two processes of the shop on one database (scenarios.md C01 to C08). It happens
/// once, nobody sees an error page, and the losers are really there: a test in which nobody lost has shown nothing.
/// </summary>
[Collection(Alone.Name)]
public abstract partial class RaceTests(TestDatabase database) : DatabaseTests(database)
{
    private const int AtOnce = 50;
    private const int MostRounds = 5;
    private const string LastUse = "last-one";
    private const string Booked = "somebody else has booked its money";
    private const string Left = "Somebody else looks at order";

    private static readonly ParallelOptions AFew = new() { MaxDegreeOfParallelism = 6 };

    private Site site = null!;

    private Node One => site["one"];

    private Node Two => site["two"];

    private Node Worker => site["worker"];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database.Companion ??= await OpenAsync();
        site = (Site)Database.Companion;
    }

    /// <summary>One page, its button pressed fifty times.</summary>
    [Fact(Timeout = 600_000)]
    public Task C01_FiftyClicksOnOnePage_PlaceAndChargeOnce() => UntilSomebodyLosesAsync(async buyer =>
    {
        var page = await buyer.Visitor.GetAsync("/checkout");
        return [.. Clicks(buyer).Select(click => (click, page))];
    });

    /// <summary>Fifty tabs of one browser, each with a page of its own.</summary>
    [Fact(Timeout = 600_000)]
    public Task C01_FiftyTabs_PlaceAndChargeOnce() => UntilSomebodyLosesAsync(async buyer =>
    {
        var tabs = new List<(Buyer, Page)>();
        foreach (var tab in Clicks(buyer))
        {
            tabs.Add((tab, await tab.Visitor.GetAsync("/checkout")));
        }

        return tabs;
    });

    /// <summary>Fifty devices of one member, each signed in by itself.</summary>
    [Fact(Timeout = 600_000)]
    public Task C02_FiftyDevices_PlaceAndChargeOnce() => UntilSomebodyLosesAsync(DevicesAsync);

    /// <summary>The points are just enough for one order.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C05_P18_FiftyDevices_SpendPointsOnce()
    {
        var buyer = await ReadyAsync();
        var member = await MemberAsync(buyer);
        var price = await PointsPriceAsync(buyer);
        await using (var db = site.Database.NewContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            await PointsAccounts.GrantAsync(db, $"test:{member}", member, price, "For one order", null, site.Clock.GetUtcNow(), Cancel);
            await transaction.CommitAsync(Cancel);
        }

        await buyer.Visitor.SubmitAsync(await buyer.Visitor.GetAsync("/cart"), "form:has([name=UsePoints])", null, ("UsePoints", "true"));
        var lost = Lost();
        var pages = await AllAtOnceAsync(await DevicesAsync(buyer), "points");

        var order = await OnlyOrderAsync(member);
        Assert.Equal((OrderState.Fulfilled, 0L, price), (order.State, order.DueMinor, order.DuePoints));
        Assert.All(pages, page => Assert.Equal((HttpStatusCode.OK, order.Number), (page.Status, page.Number())));
        Assert.Equal(0, await BalanceAsync(member));
        await DeliveredOnceAsync(order);
        Losers("units of work that met 0 rows or a unique violation", Lost() - lost);
    }

    /// <summary>Fifty orders and fifty transfers, each of the whole balance.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C05_HundredSpendsOfOneBalance_OneSucceeds()
    {
        var (buyer, friend) = (await ReadyAsync(), await ReadyAsync());
        var member = await MemberAsync(buyer);
        var price = await PointsPriceAsync(buyer);
        await using (var db = site.Database.NewContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            await PointsAccounts.GrantAsync(db, $"test:{member}", member, price, "For one of them", null, site.Clock.GetUtcNow(), Cancel);
            await transaction.CommitAsync(Cancel);
        }

        await buyer.Visitor.SubmitAsync(await buyer.Visitor.GetAsync("/cart"), "form:has([name=UsePoints])", null, ("UsePoints", "true"));
        var spends = new List<(Buyer, HttpRequestMessage)>();
        foreach (var (device, checkout) in await DevicesAsync(buyer))
        {
            var plan = await device.Visitor.SubmitAsync(
                await device.Visitor.GetAsync("/account/points/transfer"), "main form", null, ("Recipient", friend.Name), ("Points", price.ToString(CultureInfo.InvariantCulture)));
            spends.Add((device, checkout.Submission("main form", null, [("Provider", "points")])));
            spends.Add((device, plan.Submission("main form", null, [])));
        }

        var lost = Lost();
        await AllAtOnceAsync(spends);
        var (orders, transfers) = await site.ReadAsync(async db => (
            await db.Orders.CountAsync(o => o.BuyerId == member && o.DuePoints > 0 && o.PaidAt != null, Cancel), await db.PointsTransfers.CountAsync(t => t.SenderId == member, Cancel)));
        Assert.Equal((2 * AtOnce, 1, 0L), (spends.Count, orders + transfers, await BalanceAsync(member)));
        Losers("units of work that met 0 rows or a unique violation", Lost() - lost);
    }

    /// <summary>Fifty members, each with a browser of their own, want one gift.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C06_FiftyMembersClaimOneCode_OneHasIt()
    {
        var giver = await ReadyAsync();
        var to = $"{Codes.New(10)}@mail.example.org";
        await giver.Visitor.AddAsync("paid1", ("Recipient", to));
        await giver.PayAsync(await giver.PlaceAsync());
        await site.WorkAsync(Cancel, Worker);
        await site.WorkAsync(Cancel, Worker);
        var mail = Assert.Single(site.Mails, mail => mail.Recipients.Contains(to));
        var link = "/gifts/claim/" + Link().Match(mail.Text).Groups["code"].Value;

        var crowd = await CrowdAsync();
        var lost = Lost();
        var answers = await AllAtOnceAsync([.. crowd.Select(one => (one.Buyer, one.Post(link)))]);
        var told = answers.Select(answer => answer.Headers.Location?.OriginalString ?? $"{(int)answer.StatusCode}").CountBy(answer => answer).ToDictionary();
        Assert.Equal(new Dictionary<string, int> { ["/account"] = 1, ["404"] = AtOnce - 1 }, told);
        var (taken, deliveries) = await site.ReadAsync(async db =>
        {
            var delivery = await db.Deliveries.AsNoTracking().Where(d => d.RecipientEmail == to).ToListAsync(Cancel);
            var sources = delivery.Select(d => FormattableString.Invariant($"delivery:{d.Id}")).ToList();
            return (await db.MembershipEvents.CountAsync(e => sources.Contains(e.SourceId), Cancel), delivery);
        });
        Assert.Equal((1, DeliveryState.Applied), (taken, Assert.Single(deliveries).State));
        Losers("claims that came second", Lost() - lost);
    }

    /// <summary>The last seed account; whoever has it is declined, and the next one can have it (DF-40).</summary>
    [Fact(Timeout = 600_000)]
    public async Task C07_FiftyBuyersOfTheLastOne_OneHasItAndADeclineFreesIt()
    {
        var crowd = await CrowdAsync();
        await FillAsync(crowd, "seed");
        var lost = await OneOfFiftyAsync(crowd);
        Losers("units of work that found it sold", lost);

        var next = crowd[^1].Buyer;
        Assert.Equal(("fulfilled", 1), ((await next.PayAsync(await next.PlaceAsync())).Find("order-state")?.GetAttribute("data-state"), await UsedAsync("stock:seed")));
        Assert.Contains("None of these is left", (await crowd[0].Buyer.Visitor.GetAsync("/cart")).Main(), StringComparison.Ordinal);
    }

    /// <summary>The last use of a promotion; whoever has it is declined, and the next one can have it (DF-50).</summary>
    [Fact(Timeout = 600_000)]
    public async Task C08_FiftyBuyersWithTheLastUseOfACode_OneHasItAndADeclineFreesIt()
    {
        var crowd = await CrowdAsync();
        await FillAsync(crowd, "rename");
        await Parallel.ForEachAsync(crowd, AFew, async (one, _) => await one.SendAsync("/cart?handler=Code", ("Code", LastUse)));
        var lost = await OneOfFiftyAsync(crowd);
        Losers("units of work that found it used up", lost);

        var next = crowd[^1].Buyer;
        var receipt = await next.PayAsync(await next.PlaceAsync());
        Assert.Equal(("fulfilled", 1), (receipt.Find("order-state")?.GetAttribute("data-state"), await UsedAsync($"promo:{LastUse}")));
        Assert.NotNull(receipt.Find("promotion"));
        Assert.Null((await crowd[0].Buyer.Visitor.GetAsync("/checkout")).Find("promotion"));
    }

    /// <summary>The buyer comes back fifty times at once, to both nodes, while the worker has the bank's webhook in hand and its janitor finds the attempt due.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C03_FiftyReturnsTheWebhookAndTheJanitor_SettleOnce()
    {
        await site.SendWebhooksAsync(true, Cancel);
        var lost = 0;
        for (var round = 0; round < MostRounds && lost == 0; round++)
        {
            lost += await SettledOnceAsync(await ReadyAsync());
        }

        await site.SendWebhooksAsync(false, Cancel);
        Losers("settles that found the money booked", lost);
    }

    /// <summary>Two workers find the same purchases to settle, to deliver and to write about: the buyers have paid and did not come back.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C04_TwoWorkers_DoEachThingOnce()
    {
        await using var second = await SecondWorkerAsync();
        var left = Worker.Count(Left);
        await WorkTogetherAsync(second, hold: false);
        if (Worker.Count(Left) + second.Count(Left) == left)
        {
            // whether both look at the same moment is the machine's to say: now the one is held while it looks
            await WorkTogetherAsync(second, hold: true);
        }

        Losers("orders that a worker left to the other", Worker.Count(Left) + second.Count(Left) - left);
    }

    /// <summary>Twelve buyers pay and do not come back; two workers settle, deliver and write.</summary>
    private async Task WorkTogetherAsync(Node second, bool hold)
    {
        var mails = site.Mails.Count;
        var buyers = new List<Buyer>();
        for (var n = 0; n < 12; n++)
        {
            var buyer = await ReadyAsync();
            await buyer.Visitor.AddAsync("paid1", ("Recipient", "friend"));
            Assert.Equal(HttpStatusCode.SeeOther, (await buyer.Visitor.AskAsync((await buyer.PlaceAsync()).Submission("main form", "ok", []))).StatusCode);
            buyers.Add(buyer);
        }

        // no mail is on its way when the clock moves past the leases, or it would rightly be sent again
        await site.WorkAsync(Cancel, Worker, second);
        if (hold)
        {
            Worker.ArmHold("K16");
        }

        await site.MoveAsync(TimeSpan.FromMinutes(20), Cancel);
        if (hold)
        {
            await Worker.HeldAsync("K16", Cancel);
            await site.WorkAsync(Cancel, second);
            Worker.Disarm();
        }

        await site.WorkAsync(Cancel, Worker, second);
        await site.WorkAsync(Cancel, Worker, second);

        foreach (var buyer in buyers)
        {
            var order = await OnlyOrderAsync(await MemberAsync(buyer));
            Assert.Equal(OrderState.Fulfilled, order.State);
            await ChargedOnceAsync(order);
            await DeliveredOnceAsync(order);
            Assert.Single(site.Mails, mail => mail.Subject.Contains(order.Reference, StringComparison.Ordinal));
        }

        Assert.Empty(site.Mails.Skip(mails).GroupBy(mail => mail.MessageId).Where(same => same.Count() > 1).Select(same => $"{same.First().Subject} ({same.Count()})"));
        TestContext.Current.TestOutputHelper?.WriteLine($"mails by the one worker: {Worker.Count("was sent.")}, by the other: {second.Count("was sent.")}");
    }

    /// <summary>A worker's outbox hangs with a mail accepted and not marked. Another takes it over; what the first then writes changes nothing.</summary>
    [Fact(Timeout = 600_000)]
    public async Task C04_WorkerStoppedPastItsLease_ChangesNothingLater()
    {
        await site.WorkAsync(Cancel, Worker);
        Worker.ArmHold("K9");
        var buyer = await ReadyAsync(work: false);
        await Worker.HeldAsync("K9", Cancel);

        await using var second = await SecondWorkerAsync();
        await site.MoveAsync(TimeSpan.FromSeconds(95), Cancel);
        await site.WorkAsync(Cancel, second);
        for (var more = 0; more < 5 && (await RowAsync(buyer)).DoneAt is null; more++)
        {
            // what the second worker could not send at once it sends after its back-off
            await site.MoveAsync(TimeSpan.FromSeconds(20), Cancel);
            await site.WorkAsync(Cancel, second);
        }

        var done = await RowAsync(buyer);
        Assert.NotNull(done.DoneAt);

        Worker.Disarm();
        await Worker.Process.LineAsync("1 outbox rows were no longer ours", Cancel);
        Assert.Equal((done.DoneAt, done.LeaseNo, done.LeaseOwner), ((await RowAsync(buyer)) is var now ? (now.DoneAt, now.LeaseNo, now.LeaseOwner) : default));
        var mails = site.Mails.Where(mail => mail.Recipients.Contains(buyer.Email)).ToList();
        Assert.Equal((2, 1), (mails.Count, mails.Select(mail => mail.MessageId).Distinct().Count()));
    }

    public override async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && Database.Companion is { } broken)
        {
            Database.Companion = null;
            await broken.DisposeAsync();
        }
        else if (site is not null)
        {
            await site.CheckAsync(Cancel);
            Assert.Empty(await site.DifferencesAsync(Cancel));
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<Site> OpenAsync()
    {
        var opened = await Site.OpenAsync(
            await Database.FreshAsync(), new Dictionary<string, string> { ["one"] = "web", ["two"] = "web", ["worker"] = "worker", ["second"] = "worker" }, webhooks: false, Cancel);
        await opened["one"].StartAsync(Cancel);
        await opened["two"].StartAsync(Cancel);
        await opened["worker"].StartAsync(Cancel);
        return opened;
    }

    private async Task<Node> SecondWorkerAsync()
    {
        await site["second"].StartAsync(Cancel);
        return site["second"];
    }

    /// <summary>A member with something in the cart.</summary>
    private async Task<Buyer> ReadyAsync(bool work = true)
    {
        var buyer = await site.RegisterAsync();
        await buyer.Visitor.AddAsync("paid1");
        if (!work)
        {
            site.MoveUnseen(TimeSpan.FromSeconds(6));
        }

        return buyer;
    }

    /// <summary>The same browser fifty times, half of it at each node, connected already.</summary>
    private IEnumerable<Buyer> Clicks(Buyer buyer)
    {
        for (var n = 0; n < AtOnce; n++)
        {
            yield return site.Visitor(new ToNode(n % 2 == 0 ? One : Two, site.Address), buyer.Cookies) with { Name = buyer.Name };
        }
    }

    private async Task<IReadOnlyList<(Buyer, Page)>> DevicesAsync(Buyer buyer)
    {
        var devices = new List<(Buyer, Page)>();
        for (var n = 0; n < AtOnce; n++)
        {
            var device = site.Visitor(new ToNode(n % 2 == 0 ? One : Two, site.Address)) with { Name = buyer.Name };
            await device.Visitor.SignInAsync(buyer.Name);
            devices.Add((device, await device.Visitor.GetAsync("/checkout")));
        }

        return devices;
    }

    /// <summary>Fifty members, half of them at each node; there is one seed account left for them, and one use of a promotion.</summary>
    private async Task<IReadOnlyList<OneOfMany>> CrowdAsync()
    {
        if (site.Crowd is { } there)
        {
            return there;
        }

        var admin = site.Visitor(new ToNode(One, site.Address));
        await admin.Visitor.SignInAsync("admin");
        var draft = (await admin.Visitor.SubmitAsync(await admin.Visitor.GetAsync("/admin/rules"), "main form", "Start a draft")).Address.AbsolutePath;
        await admin.Visitor.SubmitAsync(await admin.Visitor.GetAsync($"{draft}/shop.prices?list=products&row=seed"), "#values", null, ("Values[stock]", "1"));
        var today = Days.Of(site.Clock.GetUtcNow());
        var preview = await admin.Visitor.SubmitAsync(
            await admin.Visitor.GetAsync($"{draft}/shop.promotions?list=promotions"), "#values", null, ("Values[key]", LastUse), ("Values[name]", "The last one"),
            ("Values[from]", Days.Text(today)), ("Values[until]", Days.Text(today.AddDays(9))), ("Values[code]", LastUse), ("Values[percent]", "10"), ("Values[maxUses]", "1"),
            ("Switches[on]", "true"));
        Assert.Null(preview.Error);
        await admin.Visitor.SubmitAsync(preview, "#publish-form", "Publish", ("Reason", "For one buyer."));

        var crowd = new OneOfMany[AtOnce];
        await Parallel.ForEachAsync(Enumerable.Range(0, AtOnce), AFew, async (n, _) =>
        {
            var buyer = await site.RegisterAsync(new ToNode(n % 2 == 0 ? One : Two, site.Address));
            crowd[n] = new OneOfMany(buyer, (await buyer.Visitor.GetAsync("/cart")).Value("__RequestVerificationToken")!);
        });
        return site.Crowd = crowd;
    }

    /// <summary>Everybody has one thing in the cart and nothing else.</summary>
    private static Task FillAsync(IReadOnlyList<OneOfMany> crowd, string sku) => Parallel.ForEachAsync(crowd, AFew, async (one, _) =>
    {
        await one.SendAsync("/cart?handler=Discard");
        await one.SendAsync($"/shop/{sku}", ("Quantity", "1"));
    });

    /// <summary>All want what one can have, until somebody was late enough to lose it under the lock; the winner is declined. Returns how many lost there.</summary>
    private async Task<int> OneOfFiftyAsync(IReadOnlyList<OneOfMany> crowd)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            var requests = new (Buyer, HttpRequestMessage)[crowd.Count];
            await Parallel.ForEachAsync(Enumerable.Range(0, crowd.Count), AFew, async (n, _) =>
                requests[n] = (crowd[n].Buyer, (await crowd[n].Buyer.Visitor.GetAsync("/checkout")).Submission("main form", null, [("Provider", "sandbox")])));
            var lost = Lost();
            var answers = await AllAtOnceAsync(requests);
            lost = Lost() - lost;
            Assert.DoesNotContain(answers, answer => (int)answer.StatusCode >= 500);
            var (one, won) = Assert.Single(crowd.Zip(answers), it => it.Second.Headers.Location?.OriginalString.EndsWith("/pay", StringComparison.Ordinal) ?? false);
            var pay = await one.Buyer.Visitor.GetAsync(won.Headers.Location!.OriginalString);
            await one.Buyer.Visitor.PressAsync(await one.Buyer.ToBankAsync(pay), "declined");
            if (lost > 0)
            {
                return lost;
            }
        }

        return 0;
    }

    private static async Task<IReadOnlyList<HttpResponseMessage>> AllAtOnceAsync(IReadOnlyList<(Buyer Buyer, HttpRequestMessage Request)> requests)
    {
        var barrier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = requests.Select(async it =>
        {
            await barrier.Task;
            return await it.Buyer.Visitor.AskAsync(it.Request);
        }).ToList();
        barrier.SetResult();
        return await Task.WhenAll(all);
    }

    private Task<int> UsedAsync(string limit) =>
        site.ReadAsync(async db => (int)await db.Limits.Where(l => l.Code == limit).Select(l => l.Used).SingleAsync(Cancel));

    /// <summary>All confirm at once.</summary>
    private static async Task<IReadOnlyList<Page>> AllAtOnceAsync(IReadOnlyList<(Buyer Buyer, Page Page)> clicks, string provider)
    {
        // each has its connection and its request ready before the first is sent
        await Parallel.ForEachAsync(clicks, Cancel, async (click, _) => await click.Buyer.Visitor.GetAsync("/health/live"));
        var barrier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = clicks.Select(async click =>
        {
            var request = click.Page.Submission("main form", null, [("Provider", provider)]);
            await barrier.Task;
            return await click.Buyer.Visitor.SendAsync(request);
        }).ToList();
        barrier.SetResult();
        return await Task.WhenAll(all);
    }

    /// <summary>Whether anybody is late enough to lose is the machine's to say, so it may take more than one round.</summary>
    private async Task UntilSomebodyLosesAsync(Func<Buyer, Task<IReadOnlyList<(Buyer, Page)>>> prepare)
    {
        var lost = 0;
        for (var round = 0; round < MostRounds && lost == 0; round++)
        {
            var buyer = await ReadyAsync();
            lost += await PlacedOnceAsync(buyer, await prepare(buyer));
        }

        Losers("units of work that met 0 rows or a unique violation", lost);
    }

    /// <summary>Returns how many lost.</summary>
    private async Task<int> PlacedOnceAsync(Buyer buyer, IReadOnlyList<(Buyer Buyer, Page Page)> clicks)
    {
        var lost = Lost();
        var pages = await AllAtOnceAsync(clicks, "sandbox");
        var order = await OnlyOrderAsync(await MemberAsync(buyer));
        Assert.All(pages, page => Assert.Equal((HttpStatusCode.OK, $"/checkout/{order.Number}/pay", order.Reference), (page.Status, page.Address.AbsolutePath, page.Text("order-reference"))));
        lost = Lost() - lost;

        var bankPages = await Task.WhenAll(clicks.Zip(pages, (click, page) => click.Buyer.ToBankAsync(page)));
        Assert.Single(bankPages.Select(page => page.Address.AbsoluteUri).Distinct());
        var ends = await Task.WhenAll(clicks.Zip(bankPages, (click, page) => click.Buyer.PayAsync(page)));
        Assert.All(ends, page => Assert.Equal((HttpStatusCode.OK, "fulfilled"), (page.Status, page.Find("order-state")?.GetAttribute("data-state"))));
        await ChargedOnceAsync(order);
        await DeliveredOnceAsync(order);
        return lost;
    }

    /// <summary>Returns how many settles came second.</summary>
    private async Task<int> SettledOnceAsync(Buyer buyer)
    {
        var bankPage = await buyer.PlaceAsync();
        var before = One.Count(Booked) + Two.Count(Booked) + Worker.Count(Booked);
        var held = Worker.Process.Count("Held at K12");
        Worker.ArmHold("K12");
        var paid = await buyer.Visitor.AskAsync(bankPage.Submission("main form", "ok", []));
        await Worker.HeldAsync("K12", Cancel, held + 1);
        var way = paid.Headers.Location!;
        var clicks = Clicks(buyer).ToList();
        await Parallel.ForEachAsync(clicks, Cancel, async (click, _) => await click.Visitor.GetAsync("/health/live"));

        site.MoveUnseen(TimeSpan.FromMinutes(20));
        Worker.Disarm();
        var pages = await Task.WhenAll(clicks.Select(click => click.Visitor.GetAsync(way.PathAndQuery)));

        var order = await OnlyOrderAsync(await MemberAsync(buyer));
        Assert.All(pages, page => Assert.Equal((HttpStatusCode.OK, "fulfilled"), (page.Status, page.Find("order-state")?.GetAttribute("data-state"))));
        await ChargedOnceAsync(order);
        await DeliveredOnceAsync(order);
        await site.WorkAsync(Cancel, Worker);
        var payment = bankPage.Address.Segments[^1];
        var told = await site.ReadAsync(db => db.WebhookInbox.AsNoTracking().Where(r => r.Type == "payment.captured" && r.Body.Contains(payment)).ToListAsync(Cancel));
        Assert.NotNull(Assert.Single(told).ProcessedAt);
        return One.Count(Booked) + Two.Count(Booked) + Worker.Count(Booked) - before;
    }

    private async Task ChargedOnceAsync(Order order)
    {
        var attempt = Assert.Single(await site.ReadAsync(db => db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == order.Id).ToListAsync(Cancel)));
        Assert.Single(await site.ChargesAsync(attempt.Id, Cancel));
        Assert.Equal(1, await site.ReadAsync(db => db.ProviderPayments.CountAsync(p => p.AttemptId == attempt.Id, Cancel)));
    }

    private async Task DeliveredOnceAsync(Order order)
    {
        var (deliveries, effects) = await site.ReadAsync(async db =>
        {
            var d = await db.Deliveries.AsNoTracking().Where(x => x.OrderId == order.Id).ToListAsync(Cancel);
            var sources = d.Select(x => string.Create(CultureInfo.InvariantCulture, $"delivery:{x.Id}")).ToList();
            return (d, await db.MembershipEvents.CountAsync(e => sources.Contains(e.SourceId), Cancel));
        });
        Assert.All(deliveries, delivery => Assert.Equal(DeliveryState.Applied, delivery.State));
        Assert.Equal(deliveries.Count, effects);
    }

    private Task<Order> OnlyOrderAsync(long member) =>
        site.ReadAsync(async db => Assert.Single(await db.Orders.AsNoTracking().Where(o => o.BuyerId == member).ToListAsync(Cancel)));

    private Task<long> MemberAsync(Buyer buyer) => site.ReadAsync(db => db.Users.Where(m => m.UserName == buyer.Name).Select(m => m.Id).SingleAsync(Cancel));

    private Task<long> BalanceAsync(long member)
    {
        var code = $"user:{member}:points";
        return site.ReadAsync(db => db.LedgerAccounts.Where(a => a.Code == code)
            .Join(db.AccountBalances, a => a.Id, b => b.AccountId, (_, b) => b.Balance).SingleAsync(Cancel));
    }

    private async Task<long> PointsPriceAsync(Buyer buyer)
    {
        var words = (await buyer.Visitor.GetAsync("/shop/paid1")).Text("price-points")!;
        return long.Parse(new string([.. words.Where(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
    }

    private Task<OutboxRow> RowAsync(Buyer buyer) => site.ReadAsync(async db =>
    {
        var member = await db.Users.Where(m => m.UserName == buyer.Name).Select(m => m.Id).SingleAsync(Cancel);
        return await db.Outbox.AsNoTracking().OrderByDescending(r => r.Id).FirstAsync(r => r.Payload == $$"""{"memberId":{{member}}}""", Cancel);
    });

    /// <summary>Orders that were not placed because somebody else's was: refused by the unique key, or rolled back over 0 rows. EF logs each.</summary>
    private int Lost() => new[] { One, Two }.Sum(node => node.Count(Refused) + node.Count("Rolling back transaction."));

    private string Refused => Engine == DatabaseEngine.Sqlite ? "UNIQUE constraint failed: orders.cart_id" : "23505: duplicate key value violates unique constraint \"ux_orders_cart_version";

    private void Losers(string what, int count)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{Engine}: {count} {what} of {AtOnce}");
        Assert.True(count > 0, $"nobody lost ({what}): the race did not happen");
    }

    [System.Text.RegularExpressions.GeneratedRegex("/gifts/claim/(?<code>[0-9a-z]+)")]
    private static partial System.Text.RegularExpressions.Regex Link();

    /// <summary>Sends what goes to the shop to one of its nodes, whichever the link names.</summary>
    private sealed class ToNode(Node node, Uri shop) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri is { } to && to.Authority == shop.Authority)
            {
                request.RequestUri = new Uri(node.Address, to.PathAndQuery);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}

public sealed class RaceTests_Sqlite(SqliteDatabase database) : RaceTests(database), IClassFixture<SqliteDatabase>;

public sealed class RaceTests_Postgres(PostgresDatabase database) : RaceTests(database), IClassFixture<PostgresDatabase>;
