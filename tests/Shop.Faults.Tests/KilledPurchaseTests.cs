using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>Base of the tests that kill one shop in a purchase: the site, shared by the tests of a class, and what must hold in the end.</summary>
public abstract class KilledPurchaseTests(TestDatabase database, bool webhooks, bool isPlayed = false) : DatabaseTests(database)
{
    private Site? site;

    private protected Site Site => site ?? throw new InvalidOperationException("The site is not open yet.");

    private protected Node Shop => Site["shop"];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database.Companion ??= await Site.OpenAsync(await Database.FreshAsync(), new Dictionary<string, string> { ["shop"] = "all" }, webhooks, Cancel, isPlayed);
        site = (Site)Database.Companion;
        if (!Shop.IsRunning)
        {
            await Shop.StartAsync(Cancel);
        }
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

    /// <summary>
    /// Lets the janitor look when a call that was made is given up and a lease has run out: at most two of its passes may find something to do.
    /// </summary>
    private protected async Task RecoverAsync()
    {
        // what it does at its start is over, so that the move cuts no call short
        await Site.WorkAsync(Cancel, Shop);
        await Site.MoveAsync(TimeSpan.FromMinutes(3), Cancel);
        Assert.InRange(await Site.WorkAsync(Cancel, Shop), 0, 2);
    }

    /// <summary>Paid once, delivered once, told once; healthy books; the bank says the same.</summary>
    private protected async Task ConvergedAsync(Buyer buyer, int lines)
    {
        var (order, attempts, payments, deliveries, effects, cartLines) = await Site.ReadAsync(async db =>
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
        Assert.Single(await Site.ChargesAsync(attempts[0].Id, Cancel));
        Assert.Equal(lines, deliveries.Count);
        Assert.All(deliveries, delivery => Assert.Equal((DeliveryState.Applied, order.PaidAt), (delivery.State, delivery.EffectiveAt)));
        Assert.Equal(lines, effects.Count);
        Assert.Equal(0, cartLines);

        var page = await buyer.Visitor.GetAsync($"/orders/{order.Number}");
        Assert.Equal("fulfilled", page.Find("order-state")?.GetAttribute("data-state"));
        var receipts = Site.Mails.Where(mail => mail.Recipients.Contains(buyer.Email) && mail.Subject.Contains(order.Reference, StringComparison.Ordinal)).ToList();
        Assert.Single(receipts.Select(mail => mail.MessageId).Distinct());
        Assert.Empty(await Site.DifferencesAsync(Cancel));
        await Site.CheckAsync(Cancel);
    }
}
