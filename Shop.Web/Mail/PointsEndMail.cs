using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells a member that points run out; who has used them meanwhile is told nothing.</summary>
internal sealed class PointsEndMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links, Reminders reminders) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PointsEnd;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (await PointsExpiryRun.ReadAsync(db, Read<PointsEndMessage>(row).LotId, cancellationToken) is not { Email: { } address } end
            || !await MailWishes.WantsRemindersAsync(db, end.MemberId, cancellationToken))
        {
            return null;
        }

        var language = Speak(end.Culture);
        var points = Texts.Count("Points", end.Points);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = address,
            Subject = Texts["PointsEnd.Subject", points],
            Language = language.Name,
            Unsubscribe = await reminders.OffAsync(end.MemberId, cancellationToken),
            Blocks =
            [
                Say("Hello", end.Name), Say("PointsEnd.What", points, TimeText.Moment(end.EndsAt, Zone(end.TimeZone), language)), Say("PointsEnd.Use"),
                Lead("PointsGot.Link", links.At("account/points")),
            ],
        };
    }
}
