namespace Shop.Payments.Taler;

/// <summary>An address that opens a wallet: <c>taler://</c> for a back end with TLS, <c>taler+http://</c> for one without. The back end's host, with its port where it has
/// one, and the path of its instance stand in it.</summary>
public abstract record TalerUri
{
    private const string Secure = "taler://";
    private const string Plain = "taler+http://";

    private TalerUri() { }

    /// <summary>Asks the wallet to pay.</summary>
    /// <param name="Base">The back end with its instance, http or https, ending in a slash.</param>
    /// <param name="Order">The order's id there.</param>
    /// <param name="Session">What the payment is to be proven for; empty: nothing.</param>
    /// <param name="Token">What an order that nobody has claimed is claimed with.</param>
    public sealed record Pay(Uri Base, string Order, string Session, string? Token) : TalerUri
    {
        public override string ToString() => $"{Start(Base, "pay")}{Uri.EscapeDataString(Order)}/{Uri.EscapeDataString(Session)}{(Token is null ? "" : $"?c={Uri.EscapeDataString(Token)}")}";
    }

    /// <summary>Asks the wallet to fetch what was given back.</summary>
    public sealed record Refund(Uri Base, string Order) : TalerUri
    {
        public override string ToString() => $"{Start(Base, "refund")}{Uri.EscapeDataString(Order)}/";
    }

    /// <summary>Null: it is no such address, or not to the letter.</summary>
    public static TalerUri? TryParse(string? text)
    {
        var (scheme, rest) = text switch
        {
            _ when text?.StartsWith(Secure, StringComparison.OrdinalIgnoreCase) == true => ("https://", text[Secure.Length..]),
            _ when text?.StartsWith(Plain, StringComparison.OrdinalIgnoreCase) == true => ("http://", text[Plain.Length..]),
            _ => ("", ""),
        };
        var parts = rest.Split('?', 2);
        var path = parts[0].Split('/');
        // what to do, the host, the instance's path, the order, and the session or nothing
        if (path.Length < 4 || path[1..^1].Any(part => part.Length == 0) || rest.Contains('#', StringComparison.Ordinal)
            || !Uri.TryCreate($"{scheme}{string.Join('/', path[1..^2])}/", UriKind.Absolute, out var @base) || @base.UserInfo.Length > 0)
        {
            return null;
        }

        var (order, session) = (Uri.UnescapeDataString(path[^2]), Uri.UnescapeDataString(path[^1]));
        return path[0] switch
        {
            "pay" when TryToken(parts.ElementAtOrDefault(1), out var token) => new Pay(@base, order, session, token),
            "refund" when session.Length == 0 && parts.Length == 1 => new Refund(@base, order),
            _ => null,
        };
    }

    private static bool TryToken(string? query, out string? token)
    {
        var tokens = (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries).Where(pair => pair.StartsWith("c=", StringComparison.Ordinal)).ToList();
        token = tokens is [var only] ? Uri.UnescapeDataString(only["c=".Length..]) : null;
        return tokens.Count <= 1;
    }

    private static string Start(Uri @base, string action) => $"{(@base.Scheme == Uri.UriSchemeHttps ? Secure : Plain)}{action}/{@base.Authority}{@base.AbsolutePath.TrimEnd('/')}/";
}
