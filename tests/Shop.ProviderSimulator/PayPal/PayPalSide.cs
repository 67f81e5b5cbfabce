using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Shop.ProviderSimulator.PayPal;

/// <summary>PayPal's wire: the client <c>client-MERCHANT</c> with any secret is the account MERCHANT; tokens live nine hours of the simulator's clock.</summary>
public sealed class PayPalSide(SimulatorClock clock, SimulatorStore store, IServer server) : ProviderSide
{
    public const string Provider = "paypal";
    public const string TokenPath = "/v1/oauth2/token";
    public static readonly TimeSpan TokenLife = TimeSpan.FromHours(9);

    private const string Client = "client-";
    private readonly Lazy<PayPalKeys> keys = new(() => PayPalKeys.Of(store));

    public override string Name => Provider;

    public override string KeyHeader => "PayPal-Request-Id";

    public override string? ReplayHeader => null;

    public PayPalKeys Keys => keys.Value;

    public override TimeSpan KeyLife(HttpRequest request) =>
        request.Path.StartsWithSegments("/v2/checkout", StringComparison.Ordinal) ? TimeSpan.FromHours(6)
        : request.Path.StartsWithSegments("/v3/vault", StringComparison.Ordinal) ? TimeSpan.FromHours(3)
        : TimeSpan.FromDays(45);

    /// <summary>PayPal tells a repeated POST by its status alone.</summary>
    public override Answer Repeat(Answer first) => first.Status == 201 ? first with { Status = 200 } : first;

    public override (string Account, bool Live)? Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (request.Path == TokenPath)
        {
            var parts = header.StartsWith("Basic ", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split(':', 2) : [];
            return parts is [var client, { Length: > 0 } secret] && secret != "wrong" && client.StartsWith(Client, StringComparison.Ordinal) ? (client[Client.Length..], false) : null;
        }

        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..].Split('.') : [];
        return token is ["A21", var account, var ends, _] && long.Parse(ends, CultureInfo.InvariantCulture) > clock.NowMs ? (account, false) : null;
    }

    public string Token(string account) =>
        $"A21.{account}.{(clock.Now + TokenLife).ToUnixTimeMilliseconds()}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}";

    public override Answer Refuse(int status) => status switch
    {
        401 => new Answer(401, new JsonObject { ["error"] = "invalid_token", ["error_description"] = "Token signature verification failed" }, Keep: false),
        409 => Error(409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS"),
        422 => Error(422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID"),
        429 => Error(429, "RATE_LIMIT_REACHED", null) with { Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } },
        _ => Error(500, "INTERNAL_SERVER_ERROR", "INTERNAL_SERVER_ERROR"),
    };

    public override JsonNode Distort(JsonNode body, Fault fault)
    {
        var copy = JsonNode.Parse(body.ToJsonString())!;
        Visit(copy, fault);
        if (fault.Mode == "wrong_id" && copy["id"] is { } id)
        {
            var right = id.GetValue<string>();
            copy["id"] = right[..^1] + (right.EndsWith('X') ? "Y" : "X");
        }

        return copy;
    }

    public override IEnumerable<(string Name, string Value)> Sign(Hook hook, string eventId, string body, DateTimeOffset at, bool badly)
    {
        var (transmission, time) = (Guid.CreateVersion7().ToString(), at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var signature = Keys.Sign(PayPalKeys.Text(transmission, time, hook.Secrets is [var webhook, ..] ? webhook : "", Encoding.UTF8.GetBytes(badly ? body + " " : body)));
        return
        [
            ("PAYPAL-TRANSMISSION-ID", transmission), ("PAYPAL-TRANSMISSION-TIME", time), ("PAYPAL-TRANSMISSION-SIG", signature),
            ("PAYPAL-CERT-URL", $"{Address()}{PayPalKeys.CertificatePath}"), ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
        ];
    }

    public static Answer Error(int status, string name, string? issue, JsonArray? links = null)
    {
        var error = new JsonObject { ["name"] = name, ["message"] = Message(status), ["debug_id"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)) };
        if (issue is not null)
        {
            error["details"] = new JsonArray(new JsonObject { ["issue"] = issue });
        }

        error["links"] = links ?? [];
        return new Answer(status, error, Keep: false);
    }

    private static string Message(int status) => status switch
    {
        400 => "Request is not well-formed, syntactically incorrect, or violates schema.",
        404 => "The specified resource does not exist.",
        422 => "The requested action could not be performed, semantically incorrect, or failed business validation.",
        _ => "The simulator refuses this as PayPal would.",
    };

    public static Answer Refusal(string issue, JsonArray? links = null) => Error(422, "UNPROCESSABLE_ENTITY", issue, links);

    public static RefusedException Refused(string issue) => new(Refusal(issue));

    public static RefusedException Invalid(string issue) => new(Error(400, "INVALID_REQUEST", issue));

    public static RefusedException Missing() => new(Error(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"));

    private string Address() => server.Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static void Visit(JsonNode? node, Fault fault)
    {
        foreach (var child in node switch { JsonArray list => list.ToList(), JsonObject it => it.Select(field => field.Value).ToList(), _ => [] })
        {
            Visit(child, fault);
        }

        if (node is JsonObject { } money && money["currency_code"] is not null && money["value"] is not null)
        {
            var minor = PayPalMoney.Minor(money);
            if (fault.Mode == "wrong_currency")
            {
                money["currency_code"] = fault.Detail?.ToUpperInvariant() ?? "EUR";
            }
            else if (fault.Mode is "wrong_amount" or "negative")
            {
                money["value"] = PayPalMoney.Of(fault.Mode == "negative" ? -minor : minor - long.Parse(fault.Detail ?? "1", CultureInfo.InvariantCulture), money["currency_code"]!.GetValue<string>())["value"]!.DeepClone();
            }
        }
    }
}

/// <summary>Amounts as PayPal writes them.</summary>
public static class PayPalMoney
{
    private static readonly string[] Whole = ["JPY", "HUF", "TWD"];

    public static JsonObject Of(long minor, string currency)
    {
        var value = Whole.Contains(currency) ? minor.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{minor / 100m:0.00}");
        return new JsonObject { ["currency_code"] = currency, ["value"] = value };
    }

    public static string Currency(JsonNode money) => money["currency_code"]!.GetValue<string>();

    public static long Minor(JsonNode money)
    {
        var value = money["value"]!.GetValue<string>();
        var isWhole = Whole.Contains(Currency(money));
        if (value.Contains('.', StringComparison.Ordinal) && (isWhole || value.Split('.')[1].Length > 2))
        {
            throw PayPalSide.Refused(isWhole ? "DECIMALS_NOT_SUPPORTED" : "DECIMAL_PRECISION");
        }

        return (long)(decimal.Parse(value, CultureInfo.InvariantCulture) * (isWhole ? 1 : 100));
    }
}

/// <summary>What events are signed with: a root, and a certificate of it, kept in the books so that they outlive the process.</summary>
public sealed class PayPalKeys
{
    public const string CertificatePath = "/v1/notifications/certs/CERT-SIMULATOR";

    private readonly RSA key = RSA.Create(2048);

    private PayPalKeys(string keyPem, string certificatePem, string rootPem)
    {
        key.ImportFromPem(keyPem);
        (CertificatePem, RootPem) = (certificatePem, rootPem);
    }

    public string CertificatePem { get; }

    public string RootPem { get; }

    public static PayPalKeys Of(SimulatorStore store) => store.Do(books =>
    {
        if (books.Find(PayPalSide.Provider, "", "keys", "keys")?.Body is not { } kept)
        {
            kept = Make();
            books.Add(PayPalSide.Provider, "", "keys", "keys", null, 0, kept);
        }

        return new PayPalKeys(kept["key"]!.GetValue<string>(), kept["certificate"]!.GetValue<string>(), kept["root"]!.GetValue<string>());
    });

    public string Sign(string text) => Convert.ToBase64String(key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public bool IsSigned(string text, string signature)
    {
        var bytes = new byte[signature.Length];
        return Convert.TryFromBase64String(signature, bytes, out var length)
            && key.VerifyData(Encoding.UTF8.GetBytes(text), bytes.AsSpan(0, length), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public static string Text(string transmission, string time, string webhook, byte[] body) => $"{transmission}|{time}|{webhook}|{Crc32(body)}";

    private static uint Crc32(byte[] body) => ~body.Aggregate(uint.MaxValue, (sum, one) =>
        Enumerable.Range(0, 8).Aggregate(sum ^ one, (rest, _) => (rest & 1) == 0 ? rest >> 1 : (rest >> 1) ^ 0xEDB88320u));

    private static JsonObject Make()
    {
        using var rootKey = RSA.Create(2048);
        using var key = RSA.Create(2048);
        var (from, until) = (new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var rootRequest = new CertificateRequest("CN=Simulator root", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(from, until);
        var request = new CertificateRequest("CN=messageverificationcerts.simulator", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.Create(root, from, until, [1, 2, 3, 4]);
        return new JsonObject { ["key"] = key.ExportPkcs8PrivateKeyPem(), ["certificate"] = certificate.ExportCertificatePem(), ["root"] = root.ExportCertificatePem() };
    }
}
