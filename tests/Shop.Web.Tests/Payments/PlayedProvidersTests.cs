using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Payments;

/// <summary>Stripe and PayPal as the whole shop meets them: the real plug-ins, pages, inbox and workers. The providers' side is the simulator's.</summary>
public abstract class PlayedProvidersTests(TestDatabase database) : BuyingTests(database)
{
    private const string Stripe = "stripe";
    private const string PayPal = "paypal";

    private static readonly TimeSpan AfterKeys = TimeSpan.FromHours(25);

    private PlayedProviders? starting;

    protected override ShopSettings Settings => new() { Values = starting!.Settings, Services = services => services.AddSingleton(_ => starting!) };

    private PlayedProviders Played => Shop.Services.GetRequiredService<PlayedProviders>();

    public override async ValueTask InitializeAsync()
    {
        var isFirst = Database.Absent is null && Database.Companion is null;
        starting = isFirst ? await PlayedProviders.StartAsync(Cancel) : null;
        await base.InitializeAsync();
        if (isFirst)
        {
            await Played.OpenAsync(Shop, Cancel);
        }

        await Played.TidyAsync(Cancel);
    }

    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task ST_12_BuyerComesBack_OrderIsPaidOnceWithTheProvidersOwnCapture(string provider)
    {
        var order = await PlacedAsync(provider);
        Assert.Equal("fulfilled", await ComeBackAsync(order));
        await IsPaidOnceAsync(order);
    }

    [Theory]
    [InlineData(Stripe, "checkout.session.completed")]
    [InlineData(PayPal, "CHECKOUT.ORDER.APPROVED")]
    public async Task DW_58_ST_12_W02_BuyerNeverComesBack_TheEventAloneSettles(string provider, string type)
    {
        var order = await PlacedAsync(provider);
        await Played.PayAsync(provider, order.Reference, Cancel);
        Assert.Equal(HttpStatusCode.OK, await Played.SeenAsync(type, Cancel, order.Reference, $"{order.Attempt}"));
        await Shop.Services.GetRequiredService<InboxRun>().PassAsync(Cancel);
        await IsPaidOnceAsync(order);
    }

    [Theory]
    [InlineData(Stripe, "payment_intent", "checkout.session")]
    [InlineData(PayPal, "CHECKOUT", "PAYMENT.CAPTURE")]
    public async Task DF_18_W01_W03_DoubledAndShuffledEvents_AreOneEffect(string provider, string shuffled, string doubled)
    {
        var order = await PlacedAsync(provider);
        await Played.FailAsync(provider, $"webhook {shuffled}", "shuffle", Cancel);
        await Played.FailAsync(provider, $"webhook {doubled}", "dup:3", Cancel);
        var back = await Played.PayAsync(provider, order.Reference, Cancel);
        await Played.SeenAsync(shuffled, Cancel, order.Reference, $"{order.Attempt}");
        await Shop.WorkAsync(Cancel);
        await order.Buyer.GetAsync(back);
        if (provider == PayPal)
        {
            await Played.SeenAsync(doubled, Cancel, order.Reference, $"{order.Attempt}");
        }

        await Shop.WorkAsync(Cancel);
        await IsPaidOnceAsync(order);
        Assert.Equal(1, await ReadAsync(db => db.Deliveries.CountAsync(d => d.OrderId == order.Id, Cancel)));
        Assert.Equal(0, await ReadAsync(db => db.WebhookInbox.CountAsync(e => e.ProcessedAt == null, Cancel)));
    }

    [Theory]
    [InlineData(Stripe, "old_ts", "checkout.session.completed")]
    [InlineData(PayPal, "bad_sig", "CHECKOUT.ORDER.APPROVED")]
    public async Task W05_W06_BadEvent_Is400StoresNothingAndTheDeskCountsIt(string provider, string mode, string type)
    {
        var order = await PlacedAsync(provider);
        await Played.FailAsync(provider, $"webhook {type}", mode, Cancel);
        await Played.PayAsync(provider, order.Reference, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, await Played.SeenAsync(type, Cancel, order.Reference, $"{order.Attempt}"));
        Assert.Equal(0, await ReadAsync(db => db.WebhookInbox.CountAsync(e => e.Type == type && e.Body.Contains(order.Reference), Cancel)));
        var service = (await (await Shop.SignInAsync("admin")).GetAsync("/admin/payments")).All("service").Single(it => it.GetAttribute("data-provider") == provider);
        Assert.NotEmpty(service.QuerySelectorAll("[data-testid=service-webhooks] li"));
    }

    [Fact]
    public async Task W07_EventOfAnotherAccountsPayment_IsStoredAndChangesNothing()
    {
        var id = await Played.PayElsewhereAsync(Cancel);
        Assert.Equal(HttpStatusCode.OK, await Played.SeenAsync("payment_intent.succeeded", Cancel, id));
        await Shop.WorkAsync(Cancel);
        var row = await ReadAsync(db => db.WebhookInbox.SingleAsync(e => e.Type == "payment_intent.succeeded" && e.Body.Contains(id), Cancel));
        Assert.NotNull(row.ProcessedAt);
        Assert.Equal(0, await ReadAsync(db => db.PaymentAttempts.CountAsync(a => a.ProviderRef == id, Cancel)));
    }

    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task W14_BodyOfAMegabyte_Is413(string provider)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{provider}") { Content = new StringContent(new string(' ', 1024 * 1024)) };
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Shop.NewVisitor().AskAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task P16_ProviderAnswersWithAPage_IsBeingCheckedAndThenBoughtOnce(string provider)
    {
        var order = await PlacedAsync(provider);
        await Played.FailAsync(provider, "/v", "html", Cancel);
        var back = await order.Buyer.GetAsync(await Played.PayAsync(provider, order.Reference, Cancel));
        Assert.Contains("We are checking", back.News, StringComparison.Ordinal);
        Assert.Equal(AttemptState.Unknown, await AttemptAsync(order));
        await Played.BehaveAsync(Cancel);
        await LaterAsync(TimeSpan.FromMinutes(1));
        await IsPaidOnceAsync(order);
    }

    [Theory]
    [InlineData(Stripe, "charge_then_500")]
    [InlineData(PayPal, "charge_then_500")]
    [InlineData(PayPal, "charge_then_reset")]
    public async Task P02_P04_MoneyStepsAnswerIsLost_IsFoundAndTakenOnce(string provider, string mode)
    {
        // at Stripe the shop's own step is the create, at PayPal the capture
        var order = provider == Stripe ? null : await PlacedAsync(provider);
        await Played.FailAsync(provider, provider == Stripe ? "POST /v1/checkout/sessions" : "POST capture", mode, Cancel);
        order ??= await PlacedAsync(provider);
        if (provider == PayPal)
        {
            await order.Buyer.GetAsync(await Played.PayAsync(provider, order.Reference, Cancel));
        }

        // nobody believes that it failed: the page asks at once, and the worker a little later
        Assert.True(await ReadAsync(db => db.ProviderExchanges.AnyAsync(e => e.AttemptId == order.Attempt && e.Outcome == "unknown", Cancel)));
        await LaterAsync(TimeSpan.FromMinutes(1));
        order = await AgainAsync(order);
        if (provider == Stripe)
        {
            await order.Buyer.GetAsync(await Played.PayAsync(provider, order.Reference, Cancel));
        }

        await IsPaidOnceAsync(order);
    }

    [Theory]
    [InlineData(Stripe, "wrong_currency:eur")]
    [InlineData(PayPal, "wrong_amount:100")]
    public async Task P12_W08_MoneyThatDoesNotFit_IsSuspenseAndGivenBack(string provider, string mode)
    {
        var order = await PlacedAsync(provider);
        var isAmount = mode.StartsWith("wrong_amount", StringComparison.Ordinal);
        await Played.FailAsync(provider, provider == Stripe ? "GET /v1/checkout" : "/v2/checkout/orders", mode, Cancel);
        await order.Buyer.GetAsync(await Played.PayAsync(provider, order.Reference, Cancel));
        var payment = await ReadAsync(db => db.ProviderPayments.SingleAsync(p => p.AttemptId == order.Attempt, Cancel));
        Assert.Equal((Disposition.Suspense, isAmount ? order.Minor - 100 : order.Minor, isAmount ? "USD" : "EUR"), (payment.Disposition, payment.AmountMinor, payment.Currency));
        Assert.Equal((OrderState.AwaitingPayment, AttemptState.Failed), (await StateAsync(order), await AttemptAsync(order)));
        Assert.True(await ReadAsync(db => db.OrderFlags.AnyAsync(f => f.OrderId == order.Id && f.Kind == OrderFlagKind.AmountMismatch, Cancel)));

        await Played.BehaveAsync(Cancel);
        await Shop.Services.GetRequiredService<RefundRun>().PassAsync(Cancel);
        var refund = await ReadAsync(db => db.Refunds.SingleAsync(r => r.PaymentId == payment.Id, Cancel));
        Assert.Equal((RefundOrigin.Shop, payment.AmountMinor), (refund.Origin, refund.AmountMinor));
        if (isAmount)
        {
            Assert.Equal(RefundState.Succeeded, refund.State);
            Assert.Equal(payment.AmountMinor, Assert.Single(await Played.BooksAsync(provider, refund.Id, Cancel)).Amount);
        }
    }

    [Theory]
    [InlineData(Stripe, "charge_then_500")]
    [InlineData(PayPal, null)]
    [InlineData(PayPal, "charge_then_500")]
    public async Task R03_RefundFromTheDesk_IsMadeOnceAlsoWhenTheAnswerIsLost(string provider, string? mode)
    {
        var order = await PaidAsync(provider);
        if (mode is not null)
        {
            await Played.FailAsync(provider, "POST refund", mode, Cancel);
        }

        var admin = await Shop.SignInAsync("admin");
        var form = await admin.GetAsync($"/admin/orders/{order.Number}/refund");
        var money = ($"Money[{form.Find("refund-line")!.GetAttribute("data-line")}]", $"{order.Minor / 100}.{order.Minor % 100:00}");
        await admin.SubmitAsync(await admin.SubmitAsync(form, "#refund", null, money, ("Reason", "asked by letter")), "#make", null);
        var made = await ReadAsync(db => db.Refunds.SingleAsync(r => r.OrderId == order.Id, Cancel));
        Assert.Equal(mode is null ? RefundState.Succeeded : RefundState.Unknown, made.State);
        await LaterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((RefundState.Succeeded, OrderState.Refunded), (await ReadAsync(db => db.Refunds.Where(r => r.Id == made.Id).Select(r => r.State).SingleAsync(Cancel)), await StateAsync(order)));
        Assert.Equal(("refund", order.Minor), Assert.Single(await Played.BooksAsync(provider, made.Id, Cancel)) is var one ? (one.Kind, one.Amount) : default);
    }

    [Theory]
    [InlineData(Stripe, "charge.refunded")]
    [InlineData(PayPal, "PAYMENT.CAPTURE.REFUNDED")]
    public async Task R04_RefundMadeAtTheDashboard_IsFoundByItsEventAndBookedOnce(string provider, string type)
    {
        var order = await PaidAsync(provider);
        var capture = await CaptureAsync(order);
        await Played.RefundThereAsync(provider, capture, order.Minor, Cancel);
        await Played.SeenAsync(type, Cancel, capture);
        await Shop.WorkAsync(Cancel);
        var refund = await ReadAsync(db => db.Refunds.SingleAsync(r => r.OrderId == order.Id, Cancel));
        Assert.Equal((RefundOrigin.External, RefundState.Succeeded, order.Minor), (refund.Origin, refund.State, refund.AmountMinor));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    [Theory]
    [InlineData(Stripe, "charge.dispute.created", "charge.dispute.closed")]
    [InlineData(PayPal, "CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED")]
    public async Task R09_Dispute_FreezesAndWhenLostTakesBack(string provider, string opened, string closed)
    {
        var order = await PaidAsync(provider);
        var capture = await CaptureAsync(order);
        await Played.DisputeAsync(provider, capture, false, Cancel);
        await Played.SeenAsync(opened, Cancel, capture);
        await Shop.WorkAsync(Cancel);
        Assert.Equal(DisputeState.Open, await ReadAsync(db => db.Disputes.Where(d => d.OrderId == order.Id).Select(d => d.State).SingleAsync(Cancel)));
        Assert.True(await ReadAsync(db => db.OrderFlags.AnyAsync(f => f.OrderId == order.Id && f.Kind == OrderFlagKind.Dispute && f.ClearedAt == null, Cancel)));

        await Played.DisputeAsync(provider, capture, true, Cancel);
        await Played.SeenAsync(closed, Cancel, capture);
        await Shop.WorkAsync(Cancel);
        Assert.Equal(DisputeState.Lost, await ReadAsync(db => db.Disputes.Where(d => d.OrderId == order.Id).Select(d => d.State).SingleAsync(Cancel)));
        Assert.Equal(OrderState.Refunded, await StateAsync(order));
    }

    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task P05_AfterTheKeysLife_OnlyLooksAndNoKeyIsSentAgain(string provider)
    {
        var order = provider == Stripe ? null : await PlacedAsync(provider);
        await Played.FailAsync(provider, provider == Stripe ? "POST /v1/checkout/sessions" : "POST capture", "charge_then_reset", Cancel);
        order ??= await PlacedAsync(provider);
        if (provider == PayPal)
        {
            await order.Buyer.GetAsync(await Played.PayAsync(provider, order.Reference, Cancel));
        }

        await Played.BehaveAsync(Cancel);
        var before = await Played.PostsAsync(provider, Cancel);
        await LaterAsync(AfterKeys);
        Assert.Equal(provider == PayPal ? AttemptState.Captured : AttemptState.Cancelled, await AttemptAsync(order));
        Assert.Equal(0, await Played.OutdatedAsync(provider, Cancel));
        Assert.DoesNotContain((await Played.PostsAsync(provider, Cancel)).Skip(before.Count), path => path.EndsWith("/sessions", StringComparison.Ordinal)
            || path.EndsWith("/orders", StringComparison.Ordinal) || path.EndsWith("/capture", StringComparison.Ordinal));
    }

    /// <summary>PayPal forgets an order that nobody paid, and a 404 proves nothing: the attempt is ended while PayPal still knows it (ADR 0018).</summary>
    [Fact]
    public async Task PageLeftOpenForHours_IsEndedAtTheProviderBeforeItForgets()
    {
        var order = await PlacedAsync(PayPal);
        for (var minutes = 0; minutes < 180; minutes += 10)
        {
            await LaterAsync(TimeSpan.FromMinutes(10));
        }

        Assert.Equal((AttemptState.Cancelled, OrderState.AwaitingPayment), (await AttemptAsync(order), await StateAsync(order)));
        Assert.Equal("AUTHORIZE", await Played.IntentAsync(order.Reference, Cancel));
    }

    private sealed record Placed(string Provider, Visitor Buyer, long Id, string Number, Guid Attempt, string Reference, long Minor);

    /// <summary>An order whose buyer stands at the provider's page.</summary>
    private async Task<Placed> PlacedAsync(string provider)
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.PlaceAsync(("Provider", provider));
        var id = await IdAsync(name);
        var order = await ReadAsync(db => db.Orders.Where(o => o.BuyerId == id).SingleAsync(Cancel));
        return await AgainAsync(new Placed(provider, visitor, order.Id, order.Number, default, "", order.DueMinor));
    }

    private async Task<Placed> AgainAsync(Placed order)
    {
        var attempt = await ReadAsync(db => db.PaymentAttempts.SingleAsync(a => a.OrderId == order.Id, Cancel));
        return order with { Attempt = attempt.Id, Reference = attempt.ProviderRef ?? "" };
    }

    private async Task<Placed> PaidAsync(string provider)
    {
        var order = await PlacedAsync(provider);
        Assert.Equal("fulfilled", await ComeBackAsync(order));
        return order;
    }

    /// <summary>Pays and follows the provider back to the shop; the order's state there.</summary>
    private async Task<string?> ComeBackAsync(Placed order)
    {
        var back = await order.Buyer.GetAsync(await Played.PayAsync(order.Provider, order.Reference, Cancel));
        return back.Find("order-state")?.GetAttribute("data-state");
    }

    private async Task LaterAsync(TimeSpan by)
    {
        await Played.Simulator.AdvanceAsync(by, Cancel);
        Shop.Clock.Advance(by);
        await Shop.WorkAsync(Cancel);
    }

    private async Task IsPaidOnceAsync(Placed order)
    {
        Assert.Equal((OrderState.Fulfilled, AttemptState.Captured), (await StateAsync(order), await AttemptAsync(order)));
        var payment = await ReadAsync(db => db.ProviderPayments.SingleAsync(p => p.AttemptId == order.Attempt, Cancel));
        var there = Assert.Single(await Played.BooksAsync(order.Provider, order.Attempt, Cancel));
        Assert.Equal((Disposition.Matched, there.Id, there.Amount, order.Minor), (payment.Disposition, payment.ProviderId, payment.AmountMinor, payment.AmountMinor));
    }

    private Task<OrderState> StateAsync(Placed order) => ReadAsync(db => db.Orders.Where(o => o.Id == order.Id).Select(o => o.State).SingleAsync(Cancel));

    private Task<AttemptState> AttemptAsync(Placed order) => ReadAsync(db => db.PaymentAttempts.Where(a => a.Id == order.Attempt).Select(a => a.State).SingleAsync(Cancel));

    private Task<string> CaptureAsync(Placed order) => ReadAsync(db => db.ProviderPayments.Where(p => p.AttemptId == order.Attempt).Select(p => p.ProviderId).SingleAsync(Cancel));
}

public sealed class PlayedProvidersTests_Sqlite(SqliteDatabase database) : PlayedProvidersTests(database), IClassFixture<SqliteDatabase>;

public sealed class PlayedProvidersTests_Postgres(PostgresDatabase database) : PlayedProvidersTests(database), IClassFixture<PostgresDatabase>;
