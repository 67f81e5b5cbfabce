using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>
/// From a cart to an order that is being paid. Placing freezes everything in one transaction; the provider is called after the commit, never inside it.
/// </summary>
public sealed class Checkout(
    Writes writes, CartPricing pricing, ItemKinds kinds, Attempts attempts, SavedMethods savedMethods, DeliveryRun deliveries, LegalPages legal, LinkTokens tokens,
    OrderEnding ending, Stock stock, Carts carts, Receipts receipts, SellerBuyers sellerBuyers, Accounts.RuleBook rules, TimeProvider clock)
{
    private static readonly TimeSpan SentTwiceWithin = TimeSpan.FromMinutes(15);

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<Order>>> ById = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long id, CancellationToken _) => db.Orders.AsNoTracking().First(o => o.Id == id)));

    // the states stand here as the partial index has them, for the planner to see
    private static readonly PerModel<Func<ShopDbContext, long?, int, IAsyncEnumerable<Order>>> OfCart = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long? cart, int version) =>
            db.Orders.AsNoTracking().OrderBy(o => o.Id).Where(o => o.CartId == cart && !new[] { OrderState.Cancelled, OrderState.Expired }.Contains(o.State)
                && (o.State == OrderState.AwaitingPayment || o.CartVersion == version))));

    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<string?>>> EmailOf = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long member, CancellationToken _) => db.Users.Where(m => m.Id == member).Select(m => m.Email).FirstOrDefault()));

    /// <summary>What the confirmation page shows.</summary>
    public Task<CheckoutView> ViewAsync(ShopDbContext db, Buyer buyer, CancellationToken cancellationToken) => ViewAsync(db, buyer, withSaved: true, cancellationToken);

    private async Task<CheckoutView> ViewAsync(ShopDbContext db, Buyer buyer, bool withSaved, CancellationToken cancellationToken)
    {
        var cart = await pricing.ViewAsync(db, buyer, cancellationToken);
        var email = buyer.MemberId is { } member
            ? await EmailOf.For(db)(db, member, cancellationToken)
            : null;
        var versions = await legal.VersionsAsync(db, cancellationToken);
        var terms = await rules.GetAsync<PaymentTerms>(db, cart.RuleRevision, cancellationToken);
        var methods = Methods(cart, terms);
        return new CheckoutView(cart, methods, email, buyer.MemberId is null, versions[LegalPageKind.Terms], versions[LegalPageKind.Privacy])
        {
            Saved = withSaved ? await SavedAsync(db, buyer.MemberId, methods, cancellationToken) : [],
        };
    }

    /// <summary>A member's kept methods whose provider takes this amount.</summary>
    private async Task<IReadOnlyList<SavedMethodView>> SavedAsync(ShopDbContext db, long? memberId, IReadOnlyList<PayMethod> methods, CancellationToken cancellationToken) =>
        memberId is { } member && methods.Any(m => m.Saves)
            ? [.. (await savedMethods.ListAsync(db, member, cancellationToken)).Where(s => methods.Any(m => m.Provider == s.Provider && m.Disabled is null))]
            : [];

    /// <summary>
    /// Places the buyer's cart, once per cart version: placed again unchanged it leads to the same order. A changed cart, or another method,
    /// first ends the attempt before at its provider.
    /// </summary>
    public async Task<PlaceResult> PlaceAsync(PlaceOrder request, CancellationToken cancellationToken)
    {
        if (request.Saved is { } handle)
        {
            // before anything else, and before anybody is asked
            if (await savedMethods.FindAsync(request.Buyer.MemberId, handle, cancellationToken) is not { } own)
            {
                return new PlaceResult.NoSuchMethod();
            }

            request = request with { Provider = own.Provider, Own = own };
        }

        if (request.Tax is { } typed)
        {
            // another country is another price: it is shown before anything is placed
            switch (await carts.SayWhereAsync(request.Buyer, typed, cancellationToken))
            {
                case WhereResult.Changed:
                    return new PlaceResult.Changed();
                case WhereResult.Refused refusal:
                    return new PlaceResult.Refused(refusal.Field, refusal.Reason);
            }
        }

        var (cart, view) = await writes.ReadAsync(
            async (db, token) =>
            {
                var v = await ViewAsync(db, request.Buyer, withSaved: request.Own is not null, token);
                return (v.Cart, v);
            },
            cancellationToken);
        if (cart.Renews)
        {
            request = request with { Save = request.Own is null };
        }

        var ofCart = await OfCartAsync(cart, cancellationToken);
        if (await SameAsync(request, cart, ofCart, cancellationToken) is { } same)
        {
            return same;
        }

        if (cart.IsEmpty && await JustPlacedAsync(cart, cancellationToken) is { } placed)
        {
            return placed;
        }

        if (Refusal(request, view) is { } refused)
        {
            return refused;
        }

        if (view.NeedsEmail && await IsBannedAsync(request, cart, cancellationToken))
        {
            return new PlaceResult.Refused(CheckoutField.Email, PlaceRefusal.GiftsBanned);
        }

        if (cart.Shown != request.Shown)
        {
            return new PlaceResult.Changed();
        }

        if (await EndEarlierAsync(cart, ofCart, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        if (await TooManyAsync(request, cart, cancellationToken) is { } tooMany)
        {
            return new PlaceResult.Refused(CheckoutField.None, tooMany);
        }

        var email = view.NeedsEmail ? request.Email?.Trim() is { Length: > 0 } address ? address.ToLowerInvariant() : null : view.AccountEmail;
        Frozen? frozen;
        try
        {
            frozen = await FreezeAsync(request, view, email, cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "subscriptions"))
        {
            return new PlaceResult.Changed(); // a subscription of the same has begun meanwhile: the cart says so
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "cart"))
        {
            // Somebody placed the same version at the same moment: theirs is the order.
            return await SameAsync(request, cart, await OfCartAsync(cart, cancellationToken), cancellationToken) ?? new PlaceResult.Changed();
        }

        return frozen switch
        {
            // Where the cart went because the same version was paid with points at this moment, that order is the answer.
            null => await SameAsync(request, cart, await OfCartAsync(cart, cancellationToken), cancellationToken) ?? new PlaceResult.Changed(),
            { Attempt: { } attempt } => new PlaceResult.Placed(frozen.Order.Number, (await attempts.StartAsync(attempt, frozen.Order, cancellationToken)).Action),
            _ => await DeliverAsync(frozen, cancellationToken),
        };
    }

    /// <summary>What the pay page of an order shows now. It asks the provider; it changes only what the provider's answer changes.</summary>
    /// <param name="withSaved">Whoever looks may see what the buyer has kept.</param>
    public async Task<PayResult> PayAsync(long orderId, CancellationToken cancellationToken, bool withSaved = true)
    {
        var (order, live, last) = await writes.ReadAsync(
            async (db, token) =>
            {
                var o = await ById.For(db)(db, orderId, token);
                var a = await Attempts.LiveAsync(db, orderId, token);
                var ended = a is null
                    ? await Tries(db, db.PaymentAttempts.Where(x => x.OrderId == orderId).OrderByDescending(x => x.Seq)).FirstOrDefaultAsync(token)
                    : null;
                return (o, a, ended);
            },
            cancellationToken);
        if (order.State != OrderState.AwaitingPayment)
        {
            return await OverAsync(orderId, order.State, cancellationToken);
        }

        if (live is null)
        {
            return await ChooseAsync(last);
        }

        var started = await attempts.StartAsync(live, order, cancellationToken);
        if (started.Action is { } action)
        {
            var (methods, kept) = await WaysAsync();
            return new PayResult.Act(action, live.Provider, methods)
            {
                Saved = kept,
                HasHostedPage = action is BuyerAction.FillFields && live.SavedMethodId is null && attempts.HasHostedPage(live.Provider),
            };
        }

        if (started.Result is { Attempt: AttemptState.Captured, Order: not OrderState.AwaitingPayment and var over })
        {
            return await OverAsync(orderId, over, cancellationToken);
        }

        var (state, after) = await writes.ReadAsync(
            async (db, token) => (
                await db.Orders.Where(o => o.Id == orderId).Select(o => o.State).FirstAsync(token),
                await Tries(db, db.PaymentAttempts.Where(a => a.Id == live.Id)).FirstAsync(token)),
            cancellationToken);
        if (state != OrderState.AwaitingPayment)
        {
            return await OverAsync(orderId, state, cancellationToken);
        }

        return AttemptStates.Open.Contains(after.State) ? new PayResult.Wait(after.State) : await ChooseAsync(after);

        async Task<PayResult> ChooseAsync(Try? ended)
        {
            var (methods, kept) = await WaysAsync();
            return new PayResult.Choose(methods, ended?.Reason) { Saved = kept, LastSaved = ended?.Saved };
        }

        // read only where they are shown: whoever comes back paid sees none of them
        Task<(IReadOnlyList<PayMethod> Methods, IReadOnlyList<SavedMethodView> Saved)> WaysAsync() => writes.ReadAsync(
            async (db, token) =>
            {
                var methods = await MethodsAsync(db, order, token);
                return (methods, await SavedAsync(db, withSaved ? order.BuyerId : null, methods, token));
            },
            cancellationToken);
    }

    private sealed record Try(AttemptState State, string? Reason, string? Saved);

    private static IQueryable<Try> Tries(ShopDbContext db, IQueryable<PaymentAttempt> which) =>
        which.Select(a => new Try(a.State, a.Reason, db.StoredMethods.Where(m => m.Id == a.SavedMethodId).Select(m => m.Handle).FirstOrDefault()));

    /// <summary>Nothing to pay any more. Settled by another way this very moment, the buyer is to see what was delivered, whoever delivers it.</summary>
    private async Task<PayResult> OverAsync(long orderId, OrderState state, CancellationToken cancellationToken)
    {
        if (state == OrderState.Paid)
        {
            await deliveries.DeliverOrderAsync(orderId, cancellationToken);
        }

        return new PayResult.Over(state);
    }

    /// <summary>Pays an order that was placed with another method, or again with the same after a decline: first ends what lives at the provider.</summary>
    /// <param name="saved">The handle of a kept method; it says the provider too.</param>
    /// <param name="save">The buyer wants to keep what they enter.</param>
    /// <param name="flow">Where they want to enter it; null: as usual.</param>
    public async Task<PlaceResult> ChangeMethodAsync(
        long orderId, string? provider, string? addressHash, CancellationToken cancellationToken, string? saved = null, bool save = false, PaymentFlow? flow = null)
    {
        var (order, live, methods) = await writes.ReadAsync(
            async (db, token) =>
            {
                var o = await ById.For(db)(db, orderId, token);
                return (o, await Attempts.LiveAsync(db, orderId, token), await MethodsAsync(db, o, token));
            },
            cancellationToken);
        var own = saved is null ? null : await savedMethods.FindAsync(order.BuyerId, saved, cancellationToken, orderId);
        if (saved is not null && own is null)
        {
            return new PlaceResult.NoSuchMethod();
        }

        provider = own?.Provider ?? provider;
        if (order.State != OrderState.AwaitingPayment)
        {
            return new PlaceResult.Placed(order.Number, null);
        }

        var method = methods.FirstOrDefault(m => m.Provider == provider);
        if (method is not { Disabled: null })
        {
            return new PlaceResult.Refused(CheckoutField.Method, provider is null ? PlaceRefusal.MethodMissing : PlaceRefusal.MethodDisabled);
        }

        if (own is not null && savedMethods.IsExpired(own))
        {
            return new PlaceResult.Refused(CheckoutField.Method, PlaceRefusal.MethodExpired);
        }

        var with = attempts.With(method.Provider, order.BuyerId, own, save || order.ForSubscription, flow);
        if (live is not null && Attempts.IsSame(live, with))
        {
            return new PlaceResult.Placed(order.Number, (await attempts.StartAsync(live, order, cancellationToken)).Action);
        }

        var tooMany = await writes.ReadAsync(
            (db, token) => CheckoutLimits.TooManyTriesAsync(db, order.ForSubscription ? null : orderId, order.BuyerId, addressHash, clock.GetUtcNow(), token), cancellationToken);
        if (tooMany)
        {
            return new PlaceResult.Refused(CheckoutField.Method, PlaceRefusal.TooManyTries);
        }

        if (live is not null && !await attempts.EndAsync(live, cancellationToken))
        {
            return await StillThereAsync(orderId, order.Number, cancellationToken);
        }

        return await AnotherAttemptAsync(orderId, order.Number, with, addressHash, cancellationToken);
    }

    /// <summary>
    /// For a browser in which the provider's fields do not come up: the same payment on the provider's own page. What began in the fields is ended at the
    /// provider first.
    /// </summary>
    public async Task<PlaceResult> HostedPageAsync(long orderId, string? addressHash, CancellationToken cancellationToken)
    {
        var (number, live) = await writes.ReadAsync(
            async (db, token) => (await db.Orders.Where(o => o.Id == orderId).Select(o => o.Number).FirstAsync(token), await Attempts.LiveAsync(db, orderId, token)),
            cancellationToken);
        return live is { SavedMethodId: null } && attempts.HasHostedPage(live.Provider)
            ? await ChangeMethodAsync(orderId, live.Provider, addressHash, cancellationToken, save: live.ConsentVersion is not null, flow: PaymentFlow.Redirect)
            : new PlaceResult.Placed(number, null);
    }

    private static PlaceResult.Refused? Refusal(PlaceOrder request, CheckoutView view)
    {
        var cart = view.Cart;
        PlaceResult.Refused Refuse(CheckoutField field, PlaceRefusal reason) => new(field, reason);
        if (cart.IsEmpty)
        {
            return Refuse(CheckoutField.None, PlaceRefusal.EmptyCart);
        }

        if (!cart.CanBePlaced)
        {
            return Refuse(CheckoutField.None, PlaceRefusal.LineRefused);
        }

        if (cart.Lines.Any(l => l.NeedsSignIn))
        {
            return Refuse(CheckoutField.None, PlaceRefusal.SignInForYourself);
        }

        if (cart.IsTaxOpen)
        {
            return Refuse(CheckoutField.Country, PlaceRefusal.CountryMissing);
        }

        if (view.NeedsEmail && !cart.NeedsNoEmail && string.IsNullOrWhiteSpace(request.Email))
        {
            return Refuse(CheckoutField.Email, PlaceRefusal.EmailMissing);
        }

        if (view.NeedsEmail && !string.IsNullOrWhiteSpace(request.Email) && !MailAddresses.IsUsable(request.Email.Trim()))
        {
            return Refuse(CheckoutField.Email, PlaceRefusal.EmailInvalid);
        }

        if (cart.DueMoney.IsZero && cart.DuePoints == 0)
        {
            return Refuse(CheckoutField.None, PlaceRefusal.NothingDue);
        }

        if (cart.Renews && cart.DueMoney.IsZero)
        {
            return Refuse(CheckoutField.None, PlaceRefusal.RenewalNeedsMoney);
        }

        if (string.IsNullOrEmpty(request.Provider))
        {
            return Refuse(CheckoutField.Method, PlaceRefusal.MethodMissing);
        }

        if (request.Own is { } kept && view.Saved.FirstOrDefault(s => s.Handle == kept.Handle) is { IsExpired: true })
        {
            return Refuse(CheckoutField.Method, PlaceRefusal.MethodExpired);
        }

        return view.Methods.Any(m => m.Provider == request.Provider && m.Disabled is null) && (request.Own is null || view.Saved.Any(s => s.Handle == request.Own.Handle))
            ? null
            : Refuse(CheckoutField.Method, PlaceRefusal.MethodDisabled);
    }

    /// <summary>The cart was judged by the browser; the address is known only now.</summary>
    private async Task<bool> IsBannedAsync(PlaceOrder request, CartView cart, CancellationToken cancellationToken)
    {
        var people = await writes.ReadAsync(
            (db, token) => CartPricing.RecipientsAsync(db, cart.Lines.Select(l => l.RecipientId), Giver.Of(request.Buyer, email: request.Email), token),
            cancellationToken);
        return people.Values.Any(r => r.Refusal(null) is not null);
    }

    /// <summary>The ways to pay an order: of a test of a method only that.</summary>
    private async Task<IReadOnlyList<PayMethod>> MethodsAsync(ShopDbContext db, Order order, CancellationToken cancellationToken) => attempts.Methods(
        new Money(order.DueMinor, Currency.Of(order.Currency)),
        await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken),
        order.ForSubscription,
        await TestPurchases.ProviderOfAsync(db, order, cancellationToken));

    private IReadOnlyList<PayMethod> Methods(CartView cart, PaymentTerms terms) => cart.DueMoney.IsZero
        ? cart.DuePoints > 0 ? [new PayMethod(PayMethod.Points, PayMethod.Points, null)] : []
        : attempts.Methods(cart.DueMoney, terms, cart.Renews);

    /// <summary>The orders of this cart that are not over: of any version where they wait to be paid, else of this one.</summary>
    private Task<List<Order>> OfCartAsync(CartView cart, CancellationToken cancellationToken) => cart.CartId is null
        ? Task.FromResult(new List<Order>())
        : writes.ReadAsync(async (db, token) => await OfCart.For(db)(db, cart.CartId, cart.Version).ToListAsync(token), cancellationToken);

    /// <summary>
    /// The order of this very cart version, if there is one: whatever the page showed, it is the same order. Null: there is none, or it could not be paid any more
    /// as it was placed and is over.
    /// </summary>
    private async Task<PlaceResult?> SameAsync(PlaceOrder request, CartView cart, List<Order> ofCart, CancellationToken cancellationToken)
    {
        if (ofCart.Find(o => o.CartVersion == cart.Version) is not { } same)
        {
            return null;
        }

        if (same.State != OrderState.AwaitingPayment)
        {
            return new PlaceResult.Placed(same.Number, null);
        }

        var live = await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, same.Id, token), cancellationToken);
        if (live is not null && request.Provider is { } provider && Attempts.IsSame(live, attempts.With(provider, same.BuyerId, request.Own, request.Save)))
        {
            return new PlaceResult.Placed(same.Number, null);
        }

        var again = await ChangeMethodAsync(same.Id, request.Provider, request.AddressHash, cancellationToken, request.Saved, request.Save);
        if (again is not PlaceResult.Changed)
        {
            return again;
        }

        // what it was promised is gone since its last attempt: points, a piece, a use of a promotion. The cart as it stands now is another order
        return await ending.CancelAsync(same.Id, "promise_gone", cancellationToken) switch
        {
            EndingResult.Paid => new PlaceResult.Placed(same.Number, null),
            EndingResult.Undecided => new PlaceResult.Busy(same.Number),
            _ => null,
        };
    }

    /// <summary>Ends unpaid orders of earlier versions of this cart. Null: the way is free for a new one.</summary>
    private async Task<PlaceResult?> EndEarlierAsync(CartView cart, List<Order> ofCart, CancellationToken cancellationToken)
    {
        foreach (var order in ofCart.Where(o => o.CartVersion != cart.Version))
        {
            switch (await ending.CancelAsync(order.Id, "cart_changed", cancellationToken))
            {
                case EndingResult.Undecided:
                    return new PlaceResult.Busy(order.Number);
                case EndingResult.Paid:
                    return new PlaceResult.EarlierPaid(order.Number);
            }
        }

        return null;
    }

    /// <summary>
    /// The order that emptied this cart a moment ago: sent twice, a form leads to what its first sending made, and not to an empty cart.
    /// </summary>
    private async Task<PlaceResult?> JustPlacedAsync(CartView cart, CancellationToken cancellationToken)
    {
        if (cart.CartId is null)
        {
            return null;
        }

        var since = clock.GetUtcNow() - SentTwiceWithin;
        var number = await writes.ReadAsync(
            (db, token) => db.Orders
                .Where(o => o.CartId == cart.CartId && o.PlacedAt > since && !EF.Constant(OrderStates.EndedUnpaid).Contains(o.State))
                .OrderByDescending(o => o.Id).Select(o => o.Number).FirstOrDefaultAsync(token),
            cancellationToken);
        return number is null ? null : new PlaceResult.Placed(number, null);
    }

    private async Task<PlaceRefusal?> TooManyAsync(PlaceOrder request, CartView cart, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.ReadAsync<PlaceRefusal?>(
            async (db, token) =>
            {
                if (await CheckoutLimits.TooManyOrdersAsync(db, request.Buyer, request.AddressHash, now, token))
                {
                    return PlaceRefusal.TooMany;
                }

                return !cart.DueMoney.IsZero && await CheckoutLimits.TooManyTriesAsync(db, null, request.Buyer.MemberId, request.AddressHash, now, token)
                    ? PlaceRefusal.TooManyTries
                    : null;
            },
            cancellationToken);
    }

    private sealed record Frozen(Order Order, PaymentAttempt? Attempt);

    /// <summary>The transaction that places: order, lines, deliveries, attempt, points. Null: the cart or the points changed meanwhile; nothing stays.</summary>
    private async Task<Frozen?> FreezeAsync(PlaceOrder request, CheckoutView view, string? email, CancellationToken cancellationToken)
    {
        var cart = view.Cart;
        var number = Codes.New(26);
        var receipt = Codes.Hash(await tokens.ReceiptAsync(number, 0, cancellationToken));
        return await writes.RunAsync(
            async (unit, token) =>
            {
                var db = unit.Db;
                var now = clock.GetUtcNow();

                // Takes the cart's row: a change of the cart comes before or after, never between.
                if (await db.Database.ExecuteSqlAsync(
                        $"UPDATE carts SET touched_at = {now.ToUnixTimeMilliseconds()} WHERE id = {cart.CartId} AND version = {cart.Version}", token) == 0)
                {
                    return unit.RollBack<Frozen?>(null);
                }

                var list = await rules.GetAsync<PriceList>(db, cart.RuleRevision, token);
                var known = await sellerBuyers.OfLinesAsync(db, request.Buyer.MemberId, cart.Lines, email, token);
                var order = Order(request, view, known, email, number, receipt, list, now);
                await InsertAsync(db, order, token);
                await WriteHistoryAsync(db, order, now, token);
                await WriteEvidenceAsync(db, order, request.NetworkCountry, now, token);
                await WriteDeliveriesAsync(db, order, cart, token);
                if (order.ForSubscription)
                {
                    await SubscriptionBooking.BeginAsync(db, order, cart.Lines, now, token);
                }

                if (order.DueMinor > 0)
                {
                    return await attempts.CreateAsync(
                            db, order, attempts.With(request.Provider!, request.Buyer.MemberId, request.Own, request.Save), request.AddressHash, token, isFirst: true) is { } attempt
                        ? new Frozen(order, attempt)
                        : unit.RollBack<Frozen?>(null);
                }

                if (await PointsAccounts.SpendForOrderAsync(db, order.Id, order.BuyerId!.Value, order.DuePoints, now, token) is Accounts.PostResult.Insufficient
                    || !await stock.ReserveAsync(db, order, token))
                {
                    return unit.RollBack<Frozen?>(null);
                }

                await Settlement.LeaveCartAsync(db, order.Id, token);
                await Settlement.TellPaidAsync(db, order, now, token);
                await receipts.IssueAsync(db, order, null, now, token);
                Crash.Point("K5");
                return new Frozen(order, null);
            },
            cancellationToken);
    }

    private Order Order(PlaceOrder request, CheckoutView view, IReadOnlyDictionary<long, SellerBuyer> known, string? email, string number, string receipt, PriceList list, DateTimeOffset now)
    {
        var cart = view.Cart;
        var order = new Order
        {
            Number = number,
            Reference = Codes.New(8),
            BuyerId = request.Buyer.MemberId,
            BuyerEmail = email,
            SessionHash = request.Buyer.MemberId is null ? request.Buyer.SessionHash : null,
            AddressHash = request.AddressHash,
            CartId = cart.CartId,
            CartVersion = cart.Version,
            Currency = cart.Currency.Code,
            BuyerCountry = cart.TaxBuyer.Country,
            BuyerTaxId = cart.TaxTerms.AsksBusinesses ? cart.TaxBuyer.TaxId : null,
            BillTo = cart.TaxTerms.AsksBusinesses ? cart.TaxBuyer.BillTo : null,
            ReverseCharge = cart.IsReverseCharge,
            NetMinor = cart.Total.Minor - cart.Tax.Minor,
            TaxMinor = cart.Tax.Minor,
            PriceMinor = cart.Total.Minor,
            DueMinor = cart.DueMoney.Minor,
            DuePoints = cart.DuePoints,
            PointValueMinor = cart.PointValueMinor,
            PlacedAt = now,
            ExpiresAt = attempts.SettlesWithin(request.Provider) is var settles && settles > TimeSpan.Zero ? now + settles : now.AddDays(list.OrderDays),
            RuleRevision = cart.RuleRevision,
            TermsVersion = view.TermsVersion,
            PrivacyVersion = view.PrivacyVersion,
            Culture = request.Culture,
            ReceiptTokenHash = receipt,
            ForSubscription = cart.Renews,
            Lines = [.. cart.Lines.Select((line, position) => Line(line, position, known.GetValueOrDefault(line.Id)))],
            Promotions =
            [
                .. cart.Promotions.Select(p => new OrderPromotion
                {
                    Key = p.Promotion.Key, Name = p.Promotion.Name, Code = p.Promotion.Code, AmountMinor = p.AmountMinor, Months = p.Months, Points = p.Points,
                }),
            ],
        };
        return order.DueMinor == 0 ? order.PaidAtOnce(now) : order;
    }

    /// <param name="line">As it is shown.</param>
    /// <param name="position">Its place in the cart.</param>
    /// <param name="known">Of a seller's product: whom the seller knows the buyer as.</param>
    private OrderLine Line(CartLineView line, int position, SellerBuyer? known)
    {
        var product = line.Product ?? throw new InvalidOperationException($"Line {line.Id} has no product.");
        return new OrderLine
        {
            Position = position,
            Sku = line.Sku,
            Kind = product.Kind,
            Goods = kinds.Get(product.Kind).Freeze(product, line.Units ?? line.Quantity, line.Promotion),
            Quantity = line.Quantity,
            Units = line.Units,
            CartLineId = line.Id,
            Title = line.Title,
            RecipientId = line.RecipientId ?? known?.MemberId,
            RecipientName = line.RecipientEmail is null ? line.RecipientName : null,
            SellerId = known?.SellerId,
            SellerProductId = known is null ? null : line.Offer!.Product.Id,
            SellerBuyerId = known?.Id,
            RecipientEmail = line.RecipientEmail,
            Random = line.Random,
            Note = line.Note,
            Anonymous = line.Anonymous,
            GoneConfirmed = line.GoneConfirmed,
            NetMinor = line.Tax.NetMinor,
            TaxMinor = line.Tax.TaxMinor,
            PriceMinor = line.Price.Minor,
            TaxRatePpm = line.Tax.RatePpm,
            TaxCategory = line.Tax.Category,
            AddedTaxMinor = line.Tax.AddedMinor,
            DiscountMinor = line.Promotion.DiscountMinor,
            DueMinor = line.DueMoney.Minor,
            DuePoints = line.DuePoints,
        };
    }

    private static async Task InsertAsync(ShopDbContext db, Order order, CancellationToken cancellationToken)
    {
        await Rows.InsertAsync(db, order, cancellationToken);
        foreach (var line in order.Lines)
        {
            line.OrderId = order.Id;
            await Rows.InsertAsync(db, line, cancellationToken);
        }

        foreach (var promotion in order.Promotions)
        {
            promotion.OrderId = order.Id;
            await Rows.InsertAsync(db, promotion, cancellationToken);
        }
    }

    private static async Task WriteHistoryAsync(ShopDbContext db, Order order, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await Rows.InsertAsync(
            db, new OrderEvent { OrderId = order.Id, Seq = 1, ToState = OrderState.AwaitingPayment, At = now, Reason = "placed" }, cancellationToken);
        if (order.State == OrderState.Paid)
        {
            await Rows.InsertAsync(
                db,
                new OrderEvent { OrderId = order.Id, Seq = 2, FromState = OrderState.AwaitingPayment, ToState = OrderState.Paid, At = now, Reason = "points" },
                cancellationToken);
        }
    }

    /// <summary>What says where the buyer is, when it is placed; what the payment service says comes with the money.</summary>
    private static async Task WriteEvidenceAsync(ShopDbContext db, Order order, string? network, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (order.BuyerCountry is not { } country)
        {
            return;
        }

        await Rows.InsertAsync(db, new TaxEvidence { OrderId = order.Id, Kind = EvidenceKind.Stated, Country = country, At = now }, cancellationToken);
        if (Countries.IsKnown(network))
        {
            await Rows.InsertAsync(db, new TaxEvidence { OrderId = order.Id, Kind = EvidenceKind.Network, Country = network!, At = now }, cancellationToken);
        }
    }

    private static async Task WriteDeliveriesAsync(ShopDbContext db, Order order, CartView cart, CancellationToken cancellationToken)
    {
        foreach (var (line, view) in order.Lines.Zip(cart.Lines))
        {
            DateTimeOffset? on = view.DeliverOn is { } day ? Days.Begin(day) : null;
            var delivery = new Delivery
            {
                OrderId = order.Id,
                OrderLineId = line.Id,
                EffectKey = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line:{line.Id}"),
                RecipientId = line.RecipientId,
                RecipientEmail = line.RecipientEmail,
                Random = line.Random,
                Note = line.Note,
                Anonymous = line.Anonymous,
                GoneConfirmed = line.GoneConfirmed,
                DeliverOn = on,
                DueAt = order.PaidAt is { } paid ? (on > paid ? on : paid) : null,
            };
            await Rows.InsertAsync(db, delivery, cancellationToken);
        }
    }

    private async Task<PlaceResult> DeliverAsync(Frozen frozen, CancellationToken cancellationToken)
    {
        await deliveries.DeliverOrderAsync(frozen.Order.Id, cancellationToken);
        return new PlaceResult.Placed(frozen.Order.Number, null);
    }

    private async Task<PlaceResult> StillThereAsync(long orderId, string number, CancellationToken cancellationToken)
    {
        var state = await writes.ReadAsync((db, token) => db.Orders.Where(o => o.Id == orderId).Select(o => o.State).FirstAsync(token), cancellationToken);
        return state == OrderState.AwaitingPayment ? new PlaceResult.Busy(number) : new PlaceResult.EarlierPaid(number);
    }

    /// <summary>Another attempt on an order that waits: the one-live-attempt index lets one of two through, the other sees the same pay page.</summary>
    private async Task<PlaceResult> AnotherAttemptAsync(long orderId, string number, PayWith with, string? addressHash, CancellationToken cancellationToken)
    {
        (Order Order, PaymentAttempt Attempt)? made;
        try
        {
            made = await writes.RunAsync(
                async (unit, token) =>
                {
                    var order = await OrderTransitions.LockAsync(unit.Db, orderId, token);
                    if (order.State != OrderState.AwaitingPayment)
                    {
                        return null;
                    }

                    return await attempts.CreateAsync(unit.Db, order, with, addressHash, token) is { } attempt
                        ? (order, attempt)
                        : unit.RollBack<(Order, PaymentAttempt)?>(null);
                },
                cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "attempt"))
        {
            return new PlaceResult.Placed(number, null);
        }

        return made is var (its, first)
            ? new PlaceResult.Placed(number, (await attempts.StartAsync(first, its, cancellationToken)).Action)
            : new PlaceResult.Changed();
    }
}
