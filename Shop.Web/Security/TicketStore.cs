using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Security;

/// <summary>
/// Keeps signed-in sessions on the server; the cookie holds a random key. A session ends when its row goes, when its member's security
/// stamp changes (password, roles), or when the member is suspended; that is looked at with every request, in the one query there is.
/// </summary>
internal sealed class TicketStore(
    Writes writes, IServiceScopeFactory scopes, IOptions<IdentityOptions> identity, TimeProvider clock) : ITicketStore
{
    private const int KeyBytes = 32;

    /// <summary>The session of this request, as its row has it; null: there is none.</summary>
    public static string? Current(HttpContext context) => context.Items[typeof(TicketStore)] as string;

    public Task<string> StoreAsync(AuthenticationTicket ticket) => StoreAsync(ticket, null);

    public Task<string> StoreAsync(AuthenticationTicket ticket, HttpContext httpContext, CancellationToken cancellationToken) => StoreAsync(ticket, httpContext);

    private async Task<string> StoreAsync(AuthenticationTicket ticket, HttpContext? context)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        var now = clock.GetUtcNow();
        var row = new SignInTicket
        {
            KeyHash = Codes.Hash(key),
            MemberId = MemberOf(ticket.Principal),
            Value = TicketSerializer.Default.Serialize(ticket),
            CreatedAt = now,
            RenewedAt = now,
            ExpiresAt = ticket.Properties.ExpiresUtc ?? now + SessionTerms.Of(ticket.Principal).Idle,
            Device = context?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, SignInTicket.MostDevice)] : null,
            Network = Sessions.Network(context?.Connection.RemoteIpAddress),
        };
        await writes.RunAsync((unit, token) => SignInTickets.AddAsync(unit.Db, row, token), CancellationToken.None);
        return key;
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        var now = clock.GetUtcNow();
        var terms = SessionTerms.Of(ticket.Principal);
        return writes.RunAsync(
            (unit, token) => SignInTickets.RenewAsync(
                unit.Db, Codes.Hash(key), TicketSerializer.Default.Serialize(ticket), now, now + terms.Idle, terms.Longest, token),
            CancellationToken.None);
    }

    public async Task<AuthenticationTicket?> RetrieveAsync(string key)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await RetrieveAsync(null, scope.ServiceProvider, key, CancellationToken.None);
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key, HttpContext httpContext, CancellationToken cancellationToken) =>
        RetrieveAsync(httpContext, httpContext.RequestServices, key, cancellationToken);

    public Task RemoveAsync(string key) =>
        writes.RunAsync((unit, token) => SignInTickets.EndAsync(unit.Db, Codes.Hash(key), token), CancellationToken.None);

    private async Task<AuthenticationTicket?> RetrieveAsync(HttpContext? context, IServiceProvider services, string key, CancellationToken cancellationToken)
    {
        var db = services.GetRequiredService<AccountsDbContext>();
        if (await SignInTickets.FindAsync(db, Codes.Hash(key), clock.GetUtcNow(), cancellationToken) is not { } live
            || TicketSerializer.Default.Deserialize(live.Value) is not { } ticket)
        {
            return null;
        }

        var stamp = ticket.Principal.FindFirstValue(identity.Value.ClaimsIdentity.SecurityStampClaimType);
        if (stamp is null || stamp != live.SecurityStamp)
        {
            return null;
        }

        context?.Items[typeof(TicketStore)] = Codes.Hash(key);
        return Named(ticket, live.Name);
    }

    /// <summary>A member who changed the name has the new one in every session.</summary>
    private AuthenticationTicket Named(AuthenticationTicket ticket, string name)
    {
        var type = identity.Value.ClaimsIdentity.UserNameClaimType;
        if (ticket.Principal.Identity is ClaimsIdentity there && there.FindFirst(type) is { } old && old.Value != name)
        {
            there.RemoveClaim(old);
            there.AddClaim(new Claim(type, name));
        }

        return ticket;
    }

    private long? MemberOf(ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirstValue(identity.Value.ClaimsIdentity.UserIdClaimType), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
