using System.ComponentModel.DataAnnotations;
using Shop.Payments.Sandbox;

namespace Shop.Web.Sandbox;

/// <summary>The bank's part of <c>Payments:Sandbox</c>.</summary>
internal sealed record SandboxBankOptions
{
    public const string Section = "Payments:Sandbox";

    /// <summary>Lets the sandbox run outside Development. It takes play money for real goods, so it is named on purpose or absent.</summary>
    public bool Allowed { get; set; }

    /// <summary>The bank's own SQLite file; relative to the content root.</summary>
    [Required]
    public string BankFile { get; set; } = "App_Data/sandbox-bank.db";

    /// <summary>The bearer key of the bank's API. Absent: a random one at each start, known to this process only.</summary>
    [MinLength(16)]
    public string? ApiKey { get; set; }

    /// <summary>The account that the key belongs to.</summary>
    [Required, RegularExpression("[a-z0-9-]{3,40}")]
    public string Account { get; set; } = "sandbox";

    /// <summary>Where browsers reach the bank's pages. Absent: the shop's public address, or where the host listens.</summary>
    public Uri? PublicBase { get; set; }

    /// <summary>Origins besides the bank's own to which buyers may be sent back, such as "https://shop.example".</summary>
    public IReadOnlyList<string> ReturnOrigins { get; set; } = [];

    /// <summary>Seconds for which look-ups get no answer after an outcome that swallows the answer.</summary>
    [Range(0, 3600)]
    public int SilentFor { get; set; } = 10;

    /// <summary>Sends an event to the merchant for each change of a payment or refund.</summary>
    public bool SendWebhooks { get; set; } = true;

    /// <summary>Where to. Absent: /hooks/sandbox of this host, where it listens.</summary>
    public Uri? WebhookUrl { get; set; }

    /// <summary>What events are signed with, by each of them; several while they change. Absent: one made from the API key.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    public IEnumerable<string> Secrets(SandboxKey key) => WebhookSecrets.Where(secret => !string.IsNullOrEmpty(secret)).DefaultIfEmpty(key.WebhookSecret);

    public bool AreSecretsUsable => WebhookSecrets.All(secret => string.IsNullOrEmpty(secret) || secret.Length >= 16);

    public bool AreAddressesUsable =>
        WebhookUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }
        && PublicBase is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }
        && ReturnOrigins.All(origin => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/");
}
