using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace DemoSeller;

/// <summary>
/// A minimal OAuth 2 server, so that members of this site sign in to the shop with the account they have here: an authorization code with PKCE, and a userinfo address
/// (docs/connect-your-site.md). A real site uses its own.
/// </summary>
internal static class Community
{
    private sealed record Code(string Member, string Challenge, string Back);

    public static void Map(WebApplication app, string client, string secret, string back)
    {
        var codes = new ConcurrentDictionary<string, Code>();
        var tokens = new ConcurrentDictionary<string, string>();

        app.MapGet("/oauth/authorize", (HttpContext context) =>
        {
            var asked = context.Request.Query;
            return asked["response_type"] == "code" && asked["client_id"] == client && asked["redirect_uri"] == back && asked["code_challenge_method"] == "S256"
                ? Site.Page(context, $"""
                    <h2>Who are you?</h2>
                    <form method="post">{string.Join(' ', Site.Members.Select(member => $"<button name=\"member\" value=\"{member.Key}\">{WebUtility.HtmlEncode(member.Value)}</button>"))}
                    <button name="member" value="">Nobody the shop should know</button></form>
                    """)
                : Results.BadRequest();
        });

        app.MapPost("/oauth/authorize", async (HttpContext context) =>
        {
            var (asked, member) = (context.Request.Query, $"{(await context.Request.ReadFormAsync())["member"]}");
            if (asked["client_id"] != client || asked["redirect_uri"] != back)
            {
                return Results.BadRequest();
            }

            var answer = new Dictionary<string, string?> { ["state"] = asked["state"] };
            if (Site.Members.ContainsKey(member))
            {
                Site.SignIn(context, member);
                codes[answer["code"] = Secret()] = new Code(member, $"{asked["code_challenge"]}", back);
            }
            else
            {
                answer["error"] = "access_denied";
            }

            return Results.Redirect(QueryHelpers.AddQueryString(back, answer));
        }).DisableAntiforgery();

        app.MapPost("/oauth/token", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            var isOurs = form["client_id"] == client && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes($"{form["client_secret"]}"), Encoding.UTF8.GetBytes(secret));
            if (!isOurs || form["grant_type"] != "authorization_code" || !codes.TryRemove($"{form["code"]}", out var code) || code.Back != form["redirect_uri"]
                || code.Challenge != WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes($"{form["code_verifier"]}"))))
            {
                return Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
            }

            var token = Secret();
            tokens[token] = code.Member;
            return Results.Json(new { access_token = token, token_type = "Bearer" });
        }).DisableAntiforgery();

        app.MapGet("/oauth/userinfo", (HttpContext context) =>
            context.Request.Headers.Authorization is [{ } shown] && shown.StartsWith("Bearer ", StringComparison.Ordinal) && tokens.TryRemove(shown["Bearer ".Length..], out var member)
                ? Results.Json(new { sub = member, preferred_username = Site.Members[member], email = $"{Site.Members[member]}@harbour.example" })
                : Results.Unauthorized());
    }

    private static string Secret() => Convert.ToHexString(RandomNumberGenerator.GetBytes(20));
}
