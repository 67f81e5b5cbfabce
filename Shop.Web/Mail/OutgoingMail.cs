using System.Text;
using System.Text.Encodings.Web;
using Shop.Core;

namespace Shop.Web.Mail;

/// <summary>A mail to one person: written once, as blocks, and sent as plain text and as simple HTML, in the frame that every mail has.</summary>
internal sealed record OutgoingMail
{
    /// <summary>Unique per message; a repeat has the same one and so the same Message-ID.</summary>
    public required string DedupeKey { get; init; }

    public required string To { get; init; }

    public required string Subject { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Language { get; init; }

    public required IReadOnlyList<MailBlock> Blocks { get; init; }

    /// <summary>Of a reminder: where its reader turns reminders off, with one click of a mail program or on a page. Receipts have none.</summary>
    public Unsubscribe? Unsubscribe { get; init; }

    /// <summary>The Message-ID without its angle brackets.</summary>
    public string MessageId(string host) => $"{OutboxRow.MailName(DedupeKey)}@{host}";

    /// <summary>Headers besides those that every mail has (RFC 8058).</summary>
    public IEnumerable<(string Name, string Value)> MoreHeaders() => Unsubscribe is { } link
        ? [("List-Unsubscribe", $"<{link.OneClick.AbsoluteUri}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
        : [];

    public string Text(MailFrame frame)
    {
        var text = new StringBuilder();
        foreach (var block in Blocks)
        {
            text.Append(block switch
            {
                MailBlock.Paragraph paragraph => paragraph.Text,
                MailBlock.Link link => Line(link),
                MailBlock.List list => string.Join("\r\n", list.Items.Select(item => "- " + item)),
                MailBlock.Facts facts => string.Join("\r\n", facts.Rows.Select(row => $"{row.Name}: {row.Value}")),
                MailBlock.Quote quote => string.Join("\r\n", quote.Text.ReplaceLineEndings("\n").Split('\n').Select(line => "> " + line)),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
            text.Append("\r\n\r\n");
        }

        text.Append("-- \r\n").Append(frame.Name).Append("\r\n").Append(frame.Home.AbsoluteUri).Append("\r\n");
        return Unsubscribe is { } unsubscribe ? text.Append("\r\n").Append(Line(new MailBlock.Link(unsubscribe.Words, unsubscribe.Page))).Append("\r\n").ToString() : text.ToString();
    }

    public string Html(MailFrame frame)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"").Append(Encode(Language)).Append("\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Encode(Subject)).Append("</title>\n<style>").Append(frame.Style).Append("</style></head>\n<body>\n<div class=\"frame\">\n<div class=\"brand\">")
            .Append(frame.Logo is { } logo ? $"<img src=\"{Encode(logo.AbsoluteUri)}\" alt=\"{Encode(frame.Name)}\">" : Encode(frame.Name))
            .Append("</div>\n<div class=\"words\">\n");
        foreach (var block in Blocks)
        {
            html.Append(block switch
            {
                MailBlock.Paragraph paragraph => $"<p>{Encode(paragraph.Text)}</p>",
                MailBlock.Link link => $"<p><a{(IsOnly(link) ? " class=\"button\"" : "")} href=\"{Encode(link.Address.AbsoluteUri)}\">{Encode(link.Text)}</a></p>",
                MailBlock.List list => $"<ul>{string.Concat(list.Items.Select(item => $"<li>{Encode(item)}</li>"))}</ul>",
                MailBlock.Facts facts => $"<table>{string.Concat(facts.Rows.Select(row => $"<tr><th scope=\"row\">{Encode(row.Name)}</th><td>{Encode(row.Value)}</td></tr>"))}</table>",
                MailBlock.Quote quote => $"<blockquote>{Encode(quote.Text).Replace("&#xA;", "<br>", StringComparison.Ordinal)}</blockquote>",
                _ => throw new System.Diagnostics.UnreachableException(),
            });
            html.Append('\n');
        }

        html.Append("</div>\n<div class=\"foot\">\n<p>").Append(Encode(frame.Name)).Append(" · ").Append(Anchor(frame.Home, frame.Home.IdnHost)).Append("</p>\n");
        if (Unsubscribe is { } unsubscribe)
        {
            html.Append("<p>").Append(Anchor(unsubscribe.Page, unsubscribe.Words)).Append("</p>\n");
        }

        return html.Append("</div>\n</div>\n</body>\n</html>\n").ToString();
    }

    /// <summary>The one thing to do is a button; of several links none is.</summary>
    private bool IsOnly(MailBlock.Link link) => Blocks.OfType<MailBlock.Link>().Count() == 1 && Blocks.Contains(link);

    private static string Line(MailBlock.Link link) => $"{link.Text}:\r\n{link.Address}";

    private static string Anchor(Uri address, string words) => $"<a href=\"{Encode(address.AbsoluteUri)}\">{Encode(words)}</a>";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}

/// <summary>How reminders are turned off: a page for people, and an address to which a mail program posts.</summary>
internal sealed record Unsubscribe(string Words, Uri Page, Uri OneClick);

/// <summary>A part of a mail.</summary>
internal abstract record MailBlock
{
    private MailBlock() { }

    public sealed record Paragraph(string Text) : MailBlock;

    public sealed record Link(string Text, Uri Address) : MailBlock;

    public sealed record List(IReadOnlyList<string> Items) : MailBlock;

    /// <summary>What is what, a line each.</summary>
    public sealed record Facts(IReadOnlyList<(string Name, string Value)> Rows) : MailBlock;

    /// <summary>Somebody else's words.</summary>
    public sealed record Quote(string Text) : MailBlock;
}
