using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;
using UglyToad.PdfPig;

namespace Shop.Web.Tests.Papers;

/// <summary>Receipts, credit notes and the tax on the way there, as people without scripts meet them.</summary>
public abstract class ReceiptPageTests(TestDatabase database) : BuyingTests(database)
{
    private Task PublishAsync(params object[] sections) => WriteAsync(async (db, token) => Assert.IsType<PublishResult.Published>(
        await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, sections, null, "test", Now, token)));

    private static TaxTerms Germany(bool included) => new()
    {
        Mode = "country", Included = included, Businesses = true,
        Rates =
        [
            new TaxRate { Country = "any", Category = "standard" }, new TaxRate { Country = "de", Category = "standard", RatePpm = 190_000 },
            new TaxRate { Country = "fr", Category = "standard", RatePpm = 200_000, Reverse = true },
        ],
    };

    private static async Task<string> PdfAsync(Visitor visitor, string address)
    {
        using var answer = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Get, address));
        Assert.Equal((HttpStatusCode.OK, "application/pdf"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal(("no-referrer", true), (answer.Headers.GetValues("Referrer-Policy").Single(), answer.Headers.CacheControl?.NoStore));
        using var document = PdfDocument.Open(await answer.Content.ReadAsByteArrayAsync(Cancel));
        return string.Concat(document.GetPages().SelectMany(p => p.Letters).Select(l => l.Value)).Replace(" ", "", StringComparison.Ordinal);
    }

    private async Task<string> GiveBackAsync(string number, long minor)
    {
        var line = await ReadAsync(db => db.OrderLines.Where(l => db.Orders.Any(o => o.Id == l.OrderId && o.Number == number)).Select(l => new { l.Id, l.OrderId }).FirstAsync(Cancel));
        var wish = new StaffRefund { Key = Guid.NewGuid(), OrderId = line.OrderId, Reason = "test", Shares = [new LineShare(line.Id, minor, 0)] };
        Assert.IsType<StaffRefundResult.Made>(await Shop.Services.GetRequiredService<RefundDesk>().RefundAsync(wish, await IdAsync("friend"), Cancel));
        return await ReadAsync(db => db.CreditNotes.Where(n => n.OrderId == line.OrderId).OrderByDescending(n => n.Id).Select(n => n.Number).FirstAsync(Cancel));
    }

    [Fact]
    public async Task MZ_29_Receipt_SaysTheSameOnThePage_InTheFile_AndInTheMail()
    {
        await PublishAsync(
            new SellerTerms { Name = "Moon Ltd", Address1 = "1 Harbour Street", Contact = "help@moon.example", TaxId = "DE123456789", Terms = "https://moon.example/terms" },
            new TaxTerms { Mode = "one", Rates = [new TaxRate { Country = "any", Category = "standard", RatePpm = 190_000 }] });
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        Assert.Equal("Includes $0.48 tax at 19 %.", (await visitor.GetAsync("/cart")).Text("tax")?.Replace('\u00a0', ' '));
        var order = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        var page = await visitor.GetAsync(order.Find("papers")!.QuerySelector("a")!.GetAttribute("href")!);
        Assert.Equal(("$2.52", "$0.48", "$3.00"), (page.Text("sum-net"), page.Text("sum-tax"), page.Text("sum-total")));
        Assert.Equal("$0.48", page.Text("line-tax"));
        Assert.Contains("Runs until", page.Text("paper-line"), StringComparison.Ordinal);
        Assert.Equal("https://moon.example/terms", page.Document.QuerySelector("main a[href^='https://moon']")?.GetAttribute("href"));

        var (number, paidWith) = (page.Text("paper-number")!, page.Text("paper-paid-with")!);
        var file = await PdfAsync(visitor, page.Find("pdf")!.GetAttribute("href")!);
        var mail = Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("Your receipt", StringComparison.Ordinal));
        foreach (var words in new[] { "Moon Ltd", "1 Harbour Street", "help@moon.example", "Tax ID DE123456789", number, paidWith, page.Text("paper-date")!, name, "$0.48", "$2.52", "$3.00", "https://moon.example/terms" })
        {
            Assert.Contains(words, page.Main(), StringComparison.Ordinal);
            Assert.Contains(words.Replace(" ", "", StringComparison.Ordinal), file, StringComparison.Ordinal);
            Assert.Contains(words, mail.Text, StringComparison.Ordinal);
            Assert.Contains(words, WebUtility.HtmlDecode(mail.Html), StringComparison.Ordinal);
        }

        Assert.Equal(3, file.Split("$0.48").Length); // the line's, and the sum

        // the mail's link to the file opens without signing in
        var link = new Uri(mail.Text.Split('\n').Single(l => l.Contains("receipt.pdf", StringComparison.Ordinal)).Trim());
        Assert.Contains(number, await PdfAsync(Shop.NewVisitor(), link.PathAndQuery), StringComparison.Ordinal);
        await PublishAsync(new SellerTerms(), new TaxTerms());
    }

    [Fact]
    public async Task MZ_42_CreditNote_IsOnTheOrder_OnTheReceipt_InTheHistory_AndInTheMail()
    {
        var (visitor, name) = await MemberAsync();
        var number = (await visitor.BuyAsync("paid2")).Number();
        var note = await GiveBackAsync(number, 200);
        var order = await visitor.GetAsync($"/orders/{number}");
        Assert.Equal(2, order.Find("papers")!.QuerySelectorAll("a").Length);
        Assert.Contains(note, (await visitor.GetAsync($"/orders/{number}/receipt")).Text("paper-note"), StringComparison.Ordinal);
        var page = await visitor.GetAsync((await visitor.GetAsync("/account/orders")).Find("to-credit-note")!.GetAttribute("href")!);
        Assert.Equal((note, "$2.00"), (page.Text("paper-number"), page.Text("sum-total")));
        Assert.Contains(note, await PdfAsync(visitor, page.Find("pdf")!.GetAttribute("href")!), StringComparison.Ordinal);
        Assert.Contains(note, Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("You get something back", StringComparison.Ordinal)).Text, StringComparison.Ordinal);

        var admin = await Shop.SignInAsync("admin");
        var links = (await admin.GetAsync($"/admin/orders/{number}")).Find("papers")!.QuerySelectorAll("a").Select(a => a.GetAttribute("href")!).ToList();
        Assert.Equal(2, links.Count);
        Assert.Contains(note, await PdfAsync(admin, links[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_74_ReceiptIsForWhoMaySeeTheOrder_AndNotThereForOthers()
    {
        var (visitor, _) = await MemberAsync();
        var order = await visitor.BuyAsync("paid1");
        var (number, token) = (order.Number(), order.Document.QuerySelector("main a[href*='token=']")!.GetAttribute("href")!.Split("token=")[1]);
        var note = await GiveBackAsync(number, 100);
        var (other, _) = await MemberAsync();
        var waiting = await other.AddAsync("paid1");
        Assert.Equal(HttpStatusCode.OK, waiting.Status);
        await other.PlaceAsync();
        var unpaid = await ReadAsync(db => db.Orders.OrderByDescending(o => o.Id).Select(o => o.Number).FirstAsync(Cancel));
        foreach (var path in new[] { "receipt", "receipt.pdf", $"credit-notes/{note}", $"credit-notes/{note}.pdf" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/orders/{number}/{path}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/orders/{number}/{path}?token={token}x")).Status);
            Assert.Equal(HttpStatusCode.OK, (await other.AskAsync(new HttpRequestMessage(HttpMethod.Get, $"/orders/{number}/{path}?token={token}"))).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/orders/{unpaid}/{path}")).Status);
        }

        // the link is told to nobody, not even by its own pages: the mail has the one to the file
        foreach (var path in new[] { "", "/receipt", $"/credit-notes/{note}" })
        {
            var read = await Shop.NewVisitor().GetAsync($"/orders/{number}{path}?token={token}");
            Assert.Equal(HttpStatusCode.OK, read.Status);
            Assert.DoesNotContain(token, read.Body, StringComparison.Ordinal);
            Assert.Equal("no-referrer", read.Response.Headers.GetValues("Referrer-Policy").Single());
        }
    }

    [Fact]
    public async Task MZ_29_CountryIsAskedWhereARuleNeedsIt_AndThePriceWithTaxIsShownFirst()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid2");
        Assert.Null((await visitor.GetAsync("/checkout")).Document.QuerySelector("[name=Country]"));

        await PublishAsync(Germany(included: false));
        var open = await visitor.GetAsync("/checkout");
        Assert.NotNull(open.Find("tax-open"));
        IsWrong(await PressPlaceAsync(visitor, open, ("Country", "")), "Country", "choose your country");
        IsWrong(await PressPlaceAsync(visitor, open, ("Country", "FR"), ("TaxId", "FR1")), "TaxId", "does not look like");
        var kept = await PressPlaceAsync(visitor, open, ("Country", "FR"), ("TaxId", "FR12345678901"), ("BillTo", ""));
        IsWrong(kept, "BillTo", "what the receipt should call");
        Assert.Equal("FR12345678901", kept.Value("TaxId"));

        // placed with another country than was shown: the price is shown, and nothing is placed
        var shown = await PressPlaceAsync(visitor, open, ("Country", "DE"));
        Assert.Equal((HttpStatusCode.BadRequest, "$0.95", "$5.95"), (shown.Status, shown.Text("tax"), shown.Text("due-money")));
        var other = await PressPlaceAsync(visitor, shown, ("Country", "FR"), ("TaxId", "FR 12345678901"), ("BillTo", "A firm"));
        Assert.Equal(HttpStatusCode.BadRequest, other.Status);
        Assert.NotNull(other.Find("reverse-charge"));
        Assert.Equal("$5.00", other.Text("due-money"));
        var order = await visitor.PressAsync(await PressPlaceAsync(visitor, other), "ok");
        var receipt = await visitor.GetAsync($"/orders/{order.Number()}/receipt");
        Assert.Contains("Reverse charge", receipt.Text("paper-note"), StringComparison.Ordinal);
        Assert.Equal($"A firm {name} France Tax ID FR12345678901", receipt.Find("buyer").Words());
        await PublishAsync(new TaxTerms());
    }

    [Fact]
    public async Task MZ_29_ApplyingACountry_ShowsItsTax_AndStaysForTheNextOrder()
    {
        await PublishAsync(Germany(included: true));
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid2");
        var page = await visitor.GetAsync("/checkout");
        var applied = await visitor.SubmitAsync(page, "form:has([name=Country])", null, ("Country", "DE"));
        Assert.Equal("Includes $0.80 tax at 19 %.", applied.Text("tax")?.Replace('\u00a0', ' '));
        await visitor.PressAsync(await PressPlaceAsync(visitor, applied), "ok");
        await visitor.AddAsync("paid2");
        Assert.Equal("DE", (await visitor.GetAsync("/checkout")).Document.QuerySelector("[name=Country] option[selected]")?.GetAttribute("value"));
        await PublishAsync(new TaxTerms());
    }

    [Fact]
    public async Task MZ_29_PricesWithoutTax_SaySoWhereverAPriceStands()
    {
        string[] pages = ["/", "/shop/paid2", "/shop/points", "/account/extend"];
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid2");
        foreach (var (terms, words) in new[]
        {
            (new TaxTerms { Mode = "one", Included = false, Rates = [new TaxRate { Country = "any", Category = "standard", RatePpm = 190_000 }] }, "plus 19 % tax"),
            (Germany(included: false), "plus the tax of your country"),
            (Germany(included: true), null),
            (new TaxTerms(), null),
        })
        {
            await PublishAsync(terms);
            foreach (var path in pages)
            {
                var notes = (await visitor.GetAsync(path)).All("plus-tax").Select(note => note.Words().Replace('\u00a0', ' ')).ToList();
                Assert.True(words is null ? notes.Count == 0 : notes.Count > 0 && notes.TrueForAll(note => note == words), $"{path}: {string.Join(", ", notes)}");
            }

            Assert.Equal(words is null ? null : "Prices are without tax, which comes on top of them.", (await visitor.GetAsync("/cart")).Text("without-tax"));
        }
    }

    /// <summary>The button that places; before it stands the one that shows the price for a country.</summary>
    private static Task<Page> PressPlaceAsync(Visitor visitor, Page checkout, params (string Name, string Value)[] fields) =>
        visitor.SubmitAsync(checkout, "form:has([name=Country])", "place", [("Provider", "sandbox"), .. fields]);

    [Fact]
    public async Task MZ_56_History_IsSearchedAndFiltered_AndSaysWhatFailed()
    {
        var (visitor, _) = await MemberAsync();
        var paid = await visitor.BuyAsync("rename");
        await visitor.AddAsync("paid2");
        await visitor.PressAsync(await visitor.PlaceAsync(), "declined");
        var all = await visitor.GetAsync("/account/orders");
        Assert.Equal((2, 1), (all.All("order-number").Count, all.All("failed").Count));
        Assert.Equal($"/orders/{paid.Number()}/receipt", Assert.Single(all.All("to-receipt")).GetAttribute("href"));
        foreach (var query in new[] { $"q={paid.Text("order-reference")}", "q=15.00", "q=%2415.00", "q=RENAME", "kind=rename", "state=fulfilled" })
        {
            Assert.Equal($"/orders/{paid.Number()}", Assert.Single((await visitor.GetAsync($"/account/orders?{query}")).All("order-number")).GetAttribute("href"));
        }

        foreach (var query in new[] { $"year={Now.Year}", $"q={Now:yyyy-MM-dd}", $"q={Now:M'/'d'/'yyyy}", "year=1&kind=nothing" })
        {
            Assert.Equal(2, (await visitor.GetAsync($"/account/orders?{query}")).All("order-number").Count);
        }

        var none = await visitor.SubmitAsync(all, "form.filter", null, ("q", "%_\\"));
        Assert.Contains("No order fits", none.Main(), StringComparison.Ordinal);
        Assert.Equal("%_\\", none.Value("q"));
    }
}

public sealed class ReceiptPageTests_Sqlite(SqliteDatabase database) : ReceiptPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ReceiptPageTests_Postgres(PostgresDatabase database) : ReceiptPageTests(database), IClassFixture<PostgresDatabase>;
