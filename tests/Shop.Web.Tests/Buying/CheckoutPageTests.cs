using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>Confirmation, placing, payment: what is shown before money moves, and what cannot be got around.</summary>
public abstract class CheckoutPageTests(TestDatabase database) : BuyingTests(database)
{
    protected override ShopSettings Settings => new() { Services = services => services.AddSingleton<IPaymentProvider, LargeSumsOnly>() };

    private static string NumberOf(Page pay) => pay.Address.AbsolutePath.Split('/')[2];

    private async Task<(Visitor Visitor, string Name, Page Bank, string Number)> PlacedAsync(string sku = "paid1", long points = 0)
    {
        var (visitor, name) = await MemberAsync(points);
        await visitor.AddAsync(sku);
        var bank = await visitor.PlaceAsync();
        var number = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        return (visitor, name, bank, number);
    }

    [Fact]
    public async Task DW_45_CoveredByPoints_IsPaidWhenPlacedWithoutABank()
    {
        var (visitor, name) = await MemberAsync(points: 300);
        await visitor.AddAsync("paid12");
        var receipt = await visitor.PlaceAsync();
        Assert.Equal(("fulfilled", "$0.00", "250 points"), (receipt.Find("order-state")?.GetAttribute("data-state"), receipt.Text("due-money"), receipt.Text("due-points")));
        Assert.Equal(50, await PointsAsync(name));
        Assert.Equal(0, await ReadAsync(db => db.PaymentAttempts.CountAsync(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == receipt.Number()), Cancel)));
    }

    [Fact]
    public async Task DW_45_CoveredByPoints_OffersPointsAsTheOnlyMethod()
    {
        var (visitor, _) = await MemberAsync(points: 300);
        await visitor.AddAsync("paid12");
        var methods = (await visitor.GetAsync("/checkout")).All("pay-method").Select(m => m.GetAttribute("data-provider"));
        Assert.Equal(["points"], methods);
    }

    [Fact]
    public async Task DW_46_PartlyPoints_TheBankIsAskedForTheMoneyPartAndThePointsAreTakenOncePaid()
    {
        var (visitor, name) = await MemberAsync(points: 80);
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid1");
        var bank = await visitor.PlaceAsync();
        Assert.Equal("3.00 USD", bank.Text("sandbox-amount"));

        var receipt = await visitor.PressAsync(bank, "ok");
        Assert.Equal(("$9.00", "60 points", "$3.00"), (receipt.Text("order-total"), receipt.Text("due-points"), receipt.Text("due-money")));
        Assert.Equal(20, await PointsAsync(name));
    }

    [Fact]
    public async Task DF_4_ThreeMonthsAndEightyPoints_TwoLinesCostPointsAndTheThirdMoney()
    {
        var (visitor, _) = await MemberAsync(points: 80);
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid1");
        var lines = (await visitor.GetAsync("/checkout")).All("cart-line").Select(l => l.QuerySelector(".cost").Words());
        Assert.Equal(["$3.00 $0.00 + 30 points", "$3.00 $0.00 + 30 points", "$3.00"], lines);
    }

    [Fact]
    public async Task DW_52_Methods_EachDisabledOneSaysWhy()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var page = await visitor.GetAsync("/checkout");
        var method = page.Document.QuerySelector($"[data-provider={LargeSumsOnly.Name}]")!;
        Assert.True(method.QuerySelector("input")!.HasAttribute("disabled"));
        Assert.Contains("Only for amounts from $1,000.00 on.", method.Words(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LargeSumsOnly.Name)]
    [InlineData("points")]
    [InlineData("no_such_bank")]
    public async Task DW_52_DisabledOrUnknownMethod_IsRefusedBesideTheMethods(string method)
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var page = await visitor.PlaceAsync(("Provider", method));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("is not possible for this order", page.Wrong("Provider"), StringComparison.Ordinal);
        Assert.Equal(0, await OrdersOfAsync(name));
    }

    [Fact]
    public async Task DW_52_NoMethodChosen_IsSaidBesideTheMethods()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        IsWrong(await visitor.PlaceAsync(("Provider", "")), "Provider", "Please choose how you want to pay.");
    }

    [Fact]
    public async Task DW_53_NothingInTheCart_PlacesNothing()
    {
        var (visitor, name) = await MemberAsync();
        var page = await PostAsync(visitor, "/checkout", ("Provider", "sandbox"), ("Shown", CartView.Empty.Shown));
        Assert.Equal(("/cart", 0), (page.Address.AbsolutePath, await OrdersOfAsync(name)));
    }

    [Fact]
    public async Task DW_54_Confirmation_ShowsItemsDatesEffectPointsMoneyAndMethodBeforeAnythingIsBilled()
    {
        var (visitor, name) = await MemberAsync(points: 240);
        await visitor.AddAsync("paid12");
        await visitor.AddAsync("paid2", ("Recipient", "friend"));
        var page = await visitor.GetAsync("/checkout");

        Assert.Equal(["12 months of paid time", "2 months of paid time"], page.All("cart-line").Select(l => l.QuerySelector("h2").Words()));
        Assert.Equal(Now.AddMonths(12), page.Instant("line-until"));
        Assert.Equal("adds 2 months of paid time", page.All("line-until")[1].Words());
        Assert.Equal(("240 points", "$6.00"), (page.Text("due-points"), page.Text("due-money")));
        Assert.NotNull(page.Document.QuerySelector("[data-testid=pay-method][data-provider=sandbox]"));
        Assert.Equal((0, 240), (await OrdersOfAsync(name), await PointsAsync(name)));
    }

    [Fact]
    public async Task DW_54_Confirmation_SaysWhereOneIsAndLeadsBack()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var steps = (await visitor.GetAsync("/checkout")).Document.QuerySelector("ol.steps")!;
        Assert.Equal("2. Details", steps.QuerySelector("[aria-current=step]").Words());
        Assert.Equal("/cart", steps.QuerySelector("a")?.GetAttribute("href"));
    }

    [Fact]
    public async Task DW_55_BackFromTheConfirmation_TheCartIsIntact()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid6");
        var back = (await visitor.GetAsync("/checkout")).Document.QuerySelector("main form a[href='/cart']")!;
        Assert.Equal(2, (await visitor.GetAsync(back.GetAttribute("href")!)).All("cart-line").Count);
    }

    [Fact]
    public async Task DW_55_BackFromTheBank_TheCartIsIntact()
    {
        var (visitor, _, bank, _) = await PlacedAsync();
        var pay = await visitor.PressAsync(bank, "abandon");
        var back = pay.Document.QuerySelector("main a[href='/cart']")!;
        Assert.Single((await visitor.GetAsync(back.GetAttribute("href")!)).All("cart-line"));
    }

    [Fact]
    public async Task DW_56_VisitorWhoGivesNoAddress_IsAskedForOneAndWhatWasChosenStays()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var first = await visitor.GetAsync("/checkout");
        Assert.Null(first.Wrong("Email"));
        IsWrong(await visitor.SubmitAsync(first), "Email", "Please give an e-mail address");
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("a@example.org, b@example.org")]
    [InlineData("A <a@example.org>")]
    [InlineData("a@example.org\r\nBcc: b@example.org")]
    public async Task DW_56_AddressThatIsNone_IsRefusedAndKept(string address)
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var page = await visitor.PlaceAsync(("Email", address));
        IsWrong(page, "Email", "looks like name@example.org");
        Assert.Equal(address, page.Value("Email"));
    }

    [Fact]
    public async Task DW_56_VisitorWithAnAddress_BuysSeesTheReceiptAndItsLinkAndGetsItByMail()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"), ("Note", "from afar"));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(("Email", "Guest@Example.org")), "ok");
        var mail = Assert.Single(await MailsAsync("guest@example.org"));

        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal(mail.Link, receipt.Document.QuerySelector("main a[href*=token]")?.GetAttribute("href"));
        Assert.Equal(receipt.Number(), (await Shop.NewVisitor().GetAsync(mail.Link)).Number());
    }

    [Fact]
    public async Task DW_56_SomethingForOneself_AsksAVisitorToSignInAndPlacesNothing()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1");
        var page = await visitor.GetAsync("/checkout");
        Assert.NotNull(page.Document.QuerySelector("main a[href='/account/login?returnUrl=%2Fcheckout']"));
        await Shop.UnchangedAsync(
            async () =>
            {
                var refused = await visitor.SubmitAsync(page, ("Email", "guest2@example.org"), ("Provider", "sandbox"));
                Assert.Contains("please sign in or register first", refused.Error, StringComparison.Ordinal);
            },
            Cancel);
    }

    [Fact]
    public async Task DF_27_CartEmptiedAfterPlacing_TheOrderIsCancelledAndCannotBePaid()
    {
        var (visitor, name, bank, number) = await PlacedAsync();
        await visitor.SubmitAsync(await visitor.GetAsync("/cart"), "form[action*=Remove]", "Discard the whole cart");

        Assert.Equal("cancelled", (await visitor.GetAsync($"/orders/{number}")).Find("order-state")?.GetAttribute("data-state"));
        await visitor.PressAsync(bank, "ok");
        Assert.Equal("cancelled", (await visitor.GetAsync($"/checkout/{number}/pay")).Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal("free", (await visitor.GetAsync("/account")).Text("member-class"));
        Assert.Equal(1, await OrdersOfAsync(name));
    }

    [Fact]
    public async Task DF_27_CancelledOrder_TakesNothingMore()
    {
        var (visitor, _, _, number) = await PlacedAsync();
        await visitor.SubmitAsync(await visitor.GetAsync("/cart"), "form[action*=Remove]", "Discard the whole cart");
        await visitor.AddAsync("paid6");
        await visitor.PlaceAsync();
        var page = await visitor.GetAsync($"/orders/{number}");
        Assert.Equal(("paid1", "cancelled"), (Assert.Single(page.All("order-line")).GetAttribute("data-sku"), page.Find("order-state")?.GetAttribute("data-state")));
    }

    [Fact]
    public async Task DW_29_UnchangedCartPlacedAgain_LeadsToTheSameOrder()
    {
        var (visitor, name, bank, _) = await PlacedAsync();
        var again = await visitor.PlaceAsync();
        var shown = again.Address.AbsolutePath.EndsWith("/pay", StringComparison.Ordinal)
            ? again.Document.QuerySelector("main a.button")?.GetAttribute("href")
            : again.Address.ToString();
        Assert.EndsWith(bank.Address.AbsolutePath, shown, StringComparison.Ordinal);
        Assert.Equal(1, await OrdersOfAsync(name));
    }

    [Fact]
    public async Task P10_PricePublishedUnderTheOpenPage_NothingIsPlacedAndTheNewPriceIsShown()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("prem12");
        var open = await visitor.GetAsync("/checkout");
        await PriceAsync("prem12", 4200);

        var changed = await visitor.SubmitAsync(open);
        Assert.Equal(HttpStatusCode.BadRequest, changed.Status);
        Assert.Contains("no longer what this page showed", changed.Error, StringComparison.Ordinal);
        Assert.Equal(("$42.00", 0), (changed.Text("due-money"), await OrdersOfAsync(name)));
    }

    [Fact]
    public async Task P10_TheNewPriceConfirmed_IsWhatTheBankIsAskedFor()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("prem6");
        var open = await visitor.GetAsync("/checkout");
        await PriceAsync("prem6", 2300);
        var bank = await visitor.SubmitAsync(await visitor.SubmitAsync(open));
        Assert.Equal("23.00 USD", bank.Text("sandbox-amount"));
    }

    [Fact]
    public async Task P10_OrderPlacedBefore_IsChargedAsPlaced()
    {
        var (visitor, _, bank, number) = await PlacedAsync("prem12");
        var before = await visitor.GetAsync($"/orders/{number}");
        await PriceAsync("prem12", 9000);
        var bankAfter = await visitor.GetAsync(bank.Address.AbsolutePath);
        var receipt = await visitor.PressAsync(bankAfter, "ok");
        Assert.Equal((bank.Text("sandbox-amount"), before.Text("due-money")), (bankAfter.Text("sandbox-amount"), receipt.Text("due-money")));
    }

    [Fact]
    public async Task P12_MadeUpAmountsInTheProductForm_CountForNothing()
    {
        var (visitor, _) = await MemberAsync();
        var form = await visitor.GetAsync("/shop/paid12?Price=1&PriceMinor=1&Quantity=0&Product.Price=1");
        var cart = await visitor.SubmitAsync(
            form, ("Price", "1"), ("PriceMinor", "1"), ("PriceSeenMinor", "1"), ("Points", "1"), ("Product.Price", "0.01"), ("Sku", "paid1"), ("sku", "paid1"));
        Assert.Equal(("paid12", "$25.00", "$25.00"), (cart.Find("cart-line")?.GetAttribute("data-sku"), cart.Text("line-price"), cart.Text("due-money")));
    }

    [Fact]
    public async Task P12_MadeUpAmountsInTheCheckoutForm_CountForNothing()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid12");
        var bank = await visitor.PlaceAsync(("DueMoney", "1"), ("DueMinor", "1"), ("Total", "1"), ("DuePoints", "250"), ("Currency", "JPY"), ("Buyer", "1"), ("UsePoints", "true"));
        Assert.Equal("25.00 USD", bank.Text("sandbox-amount"));
        Assert.Equal(1, await OrdersOfAsync(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    public async Task P12_TamperedDigest_PlacesNothing(string shown)
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid12");
        var page = await visitor.PlaceAsync(("Shown", shown));
        Assert.Equal((HttpStatusCode.BadRequest, 0), (page.Status, await OrdersOfAsync(name)));
    }

    [Fact]
    public async Task S30_ConfirmationOfAnOlderCart_PlacesNothing()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var old = await visitor.GetAsync("/checkout");
        await visitor.AddAsync("paid6");
        var page = await visitor.SubmitAsync(old);
        Assert.Equal((HttpStatusCode.BadRequest, 0), (page.Status, await OrdersOfAsync(name)));
    }

    [Fact]
    public async Task S30_ReturnBeforePaying_LeadsToThePayPageAndGivesNothing()
    {
        var (visitor, _, _, number) = await PlacedAsync();
        var page = await visitor.GetAsync($"/checkout/{number}/return?status=ok&paid=true");
        Assert.Equal($"/checkout/{number}/pay", page.Address.AbsolutePath);
        Assert.Equal("free", (await visitor.GetAsync("/account")).Text("member-class"));
    }

    [Fact]
    public async Task S30_OrderPageBeforePaying_IsNoReceipt()
    {
        var (visitor, _, _, number) = await PlacedAsync();
        var page = await visitor.GetAsync($"/orders/{number}");
        Assert.Equal("awaiting_payment", page.Find("order-state")?.GetAttribute("data-state"));
        Assert.Null(page.Document.QuerySelectorAll("main h2").FirstOrDefault(h => h.Words() == "Receipt"));
    }

    [Fact]
    public async Task S30_PayPageOfAPaidOrder_LeadsToTheReceipt()
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        await visitor.PressAsync(bank, "ok");
        Assert.Equal($"/orders/{number}", (await visitor.GetAsync($"/checkout/{number}/pay")).Address.AbsolutePath);
    }

    [Fact]
    public async Task S30_PayFormOfAPaidOrder_StartsNothing()
    {
        var (visitor, _, bank, number) = await PlacedAsync();
        await visitor.PressAsync(bank, "ok");
        await Shop.UnchangedAsync(() => PostAsync(visitor, $"/checkout/{number}/pay", ("Provider", "sandbox")), Cancel);
    }

    [Fact]
    public async Task S01_CartOfAnother_CannotBePlacedByTheirDigest()
    {
        var (owner, _) = await MemberAsync();
        await owner.AddAsync("paid12");
        var shown = (await owner.GetAsync("/checkout")).Value("Shown")!;
        var (stranger, name) = await MemberAsync();
        await stranger.AddAsync("paid1");
        await stranger.PlaceAsync(("Shown", shown));
        Assert.Equal(0, await OrdersOfAsync(name));
    }

    [Fact]
    public async Task Pay_ShowsWhatIsPaidAndLeadsOnToTheBank()
    {
        var (visitor, _, bank, number) = await PlacedAsync("paid6");
        var pay = await visitor.PressAsync(bank, "abandon");
        Assert.Equal((number, "$13.00"), (NumberOf(pay), pay.Text("due-money")));
        Assert.Equal(bank.Address.ToString(), pay.Document.QuerySelector("main a.button")?.GetAttribute("href"));
    }

    /// <summary>A way to pay that no cart of these tests is large enough for.</summary>
    private sealed class LargeSumsOnly : IPaymentProvider
    {
        public const string Name = "large";

        public ProviderId Id { get; } = new(Name);

        public PaymentCapabilities Capabilities { get; } = new()
        {
            DisplayName = "Large sums",
            Live = false,
            Payee = new PayeeReference("us"),
            Flows = [PaymentFlow.Redirect],
            Currencies = Currency.All,
            Minimum = new Money(100_000, Currency.Usd),
        };

        public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

public sealed class CheckoutPageTests_Sqlite(SqliteDatabase database) : CheckoutPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class CheckoutPageTests_Postgres(PostgresDatabase database) : CheckoutPageTests(database), IClassFixture<PostgresDatabase>;
