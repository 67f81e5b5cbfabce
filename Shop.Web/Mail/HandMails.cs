using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Where to send the money, with the short reference (DW-62). Read from the provider when it is written.</summary>
internal sealed class SendFundsMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, HandDesk desk, OrderReader orders, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.SendFunds;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        await desk.InstructionsAsync(Db, Read<SendFundsMessage>(row).AttemptId, cancellationToken) is not { } told
            ? null
            : await ToBuyerAsync(row, told.OrderId, letter => Funds(letter, told), cancellationToken);

    protected override OutgoingMail Sample() => ToSample(letter => Funds(letter, MailSamples.Instructions));

    private (string, IReadOnlyList<MailBlock>)? Funds(BuyerLetter letter, HandInstructions told) => (
        Texts["Funds.Subject", letter.Order.Reference],
        [
            Say("Funds.What", letter.Order.Reference, told.Due.Text(letter.Language), told.Name),
            Say("Funds.To", told.Funds.PayTo),
            Say("Funds.Address", told.Funds.Address),
            Say("Funds.Memo", told.Funds.Reference),
            Say("Funds.Until", TimeText.Moment(told.ExpiresAt, letter.Zone, letter.Language)),
            Lead("Funds.Link", letter.Link),
        ]);
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
internal sealed class OrderOverMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.OrderOver;

    protected override Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        ToBuyerAsync(row, Read<OrderOverMessage>(row).OrderId, Over, cancellationToken);

    protected override OutgoingMail Sample() => ToSample(Over);

    private (string, IReadOnlyList<MailBlock>)? Over(BuyerLetter letter) => (
        Texts["Over.Subject", letter.Order.Reference],
        [Say("Over.What", letter.Order.DueMoney.Text(letter.Language), letter.Order.Reference), Say("Over.Late"), Lead("Over.Link", letter.Link)]);
}
