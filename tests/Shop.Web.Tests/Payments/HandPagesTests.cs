using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Payments;

/// <summary>A cheque through the pages: instructions, mails, the desk, and what the desk shows of services.</summary>
public abstract class HandPagesTests(TestDatabase database) : BuyingTests(database)
{
    private const string Desk = "/admin/payments/receive";

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?>
        {
            ["Payments:cheque:PayTo"] = "Dream Shop Ltd", ["Payments:cheque:Address"] = "1 Harbour Street\n12345 Moonlit", ["Payments:cheque:MinimumMinor"] = "500",
        },
    };

    [Fact]
    public async Task DW_62_Cheque_PayPageAndMailSayWhereToSendIt_StaffAreTold_AndMarkItReceived()
    {
        var (visitor, name) = await MemberAsync();
        var pay = await OrderAsync(visitor);
        var reference = pay.Text("order-reference")!;
        Assert.Equal(["$13.00", "Dream Shop Ltd", "1 Harbour Street 12345 Moonlit", reference], pay.Find("send-funds")!.Facts().Values);
        var mail = Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("Where to send", StringComparison.Ordinal));
        Assert.Contains(reference, mail.Text, StringComparison.Ordinal);
        Assert.Contains("Dream Shop Ltd", mail.Text, StringComparison.Ordinal);
        var staff = await Shop.ReadAsync((db, token) => db.Users.Where(u => u.UserName == "admin").Select(u => u.Email).SingleAsync(token), Cancel);
        Assert.Contains(await MailsAsync(staff!), m => m.Subject.Contains(reference, StringComparison.Ordinal) && m.Text.Contains(Desk, StringComparison.Ordinal));
        var admin = await Shop.SignInAsync("admin");
        var done = await admin.SubmitAsync(await admin.GetAsync($"{Desk}?q={reference.ToUpperInvariant()}"), "#say", null, ("Amount", "13.00"), ("Note", "cheque 17"));
        Assert.Contains("The order is paid", done.News, StringComparison.Ordinal);
        Assert.Equal(["admin"], done.All("hand-note").Select(row => row.QuerySelectorAll("td")[0].Words()));
        Assert.NotNull((await visitor.GetAsync("/account")).Instant("member-until"));
    }

    [Fact]
    public async Task P19_WrongAmount_IsSaidBesideTheField_AndKeepsWhatWasTyped()
    {
        var (visitor, _) = await MemberAsync();
        var reference = (await OrderAsync(visitor)).Text("order-reference")!;
        var admin = await Shop.SignInAsync("admin");
        foreach (var (typed, words) in new[] { ("12.99", "Due is $13.00"), ("1,300", "Say the amount in USD"), ("", "Say the amount in USD") })
        {
            var wrong = await admin.SubmitAsync(await admin.GetAsync($"{Desk}?q={reference}"), "#say", null, ("Amount", typed), ("Note", "cheque 17"));
            IsWrong(wrong, "Amount", words);
            Assert.Equal((typed, "cheque 17"), (wrong.Value("Amount") ?? "", wrong.Value("Note")));
        }
    }

    [Fact]
    public async Task P19_SecondOfTheStaff_IsToldWhoWasFirst()
    {
        var (visitor, _) = await MemberAsync();
        var reference = (await OrderAsync(visitor)).Text("order-reference")!;
        var admin = await Shop.SignInAsync("admin");
        var form = await admin.GetAsync($"{Desk}?q={reference}");
        await admin.SubmitAsync(form, "#say", null, ("Amount", "13.00"));
        var second = await admin.SubmitAsync(form, "#say", null, ("Amount", "13.00"));
        Assert.Contains("admin has said already", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DF_42_CraftedPostBelowTheMinimum_IsRefused()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var page = await visitor.GetAsync("/checkout");
        Assert.NotNull(page.All("pay-method").Single(m => m.GetAttribute("data-provider") == "cheque").QuerySelector("input[disabled]"));
        var refused = await PostAsync(visitor, "/checkout", ("Provider", "cheque"), ("Shown", page.Value("Shown")!));
        Assert.Equal((HttpStatusCode.BadRequest, 0), (refused.Status, await OrdersOfAsync(name)));
    }

    [Fact]
    public async Task DF_52_ExpiredCheque_TheBuyerIsTold()
    {
        var (visitor, name) = await MemberAsync();
        await OrderAsync(visitor);
        Shop.Clock.Advance(TimeSpan.FromDays(21) + TimeSpan.FromHours(1));
        await Shop.WorkAsync(Cancel);
        Assert.Contains(await MailsAsync(Address(name)), m => m.Subject.Contains("no money came", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DW_67_DF_56_Desk_ShowsTheCallsOfAnOrder_AndNoKey()
    {
        var (visitor, _) = await MemberAsync();
        var paid = await visitor.BuyAsync("paid1");
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.GetAsync($"/admin/payments/exchange?q={paid.Text("order-reference")}");
        Assert.Equal([("start", "action_required"), ("get", "captured")], page.All("exchange").Select(row => (row.GetAttribute("data-operation"), row.GetAttribute("data-outcome"))));
        Assert.Contains("200", page.All("exchange")[^1].Words(), StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", page.Main(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Shop.Services.GetRequiredService<global::Shop.Payments.Sandbox.SandboxKey>().Value, page.Main() + (await admin.GetAsync("/admin/payments")).Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_66_Desk_TestsAService_AndSaysHowItStands()
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.GetAsync("/admin/payments");
        Assert.Equal(["sandbox", "cheque"], page.All("service").Select(s => s.GetAttribute("data-provider")));
        var tested = await admin.SubmitAsync(page, "[data-provider=sandbox] form", null);
        Assert.Contains("would take a payment", tested.News, StringComparison.Ordinal);
        Assert.Contains("Last seen well", tested.Text("service-health"), StringComparison.Ordinal);
    }

    private static async Task<Page> OrderAsync(Visitor visitor)
    {
        await visitor.AddAsync("paid6");
        return await visitor.PlaceAsync(("Provider", "cheque"));
    }
}

public sealed class HandPagesTests_Sqlite(SqliteDatabase database) : HandPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class HandPagesTests_Postgres(PostgresDatabase database) : HandPagesTests(database), IClassFixture<PostgresDatabase>;
