using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.Web.Tests.Account;

/// <summary>The community's site as the shop's server reaches it: a code works once, for who holds its verifier.</summary>
internal sealed class PlayedCommunity : HttpMessageHandler
{
    public const string Secret = "the-shop's-secret";

    private readonly ConcurrentDictionary<string, (object Who, string Challenge, string Back)> codes = new();
    private readonly ConcurrentDictionary<string, object> tokens = new();
    private int last;

    /// <summary>Addresses of the shop's calls, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What the member's browser brings back to the shop after saying yes.</summary>
    public string Approve(Uri authorize, object who)
    {
        var asked = QueryHelpers.ParseQuery(authorize.Query);
        Assert.Equal(("code", "S256", "shop-client", "profile"), ($"{asked["response_type"]}", $"{asked["code_challenge_method"]}", $"{asked["client_id"]}", $"{asked["scope"]}"));
        var code = $"code-{Interlocked.Increment(ref last)}";
        codes[code] = (who, asked["code_challenge"]!, asked["redirect_uri"]!);
        return $"{new Uri(asked["redirect_uri"]!).AbsolutePath}?code={code}&state={Uri.EscapeDataString(asked["state"]!)}";
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Calls.Enqueue(request.RequestUri!.AbsolutePath);
        switch (request.RequestUri.AbsolutePath)
        {
            case "/token":
                var form = QueryHelpers.ParseQuery(await request.Content!.ReadAsStringAsync(cancellationToken));
                if (form["client_secret"] != Secret || !codes.TryRemove($"{form["code"]}", out var approved) || approved.Back != form["redirect_uri"]
                    || approved.Challenge != WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes($"{form["code_verifier"]}"))))
                {
                    return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = JsonContent.Create(new { error = "invalid_grant" }) };
                }

                var token = $"token-{Interlocked.Increment(ref last)}";
                tokens[token] = approved.Who;
                return Json(new { access_token = token, token_type = "Bearer" });
            case "/userinfo" when tokens.TryGetValue($"{request.Headers.Authorization?.Parameter}", out var who):
                return Json(who);
            default:
                return new HttpResponseMessage(HttpStatusCode.Unauthorized);
        }
    }

    private static HttpResponseMessage Json(object value) => new(HttpStatusCode.OK) { Content = JsonContent.Create(value) };
}
