using System.Globalization;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Taler;

/// <summary>A Taler merchant back end's wire: the instance in the path is the account, and any token that begins with <c>secret-token:</c> opens it but <c>secret-token:wrong</c>.
/// Taler has no idempotency keys: what is repeatable is so by the order's id, and by totals.</summary>
public sealed class TalerSide : ProviderSide
{
    public const string Provider = "taler";
    public const string Root = "/taler/instances/";

    public override string Name => Provider;

    public override string KeyHeader => "Taler-Has-No-Keys";

    public override string? ReplayHeader => null;

    public override TimeSpan KeyLife(HttpRequest request) => TimeSpan.Zero;

    public override (string Account, bool Live)? Authenticate(HttpRequest request)
    {
        var parts = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var token = request.Headers.Authorization.ToString();
        var isOpen = parts.ElementAtOrDefault(3) != "private" || (token.StartsWith("Bearer secret-token:", StringComparison.Ordinal) && !token.EndsWith(":wrong", StringComparison.Ordinal));
        return isOpen ? (parts[2], false) : null;
    }

    public override Answer Refuse(int status) => status switch
    {
        401 => Error(401, 22, "The token is not good."),
        409 => Error(409, 2503, "Another order has this id."),
        429 => Error(429, 1, "Too many requests."),
        _ => Error(status, 52, "The database is not there."),
    };

    public override JsonNode Distort(JsonNode body, Fault fault)
    {
        var copy = JsonNode.Parse(body.ToJsonString())!;
        Visit(copy, fault);
        return copy;
    }

    public override IEnumerable<(string Name, string Value)> Sign(Hook hook, string eventId, string body, DateTimeOffset at, bool badly) =>
        hook.Secrets is [var secret, ..] ? [("Webhook-Secret", badly ? "another secret of sixteen" : secret)] : [];

    public static Answer Error(int status, int code, string hint) => new(status, new JsonObject { ["code"] = code, ["hint"] = hint }, Keep: false);

    public static RefusedException Refused(int status, int code, string hint) => new(Error(status, code, hint));

    private static void Visit(JsonNode? node, Fault fault)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list)
                {
                    Visit(item, fault);
                }

                break;
            case JsonObject it:
                foreach (var (name, value) in it.ToList())
                {
                    if (value is JsonValue leaf && leaf.TryGetValue<string>(out var text) && Spoilt(name, text, fault) is { } spoilt)
                    {
                        it[name] = spoilt;
                    }
                    else
                    {
                        Visit(value, fault);
                    }
                }

                break;
        }
    }

    private static string? Spoilt(string name, string text, Fault fault) => fault.Mode switch
    {
        "wrong_id" when name == "order_id" => text + "X",
        "wrong_amount" when TalerMoney.IsAmount(text) => TalerMoney.Of(TalerMoney.Units(text) - (long.Parse(fault.Detail ?? "1", CultureInfo.InvariantCulture) * TalerMoney.Cent), TalerMoney.Currency(text)),
        "wrong_currency" when TalerMoney.IsAmount(text) => TalerMoney.Of(TalerMoney.Units(text), fault.Detail ?? "EUR"),
        "negative" when TalerMoney.IsAmount(text) => text.Replace(":", ":-", StringComparison.Ordinal),
        _ => null,
    };
}

/// <summary>Amounts as Taler writes them, in hundred-millionths.</summary>
public static class TalerMoney
{
    public const long Whole = 100_000_000;
    public const long Cent = Whole / 100;

    public static string Of(long units, string currency)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{units / Whole}.{units % Whole:00000000}");
        return $"{currency}:{text.TrimEnd('0').TrimEnd('.')}";
    }

    public static string Currency(string amount) => amount.Split(':')[0];

    public static bool IsAmount(string text) => text.Split(':') is [{ Length: > 0 and <= 11 } currency, { Length: > 0 } value]
        && currency.All(char.IsAsciiLetterUpper) && value.Split('.') is { Length: <= 2 } parts && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))
        && (parts.Length == 1 || parts[1].Length <= 8);

    public static long Units(string amount)
    {
        var parts = amount.Split(':')[1].Split('.');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture) * Whole) + (parts.Length == 1 ? 0 : long.Parse(parts[1].PadRight(8, '0'), CultureInfo.InvariantCulture));
    }
}
