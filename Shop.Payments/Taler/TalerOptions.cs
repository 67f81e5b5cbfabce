using System.ComponentModel.DataAnnotations;

namespace Shop.Payments.Taler;

/// <summary>The section <c>Payments:Taler</c>.</summary>
public sealed record TalerOptions
{
    private static readonly string[] PlayMoney = ["KUDOS", "TESTKUDOS"];

    /// <summary>The merchant back end with its instance, as this shop reaches it: <c>https://backend.example/instances/shop/</c>.</summary>
    [Required(ErrorMessage = "Payments:Taler:BackEnd must be the address of the merchant back end with its instance.")]
    public Uri? BackEnd { get; set; }

    /// <summary>The same as wallets reach it, where that is another address: it is whose money it becomes.</summary>
    public Uri? PublicBase { get; set; }

    /// <summary>What opens the instance's private calls; the scope for managing orders is enough. From the environment or the secret store only.</summary>
    [Required(ErrorMessage = "Payments:Taler:Token is needed."), RegularExpression("secret-token:[!-~]+", ErrorMessage = "Payments:Taler:Token must begin with secret-token:")]
    public string Token { get; set; } = "";

    /// <summary>What the back end takes: EUR, CHF, or KUDOS, which is play money.</summary>
    [Required, RegularExpression("[A-Z]{1,11}", ErrorMessage = "Payments:Taler:Currency must be at most 11 capital letters, as the back end calls it.")]
    public string Currency { get; set; } = "";

    /// <summary>The shop's currency that play money is counted in, one for one: real prices can then be paid with KUDOS. Real money stands for itself.</summary>
    public string? StandsFor { get; set; }

    /// <summary>For so many days after an order money can be given back; the exchange pays it out to the shop afterwards.</summary>
    [Range(1, 365)]
    public int RefundDays { get; set; } = 30;

    /// <summary>What the back end sends in the header <c>Webhook-Secret</c>; any of them is good, so that they can be changed. Without one no event is believed.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    internal bool Live => IsLive(Currency);

    internal string Counted => StandsFor is { Length: > 0 } ? StandsFor : Currency;

    internal IReadOnlyList<string> CurrentSecrets => [.. WebhookSecrets.Where(secret => !string.IsNullOrEmpty(secret))];

    /// <summary>The back end as wallets and contracts name it.</summary>
    internal Uri Public => Whole(PublicBase ?? BackEnd!);

    internal bool IsCurrencyKnown => Payments.Currency.TryOf(Counted, out _);

    internal bool IsStandInPlayMoney => StandsFor is null or { Length: 0 } || !Live;

    internal bool AreAddressesUsable => IsUsable(BackEnd) && (PublicBase is null || IsUsable(PublicBase));

    internal bool AreSecretsUsable => CurrentSecrets.All(secret => secret.Length >= 16);

    internal static bool IsLive(string currency) => !PlayMoney.Contains(currency);

    /// <summary>An address of a call to the back end.</summary>
    internal Uri At(string path) => new(Whole(BackEnd!), path);

    /// <summary>An instance's address ends in a slash, whoever wrote it.</summary>
    internal static Uri Whole(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");

    /// <summary>Plain http only on this machine, and never for real money.</summary>
    private bool IsUsable(Uri? address) =>
        address is { IsAbsoluteUri: true, UserInfo: "", Query: "", Fragment: "" } && (address.Scheme == Uri.UriSchemeHttps || (address is { Scheme: "http", IsLoopback: true } && !Live));
}
