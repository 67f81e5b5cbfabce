using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A cart as it stands now: priced by the rules in force, split into money and points, with what each line will do.</summary>
public sealed record CartView
{
    public static CartView Empty { get; } = new();

    public long? CartId { get; init; }

    public int Version { get; init; }

    public bool UsePoints { get; init; } = true;

    /// <summary>The revision of the rules that priced it.</summary>
    public long RuleRevision { get; init; }

    public Currency Currency { get; init; } = Currency.Usd;

    public IReadOnlyList<CartLineView> Lines { get; init; } = [];

    /// <summary>What the lines come to, with tax, after promotions and before points.</summary>
    public Money Total { get; init; } = Money.Zero(Currency.Usd);

    /// <summary>What the promotions take off the lines.</summary>
    public Money Discount { get; init; } = Money.Zero(Currency.Usd);

    /// <summary>The promotions that count.</summary>
    public IReadOnlyList<PromotionUse> Promotions { get; init; } = [];

    /// <summary>Codes that do not count, and promotions that ask for a member, with the reason.</summary>
    public IReadOnlyList<PromotionMissed> Missed { get; init; } = [];

    /// <summary>The codes that are in it, whether they count or not.</summary>
    public IReadOnlyList<CartCodeView> Codes { get; init; } = [];

    /// <summary>What the products of promotions are called, by name in addresses.</summary>
    internal IReadOnlyDictionary<string, string> ProductNames { get; init; } = new Dictionary<string, string>();

    /// <summary>What the product that a promotion is for is called; null: it is for none of its own.</summary>
    public string? NameOf(Promotion? promotion) => promotion?.Product is { } sku ? ProductNames.GetValueOrDefault(sku) : null;

    /// <summary>How tax is reckoned.</summary>
    public TaxTerms TaxTerms { get; init; } = new();

    /// <summary>Who the buyer says they are, for the tax.</summary>
    public TaxBuyer TaxBuyer { get; init; } = TaxBuyer.Unknown;

    /// <summary>The tax within <see cref="Total"/>, as far as it is known.</summary>
    public Money Tax => new(Lines.Aggregate(0L, (sum, l) => checked(sum + l.Tax.TaxMinor)), Currency);

    /// <summary>The tax that came on top of the price list's prices.</summary>
    public Money AddedTax => new(Lines.Aggregate(0L, (sum, l) => checked(sum + l.Tax.AddedMinor)), Currency);

    /// <summary>The tax by rate, in parts of a million, the highest first.</summary>
    public IReadOnlyList<TaxSum> Taxes => TaxSum.Of(Lines.Select(l => l.Tax), Currency);

    /// <summary>The buyer is a business that owes the tax itself.</summary>
    public bool IsReverseCharge => TaxTerms.IsReverse(TaxBuyer);

    /// <summary>Which tax it is depends on the country, and that is not known yet.</summary>
    public bool IsTaxOpen => !TaxTerms.IsKnown(TaxBuyer);

    public Money DueMoney { get; init; } = Money.Zero(Currency.Usd);

    public long DuePoints { get; init; }

    /// <summary>What a point is worth, in minor units.</summary>
    public long PointValueMinor { get; init; }

    /// <summary>The least money part of a mixed order.</summary>
    public Money MixedFloor { get; init; } = Money.Zero(Currency.Usd);

    /// <summary>The buyer's points; null when logged out.</summary>
    public long? Balance { get; init; }

    public PointsHint Hint { get; init; }

    /// <summary>Points that the money part earns if it is paid now, by season and promotions; 0 for visitors.</summary>
    public long Bonus { get; init; }

    /// <summary>The bonus season that is on; null: none.</summary>
    public SeasonView? Season { get; init; }

    /// <summary>The instant the dates of the lines count from: "if paid now".</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Pieces, not lines.</summary>
    public int Count => Lines.Sum(l => l.Quantity);

    public bool IsEmpty => Lines.Count == 0;

    /// <summary>Something in it is to be bought again by itself.</summary>
    public bool Renews => Lines.Any(l => l.Renews);

    /// <summary>Everything in it can be bought without giving an address.</summary>
    public bool NeedsNoEmail => !IsEmpty && Lines.All(l => l.NeedsNoEmail);

    /// <summary>No line stands in the way of placing.</summary>
    public bool CanBePlaced => !IsEmpty && Lines.All(l => l.Refusal is null);

    /// <summary>A mark of the rules of accounts that the dates go by.</summary>
    public string AccountRules { get; init; } = "";

    /// <summary>A digest of the lines, what is in them, the prices shown and the rules of the dates, for the hidden field <c>Shown</c>: when it differs at placing, nothing is placed.</summary>
    public string Shown
    {
        get
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"{Currency}|{DueMoney.Minor}|{DuePoints}|{AccountRules}|{TaxBuyer.Country}:{TaxBuyer.TaxId}:{TaxBuyer.BillTo}:{IsReverseCharge}");
            foreach (var line in Lines)
            {
                text.Append(CultureInfo.InvariantCulture, $"|{line.Id}:{line.Sku}:{line.Quantity}:{line.RecipientId}:{line.Price.Minor}:{line.DueMoney.Minor}:{line.DuePoints}:{line.Tax.TaxMinor}");
                text.Append(CultureInfo.InvariantCulture, $":{line.Product?.Goods.GetRawText()}");
                if (line.Renews)
                {
                    text.Append(CultureInfo.InvariantCulture, $":renews:{line.Renewal?.Price.Minor}");
                }
            }

            foreach (var use in Promotions)
            {
                text.Append(CultureInfo.InvariantCulture, $"|{use.Promotion.Key}:{use.AmountMinor}:{use.Months}:{use.Points}");
            }

            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
        }
    }
}

/// <summary>The tax at one rate, in parts of a million, and the net amount that it is the tax of.</summary>
public sealed record TaxSum(int RatePpm, Money Net, Money Tax)
{
    /// <summary>The sums of lines by their rates, the highest first; lines of a rule without tax are none.</summary>
    public static IReadOnlyList<TaxSum> Of(IEnumerable<LineTax> lines, Currency currency) =>
    [
        .. lines.Where(l => l.RatePpm > 0).GroupBy(l => l.RatePpm).OrderByDescending(g => g.Key)
            .Select(g => new TaxSum(
                g.Key, new Money(g.Aggregate(0L, (sum, l) => checked(sum + l.NetMinor)), currency), new Money(g.Aggregate(0L, (sum, l) => checked(sum + l.TaxMinor)), currency))),
    ];
}

/// <summary>What a line that renews is charged by itself: each time for so many months, first at that instant.</summary>
public sealed record LineRenewal(Money Price, int Months, DateTimeOffset NextAt);

/// <summary>A code in a cart. <paramref name="Stays"/>: only emptying the cart takes it out (DW-32).</summary>
public sealed record CartCodeView(string Code, bool Stays);

/// <summary>A line of a cart as it stands now.</summary>
public sealed record CartLineView
{
    public required long Id { get; init; }

    public required string Sku { get; init; }

    public required string Title { get; init; }

    public required int Quantity { get; init; }

    /// <summary>Of goods that are bought by amount, how many units.</summary>
    public int? Units { get; init; }

    /// <summary>Null: oneself, who is not signed in yet.</summary>
    public long? RecipientId { get; init; }

    /// <summary>The recipient's name; null: oneself.</summary>
    public string? RecipientName { get; init; }

    /// <summary>The address that a code is sent to; null: it is for an account.</summary>
    public string? RecipientEmail { get; init; }

    /// <summary>Chance chooses the recipient; hidden, nobody is named.</summary>
    public RandomChoice? Random { get; init; }

    /// <summary>For oneself, who is not signed in yet and has to.</summary>
    public bool NeedsSignIn => RecipientId is null && RecipientEmail is null && Random is null && !ForStrangers;

    /// <summary>The seller whose product it is; null: the shop itself.</summary>
    public SellerLine? Seller { get; init; }

    /// <summary>Of a seller's product that is bought without an account.</summary>
    internal bool ForStrangers { get; init; }

    /// <summary>Nobody has to give an address to buy it.</summary>
    internal bool NeedsNoEmail { get; init; }

    /// <summary>Of a seller's product: which.</summary>
    internal SellerOffer? Offer { get; init; }

    /// <summary>Whom the seller has named the buyer; null: nobody.</summary>
    internal long? SellerBuyerId { get; init; }

    /// <summary>For the buyer's own account.</summary>
    public required bool ForBuyer { get; init; }

    public string? Note { get; init; }

    /// <summary>The recipient is not told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    /// <summary>The day it is to be delivered; null: as soon as it is paid.</summary>
    public DateOnly? DeliverOn { get; init; }

    /// <summary>It is to be bought again by itself when its time is over.</summary>
    public bool Renews { get; init; }

    /// <summary>What is then charged, and when, if it is paid now; null: it does not renew, or cannot be bought as it is.</summary>
    public LineRenewal? Renewal { get; init; }

    /// <summary>After promotions, with tax.</summary>
    public required Money Price { get; init; }

    /// <summary>The tax in its price.</summary>
    public LineTax Tax { get; init; }

    /// <summary>After promotions, as the price list has prices: with the tax or without it.</summary>
    public Money Listed => new(Price.Minor - Tax.AddedMinor, Price.Currency);

    /// <summary>By the price list.</summary>
    public Money ListPrice => new(checked(Listed.Minor + Promotion.DiscountMinor), Price.Currency);

    /// <summary>What promotions do to it.</summary>
    public LinePromotion Promotion { get; init; }

    /// <summary>Months of paid time that it gives, those of promotions among them; 0: it is something else.</summary>
    public int Months { get; init; }

    /// <summary>Its price in points; null: not for points.</summary>
    public long? PricePoints { get; init; }

    /// <summary>What it cost when it was added, where that differs.</summary>
    public Money? Was { get; init; }

    public required Money DueMoney { get; init; }

    public required long DuePoints { get; init; }

    /// <summary>What it will do if paid now; null while it cannot be bought.</summary>
    public LineEffect? Effect { get; init; }

    /// <summary>Why it cannot be bought as it is.</summary>
    public LineRefusal? Refusal { get; init; }

    /// <summary>On which day it could first be delivered, where only the time stands in its way and it is for an account of the buyer's.</summary>
    public DateOnly? PossibleFrom { get; init; }

    /// <summary>The number that the refusal's sentence needs; null: none, or a bound of the form.</summary>
    public int? Limit { get; init; }

    /// <summary>The form it would be added by now, for the bounds that a refusal names; null while it is not on sale.</summary>
    public ItemForm? Form { get; init; }

    internal Product? Product { get; init; }
}
