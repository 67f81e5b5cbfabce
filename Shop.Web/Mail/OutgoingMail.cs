using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Shop.Web.Mail;

/// <summary>A mail to one person: written once, as blocks, and sent as plain text and as simple HTML.</summary>
internal sealed record OutgoingMail
{
    /// <summary>Unique per message; a repeat has the same one and so the same Message-ID.</summary>
    public required string DedupeKey { get; init; }

    public required string To { get; init; }

    public required string Subject { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Language { get; init; }

    public required IReadOnlyList<MailBlock> Blocks { get; init; }

    /// <summary>The Message-ID without its angle brackets.</summary>
    public string MessageId(string host) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DedupeKey)))[..40]}@{host}";

    public string Text()
    {
        var text = new StringBuilder();
        foreach (var block in Blocks)
        {
            text.Append(block switch
            {
                MailBlock.Paragraph paragraph => paragraph.Text,
                MailBlock.Link link => $"{link.Text}:\r\n{link.Address}",
                MailBlock.List list => string.Join("\r\n", list.Items.Select(item => "- " + item)),
                MailBlock.Quote quote => string.Join("\r\n", quote.Text.ReplaceLineEndings("\n").Split('\n').Select(line => "> " + line)),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
            text.Append("\r\n\r\n");
        }

        return text.ToString().TrimEnd() + "\r\n";
    }

    public string Html()
    {
        var encode = HtmlEncoder.Default;
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"").Append(encode.Encode(Language)).Append("\">\n<head><meta charset=\"utf-8\"><title>")
            .Append(encode.Encode(Subject)).Append("</title></head>\n<body>\n");
        foreach (var block in Blocks)
        {
            html.Append(block switch
            {
                MailBlock.Paragraph paragraph => $"<p>{encode.Encode(paragraph.Text)}</p>",
                MailBlock.Link link => $"<p><a href=\"{encode.Encode(link.Address.AbsoluteUri)}\">{encode.Encode(link.Text)}</a></p>",
                MailBlock.List list => $"<ul>{string.Concat(list.Items.Select(item => $"<li>{encode.Encode(item)}</li>"))}</ul>",
                MailBlock.Quote quote => $"<blockquote>{encode.Encode(quote.Text).Replace("&#xA;", "<br>", StringComparison.Ordinal)}</blockquote>",
                _ => throw new System.Diagnostics.UnreachableException(),
            });
            html.Append('\n');
        }

        return html.Append("</body>\n</html>\n").ToString();
    }
}

/// <summary>A part of a mail.</summary>
internal abstract record MailBlock
{
    private MailBlock() { }

    public sealed record Paragraph(string Text) : MailBlock;

    public sealed record Link(string Text, Uri Address) : MailBlock;

    public sealed record List(IReadOnlyList<string> Items) : MailBlock;

    /// <summary>Somebody else's words.</summary>
    public sealed record Quote(string Text) : MailBlock;
}
