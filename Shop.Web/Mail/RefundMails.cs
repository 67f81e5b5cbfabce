using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Papers;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells a buyer what was given back, for what, and why.</summary>
internal sealed class RefundMail(
    MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ReceiptReader receipts, PaperWriter writer, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.Refund;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<RefundMessage>(row).RefundId;
        var refund = await Db.Refunds.AsNoTracking().FirstAsync(r => r.Id == id, cancellationToken);
        var lines = await Db.RefundLines.Where(l => l.RefundId == id).Select(l => l.OrderLineId).ToListAsync(cancellationToken);
        return await ToBuyerAsync(
            row,
            refund.OrderId!.Value,
            (order, token) => receipts.ReadNoteAsync(Db, order, id, token),
            (letter, facts) => refund.Reason == HandDesk.VoidReason ? Voided(letter, lines, refund.Points) : Given(letter, lines, refund, facts),
            cancellationToken);
    }

    protected override OutgoingMail Sample() => ToSample(letter => Given(letter, [letter.Order.Lines[0].Id], MailSamples.Refund, MailSamples.CreditNote));

    private (string, IReadOnlyList<MailBlock>) Given(BuyerLetter letter, List<long> lines, Refund refund, PaperFacts? facts)
    {
        var note = facts is null ? null : writer.Write(facts);
        return (
            Texts["Refund.Subject", letter.Order.Reference],
            [
                .. letter.Order.Lines.Where(l => lines.Contains(l.Id)).Select(l => Say(Why(refund), l.Title)),
                Say(refund.PaidAs == RefundPaidAs.Points ? "Refund.WhatAsPoints" : "Refund.What", Sum(new Money(refund.AmountMinor, letter.Order.DueMoney.Currency), refund.Points, letter.Language)),
                .. refund is { AmountMinor: > 0, PaidAs: RefundPaidAs.Source } ? [Say("Refund.When")] : Array.Empty<MailBlock>(),
                .. note is null ? [] : ReceiptMail.Paper(note),
                Lead("Receipt.Link", letter.Link),
                .. note is null ? Array.Empty<MailBlock>() : [Lead("Refund.Pdf", Links.CreditNotePdf(letter.Order.Number, note.Number, letter.Order.ReceiptToken!))],
            ]);
    }

    /// <summary>No money came after all, so none goes back: goods are taken back, and points return.</summary>
    private (string, IReadOnlyList<MailBlock>) Voided(BuyerLetter letter, List<long> lines, long points) => (
        Texts["Voided.Subject", letter.Order.Reference],
        [
            .. letter.Order.Lines.Where(l => lines.Contains(l.Id)).Select(l => Say("Voided.What", l.Title)),
            .. points > 0 ? [Say("Voided.Points", Texts.Count("Points", points))] : Array.Empty<MailBlock>(),
            Lead("Receipt.Link", letter.Link),
        ]);

    private static string Why(Refund refund) => refund switch
    {
        { Reason: TestPurchases.Reason } => "Refund.Test",
        { Origin: RefundOrigin.Recipient } => "Refund.Returned",
        { Origin: RefundOrigin.Shop } or { Origin: RefundOrigin.Buyer, Reason: not BuyerRefunds.Reason } => "Refund.Undelivered",
        { Origin: RefundOrigin.Dispute } => "Refund.ByBank",
        _ => "Refund.Line",
    };

    private string Sum(Money money, long points, CultureInfo language) => (money.Minor, points) switch
    {
        (0, _) => Texts.Count("Points", points),
        (_, > 0) => Texts["MoneyAndPoints", money.Text(language), Texts.Count("Points", points)],
        _ => money.Text(language),
    };
}

/// <summary>Tells a buyer that money which was to go back did not arrive: somebody sees to it.</summary>
internal sealed class RefundFailedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.RefundFailed;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<RefundMessage>(row).RefundId;
        var refund = await Db.Refunds.AsNoTracking().FirstAsync(r => r.Id == id, cancellationToken);
        return await ToBuyerAsync(row, refund.OrderId!.Value, letter => Failed(letter, refund), cancellationToken);
    }

    protected override OutgoingMail Sample() => ToSample(letter => Failed(letter, MailSamples.Refund));

    private (string, IReadOnlyList<MailBlock>)? Failed(BuyerLetter letter, Refund refund) => (
        Texts["RefundFailed.Subject", letter.Order.Reference],
        [Say("RefundFailed.What", new Money(refund.AmountMinor, letter.Order.DueMoney.Currency).Text(letter.Language)), Lead("Receipt.Link", letter.Link)]);
}

/// <summary>Tells a buyer to fetch what is given back with the wallet that paid, and reminds of it.</summary>
internal sealed class RefundToFetchMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.RefundToFetch;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<RefundToFetchMessage>(row);
        var refund = await Db.Refunds.AsNoTracking().FirstAsync(r => r.Id == message.RefundId, cancellationToken);
        // fetched meanwhile, or too late
        return refund.State != RefundState.Pending ? null : await ToBuyerAsync(row, refund.OrderId!.Value, letter => Waits(letter, refund, message), cancellationToken);
    }

    protected override OutgoingMail Sample() => ToSample(letter => Waits(letter, MailSamples.Refund, new RefundToFetchMessage(MailSamples.Refund.Id, MailSamples.Soon, false)));

    private (string, IReadOnlyList<MailBlock>)? Waits(BuyerLetter letter, Refund refund, RefundToFetchMessage message) => (
        Texts[message.Again ? "RefundToFetch.SubjectAgain" : "RefundToFetch.Subject", letter.Order.Reference],
        [
            Say("RefundToFetch.What", new Money(refund.AmountMinor, letter.Order.DueMoney.Currency).Text(letter.Language)),
            Say("RefundToFetch.How"),
            .. message.Until is { } until ? [Say("RefundToFetch.Until", TimeText.Moment(until, letter.Zone, letter.Language))] : Array.Empty<MailBlock>(),
            Lead("RefundToFetch.Link", letter.Link),
        ]);
}

/// <summary>Tells somebody that what another member had bought for them was taken back.</summary>
internal sealed class GoodsTakenMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.GoodsTaken;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<GoodsTakenMessage>(row).DeliveryId;
        var taken = await db.Deliveries.Where(d => d.Id == id)
            .Join(db.OrderLines, d => d.OrderLineId, l => l.Id, (d, l) => new { d.RecipientId, l.Title })
            .Join(db.Users, x => x.RecipientId, m => m.Id, (x, m) => new { x.Title, m.Email, m.UserName, m.Culture, Order = db.Deliveries.Where(d => d.Id == id).Select(d => d.OrderId).First() })
            .FirstOrDefaultAsync(cancellationToken);
        if (taken is not { Email: { } address })
        {
            return null; // a community has no address of its own
        }

        var culture = taken.Culture ?? await db.Orders.Where(o => o.Id == taken.Order).Select(o => o.Culture).FirstAsync(cancellationToken);
        return Write(row.DedupeKey, address, taken.UserName!, taken.Title, culture);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Address, MailSamples.Name, MailSamples.Title, MailSamples.Culture);

    private OutgoingMail Write(string key, string address, string name, string title, string culture)
    {
        var language = Speak(culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["GoodsTaken.Subject"],
            Language = language.Name,
            Blocks = [Say("Hello", name), Say("GoodsTaken.What", title), Lead("GoodsTaken.Link", links.At("account"))],
        };
    }
}

/// <summary>Tells a giver that a gift could not be delivered: somebody else may have it, or the money goes back.</summary>
internal sealed class GiftStuckMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.GiftStuck;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<GiftStuckMessage>(row).DeliveryId;
        var delivery = await db.Deliveries.AsNoTracking().FirstAsync(d => d.Id == id, cancellationToken);
        if (delivery is not { State: DeliveryState.Stuck, DueAt: { } back })
        {
            return null; // it found its way meanwhile
        }

        var order = await orders.ReadAsync(db, delivery.OrderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer is not { Email: { } address, Name: { } name })
        {
            return null;
        }

        return Write(row.DedupeKey, order, new Addressee(name, address, buyer.Culture, buyer.TimeZone), order.Lines.First(l => l.Id == delivery.OrderLineId), back, id);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Order, MailSamples.Buyer, MailSamples.Order.Lines[0], MailSamples.Soon, 7);

    private OutgoingMail Write(string key, OrderView order, Addressee buyer, OrderLineView line, DateTimeOffset back, long id)
    {
        var language = Speak(buyer.Culture ?? order.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = buyer.Email!,
            Subject = Texts["Stuck.Subject", Whom(line)],
            Language = language.Name,
            Blocks =
            [
                Say("Hello", buyer.Name!),
                Say("Stuck.What", line.Title, Whom(line)),
                Say("Stuck.Choose", TimeText.Moment(back, Zone(buyer.TimeZone), language)),
                Lead("Stuck.Link", links.At(string.Create(CultureInfo.InvariantCulture, $"account/gifts/{id}"))),
            ],
        };
    }

    private static string Whom(OrderLineView line) => line.Random is { } choice ? ItemTexts.Drawn(choice, line.RecipientName) : line.RecipientName ?? "";
}
