using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A renewal that was not paid, as the page of its link shows it. Amount and period are fixed.</summary>
public sealed record RenewalFix
{
    public required long OrderId { get; init; }

    public required string OrderNumber { get; init; }

    /// <summary>Who pays: nobody else gets beyond the amount.</summary>
    public required long MemberId { get; init; }

    /// <summary>Its payer is a seller's buyer without an account to sign in to: whoever holds the link pays, by the method of the subscription or a new one.</summary>
    public bool ByLink { get; init; }

    public required string SubscriptionHandle { get; init; }

    public required string Title { get; init; }

    public required Money Amount { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>How its order stands.</summary>
    public required OrderState Order { get; init; }

    /// <summary>Why the last attempt ended, in our own word; null: none has, or the method is gone.</summary>
    public string? Reason { get; init; }

    /// <summary>The method that was used; null: it is gone.</summary>
    public SavedMethodView? Used { get; init; }

    /// <summary>The other methods that its payer has kept; none by the link alone.</summary>
    public IReadOnlyList<SavedMethodView> Others { get; init; } = [];

    /// <summary>Where a new one can be entered.</summary>
    public IReadOnlyList<PayMethod> New { get; init; } = [];

    public bool IsOpen => Order == OrderState.AwaitingPayment;
}

/// <summary>What the mail about a renewal that was not paid says (MZ-30).</summary>
/// <param name="Name">Its payer's; null: a seller's buyer, who has no name here.</param>
public sealed record RenewalFailedView(
    string Title, Money Amount, SavedMethodView? Method, string? Reason, DateTimeOffset EndsAt, DateTimeOffset? NextTryAt, DateTimeOffset? EndsUnpaidAt, string Token,
    string? Name, string? Email, string? Culture, string? TimeZone);

/// <summary>What the mails about the end of a subscription and about its price say.</summary>
/// <param name="Name">Its payer's; null: a seller's buyer, who has no name and no page here.</param>
public sealed record SubscriptionMailView(string Title, SubscriptionState State, SubscriptionEnd? Why, DateTimeOffset? ValidUntil, string Currency, string? Name, string? Email, string? Culture, string? TimeZone)
{
    public required string Handle { get; init; }
}

/// <summary>Lets a payer set a failed renewal right by the link of its mail: with the same method, another one, or a new one (MZ-31 to MZ-33).</summary>
/// <remarks>The method of the subscription is charged for what the scheduler would charge it for anyway; other kept methods need their owner's sign-in (MZ-67).</remarks>
public sealed class RenewalFixes(Writes writes, SavedMethods methods, Attempts attempts, Accounts.RuleBook rules, Checkout checkout, LinkTokens tokens, TimeProvider clock)
{
    /// <summary>The renewal of a link. Null: there is no such link, or the member who looks is not who pays.</summary>
    /// <param name="db">Where it is read.</param>
    /// <param name="token">What the link carries.</param>
    /// <param name="memberId">Who is signed in; nobody sees no methods.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<RenewalFix?> FindAsync(ShopDbContext db, string token, long? memberId, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(token);
        var found = await db.SubscriptionPeriods.AsNoTracking().Where(p => p.FixHash == hash)
            .Join(db.Subscriptions, p => p.SubscriptionId, s => s.Id, (p, s) => new { Period = p, Subscription = s })
            .Join(db.Orders, x => x.Period.OrderId, o => o.Id, (x, o) => new { x.Period, x.Subscription, Order = o })
            .Join(db.Users, x => x.Subscription.MemberId, m => m.Id, (x, m) => new { x.Period, x.Subscription, x.Order, m.Kind })
            .FirstOrDefaultAsync(cancellationToken);
        var byLink = found?.Kind == AccountKind.Buyer;
        if (found is null || (!byLink && memberId is not null && memberId != found.Subscription.MemberId))
        {
            return null;
        }

        var amount = new Money(found.Order.DueMinor, Currency.Of(found.Order.Currency));
        var fix = new RenewalFix
        {
            OrderId = found.Order.Id,
            OrderNumber = found.Order.Number,
            MemberId = found.Subscription.MemberId,
            ByLink = byLink,
            SubscriptionHandle = found.Subscription.Handle,
            Title = found.Subscription.TitleOf(found.Period.Months),
            Amount = amount,
            StartsAt = found.Period.StartsAt!.Value,
            EndsAt = found.Period.EndsAt!.Value,
            Order = found.Order.State,
        };
        if ((memberId is null && !byLink) || !fix.IsOpen)
        {
            return fix;
        }

        var used = await db.StoredMethods.Where(m => m.Id == found.Subscription.MethodId).Select(m => m.Handle).FirstOrDefaultAsync(cancellationToken);
        var saved = (await methods.KeptAsync(db, fix.MemberId, cancellationToken)).Where(m => !m.IsExpired && methods.Renews(m.Provider) && (!m.PaysOnly || m.Handle == used)).ToList();
        var terms = await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return fix with
        {
            Reason = await db.PaymentAttempts.Where(a => a.OrderId == fix.OrderId).OrderByDescending(a => a.Seq).Select(a => a.Reason).FirstOrDefaultAsync(cancellationToken),
            Used = saved.Find(m => m.Handle == used),
            Others = byLink ? [] : [.. saved.Where(m => m.Handle != used)],
            New = attempts.Methods(amount, terms, renews: true),
        };
    }

    /// <summary>
    /// Pays it with its payer there: what lives at a provider is ended first, so that there is never a second charge, and a question of the bank can be answered.
    /// </summary>
    public Task<PlaceResult> PayAsync(RenewalFix fix, string? provider, string? saved, string? addressHash, CancellationToken cancellationToken) =>
        fix.ByLink && saved is not null && saved != fix.Used?.Handle
            ? Task.FromResult<PlaceResult>(new PlaceResult.NoSuchMethod())
            : checkout.ChangeMethodAsync(fix.OrderId, provider, addressHash, cancellationToken, saved, save: saved is null);

    /// <summary>What the mail says; null: it is paid, or over, or was cancelled by its payer meanwhile (MF-17).</summary>
    public async Task<RenewalFailedView?> FailedAsync(ShopDbContext db, RenewalFailedMessage message, CancellationToken cancellationToken)
    {
        var found = await db.SubscriptionPeriods.AsNoTracking().Where(p => p.Id == message.PeriodId)
            .Join(db.Subscriptions.Where(s => s.State == SubscriptionState.PastDue), p => p.SubscriptionId, s => s.Id, (p, s) => new { Period = p, Subscription = s })
            .Join(db.Orders.Where(o => o.State == OrderState.AwaitingPayment), x => x.Period.OrderId, o => o.Id, (x, o) => new { x.Period, x.Subscription, Order = o })
            .FirstOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return null;
        }

        var attempt = message.AttemptId is { } id
            ? await db.PaymentAttempts.AsNoTracking().FirstAsync(a => a.Id == id, cancellationToken)
            : null;
        var methodId = attempt?.SavedMethodId ?? found.Subscription.MethodId;
        var method = await db.StoredMethods.AsNoTracking().FirstOrDefaultAsync(m => m.Id == methodId, cancellationToken);
        var payer = await db.Users.AsNoTracking().FirstAsync(m => m.Id == found.Subscription.MemberId, cancellationToken);
        var s = found.Subscription;
        return new RenewalFailedView(
            s.TitleIn(payer.Culture ?? found.Order.Culture, found.Period.Months), new Money(found.Period.PriceMinor, Currency.Of(s.Currency)),
            method is null ? null : SavedMethods.View(method, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), isDefault: false), attempt?.Reason ?? "method_gone",
            s.PaidThrough!.Value, s.NextChargeAt, s.NextChargeAt is null ? s.DueAt : null, await tokens.FixAsync(found.Order.Number, cancellationToken),
            NameOf(payer), await GiftReader.OwnAddressAsync(db, payer, cancellationToken), payer.Culture ?? found.Order.Culture, payer.TimeZone);
    }

    private static string? NameOf(Member payer) => payer.Kind == AccountKind.Buyer ? null : payer.UserName;

    /// <summary>A subscription as the mails about it name it.</summary>
    public Task<SubscriptionMailView> MailAsync(long subscriptionId, CancellationToken cancellationToken) => writes.ReadAsync(
        async (db, token) =>
        {
            var s = await db.Subscriptions.AsNoTracking().FirstAsync(x => x.Id == subscriptionId, token);
            var payer = await db.Users.AsNoTracking().FirstAsync(m => m.Id == s.MemberId, token);
            var culture = payer.Culture ?? await db.SubscriptionPeriods.Where(p => p.SubscriptionId == s.Id && p.Number == 1)
                .Join(db.Orders, p => p.OrderId, o => o.Id, (_, o) => o.Culture).FirstAsync(token);
            return new SubscriptionMailView(
                s.TitleIn(culture, s.Months), s.State, s.EndReason, s.PaidThrough > clock.GetUtcNow() ? s.PaidThrough : null, s.Currency, NameOf(payer),
                await GiftReader.OwnAddressAsync(db, payer, token), culture, payer.TimeZone)
            {
                Handle = s.Handle,
            };
        },
        cancellationToken);
}
