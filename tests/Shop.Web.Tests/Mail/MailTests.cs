using System.Text;
using Shop.Core;
using Shop.Web.Mail;

namespace Shop.Web.Tests.Mail;

/// <summary>What a mail looks like when it leaves.</summary>
public sealed class MailTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly MailFrame Frame = new("The <site>", new Uri("https://shop.example.org/"), null, "#3b3a6b");

    private static OutgoingMail Mail(string subject = "Hello", params MailBlock[] blocks) =>
        new() { DedupeKey = "key:1", To = "a@example.org", Subject = subject, Language = "en-US", Blocks = blocks };

    [Fact]
    public void S10_Subject_WithLineBreaks_StaysOneHeader()
    {
        var file = MailFile.Write(Mail("Hi\r\nBcc: b@example.org\r\n\r\nbody"), Frame, "shop@example.org", "example.org", At);
        var head = file.Split("\r\n\r\n")[0].Split("\r\n");
        Assert.DoesNotContain(head, line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        Assert.Single(head, line => line.StartsWith("Subject:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("Für Zoë: ein Geschenk, schön verpackt und mit einer ganz langen Zeile, die nicht in ein Wort passt 🎁🎁🎁")]
    [InlineData("=?utf-8?B?SGk=?=")]
    public void File_ReadBack_SaysTheSame(string subject)
    {
        var mail = Mail(subject, new MailBlock.Paragraph("Grüße – 你好"), new MailBlock.Link("See", new Uri("https://example.org/x?a=1&b=2")));
        var read = MailFile.Read("x", MailFile.Write(mail, Frame, "shop@example.org", "example.org", At));
        Assert.Equal((subject, "a@example.org", mail.Text(Frame), mail.Html(Frame), At), (read!.Subject, read.To, read.Text, read.Html, read.At));
    }

    [Fact]
    public void File_IsAsciiInShortLines() => Assert.All(
        MailFile.Write(Mail(new string('ä', 300), new MailBlock.Paragraph(new string('ö', 3000))), Frame, "shop@example.org", "example.org", At).Split("\r\n"),
        line =>
        {
            Assert.True(line.Length <= 998);
            Assert.Equal(line.Length, Encoding.UTF8.GetByteCount(line));
        });

    [Fact]
    public void MessageId_OfTheSameKey_IsTheSame()
    {
        Assert.Equal(Mail().MessageId("example.org"), Mail("Other words").MessageId("example.org"));
        Assert.NotEqual(Mail().MessageId("example.org"), (Mail() with { DedupeKey = "key:2" }).MessageId("example.org"));
    }

    [Fact]
    public void S09_Html_WithSomebodysWords_IsText()
    {
        var html = Mail("<b>", new MailBlock.Quote("<script>alert(1)</script>\n\"{{7*7}}\" & more"), new MailBlock.Paragraph("</p><img src=x>")).Html(Frame);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains("<br>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a@example.org", true)]
    [InlineData("a.b+tag@sub.example.org", true)]
    [InlineData("o'neil@example.org", true)]
    [InlineData("a@bücher.example", true)]
    [InlineData("a@example", false)]
    [InlineData("a@b@example.org", false)]
    [InlineData(".a@example.org", false)]
    [InlineData("a..b@example.org", false)]
    [InlineData("\"a b\"@example.org", false)]
    [InlineData("a@example.org ", false)]
    [InlineData("a@example.org\n", false)]
    [InlineData("a@example.org\r\nBcc: b@example.org", false)]
    [InlineData("a@-example.org", false)]
    [InlineData("a@[127.0.0.1]", false)]
    [InlineData("Name <a@example.org>", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void S10_Address(string? address, bool usable) => Assert.Equal(usable, MailAddresses.IsUsable(address));

    [Fact]
    public void S10_Address_Longer_IsRefused()
    {
        Assert.True(MailAddresses.IsUsable(new string('a', 64) + "@example.org"));
        Assert.False(MailAddresses.IsUsable(new string('a', 65) + "@example.org"));
        Assert.False(MailAddresses.IsUsable("a@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 5)) + ".org"));
    }
}
