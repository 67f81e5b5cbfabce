using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Renewing;

/// <summary>Base of tests of subscriptions: a shop whose payment service keeps methods and charges them while their owner is away.</summary>
public abstract class RenewingTests(TestDatabase database) : ShopTests(database)
{
    private ShopUnderTest? node;

    protected ShopUnderTest Node => node!;

    protected CardService Cards { get; private set; } = null!;

    protected DateTimeOffset Now => Node.Clock.GetUtcNow();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Cards = new CardService(Shop.Clock);
        node = await OneMoreAsync();
    }

    /// <summary>One more node with the same payment service.</summary>
    protected Task<ShopUnderTest> OneMoreAsync(TimeSpan? ahead = null) =>
        NodeAsync(ahead, services => services.AddSingleton(new PaymentProviders([Cards, Shop.Till], [])));

    protected Task<CartResult> AddAsync(Person payer, string sku = "paid1", string? recipient = null, bool anonymous = false) =>
        Node.AddAsync(payer.Buyer, new AddToCart(sku, 1, recipient, null) { Renew = true, Anonymous = anonymous });

    protected async Task<PlaceResult> PlaceAsync(Person payer, string provider = CardService.Id, string? saved = null) => await Node.Get<Checkout>().PlaceAsync(
        new PlaceOrder { Buyer = payer.Buyer, Provider = provider, Shown = (await Node.CartAsync(payer.Buyer)).Shown, Culture = "en", Saved = saved }, Cancel);

    /// <summary>Bought in the ordinary checkout with a new card, and paid.</summary>
    protected async Task<Subscription> SubscribeAsync(Person payer, string sku = "paid1", string? recipient = null, bool anonymous = false)
    {
        Assert.IsType<CartResult.Changed>(await AddAsync(payer, sku, recipient, anonymous));
        var order = await Node.OrderAsync(Assert.IsType<PlaceResult.Placed>(await PlaceAsync(payer)).Number);
        Cards.Pay(order.Live.Id);
        await Node.SettleAsync(order);
        var period = await Node.ReadAsync(db => db.SubscriptionPeriods.AsNoTracking().SingleAsync(p => p.OrderId == order.Order.Id, Cancel));
        return await ReadAsync(period.SubscriptionId);
    }

    protected async Task<(Person Payer, Subscription Subscription)> SubscriberAsync(string sku = "paid1")
    {
        var payer = await Node.MemberAsync();
        return (payer, await SubscribeAsync(payer, sku));
    }

    protected Task<Subscription> ReadAsync(long id) => Node.ReadAsync(db => db.Subscriptions.AsNoTracking().FirstAsync(s => s.Id == id, Cancel));

    protected Task<List<SubscriptionPeriod>> PeriodsAsync(long id) =>
        Node.ReadAsync(db => db.SubscriptionPeriods.AsNoTracking().Where(p => p.SubscriptionId == id).OrderBy(p => p.Number).ToListAsync(Cancel));

    protected Task<List<PaymentAttempt>> AttemptsAsync(long id) => Node.ReadAsync(db => db.SubscriptionPeriods.Where(p => p.SubscriptionId == id)
        .Join(db.PaymentAttempts.AsNoTracking(), p => p.OrderId, a => a.OrderId, (p, a) => a).OrderBy(a => a.CreatedAt).ThenBy(a => a.Seq).ToListAsync(Cancel));

    /// <summary>Captures of the orders of a subscription.</summary>
    protected Task<int> ChargesAsync(long id) => Node.ReadAsync(db => db.SubscriptionPeriods.Where(p => p.SubscriptionId == id)
        .Join(db.PaymentAttempts, p => p.OrderId, a => a.OrderId, (p, a) => a.Id).Join(db.ProviderPayments, a => a, p => p.AttemptId!.Value, (a, p) => p.Id).CountAsync(Cancel));

    /// <summary>Moves the clock to an instant, and lets the renewals take it for right.</summary>
    protected async Task GoToAsync(DateTimeOffset at)
    {
        Node.Clock.Advance(at - Now);
        await Node.Get<Renewals>().ConfirmAsync(1, Cancel);
    }

    /// <summary>Passes until nothing is due.</summary>
    protected async Task PassAsync(ShopUnderTest? by = null)
    {
        while (await (by ?? Node).Get<Renewals>().PassAsync(Cancel) > 0)
        {
        }
    }

    protected async Task RenewAsync(Subscription subscription)
    {
        await GoToAsync((await ReadAsync(subscription.Id)).DueAt!.Value);
        await PassAsync();
    }

    /// <summary>A second kept method of a payer.</summary>
    protected async Task<SavedMethodView> KeepAsync(Person payer)
    {
        var before = await MethodsAsync(payer);
        var act = Assert.IsType<SetupResult.Act>(await Node.Get<SavedMethods>().StartAsync(payer.Id, CardService.Id, Cancel));
        Cards.FinishSetups();
        Assert.IsType<SetupResult.Saved>(await Node.Get<SavedMethods>().ContinueAsync(payer.Id, act.Setup, Cancel));
        return Assert.Single((await MethodsAsync(payer)).ExceptBy(before.Select(m => m.Handle), m => m.Handle));
    }

    protected Task<IReadOnlyList<SavedMethodView>> MethodsAsync(Person payer) => Node.ReadAsync(db => Node.Get<SavedMethods>().ListAsync(db, payer.Id, Cancel));

    protected async Task<SubscriptionView> ViewAsync(Person payer, Subscription subscription) =>
        (await Node.ReadAsync(db => Node.Get<Subscriptions>().FindAsync(db, payer.Id, subscription.Handle, Cancel)))!;

    /// <summary>Sends what is due, and looks whether every invariant holds.</summary>
    protected async Task BooksAsync()
    {
        await Node.SendAsync();
        await Node.BooksAreRightAsync();
    }

    /// <summary>Mails of a kind, sent or not.</summary>
    protected async Task<int> MailsAsync(string kind)
    {
        while (await Node.Get<EventRun>().PassAsync(Cancel) > 0)
        {
        }

        return await Node.ReadAsync(db => db.Outbox.CountAsync(r => r.Kind == kind, Cancel));
    }

    protected Task<List<ShopEventKind>> EventsAsync(Subscription subscription) => Node.ReadAsync(db =>
        db.ShopEvents.Where(e => e.SubscriptionId == subscription.Id).OrderBy(e => e.Id).Select(e => e.Kind).ToListAsync(Cancel));
}
