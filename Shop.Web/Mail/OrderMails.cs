using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>The buyer's receipt: exactly one for a completed order (DW-76).</summary>
internal sealed class ReceiptMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Receipt;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var order = await orders.ReadAsync(db, Read<ReceiptMessage>(row).OrderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer.Email is null)
        {
            return null;
        }

        var language = Speak(buyer.Culture ?? order.Culture);
        var zone = Zone(buyer.TimeZone);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = buyer.Email,
            Subject = Texts["Receipt.Subject", order.Reference],
            Language = language.Name,
            Blocks =
            [
                buyer.Name is null ? Say("HelloThere") : Say("Hello", buyer.Name),
                Say("Receipt.Paid", TimeText.Moment(order.PaidAt ?? order.PlacedAt, zone, language), order.Reference, order.Number),
                new MailBlock.List([.. order.Lines.Select(line => Line(line, zone, language))]),
                Say("Receipt.Total", Sum(order, language)),
                .. order.BonusPoints > 0 ? [Say("Receipt.Bonus", Texts.Count("Points", order.BonusPoints))] : Array.Empty<MailBlock>(),
                Lead("Receipt.Link", links.Receipt(order.Number, order.ReceiptToken!)),
                Say("Receipt.Keep"),
            ],
        };
    }

    // the title says how many
    private string Line(OrderLineView line, TimeZoneInfo zone, CultureInfo language)
    {
        var text = Texts[line.ForBuyer ? "Receipt.Line" : "Receipt.LineFor", line.Title, line.Price.Text(language), line.RecipientName ?? ""];
        return line.Until is { } until ? $"{text} {Texts["Receipt.Until", TimeText.Moment(until, zone, language)]}" : text;
    }

    private string Sum(OrderView order, CultureInfo language) => (order.DueMoney.Minor, order.DuePoints) switch
    {
        (0, > 0) => Texts.Count("Points", order.DuePoints),
        (_, > 0) => Texts["MoneyAndPoints", order.DueMoney.Text(language), Texts.Count("Points", order.DuePoints)],
        _ => order.DueMoney.Text(language),
    };
}

/// <summary>Where mails about an order go, and in whose words.</summary>
internal sealed record Addressee(string? Name, string? Email, string? Culture, string? TimeZone)
{
    /// <summary>An address that somebody else has confirmed is not the buyer's, whatever the account says.</summary>
    public static async Task<Addressee> OfAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken)
    {
        if (order.BuyerId is not { } id)
        {
            return new Addressee(null, order.BuyerEmail, null, null);
        }

        var member = await db.Users.Where(m => m.Id == id)
            .Select(m => new
            {
                m.UserName,
                m.Email,
                m.Culture,
                m.TimeZone,
                m.EmailConfirmed,
                IsAnothers = db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail),
            })
            .FirstAsync(cancellationToken);
        return new Addressee(member.UserName, member.EmailConfirmed || !member.IsAnothers ? member.Email : null, member.Culture, member.TimeZone);
    }
}

/// <summary>A payment that was in doubt came to nothing: the order can be paid again.</summary>
internal sealed class PaymentEndedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PaymentEnded;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var order = await orders.ReadAsync(db, Read<PaymentEndedMessage>(row).OrderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer.Email is null || order.State != OrderState.AwaitingPayment)
        {
            return null;
        }

        var language = Speak(buyer.Culture ?? order.Culture);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = buyer.Email,
            Subject = Texts["Ended.Subject", order.Reference],
            Language = language.Name,
            Blocks =
            [
                buyer.Name is null ? Say("HelloThere") : Say("Hello", buyer.Name),
                Say("Ended.What", order.DueMoney.Text(language), order.Reference),
                Say("Ended.Next"),
                Lead("Ended.Link", links.Receipt(order.Number, order.ReceiptToken!)),
            ],
        };
    }
}

/// <summary>Tells a recipient what they were given, by whom, and until when it runs (DW-77, DW-78).</summary>
internal sealed class GiftMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Gift;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var gift = await GiftReader.ReadAsync(db, Read<GiftMessage>(row).DeliveryId, cancellationToken);
        if (gift.RecipientEmail is null)
        {
            return null;
        }

        var language = Speak(gift.Culture);
        List<MailBlock> blocks =
        [
            Say("Hello", gift.RecipientName),
            gift.From is null ? Say("Gift.FromSomeone", gift.Title) : Say("Gift.From", gift.From, gift.Title),
        ];
        if (gift.Note is { Length: > 0 } note)
        {
            blocks.Add(Say("Gift.Note"));
            blocks.Add(new MailBlock.Quote(note));
        }

        if (gift.Until is { } until)
        {
            blocks.Add(Say("Gift.Until", TimeText.Moment(until, TimeZoneInfo.Utc, language)));
        }

        blocks.Add(Lead("Gift.Link", links.At("account")));
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = gift.RecipientEmail,
            Subject = gift.From is null ? Texts["Gift.SubjectSomeone"] : Texts["Gift.Subject", gift.From],
            Language = language.Name,
            Blocks = blocks,
        };
    }
}

/// <summary>"Send me my receipts": links to what an address bought. An address without receipts is not written to.</summary>
internal sealed class ReceiptLinksMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.ReceiptLinks;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var email = Read<ReceiptLinksMessage>(row).Email;
        var found = await orders.OfEmailAsync(db, email, cancellationToken);
        if (found.Count == 0)
        {
            return null;
        }

        var language = Speak(found[0].Culture);
        return new OutgoingMail
        {
            DedupeKey = row.DedupeKey,
            To = email,
            Subject = Texts["Links.Subject"],
            Language = language.Name,
            Blocks =
            [
                Say("HelloThere"),
                Say("Links.Why"),
                .. found.Select(order => new MailBlock.Link(
                    Texts["Links.Order", order.Reference, TimeText.Date(order.PaidAt ?? order.PlacedAt, TimeZoneInfo.Utc, language), order.Total.Text(language)],
                    links.Receipt(order.Number, order.ReceiptToken!))),
                Say("Links.NotYou"),
            ],
        };
    }
}
