using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Prices an open cart by the rules in force: reads only, and the only place where a line's price comes from.</summary>
public sealed class CartPricing(RuleBook rules, ItemKinds kinds, TimeProvider clock)
{
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

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Recipient?>>> One = new(() =>
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
            ? CartView.Empty with { CartId = cart?.Id, Version = cart?.Version ?? 0, UsePoints = cart?.UsePoints ?? true, Balance = await BalanceAsync(db, buyer, cancellationToken) }
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

        var people = await RecipientsAsync(db, cart.Lines.Select(l => l.RecipientId ?? buyer.MemberId), cancellationToken);
        var memberships = await MembershipsAsync(db, people.Keys, cancellationToken);

        var now = clock.GetUtcNow();
        var products = cart.Lines.Select(l => list.OnSale(l.Sku)).OfType<Product>().ToList();
        var left = await Stock.LeftAsync(db, products, cart.Id, cancellationToken);
        var preview = new Preview(now, set, memberships)
        {
            Left = left,
            Icons = await ExtraIcons.TakenAsync(db, products, people.Keys, cart.Id, cancellationToken),
        };
        var before = new List<ItemLine>();
        var lines = cart.Lines.OrderBy(l => l.Id).Select(l => View(l, buyer, list, people, preview, before)).ToList();
        var prices = lines.Select(l => new LinePrice(l.Price.Minor, l.PricePoints)).ToList();
        var split = PointsSplit.Of(prices, cart.UsePoints ? balance ?? 0 : 0, list.PointValueMinor, list.MixedFloorMinor);

        var season = SeasonView.At(set, now);
        return new CartView
        {
            CartId = cart.Id,
            Version = cart.Version,
            UsePoints = cart.UsePoints,
            RuleRevision = revision,
            Currency = list.Money,
            PointValueMinor = list.PointValueMinor,
            MixedFloor = new Money(list.MixedFloorMinor, list.Money),
            Balance = balance,
            Hint = split.Hint,
            Season = season,
            Bonus = season is null || buyer.MemberId is null ? 0 : season.Earns(lines.Select((l, i) => (l.Product, split.Lines[i].DueMinor))),
            At = now,
            Lines = [.. lines.Select((l, i) => l with { DueMoney = new Money(split.Lines[i].DueMinor, list.Money), DuePoints = split.Lines[i].DuePoints })],
            Total = lines.Aggregate(Money.Zero(list.Money), (sum, l) => sum + l.Price),
            DueMoney = new Money(split.DueMinor, list.Money),
            DuePoints = split.DuePoints,
        };
    }

    private CartLineView View(
        CartLine line, Buyer buyer, PriceList list, IReadOnlyDictionary<long, Recipient> people, Preview preview, List<ItemLine> before)
    {
        var recipientId = line.RecipientId ?? buyer.MemberId;
        var recipient = recipientId is { } id ? people.GetValueOrDefault(id) : null;
        var view = new CartLineView
        {
            Id = line.Id,
            Sku = line.Sku,
            Title = line.Sku,
            Quantity = line.Quantity,
            Units = line.Units,
            RecipientId = recipientId,
            RecipientName = recipient?.Name ?? line.RecipientName,
            ForBuyer = recipientId == buyer.MemberId,
            Note = line.Note,
            DeliverOn = line.DeliverOn,
            Price = Money.Zero(list.Money),
            DueMoney = Money.Zero(list.Money),
            DuePoints = 0,
        };
        if (list.OnSale(line.Sku) is not { } product || kinds.Find(product.Kind) is not { } kind)
        {
            return view with { Refusal = LineRefusal.NotOnSale };
        }

        var item = new ItemLine(product, line.Number, recipient, buyer.MemberId);
        var refusal = recipientId is not null && recipient is null ? LineRefusal.NoSuchMember : kinds.Check(item, preview, before);
        var effect = refusal is null ? kind.Effect(item, preview) : null;
        var limit = refusal is null ? null : kind.Limit(item, preview, before);
        before.Add(item);
        var price = LinePrice.Of(product, line.Number);
        return view with
        {
            Title = kind.Title(product, line.Number),
            Product = product,
            Form = kind.FormUnder(preview.Rules, product),
            Price = new Money(price.PriceMinor, list.Money),
            PricePoints = price.Points,
            Was = line.PriceSeenMinor == price.PriceMinor ? null : new Money(line.PriceSeenMinor, list.Money),
            Effect = effect,
            Refusal = refusal,
            Limit = limit,
        };
    }

    internal static async Task<Dictionary<long, Recipient>> RecipientsAsync(ShopDbContext db, IEnumerable<long?> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.OfType<long>().Distinct().ToList();
        if (wanted is [var only])
        {
            // nearly always: the buyer
            return await One.For(db)(db, only, cancellationToken) is { } one ? new() { [only] = one } : [];
        }

        return await db.Users.Where(m => wanted.Contains(m.Id))
            .Select(m => new Recipient(m.Id, m.UserName!, m.Kind, m.Status))
            .ToDictionaryAsync(r => r.Id, cancellationToken);
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
