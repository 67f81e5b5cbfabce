using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;
using Shop.Web.Api;
using Shop.Web.Hooks;

namespace Shop.Web.Tests.Api;

/// <summary>The sellers' interface over HTTP, as a seller's program meets it, at the sandbox's bank.</summary>
public abstract class SellersApiTests(TestDatabase database) : ShopTests(database)
{
    /// <summary>Room for fifty at once, so that what is seen is the key and not the crowd.</summary>
    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Limits:ApiAtOnce"] = "64" } };

    private Task<SellerProgram> OpenAsync() => SellerProgram.OpenAsync(Shop, Cancel);

    private Task<T> ReadAsync<T>(Func<ShopDbContext, Task<T>> read) => Shop.ReadAsync((db, _) => read(db), Cancel);

    [Fact]
    public async Task MZ_8_FirstPurchase_SevenCallsInOrder()
    {
        var seller = await OpenAsync();
        var product = await seller.ProductAsync(Shop);
        var buyer = await seller.PostAsync("/buyer", new { uuid = Codes.New(12), email = "ann@example.org" });
        Assert.Equal((201, "ann@example.org"), (buyer.Status, buyer.Text("email")));
        var token = await seller.PostAsync("/provider/tokenized-payment-method", new { buyer = buyer.Id, card = "ok" });
        Assert.Equal(201, token.Status);
        var payment = await seller.PostAsync("/payment", new { buyer = buyer.Id, token = token.Text("token") });
        Assert.Equal((201, "visa", "4242"), (payment.Status, payment.Text("brand"), payment.Text("last4")));
        var subscription = await seller.PostAsync("/subscription", new { buyer = buyer.Id, product, payment = payment.Id, seller = seller.Handle });
        Assert.Equal((201, "pending", "P1M"), (subscription.Status, subscription.Text("state"), subscription.Text("period")));
        var transaction = await seller.PostAsync("/transaction", new { subscription = subscription.Id });
        Assert.Equal((201, "pending"), (transaction.Status, transaction.Text("state")));
        var charged = await seller.PostAsync("/provider/charge-subscription", new { transaction = transaction.Id });
        Assert.Equal((200, "succeeded"), (charged.Status, charged.Text("state")));
        var recorded = await seller.PatchAsync($"/transaction/{transaction.Id}", new { attempt = new { outcome = "succeeded", provider_reference = charged.Text("provider_reference") } });
        Assert.Equal((200, "succeeded"), (recorded.Status, recorded.Text("state")));
        var after = (await seller.GetAsync($"/api/v1/subscription?buyer={buyer.Id}")).Body.GetProperty("objects")[0];
        Assert.Equal("active", after.GetProperty("state").GetString());
        Assert.NotNull(after.GetProperty("next_payment").GetString());
    }

    [Fact]
    public async Task MZ_1_Buyer_NamedAgainIsTheSame()
    {
        var (seller, uuid) = (await OpenAsync(), Codes.New(12));
        var (first, again) = (await seller.PostAsync("/buyer", new { uuid }), await seller.PostAsync("/buyer", new { uuid }));
        Assert.Equal((201, 200, first.Id), (first.Status, again.Status, again.Id));
        Assert.Equal(1, await ReadAsync(db => db.SellerBuyers.CountAsync(b => b.Uuid == uuid, Cancel)));
        var other = await OpenAsync();
        Assert.NotEqual(first.Id, (await other.PostAsync("/buyer", new { uuid })).Id);
    }

    [Fact]
    public async Task MZ_2_Token_IsOfTheProviderAndHoldsNoCard()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var token = await seller.PostAsync("/provider/tokenized-payment-method", new { buyer });
        Assert.Equal((201, "sandbox"), (token.Status, token.Text("provider")));
        Assert.StartsWith("tok_ok_", token.Text("token"), StringComparison.Ordinal);
        Assert.Equal("no_test_card", (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, card = "gold" })).Code);
        Assert.Equal("provider_unusable", (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, provider = "cheque" })).Code);
        Assert.Equal(400, (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, card = "4242 4242 4242 4242" })).Status);
    }

    [Fact]
    public async Task MZ_3_PaymentMethod_NeedsBuyerAndToken_AndATokenIsGoodOnce()
    {
        var seller = await OpenAsync();
        var missing = await seller.PostAsync("/payment", new { });
        Assert.Equal((400, "required", "required"), (missing.Status, missing.Error("buyer"), missing.Error("token")));
        var (buyer, other) = (await seller.BuyerAsync(), await seller.BuyerAsync());
        var token = (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, card = "ok" })).Text("token");
        var first = await seller.PostAsync("/payment", new { buyer, token });
        Assert.Equal(first.Id, (await seller.PostAsync("/payment", new { buyer, token })).Id); // a lost answer
        Assert.Equal("token_declined", (await seller.PostAsync("/payment", new { buyer = other, token })).Code);
        Assert.Equal("token_declined", (await seller.PostAsync("/payment", new { buyer, token = "tok_ok" })).Code);
    }

    [Fact]
    public async Task MZ_4_Subscription_NeedsBuyerProductAndPayment_AndTheSellerIsTheKeys()
    {
        var seller = await OpenAsync();
        var missing = await seller.PostAsync("/subscription", new { });
        Assert.Equal(("required", "required", "required"), (missing.Error("buyer"), missing.Error("product"), missing.Error("payment")));
        var (product, buyer) = (await seller.ProductAsync(Shop), await seller.BuyerAsync());
        var payment = await seller.CardAsync(buyer);
        var wrong = await seller.PostAsync("/subscription", new { buyer, product, payment, seller = "somebody" });
        Assert.Equal((422, "fixed"), (wrong.Status, wrong.Error("seller")));
        Assert.Equal("required", (await seller.PostAsync("/subscription", new { buyer, product = await seller.ProductAsync(Shop, p => p with { Pricing = SellerPricing.Custom, AmountMinor = null, LeastMinor = 200, MostMinor = 900 }), payment })).Error("amount"));
        Assert.Equal("out_of_range", (await seller.PostAsync("/subscription", new { buyer, product, payment, amount = 499 })).Error("amount"));
    }

    [Fact]
    public async Task MZ_52_CustomAmount_IsTheSubscriptions()
    {
        var seller = await OpenAsync();
        var product = await seller.ProductAsync(Shop, p => p with { Pricing = SellerPricing.Custom, AmountMinor = null, LeastMinor = 200, MostMinor = 900 });
        var buyer = await seller.BuyerAsync();
        var payment = await seller.CardAsync(buyer);
        Assert.Equal(422, (await seller.PostAsync("/subscription", new { buyer, product, payment, amount = 901 })).Status);
        var made = await seller.PostAsync("/subscription", new { buyer, product, payment, amount = 777 });
        Assert.Equal(777, made.Body.GetProperty("amount").GetInt64());
        Assert.Equal(777, (await seller.ChargeAsync(made.Id)).Body.GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task MZ_5_Transaction_IsARowBeforeAnythingIsCharged_AndOneAtATime()
    {
        var seller = await OpenAsync();
        var subscription = await seller.BeginAsync(await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var transaction = await seller.PostAsync("/transaction", new { subscription });
        var id = Guid.ParseExact(transaction.Id, "N");
        var row = await ReadAsync(db => db.PaymentAttempts.AsNoTracking().FirstAsync(a => a.Id == id, Cancel));
        Assert.Equal((AttemptState.Created, null), (row.State, row.ProviderRef));
        Assert.Equal((409, "transaction_under_way"), await CodeAsync(seller.PostAsync("/transaction", new { subscription })));
        await seller.PostAsync("/provider/charge-subscription", new { transaction = transaction.Id });
        Assert.Equal((409, "nothing_due"), await CodeAsync(seller.PostAsync("/transaction", new { subscription })));
    }

    [Fact]
    public async Task MZ_6_Charge_DeclineHasACode_AndANewTryIsANewTransactionOfTheSameOrder()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var subscription = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop), "declined");
        var declined = await seller.ChargeAsync(subscription);
        Assert.Equal((200, "failed"), (declined.Status, declined.Text("state")));
        Assert.NotNull(declined.Text("failure_code"));
        var good = await seller.CardAsync(buyer);
        Assert.Equal(good, (await seller.PatchAsync($"/subscription/{subscription}", new { payment = good })).Text("payment"));
        var again = await seller.ChargeAsync(subscription);
        Assert.Equal("succeeded", again.Text("state"));
        Assert.Equal(2, (await seller.GetAsync($"/api/v1/transaction?buyer={buyer}")).Ids.Count);
        var orders = await ReadAsync(db => db.PaymentAttempts.Where(a => a.Id == Guid.ParseExact(declined.Id, "N") || a.Id == Guid.ParseExact(again.Id, "N")).Select(a => a.OrderId).Distinct().CountAsync(Cancel));
        Assert.Equal(1, orders);
    }

    [Fact]
    public async Task MF_18_SixthTryOfOneOrder_IsRefused_AndNothingIsAsked()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var subscription = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop), "declined");
        for (var i = 0; i < CheckoutLimits.TriesOfOrder; i++)
        {
            Assert.Equal("failed", (await seller.ChargeAsync(subscription)).Text("state"));
        }

        Assert.Equal((429, "too_many_tries"), await CodeAsync(seller.PostAsync("/transaction", new { subscription })));
        Assert.Equal(CheckoutLimits.TriesOfOrder, (await seller.GetAsync($"/api/v1/transaction?buyer={buyer}")).Ids.Count);
    }

    [Fact]
    public async Task MZ_6_Charge_BankThatAsksTheAbsentBuyer_IsFailed()
    {
        var seller = await OpenAsync();
        var asked = await seller.ChargeAsync(await seller.BeginAsync(await seller.BuyerAsync(), await seller.ProductAsync(Shop), "authenticate"));
        Assert.Equal(("failed", "authentication_required"), (asked.Text("state"), asked.Text("failure_code")));
    }

    [Fact]
    public async Task MZ_7_Record_OnlyTheProviderChangesATransaction()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var subscription = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop), "declined");
        var waiting = await seller.PostAsync("/transaction", new { subscription });
        var said = await seller.PatchAsync($"/transaction/{waiting.Id}", new { attempt = new { outcome = "succeeded" } });
        Assert.Equal((200, "pending"), (said.Status, said.Text("state"))); // the provider knows of nothing
        await seller.PostAsync("/provider/charge-subscription", new { transaction = waiting.Id });
        Assert.Equal((409, "illegal_change"), await CodeAsync(seller.PatchAsync($"/transaction/{waiting.Id}", new { attempt = new { outcome = "succeeded" } })));
        Assert.Equal((409, "illegal_change"), await CodeAsync(seller.PatchAsync($"/transaction/{waiting.Id}", new { attempt = new { outcome = "pending" } })));
        Assert.Equal(200, (await seller.PatchAsync($"/transaction/{waiting.Id}", new { attempt = new { outcome = "failed" } })).Status);
        Shop.Clock.Advance(TimeSpan.FromSeconds(1)); // ids are made in the order of time
        var good = await seller.ChargeAsync(await seller.BeginAsync(buyer, await seller.ProductAsync(Shop)));
        Assert.Equal((409, "illegal_change"), await CodeAsync(seller.PatchAsync($"/transaction/{good.Id}", new { attempt = new { outcome = "failed" } })));
        Assert.Equal((422, "other_reference"), await CodeAsync(seller.PatchAsync($"/transaction/{good.Id}", new { attempt = new { outcome = "succeeded", provider_reference = "pay_other" } })));
        Assert.Equal("succeeded", (await seller.GetAsync($"/api/v1/transaction?buyer={buyer}")).Body.GetProperty("objects")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task MZ_9_MethodOnly_TouchesNoSubscription()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var first = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop));
        var before = (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.ToString();
        await seller.CardAsync(buyer);
        Assert.Equal(before, (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.ToString());
        Assert.Equal(2, (await seller.GetAsync($"/api/v1/payment?buyer={buyer}")).Ids.Count);
        Assert.NotEmpty(first);
    }

    [Fact]
    public async Task MZ_11_EachSubscription_HasItsOwnMethod_AndMZ_10_OneIsChanged()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var (one, two) = (await seller.BeginAsync(buyer, await seller.ProductAsync(Shop)), await seller.BeginAsync(buyer, await seller.ProductAsync(Shop)));
        await seller.ChargeAsync(one);
        await seller.ChargeAsync(two);
        var before = await MethodsAsync();
        var third = await seller.CardAsync(buyer);
        Assert.Equal(200, (await seller.PatchAsync($"/subscription/{one}", new { payment = third })).Status);
        var after = await MethodsAsync();
        Assert.Equal((third, before[two]), (after[one], after[two]));
        var moved = await seller.PatchAsync($"/subscription/{one}", new { payment = third, buyer = "x" });
        Assert.Equal((422, "fixed"), (moved.Status, moved.Error("buyer")));
        Assert.Equal(422, (await seller.PatchAsync($"/subscription/{one}", new { seller = "x", nonsense = 1 })).Status);

        async Task<Dictionary<string, string?>> MethodsAsync() => (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.GetProperty("objects")
            .EnumerateArray().ToDictionary(s => s.GetProperty("id").GetString()!, s => s.GetProperty("payment").GetString());
    }

    [Fact]
    public async Task MZ_12_Cancel_AtTheEndOrNow_AndTakenBack()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var id = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop));
        await seller.ChargeAsync(id);
        var cancelled = await seller.PatchAsync($"/subscription/{id}", new { state = "inactive" });
        Assert.Equal(("active", true), (cancelled.Text("state"), cancelled.Body.GetProperty("cancel_at_period_end").GetBoolean()));
        var back = await seller.PatchAsync($"/subscription/{id}", new { state = "active" });
        Assert.Equal(("active", false), (back.Text("state"), back.Body.GetProperty("cancel_at_period_end").GetBoolean()));
        Assert.Single((await seller.GetAsync($"/api/v1/transaction?buyer={buyer}")).Ids);
        Assert.Equal("inactive", (await seller.PatchAsync($"/subscription/{id}", new { state = "inactive", at = "now" })).Text("state"));
        Assert.Equal((409, "illegal_change"), await CodeAsync(seller.PatchAsync($"/subscription/{id}", new { state = "active" })));

        // on the day itself
        var other = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop));
        await seller.ChargeAsync(other);
        await seller.PatchAsync($"/subscription/{other}", new { state = "inactive", at = "period_end" });
        var row = await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == other).Select(s => s.Id).FirstAsync(Cancel));
        await Shop.Services.GetRequiredService<Writes>().RunAsync(
            (unit, token) => unit.Db.Subscriptions.Where(s => s.Id == row).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, Shop.Clock.GetUtcNow()), token), Cancel);
        await Shop.Services.GetRequiredService<Renewals>().RenewAsync(row, Cancel);
        Assert.Equal("inactive", (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.GetProperty("objects")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task MZ_69_Cancelled_IsToldInTheInterfacesOwnNames()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.PostAsync("/buyer", new { uuid = Codes.New(12) }), await seller.ProductAsync(Shop));
        var id = await seller.BeginAsync(buyer.Id, product);
        await seller.ChargeAsync(id);
        var cancelled = await seller.PatchAsync($"/subscription/{id}", new { state = "inactive" });
        var told = await ReadAsync(db => db.ShopEvents.AsNoTracking().SingleAsync(e => e.SellerId == seller.SellerId && e.Kind == ShopEventKind.SubscriptionCancelled, Cancel));
        var body = JsonDocument.Parse(EventHook.SellerBody(told)).RootElement;
        var data = body.GetProperty("data");
        Assert.Equal(("subscription_cancelled", id, buyer.Id, buyer.Text("uuid")), (body.GetProperty("type").GetString(), Text("subscription"), Text("buyer"), Text("uuid")));
        Assert.Equal((product, "asked", cancelled.Body.GetProperty("paid_through").GetDateTimeOffset()), (Text("product"), Text("reason"), data.GetProperty("until").GetDateTimeOffset()));

        string? Text(string name) => data.GetProperty(name).GetString();
    }

    [Fact]
    public async Task MZ_16_SecondLiveOne_IsRefusedUntilTheFirstHasEnded()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var first = await seller.BeginAsync(buyer, product);
        var payment = await seller.CardAsync(buyer);
        Assert.Equal((409, "subscription_exists"), await CodeAsync(seller.PostAsync("/subscription", new { buyer, product, payment })));
        await seller.PatchAsync($"/subscription/{first}", new { state = "inactive", at = "now" });
        Assert.Equal(201, (await seller.PostAsync("/subscription", new { buyer, product, payment })).Status);
    }

    [Fact]
    public async Task MZ_67_AKeyAlone_ChargesNoKeptCard()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var payment = await seller.CardAsync(buyer);
        Assert.Equal(201, (await seller.PostAsync("/subscription", new { buyer, product = await seller.ProductAsync(Shop), payment })).Status);
        Assert.Equal((403, "gesture_missing"), await CodeAsync(seller.PostAsync("/subscription", new { buyer, product = await seller.ProductAsync(Shop), payment })));
        var old = await seller.CardAsync(buyer);
        await Shop.Services.GetRequiredService<Writes>().RunAsync(
            (unit, token) => unit.Db.SellerMethods.Where(m => m.Handle == old).ExecuteUpdateAsync(set => set.SetProperty(m => m.BroughtAt, Shop.Clock.GetUtcNow().AddHours(-25)), token), Cancel);
        Assert.Equal((403, "gesture_missing"), await CodeAsync(seller.PostAsync("/subscription", new { buyer, product = await seller.ProductAsync(Shop), payment = old })));
        Assert.Equal(1, await ReadAsync(db => db.Subscriptions.CountAsync(s => s.SellerId == seller.SellerId, Cancel)));
    }

    [Fact]
    public async Task MF_14_MethodDeleted_IsGoneAtTheProviderToo_AndNotWhileASubscriptionNeedsIt()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var payment = await seller.CardAsync(buyer);
        var subscription = (await seller.PostAsync("/subscription", new { buyer, product = await seller.ProductAsync(Shop), payment })).Id;
        await seller.ChargeAsync(subscription);
        Assert.Equal((409, "payment_renews"), await CodeAsync(seller.DeleteAsync($"/payment/{payment}")));
        await seller.PatchAsync($"/subscription/{subscription}", new { state = "inactive", at = "now" });
        var gone = await seller.DeleteAsync($"/payment/{payment}");
        Assert.Equal((200, false), (gone.Status, gone.Body.GetProperty("active").GetBoolean()));
        Assert.Equal(200, (await seller.DeleteAsync($"/payment/{payment}")).Status);
        Assert.True(await ReadAsync(db => db.Outbox.AnyAsync(o => o.Kind == OutboxKinds.ForgetMethod && o.DedupeKey.StartsWith("forget:"), Cancel)));
    }

    [Fact]
    public async Task MZ_13_Transactions_FortyFiveRows_EachOnce_NewestFirst()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var subscription = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop));
        await seller.ChargeAsync(subscription);
        await MoreAsync(buyer, subscription, 44);
        var (seen, address) = (new List<string>(), $"/api/v1/transaction?buyer={buyer}");
        var pages = 0;
        for (var next = address; next is not null; pages++)
        {
            var page = await seller.GetAsync(next);
            Assert.Equal(45, page.Body.GetProperty("meta").GetProperty("total").GetInt32());
            seen.AddRange(page.Ids);
            next = page.Body.GetProperty("meta").GetProperty("next").GetString();
        }

        Assert.Equal((3, 45, 45), (pages, seen.Count, seen.Distinct().Count()));
        Assert.Equal(seen.OrderDescending(StringComparer.Ordinal), seen);
        Assert.Equal(seen.Skip(40), (await seller.GetAsync($"{address}&page=3&per_page=20")).Ids);
        Assert.Empty((await seller.GetAsync($"{address}&page=4")).Ids);
    }

    [Fact]
    public async Task MZ_14_Subscriptions_ActiveAndEnded_NewestFirst()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add(await seller.BeginAsync(buyer, await seller.ProductAsync(Shop)));
        }

        await seller.PatchAsync($"/subscription/{made[0]}", new { state = "inactive", at = "now" });
        var first = await seller.GetAsync($"/api/v1/subscription?buyer={buyer}&per_page=2");
        Assert.Equal([made[2], made[1]], first.Ids);
        var next = first.Body.GetProperty("meta").GetProperty("next").GetString()!;
        Assert.EndsWith("&before=" + made[1], next, StringComparison.Ordinal); // no row's number
        var last = await seller.GetAsync(next);
        Assert.Equal([made[0]], last.Ids);
        Assert.Equal(JsonValueKind.Null, last.Body.GetProperty("meta").GetProperty("next").ValueKind);
        Assert.Empty((await seller.GetAsync($"/api/v1/subscription?buyer={await seller.BuyerAsync()}")).Ids);
        var other = await OpenAsync();
        var foreign = await other.BeginAsync(await other.BuyerAsync(), await other.ProductAsync(Shop));
        foreach (var before in new[] { "1", "nothing", foreign })
        {
            Assert.Equal(400, (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}&before={before}")).Status);
        }
    }

    [Fact]
    public async Task MZ_15_ProductsOfOneSeller_AreMany_AndAnIdIsUniqueOverAll()
    {
        var (seller, other) = (await OpenAsync(), await OpenAsync());
        var (code, second) = (await seller.ProductAsync(Shop), await seller.ProductAsync(Shop));
        Assert.NotEqual(code, second);
        var staff = await ReadAsync(db => db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).FirstAsync(Cancel));
        var taken = new SellerProductForm { Code = code, Title = "Gold", Sale = SellerSale.Recurring, Pricing = SellerPricing.Fixed, AmountMinor = 500, Months = 1, SignIn = SellerSignIn.Account, OnSale = true };
        Assert.IsType<SellerResult.Refused>(await Shop.Services.GetRequiredService<SellerDesk>().AddProductAsync(other.SellerId, taken, staff, Cancel));
        Assert.Equal(404, (await other.PostAsync("/subscription", new { buyer = await other.BuyerAsync(), product = code, payment = "x" })).Status);
    }

    [Fact]
    public async Task MZ_69_Entitlements_AreCacheableSignedAndOfOwnBuyersOnly()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        await seller.ChargeAsync(await seller.BeginAsync(buyer, product));
        var answer = await seller.GetAsync($"/api/v1/entitlements?buyer={buyer}");
        var held = answer.Body.GetProperty("entitlements")[0];
        Assert.Equal((product, true), (held.GetProperty("product").GetString(), held.GetProperty("active").GetBoolean()));
        Assert.Equal(Shop.Clock.GetUtcNow().AddMonths(1), held.GetProperty("until").GetDateTimeOffset(), TimeSpan.FromMinutes(1));
        Assert.StartsWith("private, max-age=60", answer.Response.Headers.CacheControl!.ToString().Replace("max-age=60, private", "private, max-age=60", StringComparison.Ordinal), StringComparison.Ordinal);
        var signed = new WebhookRequest(
            await answer.Response.Content.ReadAsByteArrayAsync(Cancel), new Dictionary<string, string> { ["Shop-Signature"] = answer.Header("Shop-Signature")! }, Shop.Clock.GetUtcNow());
        Assert.Null(TimedSignature.FindFault("Shop-Signature", signed, [Codes.Hash(seller.Key)]));
        Assert.NotNull(TimedSignature.FindFault("Shop-Signature", signed, [Codes.Hash("another key")]));
        var tag = answer.Header("ETag")!;
        var same = await seller.SendAsync(HttpMethod.Get, $"/api/v1/entitlements?buyer={buyer}", null, null, r => r.Headers.TryAddWithoutValidation("If-None-Match", tag));
        Assert.Equal(304, same.Status);
        Assert.Equal(404, (await (await OpenAsync()).GetAsync($"/api/v1/entitlements?buyer={buyer}")).Status);
    }

    /// <summary>All calls of the description, with another seller's ids: each is the 404 of what is not there.</summary>
    [Fact]
    public async Task S25_AnotherSellersIds_AreNotFoundEverywhere()
    {
        var (seller, other) = (await OpenAsync(), await OpenAsync());
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var payment = await seller.CardAsync(buyer);
        var subscription = (await seller.PostAsync("/subscription", new { buyer, product, payment })).Id;
        var transaction = (await seller.ChargeAsync(subscription)).Id;
        var paths = (await seller.GetAsync("/api/v1/openapi.json")).Body.GetProperty("paths");
        var asked = 0;
        foreach (var path in paths.EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                if (path.Name == "/buyer")
                {
                    continue; // names nothing that is there
                }

                var (own, nobodys) = (await AskAsync(theirs: true), await AskAsync(theirs: false));
                Assert.True(own.Status == 404, $"{method.Name} {path.Name}: {own.Status} {own.Body}");
                Assert.Equal(own.Body.ToString(), nobodys.Body.ToString());
                asked++;

                Task<Answered> AskAsync(bool theirs)
                {
                    string Or(string id) => theirs ? id : new string('7', id.Length);
                    var id = Or(path.Name.Contains("transaction", StringComparison.Ordinal) ? transaction : path.Name.Contains("subscription", StringComparison.Ordinal) ? subscription : payment);
                    var address = "/api/v1" + path.Name.Replace("{id}", id, StringComparison.Ordinal);
                    object? body = (method.Name, path.Name) switch
                    {
                        ("post", "/provider/tokenized-payment-method") => new { buyer = Or(buyer) },
                        ("post", "/payment") => new { buyer = Or(buyer), token = "tok_ok_1" },
                        ("post", "/subscription") => new { buyer = Or(buyer), product, payment },
                        ("post", "/transaction") => new { subscription = Or(subscription) },
                        ("post", "/provider/charge-subscription") => new { transaction = Or(transaction) },
                        ("patch", "/subscription/{id}") => new { state = "inactive" },
                        ("patch", "/transaction/{id}") => new { attempt = new { outcome = "failed" } },
                        _ => null,
                    };
                    return other.SendAsync(new HttpMethod(method.Name.ToUpperInvariant()), method.Name == "get" ? $"{address}?buyer={Or(buyer)}" : address, body, method.Name == "post" ? Codes.New(10) : null);
                }
            }
        }

        Assert.Equal(ApiCalls.All.Count(call => call.Root == ApiCalls.Base) - 1, asked);
        Assert.Equal("active", (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.GetProperty("objects")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Description_HasEveryEndpointAndNoOther()
    {
        var seller = await OpenAsync();
        var described = (await seller.GetAsync("/openapi/v1.json")).Body.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} /api/v1{p.Name}")).Order(StringComparer.Ordinal);
        var mapped = Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1/", StringComparison.Ordinal) && !e.RoutePattern.RawText.EndsWith(".json", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}")).Order(StringComparer.Ordinal);
        Assert.Equal(mapped, described);
        Assert.Equal(13, described.Count());
    }

    [Fact]
    public async Task S26_Key_FiftyAtOnce_OneEffect_TheOthersSeeIt()
    {
        var seller = await OpenAsync();
        var programs = new[]
        {
            seller, seller.With(await SellerProgram.IssueAsync(Shop, seller.SellerId, SellerProgram.All, null, Cancel)),
            seller.With(await SellerProgram.IssueAsync(Shop, seller.SellerId, SellerProgram.All, null, Cancel)),
        };
        var subscription = await seller.BeginAsync(await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => programs[i % 3].PostAsync("/transaction", new { subscription }, "once")));
        Assert.Single(answers, a => a.Status == 201 && a.Header("Idempotency-Replayed") is null);
        Assert.All(answers, a => Assert.True(a.Status is 201 or 409 or 429, a.Body.ToString()));
        Assert.All(answers.Where(a => a.Status == 409), a => Assert.Equal(("request_running", "1"), (a.Code, a.Header("Retry-After"))));
        var id = await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == subscription).Select(s => s.Id).FirstAsync(Cancel));
        Assert.Equal(1, await ReadAsync(db => db.PaymentAttempts.CountAsync(
            a => db.SubscriptionPeriods.Any(p => p.SubscriptionId == id && p.OrderId == a.OrderId), Cancel)));
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var replayed = await seller.PostAsync("/transaction", new { subscription }, "once");
        Assert.Equal((201, "true"), (replayed.Status, replayed.Header("Idempotency-Replayed")));
        Assert.Equal(answers.First(a => a.Status == 201).Body.ToString(), replayed.Body.ToString());
        Assert.Equal((422, "idempotency_key_reused"), await CodeAsync(seller.PostAsync("/transaction", new { subscription = "another" }, "once")));
        Assert.Equal(404, (await (await OpenAsync()).PostAsync("/transaction", new { subscription }, "once")).Status); // another's key is another
    }

    [Theory]
    [InlineData("POST", "/api/v1/transaction", "{\"subscription\":\"x\"}")]
    [InlineData("POST", "/api/v1/provider/charge-subscription", "{\"transaction\":\"x\"}")]
    public async Task S26_Key_IsNeededForMoney(string method, string address, string body)
    {
        var answer = await (await OpenAsync()).SendAsync(new HttpMethod(method), address, body, null);
        Assert.Equal((400, "idempotency_key_missing"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task MZ_68_BadInput_IsToldByField_AndNothingIsChanged()
    {
        var seller = await OpenAsync();
        var before = await ReadAsync(db => db.SellerBuyers.CountAsync(Cancel));
        await RefusedAsync("{\"uuid\":\"a\",\"emial\":\"x\"}", 400, "emial", "unknown");
        await RefusedAsync("{\"uuid\":5}", 400, "uuid", "wrong_type");
        await RefusedAsync("{\"uuid\":\"\"}", 400, "uuid", "required");
        await RefusedAsync("{\"uuid\":\"a\",\"email\":\"nobody\"}", 400, "email", "invalid");
        await RefusedAsync($"{{\"uuid\":\"{new string('a', 65)}\"}}", 400, "uuid", "too_long");
        foreach (var broken in new[] { "", "[]", "null", "{\"uuid\":", "{\"uuid\":\"a\",\"uuid\":\"b\"}", "{\"uuid\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}" })
        {
            var answer = await seller.SendAsync(HttpMethod.Post, "/api/v1/buyer", broken, null);
            Assert.True(answer.Status == 400, broken);
            Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType!.MediaType);
        }

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((413, "too_large"), await CodeAsync(seller.SendAsync(HttpMethod.Post, "/api/v1/buyer", $"{{\"uuid\":\"{new string('a', 20_000)}\"}}", null)));
        Assert.Equal((415, "not_json"), await CodeAsync(seller.SendAsync(HttpMethod.Post, "/api/v1/buyer", "uuid=a", null, r => r.Content!.Headers.ContentType = new("application/x-www-form-urlencoded"))));
        var typo = await seller.GetAsync("/api/v1/transaction?buyr=x");
        Assert.Equal((400, "unknown", "required"), (typo.Status, typo.Error("buyr"), typo.Error("buyer")));
        Assert.Equal("repeated", (await seller.GetAsync("/api/v1/transaction?buyer=a&buyer=b")).Error("buyer"));
        Assert.Equal("wrong_type", (await seller.GetAsync("/api/v1/transaction?buyer=a&page=one")).Error("page"));
        Assert.Equal("out_of_range", (await seller.GetAsync("/api/v1/transaction?buyer=a&per_page=101")).Error("per_page"));
        Assert.Equal((404, "not_found"), await CodeAsync(seller.GetAsync("/api/v1/nothing")));
        var wrongMethod = await seller.DeleteAsync("/buyer");
        Assert.Equal((405, "method_not_allowed", "POST"), (wrongMethod.Status, wrongMethod.Code, string.Join(',', wrongMethod.Response.Content.Headers.Allow)));
        Assert.Equal(before, await ReadAsync(db => db.SellerBuyers.CountAsync(Cancel)));

        async Task RefusedAsync(string body, int status, string field, string code)
        {
            var answer = await seller.SendAsync(HttpMethod.Post, "/api/v1/buyer", body, null);
            Assert.Equal((status, code), (answer.Status, answer.Error(field)));
        }
    }

    [Fact]
    public async Task S25_Keys_ExpiredRevokedInTheAddressOrWithoutScope_OpenNothing()
    {
        var seller = await OpenAsync();
        var before = await ReadAsync(db => db.SellerBuyers.CountAsync(Cancel));
        async Task<(int, string?)> WithAsync(string key) => await CodeAsync(seller.With(key).PostAsync("/buyer", new { uuid = "x" }));

        Assert.Equal((401, "key_unknown"), await WithAsync("nonsense"));
        var expiring = await SellerProgram.IssueAsync(Shop, seller.SellerId, SellerProgram.All, Shop.Clock.GetUtcNow().AddMinutes(1), Cancel);
        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((401, "key_expired"), await WithAsync(expiring));
        var revoked = await SellerProgram.IssueAsync(Shop, seller.SellerId, SellerProgram.All, null, Cancel);
        var id = await ReadAsync(db => db.SellerKeys.Where(k => k.SellerId == seller.SellerId).OrderByDescending(k => k.Id).Select(k => k.Id).FirstAsync(Cancel));
        Assert.True(await Shop.Services.GetRequiredService<SellerKeys>().RevokeAsync(seller.SellerId, id, 1, Cancel));
        Assert.Equal((401, "key_revoked"), await WithAsync(revoked));
        var reader = await SellerProgram.IssueAsync(Shop, seller.SellerId, KeyScopes.Read, null, Cancel);
        Assert.Equal((403, "scope_missing"), await WithAsync(reader));
        Assert.Equal((400, "key_in_address"), await CodeAsync(seller.SendAsync(HttpMethod.Post, $"/api/v1/buyer?key={seller.Key}", new { uuid = "x" }, null)));
        Assert.Equal((400, "key_in_address"), await CodeAsync(seller.GetAsync($"/api/v1/payment/{seller.Key}")));
        var silent = await seller.SendAsync(HttpMethod.Post, "/api/v1/buyer", new { uuid = "x" }, null, r => r.Headers.Authorization = null);
        Assert.Equal((401, "key_missing", "Bearer"), (silent.Status, silent.Code, silent.Header("WWW-Authenticate")));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", silent.Header("Content-Security-Policy"));
        Assert.Equal("no-store", silent.Header("Cache-Control"));

        // a signed-in member's cookies count for nothing here
        var member = await Shop.SignInAsync("admin");
        Assert.Equal(HttpStatusCode.Unauthorized, (await member.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/payment?buyer=x"))).StatusCode);
        Assert.Equal(before, await ReadAsync(db => db.SellerBuyers.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Limits_OfAKey_HaveHeaders_AndHoldForItAlone()
    {
        var seller = await OpenAsync();
        var first = await seller.GetAsync("/api/v1/payment?buyer=x");
        Assert.Equal(("\"reads\";q=120;w=60", "\"reads\";r=19;t=1"), (first.Header("RateLimit-Policy"), first.Header("RateLimit")));
        for (var i = 1; i < 20; i++)
        {
            Assert.Equal(404, (await seller.GetAsync("/api/v1/payment?buyer=x")).Status);
        }

        var over = await seller.GetAsync("/api/v1/payment?buyer=x");
        Assert.Equal((429, "too_many_requests", "1"), (over.Status, over.Code, over.Header("Retry-After")));
        Assert.Equal(404, (await (await OpenAsync()).GetAsync("/api/v1/payment?buyer=x")).Status);
        Assert.Equal(201, (await seller.PostAsync("/buyer", new { uuid = "x" })).Status);
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(404, (await seller.GetAsync("/api/v1/payment?buyer=x")).Status);
    }

    [Fact]
    public async Task Renewal_OfASellersProduct_IsChargedByItself_AndLengthensWhatIsHeld()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var handle = await seller.BeginAsync(buyer, product);
        await seller.ChargeAsync(handle);
        var row = await ReadAsync(db => db.Subscriptions.AsNoTracking().FirstAsync(s => s.Handle == handle, Cancel));
        await Shop.Services.GetRequiredService<Writes>().RunAsync(
            (unit, token) => unit.Db.Subscriptions.Where(s => s.Id == row.Id).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, Shop.Clock.GetUtcNow()), token), Cancel);
        await Shop.Services.GetRequiredService<Renewals>().RenewAsync(row.Id, Cancel);
        var subscription = (await seller.GetAsync($"/api/v1/subscription?buyer={buyer}")).Body.GetProperty("objects")[0];
        Assert.Equal(("active", row.AnchorAt!.Value.AddMonths(2)), (subscription.GetProperty("state").GetString(), subscription.GetProperty("paid_through").GetDateTimeOffset()));
        Assert.Equal(2, (await seller.GetAsync($"/api/v1/transaction?buyer={buyer}")).Ids.Count);
        var held = (await seller.GetAsync($"/api/v1/entitlements?buyer={buyer}")).Body.GetProperty("entitlements")[0];
        Assert.Equal(row.AnchorAt.Value.AddMonths(2), held.GetProperty("until").GetDateTimeOffset());
        Assert.Equal("Gold", await ReadAsync(db => db.OrderLines.Where(l => l.SellerId == seller.SellerId).OrderByDescending(l => l.Id).Select(l => l.Title).FirstAsync(Cancel)));
    }

    [Fact]
    public async Task AccountThatIsSuspended_IsToldAsAConflict_AndNothingIsCharged()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var (waiting, payment) = (await seller.BeginAsync(buyer, await seller.ProductAsync(Shop)), await seller.CardAsync(buyer));
        var transaction = (await seller.PostAsync("/transaction", new { subscription = waiting })).Id;
        await Shop.Services.GetRequiredService<Writes>().RunAsync(
            (unit, token) => unit.Db.Users.Where(m => unit.Db.SellerBuyers.Any(b => b.Handle == buyer && b.MemberId == m.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), token), Cancel);
        Assert.Equal((409, "buyer_unavailable"), await CodeAsync(seller.PostAsync("/subscription", new { buyer, product, payment })));
        Assert.Equal((409, "nothing_due"), await CodeAsync(seller.PostAsync("/provider/charge-subscription", new { transaction })));
    }

    private static async Task<(int Status, string? Code)> CodeAsync(Task<Answered> call)
    {
        var answer = await call;
        return (answer.Status, answer.Code);
    }

    /// <summary>Further attempts that failed, on further orders of the same buyer, written as rows: what matters here is how they are listed.</summary>
    private async Task MoreAsync(string buyer, string subscription, int count)
    {
        var (order, attempt) = await ReadAsync(async db =>
        {
            var id = await db.SubscriptionPeriods.Where(p => db.Subscriptions.Any(s => s.Handle == subscription && s.Id == p.SubscriptionId)).Select(p => p.OrderId).FirstAsync(Cancel);
            return (id, await db.PaymentAttempts.AsNoTracking().FirstAsync(a => a.OrderId == id, Cancel));
        });
        Assert.NotEmpty(buyer);
        await Shop.Services.GetRequiredService<Writes>().RunAsync(
            async (unit, token) =>
            {
                for (var i = 0; i < count; i++)
                {
                    Shop.Clock.Advance(TimeSpan.FromMilliseconds(10));
                    var now = Shop.Clock.GetUtcNow();
                    var more = new PaymentAttempt
                    {
                        Id = Guid.CreateVersion7(now), OrderId = order, Seq = 2 + i, Provider = attempt.Provider, IdemKey = string.Create(CultureInfo.InvariantCulture, $"{order}:{i}"), AmountMinor = attempt.AmountMinor,
                        Currency = attempt.Currency, CreatedAt = now,
                    };
                    unit.Db.PaymentAttempts.Add(more);
                    unit.Db.Entry(more).Property(a => a.State).CurrentValue = AttemptState.Failed;
                }

                await unit.Db.SaveChangesAsync(token);
            },
            Cancel);
    }
}

public sealed class SellersApiTests_Sqlite(SqliteDatabase database) : SellersApiTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellersApiTests_Postgres(PostgresDatabase database) : SellersApiTests(database), IClassFixture<PostgresDatabase>;
