using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Refunds;

/// <summary>The desk's orders and refunds, and buyers who give back, as people without scripts meet them.</summary>
public abstract class RefundPageTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_70_Desk_FindsTheOrder_ShowsWhatARefundDoes_AndMakesIt()
    {
        var (buyer, name) = await MemberAsync();
        var number = await PaidAsync(buyer, "paid1");
        var admin = await Shop.SignInAsync("admin");
        var found = await admin.GetAsync($"/admin/orders?q={name}");
        Assert.Equal(number, Assert.Single(found.All("desk-order")).GetAttribute("data-number"));
        Assert.Single((await admin.GetAsync($"/admin/orders?q={found.Document.QuerySelector("code")!.TextContent}")).All("desk-order"));

        var form = await admin.GetAsync((await admin.GetAsync($"/admin/orders/{number}")).Find("to-refund")!.GetAttribute("href")!);
        var line = form.Find("refund-line")!.GetAttribute("data-line")!;
        var wrong = await admin.SubmitAsync(form, "#refund", null, ($"Money[{line}]", "999"), ("Reason", ""));
        Assert.Equal((HttpStatusCode.BadRequest, "999"), (wrong.Status, wrong.Value($"Money[{line}]")));
        Assert.Contains("from 0 to", wrong.Wrong($"Money_{line}_"), StringComparison.Ordinal);
        Assert.NotNull(wrong.Wrong("Reason"));

        var price = await ReadAsync(db => db.Orders.Where(o => o.Number == number).Select(o => o.DueMinor).SingleAsync(Cancel));
        var typed = $"{price / 100}.{price % 100:00}";
        var preview = await admin.SubmitAsync(form, "#refund", null, ($"Money[{line}]", typed), ("Reason", "asked by letter"));
        Assert.Equal((HttpStatusCode.OK, "taken_back"), (preview.Status, preview.Find("preview-line")?.GetAttribute("data-end")));
        Assert.Equal("Has no time then.", preview.Text("preview-account"));
        Assert.Equal(0, await ReadAsync(db => db.Refunds.CountAsync(r => r.Reason == "asked by letter" && db.Orders.Any(o => o.Id == r.OrderId && o.Number == number), Cancel)));

        var done = await admin.SubmitAsync(preview, "#make", null);
        Assert.Contains("The money is given back.", done.News, StringComparison.Ordinal);
        Assert.Equal(("refunded", "succeeded"), (done.Find("order-state")?.GetAttribute("data-state"), done.Find("refund")?.GetAttribute("data-state")));
        Assert.Single(await MailsAsync(Address(name)), m => m.Text.Contains("is given back", StringComparison.Ordinal));
        var twice = await admin.SubmitAsync(form, "#refund", null, ($"Money[{line}]", typed), ("Reason", "twice"));
        Assert.Contains("from 0 to", twice.Wrong($"Money_{line}_"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task C01_SameFormWithOtherContent_Is409_SaysSo_AndKeepsWhatWasTyped()
    {
        var number = await PaidAsync((await MemberAsync()).Visitor, "paid1");
        var admin = await Shop.SignInAsync("admin");
        var preview = await AskAsync(admin, number);
        var line = Assert.Single(await ReadAsync(db => db.OrderLines.Where(l => db.Orders.Any(o => o.Id == l.OrderId && o.Number == number)).Select(l => l.Id).ToListAsync(Cancel)));
        await admin.SubmitAsync(preview, "#make", null, ($"Money[{line}]", "1.00"));
        var other = await admin.SubmitAsync(preview, "#make", null, ($"Money[{line}]", "1.10"));
        Assert.Equal((HttpStatusCode.Conflict, "1.10"), (other.Status, other.Value($"Money[{line}]")));
        Assert.Contains("asked for something else then", other.Error, StringComparison.Ordinal);
        Assert.NotEqual(preview.Value("Key"), other.Value("Key"));
        Assert.Equal([100L], await ReadAsync(db => db.Refunds.Where(r => db.Orders.Any(o => o.Id == r.OrderId && o.Number == number)).Select(r => r.AmountMinor).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task S32_AfterAQuarterOfAnHour_ThePasswordIsAskedBeforeMoneyIsGivenBack()
    {
        var number = await PaidAsync((await MemberAsync()).Visitor, "paid1");
        var admin = await Shop.SignInAsync("admin");
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        var asked = await admin.GetAsync($"/admin/orders/{number}/refund");
        Assert.Null(asked.Find("refund-line"));
        IsWrong(await admin.SubmitAsync(asked, ("Password", "not this one, surely")), "Password", "not your password");
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(admin, $"/admin/orders/{number}/refund?handler=Make", ("Reason", "no form"))).Status);
        Assert.NotNull((await admin.SubmitAsync(asked, ("Password", ShopHost.Password))).Find("refund-line"));
    }

    [Fact]
    public async Task S32_OwnOrderIsRefused_AndAboveTheSumASecondPersonApproves()
    {
        await PublishAsync(new RefundTerms { ApprovalMinor = 100 });
        var (one, two) = (await StaffAsync(StaffRoles.Refunder), await StaffAsync(StaffRoles.Refunder));
        var own = await PaidAsync(one, "paid1");
        Assert.Contains("your own order", (await AskAsync(one, own)).Error, StringComparison.Ordinal);

        var number = await PaidAsync((await MemberAsync()).Visitor, "paid1");
        var preview = await AskAsync(one, number);
        Assert.NotNull(preview.Find("needs-approval"));
        Assert.Contains("second person", (await one.SubmitAsync(preview, "#make", null)).News, StringComparison.Ordinal);
        Assert.Contains("Somebody else", (await one.SubmitAsync(await one.GetAsync($"/admin/orders/{number}"), "form[action*=Decide]", "true")).News, StringComparison.Ordinal);
        Assert.Contains("is given back", (await two.SubmitAsync(await two.GetAsync($"/admin/orders/{number}"), "form[action*=Decide]", "true")).News, StringComparison.Ordinal);
        await PublishAsync(new RefundTerms());
    }

    [Fact]
    public async Task DW_71_FlagIsClearedWithAReason_ByThoseWhoMay()
    {
        var number = await PaidAsync((await MemberAsync()).Visitor, "paid1");
        await WriteAsync(async (db, token) =>
        {
            db.OrderFlags.Add(new OrderFlag { OrderId = await db.Orders.Where(o => o.Number == number).Select(o => o.Id).SingleAsync(token), Kind = OrderFlagKind.RefundSeen, RaisedAt = Now, By = "test" });
            return await db.SaveChangesAsync(token);
        });
        var viewer = await StaffAsync(StaffRoles.Viewer);
        Assert.Contains(number, (await viewer.GetAsync("/admin/orders")).All("desk-order").Select(r => r.GetAttribute("data-number")));
        var read = await viewer.GetAsync($"/admin/orders/{number}");
        Assert.Equal((null, null, 0), (read.Find("to-refund"), read.Find("ask"), read.Document.QuerySelectorAll("form[action*=Clear]").Length));

        var clerk = await StaffAsync(StaffRoles.Clerk);
        var page = await clerk.GetAsync($"/admin/orders/{number}");
        Assert.Contains("Say why", (await clerk.SubmitAsync(page, "form[action*=Clear]", null, ("Reason", " "))).Error, StringComparison.Ordinal);
        var cleared = await clerk.SubmitAsync(page, "form[action*=Clear]", null, ("Reason", "talked to the bank"));
        Assert.Equal("no", cleared.Find("flag")?.GetAttribute("data-open"));
        Assert.Contains("talked to the bank", cleared.Text("flag"), StringComparison.Ordinal);
        Assert.Contains("was asked", (await clerk.SubmitAsync(cleared, "form[action*=Ask]", null)).News, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_71_BuyerGivesBack_WhereTheRulesLetThem()
    {
        var (buyer, _) = await MemberAsync();
        Assert.Null((await buyer.GetAsync($"/orders/{await PaidAsync(buyer, "paid1")}")).Find("give-back"));
        await PublishAsync(new RefundTerms { BuyerDays = 3 });
        (buyer, _) = await MemberAsync();
        var number = await PaidAsync(buyer, "paid1");
        var form = await buyer.GetAsync((await buyer.GetAsync($"/orders/{number}")).Find("give-back")!.GetAttribute("href")!);
        Assert.Contains("Choose at least one", (await buyer.SubmitAsync(form, "#refund", null)).Error, StringComparison.Ordinal);
        var line = form.Document.QuerySelector("[name=Lines]")!.GetAttribute("value")!;
        var preview = await buyer.SubmitAsync(form, "#refund", null, ("Lines", line));
        Assert.Equal("taken_back", preview.Find("preview-line")?.GetAttribute("data-end"));
        var done = await buyer.SubmitAsync(preview, "#make", null);
        Assert.Equal("refunded", done.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal(HttpStatusCode.NotFound, (await (await MemberAsync()).Visitor.GetAsync($"/orders/{number}/refund")).Status);
        await PublishAsync(new RefundTerms());
    }

    [Fact]
    public async Task DW_71_BuyerWithoutAccount_GivesBack_FromTheBrowserThatBoughtOrByTheReceiptsLink()
    {
        await PublishAsync(new RefundTerms { BuyerDays = 3 });
        foreach (var isBuyersBrowser in new[] { true, false })
        {
            var (visitor, address) = (Shop.NewVisitor(), $"{Codes.New(10)}@example.org");
            await visitor.AddAsync("paid1", ("Recipient", "somebody@example.org"));
            var paid = await visitor.PressAsync(await visitor.PlaceAsync(("Email", address)), "ok");
            var number = paid.Number();
            var receipt = (await MailsAsync(address)).Single(m => m.Subject.Contains(paid.Text("order-reference")!, StringComparison.Ordinal)).Link;
            var browser = isBuyersBrowser ? visitor : Shop.NewVisitor();
            var order = await browser.GetAsync(isBuyersBrowser ? $"/orders/{number}" : new Uri(receipt).PathAndQuery);
            var form = await browser.GetAsync(order.Find("give-back")!.GetAttribute("href")!);
            var preview = await browser.SubmitAsync(form, "#refund", null, ("Lines", form.Document.QuerySelector("[name=Lines]")!.GetAttribute("value")!));
            Assert.Contains("Sandbox", preview.Text("preview-money"), StringComparison.OrdinalIgnoreCase);
            var done = await browser.SubmitAsync(preview, "#make", null);
            Assert.Equal("refunded", done.Find("order-state")?.GetAttribute("data-state"));
            Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync($"/orders/{number}/refund")).Status);
            Assert.Contains(await MailsAsync(address), m => m.Text.Contains("is given back", StringComparison.Ordinal));
        }

        await PublishAsync(new RefundTerms());
    }

    private async Task<Page> AskAsync(Visitor staff, string number)
    {
        var form = await staff.GetAsync($"/admin/orders/{number}/refund");
        return await staff.SubmitAsync(form, "#refund", null, ($"Money[{form.Find("refund-line")!.GetAttribute("data-line")}]", "2.00"), ("Reason", "asked by letter"));
    }

    private async Task<string> PaidAsync(Visitor buyer, string sku)
    {
        await buyer.BuyAsync(sku);
        return await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
    }

    private Task<PublishResult> PublishAsync(RefundTerms terms) => WriteAsync(async (db, token) =>
        await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [terms], null, "test", Now, token));

    private async Task<Visitor> StaffAsync(string role)
    {
        var (_, name) = await MemberAsync();
        await using var scope = Shop.Services.CreateAsyncScope();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<StaffRole>>();
        if (!await roles.RoleExistsAsync(role))
        {
            await roles.CreateAsync(new StaffRole { Name = role });
        }

        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        await users.AddToRoleAsync((await users.FindByNameAsync(name))!, role);
        return await Shop.SignInAsync(name);
    }
}

public sealed class RefundPageTests_Sqlite(SqliteDatabase database) : RefundPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class RefundPageTests_Postgres(PostgresDatabase database) : RefundPageTests(database), IClassFixture<PostgresDatabase>;
