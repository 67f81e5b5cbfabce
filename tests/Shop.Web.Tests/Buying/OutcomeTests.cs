using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What the buyer may do, and is told, while a payment is in doubt or after it ended; each outcome by itself is in BankOutcomesTests.</summary>
public abstract class OutcomeTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>Longer than a page asks: the bank is still silent when the page gives up.</summary>
    private const int SilentFor = 600;

    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Payments:Sandbox:SilentFor"] = $"{SilentFor}" } };

    [Fact]
    public async Task P07_Declined_GivesThePointsBackAndTheNextTryHasAKeyOfItsOwn()
    {
        var (visitor, name) = await MemberAsync(points: 20);
        var bank = await PlacedAsync(visitor, "paid12", withPoints: true);
        Assert.Equal(0, await PointsAsync(name));
        var pay = await visitor.PressAsync(bank, "declined");
        Assert.Equal(20, await PointsAsync(name));

        var again = await visitor.PressAsync(await visitor.SubmitAsync(pay), "ok");
        Assert.Equal("fulfilled", State(again));
        Assert.Equal([AttemptState.Failed, AttemptState.Captured], await AttemptsAsync(again.Number()));
    }

    [Fact]
    public async Task P08_PendingThatIsDenied_IsToldByMail()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.PressAsync(await PlacedAsync(visitor), "pending");
        await DecideAsync(visitor, "denied");
        Shop.Clock.Advance(TimeSpan.FromHours(2));
        await Shop.WorkAsync(Cancel);
        var mail = Assert.Single(await MailsAsync(Address(name)));
        Assert.Contains("did not go through", mail.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P03_WhileInDoubt_PayingAgainAnotherMethodAndAnotherCart_AreRefusedInWords()
    {
        var (visitor, name) = await MemberAsync();
        var number = NumberOf(await SilentAsync(visitor, "timeout"));

        var again = await AskAsync(() => PostAsync(visitor, $"/checkout/{number}/pay", ("Provider", "sandbox")));
        Assert.Contains("We are checking", again.Main(), StringComparison.Ordinal);

        await visitor.AddAsync("paid1");
        var other = await AskAsync(() => visitor.PlaceAsync());
        Assert.Contains("is with the bank", other.Error, StringComparison.Ordinal);
        Assert.Equal(1, await OrdersOfAsync(name));
        Assert.Equal([AttemptState.Unknown], await AttemptsAsync(number));
    }

    [Fact]
    public async Task DECISIONS_4_MindChangedWhileNothingIsPaid_EndsTheOldTryAtTheBankFirst()
    {
        var (visitor, name) = await MemberAsync();
        var bank = await PlacedAsync(visitor);
        await visitor.AddAsync("paid1", ("Quantity", "2"));
        var order = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal("fulfilled", State(order));
        Assert.Equal(2, await OrdersOfAsync(name));

        // the first page of the bank is still open in another tab, and pays nothing any more
        Assert.Null((await visitor.GetAsync(bank.Address.PathAndQuery)).Document.QuerySelector("button[value=ok]"));
    }

    private static string? State(Page page) => page.Find("order-state")?.GetAttribute("data-state");

    private static string NumberOf(Page pay) => pay.Address.AbsolutePath.Split('/')[2];

    private async Task<Page> PlacedAsync(Visitor visitor, string sku = "paid1", bool withPoints = false)
    {
        var cart = await visitor.AddAsync(sku);
        if (withPoints)
        {
            await PostAsync(visitor, "/cart?handler=points", ("UsePoints", "true"));
        }

        Assert.NotNull(cart.Find("cart-line"));
        return await visitor.PlaceAsync();
    }

    /// <summary>The buyer pays, and the bank says nothing about it.</summary>
    private async Task<Page> SilentAsync(Visitor visitor, string outcome)
    {
        var bank = await PlacedAsync(visitor);
        return await AskAsync(() => visitor.PressAsync(bank, outcome));
    }

    /// <summary>Ends a pending payment at the bank.</summary>
    private static async Task DecideAsync(Visitor visitor, string decision)
    {
        var list = await visitor.GetAsync("/sandbox/payments");
        await visitor.SubmitAsync(list, "main form", decision);
    }

    /// <summary>Waits for an answer that needs time to pass, which only the test's clock makes.</summary>
    private async Task<Page> AskAsync(Func<Task<Page>> ask)
    {
        var answer = ask();
        while (!answer.IsCompleted)
        {
            Shop.Clock.Advance(PaymentGateway.BuyersPatience);
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(50), Cancel));
        }

        return await answer;
    }

    private Task<AttemptState[]> AttemptsAsync(string number) => ReadAsync(db => db.PaymentAttempts
        .Where(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == number)).OrderBy(a => a.Seq).Select(a => a.State).ToArrayAsync(Cancel));
}

public sealed class OutcomeTests_Sqlite(SqliteDatabase database) : OutcomeTests(database), IClassFixture<SqliteDatabase>;

public sealed class OutcomeTests_Postgres(PostgresDatabase database) : OutcomeTests(database), IClassFixture<PostgresDatabase>;
