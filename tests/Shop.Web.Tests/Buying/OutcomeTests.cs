using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What the buyer sees and may do after each thing that a bank can answer.</summary>
public abstract class OutcomeTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>Longer than a page asks: the bank is still silent when the page gives up.</summary>
    private const int SilentFor = 600;

    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Payments:Sandbox:SilentFor"] = $"{SilentFor}" } };

    [Theory]
    [InlineData("declined", "declined without giving a reason")]
    [InlineData("insufficient", "not enough money")]
    public async Task P07_Declined_SaysWhyKeepsTheCartAndTakesAnotherTry(string outcome, string words)
    {
        var (visitor, name) = await MemberAsync(points: 20);
        var bank = await PlacedAsync(visitor, "paid12", withPoints: true);
        Assert.Equal(0, await PointsAsync(name));
        var pay = await visitor.PressAsync(bank, outcome);
        Assert.Contains(words, pay.Find("error").Words(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(20, await PointsAsync(name));
        Assert.NotNull((await visitor.GetAsync("/cart")).Find("cart-line"));

        var again = await visitor.PressAsync(await visitor.SubmitAsync(pay), "ok");
        Assert.Equal("fulfilled", State(again));
        Assert.Equal([AttemptState.Failed, AttemptState.Captured], await AttemptsAsync(again.Number()));
    }

    [Fact]
    public async Task P07_SecondStepFailed_SaysSo_AndPassedPays()
    {
        var (visitor, _) = await MemberAsync();
        var pay = await visitor.PressAsync(await visitor.PressAsync(await PlacedAsync(visitor), "authenticate"), "failed");
        Assert.Contains("second step", pay.Find("error").Words(), StringComparison.Ordinal);
        var order = await visitor.PressAsync(await visitor.PressAsync(await visitor.SubmitAsync(pay), "authenticate"), "passed");
        Assert.Equal("fulfilled", State(order));
    }

    [Theory]
    [InlineData("ok", "fulfilled", 1)]
    [InlineData("denied", "awaiting_payment", 0)]
    public async Task P08_Pending_GivesNothingUntilTheBankHasDecided(string decision, string state, int deliveries)
    {
        var (visitor, name) = await MemberAsync();
        var wait = await visitor.PressAsync(await PlacedAsync(visitor), "pending");
        var number = NumberOf(wait);
        Assert.Contains("still deciding", wait.Main(), StringComparison.Ordinal);
        Assert.Equal("awaiting_payment", State(await visitor.GetAsync($"/orders/{number}")));

        await DecideAsync(visitor, decision);
        Shop.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(state, State(await visitor.GetAsync($"/orders/{number}")));
        Assert.Equal(deliveries, await ReadAsync(db => db.MembershipEvents.CountAsync(e => db.Users.Any(m => m.Id == e.AccountId && m.UserName == name), Cancel)));
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

    [Theory]
    [InlineData("timeout")]
    [InlineData("error")]
    public async Task P02_P03_ChargedWithoutAnAnswer_TellsThatWeAreChecking_AndPaysOnceTheBankSpeaks(string outcome)
    {
        var (visitor, name) = await MemberAsync();
        var checking = await SilentAsync(visitor, outcome);
        Assert.Contains("We are checking", checking.Main(), StringComparison.Ordinal);
        Assert.Contains("checking your payment", (await AskAsync(() => visitor.GetAsync($"/orders/{NumberOf(checking)}"))).Main(), StringComparison.Ordinal);

        Shop.Clock.Advance(TimeSpan.FromSeconds(SilentFor));
        await Shop.WorkAsync(Cancel);
        Assert.Equal("fulfilled", State(await visitor.GetAsync($"/orders/{NumberOf(checking)}")));
        Assert.Equal(1, await ReadAsync(db => db.ProviderPayments.CountAsync(p => db.Orders.Any(o => db.PaymentAttempts.Any(a => a.Id == p.AttemptId && a.OrderId == o.Id)
            && db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name)), Cancel)));
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
