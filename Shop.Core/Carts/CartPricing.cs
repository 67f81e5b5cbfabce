using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Prices an open cart by the rules in force: reads only, and the only place where a line's price comes from.</summary>
public sealed class CartPricing(RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
    /// <summary>A mark of each set of account rules, computed once.</summary>
    private static readonly ConditionalWeakTable<AccountTerms, string> Marks = [];

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Cart?>>> OfMember = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long member, CancellationToken _) =>
            db.Carts.AsNoTracking().Include(c => c.Lines).Where(c => c.MemberId == member).FirstOrDefault()));

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<Cart?>>> OfSession = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string session, CancellationToken _) =>
            db.Carts.AsNoTracking().Include(c => c.Lines).Where(c => c.KeyHash == session).FirstOrDefault()));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<long>>> Held = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long cart, CancellationToken _) =>
            db.Orders.Where(o => o.CartId == cart && !new[] { OrderState.Cancelled, OrderState.Expired }.Contains(o.State)
                    && o.State == OrderState.AwaitingPayment && o.DuePoints > 0
                    && db.PaymentAttempts.Any(a => a.OrderId == o.Id && AttemptStates.Open.Contains(a.State)))
                .Sum(o => o.DuePoints)));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Recipient?>>> Self = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) =>
            db.Users.Where(m => m.Id == id).Select(m => new Recipient(m.Id, m.UserName!, m.Kind, m.Status)).FirstOrDefault()));

    /// <summary>The buyer's cart now; <see cref="CartView.Empty"/> when there is none. One query for the cart, then a fixed number, however many lines.</summary>
    public async Task<CartView> ViewAsync(ShopDbContext db, Buyer buyer, CancellationToken cancellationToken)
    {
        if (!buyer.HasCart)
        {
            return CartView.Empty;
        }

        var cart = buyer.MemberId is { } member
            ? await OfMember.For(db)(db, member, cancellationToken)
            : await OfSession.For(db)(db, buyer.SessionHash!, cancellationToken);
        return cart is null || cart.Lines.Count == 0
            ? CartView.Empty with { CartId = cart?.Id, Version = cart?.Version ?? 0, UsePoints = cart?.UsePoints ?? true, TaxBuyer = Taxed(cart), Balance = await BalanceAsync(db, buyer, cancellationToken) }
            : await PriceAsync(db, buyer, cart, cancellationToken);
    }

    internal static System.Linq.Expressions.Expression<Func<Cart, bool>> Of(Buyer buyer)
    {
        var (member, session) = buyer;
        return member is not null ? cart => cart.MemberId == member : cart => cart.KeyHash == session;
    }

    private static async Task<long?> BalanceAsync(ShopDbContext db, Buyer buyer, CancellationToken cancellationToken) =>
        buyer.MemberId is { } member ? await PointsAccounts.BalanceAsync(db, member, cancellationToken) : null;

    private async Task<CartView> PriceAsync(ShopDbContext db, Buyer buyer, Cart cart, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        var list = set.Get<PriceList>();
        var balance = await BalanceAsync(db, buyer, cancellationToken);
        if (balance is not null)
        {
            // What an order of this same cart holds is not gone for it: placed again or changed, it is freed first.
            balance += await Held.For(db)(db, cart.Id, cancellationToken);
        }

        var people = await RecipientsAsync(db, cart.Lines.Select(l => RecipientOf(l, buyer)), Giver.Of(buyer), cancellationToken);
        var memberships = await MembershipsAsync(db, people.Keys, cancellationToken);

        var now = clock.GetUtcNow();
        var sold = cart.Lines.OrderBy(l => l.Id).ToList();
        var offers = await OffersAsync(db, sold, cancellationToken);
        var items = sold.Select(l => Item(l, buyer, list, people, offers)).ToList();
        var products = items.OfType<ItemLine>().Select(i => i.Product).ToList();
        var season = SeasonView.At(set, now);
        var (promoted, codes) = await PromotedAsync(db, set, buyer, cart.Id, sold, items, season, now, cancellationToken);
        items = [.. items.Select((item, i) => item is null ? null : item with { ExtraMonths = promoted.Lines[i].ExtraMonths })];
        var preview = new Preview(now, set, memberships)
        {
            Left = await Stock.LeftAsync(db, products, cart.Id, cancellationToken),
            Icons = await ExtraIcons.TakenAsync(db, products, people.Keys, cart.Id, cancellationToken),
            ActiveGifts = await VirtualGiftItem.ActiveAsync(db, products, cancellationToken),
            VirtualGifts = await VirtualGiftItem.WelcomesAsync(db, products, people.Keys, buyer.MemberId, cancellationToken),
            Renewing = await Subscriptions.RenewingAsync(db, items, buyer.MemberId, cancellationToken),
        };
        var judged = LineJudge.Judge(kinds, items, preview);
        var taxes = set.Get<TaxTerms>();
        var taxed = taxes.NeedsCountry ? Taxed(cart) : TaxBuyer.Unknown;
        var lines = sold.Select((l, i) => View(l, buyer, set, people, offers, items[i], judged[i], promoted.Lines[i], taxed, now)).ToList();
        var prices = lines.Select(l => new LinePrice(l.Price.Minor, l.PricePoints)).ToList();
        var split = PointsSplit.Of(prices, cart.UsePoints ? balance ?? 0 : 0, list.PointValueMinor, list.MixedFloorMinor);

        return new CartView
        {
            CartId = cart.Id,
            Version = cart.Version,
            UsePoints = cart.UsePoints,
            RuleRevision = revision,
            AccountRules = Marks.GetValue(set.Get<AccountTerms>(), terms => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(terms)))[..16]),
            Currency = list.Money,
            PointValueMinor = list.PointValueMinor,
            MixedFloor = new Money(list.MixedFloorMinor, list.Money),
            Balance = balance,
            Hint = split.Hint,
            Season = season,
            TaxTerms = taxes,
            TaxBuyer = taxed,
            Bonus = buyer.MemberId is null ? 0 : Bonus(season, promoted.Uses, [.. lines.Select((l, i) => (l, split.Lines[i].DueMinor))]),
            Promotions = promoted.Uses,
            Missed = promoted.Missed,
            Codes = [.. codes.Select(code => new CartCodeView(code, set.Get<PromotionTerms>().Promotions.Any(p => p.Code == code && p.Stays && p.RunsOn(Days.Of(now)))))],
            ProductNames = Names(list, [.. promoted.Uses.Select(u => u.Promotion), .. promoted.Missed.Select(m => m.Promotion).OfType<Promotion>()]),
            Discount = new Money(promoted.Lines.Aggregate(0L, (sum, l) => checked(sum + l.DiscountMinor)), list.Money),
            At = now,
            Lines = [.. lines.Select((l, i) => l with { DueMoney = new Money(split.Lines[i].DueMinor, list.Money), DuePoints = split.Lines[i].DuePoints })],
            Total = lines.Aggregate(Money.Zero(list.Money), (sum, l) => sum + l.Price),
            DueMoney = new Money(split.DueMinor, list.Money),
            DuePoints = split.DuePoints,
        };
    }

    private static TaxBuyer Taxed(Cart? cart) => cart is null ? TaxBuyer.Unknown : new TaxBuyer(cart.Country, cart.TaxId, cart.BillTo);

    /// <summary>What the promotions in force do to the lines of a cart that are sold.</summary>
    private static async Task<(PromotionResult Result, IReadOnlyCollection<string> Codes)> PromotedAsync(
        ShopDbContext db, RuleSet set, Buyer buyer, long cartId, List<CartLine> sold, List<ItemLine?> items, SeasonView? season, DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var promotions = set.Get<PromotionTerms>().Promotions;
        if (promotions.Count == 0)
        {
            return (new PromotionResult([], [], [.. items.Select(i => i is null ? default : new LinePromotion(0, 0, Promoted(0, i).Months))]), []);
        }

        var facts = await PromotionUses.BuyerAsync(db, set, buyer, cartId, at, cancellationToken);
        var lines = items.Select((item, i) => item is null ? new PromotionLine(sold[i].Id, "", 0) { IsPoints = true } : Promoted(sold[i].Id, item)).ToList();
        return (PromotionPricing.Of(promotions, lines, facts, set.Get<PriceList>().PointValueMinor, season?.PerPoint.Minor), facts.Codes);
    }

    private Dictionary<string, string> Names(PriceList list, IEnumerable<Promotion> promotions) =>
        promotions.Select(p => p.Product).OfType<string>().Distinct().Select(sku => list.Products.FirstOrDefault(p => p.Sku == sku)).OfType<Product>()
            .ToDictionary(p => p.Sku, p => kinds.Find(p.Kind)?.Name(p) ?? p.Sku);

    /// <summary>The sellers' products among the lines; no query where there are none.</summary>
    internal static Task<IReadOnlyDictionary<long, SellerOffer>> OffersAsync(ShopDbContext db, IEnumerable<CartLine> lines, CancellationToken cancellationToken) =>
        Sellers.OffersAsync(db, [.. lines.Select(l => l.SellerProductId).OfType<long>().Distinct()], cancellationToken);

    private static PromotionLine Promoted(long id, ItemLine item) => Promoted(id, item.Product, item.Quantity);

    /// <summary>So many of a product, as promotions see them.</summary>
    internal static PromotionLine Promoted(long id, Product product, int number) => product.Kind == SellerItem.KindKey ? new(id, "", 0) { IsPoints = true } : new(id, product.Sku, LinePrice.Of(product, number).PriceMinor)
    {
        IsPoints = product.Kind == BoughtPoints.KindKey,
        EarnsBonus = !product.NoBonus,
        Months = product.Kind == PaidTime.KindKey ? checked(PaidTime.GoodsOf(product).Months * number) : 0,
    };

    private static long Bonus(SeasonView? season, IReadOnlyList<PromotionUse> uses, IReadOnlyList<(CartLineView Line, long DueMinor)> lines) =>
        uses.Where(u => u.Points > 0).Aggregate(season?.Earns(lines.Select(l => (l.Line.Product, l.DueMinor))) ?? 0, (sum, use) =>
        {
            var looked = lines.Where(l => l.Line.Product is { } product && use.Promotion.LooksAt(product.Sku, product.Kind == BoughtPoints.KindKey) && !product.NoBonus).ToList();
            return checked(sum + PromotionPricing.Earned(use.Points, looked.Sum(l => l.DueMinor), looked.Sum(l => l.Line.Price.Minor)));
        });

    /// <summary>The account a line is for; null: nobody's yet.</summary>
    internal static long? RecipientOf(CartLine line, Buyer buyer) =>
        line.RecipientId ?? (line is { RecipientEmail: null, Random: null } ? buyer.MemberId : null);

    /// <summary>What a line is of, at what it costs now; null when it is not sold any more.</summary>
    internal Product? ProductOf(CartLine line, PriceList list, IReadOnlyDictionary<long, SellerOffer> offers) => line.SellerProductId is { } id
        ? offers.GetValueOrDefault(id) is { IsOpen: true } offer && offer.Product.Currency == list.Currency ? SellerItem.ProductOf(offer, line.AmountMinor) : null
        : list.OnSale(line.Sku) is { } product && kinds.Find(product.Kind) is not null ? product : null;

    /// <summary>A line of a cart for its kind; null when it is not sold any more.</summary>
    internal ItemLine? Item(CartLine line, Buyer buyer, PriceList list, IReadOnlyDictionary<long, Recipient> people, IReadOnlyDictionary<long, SellerOffer> offers) =>
        ProductOf(line, list, offers) is { } product
            ? new ItemLine(product, line.Number, RecipientOf(line, buyer) is { } id ? people.GetValueOrDefault(id) : null, buyer.MemberId)
            {
                DeliverOn = line.DeliverOn,
                ConsentDays = line.ConsentDays,
                Random = line.Random,
                Anonymous = line.Anonymous,
                GoneConfirmed = line.GoneConfirmed,
                Renews = line.Renews,
                NamedBuyerId = line.SellerBuyerId,
            }
            : null;

    private CartLineView View(
        CartLine line, Buyer buyer, RuleSet rules, IReadOnlyDictionary<long, Recipient> people, IReadOnlyDictionary<long, SellerOffer> offers, ItemLine? item, Judgement? judged, LinePromotion promotion, TaxBuyer taxed,
        DateTimeOffset now)
    {
        var list = rules.Get<PriceList>();
        var recipientId = RecipientOf(line, buyer);
        var recipient = recipientId is { } id ? people.GetValueOrDefault(id) : null;
        var offer = line.SellerProductId is { } sold ? offers.GetValueOrDefault(sold) : null;
        var view = new CartLineView
        {
            Id = line.Id,
            Sku = line.Sku,
            Title = offer?.Product.Title ?? line.Sku,
            Seller = offer is null ? null : new SellerLine(offer.Seller.Name, offer.Seller.Contact, offer.TermsUrl),
            Offer = offer,
            SellerBuyerId = line.SellerBuyerId,
            ForStrangers = offer is { Product.SignIn: not SellerSignIn.Account },
            NeedsNoEmail = offer is { Product.SignIn: SellerSignIn.None },
            Quantity = line.Quantity,
            Units = line.Units,
            RecipientId = recipientId,
            RecipientName = recipient?.Name ?? line.RecipientEmail ?? line.RecipientName,
            RecipientEmail = line.RecipientEmail,
            Random = line.Random,
            ForBuyer = offer is not null || (line is { RecipientEmail: null, Random: null } && recipientId == buyer.MemberId),
            Note = line.Note,
            Anonymous = line.Anonymous,
            GoneConfirmed = line.GoneConfirmed,
            Renews = line.Renews,
            DeliverOn = line.DeliverOn > Days.Of(now) ? line.DeliverOn : null,
            Price = Money.Zero(list.Money),
            DueMoney = Money.Zero(list.Money),
            DuePoints = 0,
        };
        if (item is null || judged is null)
        {
            return view with { Refusal = LineRefusal.NotOnSale };
        }

        var isGone = recipientId is not null && recipient is null;
        var kind = kinds.Get(item.Product.Kind);
        var price = LinePrice.Of(item.Product, line.Number);
        var listed = price.After(promotion.DiscountMinor, list.PointValueMinor);
        var tax = rules.Get<TaxTerms>().Of(item.Product.Sku, listed.PriceMinor, taxed);
        var rest = listed.With(tax, list.PointValueMinor);
        return view with
        {
            Title = kind.Title(item.Product, line.Number),
            Product = item.Product,
            Form = kind.FormUnder(rules, item.Product),
            Price = new Money(rest.PriceMinor, list.Money),
            Tax = tax,
            Promotion = promotion,
            Months = Promoted(line.Id, item).Months + promotion.ExtraMonths,
            PricePoints = rest.Points,
            Was = line.PriceSeenMinor == price.PriceMinor ? null : new Money(line.PriceSeenMinor, list.Money),
            Effect = isGone ? null : judged.Effect,
            Refusal = isGone ? LineRefusal.NoSuchMember : judged.Refusal,
            Limit = isGone ? null : judged.Limit,
            PossibleFrom = judged.PossibleFrom,
            Renewal = line.Renews && !isGone && judged.Effect is { } effect ? Renewal(item, effect, promotion, rules, now) : null,
        };
    }

    /// <summary>What a line is charged by itself and when, as the payment will have it (DECISIONS 9).</summary>
    private static LineRenewal Renewal(ItemLine item, LineEffect effect, LinePromotion promotion, RuleSet rules, DateTimeOffset now)
    {
        var (_, months) = RenewedGoods.Of(item.Product);
        var over = effect is LineEffect.RunsUntil { Until: { } until } ? until : now.AddMonths(months + promotion.ExtraMonths);
        return new LineRenewal(new Money(item.Product.PriceMinor, rules.Get<PriceList>().Money), months, over - rules.Get<SubscriptionTerms>().Lead);
    }

    internal static async Task<Dictionary<long, Recipient>> RecipientsAsync(
        ShopDbContext db, IEnumerable<long?> ids, Giver giver, CancellationToken cancellationToken)
    {
        var wanted = ids.OfType<long>().Distinct().ToList();
        if (wanted is [var only] && only == giver.MemberId)
        {
            // nearly always: the buyer
            return await Self.For(db)(db, only, cancellationToken) is { } self ? new() { [only] = self } : [];
        }

        return await Recipients(db, db.Users.Where(m => wanted.Contains(m.Id)), giver).ToDictionaryAsync(r => r.Id, cancellationToken);
    }

    /// <summary>Accounts as those to whom something is given, with what they say to this giver.</summary>
    internal static IQueryable<Recipient> Recipients(ShopDbContext db, IQueryable<Member> accounts, Giver giver)
    {
        var (member, session, email, known) = giver;
        return accounts.Select(m => new Recipient(m.Id, m.UserName!, m.Kind, m.Status)
        {
            Maintained = db.Maintainers.Any(x => x.CommunityId == m.Id && x.MemberId == member),
            MembersOnly = m.GiftsFromMembersOnly,
            Bans = db.GiftBans.Any(b => b.MemberId == m.Id
                && (b.BannedId == member
                    || known.Contains(b.BannedId)
                    || db.BrowserMembers.Any(x => x.KeyHash == session && x.MemberId == b.BannedId)
                    || (email != null && db.Users.Any(u => u.Id == b.BannedId && u.NormalizedEmail == email)))),
        });
    }

    internal static async Task<Dictionary<long, MembershipState>> MembershipsAsync(ShopDbContext db, IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToList();
        if (wanted is [var only])
        {
            var state = await MembershipLedger.StateAsync(db, only, cancellationToken);
            return state == MembershipState.Never ? [] : new() { [only] = state };
        }

        return await db.Memberships.Where(m => wanted.Contains(m.AccountId))
            .Select(m => new { m.AccountId, State = new MembershipState(m.Class, m.Until, m.Permanent) })
            .ToDictionaryAsync(m => m.AccountId, m => m.State, cancellationToken);
    }
}
