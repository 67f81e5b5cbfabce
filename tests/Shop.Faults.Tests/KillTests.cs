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
public abstract class KillTests(TestDatabase database) : KilledPurchaseTests(database, webhooks: false)
{
    private static readonly int Rounds = Numbers.Of("SHOP_KILLS") ?? 1;

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

    /// <summary>Points and money in one order, and the bank says no: killed with that answer in hand, the shop gives the points back once (P17).</summary>
    [Fact(Timeout = 600_000)]
    public async Task P17_KilledWithADeclineInHand_PointsAreReleasedOnce()
    {
        const long points = 20;
        var buyer = await Site.RegisterAsync();
        var member = await Site.ReadAsync(db => db.Users.Where(m => m.UserName == buyer.Name).Select(m => m.Id).SingleAsync(Cancel));
        await using (var db = Site.Database.NewContext())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            await PointsAccounts.GrantAsync(db, $"test:{member}", member, points, "For a part", null, Site.Clock.GetUtcNow(), Cancel);
            await transaction.CommitAsync(Cancel);
        }

        await buyer.Visitor.AddAsync("paid12");
        await buyer.Visitor.SubmitAsync(await buyer.Visitor.GetAsync("/cart"), "form:has([name=UsePoints])", null, ("UsePoints", "true"));
        await Site.WorkAsync(Cancel, Shop);
        var bankPage = await buyer.PlaceAsync();
        Assert.Equal(0, await BalanceAsync());
        Shop.Arm("K4");
        await Assert.ThrowsAsync<HttpRequestException>(() => buyer.Visitor.PressAsync(bankPage, "declined"));
        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Equal(0, await BalanceAsync());

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        Assert.Equal(points, await BalanceAsync());
        var attempt = await Site.ReadAsync(db => db.PaymentAttempts.AsNoTracking().SingleAsync(a => db.Orders.Any(o => o.Id == a.OrderId && o.BuyerId == member), Cancel));
        Assert.Equal(AttemptState.Failed, attempt.State);
        await Site.CheckAsync(Cancel);

        Task<long> BalanceAsync() => Site.ReadAsync(db => PointsAccounts.BalanceAsync(db, member, Cancel));
    }

    /// <summary>The buyer paid and never came back; the janitor is killed as it begins to look, and its place is free again after a lease.</summary>
    [Fact(Timeout = 600_000)]
    public async Task K16_KilledInAStepOfTheJanitor_TheNextPassRepeatsIt()
    {
        var buyer = await Site.RegisterAsync();
        await buyer.Visitor.AddAsync("paid1");
        await Site.WorkAsync(Cancel, Shop);
        var bankPage = await buyer.PlaceAsync();
        await buyer.Visitor.AskAsync(bankPage.Submission("main form", "ok", []));
        Assert.StartsWith("only the bank has sc_", Assert.Single(await Site.DifferencesAsync(Cancel)), StringComparison.Ordinal);
        Shop.Arm("K16");
        Site.MoveUnseen(TimeSpan.FromMinutes(3));
        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains("Killed at K16", Shop.Process.Lines);

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        await Site.WorkAsync(Cancel, Shop);
        await ConvergedAsync(buyer, 1);
    }

    /// <summary>The period and its order are written, and nobody has told the bank: the next look finds them and charges once.</summary>
    [Fact(Timeout = 600_000)]
    public async Task K15_KilledInARenewal_ThePeriodIsChargedOnce()
    {
        var buyer = await Site.RegisterAsync();
        await buyer.Visitor.AddAsync("paid1", ("Renew", "true"));
        await Site.WorkAsync(Cancel, Shop);
        var paid = await buyer.Visitor.SubmitAsync(await buyer.PlaceAsync(), "main form", "ok", ("card", "ok"));
        Assert.Equal("fulfilled", paid.Find("order-state")?.GetAttribute("data-state"));
        var id = await Site.ReadAsync(db => db.Subscriptions.Where(s => db.Users.Any(m => m.Id == s.MemberId && m.UserName == buyer.Name)).Select(s => s.Id).SingleAsync(Cancel));
        var now = Site.Clock.GetUtcNow();
        await Site.ReadAsync(db => db.Subscriptions.Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, now), Cancel));
        Shop.Arm("K15");
        Site.MoveUnseen(TimeSpan.FromSeconds(61));
        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains("Killed at K15", Shop.Process.Lines);
        Assert.Equal([(1, 1), (2, 0)], await ChargesAsync(id));

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        Assert.Equal([(1, 1), (2, 0)], await ChargesAsync(id)); // what is under way is looked at again after an hour
        await Site.LookAsync(Shop, "renewals", TimeSpan.FromMinutes(70), Cancel);
        await Site.WorkAsync(Cancel, Shop);
        Assert.Equal([(1, 1), (2, 1)], await ChargesAsync(id));
        var (subscription, order) = await Site.ReadAsync(async db => (
            await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Id == id, Cancel),
            await db.SubscriptionPeriods.Where(p => p.SubscriptionId == id && p.Number == 2).Join(db.Orders.AsNoTracking(), p => p.OrderId, o => o.Id, (p, o) => o).SingleAsync(Cancel)));
        Assert.Equal((SubscriptionState.Active, 2, 2), (subscription.State, subscription.Period, subscription.PaidMonths));
        Assert.Equal(OrderState.Fulfilled, order.State);
        Assert.Equal(subscription.PaidThrough, await Site.ReadAsync(db => db.Memberships.Where(m => m.AccountId == subscription.RecipientId).Select(m => m.Until).SingleAsync(Cancel)));
        Assert.Empty(await Site.DifferencesAsync(Cancel));
        await Site.CheckAsync(Cancel);
    }

    /// <summary>The number of each period of a subscription, and how often the bank took its money.</summary>
    private async Task<List<(int Period, int Charges)>> ChargesAsync(long subscription)
    {
        var periods = await Site.ReadAsync(async db => await db.SubscriptionPeriods.Where(p => p.SubscriptionId == subscription).OrderBy(p => p.Number)
            .Select(p => new { p.Number, Attempts = db.PaymentAttempts.Where(a => a.OrderId == p.OrderId).Select(a => a.Id).ToList() }).ToListAsync(Cancel));
        var charges = new List<(int, int)>();
        foreach (var period in periods)
        {
            var taken = 0;
            foreach (var attempt in period.Attempts)
            {
                taken += (await Site.ChargesAsync(attempt, Cancel)).Count;
            }

            charges.Add((period.Number, taken));
        }

        return charges;
    }

    private async Task KilledAsync(string point, Step step, Random random)
    {
        var buyer = await Site.RegisterAsync();
        var gifts = point == "K7" ? 1 + random.Next(2) : random.Next(2);
        await buyer.Visitor.AddAsync("paid1");
        for (var gift = 0; gift < gifts; gift++)
        {
            await buyer.Visitor.AddAsync("paid2", ("Recipient", "friend"));
        }

        // the mail of the registration is out, so that the next one is of this purchase
        await Site.WorkAsync(Cancel, Shop);
        var repeated = Site.Mails.GroupBy(mail => mail.MessageId).Count(same => same.Count() > 1);
        await DieAsync(point, step, buyer);

        // before anything is settled, the bank and the books differ exactly where money moved and the shop could not note it
        var isChargeOnlyAtTheBank = step == Step.Returning && point is ("K3" or "K4" or "K5");
        var different = await Site.DifferencesAsync(Cancel);
        Assert.Equal(isChargeOnlyAtTheBank ? 1 : 0, different.Count(it => it.StartsWith("only the bank has sc_", StringComparison.Ordinal)));
        Assert.Equal(isChargeOnlyAtTheBank ? 1 : 0, different.Count);

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        if (step == Step.Placing)
        {
            await PayAfterAllAsync(point, buyer);
        }

        // a receipt waits a second, so that it can say what was delivered
        await Site.WorkAsync(Cancel, Shop);
        await ConvergedAsync(buyer, 1 + gifts);
        Assert.Equal(point == "K9" ? 1 : 0, Site.Mails.GroupBy(mail => mail.MessageId).Count(same => same.Count() > 1) - repeated);
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
                Site.MoveUnseen(TimeSpan.FromSeconds(6));
                break;
        }

        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains($"Killed at {point}", Shop.Process.Lines);
    }

    /// <summary>No money has moved: the cart is kept, or the order is there to be paid, under the key that it had.</summary>
    private async Task PayAfterAllAsync(string point, Buyer buyer)
    {
        var cart = await buyer.Visitor.GetAsync("/cart");
        Assert.NotEmpty(cart.All("cart-line"));
        var (orders, attempt) = await Site.ReadAsync(async db =>
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
            var keys = await Site.ReadAsync(db => db.PaymentAttempts.Where(a => a.OrderId == attempt.OrderId).Select(a => a.IdemKey).ToListAsync(Cancel));
            Assert.Equal([attempt.IdemKey], keys);
        }
    }
}

public sealed class KillTests_Sqlite(SqliteDatabase database) : KillTests(database), IClassFixture<SqliteDatabase>;

public sealed class KillTests_Postgres(PostgresDatabase database) : KillTests(database), IClassFixture<PostgresDatabase>;
