using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Reminders can be turned off by whoever gets them, signed in or not; receipts and warnings cannot.</summary>
internal sealed class Reminders(LinkTokens tokens, ShopAddress address, IStringLocalizer<MailTexts> texts, Writes writes, TimeProvider clock)
{
    public const string Path = "/mail/reminders";

    /// <summary>Mail programs post here without being asked anything (RFC 8058).</summary>
    public const string OneClickPath = "/mail/reminders/off";

    /// <summary>How a member turns them off, in the language that is spoken now.</summary>
    public async Task<Unsubscribe> OffAsync(long memberId, CancellationToken cancellationToken)
    {
        var token = await tokens.UnsubscribeAsync(memberId, cancellationToken);
        var query = string.Create(CultureInfo.InvariantCulture, $"?member={memberId}&token={token}");
        return new Unsubscribe(new MailBlock.Link(texts["Reminders.Off"], address.Link(Path + query)), address.Link(OneClickPath + query));
    }

    /// <summary>Whether a token is that member's.</summary>
    public async Task<bool> IsGoodAsync(long memberId, string? token, CancellationToken cancellationToken)
    {
        var right = await tokens.UnsubscribeAsync(memberId, cancellationToken);
        return token is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(right));
    }

    /// <summary>Turns them off. False: the token is not that member's.</summary>
    public async Task<bool> TurnOffAsync(long memberId, string? token, CancellationToken cancellationToken)
    {
        if (!await IsGoodAsync(memberId, token, cancellationToken))
        {
            return false;
        }

        var now = clock.GetUtcNow();
        return await writes.RunAsync((unit, cancel) => MailWishes.SetRemindersAsync(unit.Db, memberId, wanted: false, now, cancel), cancellationToken);
    }

    /// <summary>The token is the proof, so that no form token is needed; whoever opens the address in a browser is led to the page.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(
            OneClickPath,
            async (long? member, string? token, Reminders reminders, CancellationToken cancellationToken) =>
                await reminders.TurnOffAsync(member ?? 0, token, cancellationToken) ? Results.Ok() : Results.NotFound()).AllowAnonymous().DisableAntiforgery();
        endpoints.MapGet(OneClickPath, (HttpRequest request) => Results.LocalRedirect(Path + request.QueryString)).AllowAnonymous();
    }
}
