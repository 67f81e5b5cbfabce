using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells a member that time runs out or ran out, what then happens, and what is under way already (DW-84 to DW-86, DF-47).</summary>
internal sealed class ExpiryMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ExpiryReader reader, ShopLinks links, Reminders reminders)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Expiry;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<ExpiryMessage>(row);
        var member = message.Reader ?? message.AccountId;
        if (await reader.ReadAsync(db, message, cancellationToken) is not { Email: { } address } expiry || !await MailWishes.WantsRemindersAsync(db, member, cancellationToken))
        {
            return null;
        }

        var language = Speak(expiry.Culture);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = address,
            Subject = Subject(expiry, language),
            Language = language.Name,
            Unsubscribe = await reminders.OffAsync(member, cancellationToken),
            Blocks =
            [
                Say("Hello", expiry.Name),
                .. Blocks(expiry, language),
                expiry.Community is { } name
                    ? Lead("Expiry.LinkCommunity", links.At($"?for={Uri.EscapeDataString(name)}"))
                    : Lead("Expiry.Link", links.At("account/extend")),
            ],
        };
    }

    private string Subject(ExpiryView expiry, CultureInfo language) => (expiry.Stage, expiry.UnderWay) switch
    {
        (_, [var order, ..]) => Texts["Expiry.SubjectUnderWay", order.Reference],
        (ExpiryStage.Ended, _) when expiry.Community is { } name => Texts["Expiry.SubjectEndedCommunity", name, ItemTexts.Class(expiry.Class)],
        (ExpiryStage.Ended, _) => Texts["Expiry.SubjectEnded", ItemTexts.Class(expiry.Class)],
        _ when expiry.Community is { } name => Texts["Expiry.SubjectCommunity", name, ItemTexts.Class(expiry.Class), TimeText.Date(expiry.Until, Zone(expiry.TimeZone), language)],
        _ => Texts["Expiry.Subject", ItemTexts.Class(expiry.Class), TimeText.Date(expiry.Until, Zone(expiry.TimeZone), language)],
    };

    private IEnumerable<MailBlock> Blocks(ExpiryView expiry, CultureInfo language)
    {
        var zone = Zone(expiry.TimeZone);
        var (name, until) = (ItemTexts.Class(expiry.Class), TimeText.Moment(expiry.Until, zone, language));
        yield return (expiry.Stage == ExpiryStage.Ended, expiry.Community) switch
        {
            (true, { } community) => Say("Expiry.EndedCommunity", community, name, until),
            (true, _) => Say("Expiry.Ended", name, until),
            (false, { } community) => Say("Expiry.EndsCommunity", community, name, until),
            _ => Say("Expiry.Ends", name, until),
        };
        foreach (var order in expiry.UnderWay)
        {
            yield return order switch
            {
                { IsPaid: true, On: { } on } => Say("Expiry.Scheduled", order.Reference, order.Title, TimeText.Date(on, TimeZoneInfo.Utc, language)),
                { IsPaid: true } => Say("Expiry.Paid", order.Reference, order.Title),
                _ => Say("Expiry.Pending", order.Reference, order.Title),
            };
        }

        if (expiry.KeptUntil is { } kept)
        {
            yield return Say("Expiry.Grace", name, TimeText.Moment(kept, zone, language));
        }

        yield return expiry.Community is null ? Say("Expiry.Then", expiry.Icons, expiry.IconsWhenFree) : Say("Expiry.ThenCommunity");
        if (expiry.Stage != ExpiryStage.Ended)
        {
            foreach (var other in expiry.OtherTimes)
            {
                yield return Say("Expiry.OtherTime", name, ItemTexts.Class(other.Class), other.PerMonth.TotalDays);
            }
        }
    }
}
