using System.ComponentModel.DataAnnotations;

namespace Shop.Payments.Stripe;

/// <summary><c>Payments:Stripe</c>. Whether money is real is said by the keys alone, and all of them must say the same.</summary>
public sealed record StripeOptions
{
    /// <summary>Where Stripe's API answers.</summary>
    public Uri ApiBase { get; set; } = new("https://api.stripe.com");

    /// <summary>sk_test_…, sk_live_…, or a restricted key (rk_…). From the environment or the secret store only.</summary>
    [Required, RegularExpression("(sk|rk)_(test|live)_.+", ErrorMessage = "Payments:Stripe:SecretKey must begin with sk_test_, sk_live_, rk_test_ or rk_live_.")]
    public string SecretKey { get; set; } = "";

    /// <summary>Given to browsers; of the same account and mode as the secret key.</summary>
    [Required, RegularExpression("pk_(test|live)_.+", ErrorMessage = "Payments:Stripe:PublishableKey must begin with pk_test_ or pk_live_.")]
    public string PublishableKey { get; set; } = "";

    /// <summary>Whose money it becomes. The key must belong to it.</summary>
    [Required, RegularExpression("acct_[A-Za-z0-9]+", ErrorMessage = "Payments:Stripe:AccountId must begin with acct_.")]
    public string AccountId { get; set; } = "";

    /// <summary>What events are signed with (whsec_…); any of them is good, so that they can be changed. Without one no event is believed.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    /// <summary>The site takes cards on Stripe's own page only, and never in fields on ours.</summary>
    public bool Hosted { get; set; }

    /// <summary>What the buyer's bank statement says behind the account's own name; at most 22 characters are used.</summary>
    public string? StatementName { get; set; }

    /// <summary>The script that draws the fields.</summary>
    public Uri ScriptUrl { get; set; } = new("https://js.stripe.com/v3/");

    internal bool Live => IsLive(SecretKey);

    internal IReadOnlyList<string> CurrentSecrets => [.. WebhookSecrets.Where(secret => !string.IsNullOrEmpty(secret))];

    internal bool AreKeysOfOneMode => IsLive(SecretKey) == IsLive(PublishableKey);

    internal bool AreSecretsUsable => CurrentSecrets.All(secret => secret.Length >= 16);

    /// <summary>Plain http only on this machine, and never with a live key.</summary>
    internal bool AreAddressesUsable => IsUsable(ApiBase) && IsUsable(ScriptUrl);

    private bool IsUsable(Uri address) =>
        address is { IsAbsoluteUri: true, Scheme: "https" } or { IsAbsoluteUri: true, Scheme: "http", IsLoopback: true } && (!Live || address.Scheme == "https");

    private static bool IsLive(string key) => key.Length > 8 && key.AsSpan(3).StartsWith("live_", StringComparison.Ordinal);
}
