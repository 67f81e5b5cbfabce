using System.Globalization;
using System.Net;
using Shop.TestKit;

namespace Shop.Web.Tests.Mail;

/// <summary>Mails as a real mail server gets them, from the real program.</summary>
public sealed class MailServerTests
{
    private const string Injection = "Hello\r\nBcc: thief@example.org\r\nSubject: other\r\n\r\n.\r\nMAIL FROM:<thief@example.org>\r\n☾";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task S10_Purchase_SendsItsMailsToOneRecipientEach_WhateverTheNoteSays()
    {
        Assert.SkipWhen(SmtpCatcher.Absent is not null, SmtpCatcher.Absent ?? "");
        using var server = await SmtpCatcher.StartAsync(Cancel);
        using var folder = new TemporaryFolder();
        await using var shop = ShopProcess.Serve(folder.Path, new Dictionary<string, string>
        {
            ["Mail__Smtp__Host"] = "127.0.0.1",
            ["Mail__Smtp__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["Mail__Smtp__StartTls"] = "false",
        });
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var http = new HttpClient(handler) { BaseAddress = await shop.OpenAsync(Cancel) };
        var buyer = new Visitor(http);

        var refused = await RegisterAsync(buyer, "buyer\r\nBcc: thief@example.org");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        await RegisterAsync(buyer, "buyer");
        var order = await BuyForFriendAsync(buyer);

        Assert.Equal("fulfilled", order.Find("order-state")?.GetAttribute("data-state"));
        List<CaughtMail> mails = [await server.NextAsync(Cancel), await server.NextAsync(Cancel), await server.NextAsync(Cancel)];
        Assert.All(mails, OneSoundMail);
        var receipt = Assert.Single(mails, mail => mail.Subject.Contains(order.Text("order-reference")!, StringComparison.Ordinal));
        Assert.Equal(["buyer@example.org"], receipt.Recipients);
        var gift = Assert.Single(mails, mail => mail.Recipients.Contains("friend@example.org"));
        Assert.Contains("☾", gift.Text, StringComparison.Ordinal);
        Assert.Contains("Bcc: thief@example.org", gift.Text, StringComparison.Ordinal);
    }

    private static void OneSoundMail(CaughtMail mail)
    {
        Assert.Single(mail.Recipients);
        Assert.Equal(mail.Recipients[0], mail.To);
        Assert.DoesNotContain("bcc", mail.Headers);
        Assert.DoesNotContain("cc", mail.Headers);
        Assert.Matches("^<[0-9a-f]{40}@127.0.0.1>$", mail.MessageId);
        Assert.DoesNotContain(mail.Head, c => c > '\u007f');
        Assert.NotEqual("", mail.Text.Trim());
        Assert.StartsWith("<!doctype html>", mail.Html, StringComparison.Ordinal);
    }

    private static async Task<Page> RegisterAsync(Visitor visitor, string name) => await visitor.SubmitAsync(
        await visitor.GetAsync("/account/register"),
        ("UserName", name), ("Email", "buyer@example.org"), ("Password", ShopHost.Password), ("ConfirmPassword", ShopHost.Password));

    private static async Task<Page> BuyForFriendAsync(Visitor buyer)
    {
        await buyer.SubmitAsync(await buyer.GetAsync("/shop/paid1"), ("Recipient", "friend"), ("Note", Injection));
        var bank = await buyer.SubmitAsync(await buyer.GetAsync("/checkout"), "main form", null, ("Provider", "sandbox"));
        return await buyer.SubmitAsync(bank, "form", "ok");
    }
}
