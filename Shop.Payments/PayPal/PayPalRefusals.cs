using System.Collections.Frozen;

namespace Shop.Payments.PayPal;

/// <summary>PayPal's words for a capture that it refused for good, and what they mean to the shop. A word that is not here is in doubt.</summary>
internal static class PayPalRefusals
{
    private static readonly FrozenDictionary<string, DeclineReason> Final = new Dictionary<string, DeclineReason>(StringComparer.Ordinal)
    {
        ["TRANSACTION_REFUSED"] = DeclineReason.Unspecified,
        ["COMPLIANCE_VIOLATION"] = DeclineReason.Unspecified,
        ["DECLINED_DUE_TO_RELATED_TXN"] = DeclineReason.Unspecified,
        ["DOMESTIC_TRANSACTION_REQUIRED"] = DeclineReason.Unspecified,
        ["PAYEE_BLOCKED_TRANSACTION"] = DeclineReason.SuspectedFraud,
        ["TRANSACTION_BLOCKED_BY_PAYEE"] = DeclineReason.SuspectedFraud,
        ["PAYER_CANNOT_PAY"] = DeclineReason.Unspecified,
        ["PAYER_ACCOUNT_LOCKED_OR_CLOSED"] = DeclineReason.MethodInvalid,
        ["PAYER_ACCOUNT_RESTRICTED"] = DeclineReason.MethodInvalid,
        ["AGREEMENT_ALREADY_CANCELLED"] = DeclineReason.MethodInvalid,
        ["BILLING_AGREEMENT_NOT_FOUND"] = DeclineReason.MethodInvalid,
        ["TOKEN_ID_NOT_FOUND"] = DeclineReason.MethodInvalid,
        ["CONSENT_NEEDED"] = DeclineReason.AuthenticationRequired,
        ["TRANSACTION_LIMIT_EXCEEDED"] = DeclineReason.LimitExceeded,
        ["TRANSACTION_RECEIVING_LIMIT_EXCEEDED"] = DeclineReason.LimitExceeded,
        ["MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED"] = DeclineReason.LimitExceeded,
    }.ToFrozenDictionary();

    /// <summary>The buyer can still mend these on PayPal's page; a saved method, with nobody on a page, cannot.</summary>
    private static readonly FrozenDictionary<string, DeclineReason> Mendable = new Dictionary<string, DeclineReason>(StringComparer.Ordinal)
    {
        ["INSTRUMENT_DECLINED"] = DeclineReason.MethodInvalid,
        ["REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"] = DeclineReason.MethodInvalid,
        ["PAYER_ACTION_REQUIRED"] = DeclineReason.AuthenticationRequired,
    }.ToFrozenDictionary();

    public static DeclineReason? FinalReason(string code) => Final.TryGetValue(code, out var reason) ? reason : null;

    public static DeclineReason? MendableReason(string code) => Mendable.TryGetValue(code, out var reason) ? reason : null;

    /// <summary>A code in the form in which the shop keeps codes.</summary>
    public static string Word(string code) => code.ToLowerInvariant();

    /// <summary>Why a capture that exists was declined: the processor's own number, where PayPal passes it on. Null for a number that says no more.</summary>
    public static (DeclineReason Reason, string Word)? OfProcessor(string? responseCode) => responseCode switch
    {
        "5120" => (DeclineReason.InsufficientFunds, "insufficient_funds"),
        "5400" => (DeclineReason.Expired, "expired_card"),
        "5200" => (DeclineReason.Duplicate, "duplicate_transaction"),
        "9100" => (DeclineReason.Temporary, "declined_please_retry"),
        "9500" => (DeclineReason.SuspectedFraud, "suspected_fraud"),
        "5110" => (DeclineReason.MethodInvalid, "wrong_security_code"),
        "5180" => (DeclineReason.MethodInvalid, "invalid_or_restricted_card"),
        "1330" => (DeclineReason.MethodInvalid, "invalid_account"),
        _ => null,
    };
}
