namespace Shop.Payments.Stripe;

/// <summary>Stripe's words in the contract's.</summary>
internal static class StripeWords
{
    private const int LongestStatementName = 22;

    /// <summary>What Stripe's own page is translated into; anything else it finds out from the browser.</summary>
    private static readonly HashSet<string> Locales = new(StringComparer.OrdinalIgnoreCase)
    {
        "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl",
        "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
    };

    public static string Locale(string wanted) =>
        Locales.Contains(wanted) ? wanted : wanted.Split('-')[0] is var language && Locales.Contains(language) ? language : "auto";

    /// <summary>Latin letters, digits and a few signs, one letter at least; null when nothing of that is left.</summary>
    public static string? StatementName(string? name)
    {
        var kept = new string([.. (name ?? "").Where(sign => char.IsAscii(sign) && !char.IsControl(sign) && !"<>\\'\"*".Contains(sign, StringComparison.Ordinal))]).Trim();
        var cut = kept.Length > LongestStatementName ? kept[..LongestStatementName].TrimEnd() : kept;
        return cut.Any(char.IsAsciiLetter) ? cut : null;
    }

    public static DeclineReason Reason(StripeRefusal? why) => (why?.DeclineCode ?? why?.Code) switch
    {
        "insufficient_funds" => DeclineReason.InsufficientFunds,
        "authentication_required" or "authentication_not_handled" => DeclineReason.AuthenticationRequired,
        "payment_intent_authentication_failure" or "setup_intent_authentication_failure" or "offline_pin_required" or "incorrect_pin" => DeclineReason.AuthenticationFailed,
        "expired_card" => DeclineReason.Expired,
        "fraudulent" or "lost_card" or "stolen_card" or "pickup_card" or "merchant_blacklist" or "security_violation" => DeclineReason.SuspectedFraud,
        "card_velocity_exceeded" or "withdrawal_count_limit_exceeded" or "amount_too_large" => DeclineReason.LimitExceeded,
        "duplicate_transaction" => DeclineReason.Duplicate,
        "processing_error" or "issuer_not_available" or "try_again_later" or "reenter_transaction" => DeclineReason.Temporary,
        "incorrect_cvc" or "invalid_cvc" or "incorrect_number" or "invalid_number" or "invalid_account" or "invalid_expiry_month" or "invalid_expiry_year" or "card_not_supported"
            or "currency_not_supported" or "token_already_used" or "resource_missing" or "payment_method_unactivated" or "incorrect_zip" => DeclineReason.MethodInvalid,
        _ => DeclineReason.Unspecified,
    };

    public static RefundOutcome Refund(string status) => status switch
    {
        "succeeded" => RefundOutcome.Succeeded,
        "pending" or "requires_action" => RefundOutcome.Pending,
        "failed" or "canceled" => RefundOutcome.Failed,
        _ => RefundOutcome.Unknown,
    };

    /// <summary>An inquiry (warning_…) that was closed took no money.</summary>
    public static DisputeOutcome Dispute(string status) => status switch
    {
        "won" or "warning_closed" or "prevented" => DisputeOutcome.Won,
        "lost" => DisputeOutcome.Lost,
        _ => DisputeOutcome.Open,
    };

    /// <summary>Our ids in Stripe's metadata; null for anything else that stands there.</summary>
    public static Guid? OurId(string? text) => Guid.TryParse(text, out var id) ? id : null;

    public static SavedMethod Saved(StripeMethod method, string customer) => new(
        Reference(customer, method.Id), method.Brand ?? method.Type, method.Last4,
        method is { ExpiryYear: { } year and >= 1 and <= 9999, ExpiryMonth: { } month and >= 1 and <= 12 }
            ? new DateOnly(year, month, DateTime.DaysInMonth(year, month))
            : null);

    /// <summary>A saved method is charged together with its customer, so both stand in our reference.</summary>
    public static SavedMethodReference Reference(string customer, string method) => new($"{customer}/{method}");

    public static (string Customer, string Method) Parts(SavedMethodReference reference) =>
        reference.Value.Split('/') is [{ Length: > 0 } customer, { Length: > 0 } method] ? (customer, method) : throw new ArgumentException("This is no reference of a saved method.");
}
