using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Api;

namespace Shop.Web.Tests.Paywall;

/// <summary>Refunds by /private/orders/{id}/refund, as a seller's program asks for them.</summary>
public abstract class PrivateRefundTests(TestDatabase database) : PaywallTests(database)
{
    /// <summary>Room for many calls of one key at once.</summary>
    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Limits:ApiAtOnce"] = "64" } };

    private async Task<(SellerProgram Seller, string Order)> SoldAsync(string amount = "USD:1.50", bool isPaid = true)
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var wish = new { summary = "A page", amount, fulfillment_url = $"https://site.example/{Codes.New(8)}", session_id = "s" + Codes.New(12) };
        var made = await seller.SendAsync(HttpMethod.Post, "/private/orders", wish, null);
        if (isPaid)
        {
            var payer = Shop.NewVisitor();
            await PayAsync(payer, await payer.GetAsync(new Uri(made.Text("order_status_url")!).PathAndQuery));
        }

        return (seller, made.Text("order_id")!);
    }

    private static Task<Answered> RefundAsync(SellerProgram seller, string order, string total, string reason = "not as described", string? key = null) =>
        seller.SendAsync(HttpMethod.Post, $"/private/orders/{order}/refund", new { refund = total, reason }, key);

    [Fact]
    public async Task TP_2_Totals_AreGivenBackOnce_AndTheOrderSaysSo()
    {
        var (seller, order) = await SoldAsync();
        foreach (var (total, is_) in new[] { ("USD:0.50", "USD:0.5"), ("USD:0.5", "USD:0.5"), ("USD:1.20", "USD:1.2") })
        {
            var answer = await RefundAsync(seller, order, total);
            Assert.Equal((200, is_, false), (answer.Status, answer.Text("refund_amount"), answer.Body.GetProperty("waits_for_approval").GetBoolean()));
        }

        var status = await seller.GetAsync($"/private/orders/{order}");
        Assert.Equal((true, "USD:1.2", false), (status.Body.GetProperty("refunded").GetBoolean(), status.Text("refund_amount"), status.Body.GetProperty("refund_pending").GetBoolean()));
        var lower = await RefundAsync(seller, order, "USD:1");
        Assert.Equal((409, "already_more"), (lower.Status, lower.Code));
        var above = await RefundAsync(seller, order, "USD:1.51");
        Assert.Equal((409, "above_paid"), (above.Status, above.Code));
    }

    [Fact]
    public async Task TP_2_SameTotalAtOnce_IsOneRefund()
    {
        var (seller, order) = await SoldAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefundAsync(seller, order, "USD:0.50")));
        Assert.All(answers, answer => Assert.Equal((200, "USD:0.5"), (answer.Status, answer.Text("refund_amount"))));
        Assert.Single(await ReadAsync(db => db.Refunds.Where(r => db.Orders.Any(o => o.Id == r.OrderId && o.Number == order)).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task AboveTheLimit_WaitsForASecondPerson_AndTheAnswerSaysSo()
    {
        var (seller, order) = await SoldAsync("USD:150");
        for (var i = 0; i < 2; i++)
        {
            var waits = await RefundAsync(seller, order, "USD:149");
            Assert.Equal((202, "USD:0", true), (waits.Status, waits.Text("refund_amount"), waits.Body.GetProperty("waits_for_approval").GetBoolean()));
        }

        var other = await RefundAsync(seller, order, "USD:150");
        Assert.Equal((409, "other_refund_waits"), (other.Status, other.Code));
        var asked = await ReadAsync(async db => (await Approvals.OpenAsync(db, RefundDesk.Kind, RefundDesk.Subject(await db.Orders.Where(o => o.Number == order).Select(o => o.Id).SingleAsync(Cancel)), Cancel)).Single());
        Assert.IsType<StaffRefundResult.Made>(await Shop.Services.GetRequiredService<RefundDesk>().DecideAsync(asked.Id, await IdAsync("friend"), true, Cancel));
        var done = await RefundAsync(seller, order, "USD:149");
        Assert.Equal((200, "USD:149"), (done.Status, done.Text("refund_amount")));
    }

    [Fact]
    public async Task OthersOrder_IsNotFound_UnpaidOneAConflict()
    {
        var ((_, order), other) = (await SoldAsync(), await SellerProgram.OpenAsync(Shop, Cancel));
        foreach (var id in new[] { order, "22222222222222222222222222" })
        {
            Assert.Equal((404, "not_found"), await RefundAsync(other, id, "USD:0.50") is var answer ? (answer.Status, answer.Code) : default);
        }

        var (seller, unpaid) = await SoldAsync(isPaid: false);
        var refused = await RefundAsync(seller, unpaid, "USD:0.50");
        Assert.Equal((409, "not_paid"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Key_NeedsTheScope_AndAPersonBehindItWhoMayGiveBack()
    {
        var (seller, order) = await SoldAsync();
        var charges = seller.With(await SellerProgram.IssueAsync(Shop, seller.SellerId, KeyScopes.Read | KeyScopes.Charges, null, Cancel));
        Assert.Equal((403, "scope_missing"), await RefundAsync(charges, order, "USD:0.50") is var answer ? (answer.Status, answer.Code) : default);
        var (_, member) = await MemberAsync();
        var made = await Shop.Services.GetRequiredService<SellerKeys>().IssueAsync(seller.SellerId, SellerProgram.All, null, await IdAsync(member), Cancel);
        answer = await RefundAsync(seller.With(Assert.IsType<KeyResult.Made>(made).Secret), order, "USD:0.50");
        Assert.Equal((403, "nobody_behind"), (answer.Status, answer.Code));
        Assert.Empty(await ReadAsync(db => db.Refunds.Where(r => db.Orders.Any(o => o.Id == r.OrderId && o.Number == order)).ToListAsync(Cancel)));
    }

    [Theory]
    [InlineData("""{"refund":"USD:0.50"}""", "reason")]
    [InlineData("""{"reason":"a"}""", "refund")]
    [InlineData("""{"refund":"0.50","reason":"a"}""", "refund")]
    [InlineData("""{"refund":"EUR:0.50","reason":"a"}""", "refund")]
    [InlineData("""{"refund":"USD:0","reason":"a"}""", "refund")]
    [InlineData("""{"refund":"USD:0.001","reason":"a"}""", "refund")]
    [InlineData("""{"refund":"USD:0.50","reason":" "}""", "reason")]
    [InlineData("""{"refund":"USD:0.50","reason":"a","amount":"USD:1"}""", "amount")]
    public async Task WrongFields_AreNamed(string body, string field)
    {
        var (seller, order) = await SoldAsync(isPaid: false);
        var answer = await seller.SendAsync(HttpMethod.Post, $"/private/orders/{order}/refund", body, null);
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Body.GetProperty("errors").TryGetProperty(field, out _), $"{answer.Body}");
    }
}

public sealed class PrivateRefundTests_Sqlite(SqliteDatabase database) : PrivateRefundTests(database), IClassFixture<SqliteDatabase>;

public sealed class PrivateRefundTests_Postgres(PostgresDatabase database) : PrivateRefundTests(database), IClassFixture<PostgresDatabase>;
