using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Paywall;

/// <summary>Base of the tests of paid resources over HTTP.</summary>
public abstract class PaywallTests(TestDatabase database) : BuyingTests(database)
{
    protected const string Secret = "the far side of the moon";

    protected ResourceDesk Desk => Shop.Services.GetRequiredService<ResourceDesk>();

    /// <summary>A text for $2.00 of its own.</summary>
    protected async Task<string> TextAsync(string? code = null, int? points = null, bool onSale = true)
    {
        code ??= "moon-" + Codes.New(8);
        await SaveAsync(new ResourceDraft
        {
            Code = code, Title = $"About {code}", Summary = "What nobody sees.", Form = ResourceForm.Text, PriceMinor = 200, Points = points, Body = $"## It is\n\n**{Secret}**", OnSale = onSale,
        });
        return code;
    }

    protected async Task SaveAsync(ResourceDraft draft, int? revision = null) =>
        Assert.IsType<ResourceResult.Done>(await Desk.SaveAsync(draft, revision, await IdAsync("admin"), Cancel));

    protected static string AddressOf(string code) => $"/r/{Uri.EscapeDataString(code)}";

    /// <summary>One request, and its answer as it is, also a redirect.</summary>
    protected static Task<HttpResponseMessage> AskAsync(Visitor visitor, string address, string? accept = null, HttpMethod? method = null, string? agent = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (agent is not null)
        {
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
        }

        return visitor.AskAsync(request);
    }

    protected static async Task<(int Status, JsonElement Body)> JsonAsync(Visitor visitor, string address)
    {
        var answer = await AskAsync(visitor, address, "application/json");
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        return ((int)answer.StatusCode, JsonDocument.Parse(text).RootElement);
    }

    /// <summary>From the page of an order to the bank, and whatever is pressed there.</summary>
    protected static async Task<Page> PayAsync(Visitor visitor, Page wall, string outcome = "ok")
    {
        var pay = await visitor.SubmitAsync(wall, "form:has([data-testid=pay-here])", null);
        Assert.Equal(HttpStatusCode.OK, pay.Status);
        return await visitor.PressAsync(await visitor.SubmitAsync(pay, ("Provider", "sandbox")), outcome);
    }

    /// <summary>Somebody who has bought it; the page is what they got.</summary>
    protected async Task<(Visitor Visitor, Page Page)> BuyerAsync(string code, Visitor? visitor = null)
    {
        visitor ??= Shop.NewVisitor();
        return (visitor, await PayAsync(visitor, await visitor.GetAsync(AddressOf(code))));
    }

    protected Task<int> OrdersForAsync(string code) => ReadAsync(db => db.MatrixOrders.CountAsync(m => db.Resources.Any(r => r.Id == m.ResourceId && r.Code == code), Cancel));

    protected Task<string> LastOrderAsync(string code) => ReadAsync(db => db.Orders
        .Where(o => db.MatrixOrders.Any(m => m.OrderId == o.Id && db.Resources.Any(r => r.Id == m.ResourceId && r.Code == code))).OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));

    protected Task<string> PaidOrderAsync(string code) => ReadAsync(db => db.Orders
        .Where(o => o.PaidAt != null && db.MatrixOrders.Any(m => m.OrderId == o.Id && db.Resources.Any(r => r.Id == m.ResourceId && r.Code == code))).Select(o => o.Number).SingleAsync(Cancel));

    /// <summary>Staff give some of an order back.</summary>
    protected async Task RefundAsync(string number, long minor)
    {
        var line = await ReadAsync(db => db.OrderLines.Where(l => db.Orders.Any(o => o.Id == l.OrderId && o.Number == number)).Select(l => new { l.Id, l.OrderId }).SingleAsync(Cancel));
        var wish = new StaffRefund { Key = Guid.CreateVersion7(Now), OrderId = line.OrderId, Reason = "test", Shares = [new LineShare(line.Id, minor, 0)] };
        Assert.IsType<StaffRefundResult.Made>(await Shop.Services.GetRequiredService<RefundDesk>().RefundAsync(wish, await IdAsync("friend"), Cancel));
        await Shop.WorkAsync(Cancel);
    }

    protected static string SessionIn(Uri address) => Query(address, "session_id");

    protected static string Query(Uri address, string name) => Uri.UnescapeDataString(address.Query.TrimStart('?').Split('&').Single(part => part.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..]);
}
