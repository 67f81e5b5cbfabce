using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>
/// Tells a member of an event that has no mail of its own: because the rules want it, or because a payment method was stored soon after a sign-in on a device
/// that was new (MZ-24).
/// </summary>
internal sealed class EventMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, RuleBook rules, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.EventNews;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<EventMessage>(row).EventId;
        var found = await db.ShopEvents.AsNoTracking().FirstAsync(e => e.Id == id, cancellationToken);
        var member = await db.Users.AsNoTracking().FirstAsync(m => m.Id == found.MemberId, cancellationToken);
        if (await GiftReader.OwnAddressAsync(db, member, cancellationToken) is not { } address)
        {
            return null;
        }

        var terms = await rules.GetAsync<EventTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return Write(row.DedupeKey, new EventNews(member.UserName!, address, member.Culture, member.TimeZone, found.Kind, found.Facts, found.OccurredAt, EventRun.IsSuspicious(found, terms)));
    }

    private sealed record EventNews(
        string Name, string Address, string? Culture, string? TimeZone, ShopEventKind Kind, EventFacts Facts, DateTimeOffset At, bool IsSuspicious);

    private OutgoingMail Write(string key, EventNews news)
    {
        var language = Speak(news.Culture);
        var zone = Zone(news.TimeZone);
        var kind = news.IsSuspicious ? "MethodStrange" : news.Kind.ToString();
        List<(string, string)> facts = [(Texts["Event.When"], TimeText.Moment(news.At, zone, language))];
        if (news.Facts.Title is { } title)
        {
            facts.Add((Texts["Event.Title"], title));
        }

        if (news.Facts.Method is { } method)
        {
            facts.Add((Texts["Event.Method"], method));
        }

        if (news.Facts is { AmountMinor: { } minor, Currency: { } currency })
        {
            facts.Add((Texts["Event.Amount"], new Money(minor, Currency.Of(currency)).Text(language)));
        }

        if (news.Facts.Until is { } until)
        {
            facts.Add((Texts["Event.Until"], TimeText.Moment(until, zone, language)));
        }

        if (news.Facts.NextAt is { } next)
        {
            facts.Add((Texts["Event.Next"], TimeText.Moment(next, zone, language)));
        }

        return new OutgoingMail
        {
            DedupeKey = key,
            To = news.Address,
            Subject = Texts[$"Event.{kind}.Subject"],
            Language = language.Name,
            Blocks =
            [
                Say("Hello", news.Name),
                Say($"Event.{kind}"),
                Facts([.. facts]),
                .. news.IsSuspicious ? [Say("Event.NotYou")] : Array.Empty<MailBlock>(),
                news.Kind is ShopEventKind.MethodCreated or ShopEventKind.MethodUpdated ? Lead("Event.Methods", links.At("account/payment-methods")) : Lead("Event.Account", links.At("account")),
            ],
        };
    }
}

/// <summary>Tells one of the staff of a flag on an order, or of a payment that is contested.</summary>
internal sealed class StaffNoticeMail(MailSender sender, IStringLocalizer<MailTexts> texts, IStringLocalizer<RefundTexts> staff, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.StaffNotice;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<EventMessage>(row);
        var found = await db.ShopEvents.AsNoTracking().FirstAsync(e => e.Id == message.EventId, cancellationToken);
        var order = await db.Orders.Where(o => o.Id == found.OrderId).Select(o => o.Reference).FirstAsync(cancellationToken);
        var reader = await db.Users.AsNoTracking().FirstAsync(m => m.Id == message.Reader, cancellationToken);
        return await GiftReader.OwnAddressAsync(db, reader, cancellationToken) is { } address
            ? Write(row.DedupeKey, new Notice(reader.UserName!, address, reader.Culture, found.Kind, found.Facts, order))
            : null;
    }

    private sealed record Notice(string Reader, string Address, string? Culture, ShopEventKind Kind, EventFacts Facts, string Reference);

    private OutgoingMail Write(string key, Notice notice)
    {
        var language = Speak(notice.Culture);
        var isFlag = notice.Kind == ShopEventKind.FlagRaised;
        return new OutgoingMail
        {
            DedupeKey = key,
            To = notice.Address,
            Subject = Texts[isFlag ? "Notice.Flag.Subject" : "Notice.Dispute.Subject", notice.Reference],
            Language = language.Name,
            Blocks =
            [
                Say("Hello", notice.Reader),
                isFlag ? Say("Notice.Flag", notice.Reference, Flag(staff, notice.Facts.Reason)) : Say("Notice.Dispute", notice.Reference, Sum(notice.Facts, language)),
                Lead("Notice.Link", links.At($"admin/orders?q={Uri.EscapeDataString(notice.Reference)}")),
            ],
        };
    }

    private static string Sum(EventFacts facts, CultureInfo language) =>
        facts is { AmountMinor: { } minor, Currency: { } currency } ? new Money(minor, Currency.Of(currency)).Text(language) : "";

    /// <summary>A flag in words, as the desk says it.</summary>
    internal static string Flag(IStringLocalizer<RefundTexts> staff, string? word) => Words.TryParse<OrderFlagKind>(word, out var kind) ? staff[$"Flag.{kind}"] : word ?? "";
}

/// <summary>The summary of a day for one of the staff; a day on which nothing happened and nothing waits has none.</summary>
internal sealed class DigestMail(MailSender sender, IStringLocalizer<MailTexts> texts, IStringLocalizer<RefundTexts> staff, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Digest;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<DigestMessage>(row);
        return await DigestReader.ReadAsync(db, message, cancellationToken) is { Email: { } address, IsQuiet: false } digest ? Write(row.DedupeKey, message.Day, address, digest) : null;
    }

    private OutgoingMail Write(string key, DateOnly day, string address, DigestView digest)
    {
        var language = Speak(digest.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["Digest.Subject", TimeText.Day(day, language)],
            Language = language.Name,
            Blocks =
            [
                Say("Hello", digest.Reader),
                Say("Digest.What", TimeText.Day(day, language)),
                Facts(
                [
                    (Texts["Digest.Paid"], Number(digest.Paid, language)),
                    .. digest.Taken.Select(t => (Texts["Digest.Taken"].Value, new Money(t.Minor, Currency.Of(t.Currency)).Text(language))),
                    (Texts["Digest.Refunds"], Number(digest.Refunds, language)),
                    (Texts["Digest.Gifts"], Number(digest.Gifts, language)),
                    .. digest.Flags.Select(f => (Texts["Digest.Flag", staff[$"Flag.{f.Kind}"]].Value, Number(f.Count, language))),
                    (Texts["Digest.OpenFlags"], Number(digest.OpenFlags, language)),
                    (Texts["Digest.Unsent"], Number(digest.Unsent, language)),
                ]),
                Lead("Digest.Link", links.At("admin")),
            ],
        };
    }

    private static string Number(int count, CultureInfo language) => count.ToString("N0", language);
}
