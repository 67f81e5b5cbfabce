using System.Net;
using Shop.TestKit;

namespace Shop.Web.Tests.Mail;

/// <summary>The mails of an order, bought through the pages and paid at the sandbox's bank.</summary>
public abstract class OrderMailTests(TestDatabase database) : ShopTests(database)
{
    private static async Task<Page> BuyAsync(Visitor visitor, string sku, params (string, string)[] form)
    {
        await visitor.SubmitAsync(await visitor.GetAsync($"/shop/{sku}"), form);
        var bank = await visitor.SubmitAsync(await visitor.GetAsync("/checkout"), ("Provider", "sandbox"));
        return await visitor.SubmitAsync(bank, "form", "ok");
    }

    [Fact]
    public async Task DW_76_DF_45_PaidOrder_OneReceiptToTheAccountsAddress()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var receipt = await BuyAsync(visitor, "paid1");
        var mail = Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel), m => m.Subject.StartsWith("Your receipt", StringComparison.Ordinal));

        Assert.Contains(receipt.Text("order-reference")!, mail.Subject, StringComparison.Ordinal);
        Assert.Contains("$3.00", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Runs until April 1, 2026", mail.Text, StringComparison.Ordinal);
        await Shop.WorkAsync(Cancel);
        Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel), m => m.Subject.StartsWith("Your receipt", StringComparison.Ordinal));

        var opened = await Shop.NewVisitor().GetAsync(mail.Link);
        Assert.Equal(HttpStatusCode.OK, opened.Status);
        Assert.Equal(receipt.Text("order-number"), opened.Text("order-number"));
        Assert.Equal("no-referrer", opened.Response.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task DW_77_Gift_TheRecipientIsToldByWhomAndUntilWhen()
    {
        var (visitor, giver) = await Shop.RegisterAsync();
        var (_, recipient) = await Shop.RegisterAsync();
        await BuyAsync(visitor, "paid2", ("Recipient", recipient), ("Note", "For <you>\n.. and \"yours\""));
        var mail = Assert.Single(await Shop.MailsToAsync($"{recipient}@example.org", Cancel), m => m.Subject.Contains("gave you", StringComparison.Ordinal));

        Assert.Equal($"{giver} gave you something", mail.Subject);
        Assert.Contains("> For <you>", mail.Text, StringComparison.Ordinal);
        Assert.Contains("For &lt;you&gt;", mail.Html, StringComparison.Ordinal);
        Assert.Contains("runs until May 1, 2026", mail.Text, StringComparison.Ordinal);

        var receipt = Assert.Single(await Shop.MailsToAsync($"{giver}@example.org", Cancel), m => m.Subject.StartsWith("Your receipt", StringComparison.Ordinal));
        Assert.DoesNotContain("until", receipt.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task LostReceipts_AskedForByAddress_LinksComeToThatAddressAlone()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await BuyAsync(visitor, "paid1");
        var address = $"{name}@example.org";
        var confirming = Shop.NewVisitor();
        await confirming.SubmitAsync(await confirming.GetAsync((await Shop.MailsToAsync(address, Cancel)).First(m => m.Subject.StartsWith("Please", StringComparison.Ordinal)).Link));

        await confirming.SubmitAsync(await confirming.GetAsync("/receipts"), ("Email", address));
        var mail = Assert.Single(await Shop.MailsToAsync(address, Cancel), m => m.Subject == "Your receipts");
        Assert.Equal(HttpStatusCode.OK, (await Shop.NewVisitor().GetAsync(mail.Link)).Status);

        await confirming.SubmitAsync(await confirming.GetAsync("/receipts"), ("Email", "m_stranger@example.org"));
        Assert.Empty(await Shop.MailsToAsync("m_stranger@example.org", Cancel));
    }

    [Fact]
    public async Task DevMail_ShowsWhatWasSent()
    {
        var (_, name) = await Shop.RegisterAsync();
        var mail = Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel));
        var page = await Shop.NewVisitor().GetAsync("/dev/mail");
        var shown = page.All("mail").Single(m => m.GetAttribute("data-to") == mail.To);
        Assert.Equal(mail.Subject, shown.QuerySelector("h2")?.TextContent);
        Assert.Equal(mail.Link, shown.QuerySelector("a")?.GetAttribute("href"));
    }
}

public sealed class OrderMailTests_Sqlite(SqliteDatabase database) : OrderMailTests(database), IClassFixture<SqliteDatabase>;

public sealed class OrderMailTests_Postgres(PostgresDatabase database) : OrderMailTests(database), IClassFixture<PostgresDatabase>;
