using System.Net;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Mail;

namespace Shop.Web.Security;

/// <summary>A change of the password, with what is wrong as a key of the texts; null: done.</summary>
internal sealed record PasswordChange(string? Field, string? Problem);

/// <summary>A member's sessions and password, for the member (security.md, 7.5.2).</summary>
internal sealed partial class Sessions(
    Writes writes, UserManager<Member> users, SignIns signIns, AccountMails mails, TimeProvider clock, ILogger<Sessions> log)
{
    public Task<IReadOnlyList<OpenSession>> ListAsync(long memberId, CancellationToken cancellationToken) =>
        writes.ReadAsync((db, token) => SignInTickets.ListAsync(db, memberId, clock.GetUtcNow(), token), cancellationToken);

    /// <summary>Ends one session of the member's. False: there is none of this id.</summary>
    public Task<bool> EndAsync(long memberId, long sessionId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => SignInTickets.EndOneAsync(unit.Db, memberId, sessionId, token), cancellationToken);

    /// <summary>Ends every session of the member's but the one that asks.</summary>
    public Task<int> EndOthersAsync(HttpContext context, long memberId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => SignInTickets.EndOthersAsync(unit.Db, memberId, TicketStore.Current(context) ?? "", token), cancellationToken);

    /// <summary>Sets a new password with the one before. Every other session ends, this one goes on, and a mail says so.</summary>
    public async Task<PasswordChange> ChangePasswordAsync(HttpContext context, string current, string next, CancellationToken cancellationToken)
    {
        if (!await signIns.AgainAsync(context, current, cancellationToken) || await users.GetUserAsync(context.User) is not { } member)
        {
            return new PasswordChange("Current", "Password.Current.Wrong");
        }

        var result = await users.ChangePasswordAsync(member, current, next);
        if (!result.Succeeded)
        {
            return new PasswordChange("Password", result.Errors.Select(e => e.Code).First());
        }

        await EndOthersAsync(context, member.Id, cancellationToken);
        await signIns.GoOnAsync(context, member);
        await mails.AskForAsync(AccountMails.PasswordChanged, member.Id, cancellationToken);
        Changed(member.Id);
        return new PasswordChange(null, null);
    }

    /// <summary>The network of an address, without the part that tells one connection of it from another.</summary>
    public static string? Network(IPAddress? address)
    {
        if (address is null || IPAddress.IsLoopback(address))
        {
            return null;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = plain.GetAddressBytes();
        bytes.AsSpan(bytes.Length == 4 ? 3 : 6).Clear();
        return $"{new IPAddress(bytes)}/{(bytes.Length == 4 ? 24 : 48)}";
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} changed the password; every other session ended.")]
    private partial void Changed(long member);
}

/// <summary>Which browser on which system a session is in, from what the browser says of itself: names of its makers, which need no translation.</summary>
internal static class Devices
{
    // most browsers call themselves by older names as well, so the order matters
    private static readonly (string Mark, string Name)[] Browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];

    private static readonly (string Mark, string Name)[] Systems =
        [("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux")];

    /// <summary>Null where nothing is known.</summary>
    public static (string? Browser, string? System) Of(string? agent) => (Known(Browsers, agent), Known(Systems, agent));

    private static string? Known((string Mark, string Name)[] names, string? agent) =>
        agent is null ? null : names.FirstOrDefault(n => agent.Contains(n.Mark, StringComparison.Ordinal)).Name;
}
