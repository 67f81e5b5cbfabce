using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>Stripe's wire: a secret key <c>sk_test_NAME</c> or <c>sk_live_NAME</c> is the account <c>acct_NAME</c>; whatever follows a further
/// underline is another key of the same account.</summary>
public sealed class StripeSide : ProviderSide
{
    public const string Provider = "stripe";

    public override string Name => Provider;

    public override string KeyHeader => "Idempotency-Key";

    public override string? ReplayHeader => "Idempotent-Replayed";

    public override bool KeepsFailures => true;

    public override TimeSpan KeyLife(HttpRequest request) => TimeSpan.FromHours(24);

    public override (string Account, bool Live)? Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var key = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";
        return Account(key, "sk_");
    }

    public static (string Account, bool Live)? Account(string key, string kind)
    {
        foreach (var live in new[] { false, true })
        {
            var prefix = kind + (live ? "live_" : "test_");
            if (key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length)
            {
                return ("acct_" + key[prefix.Length..].Split('_')[0], live);
            }
        }

        return null;
    }

    public override Answer Refuse(int status) => status switch
    {
        401 => Error(401, "invalid_request_error", null, "Invalid API Key provided: sk_****"),
        409 => Error(409, "idempotency_error", "idempotency_key_in_use", "There is currently another in-progress request using this Idempotent Key."),
        422 => Error(400, "idempotency_error", null, "Keys for idempotent requests can only be used with the same parameters they were first used with."),
        429 => Error(429, "invalid_request_error", "rate_limit", "Too many requests hit the API too quickly.") with { Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } },
        _ => Error(500, "api_error", null, "An unknown error occurred."),
    };

    public override IEnumerable<(string Name, string Value)> Sign(Hook hook, string eventId, string body, DateTimeOffset at, bool badly)
    {
        var time = at.ToUnixTimeSeconds();
        var signatures = hook.Secrets.Select(secret =>
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(badly ? secret + "?" : secret), Encoding.UTF8.GetBytes($"{time}.{body}"))));
        yield return ("Stripe-Signature", $"t={time}," + string.Join(',', signatures.Select(it => "v1=" + it)));
    }

    public static Answer Error(int status, string type, string? code, string message, string? parameter = null, JsonObject? more = null)
    {
        var error = new JsonObject { ["type"] = type, ["message"] = message };
        if (code is not null)
        {
            error["code"] = code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}";
        }

        if (parameter is not null)
        {
            error["param"] = parameter;
        }

        foreach (var (name, value) in more ?? [])
        {
            error[name] = value?.DeepClone();
        }

        return new Answer(status, new JsonObject { ["error"] = error }, Keep: false);
    }

    public static RefusedException Invalid(string? code, string message, string? parameter = null, JsonObject? more = null) =>
        new(Error(400, "invalid_request_error", code, message, parameter, more));

    public static RefusedException Missing(string what, string id) =>
        new(Error(404, "invalid_request_error", "resource_missing", $"No such {what}: '{id}'", "id"));
}
