using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>What somebody is told who is asked to pay (TF-44): as a mail, or as a text for a chat, in the language of the order.</summary>
internal sealed class PaymentRequestLetter(IStringLocalizer<MailTexts> texts, MailFrames frames, ShopLinks links)
{
    /// <summary>It is a task so that the language it speaks ends with it.</summary>
    public async Task<OutgoingMail> MailAsync(string key, string to, RequestWords words)
    {
        await Task.CompletedTask;
        return Mail(key, to, words, MailHandler.Speak(words.Culture));
    }

    /// <summary>One paragraph with the link at its end. It is a task so that the language it speaks ends with it.</summary>
    public async Task<string> TextAsync(RequestWords words)
    {
        await Task.CompletedTask;
        var language = MailHandler.Speak(words.Culture);
        return texts["Request.Chat", Asker(words), words.Amount.Text(language), words.Title, Until(words, language), words.Link ?? $"{Nowhere}"];
    }

    public OutgoingMail Mail(string key, string to, RequestWords words, CultureInfo language) => new()
    {
        DedupeKey = key,
        To = to,
        Subject = texts["Request.Subject", words.Title, words.Amount.Text(language)],
        Language = language.Name,
        Blocks =
        [
            new MailBlock.Paragraph(texts["HelloThere"]),
            new MailBlock.Paragraph(texts["Request.What", Asker(words), words.Amount.Text(language), words.Title]),
            new MailBlock.Facts(
            [
                (texts["Request.For"], words.Title), (texts["Request.Amount"], words.Amount.Text(language)), (texts["Request.Until"], Until(words, language)),
                .. words.Number is { } number ? [(texts["Request.Number"], number)] : Array.Empty<(string, string)>(),
            ]),
            new MailBlock.Link(texts["Request.Link"], words.Link is { } link ? new Uri(link) : Nowhere),
            new MailBlock.Paragraph(texts["Request.How"]),
            new MailBlock.Paragraph(texts["Request.NotYou"]),
        ],
    };

    private string Asker(RequestWords words) => words.Seller ?? frames.Now.Name;

    /// <summary>Before there is an order, an address that leads to none.</summary>
    private Uri Nowhere => links.Order("…");

    private static string Until(RequestWords words, CultureInfo language) => TimeText.Moment(words.ExpiresAt, TimeZoneInfo.Utc, language);
}

/// <summary>Asks somebody to pay an order of the matrix. Nothing is said of one that can be paid no longer.</summary>
internal sealed class PaymentRequestMail(MailSender sender, IStringLocalizer<MailTexts> texts, PaymentRequests requests, PaymentRequestLetter letter) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PaymentRequest;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<PaymentRequestMessage>(row);
        return await requests.FindAsync(message.OrderId, cancellationToken) is { } words ? await letter.MailAsync(row.DedupeKey, message.Email, words) : null;
    }

    protected override OutgoingMail Sample() => letter.Mail(MailSamples.Key, MailSamples.Address, MailSamples.Request, Speak(MailSamples.Culture));
}
