namespace Shop.ProviderSimulator.Stripe;

/// <summary>What a test method does when it is charged.</summary>
/// <param name="Does">ok, authenticate (each time), authenticate_once (not when it was kept with a second step), decline, decline_kept (it is kept, and declined
/// when it is charged) or pending.</param>
/// <param name="Detail">The decline code; of a pending one ok or denied.</param>
public sealed record TestCard(string Alias, string Words, string Brand, string Last4, string Does, string? Detail = null);

/// <summary>Stripe's own names of test methods, without the numbers behind them.</summary>
public static class TestCards
{
    public static readonly IReadOnlyList<TestCard> All =
    [
        new("visa", "Visa that works", "visa", "4242", "ok"),
        new("mastercard", "Mastercard that works", "mastercard", "4444", "ok"),
        new("authenticationRequired", "Card that wants a second step", "visa", "3184", "authenticate"),
        new("authenticationRequiredOnSetup", "Card that wants a second step until it is kept", "visa", "3155", "authenticate_once"),
        new("chargeCustomerFail", "Card that can be kept and is then declined", "visa", "0341", "decline_kept", "generic_decline"),
        new("chargeDeclined", "Card that is declined", "visa", "0002", "decline", "generic_decline"),
        new("chargeDeclinedInsufficientFunds", "Card without enough money", "visa", "9995", "decline", "insufficient_funds"),
        new("chargeDeclinedExpiredCard", "Card that has expired", "visa", "0069", "decline", "expired_card"),
        new("chargeDeclinedFraudulent", "Card that looks stolen", "visa", "0019", "decline", "fraudulent"),
        new("chargeDeclinedIncorrectCvc", "Card with a wrong security code", "visa", "0127", "decline", "incorrect_cvc"),
        new("chargeDeclinedProcessingError", "Card whose bank cannot answer just now", "visa", "0119", "decline", "processing_error"),
        new("chargeDeclinedVelocityLimitExceeded", "Card over its limit", "visa", "6975", "decline", "card_velocity_exceeded"),
        new("bankPendingPaid", "Bank debit, paid later", "visa", "6789", "pending", "ok"),
        new("bankPendingDenied", "Bank debit, denied later", "visa", "1116", "pending", "denied"),
    ];

    /// <summary>By <c>pm_card_ALIAS</c>, <c>tok_ALIAS</c> or <c>tok_ALIAS_anything</c>; null for another id.</summary>
    public static TestCard? Find(string id)
    {
        var alias = id.StartsWith("pm_card_visa_", StringComparison.Ordinal) ? id["pm_card_visa_".Length..]
            : id.StartsWith("pm_card_", StringComparison.Ordinal) ? id["pm_card_".Length..]
            : id.StartsWith("tok_", StringComparison.Ordinal) ? id["tok_".Length..].Split('_')[0]
            : null;
        return All.FirstOrDefault(card => card.Alias == alias);
    }
}
