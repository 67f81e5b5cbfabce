using System.Globalization;
using System.Text;

namespace Shop.Web.Mail;

/// <summary>A mail as it was read back from its file.</summary>
internal sealed record StoredMail(string Name, DateTimeOffset At, string To, string Subject, string Text, string Html);

/// <summary>
/// Writes a mail as an .eml file (RFC 5322, one part of text and one of HTML) and reads back what it wrote. Any mail program opens it.
/// </summary>
internal static class MailFile
{
    private const int EncodedWordBytes = 45;

    public static string Write(OutgoingMail mail, MailFrame frame, string from, string host, DateTimeOffset at)
    {
        var id = mail.MessageId(host);
        var boundary = "part-" + id.Split('@')[0];
        var file = new StringBuilder();
        Header(file, "Date", at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header(file, "From", from);
        Header(file, "To", mail.To);
        Header(file, "Subject", Words(mail.Subject));
        Header(file, "Message-ID", $"<{id}>");
        Header(file, "Auto-Submitted", "auto-generated");
        foreach (var (name, value) in mail.MoreHeaders())
        {
            Header(file, name, value);
        }

        Header(file, "MIME-Version", "1.0");
        Header(file, "Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
        Part(file, boundary, "text/plain", mail.Text(frame));
        Part(file, boundary, "text/html", mail.Html(frame));
        return file.Append("\r\n--").Append(boundary).Append("--\r\n").ToString();
    }

    /// <summary>Reads a file of <see cref="Write"/>; null when it is something else.</summary>
    public static StoredMail? Read(string name, string file)
    {
        var head = file.Split("\r\n\r\n", 2)[0].Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n")
            .Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        if (!head.TryGetValue("Content-Type", out var type) || type.Split("boundary=\"") is not [_, var rest]
            || !DateTimeOffset.TryParse(head.GetValueOrDefault("Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return null;
        }

        var parts = file.Split("--" + rest.TrimEnd('"')).Skip(1).Select(part => part.Split("\r\n\r\n", 2)).Where(part => part.Length == 2)
            .Select(part => Encoding.UTF8.GetString(Convert.FromBase64String(part[1].Trim()))).ToList();
        return parts is [var text, var html]
            ? new StoredMail(name, at, head.GetValueOrDefault("To") ?? "", Unwords(head.GetValueOrDefault("Subject") ?? ""), text, html)
            : null;
    }

    /// <summary>The subject of a header: what would end the line is taken out first.</summary>
    public static string OneLine(string text) => new([.. text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)]);

    private static void Header(StringBuilder file, string name, string value) => file.Append(name).Append(": ").Append(OneLineFolded(value)).Append("\r\n");

    /// <summary>A header value may be folded by us, and by nobody else.</summary>
    private static string OneLineFolded(string value) => string.Join("\r\n ", value.Split("\r\n ").Select(OneLine));

    private static void Part(StringBuilder file, string boundary, string type, string content) => file
        .Append("\r\n--").Append(boundary).Append("\r\nContent-Type: ").Append(type)
        .Append("; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        .Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(content), Base64FormattingOptions.InsertLineBreaks))
        .Append("\r\n");

    /// <summary>RFC 2047: plain ASCII as it is, everything else as encoded words.</summary>
    private static string Words(string text)
    {
        var line = OneLine(text);
        if (line.All(c => c is >= ' ' and < '\u007f') && !line.Contains("=?", StringComparison.Ordinal))
        {
            return line;
        }

        var words = new List<string>();
        var bytes = new List<byte>();
        foreach (var rune in line.EnumerateRunes())
        {
            var more = Encoding.UTF8.GetBytes(rune.ToString());
            if (bytes.Count + more.Length > EncodedWordBytes)
            {
                words.Add(Convert.ToBase64String([.. bytes]));
                bytes.Clear();
            }

            bytes.AddRange(more);
        }

        words.Add(Convert.ToBase64String([.. bytes]));
        return string.Join("\r\n ", words.Select(word => $"=?utf-8?B?{word}?="));
    }

    private static string Unwords(string line) => line.StartsWith("=?utf-8?B?", StringComparison.Ordinal)
        ? string.Concat(line.Split(' ').Select(word => Encoding.UTF8.GetString(Convert.FromBase64String(word["=?utf-8?B?".Length..^2]))))
        : line;
}
