using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Makes payment attempts, starts them at their provider, and ends them there first when the buyer changes their mind.</summary>
public sealed class Attempts(
    Writes writes, PaymentGateway gateway, PaymentProviders providers, ProviderCircuit circuit, Settlement settlement, SavedMethods methods, Stock stock,
    Accounts.RuleBook rules, ShopLinks links, TimeProvider clock)
{
    private static readonly PerModel<Func<ShopDbContext, long, CancellationToken, Task<PaymentAttempt?>>> Live = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, CancellationToken _) =>
            db.PaymentAttempts.AsNoTracking().FirstOrDefault(a => a.OrderId == order && AttemptStates.Open.Contains(a.State))));

    /// <summary>The live attempt of an order that has not been captured; null when there is none.</summary>
    internal static Task<PaymentAttempt?> LiveAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        Live.For(db)(db, orderId, cancellationToken);

    /// <summary>
    /// Writes an attempt row with its points and its stock held, for an order whose row the caller has taken or made (<paramref name="isFirst"/>). Null: the points
    /// are short or something is sold out, and the caller rolls back.
    /// </summary>
    internal async Task<PaymentAttempt?> CreateAsync(
        ShopDbContext db, Order order, PayWith with, string? addressHash, CancellationToken cancellationToken, bool isFirst = false)
    {
        var now = clock.GetUtcNow();
        var provider = with.Provider;
        var keeps = order.BuyerId is not null && (with.Save || with.SavedMethodId is not null) && methods.Mode(provider) is not null;
        var seq = isFirst ? 0 : await db.PaymentAttempts.Where(a => a.OrderId == order.Id).MaxAsync(a => (int?)a.Seq, cancellationToken) ?? 0;
        var id = Guid.CreateVersion7(now);
        var settles = SettlesWithin(provider);
        var attempt = new PaymentAttempt
        {
            Id = id,
            OrderId = order.Id,
            Seq = seq + 1,
            Provider = provider,
            IdemKey = $"{id:N}:start",
            AmountMinor = order.DueMinor,
            Currency = order.Currency,
            Flow = with.Flow ?? await FlowAsync(db, provider, cancellationToken),
            SavedMethodId = with.SavedMethodId,
            OffSession = with.OffSession,
            SellerId = with.SellerId,
            ConsentVersion = with.Save ? SavedMethods.ConsentVersion : null,
            CustomerId = keeps ? await SavedMethods.CustomerAsync(db, order.BuyerId!.Value, provider, methods.Mode(provider)!, cancellationToken, with.SavedMethodId) : null,
            AddressHash = addressHash,
            CreatedAt = now,
            NextCheckAt = AttemptSchedule.Next(AttemptState.Created, 0, now),
            DeadlineAt = now + AttemptSchedule.Deadline + settles,
        };
        await Rows.InsertAsync(db, attempt, cancellationToken);
        if (settles > TimeSpan.Zero && !isFirst)
        {
            await db.Orders.Where(o => o.Id == order.Id).ExecuteUpdateAsync(set => set.SetProperty(o => o.ExpiresAt, now + settles), cancellationToken);
        }

        if (order is { DuePoints: > 0, BuyerId: { } buyer }
            && await PointsAccounts.HoldAsync(db, id, order.Id, buyer, order.DuePoints, now, cancellationToken) is PostResult.Insufficient)
        {
            return null;
        }

        // accounts before limits, as everywhere
        if (!await stock.ReserveAsync(db, order, cancellationToken))
        {
            return null;
        }

        // and kept methods last of all
        if (with.SavedMethodId is { } method && !await SavedMethods.TakeAsync(db, method, now, cancellationToken))
        {
            return null;
        }

        Crash.Point("K1");
        return attempt;
    }

    /// <summary>What a buyer chose, as far as the provider can do it: nothing is kept for visitors, nor where nothing can be kept, nor what is kept already.</summary>
    internal PayWith With(string provider, long? buyerId, StoredMethod? saved, bool save, PaymentFlow? flow = null) =>
        new(provider, saved?.Id, save && saved is null && buyerId is not null && methods.Saves(provider), flow);

    /// <summary>Whether a live attempt is already what a buyer now asks for. A flow counts only where it was asked for by name.</summary>
    internal static bool IsSame(PaymentAttempt live, PayWith with) =>
        live.Provider == with.Provider && live.SavedMethodId == with.SavedMethodId && live.ConsentVersion is not null == with.Save && live.OffSession == with.OffSession && (with.Flow is null || with.Flow == live.Flow);

    /// <summary>Whether a provider has a page of its own besides its fields.</summary>
    internal bool HasHostedPage(string provider) => providers.Find(new ProviderId(provider))?.Capabilities.Flows.Contains(PaymentFlow.Redirect) == true;

    /// <summary>The provider's usual way, or its own page where the site wants no fields.</summary>
    private async Task<PaymentFlow?> FlowAsync(ShopDbContext db, string provider, CancellationToken cancellationToken)
    {
        if (providers.Find(new ProviderId(provider))?.Capabilities.Flows is not [PaymentFlow.EmbeddedFields, ..] flows)
        {
            return null;
        }

        var terms = await rules.GetAsync<CheckoutTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return terms.HostedPages && flows.Contains(PaymentFlow.Redirect) ? PaymentFlow.Redirect : PaymentFlow.EmbeddedFields;
    }
    /// <summary>How long a method's money may be on its way: so long its order waits. Zero: what waits is the buyer, and the price list says how long.</summary>
    internal TimeSpan SettlesWithin(string? provider) =>
        provider is null ? TimeSpan.Zero : providers.Find(new ProviderId(provider))?.Capabilities.SettlesWithin ?? TimeSpan.Zero;

    /// <summary>What the buyer must do, and how the attempt and its order stand.</summary>
    internal sealed record Started(BuyerAction? Action, SettleResult Result);

    /// <summary>
    /// Creates the payment at the provider (which moves no money), or, where that has been done, asks for it again. The action is null when there is
    /// nothing to do but wait or look at the order. The lines of the order are read where it has none.
    /// </summary>
    internal async Task<Started> StartAsync(PaymentAttempt attempt, Order order, CancellationToken cancellationToken)
    {
        var request = MayStart(attempt) ? await RequestAsync(attempt, order, cancellationToken) : null;
        Crash.Point("K2");
        var answer = request is null
            ? null
            : await gateway.StartAsync(new ProviderId(attempt.Provider), request, cancellationToken, PaymentGateway.BuyersPatience);
        var result = await settlement.SettleAsync(attempt, order, answer, PaymentGateway.BuyersPatience, CancellationToken.None);
        if (result.Said is not PaymentOutcome.ActionRequired required)
        {
            return new Started(null, result);
        }

        if (AttemptStates.Open.Contains(result.Attempt))
        {
            return new Started(required.Action, result);
        }

        // The attempt ended while the call was under way: what it made at the provider must not be paid any more.
        var ended = await gateway.CancelAsync(
            new ProviderId(attempt.Provider), Settlement.Locate(attempt), new IdempotencyKey($"{attempt.Id:N}:cancel"), CancellationToken.None,
            PaymentGateway.BuyersPatience);
        return new Started(
            null, await settlement.SettleAsync(attempt.Id, ended, CancellationToken.None, afterCancel: true, PaymentGateway.BuyersPatience));
    }

    /// <summary>The provider may not have heard of it, and its key can still be sent.</summary>
    private bool MayStart(PaymentAttempt attempt) => attempt.State == AttemptState.Created && clock.GetUtcNow() - attempt.CreatedAt < AttemptSchedule.KeyLife;

    private async Task<StartPayment> RequestAsync(PaymentAttempt attempt, Order order, CancellationToken cancellationToken)
    {
        var lines = order.Lines.Count > 0
            ? order.Lines
            : await writes.ReadAsync((db, token) => db.OrderLines.AsNoTracking().Where(l => l.OrderId == order.Id).ToListAsync(token), cancellationToken);
        var saved = attempt.SavedMethodId is { } method
            ? await writes.ReadAsync((db, token) => db.StoredMethods.Where(m => m.Id == method).Select(m => m.Reference).FirstAsync(token), cancellationToken)
            : null;
        return Request(attempt, order, [.. lines.OrderBy(l => l.Position)], saved);
    }

    /// <summary>
    /// Ends an open attempt at its provider. True: the provider confirmed that nothing can be paid any more. False: it was paid, or it is not certain.
    /// </summary>
    internal async Task<bool> EndAsync(PaymentAttempt attempt, CancellationToken cancellationToken)
    {
        // A created one may have a call on its way at any time, because the same key may be sent again (DECISIONS 4).
        var may = attempt.State is AttemptState.Action or AttemptState.Sent;
        if (!may)
        {
            return false;
        }

        var key = new IdempotencyKey($"{attempt.Id:N}:cancel");
        var answer = await gateway.CancelAsync(
            new ProviderId(attempt.Provider), Settlement.Locate(attempt), key, cancellationToken, PaymentGateway.BuyersPatience);
        var result = await settlement.SettleAsync(attempt.Id, answer, CancellationToken.None, afterCancel: true, PaymentGateway.BuyersPatience);
        return result.Attempt is AttemptState.Cancelled or AttemptState.Failed;
    }

    /// <summary>The methods on offer for an amount, in the site's order; each that cannot be chosen says why (DW-52, DW-63).</summary>
    /// <param name="due">What is to be paid.</param>
    /// <param name="terms">The rules of methods.</param>
    /// <param name="renews">What is bought renews by itself, so that the method is kept and charged again.</param>
    /// <param name="tested">The order is a test of this method, which buyers need not see.</param>
    internal IReadOnlyList<PayMethod> Methods(Money due, PaymentTerms terms, bool renews, string? tested = null) => tested is not null
        ? [.. providers.Offered.Where(p => p.Id.Value == tested).Select(p => Method(p, due, null))]
        : [
            .. providers.Offered.Where(p => terms.Of(p.Id.Value) is not { Offered: false })
                .OrderBy(p => terms.Of(p.Id.Value)?.Position ?? int.MaxValue).Select(p => Method(p, due, terms.Of(p.Id.Value)))
                .Select(m => renews && m.Disabled is null && !methods.Renews(m.Provider) ? m with { Disabled = MethodRefusal.NotForRenewals } : m),
        ];

    private PayMethod Method(IPaymentProvider provider, Money due, MethodTerms? terms)
    {
        var can = provider.Capabilities;
        var id = provider.Id.Value;
        if (!can.Currencies.Contains(due.Currency))
        {
            return new PayMethod(id, can.DisplayName, MethodRefusal.OtherCurrency);
        }

        var least = new Money(terms?.MinimumMinor ?? 0, due.Currency);
        if (can.Minimum is { } its && its.Currency == due.Currency && its > least)
        {
            least = its;
        }

        if (due < least)
        {
            return new PayMethod(id, can.DisplayName, MethodRefusal.BelowMinimum, least);
        }

        if (circuit.Of(provider.Id) is not null)
        {
            return new PayMethod(id, can.DisplayName, MethodRefusal.Paused);
        }

        return can.Maximum is { } maximum && maximum.Currency == due.Currency && due > maximum
            ? new PayMethod(id, can.DisplayName, MethodRefusal.AboveMaximum, maximum)
            : new PayMethod(id, can.DisplayName, null) { Saves = gateway.CanSave(provider.Id) };
    }

    /// <summary>Built from frozen rows only: the same key always goes with the same request.</summary>
    private StartPayment Request(PaymentAttempt attempt, Order order, IReadOnlyList<OrderLine> lines, string? saved)
    {
        var flows = providers.Find(new ProviderId(attempt.Provider))?.Capabilities.Flows ?? [PaymentFlow.Redirect];
        var summary = lines.Count == 1 ? lines[0].Title : ItemTexts.And(lines[0].Title, lines.Count - 1, order.Culture);
        var account = order.BuyerId is { } buyer ? SavedMethods.AccountKey(buyer) : SavedMethods.AccountKey("order:" + order.Number);
        return new StartPayment
        {
            Attempt = new AttemptId(attempt.Id),
            Key = new IdempotencyKey(attempt.IdemKey),
            Amount = new Money(attempt.AmountMinor, Currency.Of(attempt.Currency)),
            Source = saved is null ? new PaymentSource.Fresh(attempt.ConsentVersion is not null) : new PaymentSource.Saved(new SavedMethodReference(saved)),
            Flow = attempt.Flow ?? flows[0],
            Buyer = attempt.OffSession ? BuyerPresence.Absent : BuyerPresence.Present,
            Payer = new Payer(account, order.BuyerEmail, attempt.CustomerId is { } customer ? new CustomerReference(customer) : null),
            Locale = order.Culture,
            Summary = summary,
            ShortReference = order.Reference,
            Repeatable = true,
            ReturnUrl = links.Return(order.Number),
            CancelUrl = links.Pay(order.Number),
        };
    }
}

/// <summary>How an attempt pays. <paramref name="Save"/>: the buyer asked to keep what they enter.</summary>
internal sealed record PayWith(string Provider, long? SavedMethodId, bool Save, PaymentFlow? Flow)
{
    /// <summary>The buyer is not there.</summary>
    public bool OffSession { get; init; }

    /// <summary>The seller whose program began it.</summary>
    public long? SellerId { get; init; }
}
