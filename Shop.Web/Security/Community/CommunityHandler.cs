using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Options;
using Shop.Web.Hosting;

namespace Shop.Web.Security;

/// <summary>The framework's handler, told where the shop is (never by a request's host) and how to read who somebody is at the community's site.</summary>
internal sealed class CommunityHandler(
    IOptionsMonitor<OAuthOptions> options, IOptions<CommunityOptions> community, ILoggerFactory log, UrlEncoder encoder, ShopAddress address)
    : OAuthHandler<OAuthOptions>(options, log, encoder)
{
    private const int LongestId = 128;
    private const int LongestText = 254;

    private string Back => address.Link(Options.CallbackPath).AbsoluteUri;

    protected override string BuildChallengeUrl(AuthenticationProperties properties, string redirectUri) => base.BuildChallengeUrl(properties, Back);

    protected override Task<OAuthTokenResponse> ExchangeCodeAsync(OAuthCodeExchangeContext context) =>
        base.ExchangeCodeAsync(new OAuthCodeExchangeContext(context.Properties, context.Code, Back));

    protected override async Task<AuthenticationTicket> CreateTicketAsync(ClaimsIdentity identity, AuthenticationProperties properties, OAuthTokenResponse tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Options.UserInformationEndpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await Backchannel.SendAsync(request, Context.RequestAborted);
        response.EnsureSuccessStatusCode();
        using var user = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Context.RequestAborted));
        var names = community.Value;
        if (Text(user.RootElement, names.IdField, LongestId) is not { } id)
        {
            throw new AuthenticationFailureException("The community's site did not say who it is.");
        }

        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, id));
        identity.AddClaim(new Claim(ClaimTypes.Name, Text(user.RootElement, names.NameField, LongestText) ?? id));
        if (Text(user.RootElement, names.EmailField, LongestText) is { } email)
        {
            identity.AddClaim(new Claim(ClaimTypes.Email, email));
        }

        return new AuthenticationTicket(new ClaimsPrincipal(identity), properties, Scheme.Name);
    }

    /// <summary>Null for what is absent, empty, too long or no text.</summary>
    private static string? Text(JsonElement user, string field, int longest)
    {
        if (user.ValueKind != JsonValueKind.Object || !user.TryGetProperty(field, out var value))
        {
            return null;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        return text is { Length: > 0 } && text.Length <= longest && !text.Any(char.IsControl) ? text : null;
    }
}
