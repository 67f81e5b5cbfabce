using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells the giver of a virtual gift whether its recipient accepted it (DW-17).</summary>
internal sealed class GiftAnswerMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.GiftAnswer;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<GiftAnswerMessage>(row);
        if (await VirtualGiftOffers.AnswerAsync(db, message.DeliveryId, cancellationToken) is not { Email: { } address } answer)
        {
            return null;
        }

        return Write(row.DedupeKey, answer, address, message.Answer);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Answer, MailSamples.Address, VirtualGiftOfferState.Accepted);

    private OutgoingMail Write(string key, VirtualGiftAnswer answer, string address, VirtualGiftOfferState said)
    {
        var language = Speak(answer.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts[$"GiftAnswer.Subject.{said}", answer.Recipient],
            Language = language.Name,
            Blocks = [Say("Hello", answer.Giver), Say($"GiftAnswer.{said}", answer.Recipient, answer.Title), Lead("GiftAnswer.Link", links.At("account/gifts"))],
        };
    }
}
