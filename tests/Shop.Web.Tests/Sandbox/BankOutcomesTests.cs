using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Sandbox;

/// <summary>What a buyer and the shop make of each outcome of the sandbox's bank.</summary>
public abstract class BankOutcomesTests(TestDatabase database) : BuyingTests(database)
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("without giving a reason", "declined")]
    [InlineData("not enough money", "insufficient")]
    [InlineData("second step", "authenticate", "failed")]
    public async Task P07_Declined_SaysWhyAndCanBePaidAgain(string words, params string[] presses)
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        var pay = await PressAllAsync(visitor, bank, presses);
        Assert.Contains(words, pay.Error, StringComparison.Ordinal);
        Assert.Equal("awaiting_payment", await StateAsync(visitor, number));
        Assert.Single((await visitor.GetAsync("/cart")).All("cart-line"));

        var again = await visitor.SubmitAsync(await visitor.GetAsync($"/checkout/{number}/pay"));
        Assert.NotEqual(bank.Address, again.Address);
        var receipt = await visitor.PressAsync(again, "ok");
        Assert.Equal((number, "fulfilled"), (receipt.Number(), receipt.Find("order-state")?.GetAttribute("data-state")));
    }

    [Fact]
    public async Task Authenticate_Passed_IsBought()
    {
        var (visitor, _, bank, _) = await PlacedAsync();
        var receipt = await PressAllAsync(visitor, bank, "authenticate", "passed");
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task P08_Pending_GoodsComeOnlyWhenTheBankHasDecided()
    {
        var (visitor, name, bank, number) = await PlacedAsync();
        var wait = await visitor.PressAsync(bank, "pending");
        Assert.Contains("still deciding", wait.News, StringComparison.Ordinal);
        Assert.Equal(("free", "awaiting_payment"), ((await visitor.GetAsync("/account")).Text("member-class"), await StateAsync(visitor, number)));

        await DecideAsync(visitor, "ok");
        await visitor.GetAsync($"/checkout/{number}/pay");
        Assert.Equal(("paid", "fulfilled"), ((await visitor.GetAsync("/account")).Text("member-class"), await StateAsync(visitor, number)));
        Assert.Equal(1, await OrdersOfAsync(name));
    }

    [Fact]
    public async Task P08_PendingThenDenied_SaysSoAndCanBePaidAgain()
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        await visitor.PressAsync(bank, "pending");
        await DecideAsync(visitor, "denied");
        var pay = await visitor.GetAsync($"/checkout/{number}/pay");
        Assert.Contains("did not go through", pay.Error, StringComparison.Ordinal);
        Assert.Equal("fulfilled", (await visitor.PressAsync(await visitor.SubmitAsync(pay), "ok")).Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task P02_Error_SaysThatItIsBeingCheckedAndThenItIsBoughtOnce()
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        var wait = await visitor.PressAsync(bank, "error");
        Assert.Contains("We are checking", wait.News, StringComparison.Ordinal);
        Shop.Clock.Advance(SilentFor);
        await visitor.GetAsync($"/checkout/{number}/pay");
        Assert.Equal("fulfilled", await StateAsync(visitor, number));
    }

    [Fact]
    public async Task P03_Timeout_SaysThatItIsBeingCheckedAndThenItIsBoughtOnce()
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        var silentUntil = Now + SilentFor;
        var waiting = visitor.PressAsync(bank, "timeout");
        await Shop.Clock.UntilAsync(alarms => alarms.Contains(silentUntil), Cancel);
        // the way back gives up; the page it leads to asks once more, and is not answered either
        Shop.Clock.Advance(PaymentGateway.BuyersPatience);
        await Shop.Clock.UntilAsync(alarms => alarms.Count(alarm => alarm == silentUntil) == 2, Cancel);
        Shop.Clock.Advance(silentUntil - Now);
        Assert.Contains("We are checking", (await waiting).News, StringComparison.Ordinal);
        await visitor.GetAsync($"/checkout/{number}/pay");
        Assert.Equal("fulfilled", await StateAsync(visitor, number));
    }

    [Theory]
    [InlineData("ok")]
    [InlineData("error")]
    public async Task BuyerNeverComesBack_TheBanksEventBringsTheGoods(string outcome)
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        using (await visitor.AskAsync(Form(bank.Address.AbsoluteUri, [("token", bank.Value("token")!), ("outcome", outcome)])))
        {
            Shop.Clock.Advance(SilentFor);
            await Shop.SendBankEventsAsync(Cancel);
            await Shop.Services.GetRequiredService<InboxRun>().PassAsync(Cancel);
        }

        Assert.Equal(OrderState.Fulfilled, await ReadAsync(db => db.Orders.Where(o => o.Number == number).Select(o => o.State).SingleAsync(Cancel)));
        Assert.Equal("paid", (await visitor.GetAsync("/account")).Text("member-class"));
    }

    [Fact]
    public async Task W04_EventOfNoUse_IsStoredOnceAndOver()
    {
        var (visitor, _, bank, _) = await PlacedAsync();
        await visitor.PressAsync(bank, "authenticate");
        await Shop.SendBankEventsAsync(Cancel);
        var id = bank.Address.Segments[^1];
        var row = await ReadAsync(db => db.WebhookInbox.Where(e => e.Body.Contains(id)).SingleAsync(Cancel));
        Assert.Equal(("payment.authenticating", true), (row.Type, row.ProcessedAt is not null));
    }

    private async Task<(Visitor Visitor, string Name, Page Bank, string Number)> PlacedAsync()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var bank = await visitor.PlaceAsync();
        var number = await ReadAsync(db => db.Orders.Where(o => db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name)).Select(o => o.Number).SingleAsync(Cancel));
        return (visitor, name, bank, number);
    }

    private static async Task<Page> PressAllAsync(Visitor visitor, Page page, params string[] presses)
    {
        foreach (var press in presses)
        {
            page = await visitor.PressAsync(page, press);
        }

        return page;
    }

    /// <summary>Ends the payment that was left pending last, on the bank's page of all payments.</summary>
    private static async Task DecideAsync(Visitor visitor, string outcome) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/sandbox/payments"), "[data-testid=sandbox-payment][data-state=pending] form", outcome);

    private static async Task<string?> StateAsync(Visitor visitor, string number) =>
        (await visitor.GetAsync($"/orders/{number}")).Find("order-state")?.GetAttribute("data-state");
}

public sealed class BankOutcomesTests_Sqlite(SqliteDatabase database) : BankOutcomesTests(database), IClassFixture<SqliteDatabase>;

public sealed class BankOutcomesTests_Postgres(PostgresDatabase database) : BankOutcomesTests(database), IClassFixture<PostgresDatabase>;
