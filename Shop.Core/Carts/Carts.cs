using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What the product form asked for. Recipient: a user name, empty for oneself.</summary>
public sealed record AddToCart(string Sku, int Quantity, string? Recipient, string? Note)
{
    /// <summary>The recipient is not to be told who gives it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>The giver means this account although it is suspended or deleted (DW-38).</summary>
    public bool GoneConfirmed { get; init; }

    /// <summary>The day of delivery as it was typed (<see cref="Days.Form"/>); empty: as soon as possible.</summary>
    public string? DeliverOn { get; init; }

    /// <summary>It is to be bought again by itself when its time is over.</summary>
    public bool Renew { get; init; }

    /// <summary>The buyer was asked whether a day so far away is meant, and said so.</summary>
    public bool DateConfirmed { get; init; }

    /// <summary>The days of <see cref="LineConsent"/> that the buyer was shown and agreed to.</summary>
    public int? ConsentDays { get; init; }

    /// <summary>The members who have signed in on this browser before, as far as it says: a ban of one of them holds while nobody is signed in.</summary>
    public IReadOnlyCollection<long> Known { get; init; } = [];

    /// <summary>Chance chooses the recipient, whatever name was typed.</summary>
    public RandomChoice? Random { get; init; }

    /// <summary>Whom it drew and the buyer was shown; hidden: null.</summary>
    public long? DrawnId { get; init; }
}

/// <summary>What the form of a seller's product asked for.</summary>
/// <param name="Code">The product's id.</param>
/// <param name="AmountMinor">What the buyer will pay, or what the form says that a fixed price is, minor units; null: the product's own price.</param>
/// <param name="SellerBuyer">Whom the seller has named the buyer (<see cref="SellerBuyer.Handle"/>); null: nobody.</param>
public sealed record BuyFromSeller(string Code, long? AmountMinor, string? SellerBuyer = null);

/// <summary>Which field of the form a refusal belongs to.</summary>
public enum CartField { None, Quantity, Recipient, Note, Anonymous, DeliverOn, ConfirmDate, Consent, ConfirmGone, Renew, Amount }

/// <summary>What became of a wish to change a cart.</summary>
public abstract record CartResult
{
    private CartResult() { }

    /// <summary>Done. <paramref name="NewCartKey"/>: a cart was made for this browser; its key goes into the cookie.</summary>
    public sealed record Changed(string? NewCartKey) : CartResult;

    /// <summary>Nothing was changed. <paramref name="Limit"/>: the number the sentence needs, where there is one; <paramref name="Least"/>: the one it begins with.</summary>
    public sealed record Refused(CartField Field, LineRefusal Reason, int? Limit = null, int Least = 1) : CartResult
    {
        /// <summary>On which day it could first be delivered, where only the time stands in its way and the buyer may know it.</summary>
        public DateOnly? PossibleFrom { get; init; }

        /// <summary>What the buyer must agree to first.</summary>
        public LineConsent? Consent { get; init; }
    }
}

/// <summary>Why a code was not taken into a cart.</summary>
public enum CodeRefusal
{
    /// <summary>There is no such code now.</summary>
    Unknown,

    /// <summary>Its last day is over.</summary>
    Over,

    UsedUp,

    /// <summary>The buyer has used it as often as a member may.</summary>
    UsedByBuyer,

    /// <summary>There is nothing in the cart.</summary>
    EmptyCart,

    /// <summary>The cart has as many codes as it takes.</summary>
    TooMany,
}

/// <summary>What became of a code that was typed. Nothing is lost of the cart in any case.</summary>
public abstract record CodeResult
{
    private CodeResult() { }

    /// <summary>It is in the cart, now or before; whether it counts, the cart says.</summary>
    public sealed record Taken(string Code) : CodeResult;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(CodeRefusal Reason) : CodeResult;
}

/// <summary>What became of saying where the buyer is.</summary>
public abstract record WhereResult
{
    private WhereResult() { }

    /// <summary>The cart knows it: now, or it knew before.</summary>
    public sealed record Same : WhereResult;

    /// <summary>It is another than before, and prices may be others.</summary>
    public sealed record Changed : WhereResult;

    public sealed record Refused(CheckoutField Field, PlaceRefusal Reason) : WhereResult;
}

/// <summary>What merging a browser's cart into an account's came to.</summary>
/// <param name="Waits">Nothing was moved, and the browser keeps its cart: an order of it is with its provider, and its money is not certain yet.</param>
public sealed record MergeResult(int Moved, IReadOnlyList<MergeLeftOut> LeftOut, bool Waits = false);

/// <summary>A line that did not fit beside the account's own: told to the buyer, never lost in silence (DW-28).</summary>
public sealed record MergeLeftOut(string Title, LineRefusal Reason);

/// <summary>Changes open carts. Each change is one transaction that first takes the cart's row, so two tabs come one after the other.</summary>
public sealed class Carts(Writes writes, RuleBook rules, ItemKinds kinds, CartPricing pricing, RandomPool pool, OrderEnding ending, TimeProvider clock)
{
    private static readonly PerModel<Func<ShopDbContext, long, IAsyncEnumerable<CartLine>>> LinesOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long cart) => db.CartLines.AsNoTracking().Where(l => l.CartId == cart).OrderBy(l => l.Id).AsQueryable()));

    public async Task<CartResult> AddAsync(Buyer buyer, AddToCart wish, CancellationToken cancellationToken) =>
        await writes.RunAsync((unit, token) => AddAsync(unit, buyer, wish, token), cancellationToken);

    /// <summary>
    /// Puts a seller's product into the cart, once: sent again, the same stays as it is, and another amount takes its place (MZ-54). Refused with
    /// <see cref="LineRefusal.SignInFirst"/>, the buyer comes back after signing in.
    /// </summary>
    public async Task<CartResult> AddAsync(Buyer buyer, BuyFromSeller wish, CancellationToken cancellationToken) =>
        await writes.RunAsync((unit, token) => AddAsync(unit, buyer, wish, token), cancellationToken);

    /// <summary>Takes lines out; ids that are not the buyer's are nobody's business and change nothing.</summary>
    public async Task RemoveAsync(Buyer buyer, IReadOnlyCollection<long> lineIds, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            buyer,
            async (db, cartId, token) => await db.CartLines.Where(l => l.CartId == cartId && lineIds.Contains(l.Id)).ExecuteDeleteAsync(token) > 0,
            cancellationToken);
        if (!await writes.ReadAsync((db, token) => db.Carts.Where(CartPricing.Of(buyer)).AnyAsync(c => c.Lines.Count > 0, token), cancellationToken))
        {
            await ending.CancelOfCartAsync(buyer, cancellationToken);
        }
    }

    /// <summary>
    /// Empties the cart; an order of it that is not paid is ended at its provider (DF-27). False: its money is not certain yet, and nothing was changed
    /// (DECISIONS 4).
    /// </summary>
    public async Task<bool> DiscardAsync(Buyer buyer, CancellationToken cancellationToken)
    {
        if (!await ending.CancelOfCartAsync(buyer, cancellationToken))
        {
            return false;
        }

        await ChangeAsync(
            buyer,
            async (db, cartId, token) => await db.CartLines.Where(l => l.CartId == cartId).ExecuteDeleteAsync(token)
                + await db.CartCodes.Where(c => c.CartId == cartId).ExecuteDeleteAsync(token) > 0,
            cancellationToken);

        // another tab may have placed it once more in between
        return await ending.CancelOfCartAsync(buyer, cancellationToken);
    }

    /// <summary>The most codes of a cart.</summary>
    public const int MostCodes = 5;

    /// <summary>Puts a code into the cart: one that runs and is not used up stays there, also while something is missing for it to count.</summary>
    public Task<CodeResult> EnterCodeAsync(Buyer buyer, string? typed, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => EnterCodeAsync(unit, buyer, typed, token), cancellationToken);

    /// <summary>Takes a code out, unless its promotion stays until the cart is emptied (DW-32). False: it stays, and nothing was changed.</summary>
    public async Task<bool> RemoveCodeAsync(Buyer buyer, string code, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                var terms = await rules.GetAsync<PromotionTerms>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
                if (terms.Promotions.Any(p => p.Code == code && p.Stays && p.RunsOn(Days.Of(clock.GetUtcNow()))))
                {
                    return unit.RollBack(false);
                }

                var removed = await TouchAsync(unit.Db, buyer, token) is { } cart
                    && await unit.Db.CartCodes.Where(c => c.CartId == cart && c.Code == code).ExecuteDeleteAsync(token) > 0;
                return removed || unit.RollBack(true);
            },
            cancellationToken);

    /// <summary>Whether points are used as far as the rule allows.</summary>
    public async Task UsePointsAsync(Buyer buyer, bool use, CancellationToken cancellationToken) =>
        await ChangeAsync(
            buyer,
            async (db, cartId, token) => await db.Carts.Where(c => c.Id == cartId && c.UsePoints != use)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsePoints, use), token) > 0,
            cancellationToken);

    /// <summary>Who the buyer says they are, for the tax. Another answer is another version of the cart: an order of the one before is not its order any more.</summary>
    public async Task<WhereResult> SayWhereAsync(Buyer buyer, TaxForm typed, CancellationToken cancellationToken)
    {
        WhereResult.Refused Refuse(CheckoutField field, PlaceRefusal reason) => new(field, reason);
        var country = typed.Country?.Trim().ToUpperInvariant();
        if (!Countries.IsKnown(country))
        {
            return Refuse(CheckoutField.Country, PlaceRefusal.CountryMissing);
        }

        var (taxId, billTo) = (default(string), default(string));
        if (!string.IsNullOrWhiteSpace(typed.TaxId))
        {
            taxId = TaxIds.Read(typed.TaxId, country!);
            billTo = typed.BillTo?.Trim();
            if (taxId is null)
            {
                return Refuse(CheckoutField.TaxId, PlaceRefusal.TaxIdInvalid);
            }

            if (string.IsNullOrEmpty(billTo) || billTo.Length > TaxBuyer.MostBillTo || billTo.Any(char.IsControl))
            {
                return Refuse(CheckoutField.BillTo, PlaceRefusal.BillToMissing);
            }
        }

        var changed = false;
        await ChangeAsync(
            buyer,
            async (db, cartId, token) => changed = await db.Carts.Where(c => c.Id == cartId && (c.Country != country || c.TaxId != taxId || c.BillTo != billTo))
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.Country, country).SetProperty(c => c.TaxId, taxId).SetProperty(c => c.BillTo, billTo), token) > 0,
            cancellationToken);
        return changed ? new WhereResult.Changed() : new WhereResult.Same();
    }

    /// <summary>
    /// At sign-in: moves the browser's lines into the account's cart, where they fit; the browser's cart is gone afterwards. Another
    /// account's cart is never touched.
    /// </summary>
    public async Task<MergeResult> MergeAsync(string sessionHash, long memberId, CancellationToken cancellationToken)
    {
        // An unpaid order of the browser's cart would no longer be found from the account's, and both could be paid.
        if (!await ending.CancelOfCartAsync(new Buyer(null, sessionHash), cancellationToken))
        {
            return new MergeResult(0, [], Waits: true);
        }

        return await writes.RunAsync((unit, token) => MergeAsync(unit.Db, sessionHash, memberId, token), cancellationToken);
    }

    /// <summary>
    /// Removes carts that nobody touched for the days of the rule (DW-29), and who had signed in on browsers that have neither a cart nor an order under way.
    /// Returns how many carts.
    /// </summary>
    public async Task<int> RemoveOldAsync(CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                var list = await rules.GetAsync<PriceList>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
                var oldest = clock.GetUtcNow().AddDays(-list.CartDays);
                var removed = await unit.Db.Carts.Where(c => c.TouchedAt < oldest).ExecuteDeleteAsync(token);
                var (db, underWay) = (unit.Db, new[] { OrderState.AwaitingPayment, OrderState.Paid });
                await db.BrowserMembers
                    .Where(b => !db.Carts.Any(c => c.KeyHash == b.KeyHash) && !db.Orders.Any(o => o.SessionHash == b.KeyHash && underWay.Contains(o.State)))
                    .ExecuteDeleteAsync(token);
                return removed;
            },
            cancellationToken);

    private async Task<CodeResult> EnterCodeAsync(WriteUnit unit, Buyer buyer, string? typed, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        CodeResult Refuse(CodeRefusal reason) => unit.RollBack<CodeResult>(new CodeResult.Refused(reason));
        if (await TouchAsync(db, buyer, cancellationToken) is not { } cartId || !await db.CartLines.AnyAsync(l => l.CartId == cartId, cancellationToken))
        {
            return Refuse(CodeRefusal.EmptyCart);
        }

        var terms = await rules.GetAsync<PromotionTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var (code, today) = (PromotionCodes.Read(typed), Days.Of(now));
        if (code is null || terms.Promotions.FirstOrDefault(p => p.Code == code && p.On && p.From <= today) is not { } promotion)
        {
            return Refuse(CodeRefusal.Unknown);
        }

        if (promotion.Until < today)
        {
            return Refuse(CodeRefusal.Over);
        }

        var uses = await PromotionUses.WithUsesAsync(db, new PromotionBuyer(today, buyer.MemberId is not null, []), [promotion], buyer.MemberId, cartId, cancellationToken);
        if (uses.UsedUp.Count > 0 || uses.UsedByBuyer.Count > 0)
        {
            return Refuse(uses.UsedUp.Count > 0 ? CodeRefusal.UsedUp : CodeRefusal.UsedByBuyer);
        }

        var there = await db.CartCodes.Where(c => c.CartId == cartId).OrderBy(c => c.Code).Select(c => c.Code).ToListAsync(cancellationToken);
        if (there.Contains(code))
        {
            return unit.RollBack<CodeResult>(new CodeResult.Taken(code));
        }

        if (there.Count >= MostCodes)
        {
            return Refuse(CodeRefusal.TooMany);
        }

        db.CartCodes.Add(new CartCode { CartId = cartId, Code = code, AddedAt = now });
        await db.SaveChangesAsync(cancellationToken);
        return new CodeResult.Taken(code);
    }

    private async Task<CartResult> AddAsync(WriteUnit unit, Buyer buyer, AddToCart wish, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        var list = set.Get<PriceList>();
        if (list.OnSale(wish.Sku) is not { } product || kinds.Find(product.Kind) is not { } kind)
        {
            return new CartResult.Refused(CartField.None, LineRefusal.NotOnSale);
        }

        var note = PlainText.Of(wish.Note ?? "") is { Length: > 0 } words ? words : null;
        var form = kind.FormUnder(set, product);
        if (wish.Quantity < form.MinQuantity || wish.Quantity > form.MaxQuantity)
        {
            return new CartResult.Refused(CartField.Quantity, LineRefusal.Quantity, form.MaxQuantity, form.MinQuantity);
        }

        if (wish.Renew && buyer.MemberId is null)
        {
            return new CartResult.Refused(CartField.Renew, LineRefusal.SignInFirst);
        }

        var terms = set.Get<CartTerms>();
        if (note?.Length > terms.MaxNote)
        {
            return new CartResult.Refused(CartField.Note, LineRefusal.NoteTooLong, terms.MaxNote);
        }

        var gifts = await rules.GetAsync<GiftTerms>(db, revision, cancellationToken);
        var anonymous = wish.Anonymous && kind.Form.Anonymous;
        if (anonymous && buyer.MemberId is not null && !gifts.Anonymous)
        {
            return new CartResult.Refused(CartField.Anonymous, LineRefusal.AnonymousNotAllowed);
        }

        var (day, noDay) = Days.Read(kind.Form.DeliverOn ? wish.DeliverOn : null, wish.DateConfirmed, clock.GetUtcNow(), gifts);
        if (noDay is { } bad)
        {
            return new CartResult.Refused(FieldOf(bad), bad, bad == LineRefusal.DateTooFar ? gifts.FarthestDays : gifts.ConfirmDays);
        }

        var giver = Giver.Of(buyer, wish.Known);
        if (await NotAtRandomAsync(db, wish, form, giver, buyer, cancellationToken) is { } noChance)
        {
            return new CartResult.Refused(CartField.None, noChance);
        }

        var address = wish.Random is null && wish.Recipient?.Contains('@', StringComparison.Ordinal) == true ? wish.Recipient.Trim() : null;
        if (address is not null && (kind.Form.ByMail ? MailAddresses.IsUsable(address) ? null : LineRefusal.BadAddress : (LineRefusal?)LineRefusal.NotByMail) is { } noAddress)
        {
            return new CartResult.Refused(CartField.Recipient, noAddress);
        }

        var (recipient, unknown) = (address, wish.Random) switch
        {
            (null, null) => await FindAsync(db, wish.Recipient, giver, cancellationToken),
            (null, { } choice) when !choice.IsHidden() && wish.DrawnId is { } drawn => ((await CartPricing.RecipientsAsync(db, [drawn], giver, cancellationToken)).GetValueOrDefault(drawn), false),
            _ => (null, false),
        };
        if (unknown)
        {
            return new CartResult.Refused(CartField.Recipient, LineRefusal.NoSuchMember);
        }

        var (cartId, newKey) = await TakeAsync(db, buyer, cancellationToken);
        var held = await LinesOf.For(db)(db, cartId).ToListAsync(cancellationToken);
        var wanted = new ItemLine(product, wish.Quantity, recipient, buyer.MemberId)
        {
            DeliverOn = day, ConsentDays = wish.ConsentDays, Anonymous = anonymous || buyer.MemberId is null, Random = wish.Random, GoneConfirmed = wish.GoneConfirmed,
            Renews = wish.Renew,
        };
        var judged = await JudgeAsync(db, buyer, revision, list, held, wanted, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return unit.RollBack<CartResult>(new CartResult.Refused(FieldOf(refusal), refusal, judged.Limit) { PossibleFrom = judged.PossibleFrom, Consent = judged.Consent });
        }

        var gift = recipient is { } other && other.Id != buyer.MemberId ? other : null;
        var added = new CartLine
        {
            CartId = cartId,
            Sku = product.Sku,
            Quantity = form.ByAmount ? 1 : wish.Quantity,
            Units = form.ByAmount ? wish.Quantity : null,
            RecipientId = gift?.Id,
            RecipientName = gift?.Name,
            RecipientEmail = address,
            Random = wish.Random,
            Note = note,
            Anonymous = (gift is not null || address is not null || wish.Random is not null) && (anonymous || buyer.MemberId is null),
            GoneConfirmed = wish.GoneConfirmed && gift is { Status: not AccountStatus.Visible },
            DeliverOn = day,
            ConsentDays = judged.Consent?.Days,
            Renews = wish.Renew,
            PriceSeenMinor = checked(product.PriceMinor * wish.Quantity),
            AddedAt = clock.GetUtcNow(),
        };
        await Rows.InsertAsync(db, added, cancellationToken);
        if ((gift is not null || wish.Random is not null) && buyer.MemberId is null && wish.Known.Count > 0)
        {
            await GiftWishes.RememberAsync(db, newKey is null ? buyer.SessionHash! : Codes.Hash(newKey), wish.Known, clock.GetUtcNow(), cancellationToken);
        }

        return new CartResult.Changed(newKey);
    }

    private async Task<CartResult> AddAsync(WriteUnit unit, Buyer buyer, BuyFromSeller wish, CancellationToken cancellationToken)
    {
        CartResult.Refused Refuse(CartField field, LineRefusal reason) => new(field, reason);
        var db = unit.Db;
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        if (await Sellers.FindAsync(db, wish.Code, cancellationToken) is not { IsOpen: true } offer || offer.Product.Currency != list.Currency)
        {
            return Refuse(CartField.None, LineRefusal.NotOnSale);
        }

        if (SellerItem.ProductOf(offer, wish.AmountMinor) is not { } product)
        {
            return Refuse(CartField.Amount, LineRefusal.Amount);
        }

        if (offer.Product.SignIn == SellerSignIn.Account && buyer.MemberId is null)
        {
            return Refuse(CartField.None, LineRefusal.SignInFirst);
        }

        var named = wish.SellerBuyer is { } handle ? await SellerBuyers.FindAsync(db, offer.Seller.Id, handle, cancellationToken) : null;
        if (wish.SellerBuyer is not null && named is null)
        {
            return Refuse(CartField.None, LineRefusal.NoSuchBuyer);
        }

        var (cartId, newKey) = await TakeAsync(db, buyer, cancellationToken);
        var held = await LinesOf.For(db)(db, cartId).ToListAsync(cancellationToken);
        var amount = offer.Product.Pricing == SellerPricing.Custom ? wish.AmountMinor : null;
        if (held.Find(l => l.SellerProductId == offer.Product.Id) is { } there)
        {
            if (there.AmountMinor == amount && there.SellerBuyerId == named?.Id)
            {
                return unit.RollBack<CartResult>(new CartResult.Changed(null));
            }

            await db.CartLines.Where(l => l.Id == there.Id).ExecuteDeleteAsync(cancellationToken);
            held.Remove(there);
        }

        var self = buyer.MemberId is null ? null : (await FindAsync(db, null, Giver.Of(buyer), cancellationToken)).Recipient;
        var renews = offer.Product.Sale == SellerSale.Recurring;
        var judged = await JudgeAsync(db, buyer, revision, list, held, new ItemLine(product, 1, self, buyer.MemberId) { Renews = renews, NamedBuyerId = named?.Id }, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return unit.RollBack<CartResult>(new CartResult.Refused(FieldOf(refusal), refusal, judged.Limit));
        }

        db.CartLines.Add(new CartLine
        {
            CartId = cartId,
            Sku = product.Sku,
            Quantity = 1,
            SellerProductId = offer.Product.Id,
            SellerBuyerId = named?.Id,
            AmountMinor = amount,
            Renews = renews,
            PriceSeenMinor = product.PriceMinor,
            AddedAt = clock.GetUtcNow(),
        });
        await db.SaveChangesAsync(cancellationToken);
        return new CartResult.Changed(newKey);
    }

    /// <summary>Why the recipient cannot be left to chance; null: it can, or is not asked for.</summary>
    private async Task<LineRefusal?> NotAtRandomAsync(
        ShopDbContext db, AddToCart wish, ItemForm form, Giver giver, Buyer buyer, CancellationToken cancellationToken)
    {
        if (wish.Random is not { } choice)
        {
            return null;
        }

        if (!form.AtRandom)
        {
            return LineRefusal.NotAtRandom;
        }

        if (choice.IsHidden())
        {
            // who it will be is drawn when it is delivered; here only that there is somebody
            return await pool.DrawAsync(db, choice.Kind(), giver, buyer.MemberId, cancellationToken) is null ? LineRefusal.NobodyToDraw : null;
        }

        return wish.DrawnId is { } drawn && await pool.FindAsync(db, drawn, giver, buyer.MemberId, cancellationToken) is { } found && found.Kind == choice.Kind()
            ? null
            : LineRefusal.CandidateGone;
    }

    internal static CartField FieldOf(LineRefusal refusal) => refusal switch
    {
        LineRefusal.Quantity or LineRefusal.TooMuchAtOnce or LineRefusal.IconsFull => CartField.Quantity,
        LineRefusal.NoteTooLong => CartField.Note,
        LineRefusal.Amount => CartField.Amount,
        LineRefusal.NotOnSale or LineRefusal.NoSuchBuyer or LineRefusal.SignInFirst or LineRefusal.SoldOut or LineRefusal.OneAtATime
            or LineRefusal.NotAtRandom or LineRefusal.NobodyToDraw or LineRefusal.CandidateGone => CartField.None,
        LineRefusal.AnonymousNotAllowed => CartField.Anonymous,
        LineRefusal.DateUnreadable or LineRefusal.DateInPast or LineRefusal.DateTooFar => CartField.DeliverOn,
        LineRefusal.DateNotConfirmed => CartField.ConfirmDate,
        LineRefusal.ConsentNeeded => CartField.Consent,
        LineRefusal.MemberGone => CartField.ConfirmGone,
        LineRefusal.RenewalNotOffered or LineRefusal.RenewalPlain or LineRefusal.RenewalRunning => CartField.Renew,
        _ => CartField.Recipient,
    };

    /// <summary>Whether the line fits beside those that are there; lines that no longer stand by themselves are judged when the cart is shown.</summary>
    private async Task<Judgement> JudgeAsync(
        ShopDbContext db, Buyer buyer, long revision, PriceList list, IReadOnlyList<CartLine> held, ItemLine wanted, CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, revision, cancellationToken);
        if (held.Count >= set.Get<CartTerms>().MaxLines)
        {
            return new Judgement(LineRefusal.Quantity, null, null, null, set.Get<CartTerms>().MaxLines);
        }

        var people = await CartPricing.RecipientsAsync(
            db, held.Select(l => CartPricing.RecipientOf(l, buyer)).Append(wanted.Recipient?.Id), Giver.Of(buyer), cancellationToken);
        var states = await CartPricing.MembershipsAsync(db, people.Keys, cancellationToken);
        var offers = await CartPricing.OffersAsync(db, held, cancellationToken);
        var items = held.Select(l => pricing.Item(l, buyer, list, people, offers)).Append(wanted).ToList();
        var products = items.OfType<ItemLine>().Select(i => i.Product).ToList();
        var cart = held.Count > 0 ? held[0].CartId : (long?)null;
        var preview = new Preview(clock.GetUtcNow(), set, states)
        {
            Left = await Stock.LeftAsync(db, products, cart, cancellationToken),
            Icons = await ExtraIcons.TakenAsync(db, products, people.Keys, cart, cancellationToken),
            ActiveGifts = await VirtualGiftItem.ActiveAsync(db, products, cancellationToken),
            VirtualGifts = await VirtualGiftItem.WelcomesAsync(db, products, people.Keys, buyer.MemberId, cancellationToken),
            Renewing = await Subscriptions.RenewingAsync(db, items, buyer.MemberId, cancellationToken),
        };
        return LineJudge.Judge(kinds, items, preview)[^1]!;
    }

    /// <summary>The member of a typed name; nothing typed: the buyer. Unknown: a name was typed that nobody has.</summary>
    internal static async Task<(Recipient? Recipient, bool Unknown)> FindAsync(ShopDbContext db, string? typed, Giver giver, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(typed))
        {
            if (giver.MemberId is not { } self)
            {
                return (null, false);
            }

            return ((await CartPricing.RecipientsAsync(db, [self], giver, cancellationToken)).GetValueOrDefault(self), false);
        }

        if (typed.Any(char.IsControl))
        {
            return (null, true);
        }

        var normalized = typed.Trim().ToUpperInvariant();
        var found = await CartPricing.Recipients(db, db.Users.Where(m => m.NormalizedUserName == normalized && m.Kind != AccountKind.Buyer), giver).FirstOrDefaultAsync(cancellationToken);
        return (found, found is null);
    }

    /// <summary>Takes the buyer's cart row for this transaction, made where there is none; its version rises.</summary>
    private async Task<(long CartId, string? NewKey)> TakeAsync(ShopDbContext db, Buyer buyer, CancellationToken cancellationToken)
    {
        if (await TouchAsync(db, buyer, cancellationToken) is { } there)
        {
            return (there, null);
        }

        // A key that no cart knows is not the browser's to choose: a new one is made.
        var key = buyer.MemberId is null && !buyer.IsIssued ? Codes.New(26) : null;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var hash = buyer.IsIssued ? buyer.SessionHash : key is null ? null : Codes.Hash(key);
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO carts (member_id, key_hash, version, use_points, created_at, touched_at) VALUES ({buyer.MemberId}, {hash}, 0, 1, {now}, {now}) ON CONFLICT DO NOTHING",
            cancellationToken);
        var made = await TouchAsync(db, buyer with { SessionHash = hash }, cancellationToken);
        return (made ?? throw new InvalidOperationException("A cart could not be made."), key);
    }

    private async Task<long?> TouchAsync(ShopDbContext db, Buyer buyer, CancellationToken cancellationToken)
    {
        if (!buyer.HasCart)
        {
            return null;
        }

        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await Returned.NumberAsync(
            db,
            buyer.MemberId is { } member
                ? (FormattableString)$"UPDATE carts SET version = version + 1, touched_at = {now} WHERE member_id = {member} RETURNING id"
                : (FormattableString)$"UPDATE carts SET version = version + 1, touched_at = {now} WHERE key_hash = {buyer.SessionHash} RETURNING id",
            cancellationToken);
    }

    /// <summary>A change that turns out to change nothing leaves the version as it was: an order of the cart stays its order.</summary>
    private async Task ChangeAsync(Buyer buyer, Func<ShopDbContext, long, CancellationToken, Task<bool>> change, CancellationToken cancellationToken) =>
        await writes.RunAsync(
            async (unit, token) =>
            {
                var changed = await TouchAsync(unit.Db, buyer, token) is { } cartId && await change(unit.Db, cartId, token);
                return changed ? true : unit.RollBack(false);
            },
            cancellationToken);

    private async Task<MergeResult> MergeAsync(ShopDbContext db, string sessionHash, long memberId, CancellationToken cancellationToken)
    {
        // Takes the row first: a line that another tab adds comes before the merge or finds the cart gone.
        var browser = new Buyer(null, sessionHash);
        await TouchAsync(db, browser, cancellationToken);
        var source = await db.Carts.AsNoTracking().Include(c => c.Lines).Where(CartPricing.Of(browser)).FirstOrDefaultAsync(cancellationToken);
        if (source is null)
        {
            return new MergeResult(0, []);
        }

        var leftOut = new List<MergeLeftOut>();
        var moved = 0;
        var member = new Buyer(memberId, null);
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, revision, cancellationToken);
        if (source.Lines.Count > 0)
        {
            var (cartId, _) = await TakeAsync(db, member, cancellationToken);
            var offers = await CartPricing.OffersAsync(db, source.Lines, cancellationToken);
            foreach (var line in source.Lines.OrderBy(l => l.Id))
            {
                if (pricing.ProductOf(line, list, offers) is not { } product)
                {
                    leftOut.Add(new MergeLeftOut(line.Sku, LineRefusal.NotOnSale));
                    continue;
                }

                var held = await LinesOf.For(db)(db, cartId).ToListAsync(cancellationToken);
                var recipient = CartPricing.RecipientOf(line, member) is { } recipientId
                    ? (await CartPricing.RecipientsAsync(db, [recipientId], Giver.Of(member), cancellationToken)).GetValueOrDefault(recipientId)
                    : null;
                var refusal = recipient is null && line.RecipientEmail is null && line.Random?.IsHidden() != true
                    ? LineRefusal.NoSuchMember
                    : (await JudgeAsync(
                        db, member, revision, list, held,
                        new ItemLine(product, line.Number, recipient, memberId)
                        {
                            DeliverOn = line.DeliverOn, ConsentDays = line.ConsentDays, Random = line.Random, Anonymous = line.Anonymous, GoneConfirmed = line.GoneConfirmed,
                            Renews = line.Renews,
                        },
                        cancellationToken)).Refusal;
                if (refusal is { } reason)
                {
                    leftOut.Add(new MergeLeftOut(kinds.Get(product.Kind).Title(product, line.Number), reason));
                    continue;
                }

                var unnamed = line.Anonymous && recipient?.Id != memberId;
                await db.CartLines.Where(l => l.Id == line.Id).ExecuteUpdateAsync(
                    set => set.SetProperty(l => l.CartId, cartId)
                        .SetProperty(l => l.RecipientId, l => l.RecipientId == memberId ? null : l.RecipientId)
                        .SetProperty(l => l.RecipientName, l => l.RecipientId == memberId ? null : l.RecipientName)
                        .SetProperty(l => l.Anonymous, unnamed),
                    cancellationToken);
                moved++;
            }
        }

        if (moved > 0)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO cart_codes (cart_id, code, added_at)
                SELECT c.id, s.code, s.added_at FROM cart_codes s JOIN carts c ON c.member_id = {memberId} WHERE s.cart_id = {source.Id}
                ON CONFLICT DO NOTHING
                """,
                cancellationToken);
        }

        if (source.Country is not null)
        {
            await db.Carts.Where(c => c.MemberId == memberId && c.Country == null).ExecuteUpdateAsync(
                set => set.SetProperty(c => c.Country, source.Country).SetProperty(c => c.TaxId, source.TaxId).SetProperty(c => c.BillTo, source.BillTo), cancellationToken);
        }

        await db.Carts.Where(c => c.Id == source.Id).ExecuteDeleteAsync(cancellationToken);
        return new MergeResult(moved, leftOut);
    }
}
