using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>
/// How often a page asks the database: not more often the more rows it shows (no query in a loop), and not more often than stands here. A change that
/// needs one more raises the figure in the same commit, on purpose.
/// </summary>
public abstract class CommandCountTests(TestDatabase database) : BuyingTests(database)
{
    private const int Many = 5;

    // the host is the class's and each test an instance of its own: the counter is the host's
    private Counter Commands => Shop.Services.GetRequiredService<Counter>();

    protected override ShopSettings Settings => new()
    {
        Services = services =>
        {
            var counter = new Counter();
            services.AddSingleton(counter);
            services.ConfigureDbContext<SqliteShopDb>(options => options.AddInterceptors(counter));
            services.ConfigureDbContext<PostgresShopDb>(options => options.AddInterceptors(counter));
        },
    };

    [Theory]
    [InlineData("/", 12)]
    [InlineData("/shop/paid1", 10)]
    [InlineData("/cart", 3)]
    [InlineData("/account", 10)]
    [InlineData("/about/terms", 4)]
    public async Task Page_AsksNoMoreOftenThanItsFigure(string address, int most)
    {
        var (visitor, _) = await MemberAsync();
        Assert.InRange(await CountAsync(visitor, address), 1, most);
    }

    [Theory]
    [InlineData("/cart", 7)]
    [InlineData("/checkout", 10)]
    public async Task CartsPage_AsksAsOftenForManyLinesAsForOne(string address, int most)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var one = await CountAsync(visitor, address);
        await AddMoreAsync(visitor);
        Assert.Equal((true, one), (one <= most, await CountAsync(visitor, address)));
    }

    [Fact]
    public async Task Cart_AsksAsOftenForManyRecipientsAsForOne()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.AddAsync("paid1", ("Recipient", "admin"));
        var two = await CountAsync(visitor, "/cart");
        foreach (var name in new[] { (await MemberAsync()).Name, (await MemberAsync()).Name, (await MemberAsync()).Name })
        {
            await visitor.AddAsync("paid1", ("Recipient", name));
        }

        Assert.Equal(two, await CountAsync(visitor, "/cart"));
    }

    [Fact]
    public async Task OrdersPage_AsksAsOftenForManyLinesAsForOne()
    {
        var (visitor, _) = await MemberAsync();
        var one = await CountAsync(visitor, (await visitor.BuyAsync("paid1")).Address.AbsolutePath);
        await visitor.AddAsync("paid1");
        await AddMoreAsync(visitor);
        var many = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal((true, one), (one <= 9, await CountAsync(visitor, many.Address.AbsolutePath)));
    }

    [Theory]
    [InlineData("/account/orders", 6)]
    [InlineData("/account", 10)]
    public async Task AccountsPage_AsksAsOftenForManyOrdersAsForOne(string address, int most)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        var one = await CountAsync(visitor, address);
        await visitor.BuyAsync("paid1");
        await visitor.BuyAsync("paid1");
        Assert.Equal((true, one), (one <= most, await CountAsync(visitor, address)));
    }

    [Fact]
    public async Task Placing_AsksNoMoreOftenThanItsFigure()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var page = await visitor.GetAsync("/checkout");
        Commands.Start();
        await visitor.AskAsync(page.Submission("main form", null, []));
        Assert.InRange(Commands.Count, 1, 28);
    }

    [Fact]
    public async Task ComingBackPaid_AsksNoMoreOftenThanItsFigure()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var answer = await visitor.AskAsync((await visitor.PlaceAsync()).Submission("main form", "ok", []));
        Commands.Start();
        await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Get, answer.Headers.Location));
        Assert.InRange(Commands.Count, 1, 44);
    }

    private static async Task AddMoreAsync(Visitor visitor)
    {
        for (var line = 1; line < Many; line++)
        {
            await visitor.AddAsync("paid1");
        }
    }

    /// <summary>The commands of one view; the view before it fills what is kept in memory.</summary>
    private async Task<int> CountAsync(Visitor visitor, string address)
    {
        await visitor.GetAsync(address);
        Commands.Start();
        Assert.Equal(address, (await visitor.GetAsync(address)).Address.AbsolutePath);
        return Commands.Count;
    }

    /// <summary>Counts what the shop's contexts send. The tests of a class run one after the other, and the host's jobs are off.</summary>
    private sealed class Counter : DbCommandInterceptor
    {
        private int count;

        public int Count => count;

        public void Start() => count = 0;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref count);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref count);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref count);
            return ValueTask.FromResult(result);
        }
    }
}

public sealed class CommandCountTests_Sqlite(SqliteDatabase database) : CommandCountTests(database), IClassFixture<SqliteDatabase>;

public sealed class CommandCountTests_Postgres(PostgresDatabase database) : CommandCountTests(database), IClassFixture<PostgresDatabase>;
