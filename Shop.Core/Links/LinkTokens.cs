using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Shop.Core;

/// <summary>Where the key of link tokens comes from: 32 bytes, the same on every node.</summary>
public delegate ValueTask<byte[]> LinkKeySource(CancellationToken cancellationToken);

/// <summary>
/// Tokens of links in mails. They are derived, not stored: the same link can be sent again, while the database holds only its SHA-256.
/// 160 bits each.
/// </summary>
public sealed class LinkTokens(LinkKeySource key)
{
    /// <summary>So many invitation codes of a batch; asked again for the same batch, the same codes.</summary>
    public async ValueTask<IReadOnlyList<string>> InvitationsAsync(string batch, int count, CancellationToken cancellationToken)
    {
        var secret = await key(cancellationToken);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"invitation:{batch}:{i}");
            return Codes.Write(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text)).AsSpan(0, 20));
        })];
    }

    /// <summary>The receipt token of an order; another generation makes the one before void.</summary>
    public ValueTask<string> ReceiptAsync(string orderNumber, int generation, CancellationToken cancellationToken) =>
        DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"receipt:{orderNumber}:{generation}"), cancellationToken);

    /// <summary>The code by which a gift is claimed: the same however often its mail is sent (DF-32).</summary>
    public ValueTask<string> ClaimAsync(long orderLineId, int generation, CancellationToken cancellationToken) =>
        DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"claim:{orderLineId}:{generation}"), cancellationToken);

    /// <summary>The token by which a renewal that was not paid is set right.</summary>
    public ValueTask<string> FixAsync(string orderNumber, CancellationToken cancellationToken) => DeriveAsync($"fix:{orderNumber}", cancellationToken);

    /// <summary>By which a member who is not signed in turns reminders off: it does nothing else.</summary>
    public ValueTask<string> UnsubscribeAsync(long memberId, CancellationToken cancellationToken) =>
        DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"unsubscribe:{memberId}"), cancellationToken);

    /// <summary>What the calls to a receiver of events are signed with.</summary>
    public ValueTask<string> ReceiverAsync(long receiverId, int generation, CancellationToken cancellationToken) =>
        DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"receiver:{receiverId}:{generation}"), cancellationToken);

    /// <summary>What a seller knows an event by: the same however often it is sent, and nothing by which the shop's events could be counted.</summary>
    public async ValueTask<string> EventAsync(long eventId, CancellationToken cancellationToken) =>
        "evt_" + await DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"event:{eventId}"), cancellationToken);

    /// <summary>What an order of the matrix is claimed with (T).</summary>
    public ValueTask<string> MatrixAsync(string orderNumber, CancellationToken cancellationToken) => DeriveAsync($"matrix:{orderNumber}", cancellationToken);

    /// <summary>What keeps the hash of an order's contract terms from being worked out.</summary>
    public ValueTask<string> NonceAsync(string orderNumber, CancellationToken cancellationToken) => DeriveAsync($"contract:{orderNumber}", cancellationToken);

    /// <summary>The code by which whoever bought a resource opens it in a new session; each use makes the next.</summary>
    public ValueTask<string> RecoveryAsync(string orderNumber, int generation, CancellationToken cancellationToken) =>
        DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"recovery:{orderNumber}:{generation}"), cancellationToken);

    /// <summary>The number of an order that its caller has an id of its own for: the same id, the same number.</summary>
    public async ValueTask<string> NumberAsync(long? sellerId, string id, CancellationToken cancellationToken) =>
        (await DeriveAsync(string.Create(CultureInfo.InvariantCulture, $"number:{sellerId ?? 0}:{id}"), cancellationToken))[..26];

    private async ValueTask<string> DeriveAsync(string text, CancellationToken cancellationToken)
    {
        var mac = HMACSHA256.HashData(await key(cancellationToken), Encoding.UTF8.GetBytes(text));
        return Codes.Write(mac.AsSpan(0, 20));
    }
}
