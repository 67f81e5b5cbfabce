using System.Net;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>Parts of the site fail by themselves (MZ-63, goals.md G16).</summary>
public abstract class IndependenceTests(TestDatabase database) : DatabaseTests(database)
{
    private const int Purchases = 50;
    private const int AtOnce = 4;

    /// <summary>Requests for management pages: those that run, those that wait for them, and more.</summary>
    private const int Crowd = 100;

    private readonly Stuck stuck = new();

    [Fact(Timeout = 180_000)]
    public async Task MZ_63_G16_ManagementHangsMailsAndOneProviderAreDown_EveryPurchaseSucceeds()
    {
        await using var shop = await StartAsync();
        var (crowd, _) = await shop.RegisterAsync();
        var (unlucky, _) = await shop.RegisterAsync();
        stuck.Begin();
        var waiting = Enumerable.Range(0, Crowd).Select(_ => crowd.GetAsync("/account/orders")).ToList();
        await stuck.Held.WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        // whoever takes the service that is down is told that nobody knows yet
        await unlucky.AddAsync("paid1");
        Assert.Equal(HttpStatusCode.OK, (await unlucky.PlaceAsync(("Provider", Down.Name))).Status);

        var ends = new System.Collections.Concurrent.ConcurrentBag<string?>();
        await Parallel.ForEachAsync(Enumerable.Range(1, Purchases), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (_, _) =>
        {
            var (buyer, _) = await shop.RegisterAsync();
            await buyer.AddAsync("paid1");
            ends.Add(await BuyAsync(buyer));
        });
        Assert.Equal(Purchases, ends.Count(end => end == "fulfilled"));
        Assert.Equal(Purchases, await shop.ReadAsync((db, token) => db.Orders.CountAsync(order => order.State == OrderState.Fulfilled, token), Cancel));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (await StatusAsync(shop, "/health/buy"), await StatusAsync(shop, "/health/account")));

        stuck.End();
        var answers = (await Task.WhenAll(waiting)).Select(page => page.Status).ToList();
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, status.ToString()));
        Assert.Contains(HttpStatusCode.OK, answers);
        Assert.Contains(HttpStatusCode.ServiceUnavailable, answers);
        Assert.Equal(HttpStatusCode.OK, (await crowd.GetAsync("/account/orders")).Status);
        Assert.Empty(await shop.ReadAsync((db, token) => new Books(db, shop.Clock).CheckAsync(token), Cancel));
    }

    /// <summary>Pages of a part that fail for everybody are seen by whoever watches that part, and by nobody else.</summary>
    [Fact]
    public async Task MZ_63_ManagementFails_ItsHealthSaysSoForAWhileAndBuyingIsWell()
    {
        await using var shop = await StartAsync();
        var (visitor, _) = await shop.RegisterAsync();
        stuck.Fail = true;
        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await visitor.GetAsync("/account/orders")).Status);
        }

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (await StatusAsync(shop, "/health/buy"), await StatusAsync(shop, "/health/account")));
        stuck.Fail = false;
        shop.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(shop, "/health/account"));
    }

    private Task<ShopHost> StartAsync() => ShopHost.StartAsync(Database, new ShopSettings
    {
        Jobs = true,
        Values = new Dictionary<string, string?>
        {
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Mail:Smtp:Port"] = "1",
            ["ConnectionStrings:Shop"] = Database.Place.ConnectionString + (Engine == DatabaseEngine.Postgres ? ";Maximum Pool Size=40;Timeout=5" : ""),
        },
        Services = services =>
        {
            services.AddSingleton<IPaymentProvider, Down>();
            services.Configure<MvcOptions>(mvc => mvc.Filters.Add(stuck));
        },
    });

    private static async Task<HttpStatusCode> StatusAsync(ShopHost shop, string address) => (await shop.NewVisitor().GetAsync(address)).Status;

    private static async Task<string?> BuyAsync(Visitor buyer) =>
        (await buyer.PressAsync(await buyer.PlaceAsync(("Provider", "sandbox")), "ok")).Find("order-state")?.GetAttribute("data-state");

    /// <summary>A page for members that answers nobody until it is let go, or that fails.</summary>
    private sealed class Stuck : IAsyncPageFilter
    {
        private TaskCompletionSource? open;
        private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Held => held.Task;

        public bool Fail { get; set; }

        public void Begin() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End() => open!.SetResult();

        public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

        public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
        {
            if (context.ActionDescriptor.ViewEnginePath == "/Account/Orders")
            {
                // it holds a connection all the while, as a query that takes for ever does
                var database = context.HttpContext.RequestServices.GetRequiredService<ShopDbContext>().Database;
                await database.OpenConnectionAsync();
                held.TrySetResult();
                await (open?.Task ?? Task.CompletedTask);
                await database.CloseConnectionAsync();
                if (Fail)
                {
                    throw new InvalidOperationException("this page always fails");
                }
            }

            await next();
        }
    }

    /// <summary>A payment service that nobody reaches.</summary>
    private sealed class Down : IPaymentProvider
    {
        public const string Name = "down";

        public ProviderId Id { get; } = new(Name);

        public PaymentCapabilities Capabilities { get; } = new()
        {
            DisplayName = "Down",
            Live = false,
            Payee = new PayeeReference("us"),
            Flows = [PaymentFlow.Redirect],
            Currencies = Currency.All,
        };

        public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => throw Refused();

        public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => throw Refused();

        private static HttpRequestException Refused() => new("connection refused");
    }
}

public sealed class IndependenceTests_Sqlite(SqliteDatabase database) : IndependenceTests(database), IClassFixture<SqliteDatabase>;

public sealed class IndependenceTests_Postgres(PostgresDatabase database) : IndependenceTests(database), IClassFixture<PostgresDatabase>;
