using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Writes calls with payment services down in the transaction that books their answers, shows them, and erases them in time (DW-67, DF-56).</summary>
public sealed partial class Exchanges(Writes writes, RuleBook rules, TimeProvider clock)
{
    private const string ByHand = "by_hand";
    private const int MostReference = 200;
    private const int MostErasedAtOnce = 1_000;
    private const int MostShown = 500;

    /// <summary>The calls about an order, oldest first.</summary>
    public static async Task<IReadOnlyList<ProviderExchange>> OfAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        await db.ProviderExchanges.AsNoTracking().Where(e => e.OrderId == orderId).OrderBy(e => e.Id).Take(MostShown).ToListAsync(cancellationToken);

    /// <summary>The same by the order's short reference. Null: there is no such order.</summary>
    public static async Task<IReadOnlyList<ProviderExchange>?> OfReferenceAsync(ShopDbContext db, string reference, CancellationToken cancellationToken)
    {
        var typed = reference.Trim().ToLowerInvariant();
        var order = await db.Orders.Where(o => o.Reference == typed).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken);
        return order is { } id ? await OfAsync(db, id, cancellationToken) : null;
    }

    /// <summary>Erases what is older than the rule in force says. Returns how many rows: 0 when there is nothing left to erase.</summary>
    public Task<int> EraseAsync(CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var terms = await rules.GetAsync<PaymentTerms>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
            var before = clock.GetUtcNow().AddDays(-terms.ExchangeDays);
            var old = unit.Db.ProviderExchanges.Where(e => e.At < before).OrderBy(e => e.At).Select(e => e.Id).Take(MostErasedAtOnce);
            return await unit.Db.ProviderExchanges.Where(e => old.Contains(e.Id)).ExecuteDeleteAsync(token);
        },
        cancellationToken);

    /// <summary>Notes an answer about a payment; the caller's SaveChanges writes it. An answer without a call is a word of staff.</summary>
    internal static Task NoteAsync(ShopDbContext db, PaymentAttempt attempt, PaymentSnapshot answer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Currency? currency = answer.Captures.Count > 0 ? answer.Captures[0].Amount.Currency : null;
        var note = new ProviderExchange
        {
            OrderId = attempt.OrderId,
            AttemptId = attempt.Id,
            Provider = attempt.Provider,
            Operation = answer.Call?.Operation ?? ByHand,
            Outcome = Word(answer.Outcome),
            Why = answer.Call?.Fault ?? Code(answer.Outcome switch
            {
                PaymentOutcome.Declined declined => declined.ProviderCode ?? Words.Of(declined.Reason),
                PaymentOutcome.Unknown unknown => unknown.Why,
                _ => null,
            }),
            ProviderRef = Reference(answer.Reference),
            AmountMinor = currency is { } its ? answer.Captures.Where(c => c.Amount.Currency == its).Sum(c => c.Amount.Minor) : null,
            Currency = currency?.Code,
            HttpStatus = answer.Call?.HttpStatus,
            At = answer.Call?.At ?? now,
            TookMs = (long)(answer.Call?.Took.TotalMilliseconds ?? 0),
        };
        return Rows.InsertAsync(db, note, cancellationToken);
    }

    /// <inheritdoc cref="NoteAsync(ShopDbContext, PaymentAttempt, PaymentSnapshot, DateTimeOffset, CancellationToken)"/>
    internal static void Note(ShopDbContext db, Refund refund, ProviderPayment payment, long orderId, Guid attempt, RefundSnapshot answer, DateTimeOffset now) =>
        db.ProviderExchanges.Add(new ProviderExchange
        {
            OrderId = orderId,
            AttemptId = attempt,
            RefundId = refund.Id,
            Provider = payment.Provider,
            Operation = answer.Call?.Operation ?? ByHand,
            Outcome = Words.Of(answer.Outcome),
            Why = answer.Call?.Fault ?? Code(answer.ProviderCode),
            ProviderRef = Reference(answer.Reference),
            AmountMinor = answer.Outcome is RefundOutcome.NotFound or RefundOutcome.Unknown ? null : answer.Amount.Minor,
            Currency = answer.Outcome is RefundOutcome.NotFound or RefundOutcome.Unknown ? null : answer.Amount.Currency.Code,
            HttpStatus = answer.Call?.HttpStatus,
            At = answer.Call?.At ?? now,
            TookMs = (long)(answer.Call?.Took.TotalMilliseconds ?? 0),
        });

    private static string Word(PaymentOutcome outcome) => outcome switch
    {
        PaymentOutcome.ActionRequired => "action_required",
        PaymentOutcome.Approved => "approved",
        PaymentOutcome.Processing => "processing",
        PaymentOutcome.Held => "held",
        PaymentOutcome.Captured => "captured",
        PaymentOutcome.Declined => "declined",
        PaymentOutcome.Cancelled => "cancelled",
        PaymentOutcome.NotFound => "not_found",
        PaymentOutcome.Unknown => "unknown",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A provider's code where it is one; a sentence, a number or anything that could be a name, a key or a card is not kept.</summary>
    private static string? Code(string? said) => said is null ? null : Plain().IsMatch(said) ? said : "other";

    private static string? Reference(ProviderReference? reference) =>
        reference is { Value: { Length: > 0 and <= MostReference } id } && Id().IsMatch(id) && !LooksLikeACard().IsMatch(id) ? id : null;

    [GeneratedRegex("^[a-z]{2,20}(_[a-z]{1,20}){0,4}$")]
    private static partial Regex Plain();

    [GeneratedRegex("^[A-Za-z0-9_.:-]+$")]
    private static partial Regex Id();

    /// <summary>The digits of a card and nothing else, however they are parted. Ids of services have letters.</summary>
    [GeneratedRegex("^[0-9][0-9.:_-]{11,22}$")]
    private static partial Regex LooksLikeACard();
}
