using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>When in a purchase a point is armed.</summary>
public enum Step
{
    /// <summary>Before the buyer confirms the checkout page.</summary>
    Placing,

    /// <summary>Before the buyer comes back from the bank, which has taken the money.</summary>
    Returning,

    /// <summary>When everything is paid and shown as such; what is left are the mails.</summary>
    Mailing,
}

/// <summary>
/// The shop kills itself at each named place of a purchase (scenarios.md K1 to K9, P01), is started again and left to its janitor. Whatever
/// the moment, the buyer is charged once and gets once what was paid for, and our books say the same as the bank's.
/// </summary>
public abstract class KillTests(TestDatabase database) : DatabaseTests(database)
{
    private static readonly int Rounds = Numbers.Of("SHOP_KILLS") ?? 1;

    private Site site = null!;

    private Node Shop => site["shop"];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database.Companion ??= await OpenAsync();
        site = (Site)Database.Companion;
    }

    [Theory(Timeout = 3_600_000)]
    [InlineData("K1", Step.Placing)]
    [InlineData("K2", Step.Placing)]
    [InlineData("K3", Step.Placing)]
    [InlineData("K3", Step.Returning)]
    [InlineData("K4", Step.Placing)]
    [InlineData("K4", Step.Returning)]
    [InlineData("K5", Step.Returning)]
    [InlineData("K6", Step.Returning)]
    [InlineData("K7", Step.Returning)]
    [InlineData("K8", Step.Mailing)]
    [InlineData("K9", Step.Mailing)]
    public async Task P01_KilledInAPurchase_Converges(string point, Step step)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var seed = Numbers.Of("SHOP_SEED") ?? Random.Shared.Next();
            TestContext.Current.TestOutputHelper?.WriteLine($"{point} {step} on {Engine}: SHOP_SEED={seed}");
            await KilledAsync(point, step, new Random(seed));
        }
    }

    private async Task KilledAsync(string point, Step step, Random random)
    {
        if (!Shop.IsRunning)
        {
            await Shop.StartAsync(Cancel);
        }

        var buyer = await site.RegisterAsync();
        var gifts = point == "K7" ? 1 + random.Next(2) : random.Next(2);
        await buyer.Visitor.AddAsync("paid1");
        for (var gift = 0; gift < gifts; gift++)
        {
            await buyer.Visitor.AddAsync("paid2", ("Recipient", "friend"));
        }

        // the mail of the registration is out, so that the next one is of this purchase
        await site.WorkAsync(Cancel, Shop);
        var repeated = site.Mails.GroupBy(mail => mail.MessageId).Count(same => same.Count() > 1);
        await DieAsync(point, step, buyer);

        // before anything is settled, the bank and the books differ exactly where money moved and the shop could not note it
        var isChargeOnlyAtTheBank = step == Step.Returning && point is ("K3" or "K4" or "K5");
        var different = await site.DifferencesAsync(Cancel);
        Assert.Equal(isChargeOnlyAtTheBank ? 1 : 0, different.Count(it => it.StartsWith("only the bank has sc_", StringComparison.Ordinal)));
        Assert.Equal(isChargeOnlyAtTheBank ? 1 : 0, different.Count);

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        if (step == Step.Placing)
        {
            await PayAfterAllAsync(point, buyer);
        }

        // a receipt waits a second, so that it can say what was delivered
        await site.WorkAsync(Cancel, Shop);
        await ConvergedAsync(buyer, 1 + gifts);
        Assert.Equal(point == "K9" ? 1 : 0, site.Mails.GroupBy(mail => mail.MessageId).Count(same => same.Count() > 1) - repeated);
    }

    /// <summary>Buys up to the moment, and sees the process end there and nowhere else.</summary>
    private async Task DieAsync(string point, Step step, Buyer buyer)
    {
        switch (step)
        {
            case Step.Placing:
                var checkout = await buyer.Visitor.GetAsync("/checkout");
                Shop.Arm(point);
                await Assert.ThrowsAsync<HttpRequestException>(() => buyer.Visitor.SubmitAsync(checkout, ("Provider", "sandbox")));
                break;
            case Step.Returning:
                var bankPage = await buyer.PlaceAsync();
                Shop.Arm(point);
                await Assert.ThrowsAsync<HttpRequestException>(() => buyer.PayAsync(bankPage));
                break;
            case Step.Mailing:
                var paid = await buyer.PayAsync(await buyer.PlaceAsync());
                Assert.Equal("fulfilled", paid.Find("order-state")?.GetAttribute("data-state"));
                Shop.Arm(point);
                site.MoveUnseen(TimeSpan.FromSeconds(6));
                break;
        }

        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains($"Killed at {point}", Shop.Process.Lines);
    }

    /// <summary>
    /// Lets the janitor look when a call that was made is given up and a lease has run out: at most two of its passes may find something to do.
    /// </summary>
    private async Task RecoverAsync()
    {
        await site.MoveAsync(TimeSpan.FromMinutes(3), Cancel);
        Assert.InRange(await site.WorkAsync(Cancel, Shop), 0, 2);
    }

    /// <summary>No money has moved: the cart is kept, or the order is there to be paid, under the key that it had.</summary>
    private async Task PayAfterAllAsync(string point, Buyer buyer)
    {
        var cart = await buyer.Visitor.GetAsync("/cart");
        Assert.NotEmpty(cart.All("cart-line"));
        var (orders, attempt) = await site.ReadAsync(async db =>
        {
            var member = await db.Users.SingleAsync(m => m.UserName == buyer.Name, Cancel);
            var placed = await db.Orders.AsNoTracking().Where(o => o.BuyerId == member.Id).ToListAsync(Cancel);
            return (placed, await db.PaymentAttempts.AsNoTracking().SingleOrDefaultAsync(a => placed.Select(o => o.Id).Contains(a.OrderId), Cancel));
        });
        Assert.Equal(point == "K1" ? 0 : 1, orders.Count);
        Assert.Equal(point switch { "K1" => null, "K2" => AttemptState.Created, _ => AttemptState.Action }, attempt?.State);

        var paid = await buyer.PayAsync(await buyer.PlaceAsync());
        Assert.Equal("fulfilled", paid.Find("order-state")?.GetAttribute("data-state"));
        if (attempt is not null)
        {
            var keys = await site.ReadAsync(db => db.PaymentAttempts.Where(a => a.OrderId == attempt.OrderId).Select(a => a.IdemKey).ToListAsync(Cancel));
            Assert.Equal([attempt.IdemKey], keys);
        }
    }

    /// <summary>Paid once, delivered once, told once; healthy books; the bank says the same.</summary>
    private async Task ConvergedAsync(Buyer buyer, int lines)
    {
        var (order, attempts, payments, deliveries, effects, cartLines) = await site.ReadAsync(async db =>
        {
            var member = await db.Users.SingleAsync(m => m.UserName == buyer.Name, Cancel);
            var o = await db.Orders.AsNoTracking().SingleAsync(x => x.BuyerId == member.Id, Cancel);
            var a = await db.PaymentAttempts.AsNoTracking().Where(x => x.OrderId == o.Id).ToListAsync(Cancel);
            var d = await db.Deliveries.AsNoTracking().Where(x => x.OrderId == o.Id).ToListAsync(Cancel);
            var sources = d.Select(x => string.Create(CultureInfo.InvariantCulture, $"delivery:{x.Id}")).ToList();
            return (
                o, a, await db.ProviderPayments.AsNoTracking().Where(p => p.AttemptId == a[0].Id).ToListAsync(Cancel), d,
                await db.MembershipEvents.AsNoTracking().Where(e => sources.Contains(e.SourceId)).ToListAsync(Cancel),
                await db.Carts.CountAsync(c => c.Id == o.CartId && c.Lines.Any(), Cancel));
        });
        Assert.Equal(OrderState.Fulfilled, order.State);
        Assert.Equal(AttemptState.Captured, Assert.Single(attempts).State);
        var payment = Assert.Single(payments);
        Assert.Equal((Disposition.Matched, order.DueMinor), (payment.Disposition, payment.AmountMinor));
        Assert.Single(await site.ChargesAsync(attempts[0].Id, Cancel));
        Assert.Equal(lines, deliveries.Count);
        Assert.All(deliveries, delivery => Assert.Equal((DeliveryState.Applied, order.PaidAt), (delivery.State, delivery.EffectiveAt)));
        Assert.Equal(lines, effects.Count);
        Assert.Equal(0, cartLines);

        var page = await buyer.Visitor.GetAsync($"/orders/{order.Number}");
        Assert.Equal("fulfilled", page.Find("order-state")?.GetAttribute("data-state"));
        var receipts = site.Mails.Where(mail => mail.Recipients.Contains(buyer.Email) && mail.Subject.Contains(order.Reference, StringComparison.Ordinal)).ToList();
        Assert.Single(receipts.Select(mail => mail.MessageId).Distinct());
        Assert.Empty(await site.DifferencesAsync(Cancel));
        await site.CheckAsync(Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && Database.Companion is { } broken)
        {
            // what one test left behind is not the next one's fault
            Database.Companion = null;
            await broken.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task<Site> OpenAsync()
    {
        var opened = await Site.OpenAsync(await Database.FreshAsync(), new Dictionary<string, string> { ["shop"] = "all" }, Cancel);
        await opened["shop"].StartAsync(Cancel);
        return opened;
    }
}

public sealed class KillTests_Sqlite(SqliteDatabase database) : KillTests(database), IClassFixture<SqliteDatabase>;

public sealed class KillTests_Postgres(PostgresDatabase database) : KillTests(database), IClassFixture<PostgresDatabase>;
