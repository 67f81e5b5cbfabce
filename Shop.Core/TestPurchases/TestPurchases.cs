using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A method that can be tried, and between which amounts.</summary>
public sealed record TestOffer(string Provider, string Name, bool Live, Money Least, Money Most);

/// <summary>What a member of staff wants to try. <paramref name="Key"/>: made with the form.</summary>
public sealed record TestWish(Guid Key, string Provider, long AmountMinor, long ActorId, string Culture, string? AddressHash);

public enum TestRefusal
{
    /// <summary>There is no such method, or its service cannot give money back, or not in this currency.</summary>
    NoMethod,

    /// <summary>Not between the amounts of the offer.</summary>
    Amount,

    /// <summary>So many of this person in 24 hours.</summary>
    TooMany,

    /// <summary>The same form was sent before, and said something else then.</summary>
    OtherContent,
}

/// <summary>What became of asking for a test purchase.</summary>
public abstract record TestPurchaseResult
{
    private TestPurchaseResult() { }

    /// <summary>Its order waits to be paid, or more, where the same form was sent before.</summary>
    public sealed record Placed(string Number) : TestPurchaseResult;

    public sealed record Refused(TestRefusal Reason) : TestPurchaseResult;
}

/// <summary>
/// How a test stands. waiting: nothing was paid. doubt: nobody knows whether money moved, and the service is asked again. ended: it ended without money. on_its_way: it
/// was paid, and is sent back. refunded: all of it is back. stays: some of it could not be sent back, and a person must see to it.
/// </summary>
public enum TestStand { Waiting, Doubt, Ended, OnItsWay, Refunded, Stays }

/// <summary>A test and how it stands. <paramref name="Paid"/> and <paramref name="Back"/>: what moved. <paramref name="Why"/>: the last word of the shop or the service, where something failed.</summary>
public sealed record TestView(string Number, string Reference, string Provider, string AskedBy, bool IsMine, DateTimeOffset AskedAt, Money Amount, TestStand Stand, Money Paid, Money Back, string? Why);

/// <summary>
/// Staff pay a small amount with a method to see that it works: an order of nothing, which goes the way of all orders and whose money is promised back in the
/// transaction that books it (docs/adr/0026).
/// </summary>
public sealed class TestPurchases(
    Writes writes, RuleBook rules, PaymentProviders providers, Attempts attempts, LegalPages legal, LinkTokens tokens, TimeProvider clock)
{
    /// <summary>Stored with the refund.</summary>
    public const string Reason = "test purchase";

    /// <summary>So many tests one person may make in 24 hours.</summary>
    public const int PerDay = 20;

    private const int MostShown = 20;

    /// <summary>What the form proposes, in minor units, where the service takes it.</summary>
    private const long Usual = 100;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>So long an unpaid test stays open before its payment is ended.</summary>
    private static readonly TimeSpan Open = TimeSpan.FromHours(1);

    /// <summary>The methods that can be tried: of services that give money back by themselves, also those that buyers do not see.</summary>
    public async Task<IReadOnlyList<TestOffer>> OffersAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return Offers(set);
    }

    /// <summary>What the form proposes.</summary>
    public static Money Proposed(TestOffer offer) => new(Math.Clamp(Usual, offer.Least.Minor, offer.Most.Minor), offer.Least.Currency);

    /// <summary>The last tests, newest first.</summary>
    public static async Task<IReadOnlyList<TestView>> ListAsync(ShopDbContext db, long readerId, CancellationToken cancellationToken)
    {
        var rows = await db.TestPurchases.AsNoTracking().OrderByDescending(t => t.Id).Take(MostShown)
            .Join(db.Orders.AsNoTracking(), t => t.OrderId, o => o.Id, (t, o) => new { Test = t, Order = o, By = db.Users.Where(m => m.Id == t.AskedBy).Select(m => m.UserName!).First() })
            .ToListAsync(cancellationToken);
        var orders = rows.Select(r => r.Order.Id).ToList();
        var tries = (await db.PaymentAttempts.AsNoTracking().Where(a => orders.Contains(a.OrderId)).OrderBy(a => a.Seq).ToListAsync(cancellationToken)).ToLookup(a => a.OrderId);
        var payments = (await db.ProviderPayments.Join(db.PaymentAttempts.Where(a => orders.Contains(a.OrderId)), p => p.AttemptId, a => a.Id, (p, a) => new { a.OrderId, p.AmountMinor })
            .ToListAsync(cancellationToken)).ToLookup(p => p.OrderId, p => p.AmountMinor);
        var refunds = (await db.Refunds.AsNoTracking().Where(r => r.OrderId != null && orders.Contains(r.OrderId.Value)).OrderBy(r => r.CreatedAt).ToListAsync(cancellationToken))
            .ToLookup(r => r.OrderId!.Value);
        return
        [
            .. rows.OrderByDescending(r => r.Test.Id).Select(r =>
            {
                var (id, currency) = (r.Order.Id, Currency.Of(r.Order.Currency));
                var (paid, back) = (payments[id].Sum(), refunds[id].Where(x => x.State == RefundState.Succeeded).Sum(x => x.AmountMinor));
                var way = refunds[id].Where(x => RefundStates.Open.Contains(x.State)).Sum(x => x.AmountMinor);
                var last = tries[id].LastOrDefault();
                var stand = (paid, last?.State) switch
                {
                    (0, AttemptState.Unknown) => TestStand.Doubt,
                    (0, { } state) when AttemptStates.Open.Contains(state) => TestStand.Waiting,
                    (0, _) => TestStand.Ended,
                    _ when back == paid => TestStand.Refunded,
                    _ when back + way == paid => TestStand.OnItsWay,
                    _ => TestStand.Stays,
                };
                var why = stand switch
                {
                    TestStand.Ended or TestStand.Doubt => last?.Reason,
                    TestStand.Stays => refunds[id].LastOrDefault(x => x.State == RefundState.Failed)?.Failure,
                    _ => null,
                };
                return new TestView(
                    r.Order.Number, r.Order.Reference, r.Test.Provider, r.By, r.Test.AskedBy == readerId, r.Test.AskedAt, new Money(r.Order.DueMinor, currency), stand,
                    new Money(paid, currency), new Money(back, currency), why);
            }),
        ];
    }

    /// <summary>Makes the order with its attempt, and creates the payment at the service. Where to pay is what the order's pay page shows.</summary>
    public async Task<TestPurchaseResult> PlaceAsync(TestWish wish, CancellationToken cancellationToken)
    {
        TestPurchaseResult? result;
        Placed? placed;
        try
        {
            (result, placed) = await MakeAsync(wish, cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "test_purchases"))
        {
            // the same form at the same moment: what the other made is the answer
            (result, placed) = await MakeAsync(wish, cancellationToken);
        }

        if (placed is { } made)
        {
            await attempts.StartAsync(made.Attempt, made.Order, cancellationToken);
        }

        return result;
    }

    /// <summary>The only method that an order can be paid with, because it is a test of it; null: it is none.</summary>
    internal static Task<string?> ProviderOfAsync(ShopDbContext db, Order order, CancellationToken cancellationToken) => order.CartId is null
        ? db.TestPurchases.Where(t => t.OrderId == order.Id).Select(t => (string?)t.Provider).FirstOrDefaultAsync(cancellationToken)
        : Task.FromResult<string?>(null);

    /// <summary>Orders that were paid, without those of staff who tried a method.</summary>
    internal static IQueryable<Order> PaidOrders(ShopDbContext db) => db.Orders.Where(o => o.PaidAt != null && !db.TestPurchases.Any(t => t.OrderId == o.Id));

    /// <summary>Whether a service gives money back by itself.</summary>
    internal static bool CanTry(IPaymentProvider provider) => provider is IRefundsPayments and not ITakesByHand;

    private sealed record Placed(Order Order, PaymentAttempt Attempt);

    private IReadOnlyList<TestOffer> Offers(RuleSet set)
    {
        var currency = set.Get<PriceList>().Money;
        var most = new Money(set.Get<PaymentTerms>().TestMaximumMinor, currency);
        return
        [
            .. providers.Offered.Where(p => CanTry(p) && p.Capabilities.Currencies.Contains(currency))
                .Select(p => new TestOffer(p.Id.Value, p.Capabilities.DisplayName, p.Capabilities.Live, Least(p, currency), most))
                .Where(o => o.Least <= o.Most),
        ];
    }

    private static Money Least(IPaymentProvider provider, Currency currency) =>
        provider.Capabilities.Minimum is { } its && its.Currency == currency ? its : new Money(1, currency);

    private async Task<(TestPurchaseResult Result, Placed? Placed)> MakeAsync(TestWish wish, CancellationToken cancellationToken)
    {
        var number = Codes.New(26);
        var receipt = Codes.Hash(await tokens.ReceiptAsync(number, 0, cancellationToken));
        return await writes.RunAsync(
            async (unit, token) =>
            {
                var (db, now) = (unit.Db, clock.GetUtcNow());

                // whoever asks is taken before it is counted, so that two at once are counted one after the other
                await MembershipLedger.LockedStateAsync(db, wish.ActorId, token);
                if (await db.TestPurchases.Where(t => t.Key == wish.Key).Join(db.Orders, t => t.OrderId, o => o.Id, (t, o) => new { Test = t, o.Number, o.DueMinor })
                        .FirstOrDefaultAsync(token) is { } before)
                {
                    return before.Test.AskedBy == wish.ActorId && before.Test.Provider == wish.Provider && before.DueMinor == wish.AmountMinor
                        ? (new TestPurchaseResult.Placed(before.Number), null)
                        : Refuse(TestRefusal.OtherContent);
                }

                var revision = await rules.CurrentAsync(db, token);
                var set = await rules.OfAsync(db, revision, token);
                if (Offers(set).FirstOrDefault(o => o.Provider == wish.Provider) is not { } offer)
                {
                    return Refuse(TestRefusal.NoMethod);
                }

                if (wish.AmountMinor < offer.Least.Minor || wish.AmountMinor > offer.Most.Minor)
                {
                    return Refuse(TestRefusal.Amount);
                }

                var since = now - Day;
                if (await db.TestPurchases.CountAsync(t => t.AskedBy == wish.ActorId && t.AskedAt > since, token) >= PerDay)
                {
                    return Refuse(TestRefusal.TooMany);
                }

                var versions = await legal.VersionsAsync(db, token);
                var email = await db.Users.Where(m => m.Id == wish.ActorId).Select(m => m.Email).FirstAsync(token);
                var order = new Order
                {
                    Number = number,
                    Reference = Codes.New(8),
                    BuyerId = wish.ActorId,
                    BuyerEmail = email,
                    AddressHash = wish.AddressHash,
                    Currency = offer.Least.Currency.Code,
                    NetMinor = wish.AmountMinor,
                    TaxMinor = 0,
                    PriceMinor = wish.AmountMinor,
                    DueMinor = wish.AmountMinor,
                    DuePoints = 0,
                    PointValueMinor = set.Get<PriceList>().PointValueMinor,
                    PlacedAt = now,
                    ExpiresAt = now + Open,
                    RuleRevision = revision,
                    TermsVersion = versions[LegalPageKind.Terms],
                    PrivacyVersion = versions[LegalPageKind.Privacy],
                    Culture = wish.Culture,
                    ReceiptTokenHash = receipt,
                    Lines = [Line(wish)],
                };
                db.Orders.Add(order);
                await db.SaveChangesAsync(token);
                db.TestPurchases.Add(new TestPurchase { Key = wish.Key, OrderId = order.Id, Provider = wish.Provider, AskedBy = wish.ActorId, AskedAt = now });
                db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = 1, ToState = OrderState.AwaitingPayment, At = now, Reason = Reason, ActorId = wish.ActorId });
                db.Deliveries.Add(new Delivery
                {
                    OrderId = order.Id,
                    OrderLineId = order.Lines[0].Id,
                    EffectKey = string.Create(CultureInfo.InvariantCulture, $"line:{order.Lines[0].Id}"),
                    RecipientId = wish.ActorId,
                });
                await db.SaveChangesAsync(token);
                var with = attempts.With(wish.Provider, wish.ActorId, saved: null, save: false);
                return await attempts.CreateAsync(db, order, with, wish.AddressHash, token, isFirst: true) is { } attempt
                    ? (new TestPurchaseResult.Placed(number), new Placed(order, attempt))
                    : throw new InvalidOperationException("A test purchase needs neither points nor pieces.");

                (TestPurchaseResult, Placed?) Refuse(TestRefusal reason) => (new TestPurchaseResult.Refused(reason), null);
            },
            cancellationToken);
    }

    private static OrderLine Line(TestWish wish) => new()
    {
        Position = 0,
        Sku = TestPurchaseItem.Sku,
        Kind = TestPurchaseItem.KindKey,
        Goods = "{}",
        Quantity = 1,
        Title = TestPurchaseItem.Title(),
        RecipientId = wish.ActorId,
        RecipientName = null,
        NetMinor = wish.AmountMinor,
        TaxMinor = 0,
        PriceMinor = wish.AmountMinor,
        DueMinor = wish.AmountMinor,
        DuePoints = 0,
    };
}
