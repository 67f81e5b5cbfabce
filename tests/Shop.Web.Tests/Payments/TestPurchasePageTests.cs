using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Payments;

/// <summary>A test purchase from the desk, as its owner meets it.</summary>
public abstract class TestPurchasePageTests(TestDatabase database) : BuyingTests(database)
{
    private const string Desk = "/admin/payments/test";

    [Fact]
    public async Task DW_66_Owner_ConfirmsPaysAndSeesTheMoneyGoBack()
    {
        var admin = await Shop.SignInAsync("admin");
        var link = (await admin.GetAsync("/admin/payments")).Find("test-purchase")!.GetAttribute("href")!;
        var form = await admin.GetAsync(link);
        Assert.Equal("1.00", form.Value("Amount"));
        var wrong = await admin.SubmitAsync(form, "#look", null, ("Amount", "5.01"));
        IsWrong(wrong, "Amount", "from $0.01 to $5.00");
        Assert.Equal("5.01", wrong.Value("Amount"));

        var before = await ReadAsync(db => db.TestPurchases.CountAsync(Cancel));
        var confirm = await admin.SubmitAsync(form, "#look", null, ("Amount", "2.00"));
        Assert.Contains("no real money moves", confirm.Find("test-confirm").Words(), StringComparison.Ordinal);
        Assert.Equal(before, await ReadAsync(db => db.TestPurchases.CountAsync(Cancel)));
        var pay = await admin.SubmitAsync(confirm, "#pay", null);
        var number = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        Assert.Equal(($"/checkout/{number}/pay", "$2.00"), (pay.Address.AbsolutePath, pay.Text("due-money")));
        Assert.Equal("waiting", (await admin.GetAsync(Desk)).Find("test")?.GetAttribute("data-state"));
        await admin.PressAsync(await admin.GetAsync(pay.Document.QuerySelector("main a.button")!.GetAttribute("href")!), "ok");
        Assert.Contains("is on its way back", (await admin.GetAsync(Desk)).Text("test-stand"), StringComparison.Ordinal);
        await Shop.WorkAsync(Cancel);
        var done = await admin.GetAsync(Desk);
        Assert.Equal(("refunded", "$2.00 was paid, and all of it was given back."), (done.Find("test")?.GetAttribute("data-state"), done.Text("test-stand")));
        Assert.Equal("refunded", (await admin.GetAsync($"/orders/{number}")).Find("order-state")?.GetAttribute("data-state"));
        var address = await ReadAsync(db => db.Users.Where(m => m.UserName == "admin").Select(m => m.Email!).SingleAsync(Cancel));
        Assert.Contains(await MailsAsync(address), m => m.Text.Contains("this was a test purchase", StringComparison.Ordinal));
    }

    [Fact]
    public async Task C01_SameFormWithAnotherAmount_Is409_AndKeepsWhatWasTyped()
    {
        var admin = await Shop.SignInAsync("admin");
        var confirm = await admin.SubmitAsync(await admin.GetAsync(Desk), "#look", null, ("Amount", "2.00"));
        await admin.SubmitAsync(confirm, "#pay", null);
        var before = await ReadAsync(db => db.TestPurchases.CountAsync(Cancel));
        var other = await admin.SubmitAsync(confirm, "#pay", null, ("Amount", "3.00"));
        Assert.Equal((HttpStatusCode.Conflict, "3.00"), (other.Status, other.Value("Amount")));
        Assert.Contains("asked for something else then", other.Error, StringComparison.Ordinal);
        Assert.NotEqual(confirm.Value("Key"), other.Value("Key"));
        Assert.Equal(before, await ReadAsync(db => db.TestPurchases.CountAsync(Cancel)));
    }

    [Fact]
    public async Task S32_PasswordIsAskedAfterAQuarterOfAnHour_AndRefundersMayNot()
    {
        var admin = await Shop.SignInAsync("admin");
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        var asked = await admin.GetAsync(Desk);
        Assert.Null(asked.Document.QuerySelector("#look"));
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(admin, $"{Desk}?handler=Pay", ("Provider", "sandbox"), ("Amount", "1.00"))).Status);
        Assert.NotNull((await admin.SubmitAsync(asked, ("Password", ShopHost.Password))).Document.QuerySelector("#look"));

        var (_, name) = await MemberAsync();
        await using var scope = Shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        await users.AddToRoleAsync((await users.FindByNameAsync(name))!, StaffRoles.Refunder);
        Assert.Null((await (await Shop.SignInAsync(name)).GetAsync("/admin/payments")).Find("test-purchase"));
    }
}

public sealed class TestPurchasePageTests_Sqlite(SqliteDatabase database) : TestPurchasePageTests(database), IClassFixture<SqliteDatabase>;

public sealed class TestPurchasePageTests_Postgres(PostgresDatabase database) : TestPurchasePageTests(database), IClassFixture<PostgresDatabase>;
