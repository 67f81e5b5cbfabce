using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells somebody that points were passed on to them, and by whom unless that is not to be told.</summary>
internal sealed class PointsReceivedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PointsReceived;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var transfer = await Transfers.ReadAsync(db, Read<TransferMessage>(row).TransferId, cancellationToken);
        if (transfer.Recipient.Email is null)
        {
            return null;
        }

        return Write(row.DedupeKey, transfer, transfer.Recipient.Email);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Transfer, MailSamples.Address);

    private OutgoingMail Write(string key, TransferView transfer, string address)
    {
        var language = Speak(transfer.Recipient.Culture);
        var (from, points) = (transfer.Anonymous ? null : transfer.Sender.Name, Texts.Count("Points", transfer.Points));
        List<MailBlock> blocks =
        [
            Say("Hello", transfer.Recipient.Name),
            from is null ? Say("PointsGot.FromSomeone", points) : Say("PointsGot.From", from, points),
        ];
        if (transfer.Note is { Length: > 0 } note)
        {
            blocks.Add(Say("Gift.Note"));
            blocks.Add(new MailBlock.Quote(note));
        }

        blocks.Add(Lead("PointsGot.Link", links.At("account/points")));
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = from is null ? Texts["PointsGot.SubjectSomeone"] : Texts["PointsGot.Subject", from],
            Language = language.Name,
            Blocks = blocks,
        };
    }
}

/// <summary>Confirms to the giver what was passed on, so that nobody gives away points unnoticed.</summary>
internal sealed class PointsSentMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PointsSent;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var transfer = await Transfers.ReadAsync(db, Read<TransferMessage>(row).TransferId, cancellationToken);
        if (transfer.Sender.Email is null)
        {
            return null;
        }

        return Write(row.DedupeKey, transfer, transfer.Sender.Email);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Transfer, MailSamples.Address);

    private OutgoingMail Write(string key, TransferView transfer, string address)
    {
        var language = Speak(transfer.Sender.Culture);
        List<MailBlock> blocks =
        [
            Say("Hello", transfer.Sender.Name),
            Say("PointsSent.What", Texts.Count("Points", transfer.Points), transfer.Recipient.Name),
        ];
        if (transfer.Anonymous)
        {
            blocks.Add(Say("PointsSent.Hidden"));
        }

        blocks.AddRange([Lead("PointsGot.Link", links.At("account/points")), Say("PointsSent.NotYou")]);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["PointsSent.Subject", transfer.Recipient.Name],
            Language = language.Name,
            Blocks = blocks,
        };
    }
}
