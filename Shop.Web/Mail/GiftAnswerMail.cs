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

        var language = Speak(answer.Culture);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = address,
            Subject = Texts[$"GiftAnswer.Subject.{message.Answer}", answer.Recipient],
            Language = language.Name,
            Blocks = [Say("Hello", answer.Giver), Say($"GiftAnswer.{message.Answer}", answer.Recipient, answer.Title), Lead("GiftAnswer.Link", links.At("account/gifts"))],
        };
    }
}
