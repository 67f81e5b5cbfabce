using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Shop.Core;

namespace Shop.Web.Api;

/// <summary>
/// Signs a program of a seller's in by its key, which stands in the header and nowhere else (S25). Cookies count for nothing here, and nothing else of the shop asks
/// for this scheme.
/// </summary>
internal sealed class SellerKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, SellerKeys keys, Writes writes)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string Name = "seller-key";
    public const string Policy = "seller-key";

    private const string Bearer = "Bearer ";

    private ApiProblem problem = ApiProblem.Of(StatusCodes.Status401Unauthorized);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is not [{ } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        switch (await writes.ReadAsync((db, token) => keys.VerifyAsync(db, header[Bearer.Length..].Trim(), token), Context.RequestAborted))
        {
            case KeyVerdict.Good good:
                Context.Features.Set(good.Holder);
                var name = new ClaimsIdentity([new Claim(ClaimTypes.Name, $"seller:{good.Holder.SellerHandle}")], Name);
                return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(name), Name));
            case KeyVerdict.Expired:
                return Fail("key_expired", "The key has expired; make another at the shop's desk.");
            case KeyVerdict.Revoked:
                return Fail("key_revoked", "The key was revoked.");
            default:
                return Fail("key_unknown", "There is no such key.");
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return problem.WriteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ApiProblem.Of(StatusCodes.Status403Forbidden).WriteAsync(Context);

    private AuthenticateResult Fail(string code, string title)
    {
        problem = new ApiProblem(StatusCodes.Status401Unauthorized, code, title);
        return AuthenticateResult.Fail(code);
    }
}
