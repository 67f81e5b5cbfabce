using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Sums of orders or carts: what they cost, and how that is paid. Amounts in minor units of the draft's currency.</summary>
public sealed record RuleSums(long PriceMinor, long DueMinor, long DuePoints)
{
    public static RuleSums Zero { get; } = new(0, 0, 0);

    public static RuleSums operator +(RuleSums one, RuleSums other) => new(
        checked(one.PriceMinor + other.PriceMinor), checked(one.DueMinor + other.DueMinor), checked(one.DuePoints + other.DuePoints));
}

/// <summary>A product in the orders looked at: pieces sold, what they brought, and what they would have.</summary>
public sealed record ProductEffect(string Sku, long Pieces, long WasMinor, long WouldBeMinor, bool Sold);

/// <summary>Seven days of orders: money they brought, and would have.</summary>
public sealed record WeekEffect(DateTimeOffset From, long WasMinor, long WouldBeMinor);

/// <summary>What a draft does to open carts, and would have done to the orders of the last 90 days.</summary>
public sealed record RuleEffects
{
    public required Currency Currency { get; init; }

    /// <summary>From when orders are looked at; they count by when they were paid.</summary>
    public required DateTimeOffset From { get; init; }

    public required int Orders { get; init; }

    /// <summary>Orders whose money, points or lines would have been others.</summary>
    public required int OrdersChanged { get; init; }

    /// <summary>Orders with a line that would not have been sold; the line counts as nothing.</summary>
    public required int OrdersNotSold { get; init; }

    /// <summary>Orders in another currency: they are left out.</summary>
    public required int OrdersOtherCurrency { get; init; }

    public required RuleSums OrdersWere { get; init; }

    public required RuleSums OrdersWouldBe { get; init; }

    public required IReadOnlyList<ProductEffect> Products { get; init; }

    public required IReadOnlyList<WeekEffect> Weeks { get; init; }

    public required int Carts { get; init; }

    public required int CartsChanged { get; init; }

    /// <summary>Carts with a line that can be bought now and could not be any more.</summary>
    public required int CartsNotSold { get; init; }

    public required RuleSums CartsWere { get; init; }

    public required RuleSums CartsWouldBe { get; init; }

    /// <summary>What may be published and still should be thought about, in words.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>
/// Computes what a draft does, to the cent, by the code that prices carts. An order is priced anew with the lines it had, what promotions took off them and, as
/// the buyer's points, those that paid for it: promotions are not replayed for orders. A fixed number of queries, however many orders and carts there are.
/// </summary>
public sealed class RulePreview(RuleBook book, TimeProvider clock)
{
    public const int Days = 90;

    private const int DaysOfAWeek = 7;

    /// <summary>What a draft does; null while something in it cannot even be read as rules.</summary>
    public async Task<RuleEffects?> OfAsync(ShopDbContext db, DraftView draft, CancellationToken cancellationToken) =>
        book.Read(draft.Was).Rules is { } was && book.Read(draft.Now).Rules is { } now ? await OfAsync(db, was, now, cancellationToken) : null;

    /// <param name="was">The rules that the draft was made from.</param>
    /// <param name="now">The rules as the draft would have them.</param>
    public async Task<RuleEffects> OfAsync(ShopDbContext db, RuleSet was, RuleSet now, CancellationToken cancellationToken)
    {
        var list = now.Get<PriceList>();
        var orders = new OrderTally(list, now.Get<TaxTerms>(), clock.GetUtcNow().AddDays(-Days));
        await orders.ReadAsync(db, cancellationToken);
        var carts = new CartTally(was, now, clock.GetUtcNow());
        await carts.ReadAsync(db, cancellationToken);
        return new RuleEffects
        {
            Currency = list.Money,
            From = orders.From,
            Orders = orders.Count,
            OrdersChanged = orders.Changed,
            OrdersNotSold = orders.NotSold,
            OrdersOtherCurrency = orders.OtherCurrency,
            OrdersWere = orders.Were,
            OrdersWouldBe = orders.WouldBe,
            Products = [.. orders.Products.Values.OrderBy(p => p.Sku, StringComparer.Ordinal)],
            Weeks = orders.Weeks,
            Carts = carts.Count,
            CartsChanged = carts.Changed,
            CartsNotSold = carts.NotSold,
            CartsWere = carts.Were,
            CartsWouldBe = carts.WouldBe,
            Warnings = [.. Warnings(was, now, orders.TimeSold)],
        };
    }

    /// <summary>One line priced by a list; null: the list does not sell it.</summary>
    private static LinePrice? Price(PriceList list, string sku, int quantity) => list.OnSale(sku) is { } product ? LinePrice.Of(product, quantity) : null;

    /// <summary>A line of an order, with what promotions took off it then.</summary>
    private static LinePrice? Price(PriceList list, string sku, int quantity, long discountMinor) => Price(list, sku, quantity) is { } price
        ? price.After(Math.Min(discountMinor, price.PriceMinor) / list.PointValueMinor * list.PointValueMinor, list.PointValueMinor)
        : null;

    /// <summary>With the tax that this buyer pays on top of it.</summary>
    private static LinePrice With(LinePrice price, string sku, TaxBuyer buyer, TaxTerms taxes, PriceList list) =>
        price.With(taxes.Of(sku, price.PriceMinor, buyer), list.PointValueMinor);

    private static RuleSums Sums(PriceList list, IReadOnlyList<LinePrice> lines, long points)
    {
        var split = PointsSplit.Of(lines, points, list.PointValueMinor, list.MixedFloorMinor);
        return new RuleSums(lines.Aggregate(0L, (sum, line) => checked(sum + line.PriceMinor)), split.DueMinor, split.DuePoints);
    }

    private static IEnumerable<string> Warnings(RuleSet was, RuleSet now, IReadOnlyCollection<TimePackage> sold)
    {
        var (list, before, points) = (now.Get<PriceList>(), was.Get<PriceList>(), now.Get<PointTerms>());
        foreach (var product in list.Products)
        {
            if (before.Products.FirstOrDefault(p => p.Sku == product.Sku) is { } old
                && (product.PriceMinor > 2 * (Int128)old.PriceMinor || old.PriceMinor > 2 * (Int128)product.PriceMinor))
            {
                yield return ShopRuleTexts.Get(product.PriceMinor > old.PriceMinor ? "Warn_Dearer" : "Warn_Cheaper", product.Sku);
            }
        }

        // points for time that was sold for less, not long ago: who bought it then would have more than they paid
        foreach (var limit in TimeForPoints.Limits(sold, now.Get<AccountTerms>(), points.BlockDays))
        {
            if (points.TimeRates.FirstOrDefault(r => r.Class == limit.Class) is { } rate && rate.PointsPerBlock > limit.HighestRate)
            {
                yield return ShopRuleTexts.Get(
                    "Warn_SoldForLess", rate.Class, rate.PointsPerBlock, points.BlockDays, limit.Package.Months, limit.Package.Class, limit.Package.Points);
            }
        }

        var packages = list.Products.Where(p => p.On && p.Kind == PaidTime.KindKey).Select(p => (p.Sku, p.PriceMinor, Goods: PaidTime.GoodsOf(p))).ToList();
        foreach (var (shorter, longer) in packages.SelectMany(_ => packages, (one, other) => (one, other)))
        {
            if (shorter.Goods.Class == longer.Goods.Class && shorter.Goods.Months > 0
                && shorter.Goods.Months < longer.Goods.Months && longer.Goods.Months % shorter.Goods.Months == 0
                && (Int128)shorter.PriceMinor * (longer.Goods.Months / shorter.Goods.Months) < longer.PriceMinor)
            {
                yield return ShopRuleTexts.Get("Warn_SplitIsCheaper", longer.Goods.Months / shorter.Goods.Months, shorter.Sku, longer.Sku);
            }
        }

        if (before.Currency != list.Currency)
        {
            yield return ShopRuleTexts.Get("Warn_Currency", before.Currency, list.Currency);
        }

        if (was.Get<PublishingTerms>().SecondAdmin && !now.Get<PublishingTerms>().SecondAdmin)
        {
            yield return ShopRuleTexts.Get("Warn_SecondAdmin");
        }
    }

    /// <summary>Reads the paid orders once, in order of their ids, and adds up what they were and would be.</summary>
    private sealed class OrderTally(PriceList list, TaxTerms taxes, DateTimeOffset from)
    {
        private readonly long[] weekWas = new long[(Days + DaysOfAWeek - 1) / DaysOfAWeek];
        private readonly long[] weekWould = new long[(Days + DaysOfAWeek - 1) / DaysOfAWeek];
        private readonly HashSet<TimePackage> timeSold = [];

        public DateTimeOffset From { get; } = from;

        public int Count { get; private set; }

        public int Changed { get; private set; }

        public int NotSold { get; private set; }

        public int OtherCurrency { get; private set; }

        public RuleSums Were { get; private set; } = RuleSums.Zero;

        public RuleSums WouldBe { get; private set; } = RuleSums.Zero;

        public Dictionary<string, ProductEffect> Products { get; } = new(StringComparer.Ordinal);

        /// <summary>What time was sold for, in points of the draft's value.</summary>
        public IReadOnlyCollection<TimePackage> TimeSold => timeSold;

        public IReadOnlyList<WeekEffect> Weeks => [.. weekWas.Select((minor, i) => new WeekEffect(From.AddDays(i * DaysOfAWeek), minor, weekWould[i]))];

        public async Task ReadAsync(ShopDbContext db, CancellationToken cancellationToken)
        {
            var rows = db.Orders
                .Where(o => o.PaidAt >= From && (o.State == OrderState.Paid || o.State == OrderState.Fulfilled || o.State == OrderState.RefundPending))
                .SelectMany(o => o.Lines, (Order, Line) => new { Order, Line })
                .OrderBy(x => x.Order.Id).ThenBy(x => x.Line.Position)
                .Select(x => new Row(
                    x.Order.Id, x.Order.PaidAt!.Value, x.Order.Currency, x.Order.PriceMinor, x.Order.DueMinor, x.Order.DuePoints,
                    x.Line.Sku, x.Line.Kind, x.Line.Goods, x.Line.Quantity, x.Line.Units ?? x.Line.Quantity, x.Line.PriceMinor, x.Line.DiscountMinor, x.Line.AddedTaxMinor,
                    x.Order.BuyerCountry, x.Order.BuyerTaxId))
                .AsAsyncEnumerable();
            var lines = new List<Row>();
            await foreach (var row in rows.WithCancellation(cancellationToken))
            {
                if (lines.Count > 0 && lines[0].Order != row.Order)
                {
                    Add(lines);
                    lines.Clear();
                }

                lines.Add(row);
            }

            if (lines.Count > 0)
            {
                Add(lines);
            }
        }

        private void Add(List<Row> lines)
        {
            var order = lines[0];
            if (order.Currency != list.Currency)
            {
                OtherCurrency++;
                return;
            }

            var buyer = new TaxBuyer(order.Country, order.TaxId, null);
            var prices = lines.Select(line => Price(list, line.Sku, line.Number, line.Discount) is { } price ? With(price, line.Sku, buyer, taxes, list) : (LinePrice?)null).ToList();
            var was = new RuleSums(order.Price, order.DueMinor, order.DuePoints);
            var would = Sums(list, [.. prices.OfType<LinePrice>()], order.DuePoints);
            var notSold = prices.Any(price => price is null);
            Count++;
            Changed += was != would || notSold ? 1 : 0;
            NotSold += notSold ? 1 : 0;
            Were += was;
            WouldBe += would;
            var week = Math.Clamp((int)((order.PaidAt - From).TotalDays / DaysOfAWeek), 0, weekWas.Length - 1);
            weekWas[week] = checked(weekWas[week] + was.DueMinor);
            weekWould[week] = checked(weekWould[week] + would.DueMinor);
            foreach (var (line, price) in lines.Zip(prices))
            {
                var sum = Products.GetValueOrDefault(line.Sku) ?? new ProductEffect(line.Sku, 0, 0, 0, price is not null);
                Products[line.Sku] = sum with
                {
                    Pieces = sum.Pieces + line.Quantity,
                    WasMinor = checked(sum.WasMinor + line.LinePrice),
                    WouldBeMinor = checked(sum.WouldBeMinor + (price?.PriceMinor ?? 0)),
                };
                if (line.Kind == PaidTime.KindKey && PaidTime.GoodsOf(line.Goods) is { Months: > 0 } goods && goods.Months > goods.Unpaid)
                {
                    timeSold.Add(new TimePackage(goods.Class, goods.Months - goods.Unpaid, (line.LinePrice - line.AddedTax) / list.PointValueMinor));
                }
            }
        }

        private sealed record Row(
            long Order, DateTimeOffset PaidAt, string Currency, long Price, long DueMinor, long DuePoints,
            string Sku, string Kind, string Goods, int Quantity, int Number, long LinePrice, long Discount, long AddedTax, string? Country, string? TaxId);
    }

    /// <summary>Prices every open cart by both rules, with the promotions that would count and its buyer's points, those that an order of the same cart holds among them.</summary>
    private sealed class CartTally(RuleSet before, RuleSet after, DateTimeOffset at)
    {
        public int Count { get; private set; }

        public int Changed { get; private set; }

        public int NotSold { get; private set; }

        public RuleSums Were { get; private set; } = RuleSums.Zero;

        public RuleSums WouldBe { get; private set; } = RuleSums.Zero;

        public async Task ReadAsync(ShopDbContext db, CancellationToken cancellationToken)
        {
            var crowd = await PromotionCrowd.ReadAsync(db, [before, after], at, cancellationToken);
            var balances = await PointsAccounts.BalancesOfCartsAsync(db, cancellationToken);
            var held = await db.Orders
                .Where(o => o.CartId != null && o.State == OrderState.AwaitingPayment && o.DuePoints > 0
                    && db.PaymentAttempts.Any(a => a.OrderId == o.Id && AttemptStates.Open.Contains(a.State)))
                .Select(o => new { Cart = o.CartId!.Value, o.DuePoints }).ToListAsync(cancellationToken);
            var holds = held.GroupBy(h => h.Cart).ToDictionary(g => g.Key, g => g.Sum(h => h.DuePoints));
            var rows = db.Carts
                .SelectMany(c => c.Lines, (Cart, Line) => new { Cart, Line })
                .OrderBy(x => x.Cart.Id).ThenBy(x => x.Line.Id)
                .Select(x => new Row(
                    x.Cart.Id, x.Cart.MemberId, x.Cart.UsePoints, x.Line.Id, x.Line.Sku, x.Line.Units ?? x.Line.Quantity, x.Cart.Country, x.Cart.TaxId))
                .AsAsyncEnumerable();
            var lines = new List<Row>();
            await foreach (var row in rows.WithCancellation(cancellationToken))
            {
                if (lines.Count > 0 && lines[0].Cart != row.Cart)
                {
                    Add(lines, balances, holds, crowd);
                    lines.Clear();
                }

                lines.Add(row);
            }

            if (lines.Count > 0)
            {
                Add(lines, balances, holds, crowd);
            }
        }

        private void Add(List<Row> lines, IReadOnlyDictionary<long, long> balances, IReadOnlyDictionary<long, long> holds, PromotionCrowd crowd)
        {
            var cart = lines[0];
            var points = cart is { Member: { } member, UsePoints: true } ? balances.GetValueOrDefault(member) + holds.GetValueOrDefault(cart.Cart) : 0;
            var (old, now) = (Prices(before, lines, crowd), Prices(after, lines, crowd));
            var was = Sums(before.Get<PriceList>(), [.. old.OfType<LinePrice>()], points);
            var would = Sums(after.Get<PriceList>(), [.. now.OfType<LinePrice>()], points);
            var notSold = old.Zip(now).Any(pair => pair is { First: not null, Second: null });
            Count++;
            Changed += was != would || notSold ? 1 : 0;
            NotSold += notSold ? 1 : 0;
            Were += was;
            WouldBe += would;
        }

        private List<LinePrice?> Prices(RuleSet rules, List<Row> lines, PromotionCrowd crowd)
        {
            var (list, taxes, buyer) = (rules.Get<PriceList>(), rules.Get<TaxTerms>(), new TaxBuyer(lines[0].Country, lines[0].TaxId, null));
            return [.. Listed(rules, lines, crowd).Zip(lines, (price, line) => price is { } listed ? With(listed, line.Sku, buyer, taxes, list) : (LinePrice?)null)];
        }

        /// <summary>By the price list, less what promotions take off.</summary>
        private List<LinePrice?> Listed(RuleSet rules, List<Row> lines, PromotionCrowd crowd)
        {
            var (list, promotions) = (rules.Get<PriceList>(), rules.Get<PromotionTerms>().Promotions);
            var prices = lines.Select(line => Price(list, line.Sku, line.Number)).ToList();
            if (promotions.Count == 0)
            {
                return prices;
            }

            var sold = lines.Index().Where(l => prices[l.Index] is not null).ToList();
            var promoted = PromotionPricing.Of(
                promotions, [.. sold.Select(l => CartPricing.Promoted(l.Item.Line, list.OnSale(l.Item.Sku)!, l.Item.Number))],
                crowd.Of(rules, lines[0].Cart, lines[0].Member), list.PointValueMinor, SeasonView.At(rules, at)?.PerPoint.Minor);
            foreach (var (one, gives) in sold.Zip(promoted.Lines))
            {
                prices[one.Index] = prices[one.Index]!.Value.After(gives.DiscountMinor, list.PointValueMinor);
            }

            return prices;
        }

        private sealed record Row(long Cart, long? Member, bool UsePoints, long Line, string Sku, int Number, string? Country, string? TaxId);
    }
}
