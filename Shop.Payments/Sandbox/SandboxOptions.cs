using System.ComponentModel.DataAnnotations;

namespace Shop.Payments.Sandbox;

/// <summary>What the plug-in needs of <c>Payments:Sandbox</c>. The bank reads the rest of that section.</summary>
internal sealed record SandboxOptions
{
    /// <summary>Where the bank answers. Absent: in this shop, see <see cref="SandboxAddress"/>.</summary>
    public Uri? ApiBase { get; set; }

    /// <summary>Sent as a bearer key. A shop with a bank of its own may leave it out and gets a random one at each start.</summary>
    [Required, MinLength(16)]
    public string? ApiKey { get; set; }

    /// <summary>Our account at the bank: whose money it becomes.</summary>
    [Required, RegularExpression("[a-z0-9-]{3,40}")]
    public string Account { get; set; } = "sandbox";

    /// <summary>What the bank signs its events with: any of them is good, so that they can be changed. Absent: one made from the API key.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    public IReadOnlyList<string> CurrentSecrets() =>
        [.. WebhookSecrets.Where(secret => !string.IsNullOrEmpty(secret)).DefaultIfEmpty(new SandboxKey(ApiKey!).WebhookSecret)];

    public bool AreSecretsUsable => WebhookSecrets.All(secret => string.IsNullOrEmpty(secret) || secret.Length >= 16);

    public bool IsApiBaseUsable => ApiBase is null or { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
