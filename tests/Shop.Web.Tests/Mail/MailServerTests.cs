using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
        using var folder = new TemporaryFolder();
        var (key, cert) = ServerCertificate(folder.Path);
        using var server = await SmtpCatcher.StartAsync(Cancel, new SmtpBehaviour(key, await File.ReadAllTextAsync(cert, Cancel), "shop", "moonlit"));
        await using var shop = ShopProcess.Serve(folder.Path, new Dictionary<string, string>
        {
            ["Mail__Smtp__Host"] = "localhost",
            ["Mail__Smtp__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["Mail__Smtp__User"] = "shop",
            ["Mail__Smtp__Password"] = "moonlit",
            ["SSL_CERT_FILE"] = cert, // whom this program trusts
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
        Assert.Equal((true, "shop"), (mail.Secure, mail.User));
        Assert.Equal(mail.Recipients[0], mail.To);
        Assert.DoesNotContain("bcc", mail.Headers);
        Assert.DoesNotContain("cc", mail.Headers);
        Assert.Matches("^<[0-9a-f]{40}@127.0.0.1>$", mail.MessageId);
        Assert.DoesNotContain(mail.Head, c => c > '\u007f');
        Assert.NotEqual("", mail.Text.Trim());
        Assert.StartsWith("<!doctype html>", mail.Html, StringComparison.Ordinal);
    }

    /// <summary>A key as PEM, and the file of its certificate.</summary>
    private static (string Key, string File) ServerCertificate(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        var file = Path.Combine(folder, "mail-server.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return (key.ExportPkcs8PrivateKeyPem(), file);
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
