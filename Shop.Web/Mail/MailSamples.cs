using System.Globalization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;

namespace Shop.Web.Mail;

/// <summary>Made-up contents for previews and test mails: nobody's names, and links that open nothing.</summary>
internal static class MailSamples
{
    public const string Key = "sample";
    public const string Address = "sam@example.org";
    public const string Name = "sam";
    public const string Title = "Paid account, 6 months";
    public const string Token = "sample";

    private const string Friend = "robin";

    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Soon = At.AddDays(14);

    /// <summary>Mails are read in the language of whoever looks at the preview.</summary>
    public static string Culture => CultureInfo.CurrentUICulture.Name;

    public static Addressee Buyer => new(Name, Address, Culture, null);

    public static Member Member => new() { UserName = Name, Email = Address, CreatedAt = At, Culture = Culture };

    public static OrderView Order { get; } = new()
    {
        Id = 1,
        Number = "9hq4t7mzk2xw5cvd8pbn3rjyfs",
        Reference = "k7w3m9px",
        State = OrderState.Fulfilled,
        StateWord = Words.Of(OrderState.Fulfilled),
        PlacedAt = At,
        PaidAt = At,
        Total = Usd(4500),
        DueMoney = Usd(4000),
        DuePoints = 50,
        Discount = Usd(500),
        Tax = Usd(0),
        AddedTax = Usd(0),
        Promotions = [new OrderPromotionView("Spring", null, Usd(500), 0, 0)],
        BonusPoints = 40,
        Refunded = Usd(0),
        Unused = [],
        Lines =
        [
            Line(1, Title, Usd(2500)) with { ForBuyer = true, RecipientName = Name, Until = At.AddMonths(6) },
            Line(2, "Paid account, 2 months", Usd(2000)) with { RecipientName = Friend, Discount = Usd(500), Note = "Happy birthday!" },
        ],
        BuyerId = 1,
        RuleRevision = 1,
        Culture = "en-US",
        ReceiptToken = Token,
        MayAct = false,
    };

    public static Refund Refund => new()
    {
        Id = Guid.Empty, OrderId = 1, PaymentId = 1, AmountMinor = 2500, Points = 0, IdemKey = Key, Origin = RefundOrigin.Staff, CreatedAt = At, Reason = "sample", By = Name,
    };

    public static PaperFacts Receipt => Paper(PaperKind.Receipt, "R-2026-000017", Order.Lines);

    public static PaperFacts CreditNote => Paper(PaperKind.CreditNote, "C-2026-000003", [Order.Lines[0]]) with { ReceiptNumber = Receipt.Number };

    public static GiftView Gift => new() { ReaderName = Name, ReaderEmail = Address, Culture = Culture, From = Friend, Title = Title, Kind = PaidTime.KindKey, Note = "Happy birthday!", Until = At.AddMonths(6) };

    public static RequestWords Request => new()
    {
        Title = "A page of the almanac", Amount = Usd(150), ExpiresAt = Soon, Culture = Culture, Seller = null, Number = Order.Number, Link = $"https://shop.example/orders/{Order.Number}?token={Token}",
    };

    public static GiftToClaim ToClaim => new(Address, Token, Culture, Friend, Title, "Happy birthday!");

    public static HandInstructions Instructions => new(1, "cheque", "Cheque", new BuyerAction.SendFunds("Dream Shop Ltd", "k7w3m9px", "1 Harbour Street"), Usd(4000), Soon);

    public static NameSwapView Swap => new(Name, Friend, Address, Culture);

    public static TransferView Transfer => new(50, "For the picture you drew", false, new TransferPerson(Friend, Address, Culture), new TransferPerson(Name, Address, Culture));

    public static VirtualGiftAnswer Answer => new(Name, Address, Culture, Friend, "Paper boat");

    public static PointsEndView PointsEnd => new(1, Name, Address, Culture, null, 50, Soon);

    public static ExpiryView Expiry => new()
    {
        Name = Name, Email = Address, Culture = Culture, TimeZone = null, Class = "paid", Until = Soon, Stage = ExpiryStage.First, KeptUntil = Soon.AddDays(3), Icons = 100, IconsWhenFree = 6,
    };

    public static RenewalFailedView RenewalFailed => new(
        Title, Usd(2500), new SavedMethodView(Token, "stripe", "Visa", "4242", new DateOnly(2028, 12, 31), false, true), "insufficient_funds", Soon, At.AddDays(10), null, Token, Name, Address, Culture, null);

    public static SubscriptionMailView Subscription => new(Title, SubscriptionState.Active, SubscriptionEnd.Unpaid, Soon, "USD", Name, Address, Culture, null) { Handle = Token };

    public static DigestView Digest => new()
    {
        Reader = Name, Email = Address, Culture = Culture, Paid = 12, Taken = [("USD", 34_000)], Refunds = 1, Gifts = 3, Flags = [(OrderFlagKind.AmountMismatch, 1)], OpenFlags = 2, Unsent = 0,
    };

    private static PaperFacts Paper(PaperKind kind, string number, IReadOnlyList<OrderLineView> of)
    {
        var lines = of.Select(l => new PaperLine(l.Title, l.RecipientName, new LineTax(l.Price.Minor, 0, 0, 0, LineTax.Untaxed), l.Price, l.Discount, l.ExtraMonths, 0)).ToList();
        var price = Usd(of.Sum(l => l.Price.Minor));
        return new PaperFacts
        {
            Kind = kind, Number = number, IssuedAt = At, PaidAt = At, OrderNumber = Order.Number, OrderReference = Order.Reference, Buyer = Name, TaxBuyer = TaxBuyer.Unknown,
            Seller = new SellerTerms { Name = "Dream Shop Ltd", Address1 = "1 Harbour Street", Contact = "shop@example.org" }, Provider = "stripe", Brand = "Visa", Last4 = "4242",
            Lines = lines, Net = price, Tax = Usd(0), Price = price, Money = price, Points = 0, Taxes = [], IsTaxed = false, IsReverseCharge = false,
        };
    }

    private static Money Usd(long minor) => new(minor, Currency.Of("USD"));

    private static OrderLineView Line(long id, string title, Money price) => new()
    {
        Id = id, Sku = "paid6", Title = title, Quantity = 1, ForBuyer = false, Price = price, Discount = Usd(0), Tax = new LineTax(price.Minor, 0, 0, 0, LineTax.Untaxed), ExtraMonths = 0, DueMoney = price, DuePoints = 0, Delivery = DeliveryState.Applied,
    };
}
