using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;
using Page = Shop.TestKit.Page;

namespace Shop.Web.Tests.Buying;

/// <summary>What holds on every page, found by walking through the whole shop.</summary>
public abstract class WholeShopTests(TestDatabase database) : BuyingTests(database)
{
    private const string FailHeader = "Test-Fail";

    protected override ShopSettings Settings => new() { Services = services => services.Configure<MvcOptions>(mvc => mvc.Filters.Add<FailOnDemand>()) };

    /// <summary>The return page asks the provider and writes down its answer, and so does the pay page: the two GETs that may (docs/adr/0005).</summary>
    private static bool AsksTheProvider(Uri address) =>
        address.AbsolutePath.StartsWith("/checkout/", StringComparison.Ordinal);

    private static bool IsFile(Uri address) => Path.HasExtension(address.AbsolutePath);

    /// <summary>A member with points, two lines in the cart, a paid order and one that waits; and where that can be seen.</summary>
    private async Task<(Visitor Visitor, IReadOnlyList<string> Starts)> BusyMemberAsync()
    {
        var (visitor, name) = await MemberAsync(points: 100);
        var paid = await visitor.BuyAsync("paid12");
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid2", ("Recipient", "friend"));
        await visitor.PlaceAsync();
        var orders = await ReadAsync(db => db.Orders.Where(o => db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name)).Select(o => o.Number).ToListAsync(Cancel));
        Assert.Equal(2, orders.Count);
        var links = (await Shop.MailsToAsync(Address(name), Cancel)).Select(m => new Uri(m.Link).PathAndQuery);
        var bank = await ReadAsync(db => db.PaymentAttempts.Select(a => a.ProviderRef).ToListAsync(Cancel));
        return (visitor,
        [
            "/", "/cart?handler=Discard", "/cart?handler=Remove", "/account/logout", "/admin", "/dev/mail", "/sandbox/payments", .. links,
            .. orders.SelectMany(n => new[] { $"/orders/{n}", $"/orders/{n}?handler=Cancel" }), .. bank.Select(r => $"/sandbox/pay/{r}"),
        ]);
    }

    /// <summary>A visitor with two lines for a member, one order of it waiting.</summary>
    private async Task<(Visitor Visitor, IReadOnlyList<string> Starts)> BusyVisitorAsync()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.AddAsync("paid2", ("Recipient", "friend"));
        var bank = await visitor.PlaceAsync(("Email", "walker@example.org"));
        var number = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        return (visitor, ["/", $"/orders/{number}", bank.Address.AbsolutePath, "/cart?handler=Discard", "/account/logout"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DF_25_GetOfEveryLinkAndOfEveryFormsAddress_ChangesNoRow(bool member)
    {
        var (visitor, starts) = member ? await BusyMemberAsync() : await BusyVisitorAsync();
        IReadOnlyList<Page> pages = [];
        await Shop.UnchangedAsync(
            async () => pages = await visitor.WalkAsync(starts, address => AsksTheProvider(address) || IsFile(address)), Cancel, "sign_in_tickets");

        foreach (var address in new[] { "/cart", "/cart?handler=Discard", "/checkout", "/account/logout", "/shop/prem12", "/about/privacy", "/receipts" })
        {
            Assert.Contains(pages, p => p.Response.RequestMessage!.RequestUri!.PathAndQuery == address);
        }

        Assert.DoesNotContain(pages, p => (int)p.Status >= 500);
    }

    /// <summary>Nothing new at the provider: the two pages that ask it then add no row, and change nothing but the time of the next look and a lock's count.</summary>
    [Fact]
    public async Task DF_25_PagesThatAskTheProvider_ChangeNothingWithoutNews()
    {
        var (visitor, _) = await BusyMemberAsync();
        var number = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        var order = await OrderAsync(number);
        await Shop.UnchangedAsync(
            async () =>
            {
                await visitor.GetAsync($"/checkout/{number}/return");
                await visitor.GetAsync($"/checkout/{number}/pay");
            },
            Cancel, "sign_in_tickets", "payment_attempts", "orders");
        Assert.Equal(order, await OrderAsync(number));
    }

    private Task<string> OrderAsync(string number) => ReadAsync(db => db.Orders.Where(o => o.Number == number)
        .Select(o => $"{o.State} {o.PaidAt} {o.DueMinor} {o.DuePoints} {db.PaymentAttempts.Where(a => a.OrderId == o.Id).Max(a => a.State)} {db.PaymentAttempts.Count()}").SingleAsync(Cancel));

    [Theory]
    [InlineData("visitor")]
    [InlineData("member")]
    [InlineData("admin")]
    public async Task DF_26_EveryFormWithoutItsTokenOrWithAWrongOne_IsRefusedAndChangesNothing(string who)
    {
        var (visitor, starts) = who switch
        {
            "visitor" => await BusyVisitorAsync(),
            "member" => await BusyMemberAsync(),
            _ => (await Shop.SignInAsync("admin"), ["/", "/admin", "/admin/pages", "/admin/pages/terms"]),
        };
        var pages = (await visitor.WalkAsync(starts, address => IsFile(address) || address.AbsolutePath.StartsWith("/sandbox", StringComparison.Ordinal)))
            .Where(page => page.Status == HttpStatusCode.OK).ToList();
        var another = (await Shop.NewVisitor().GetAsync("/receipts")).Value("__RequestVerificationToken")!;
        var sent = new HashSet<string>();
        await Shop.UnchangedAsync(
            async () =>
            {
                foreach (var (address, form) in pages.SelectMany(FormsOf))
                {
                    if (!sent.Add(address))
                    {
                        continue;
                    }

                    var fields = form.Elements.OfType<IHtmlInputElement>().Where(e => e.Name is { Length: > 0 } && e.Name != "__RequestVerificationToken")
                        .Select(e => (e.Name!, e.Value.Length > 0 ? e.Value : "x")).ToList();
                    foreach (var token in new[] { null, "", "CfDJ8made-up", another })
                    {
                        var page = await visitor.SendAsync(Form(address, token is null ? fields : [.. fields, ("__RequestVerificationToken", token)]));
                        Assert.True(page.Status == HttpStatusCode.BadRequest, $"{address} with the token '{token}' answered {(int)page.Status}");
                    }
                }
            },
            Cancel, "sign_in_tickets");

        Assert.Superset(
            who switch
            {
                "visitor" => ["/shop/paid1", "/cart", "/cart?handler=Remove", "/cart?handler=Discard", "/checkout", "/receipts", "/account/login", "/account/register", "/account/forgot"],
                "member" => ["/shop/paid1", "/cart?handler=Remove", "/cart?handler=Discard", "/cart", "/checkout", "/receipts", "/account/logout"],
                _ => new HashSet<string> { "/admin/pages/terms?handler=Publish", "/account/logout" },
            },
            sent.Select(address => address).Append("/cart").ToHashSet());
    }

    private static IEnumerable<(string Address, IHtmlFormElement Form)> FormsOf(Page page)
    {
        foreach (var form in page.Document.QuerySelectorAll<IHtmlFormElement>("form").Where(f => string.Equals(f.Method, "post", StringComparison.OrdinalIgnoreCase)))
        {
            var action = form.GetAttribute("action");
            yield return ((string.IsNullOrEmpty(action) ? page.Address : new Uri(page.Address, action)).PathAndQuery, form);
            foreach (var button in form.QuerySelectorAll("[formaction]"))
            {
                yield return (new Uri(page.Address, button.GetAttribute("formaction")).PathAndQuery, form);
            }
        }
    }

    [Fact]
    public async Task S27_EveryPage_IsKeptByNoCache()
    {
        var (visitor, starts) = await BusyMemberAsync();
        var kept = (await visitor.WalkAsync(starts, IsFile)).Where(p => p.Response.Headers.CacheControl is not { NoStore: true }).Select(p => p.Address);
        Assert.Empty(kept);
    }

    /// <summary>The kinds of pages come from the shop itself: one that is new and not in this list makes the test fail.</summary>
    [Fact]
    public async Task DF_44_EveryKindOfPage_HasTheCartSummaryAndTheWayToTheCheckout()
    {
        var admin = await Shop.SignInAsync("admin");
        await admin.BuyAsync("paid2", ("Recipient", "friend"), ("DeliverOn", Core.Days.Text(Core.Days.Of(Now).AddDays(9))));
        var gift = (await admin.GetAsync("/account/gifts")).Find("gift-change")!.GetAttribute("href")!;
        await (await Shop.SignInAsync("friend")).BuyAsync("paid1", ("Recipient", "admin"));
        await (await Shop.SignInAsync("friend")).BuyAsync("paid1", ("Recipient", "member"), ("DeliverOn", Core.Days.Text(Core.Days.Of(Now).AddDays(9))));
        var waits = (await admin.GetAsync("/admin/deliveries?q=friend")).Find("delivery-change")!.GetAttribute("href")!;
        var back = (await admin.GetAsync("/account/gifts")).Find("gift-give-back")!.GetAttribute("href")!;
        await WriteAsync(async (db, token) => await Shop.Services.GetRequiredService<Accounts.RuleBook>().PublishAsync(db, [new Core.RefundTerms { BuyerDays = 3 }], null, "test", Now, token));
        await admin.BuyAsync("paid1", ("Recipient", "claimer@example.org"));
        var claim = new Uri(Assert.Single(await Shop.MailsToAsync("claimer@example.org", Cancel)).Link).PathAndQuery;
        await admin.AddAsync("paid1", ("Recipient", "member"), ("Renew", "true"));
        await admin.SubmitAsync(await admin.PlaceAsync(), "main form", "ok", ("card", "declined"));
        var subscription = await ReadAsync(db => db.Subscriptions.AsNoTracking().SingleAsync(Cancel));
        var due = Now;
        await WriteAsync((db, token) => db.Subscriptions.ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, due), token));
        await Shop.Services.GetRequiredService<Core.Renewals>().RenewAsync(subscription.Id, Cancel);
        var fix = (await admin.GetAsync("/account/subscriptions")).Find("subscription-fix")!.GetAttribute("href")!;
        await admin.AddAsync("paid1");
        await admin.AddAsync("paid6");
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.AddAsync("paid6", ("Recipient", "friend"));
        var paid = await ReadAsync(db => db.Orders.Where(o => o.PaidAt != null).OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        var line = await ReadAsync(db => db.OrderLines.Where(l => db.Orders.Any(o => o.Id == l.OrderId && o.Number == paid)).Select(l => new { l.Id, l.OrderId }).FirstAsync(Cancel));
        var someGoesBack = new Core.StaffRefund { Key = Guid.NewGuid(), OrderId = line.OrderId, Reason = "test", Shares = [new Core.LineShare(line.Id, 1, 0)] };
        Assert.IsType<Core.StaffRefundResult.Made>(await Shop.Services.GetRequiredService<Core.RefundDesk>().RefundAsync(someGoesBack, await IdAsync("friend"), Cancel));
        var note = await ReadAsync(db => db.CreditNotes.Where(n => n.OrderId == line.OrderId).Select(n => n.Number).SingleAsync(Cancel));
        await admin.PlaceAsync();
        var open = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));

        var setup = await admin.AskAsync((await admin.GetAsync("/account/payment-methods")).Submission("#add", null, []));
        Assert.Equal(HttpStatusCode.Redirect, setup.StatusCode);
        var keeping = await ReadAsync(db => db.MethodSetups.OrderByDescending(s => s.CreatedAt).Select(s => s.Id).FirstAsync(Cancel));

        var me = await IdAsync("admin");
        var reminders = $"/mail/reminders?member={me}&token={await Shop.Services.GetRequiredService<Core.LinkTokens>().UnsubscribeAsync(me, Cancel)}";
        var draft = (await admin.SubmitAsync(await admin.GetAsync("/admin/rules"), "form:has([formaction*=Begin])", null)).Address.AbsolutePath;

        await admin.SubmitAsync(await admin.GetAsync("/admin/sellers"), ("Handle", "whole-shop"), ("Name", "Harbour Radio"), ("Contact", "help@radio.example"));
        await admin.SubmitAsync(await admin.GetAsync("/admin/sellers/whole-shop/products/new"), ("Code", "whole-shop-album"), ("Title", "An album"), ("Amount", "5.00"), ("OnSale", "true"));

        await admin.SubmitAsync(
            await admin.GetAsync("/admin/catalogue/resources/new"), "#edit", "Save",
            ("Name", "whole-shop-text"), ("Form", "text"), ("Title", "A text"), ("Summary", "A text."), ("Price", "2.00"), ("Body", "Words"), ("OnSale", "true"));
        await admin.SubmitAsync(
            await admin.GetAsync("/admin/catalogue/resources/new"), "#edit", "Save",
            ("Name", "whole-shop-file"), ("Form", "file"), ("Title", "A file"), ("Summary", "A file."), ("Price", "2.00"));

        var kinds = new Dictionary<string, (Visitor Who, string Address)>
        {
            ["/Index"] = (admin, "/"), ["/Product"] = (admin, "/shop/paid1"), ["/Cart"] = (admin, "/cart"), ["/Checkout/Index"] = (admin, "/checkout"),
            ["/Checkout/Pay"] = (admin, $"/checkout/{open}/pay"), ["/Checkout/Return"] = (admin, $"/checkout/{open}/return"), ["/Orders/Index"] = (admin, $"/orders/{paid}"),
            ["/Receipts"] = (admin, "/receipts"), ["/Error"] = (admin, "/error"), ["/About/Legal"] = (admin, "/about/terms"), ["/About/Fees"] = (admin, "/about/fees"), ["/Dev/Mail"] = (admin, "/dev/mail"),
            ["/Account/Index"] = (admin, "/account"), ["/Account/Orders"] = (admin, "/account/orders"), ["/Account/Points"] = (admin, "/account/points"),
            ["/Account/Circle"] = (admin, "/account/circle"), ["/RandomGift"] = (admin, "/gifts/random"),
            ["/Admin/Activity"] = (admin, "/admin/activity?name=friend"), ["/Admin/Draws"] = (admin, "/admin/random"), ["/Admin/Members/Index"] = (admin, "/admin/members/friend"),
            ["/Account/Extend"] = (admin, "/account/extend"), ["/Admin/Codes/Index"] = (admin, "/admin/codes"), ["/Admin/Promotions/Index"] = (admin, "/admin/promotions"),
            ["/Account/Gifts"] = (admin, "/account/gifts"), ["/Account/Gift"] = (admin, gift), ["/Account/GiftReturn"] = (admin, back), ["/Account/Settings"] = (admin, "/account/settings"),
            ["/Account/Transfer"] = (admin, "/account/points/transfer"), ["/Account/Convert"] = (admin, "/account/points/convert"), ["/Account/Rename"] = (admin, "/account/rename"),
            ["/Account/PaymentMethods"] = (admin, "/account/payment-methods"), ["/Account/PaymentMethodSetup"] = (admin, $"/account/payment-methods/{keeping:N}"),
            ["/Account/Subscriptions"] = (admin, "/account/subscriptions"), ["/Account/Subscription"] = (admin, $"/account/subscriptions/{subscription.Handle}"),
            ["/Account/SubscriptionCancel"] = (admin, $"/account/subscriptions/{subscription.Handle}/cancel"), ["/Buy/Fix"] = (admin, fix),
            ["/Account/Security"] = (admin, "/account/security"), ["/Account/SecurityPassword"] = (admin, "/account/security/password"),
            ["/Account/SecurityApp"] = (admin, "/account/security/app"), ["/Account/SecurityPasskeys"] = (admin, "/account/security/passkeys"),
            ["/Account/LoginPasskey"] = (visitor, "/account/login/passkey"), ["/Account/LoginCode"] = (visitor, "/account/login/code"),
            ["/Account/Data"] = (admin, "/account/data"), ["/Account/Close"] = (admin, "/account/data/close"), ["/Account/Logout"] = (admin, "/account/logout"), ["/Account/Confirm"] = (admin, "/account/confirm"),
            ["/VirtualGifts"] = (admin, "/gifts"), ["/Member"] = (admin, "/members/friend"), ["/Admin/Deliveries"] = (admin, "/admin/deliveries?q=admin"), ["/Admin/Delivery"] = (admin, waits),
            ["/Admin/Payments/Index"] = (admin, "/admin/payments"), ["/Admin/Payments/Receive"] = (admin, "/admin/payments/receive"), ["/Admin/Payments/Test"] = (admin, "/admin/payments/test"), ["/Admin/Payments/Exchange"] = (admin, "/admin/payments/exchange"),
            ["/Admin/Sellers/Index"] = (admin, "/admin/sellers"), ["/Admin/Sellers/Seller"] = (admin, "/admin/sellers/whole-shop"),
            ["/Admin/Sellers/Product"] = (admin, "/admin/sellers/whole-shop/products/new"), ["/Buy/Product"] = (admin, "/buy/whole-shop-album"),
            ["/Admin/Events/Index"] = (admin, "/admin/events"), ["/Admin/Events/Receivers"] = (admin, "/admin/events/receivers"),
            ["/Admin/Mails/Index"] = (admin, "/admin/mails"), ["/Admin/Mails/Mail"] = (admin, "/admin/mails/mail.receipt"), ["/Mail/Reminders"] = (admin, reminders),
            ["/Admin/Catalogue/Index"] = (admin, "/admin/catalogue"), ["/Admin/Catalogue/New"] = (admin, "/admin/catalogue/new"),
            ["/Admin/Catalogue/Edit"] = (admin, "/admin/catalogue/products/gift_moon"),
            ["/Admin/Orders/Index"] = (admin, "/admin/orders?flag=all"), ["/Admin/Orders/Order"] = (admin, $"/admin/orders/{paid}"), ["/Admin/Orders/Refund"] = (admin, $"/admin/orders/{paid}/refund"),
            ["/Orders/Refund"] = (admin, $"/orders/{paid}/refund"), ["/Orders/Receipt"] = (admin, $"/orders/{paid}/receipt"), ["/Orders/CreditNote"] = (admin, $"/orders/{paid}/credit-notes/{note}"),
            ["/Embed/Continue"] = (visitor, "/embed/continue?t=x"), ["/Account/Community"] = (visitor, "/account/community"), ["/Account/Login"] = (visitor, "/account/login"), ["/Account/Register"] = (visitor, "/account/register"),
            ["/Account/Forgot"] = (visitor, "/account/forgot"), ["/Account/Reset"] = (visitor, "/account/reset"),
            ["/Claim"] = (admin, claim), ["/Admin/Index"] = (admin, "/admin"), ["/Admin/Communities"] = (admin, "/admin/communities"), ["/Admin/Pages/Index"] = (admin, "/admin/pages"), ["/Admin/Pages/Edit"] = (admin, "/admin/pages/terms"),
            ["/Admin/Resources/Index"] = (admin, "/admin/catalogue/resources"), ["/Admin/Resources/Edit"] = (admin, "/admin/catalogue/resources/whole-shop-text"),
            ["/Admin/Resources/File"] = (admin, "/admin/catalogue/resources/whole-shop-file/file"),
            ["/Resource"] = (admin, "/r/whole-shop-text"), ["/Orders/Claim"] = (admin, $"/orders/{paid}/claim"),
            ["/Orders/Paid"] = (admin, $"/orders/{paid}/paid"), ["/Admin/Orders/Requests"] = (admin, "/admin/orders/requests"),
            ["/Admin/Rules/Index"] = (admin, "/admin/rules"), ["/Admin/Rules/Draft"] = (admin, draft), ["/Admin/Rules/Edit"] = (admin, draft + "/shop.prices"),
        };
        var all = Shop.Services.GetRequiredService<IActionDescriptorCollectionProvider>().ActionDescriptors.Items.OfType<PageActionDescriptor>().Select(p => p.ViewEnginePath)
            .Except(["/Embed/Buy", "/Embed/Cart"]); // stand in a frame on somebody else's page
        Assert.Equal(all.Order(StringComparer.Ordinal), kinds.Keys.Order(StringComparer.Ordinal));
        foreach (var (kind, (who, address)) in kinds)
        {
            HasSummary(kind, await who.GetAsync(address));
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(413)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task DF_44_EveryErrorPage_HasTheCartSummaryAndTheWayToTheCheckout(int status)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid6");
        var request = new HttpRequestMessage(HttpMethod.Get, "/about/terms");
        request.Headers.Add(FailHeader, $"{status}");
        var page = await visitor.SendAsync(request);
        Assert.Equal(status, (int)page.Status);
        HasSummary($"{status}", page);
    }

    [Theory]
    [InlineData("/no/such/page", 404)]
    [InlineData("/orders/22222222222222222222222222", 404)]
    [InlineData("/admin", 403)]
    public async Task DF_44_PageThatIsNotThere_HasTheCartSummaryToo(string address, int status)
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.AddAsync("paid6");
        var page = await visitor.GetAsync(address);
        Assert.Equal(status, (int)page.Status);
        HasSummary(address, page);
    }

    private static void HasSummary(string kind, Page page)
    {
        Assert.Equal((kind, "2 items", "/checkout"), (kind, page.Text("cart-count"), page.Find("cart-checkout")?.GetAttribute("href")));
        Assert.NotNull(page.Text("cart-total"));
        Assert.Equal(2, page.Document.QuerySelectorAll("header details li").Length);
    }

    /// <summary>Lets a test see an answer that a sound shop does not give: the request names its status.</summary>
    private sealed class FailOnDemand : IResourceFilter
    {
        public void OnResourceExecuting(ResourceExecutingContext context)
        {
            var features = context.HttpContext.Features;
            if (context.HttpContext.Request.Headers[FailHeader] is not [{ } text]
                || features.Get<IStatusCodeReExecuteFeature>() is not null || features.Get<IExceptionHandlerFeature>() is not null)
            {
                return;
            }

            var status = int.Parse(text, null);
            context.Result = status == (int)HttpStatusCode.InternalServerError
                ? throw new InvalidOperationException("A test asked for a broken page.")
                : new StatusCodeResult(status);
        }

        public void OnResourceExecuted(ResourceExecutedContext context)
        {
        }
    }
}

public sealed class WholeShopTests_Sqlite(SqliteDatabase database) : WholeShopTests(database), IClassFixture<SqliteDatabase>;

public sealed class WholeShopTests_Postgres(PostgresDatabase database) : WholeShopTests(database), IClassFixture<PostgresDatabase>;
