using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>What a mail to a buyer is written with. <paramref name="Link"/>: to the order, also for who has no account.</summary>
internal sealed record BuyerLetter(OrderView Order, CultureInfo Language, TimeZoneInfo Zone, Uri Link);

/// <summary>Mails to the buyer of an order: to whom, in whose language and with which greeting is the same in all of them.</summary>
internal abstract class BuyerMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links) : MailHandler(sender, texts)
{
    protected ShopDbContext Db => db;

    protected ShopLinks Links => links;

    /// <summary>The mail about an order; null where there is no address. <paramref name="say"/>: subject and what comes after the greeting, in the buyer's language.</summary>
    protected Task<OutgoingMail?> ToBuyerAsync(
        OutboxRow row, long orderId, Func<BuyerLetter, (string Subject, IReadOnlyList<MailBlock> Blocks)?> say, CancellationToken cancellationToken) =>
        ToBuyerAsync(row, orderId, (_, _) => Task.FromResult<object?>(null), (letter, _) => say(letter), cancellationToken);

    /// <summary>The same, with what <paramref name="read"/> finds out about the order.</summary>
    protected async Task<OutgoingMail?> ToBuyerAsync<T>(
        OutboxRow row,
        long orderId,
        Func<OrderView, CancellationToken, Task<T>> read,
        Func<BuyerLetter, T, (string Subject, IReadOnlyList<MailBlock> Blocks)?> say,
        CancellationToken cancellationToken)
    {
        var order = await orders.ReadAsync(db, orderId, cancellationToken);
        var buyer = await Addressee.OfAsync(db, order, cancellationToken);
        if (buyer.Email is null)
        {
            return null;
        }

        var more = await read(order, cancellationToken);
        return Write(row.DedupeKey, order, buyer, letter => say(letter, more));
    }

    /// <summary>The mail about a made-up order.</summary>
    protected OutgoingMail ToSample(Func<BuyerLetter, (string Subject, IReadOnlyList<MailBlock> Blocks)?> say) =>
        Write(MailSamples.Key, MailSamples.Order, MailSamples.Buyer, say) ?? throw new InvalidOperationException($"{Kind} has nothing to say about the made-up order.");

    private OutgoingMail? Write(string key, OrderView order, Addressee buyer, Func<BuyerLetter, (string Subject, IReadOnlyList<MailBlock> Blocks)?> say)
    {
        var language = Speak(buyer.Culture ?? order.Culture);
        return say(new BuyerLetter(order, language, Zone(buyer.TimeZone), links.Receipt(order.Number, order.ReceiptToken!))) is not var (subject, blocks) ? null : new OutgoingMail
        {
            DedupeKey = key,
            To = buyer.Email!,
            Subject = subject,
            Language = language.Name,
            Blocks = [Greet(buyer.Name), .. blocks],
        };
    }
}
