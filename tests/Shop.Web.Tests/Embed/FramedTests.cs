using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Embed;

/// <summary>Base of the tests that buy in a seller's frame, as a browser without any cookie has it.</summary>
public abstract class FramedTests(TestDatabase database) : BuyingTests(database)
{
    protected sealed record Stall(long Id, string Key, string Origin);

    private int sold;

    /// <summary>A header in which the network says where a browser is, for shops that are set up to read it.</summary>
    protected const string NetworkHeader = "X-Country";

    /// <summary>A seller with one origin.</summary>
    protected async Task<Stall> OpenStallAsync(string? origin = null)
    {
        var desk = Shop.Services.GetRequiredService<SellerDesk>();
        var handle = "s-" + Codes.New(10);
        var staff = await StaffAsync();
        var id = Assert.IsType<SellerResult.Done>(await desk.CreateAsync(new SellerForm(handle, "Tea house", "help@tea.example", null), staff, Cancel)).Id;
        origin ??= $"https://{handle}.example";
        Assert.IsType<SellerResult.Done>(await desk.AddOriginAsync(id, origin, false, staff, Cancel));
        return new Stall(id, await Shop.ReadAsync((db, token) => db.Sellers.Where(s => s.Id == id).Select(s => s.EmbedKey).SingleAsync(token), Cancel), origin);
    }

    protected Task<long> StaffAsync() => Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).SingleAsync(token), Cancel);

    protected async Task<string> SellAsync(Stall stall, SellerSignIn signIn = SellerSignIn.None, bool custom = false)
    {
        var code = $"tea-{Codes.New(8)}-{++sold}";
        Assert.IsType<SellerResult.Done>(await Shop.Services.GetRequiredService<SellerDesk>().AddProductAsync(
            stall.Id,
            new SellerProductForm
            {
                Code = code, Title = "A pot of tea", Sale = SellerSale.OneOff, Pricing = custom ? SellerPricing.Custom : SellerPricing.Fixed, AmountMinor = custom ? null : 700,
                LeastMinor = custom ? 200 : null, MostMinor = custom ? 5000 : null, SignIn = signIn, OnSale = true,
            },
            await StaffAsync(), Cancel));
        return code;
    }

    protected static string Place(Stall stall, string product, string? buyer = null) =>
        $"/embed/buy/{product}?key={stall.Key}{(buyer is null ? "" : $"&buyer={Uri.EscapeDataString(buyer)}")}";

    /// <summary>Sends a form of a framed page as a browser does: from our own origin, without cookies.</summary>
    protected async Task<Page> SendAsync(Page page, string form, string? origin = "https://localhost", params (string Name, string Value)[] fields)
    {
        var request = page.Submission(form, null, fields);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        request.Headers.Add(NetworkHeader, "DE");
        return await Page.ReadAsync(await Shop.NewVisitor().AskAsync(request));
    }

    protected Task<Page> OpenAsync(Stall stall, string product, string? buyer = null) => Shop.NewVisitor().GetAsync(Place(stall, product, buyer));

    /// <summary>The newest order of a product, with its line.</summary>
    protected Task<Order> OrderAsync(string product) => ReadAsync(db => db.Orders.AsNoTracking().Include(o => o.Lines)
        .Where(o => o.Lines.Any(l => db.SellerProducts.Any(p => p.Id == l.SellerProductId && p.Code == product))).OrderByDescending(o => o.Id).FirstAsync(Cancel));

    protected const string Choose = "main form:not([action*=handler])";

    protected const string Confirm = "form[action$='handler=Place']";

    protected const string Look = "form[action$='handler=Look']";

    protected static string? Header(Page page, string name) =>
        page.Response.Headers.TryGetValues(name, out var values) || page.Response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    protected static string Policy(Page page) => System.Text.RegularExpressions.Regex.Replace(Header(page, "Content-Security-Policy") ?? "", "'nonce-[^']*'", "'nonce-N'");

    protected static string Type(Page page) => page.Document.Body!.GetAttribute("data-embed")!;

    /// <summary>Presses "ok", or another button, at the bank, in a window that has no cookie either.</summary>
    protected async Task AtTheBankAsync(Page pay, string outcome = "ok")
    {
        var window = Shop.NewVisitor();
        var back = await window.SubmitAsync(await window.GetAsync(pay.Find("embed-bank")!.GetAttribute("href")!), "main form", outcome);
        Assert.NotNull(back.Find("embed-return"));
    }

    protected Task<int> SoldAsync(string product) => Shop.ReadAsync(
        (db, token) => db.OrderLines.Where(l => db.SellerProducts.Any(p => p.Id == l.SellerProductId && p.Code == product)).Select(l => l.OrderId).Distinct().CountAsync(token), Cancel);

    /// <summary>Where the button leads that opens a window of the shop.</summary>
    protected async Task<string> WindowAsync(Page page)
    {
        var request = page.Submission("form[action$='handler=Window']", null, []);
        request.Headers.Add("Origin", "https://localhost");
        using var answer = await Shop.NewVisitor().AskAsync(request);
        return answer.Headers.Location!.OriginalString;
    }

    protected async Task<Uri> LocationAsync(string address)
    {
        using var answer = await Shop.NewVisitor().AskAsync(new HttpRequestMessage(HttpMethod.Get, address));
        return answer.Headers.Location!;
    }
}
