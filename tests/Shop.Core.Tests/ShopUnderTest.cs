using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests;

/// <summary>The shop's services over a test's database, with a clock that the test moves and a till that does what it is told. No host, no HTTP.</summary>
public sealed class ShopUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private ShopUnderTest(ServiceProvider services) => this.services = services;

    public TestClock Clock => services.GetRequiredService<TestClock>();

    /// <summary>The provider: by default it asks the buyer to act.</summary>
    public Till Till => services.GetRequiredService<Till>();

    /// <summary>What the outbox sent.</summary>
    public SentMessages Sent => services.GetRequiredService<SentMessages>();

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>Opens a shop, or one more node of it.</summary>
    /// <param name="beside">A node whose clock and till this one shares.</param>
    /// <param name="clock">Another clock than one that stands still.</param>
    /// <param name="change">What differs in this node's services.</param>
    public static async Task<ShopUnderTest> OpenAsync(
        TestDatabase database, CancellationToken cancellationToken, ShopUnderTest? beside = null, TestClock? clock = null, Action<IServiceCollection>? change = null)
    {
        clock ??= beside?.Clock ?? new TestClock();
        var till = beside?.Till ?? new Till(clock);
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.Configure<IdentityOptions>(IdentityStore.Configure);
        collection.AddSingleton(clock);
        collection.AddSingleton<TimeProvider>(clock);
        database.Place.Register(collection);
        collection.AddShopCore();
        collection.AddSingleton(new Random(20260301)); // the same draws in every run
        collection.AddSingleton<FlakyKind>();
        collection.AddSingleton<ItemKind>(provider => provider.GetRequiredService<FlakyKind>());
        collection.AddSingleton(till);
        collection.AddSingleton(new PaymentProviders([till, new Till(clock, "other")], []));
        collection.AddSingleton<PaymentGateway>();
        collection.AddSingleton<LinkKeySource>(_ => ValueTask.FromResult(new byte[32]));
        collection.AddSingleton(new ShopLinks(() => new Uri("https://shop.example/")));
        collection.AddSingleton<SentMessages>();
        foreach (var kind in new[]
        {
            OutboxKinds.Receipt, OutboxKinds.PaymentEnded, OutboxKinds.Gift, OutboxKinds.Claim, OutboxKinds.ReceiptLinks, OutboxKinds.Expiry, OutboxKinds.PointsReceived,
            OutboxKinds.PointsSent, OutboxKinds.GiftStuck, OutboxKinds.Refund, OutboxKinds.SendFunds, OutboxKinds.FundsExpected, OutboxKinds.OrderOver,
            OutboxKinds.NameSwapped, OutboxKinds.PointsEnd, OutboxKinds.GiftAnswer, OutboxKinds.RefundFailed, OutboxKinds.RefundToFetch, OutboxKinds.GoodsTaken, OutboxKinds.EventNews,
            OutboxKinds.StaffNotice, OutboxKinds.Digest, OutboxKinds.EventHook, OutboxKinds.AccountClosed,
            OutboxKinds.RenewalFailed, OutboxKinds.SubscriptionEnded, OutboxKinds.PriceChange, OutboxKinds.PaymentRequest,
        })
        {
            collection.AddSingleton<OutboxHandler>(provider => new Recorder(kind, provider.GetRequiredService<SentMessages>()));
        }

        change?.Invoke(collection);
        var shop = new ShopUnderTest(collection.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true }));
        await using var scope = shop.services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseStart>().RunAsync(cancellationToken);
        return shop;
    }

    public Task<T> ReadAsync<T>(Func<ShopDbContext, Task<T>> read) =>
        Get<Writes>().ReadAsync((db, _) => read(db), TestContext.Current.CancellationToken);

    /// <summary>A new member, with points if asked for.</summary>
    public async Task<Person> MemberAsync(long points = 0, AccountStatus status = AccountStatus.Visible)
    {
        var name = "m" + Codes.New(10).Replace('_', 'x');
        var token = TestContext.Current.CancellationToken;
        return await Get<Writes>().RunAsync(
            async (unit, _) =>
            {
                var member = new Member
                {
                    UserName = name,
                    NormalizedUserName = name.ToUpperInvariant(),
                    Email = name + "@example.org",
                    CreatedAt = Clock.GetUtcNow(),
                };
                unit.Db.Users.Add(member);
                await unit.Db.SaveChangesAsync(token);
                if (status != AccountStatus.Visible)
                {
                    await unit.Db.Users.Where(m => m.Id == member.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, status), token);
                }

                if (points > 0)
                {
                    await PointsAccounts.GrantAsync(unit.Db, "test:" + name, member.Id, points, "test", null, Clock.GetUtcNow(), token);
                }

                return new Person(member.Id, name, new Buyer(member.Id, null));
            },
            token);
    }

    public Task<CartResult> AddAsync(Buyer buyer, string sku, int quantity = 1, string? recipient = null, string? note = null) =>
        Get<Carts>().AddAsync(buyer, new AddToCart(sku, quantity, recipient, note), TestContext.Current.CancellationToken);

    /// <summary>A new community, with its maintainers.</summary>
    public async Task<Person> CommunityAsync(params Person[] maintainers)
    {
        var name = "c" + Codes.New(10).Replace('_', 'x');
        var token = TestContext.Current.CancellationToken;
        return await Get<Writes>().RunAsync(
            async (unit, _) =>
            {
                var id = (await Communities.MakeAsync(unit.Db, name, Clock.GetUtcNow(), token))!.Value;
                foreach (var person in maintainers)
                {
                    Assert.Equal(MaintainerResult.Named, await Communities.NameAsync(unit.Db, name, person.Name, Clock.GetUtcNow(), token));
                }

                return new Person(id, name, Buyer.Nobody);
            },
            token);
    }

    /// <summary>Writes down what an account does; by default enough to be drawn at random.</summary>
    public Task ActiveAsync(Person account, int posts = 12, int sincePost = 1, int createdAgo = 90, int recentPosts = 4, int members = 0) =>
        Get<RandomDesk>().NoteAsync(
            account.Id,
            new ActivityFacts(Clock.GetUtcNow().AddDays(-createdAgo), Clock.GetUtcNow().AddDays(-sincePost), posts, 40, recentPosts, 3, members),
            TestContext.Current.CancellationToken);

    public Task<CartResult> AddAsync(Buyer buyer, AddToCart wish) => Get<Carts>().AddAsync(buyer, wish, TestContext.Current.CancellationToken);

    /// <summary>Time of a class that runs from now.</summary>
    public Task GrantAsync(long account, string accountClass, int months, int days = 0) => Get<Writes>().RunAsync(
        (unit, token) => Get<MembershipLedger>().GrantAsync(
            unit.Db,
            new GrantRequest(account, $"test:{Guid.NewGuid():N}", MembershipEventKind.Grant, new TimeGrant(accountClass, months, days), Clock.GetUtcNow(), 1),
            token),
        TestContext.Current.CancellationToken);

    public Task<CartView> CartAsync(Buyer buyer) =>
        ReadAsync(db => Get<CartPricing>().ViewAsync(db, buyer, TestContext.Current.CancellationToken));

    public async Task<PlaceResult> PlaceAsync(Buyer buyer, string provider = Till.Id, string? email = null, string? shown = null, string? address = null) =>
        await Get<Checkout>().PlaceAsync(
            new PlaceOrder
            {
                Buyer = buyer, Provider = provider, Shown = shown ?? (await CartAsync(buyer)).Shown, Email = email, Culture = "en", AddressHash = address,
            },
            TestContext.Current.CancellationToken);

    /// <summary>Adds, places, and hands out the order with its attempt.</summary>
    public async Task<PlacedOrder> BuyAsync(Buyer buyer, string sku, string? recipient = null, string? note = null, string? email = null)
    {
        Assert.IsType<CartResult.Changed>(await AddAsync(buyer, sku, recipient: recipient, note: note));
        return await OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(buyer, email: email)).Number);
    }

    public async Task<PlacedOrder> OrderAsync(string number)
    {
        var order = await ReadAsync(db => db.Orders.AsNoTracking().Include(o => o.Lines).FirstAsync(o => o.Number == number));
        var attempts = await ReadAsync(db => db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == order.Id).OrderBy(a => a.Seq).ToListAsync());
        return new PlacedOrder(order, attempts);
    }

    public Task<PlacedOrder> AgainAsync(PlacedOrder order) => OrderAsync(order.Order.Number);

    /// <summary>The buyer pays at the till and comes back.</summary>
    public async Task<SettleResult> PayAsync(PlacedOrder order)
    {
        Till.Pay(order.Live.Id);
        return await SettleAsync(order);
    }

    public Task<SettleResult> SettleAsync(PlacedOrder order) =>
        Get<Settlement>().SettleAsync(order.Live.Id, null, TestContext.Current.CancellationToken);

    public Task<MembershipState> MembershipAsync(long member) =>
        ReadAsync(db => MembershipLedger.StateAsync(db, member, TestContext.Current.CancellationToken));

    public Task<long> PointsAsync(long member) =>
        ReadAsync(db => PointsAccounts.BalanceAsync(db, member, TestContext.Current.CancellationToken));

    /// <summary>Sends everything that is due, moving the clock over the receipt's moment of waiting.</summary>
    public async Task SendAsync()
    {
        Clock.Advance(TimeSpan.FromSeconds(2));
        while (await Get<EventRun>().PassAsync(TestContext.Current.CancellationToken) + await Get<OutboxRun>().PassAsync(TestContext.Current.CancellationToken) > 0)
        {
        }
    }

    /// <summary>Every invariant holds now.</summary>
    public async Task BooksAreRightAsync()
    {
        await using var scope = services.CreateAsyncScope();
        Assert.Empty(await scope.ServiceProvider.GetRequiredService<Core.Books>().CheckAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Starts all at the same moment, each on a thread of its own.</summary>
    public static async Task<T[]> AtOnceAsync<T>(int count, Func<int, Task<T>> work)
    {
        using var barrier = new Barrier(count);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Factory.StartNew(
            async () =>
            {
                barrier.SignalAndWait(TestContext.Current.CancellationToken);
                return await work(i);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private sealed class Recorder(string kind, SentMessages sent) : OutboxHandler
    {
        public override string Kind => kind;

        public override async Task HandleAsync(OutboxRow row, CancellationToken cancellationToken)
        {
            await sent.Sending(row);
            sent.Add(row);
        }
    }
}

public sealed record Person(long Id, string Name, Buyer Buyer);

public sealed record PlacedOrder(Order Order, IReadOnlyList<PaymentAttempt> Attempts)
{
    /// <summary>The last attempt.</summary>
    public PaymentAttempt Live => Attempts[^1];
}

/// <summary>Messages in the order in which they were sent.</summary>
public sealed class SentMessages
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<OutboxRow> rows = new();

    /// <summary>How often a message fails before it is sent.</summary>
    public int Failures { get; set; }

    /// <summary>What happens while a message is on its way.</summary>
    public Func<OutboxRow, Task> Sending { get; set; } = _ => Task.CompletedTask;

    public void Add(OutboxRow row)
    {
        if (Failures-- > 0)
        {
            throw new IOException("the mail server is away");
        }

        rows.Enqueue(row);
    }

    public IReadOnlyList<string> Keys => [.. rows.Select(r => r.DedupeKey)];

    public int Count(string kind) => rows.Count(r => r.Kind == kind);
}
