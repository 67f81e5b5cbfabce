using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.Payments;
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
    [InlineData(Stripe, 29, 10, 30)]
    [InlineData(PayPal, 349, 100, 49)]
    public async Task ST_34_WhatTheProviderKept_StandsBesideThePayment(string provider, long rate, long of, long each)
    {
        var order = await PaidAsync(provider);
        var payment = await ReadAsync(db => db.ProviderPayments.SingleAsync(p => p.AttemptId == order.Attempt, Cancel));
        Assert.Equal(((order.Minor * rate / of / 100) + each, "USD"), (payment.FeeMinor!.Value, payment.FeeCurrency));
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

    /// <summary>What a provider can have to tell of a payment.</summary>
    public enum News { Charged, ChargeFailed, Cancelled, Expired, Refunded, Disputed }

    /// <summary>Nobody comes back and no worker looks: the event alone changes the books.</summary>
    [Theory]
    [InlineData(Stripe, News.Charged, "checkout.session.completed")]
    [InlineData(Stripe, News.ChargeFailed, "payment_intent.payment_failed")]
    [InlineData(Stripe, News.Cancelled, "payment_intent.canceled")]
    [InlineData(Stripe, News.Expired, "checkout.session.expired")]
    [InlineData(Stripe, News.Refunded, "charge.refunded")]
    [InlineData(Stripe, News.Disputed, "charge.dispute.created")]
    [InlineData(PayPal, News.Charged, "CHECKOUT.ORDER.APPROVED")]
    [InlineData(PayPal, News.ChargeFailed, "PAYMENT.CAPTURE.DENIED")]
    [InlineData(PayPal, News.Refunded, "PAYMENT.CAPTURE.REFUNDED")]
    [InlineData(PayPal, News.Disputed, "CUSTOMER.DISPUTE.CREATED")]
    public async Task MZ_65_EachKindOfNews_IsHeardAndDoesItsEffectByItself(string provider, News news, string type)
    {
        var order = news is News.Refunded or News.Disputed ? await PaidAsync(provider) : await PlacedAsync(provider);
        var about = await HappenAsync(order, news);
        Assert.Equal(HttpStatusCode.OK, await Played.SeenAsync(type, Cancel, about, $"{order.Attempt}"));
        if (news == News.Cancelled)
        {
            // a payment on a hosted page names no id that we stored: its page's own event, which comes with it, does
            Assert.Equal(HttpStatusCode.OK, await Played.SeenAsync("checkout.session.expired", Cancel, about));
        }

        await Shop.Services.GetRequiredService<InboxRun>().PassAsync(Cancel);
        Assert.Equal(
            news switch
            {
                News.Charged => (AttemptState.Captured, OrderState.Fulfilled),
                News.ChargeFailed => (AttemptState.Failed, OrderState.AwaitingPayment),
                News.Cancelled or News.Expired => (AttemptState.Cancelled, OrderState.AwaitingPayment),
                News.Refunded => (AttemptState.Captured, OrderState.Refunded),
                _ => (AttemptState.Captured, OrderState.Fulfilled),
            },
            (await AttemptAsync(order), await StateAsync(order)));
        Assert.Equal(news == News.Disputed ? 1 : 0, await ReadAsync(db => db.Disputes.CountAsync(d => d.OrderId == order.Id && d.State == DisputeState.Open, Cancel)));
    }

    /// <summary>Has it happen at the provider; the id that its event names.</summary>
    private async Task<string> HappenAsync(Placed order, News news)
    {
        switch (news)
        {
            case News.Charged:
                await Played.PayAsync(order.Provider, order.Reference, Cancel);
                return order.Reference;
            case News.ChargeFailed:
                var (page, pending) = order.Provider == Stripe ? ($"/stripe/pay/{order.Reference}", "pm_card_bankPendingDenied") : ($"/checkoutnow?token={order.Reference}", "pending");
                await order.Buyer.GetAsync(await Played.PressAsync(order.Provider, page, Cancel, pending));
                Assert.Equal(AttemptState.Pending, await AttemptAsync(order));
                await Played.DenyAsync(order.Provider, order.Reference, Cancel);
                return order.Reference;
            case News.Cancelled:
                // the payment is made there when a card is tried, and goes with its page
                await IfOpenAsync(() => Played.PressAsync(order.Provider, $"/stripe/pay/{order.Reference}", Cancel, "pm_card_chargeDeclined"));
                goto case News.Expired;
            case News.Expired:
                await Played.ExpireThereAsync(order.Reference, Cancel);
                return order.Reference;
            default:
                var capture = await CaptureAsync(order);
                await (news == News.Refunded ? Played.RefundThereAsync(order.Provider, capture, order.Minor, Cancel) : Played.DisputeAsync(order.Provider, capture, false, Cancel));
                return capture;
        }
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

    /// <summary>The money of one click is taken, and from then on the provider answers nobody. The clock goes on only while a call waits, so that a buyer's wait can be counted.</summary>
    [Theory]
    [InlineData(Stripe, PayPal, "/v1/payment_intents/", "/confirm")]
    [InlineData(PayPal, Stripe, "/v2/checkout/orders/", "/capture")]
    public async Task P03_TakenAndThenSilent_BuyersAreAnsweredInTime_OtherTriesAreRefused_AndItIsFoundOnce(string provider, string other, string path, string moneyStep)
    {
        var (visitor, member) = await KeptAsync(provider);
        await visitor.AddAsync("paid1");
        await Played.FailAsync(provider, "webhook", "drop", Cancel);
        // the look before the money step is still answered
        await Played.FailAsync(provider, $"GET {path}", "ok", Cancel, times: 1);
        await Played.FailAsync(provider, path, "charge_then_hang", Cancel);
        var before = await StepsAsync();
        var (told, waited) = await PatientlyAsync(() => visitor.PlaceAsync(), async () => await StepsAsync() > before);
        Assert.InRange(waited, PaymentGateway.BuyersPatience, TimeSpan.FromSeconds(30));
        Assert.Contains("We are checking", told.Main(), StringComparison.Ordinal);
        var order = await OfAsync(provider, visitor, member);
        Assert.Equal(AttemptState.Unknown, await AttemptAsync(order));

        foreach (var method in new[] { provider, other })
        {
            var (again, _) = await PatientlyAsync(() => PostAsync(visitor, $"/checkout/{order.Number}/pay", ("Provider", method)));
            Assert.Contains("We are checking", again.Main(), StringComparison.Ordinal);
        }

        await visitor.AddAsync("paid1");
        var (changed, _) = await PatientlyAsync(() => visitor.PlaceAsync(("Provider", other)));
        Assert.Contains("is with the bank", changed.Error, StringComparison.Ordinal);
        Assert.Equal((1, before + 1, AttemptState.Unknown), (await ReadAsync(db => db.Orders.CountAsync(o => o.BuyerId == member, Cancel)), await StepsAsync(), await AttemptAsync(order)));

        await Played.BehaveAsync(Cancel);
        await LaterAsync(TimeSpan.FromMinutes(10));
        await IsPaidOnceAsync(order);

        async Task<int> StepsAsync() => (await Played.PostsAsync(provider, Cancel)).Count(its => its.EndsWith(moneyStep, StringComparison.Ordinal));
    }

    /// <summary>No event came for four days, and nobody worked: what was paid, given back and disputed meanwhile is found in the provider's lists.</summary>
    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task W16_NoEventForFourDays_TheListsTellOfPaymentRefundAndDispute(string provider)
    {
        var gaps = Shop.Services.GetRequiredService<GapFill>();
        await LaterAsync(TimeSpan.FromHours(4));
        await gaps.PassAsync(Cancel);
        var (refunded, disputed, paid) = (await PaidAsync(provider), await PaidAsync(provider), await PlacedAsync(provider));
        await Played.FailAsync(provider, "webhook", "drop", Cancel);
        await Played.RefundThereAsync(provider, await CaptureAsync(refunded), refunded.Minor, Cancel);
        await Played.DisputeAsync(provider, await CaptureAsync(disputed), true, Cancel);
        if (provider == PayPal)
        {
            // nothing is taken there without the shop, but what was pending is decided without it
            await paid.Buyer.GetAsync(await Played.PressAsync(provider, $"/checkoutnow?token={paid.Reference}", Cancel, "pending"));
            var capture = (await Played.Simulator.GetAsync($"/_paypal/captures?order={paid.Reference}", Cancel))[0].GetProperty("id").GetString();
            await Played.TellAsync("/_paypal/decide", new { capture, paid = true }, Cancel);
        }
        else
        {
            await Played.PayAsync(provider, paid.Reference, Cancel);
        }

        await AdvanceAsync(TimeSpan.FromDays(4));
        Assert.Equal(3, await gaps.PassAsync(Cancel));
        await IsPaidOnceAsync(paid);
        var refund = await ReadAsync(db => db.Refunds.SingleAsync(r => r.OrderId == refunded.Id, Cancel));
        Assert.Equal((RefundOrigin.External, RefundState.Succeeded, refunded.Minor), (refund.Origin, refund.State, refund.AmountMinor));
        Assert.Equal(DisputeState.Lost, await ReadAsync(db => db.Disputes.Where(d => d.OrderId == disputed.Id).Select(d => d.State).SingleAsync(Cancel)));

        await AdvanceAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(0, await gaps.PassAsync(Cancel));
    }

    [Theory]
    [InlineData(Stripe, "checkout.session.completed")]
    [InlineData(PayPal, "CHECKOUT.ORDER.APPROVED")]
    public async Task W04_TwoEventIdsForOneFact_AreTwoRowsAndOneEffect(string provider, string type)
    {
        var order = await PlacedAsync(provider);
        await Played.FailAsync(provider, $"webhook {type}", "two_event_ids", Cancel);
        await Played.PayAsync(provider, order.Reference, Cancel);
        await Played.SeenAsync(type, Cancel, order.Reference);
        await Played.SeenAsync(type, Cancel, order.Reference);
        await Shop.WorkAsync(Cancel);
        await IsPaidOnceAsync(order);
        var rows = await ReadAsync(db => db.WebhookInbox.Where(e => e.Type == type && e.Body.Contains(order.Reference)).ToListAsync(Cancel));
        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.NotNull(row.ProcessedAt));
    }

    [Theory]
    [InlineData(Stripe, "checkout.session.completed")]
    [InlineData(PayPal, "CHECKOUT.ORDER.APPROVED")]
    public async Task C03_W01_TenReturnsTheEventAndTwoWorkersAtOnce_AreOneEffect(string provider, string type)
    {
        var order = await PlacedAsync(provider);
        var back = await Played.PayAsync(provider, order.Reference, Cancel);
        await Played.SeenAsync(type, Cancel, order.Reference);
        await Task.WhenAll([.. Enumerable.Range(0, 10).Select(_ => order.Buyer.GetAsync(back)), Shop.WorkAsync(Cancel), Shop.WorkAsync(Cancel)]);
        await LaterAsync(TimeSpan.FromMinutes(10));
        await IsPaidOnceAsync(order);
        Assert.Equal(1, await ReadAsync(db => db.Deliveries.CountAsync(d => d.OrderId == order.Id, Cancel)));
        await AreHealthyAsync();
    }

    /// <summary>A saved method is charged by one request; a second one beside it, and the workers, are the same charge.</summary>
    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task C01_OneClickPressedFiveTimesAtOnce_ChargesOnce(string provider)
    {
        var (visitor, member) = await KeptAsync(provider);
        await visitor.AddAsync("paid1");
        var checkout = await visitor.GetAsync("/checkout");
        await Task.WhenAll([.. Enumerable.Range(0, 5).Select(_ => visitor.SubmitAsync(checkout)), Shop.WorkAsync(Cancel)]);
        await LaterAsync(TimeSpan.FromMinutes(10));
        await IsPaidOnceAsync(await OfAsync(provider, visitor, member));
        await AreHealthyAsync();
    }

    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task R01_FiveRefundsOfTheWholeAtOnce_GiveItBackOnce(string provider)
    {
        var order = await PaidAsync(provider);
        var admin = await Shop.SignInAsync("admin");
        var form = await admin.GetAsync($"/admin/orders/{order.Number}/refund");
        var money = ($"Money[{form.Find("refund-line")!.GetAttribute("data-line")}]", $"{order.Minor / 100}.{order.Minor % 100:00}");
        var preview = await admin.SubmitAsync(form, "#refund", null, money, ("Reason", "asked by letter"));
        await Task.WhenAll([.. Enumerable.Range(0, 5).Select(_ => admin.SubmitAsync(preview, "#make", null)), Shop.WorkAsync(Cancel)]);
        await LaterAsync(TimeSpan.FromMinutes(10));
        var made = Assert.Single(await ReadAsync(db => db.Refunds.Where(r => r.OrderId == order.Id && r.State != RefundState.Failed).ToListAsync(Cancel)));
        Assert.Equal((RefundState.Succeeded, order.Minor, OrderState.Refunded), (made.State, made.AmountMinor, await StateAsync(order)));
        Assert.Equal(("refund", order.Minor), Assert.Single(await Played.BooksAsync(provider, made.Id, Cancel)) is var one ? (one.Kind, one.Amount) : default);
        await AreHealthyAsync();
    }

    /// <summary>In one tab the buyer pays at the provider; in the other the cart is changed and ordered, which cancels there first. Either wins, and no money is left over.</summary>
    [Theory]
    [InlineData(Stripe)]
    [InlineData(PayPal)]
    public async Task P11_P15_PaidWhileItIsBeingCancelled_IsTheOrdersOrIsNotTaken(string provider)
    {
        var order = await PlacedAsync(provider);
        await order.Buyer.AddAsync("paid2");
        var checkout = await order.Buyer.GetAsync("/checkout");
        await Task.WhenAll(IfOpenAsync(() => ComeBackAsync(order)), order.Buyer.SubmitAsync(checkout, ("Provider", provider)));
        await LaterAsync(TimeSpan.FromMinutes(11));
        var payment = await ReadAsync(db => db.ProviderPayments.SingleOrDefaultAsync(p => p.AttemptId == order.Attempt, Cancel));
        var there = await Played.BooksAsync(provider, order.Attempt, Cancel);
        Assert.Equal(payment is null ? [] : [(payment.ProviderId, order.Minor)], there.Select(it => (it.Id, it.Amount)));
        Assert.Equal(payment is { Disposition: Disposition.Matched } ? OrderState.Fulfilled : OrderState.Cancelled, await StateAsync(order));
        Assert.True(payment is null or { Disposition: Disposition.Matched or Disposition.Returned }, $"{payment?.Disposition}");
        await AreHealthyAsync();
    }

    /// <summary>The order was paid another way; the page of the first choice is still open in a tab.</summary>
    [Theory]
    [InlineData(Stripe, PayPal)]
    [InlineData(PayPal, Stripe)]
    public async Task P13_PaidElsewhere_TheOldPageTakesNothing(string first, string second)
    {
        var old = await PlacedAsync(first);
        await PostAsync(old.Buyer, $"/checkout/{old.Number}/pay", ("Provider", second));
        var live = await ReadAsync(db => db.PaymentAttempts.SingleAsync(a => a.OrderId == old.Id && a.Id != old.Attempt, Cancel));
        var order = old with { Provider = second, Attempt = live.Id, Reference = live.ProviderRef! };
        Assert.Equal("fulfilled", await ComeBackAsync(order));

        await AdvanceAsync(TimeSpan.FromMinutes(45));
        await IfOpenAsync(() => ComeBackAsync(old));
        await Shop.WorkAsync(Cancel);
        Assert.Equal(AttemptState.Cancelled, await AttemptAsync(old));
        Assert.Empty(await Played.BooksAsync(first, old.Attempt, Cancel));
        await IsPaidOnceAsync(order);
    }

    /// <summary>A provider sends a lot at once: every event is taken, and buyers buy meanwhile.</summary>
    [Fact]
    public async Task W14_FiveHundredEventsAtOnce_AreTakenAndSomebodyBuys()
    {
        const int events = 500;
        var order = await PlacedAsync(Stripe);
        var (postman, at) = (Shop.NewVisitor(), Now.ToUnixTimeSeconds());
        var flood = Parallel.ForEachAsync(Enumerable.Range(0, events), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (number, _) =>
        {
            using var request = PlayedProviders.Signed($$$"""{"id":"evt_flood_{{{number}}}","object":"event","livemode":false,"type":"customer.updated","data":{"object":{"id":"cus_nobody"} } }""", at);
            using var answer = await postman.AskAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        });
        Assert.Equal("fulfilled", await ComeBackAsync(order));
        await flood;
        await Shop.WorkAsync(Cancel);
        Assert.Equal(events, await ReadAsync(db => db.WebhookInbox.CountAsync(e => e.EventId.StartsWith("evt_flood_") && e.ProcessedAt != null, Cancel)));
        await IsPaidOnceAsync(order);
    }

    /// <summary>Events carry what opens a payment in a browser; neither that nor a key of ours is kept.</summary>
    [Fact]
    public async Task ST_33_ST_14_NoSecretOfAProvider_IsInTheDatabase()
    {
        var order = await PlacedAsync(Stripe);
        await Played.PayAsync(Stripe, order.Reference, Cancel);
        await Played.SeenAsync("payment_intent.succeeded", Cancel, $"{order.Attempt}");
        var row = await ReadAsync(db => db.WebhookInbox.SingleAsync(e => e.Type == "payment_intent.succeeded" && e.Body.Contains($"{order.Attempt}"), Cancel));
        Assert.Contains("\"client_secret\":\"\"", row.Body, StringComparison.Ordinal);
        var everything = string.Concat((await Shop.ContentsAsync(Cancel)).Values);
        Assert.DoesNotMatch("(pi|seti)_[0-9a-f]+_secret_", everything);
        Assert.All(Played.Settings.Where(it => it.Key.Contains("Secret", StringComparison.Ordinal)), it => Assert.DoesNotContain(it.Value!, everything, StringComparison.Ordinal));
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
        return await OfAsync(provider, visitor, await IdAsync(name));
    }

    /// <summary>A member's only order.</summary>
    private async Task<Placed> OfAsync(string provider, Visitor visitor, long member)
    {
        var order = await ReadAsync(db => db.Orders.Where(o => o.BuyerId == member).SingleAsync(Cancel));
        return await AgainAsync(new Placed(provider, visitor, order.Id, order.Number, default, "", order.DueMinor));
    }

    /// <summary>A member who has kept a card or wallet, and whose next purchase is one click: the shop itself takes that money.</summary>
    private async Task<(Visitor Visitor, long Member)> KeptAsync(string provider)
    {
        var (visitor, name) = await MemberAsync();
        var add = await visitor.SubmitAsync(await visitor.GetAsync("/account/payment-methods"), "#add", null, ("Provider", provider));
        var page = add.Document.QuerySelector("main .actions a.button")!.GetAttribute("href")!;
        Assert.Single((await visitor.GetAsync(await Played.PressAsync(provider, page, Cancel))).All("payment-method"));
        return (visitor, await IdAsync(name));
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

    /// <summary>Pays on a page that may be over: then nothing happens.</summary>
    private static async Task IfOpenAsync(Func<Task> pay)
    {
        try
        {
            await pay();
        }
        catch (InvalidOperationException)
        {
            // the provider does not let anybody pay there any more
        }
    }

    private async Task LaterAsync(TimeSpan by)
    {
        await AdvanceAsync(by);
        await Shop.WorkAsync(Cancel);
    }

    private async Task AdvanceAsync(TimeSpan by)
    {
        await Played.Simulator.AdvanceAsync(by, Cancel);
        Shop.Clock.Advance(by);
    }

    /// <summary>Moves the shop's clock while a call of a buyer waits for the provider, and only then; says how long the buyer waited.</summary>
    /// <param name="isHeld">Whether the first call that hangs has been made. Null: every call hangs.</param>
    private async Task<(Page Page, TimeSpan Waited)> PatientlyAsync(Func<Task<Page>> ask, Func<Task<bool>>? isHeld = null)
    {
        var (answer, since) = (ask(), Now);
        while (isHeld is not null && !answer.IsCompleted && !await isHeld())
        {
            await Task.Yield();
        }

        while (!answer.IsCompleted)
        {
            var waits = Shop.Clock.UntilAsync(alarms => alarms.Contains(Now + PaymentGateway.BuyersPatience), Cancel);
            if (await Task.WhenAny(answer, waits) == waits)
            {
                Shop.Clock.Advance(PaymentGateway.BuyersPatience);
            }
        }

        return (await answer, Now - since);
    }

    /// <summary>Every invariant holds, but for what other tests of this class leave to a person: an order that PayPal forgot (I14), money in a currency that nobody sent (I24).</summary>
    private async Task AreHealthyAsync() =>
        Assert.DoesNotContain(await ReadAsync(db => new Books(db, Shop.Clock).CheckAsync(Cancel)), violation => violation.Invariant is not ("I14" or "I24"));

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
