using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Papers;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>The buyer's receipt: exactly one for a completed order (DW-76).</summary>
internal sealed class ReceiptMail(
    MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ReceiptReader receipts, PaperWriter writer, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.Receipt;

    protected override Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        ToBuyerAsync(row, Read<ReceiptMessage>(row).OrderId, ReadAsync, Receipt, cancellationToken);

    protected override OutgoingMail Sample() => ToSample(letter => Receipt(letter, new More(MailSamples.Receipt, [(MailSamples.At.AddMonths(6), MailSamples.Receipt.Price)])));

    private async Task<More> ReadAsync(OrderView order, CancellationToken cancellationToken) => new(
        await receipts.ReadAsync(Db, order, cancellationToken),
        order.ForSubscription ? await Subscriptions.NextPaymentsAsync(Db, order.Id, cancellationToken) : []);

    private (string, IReadOnlyList<MailBlock>)? Receipt(BuyerLetter letter, More more)
    {
        var (order, language, zone, link) = letter;
        var receipt = more.Facts is null ? null : writer.Write(more.Facts);
        return (
            Texts["Receipt.Subject", order.Reference],
            [
                Say("Receipt.Paid", TimeText.Moment(order.PaidAt ?? order.PlacedAt, zone, language), order.Reference, order.Number),
                new MailBlock.List([.. order.Lines.GroupBy(What).Select(lines => Line([.. lines], zone, language))]),
                .. order.Promotions.Count > 0
                    ? [Say("Receipt.Promotions"), new MailBlock.List([.. order.Promotions.Select(p => Promotion(p, language))])]
                    : Array.Empty<MailBlock>(),
                Say("Receipt.Total", Sum(order, language)),
                .. receipt is null ? [] : Paper(receipt),
                .. more.Next.Select(next => Say("Receipt.Next", next.Price.Text(language), TimeText.Date(next.NextChargeAt, zone, language))),
                .. order.BonusPoints > 0 ? [Say("Receipt.Bonus", Texts.Count("Points", order.BonusPoints))] : Array.Empty<MailBlock>(),
                Lead("Receipt.Link", link),
                .. receipt is null ? Array.Empty<MailBlock>() : [Lead("Receipt.Pdf", Links.ReceiptPdf(order.Number, order.ReceiptToken!)), Lead("Receipt.Terms", receipt.Terms)],
                Say("Receipt.Keep"),
            ]);
    }

    /// <param name="Facts">What the receipt says; an order that was paid before receipts were numbered has none.</param>
    /// <param name="Next">The next payments of what renews by itself (MZ-27).</param>
    private sealed record More(PaperFacts? Facts, IReadOnlyList<(DateTimeOffset NextChargeAt, Money Price)> Next);

    /// <summary>What stands on the receipt besides its lines: number, day, what paid, both sides, the tax.</summary>
    internal static IEnumerable<MailBlock> Paper(PaperText paper) =>
    [
        new MailBlock.List([.. paper.Facts.Concat(paper.Sums).Select(fact => $"{fact.Label}: {fact.Value}")]),
        new MailBlock.Paragraph($"{paper.Words.From}: {string.Join(", ", paper.Seller)}"),
        new MailBlock.Paragraph($"{paper.Words.To}: {string.Join(", ", paper.Buyer)}"),
        .. paper.Notes.Select(note => new MailBlock.Paragraph(note)),
    ];

    /// <summary>Equal lines are one line of the mail (DF-46).</summary>
    private static object What(OrderLineView line) =>
        (line.Sku, line.Title, line.ExtraMonths, line.RecipientId, line.RecipientName, line.Random, line.Note, line.Anonymous, line.DeliverOn, line.Delivery);

    // the title says how many are in a line
    private string Line(IReadOnlyList<OrderLineView> lines, TimeZoneInfo zone, CultureInfo language)
    {
        var line = lines[^1];
        var title = lines.Count == 1 ? line.Title : ItemTexts.Times(lines.Count, line.Title);
        var price = lines.Skip(1).Aggregate(lines[0].Price, (sum, next) => sum + next.Price);
        var list = lines.Skip(1).Aggregate(lines[0].ListPrice, (sum, next) => sum + next.ListPrice);
        var off = lines.Skip(1).Aggregate(lines[0].Discount, (sum, next) => sum + next.Discount);
        var whom = line.Random is { } choice ? ItemTexts.Drawn(choice, line.RecipientName) : line.RecipientName ?? "";
        List<string> text = [Texts[line.ForBuyer ? "Receipt.Line" : "Receipt.LineFor", title, price.Text(language), whom]];
        if (!off.IsZero)
        {
            text.Add(Texts["Receipt.Off", list.Text(language), off.Text(language)]);
        }

        if (line.ExtraMonths > 0)
        {
            text.Add(Texts.Count("Receipt.Extra", line.ExtraMonths));
        }

        if (line.Seller is { } seller)
        {
            text.Add(Texts["Receipt.Seller", seller.Name, seller.Contact]);
        }

        if (line.Until is { } until)
        {
            text.Add(Texts["Receipt.Until", TimeText.Moment(until, zone, language)]);
        }

        if (line.DeliverOn is { } day)
        {
            text.Add(Texts["Receipt.On", TimeText.Day(day, language)]);
        }

        if (line is { ForBuyer: false, Anonymous: true })
        {
            text.Add(Texts["Receipt.Unnamed"]);
        }

        return string.Join(' ', text);
    }

    private string Promotion(OrderPromotionView promotion, CultureInfo language) => promotion switch
    {
        { Months: > 0 } => Texts["Receipt.Promotion", promotion.Name, Texts.Count("Months", promotion.Months)],
        { Points: > 0 } => Texts["Receipt.Promotion", promotion.Name, Texts.Count("Receipt.UpTo", promotion.Points)],
        _ => Texts["Receipt.Promotion", promotion.Name, Texts["Receipt.Less", promotion.Amount.Text(language)]],
    };

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
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Addressee>>> OfMember = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) =>
            db.Users.Where(m => m.Id == id)
                .Select(m => new Addressee(
                    m.Kind == AccountKind.Buyer ? null : m.UserName,
                    m.EmailConfirmed || !db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail) ? m.Email : null,
                    m.Culture,
                    m.TimeZone))
                .First()));

    /// <summary>An address that somebody else has confirmed is not the buyer's, whatever the account says.</summary>
    public static async Task<Addressee> OfAsync(ShopDbContext db, OrderView order, CancellationToken cancellationToken)
    {
        if (order.BuyerId is not { } id)
        {
            return new Addressee(null, order.BuyerEmail, null, null);
        }

        return await OfMember.For(db)(db, id, cancellationToken);
    }
}

/// <summary>A payment that was in doubt came to nothing: the order can be paid again.</summary>
internal sealed class PaymentEndedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, OrderReader orders, ShopLinks links)
    : BuyerMail(sender, texts, db, orders, links)
{
    public override string Kind => OutboxKinds.PaymentEnded;

    protected override Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) => ToBuyerAsync(row, Read<PaymentEndedMessage>(row).OrderId, Ended, cancellationToken);

    protected override OutgoingMail Sample() => ToSample(letter => Ended(letter with { Order = letter.Order with { State = OrderState.AwaitingPayment } }));

    private (string, IReadOnlyList<MailBlock>)? Ended(BuyerLetter letter) => letter.Order.State != OrderState.AwaitingPayment ? null : (
        Texts["Ended.Subject", letter.Order.Reference],
        [Say("Ended.What", letter.Order.DueMoney.Text(letter.Language), letter.Order.Reference), Say("Ended.Next"), Lead("Ended.Link", letter.Link)]);
}

/// <summary>Tells a recipient what they were given, by whom, and until when it runs (DW-77, DW-78).</summary>
internal sealed class GiftMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Gift;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var gift = await GiftReader.ReadAsync(db, Read<GiftMessage>(row), cancellationToken);
        if (gift.ReaderEmail is null)
        {
            return null;
        }

        return Write(row.DedupeKey, gift, gift.ReaderEmail);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Gift, MailSamples.Address);

    private OutgoingMail Write(string key, GiftView gift, string address)
    {
        var language = Speak(gift.Culture);
        List<MailBlock> blocks = [Say("Hello", gift.ReaderName), What(gift)];
        if (gift.Note is { Length: > 0 } note)
        {
            blocks.Add(Say("Gift.Note"));
            blocks.Add(new MailBlock.Quote(note));
        }

        if (gift.Until is { } until)
        {
            var then = TimeText.Moment(until, TimeZoneInfo.Utc, language);
            blocks.Add(gift.Community is { } community ? Say("Gift.CommunityUntil", then, community) : Say("Gift.Until", then));
        }

        if (gift.AtRandom)
        {
            blocks.Add(Say("Gift.RandomWhy"));
        }

        if (gift.AcceptBefore is { } before)
        {
            blocks.Add(Say("Gift.Accept", TimeText.Moment(before, TimeZoneInfo.Utc, language)));
        }

        blocks.Add(Where(gift));
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Subject(gift),
            Language = language.Name,
            Blocks = blocks,
        };
    }

    /// <summary>The page where the thing is: a community's time stands among the communities of its maintainers.</summary>
    private MailBlock Where(GiftView gift) => gift switch
    {
        { Community: not null } => Lead("Gift.Link.Community", links.At("account/gifts")),
        { Kind: VirtualGiftItem.KindKey } => Lead("Gift.Link.Answer", links.At("account/gifts")),
        { Kind: RenameTokenItem.KindKey } => Lead("Gift.Link.Token", links.At("account/rename")),
        { Kind: BoughtPoints.KindKey } => Lead("Gift.Link.Points", links.At("account/points")),
        _ => Lead("Gift.Link", links.At("account")),
    };

    private string Subject(GiftView gift) => (gift.From, gift.Community) switch
    {
        ({ } from, null) => Texts["Gift.Subject", from],
        (null, null) => Texts["Gift.SubjectSomeone"],
        ({ } from, { } community) => Texts["Gift.SubjectCommunity", from, community],
        (null, { } community) => Texts["Gift.SubjectCommunitySomeone", community],
    };

    private MailBlock What(GiftView gift) => gift.AtRandom ? AtRandom(gift) : (gift.From, gift.Community) switch
    {
        ({ } from, null) => Say("Gift.From", from, gift.Title),
        (null, null) => Say("Gift.FromSomeone", gift.Title),
        ({ } from, { } community) => Say("Gift.CommunityFrom", from, gift.Title, community),
        (null, { } community) => Say("Gift.CommunityFromSomeone", gift.Title, community),
    };

    private MailBlock AtRandom(GiftView gift) => (gift.From, gift.Community) switch
    {
        ({ } from, null) => Say("Gift.Random", from, gift.Title),
        (null, null) => Say("Gift.RandomSomeone", gift.Title),
        ({ } from, { } community) => Say("Gift.RandomCommunity", from, gift.Title, community),
        (null, { } community) => Say("Gift.RandomCommunitySomeone", gift.Title, community),
    };
}

/// <summary>Sends the code of a gift to the address it is for. However often it is sent, the code is the same (DF-32).</summary>
internal sealed class ClaimMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, LinkTokens tokens, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.Claim;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        if (await GiftReader.ToClaimAsync(db, tokens, Read<ClaimMessage>(row).DeliveryId, cancellationToken) is not { } gift)
        {
            return null;
        }

        return Write(row.DedupeKey, gift);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.ToClaim);

    private OutgoingMail Write(string key, GiftToClaim gift)
    {
        var language = Speak(gift.Culture);
        List<MailBlock> blocks = [Say("HelloThere"), gift.From is null ? Say("Claim.FromSomeone", gift.Title) : Say("Claim.From", gift.From, gift.Title)];
        if (gift.Note is { Length: > 0 } note)
        {
            blocks.Add(Say("Gift.Note"));
            blocks.Add(new MailBlock.Quote(note));
        }

        blocks.Add(Say("Claim.How"));
        blocks.Add(Lead("Claim.Link", links.Claim(gift.Code)));
        blocks.Add(Say("Claim.Once"));
        return new OutgoingMail
        {
            DedupeKey = key,
            To = gift.Email,
            Subject = gift.From is null ? Texts["Claim.SubjectSomeone"] : Texts["Claim.Subject", gift.From],
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

        return Write(row.DedupeKey, email, found);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Address, [MailSamples.Order]);

    private OutgoingMail Write(string key, string email, IReadOnlyList<OrderView> found)
    {
        var language = Speak(found[0].Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
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
