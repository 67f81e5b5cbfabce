using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Where to send the money, with the short reference (DW-62). Read from the provider when it is written.</summary>
internal sealed class SendFundsMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, HandDesk desk, OrderReader orders, ShopLinks links)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.SendFunds;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (await desk.InstructionsAsync(db, Read<SendFundsMessage>(row).AttemptId, cancellationToken) is not { } told)
        {
            return null;
        }

        var order = await orders.ReadAsync(db, told.OrderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer.Email is null)
        {
            return null;
        }

        return Write(row.DedupeKey, told, order, buyer);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Instructions, MailSamples.Order, MailSamples.Buyer);

    private OutgoingMail Write(string key, HandInstructions told, OrderView order, Addressee buyer)
    {
        var language = Speak(buyer.Culture ?? order.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = buyer.Email!,
            Subject = Texts["Funds.Subject", order.Reference],
            Language = language.Name,
            Blocks =
            [
                buyer.Name is null ? Say("HelloThere") : Say("Hello", buyer.Name),
                Say("Funds.What", order.Reference, told.Due.Text(language), told.Name),
                Say("Funds.To", told.Funds.PayTo),
                Say("Funds.Address", told.Funds.Address),
                Say("Funds.Memo", told.Funds.Reference),
                Say("Funds.Until", TimeText.Moment(told.ExpiresAt, Zone(buyer.TimeZone), language)),
                Lead("Funds.Link", links.Receipt(order.Number, order.ReceiptToken!)),
            ],
        };
    }
}

/// <summary>Tells one of the staff that money is to come by hand.</summary>
internal sealed class FundsExpectedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, HandDesk desk, OrderReader orders, ShopLinks links)
    : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.FundsExpected;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<FundsExpectedMessage>(row);
        var reader = await db.Users.Where(m => m.Id == message.Reader && m.Email != null)
            .Select(m => new Addressee(m.UserName, m.Email, m.Culture, m.TimeZone)).FirstOrDefaultAsync(cancellationToken);
        if (reader is null || await desk.InstructionsAsync(db, message.AttemptId, cancellationToken) is not { } told)
        {
            return null;
        }

        var order = await orders.ReadAsync(db, told.OrderId, cancellationToken);
        return Write(row.DedupeKey, told, order, reader);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Instructions, MailSamples.Order, MailSamples.Buyer);

    private OutgoingMail Write(string key, HandInstructions told, OrderView order, Addressee reader)
    {
        var language = Speak(reader.Culture);
        var due = told.Due.Text(language);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = reader.Email!,
            Subject = Texts["Expected.Subject", due, order.Reference],
            Language = language.Name,
            Blocks =
            [
                Say("Hello", reader.Name!),
                Say("Expected.What", due, told.Name, order.Reference, TimeText.Moment(told.ExpiresAt, Zone(reader.TimeZone), language)),
                Say("Expected.Next"),
                Lead("Expected.Link", links.At($"admin/payments/receive?q={order.Reference}")),
            ],
        };
    }
}

/// <summary>Money did not come in time: the order is over (DF-52).</summary>
internal sealed class OrderOverMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.OrderOver;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var order = await orders.ReadAsync(db, Read<OrderOverMessage>(row).OrderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer.Email is null)
        {
            return null;
        }

        return Write(row.DedupeKey, order, buyer);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Order, MailSamples.Buyer);

    private OutgoingMail Write(string key, OrderView order, Addressee buyer)
    {
        var language = Speak(buyer.Culture ?? order.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = buyer.Email!,
            Subject = Texts["Over.Subject", order.Reference],
            Language = language.Name,
            Blocks =
            [
                buyer.Name is null ? Say("HelloThere") : Say("Hello", buyer.Name),
                Say("Over.What", order.DueMoney.Text(language), order.Reference),
                Say("Over.Late"),
                Lead("Over.Link", links.Receipt(order.Number, order.ReceiptToken!)),
            ],
        };
    }
}
