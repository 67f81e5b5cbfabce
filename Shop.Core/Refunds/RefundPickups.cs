using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Money given back that its buyer has to fetch with the wallet that paid (parity/taler.md TP-3).</summary>
/// <param name="Wallet">Opens the wallet, which fetches all that waits of the payment.</param>
/// <param name="Amount">What waits.</param>
/// <param name="Until">So long it can be fetched at least; null: the payment service does not say.</param>
public sealed record RefundPickup(Uri Wallet, Money Amount, DateTimeOffset? Until);

/// <summary>
/// Which refunds of an order wait to be fetched. Where they are fetched is stored nowhere: the provider is asked while somebody looks, at most once for each payment and node in
/// <see cref="Pause"/>, and what was fetched by then is booked.
/// </summary>
public sealed class RefundPickups(Writes writes, PaymentGateway gateway, PaymentProviders providers, RefundRun run, TimeProvider clock)
{
    /// <summary>How long a payment is left alone after a look.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<Guid, Look> looks = new();

    /// <summary>Where a payment's refunds were to be fetched when the provider answered last.</summary>
    private readonly ConcurrentDictionary<Guid, Uri> wallets = new();

    private sealed record Look(DateTimeOffset At, Lazy<Task> Done);

    private sealed record Waiting(PaymentAttempt Attempt, long Minor);

    /// <summary>What waits to be fetched of an order; null: nothing, or by no service that has buyers fetch it.</summary>
    public async Task<RefundPickup?> FindAsync(long orderId, CancellationToken cancellationToken)
    {
        if (await WaitingAsync(orderId, cancellationToken) is not { } before)
        {
            return null;
        }

        await LookAsync(before.Attempt, cancellationToken);
        return await WaitingAsync(orderId, cancellationToken) is { } waiting && wallets.TryGetValue(waiting.Attempt.Id, out var wallet)
            ? new RefundPickup(wallet, new Money(waiting.Minor, Currency.Of(waiting.Attempt.Currency)), UntilOf(providers, waiting.Attempt))
            : null;
    }

    /// <summary>Counted from when the payment was begun, so rather too early than too late.</summary>
    internal static DateTimeOffset? UntilOf(PaymentProviders providers, PaymentAttempt attempt) =>
        providers.Find(new ProviderId(attempt.Provider))?.Capabilities.RefundWindow is { } window ? attempt.CreatedAt + window : null;

    private Task<Waiting?> WaitingAsync(long orderId, CancellationToken cancellationToken) => writes.ReadAsync(
        (db, token) => db.PaymentAttempts.AsNoTracking().Where(a => a.OrderId == orderId)
            .Select(a => new
            {
                Attempt = a,
                Minor = db.Refunds.Where(r => r.OrderId == orderId && r.State == RefundState.Pending && r.PaidAs == RefundPaidAs.Source
                    && db.ProviderPayments.Any(p => p.Id == r.PaymentId && p.AttemptId == a.Id)).Sum(r => r.AmountMinor),
            })
            .Where(x => x.Minor > 0).OrderByDescending(x => x.Attempt.Seq).Select(x => new Waiting(x.Attempt, x.Minor)).FirstOrDefaultAsync(token),
        cancellationToken);

    private Task LookAsync(PaymentAttempt attempt, CancellationToken cancellationToken)
    {
        if (looks.Count > MostRemembered)
        {
            looks.Clear();
            wallets.Clear();
        }

        var now = clock.GetUtcNow();
        var look = looks.AddOrUpdate(attempt.Id, _ => New(), (_, last) => now < last.At + Pause ? last : New());
        // whoever comes second waits for the look of the first
        return look.Done.Value.WaitAsync(cancellationToken);

        Look New() => new(now, new Lazy<Task>(() => AskAsync(attempt)));
    }

    private async Task AskAsync(PaymentAttempt attempt)
    {
        var told = await gateway.GetAsync(new ProviderId(attempt.Provider), Settlement.Locate(attempt), CancellationToken.None, PaymentGateway.BuyersPatience);
        if (told.Outcome is PaymentOutcome.Unknown)
        {
            return; // what was said before still holds, as far as anybody knows
        }

        var over = told.Refunds.Where(r => r.Outcome is RefundOutcome.Succeeded or RefundOutcome.Failed).Select(r => r with { Call = told.Call }).ToList();
        if (over.Count > 0)
        {
            await run.SeeAsync(attempt, told with { Refunds = over, Disputes = [] });
        }

        if (told.Refunds.Where(r => r.Outcome == RefundOutcome.Pending).Select(r => r.Pickup).OfType<BuyerAction.OpenWallet>().FirstOrDefault() is { } wallet)
        {
            wallets[attempt.Id] = wallet.WalletUri;
        }
        else
        {
            wallets.TryRemove(attempt.Id, out _);
        }
    }
}
