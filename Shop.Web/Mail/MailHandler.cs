using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Composes the mail of an outbox row and sends it. What it says is read when it is sent, in the language of its reader.</summary>
internal abstract class MailHandler(MailSender sender, IStringLocalizer<MailTexts> texts) : OutboxHandler
{
    protected IStringLocalizer<MailTexts> Texts => texts;

    public sealed override async Task HandleAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (await ComposeAsync(row, cancellationToken) is { } mail)
        {
            await sender.SendAsync(mail, cancellationToken);
        }
    }

    /// <summary>The mail, or null when there is nobody to write to, or nothing to say any more.</summary>
    protected abstract Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken);

    /// <summary>The mail with made-up contents, in the language of whoever asks. It is a task so that the language it speaks ends with it.</summary>
    public async Task<OutgoingMail> PreviewAsync()
    {
        await Task.CompletedTask;
        return Sample();
    }

    protected abstract OutgoingMail Sample();

    /// <summary>From here on the texts are in this language; it ends with the method that calls it.</summary>
    internal static CultureInfo Speak(string? culture)
    {
        var language = Language(culture);
        CultureInfo.CurrentCulture = language;
        CultureInfo.CurrentUICulture = language;
        return language;
    }

    protected MailBlock Say(string key, params object[] values) => new MailBlock.Paragraph(texts[key, values]);

    /// <param name="name">Null: theirs is not known, or they have none here.</param>
    protected MailBlock Greet(string? name) => name is null ? Say("HelloThere") : Say("Hello", name);

    protected MailBlock Lead(string key, Uri address) => new MailBlock.Link(texts[key], address);

    protected static MailBlock Facts(params (string Name, string Value)[] rows) => new MailBlock.Facts(rows);

    /// <summary>The reader's zone, or UTC where none is known.</summary>
    protected static TimeZoneInfo Zone(string? name) =>
        name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;

    private static CultureInfo Language(string? culture)
    {
        try
        {
            return CultureInfo.GetCultureInfo(string.IsNullOrEmpty(culture) ? "en-US" : culture, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.GetCultureInfo("en-US");
        }
    }
}
