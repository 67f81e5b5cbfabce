using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Web.Tests.Api;

/// <summary>The sellers' interface with Stripe behind it, which the simulator plays, and PayPal beside it: the seller's program is the one of all other tests.</summary>
public abstract class SellersAtStripeTests(TestDatabase database) : ShopTests(database)
{
    private const string Visa = "pm_card_visa";

    private PlayedAccounts? starting;

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?>(starting!.Settings) { ["Payments:Stripe:Hosted"] = "false", ["Limits:ApiAtOnce"] = "64" },
        Services = services => services.AddSingleton(_ => starting!),
    };

    private PlayedAccounts Played => Shop.Services.GetRequiredService<PlayedAccounts>();

    public override async ValueTask InitializeAsync()
    {
        var isFirst = Database.Absent is null && Database.Companion is null;
        starting = isFirst ? await PlayedAccounts.OpenAsync(Cancel) : null;
        await base.InitializeAsync();
        await OfferSandboxAsync(false);
        var theirs = (await Played.Simulator.GetAsync("/_clock", Cancel)).GetProperty("now").GetDateTimeOffset();
        await Played.Simulator.AdvanceAsync(Shop.Clock.GetUtcNow() - theirs, Cancel);
    }

    private Task<SellerProgram> OpenAsync() => SellerProgram.OpenAsync(Shop, Cancel);

    private Task<T> ReadAsync<T>(Func<ShopDbContext, Task<T>> read) => Shop.ReadAsync((db, _) => read(db), Cancel);

    private Task<int> WriteAsync(Func<ShopDbContext, CancellationToken, Task<int>> write) =>
        Shop.Services.GetRequiredService<Writes>().RunAsync((unit, token) => write(unit.Db, token), Cancel);

    /// <summary>The operator's own choice of services; no seller is asked.</summary>
    private async Task OfferSandboxAsync(bool isOffered)
    {
        var rules = Shop.Services.GetRequiredService<RuleBook>();
        Assert.IsType<PublishResult.Published>(await Shop.Services.GetRequiredService<Writes>().RunAsync(
            async (unit, token) => await rules.PublishAsync(
                unit.Db, [new PaymentTerms { Methods = [new MethodTerms { Method = "sandbox", Offered = isOffered }, new MethodTerms { Method = "paypal", Position = 1 }, new MethodTerms { Method = "stripe", Position = 2 }] }],
                null, "test", Shop.Clock.GetUtcNow(), token),
            Cancel));
    }

    /// <summary>What the page in the buyer's browser does with the answer of call 2: a token for tests as it is, or the service's own fields.</summary>
    private async Task<string> EnterAsync(Answered begun, string card = Visa)
    {
        if (begun.Body.TryGetProperty("token", out var token))
        {
            return token.GetString()!;
        }

        using var answer = await Played.Simulator.Http.PostAsync(
            "/v3/confirm",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["client_secret"] = begun.Text("client_secret")!, ["key"] = begun.Text("publishable_key")!, ["payment_method"] = card }),
            Cancel);
        var setup = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return setup.GetProperty("payment_method").GetString()!;
    }

    private async Task<string> BringAsync(SellerProgram seller, string buyer, string card = Visa) =>
        (await seller.PostAsync("/payment", new { buyer, token = await EnterAsync(await seller.PostAsync("/provider/tokenized-payment-method", new { buyer }), card) })).Id;

    /// <summary>The calls of a first purchase. Nothing in them names a service.</summary>
    private async Task<(string Buyer, string Subscription, Answered Charged)> PurchaseAsync(SellerProgram seller)
    {
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var payment = await BringAsync(seller, buyer);
        var subscription = (await seller.PostAsync("/subscription", new { buyer, product, payment })).Id;
        return (buyer, subscription, await seller.ChargeAsync(subscription));
    }

    [Fact]
    public async Task MZ_2_Token_IsTheServicesSecretOfTheMoment_AndItsPublicKey()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var begun = await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, provider = "stripe" }, "one-key");
        Assert.Equal((201, "stripe", false), (begun.Status, begun.Text("provider"), begun.Body.TryGetProperty("token", out _)));
        Assert.Matches("^seti_[0-9A-Za-z]+_secret_", begun.Text("client_secret"));
        Assert.Equal(Played.Settings["Payments:Stripe:PublishableKey"], begun.Text("publishable_key"));

        // kept nowhere, so the same key brings another one
        Assert.NotEqual(begun.Text("client_secret"), (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, provider = "stripe" }, "one-key")).Text("client_secret"));
        Assert.DoesNotContain(begun.Text("client_secret")!, string.Concat((await Shop.ContentsAsync(Cancel)).Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MZ_18_AnotherService_TheSameCallsBuyAndRenew_AndNoSellerChangedAnything()
    {
        var seller = await OpenAsync();
        await OfferSandboxAsync(true);
        var before = await PurchaseAsync(seller);
        await OfferSandboxAsync(false);
        var after = await PurchaseAsync(seller);
        Assert.Equal(("succeeded", "succeeded"), (before.Charged.Text("state"), after.Charged.Text("state")));
        Assert.StartsWith("sp_", before.Charged.Text("provider_reference"), StringComparison.Ordinal);
        Assert.StartsWith("pi_", after.Charged.Text("provider_reference"), StringComparison.Ordinal);
        Assert.Equal(Shape(before.Charged), Shape(after.Charged));
        Assert.Equal(Shape((await seller.GetAsync($"/api/v1/payment?buyer={before.Buyer}")), "objects"), Shape((await seller.GetAsync($"/api/v1/payment?buyer={after.Buyer}")), "objects"));
        Assert.Single(await Played.BooksAsync("stripe", Guid.ParseExact(after.Charged.Id, "N"), Cancel));

        // what was begun at the service that is no longer offered goes on there
        foreach (var subscription in new[] { before.Subscription, after.Subscription })
        {
            await RenewAsync(subscription);
            Assert.Equal(2, (await SubscriptionAsync(subscription)).Period);
        }

        static IEnumerable<string> Shape(Answered answer, string? within = null) =>
            (within is null ? answer.Body : answer.Body.GetProperty(within)[0]).EnumerateObject().Select(field => $"{field.Name} {field.Value.ValueKind}");
    }

    [Fact]
    public async Task MZ_6_Declined_IsTheServicesReason_AndAnotherCardPays()
    {
        var seller = await OpenAsync();
        var (buyer, product) = (await seller.BuyerAsync(), await seller.ProductAsync(Shop));
        var subscription = (await seller.PostAsync("/subscription", new { buyer, product, payment = await BringAsync(seller, buyer, "pm_card_chargeCustomerFail") })).Id;
        var declined = await seller.ChargeAsync(subscription);
        Assert.Equal("failed", declined.Text("state"));
        Assert.NotNull(declined.Text("failure_code"));
        await seller.PatchAsync($"/subscription/{subscription}", new { payment = await BringAsync(seller, buyer) });
        Assert.Equal("succeeded", (await seller.ChargeAsync(subscription)).Text("state"));
    }

    [Fact]
    public async Task MZ_3_TokenSentTwice_IsOneMethod_AndOneThatIsNoneIsRefused()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var token = await EnterAsync(await seller.PostAsync("/provider/tokenized-payment-method", new { buyer }));
        var (first, again) = (await seller.PostAsync("/payment", new { buyer, token }), await seller.PostAsync("/payment", new { buyer, token }));
        Assert.Equal((201, 201, first.Id), (first.Status, again.Status, again.Id));
        Assert.Single((await seller.GetAsync($"/api/v1/payment?buyer={buyer}")).Ids);
        Assert.Equal("token_declined", (await seller.PostAsync("/payment", new { buyer, token = "seti_1" })).Code);
        Assert.Equal("token_declined", (await seller.PostAsync("/payment", new { buyer = await seller.BuyerAsync(), token })).Code); // somebody else's
    }

    /// <summary>PayPal keeps a wallet on its own page alone: the buyer goes through the shop's buy flow (docs/adr/0041). Nobody is sent there who named no service.</summary>
    [Fact]
    public async Task Call2_ServiceWithAPageOfItsOwn_IsRefusedByName_AndNotPickedByTheShop()
    {
        var seller = await OpenAsync();
        var buyer = await seller.BuyerAsync();
        var named = await seller.PostAsync("/provider/tokenized-payment-method", new { buyer, provider = "paypal" });
        Assert.Equal((422, "own_page"), (named.Status, named.Code));
        Assert.Equal("stripe", (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer })).Text("provider"));
    }

    /// <summary>The member has a customer of their own at the service, so what the seller's buyer kept stays under the buyer's, and is charged there.</summary>
    [Fact]
    public async Task MZ_21_BuyerTiedToAMemberWithCardsOfTheirOwn_IsRenewedUnderTheCustomerThatKeptTheCard()
    {
        var seller = await OpenAsync();
        var (buyer, subscription, _) = await PurchaseAsync(seller);
        var (member, own) = await MemberWithACardAsync();
        var row = await ReadAsync(db => db.SellerBuyers.AsNoTracking().SingleAsync(b => b.Handle == buyer, Cancel));
        var kept = await CustomerAsync(row.MemberId);
        Assert.NotEqual(own, kept);
        Assert.Equal(TieResult.Tied, await TieAsync(row.Id, member));
        await RenewAsync(subscription);

        var renewed = await SubscriptionAsync(subscription);
        Assert.Equal((2, SubscriptionState.Active, member), (renewed.Period, renewed.State, renewed.MemberId));
        var attempt = await ReadAsync(db => db.SubscriptionPeriods.Where(p => p.SubscriptionId == renewed.Id && p.Number == 2)
            .Join(db.PaymentAttempts.AsNoTracking(), p => p.OrderId, a => a.OrderId, (_, a) => a).SingleAsync(Cancel));
        Assert.Equal((kept, AttemptState.Captured), (attempt.CustomerId, attempt.State));
        Assert.Single(await Played.BooksAsync("stripe", attempt.Id, Cancel));
    }

    /// <summary>Closed, an account leaves no card behind at a service, also none that a seller's page took in before its owner signed in.</summary>
    [Fact]
    public async Task MZ_61_TiedMemberClosesTheAccount_TheBuyersCardIsForgottenToo()
    {
        var seller = await OpenAsync();
        var (buyer, _, _) = await PurchaseAsync(seller);
        var (member, _) = await MemberWithACardAsync();
        var row = await ReadAsync(db => db.SellerBuyers.AsNoTracking().SingleAsync(b => b.Handle == buyer, Cancel));
        Assert.Equal(TieResult.Tied, await TieAsync(row.Id, member));
        Assert.Equal(ClosingResult.Closed, await Shop.Services.GetRequiredService<AccountClosings>().CloseAsync(member, Cancel));
        Assert.Empty(await ReadAsync(db => db.StoredMethods.Where(m => (m.MemberId == member || m.MemberId == row.MemberId) && m.ForgottenAt == null).ToListAsync(Cancel)));
    }

    /// <summary>Two sellers who share a token share no gesture: the buyer entered the card on one page.</summary>
    [Fact]
    public async Task MZ_67_TokenOfAnotherSellersPage_IsNoGesture()
    {
        var (one, two) = (await OpenAsync(), await OpenAsync());
        var (first, second) = (await one.BuyerAsync(), await two.BuyerAsync());
        var (_, name) = await Shop.RegisterAsync();
        var member = await ReadAsync(db => db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(Cancel));
        foreach (var handle in new[] { first, second })
        {
            var id = await ReadAsync(db => db.SellerBuyers.Where(b => b.Handle == handle).Select(b => b.Id).SingleAsync(Cancel));
            Assert.Equal(TieResult.Tied, await TieAsync(id, member));
        }

        var token = await EnterAsync(await one.PostAsync("/provider/tokenized-payment-method", new { buyer = first }));
        Assert.Equal(201, (await one.PostAsync("/payment", new { buyer = first, token })).Status);
        var handed = await two.PostAsync("/payment", new { buyer = second, token });
        Assert.Equal("gesture_missing", (await two.PostAsync("/subscription", new { buyer = second, product = await two.ProductAsync(Shop), payment = handed.Id })).Code);
    }

    /// <summary>A member who keeps a card at Stripe; their customer there.</summary>
    private async Task<(long Member, string Customer)> MemberWithACardAsync()
    {
        var (_, name) = await Shop.RegisterAsync();
        var member = await ReadAsync(db => db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(Cancel));
        var methods = Shop.Services.GetRequiredService<Core.SavedMethods>();
        var begun = Assert.IsType<SetupResult.Act>(await methods.StartAsync(member, "stripe", Cancel));
        var fields = Assert.IsType<BuyerAction.FillFields>(begun.Action).PublicData;
        using var answer = await Played.Simulator.Http.PostAsync(
            "/v3/confirm",
            new FormUrlEncodedContent(new Dictionary<string, string> { ["client_secret"] = fields["client_secret"], ["key"] = fields["publishable_key"], ["payment_method"] = Visa }),
            Cancel);
        Assert.IsType<SetupResult.Saved>(await methods.ContinueAsync(member, begun.Setup, Cancel));
        return (member, await CustomerAsync(member));
    }

    private Task<string> CustomerAsync(long member) => ReadAsync(db => db.ProviderCustomers.Where(c => c.MemberId == member && c.Provider == "stripe").Select(c => c.CustomerId).SingleAsync(Cancel));

    private Task<Subscription> SubscriptionAsync(string handle) => ReadAsync(db => db.Subscriptions.AsNoTracking().SingleAsync(s => s.Handle == handle, Cancel));

    private async Task RenewAsync(string subscription)
    {
        var (row, now) = (await SubscriptionAsync(subscription), Shop.Clock.GetUtcNow());
        await WriteAsync((db, token) => db.Subscriptions.Where(s => s.Id == row.Id).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, now), token));
        await Shop.Services.GetRequiredService<Renewals>().RenewAsync(row.Id, Cancel);
    }
}

public sealed class SellersAtStripeTests_Sqlite(SqliteDatabase database) : SellersAtStripeTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellersAtStripeTests_Postgres(PostgresDatabase database) : SellersAtStripeTests(database), IClassFixture<PostgresDatabase>;
