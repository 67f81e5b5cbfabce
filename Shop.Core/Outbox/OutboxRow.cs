using System.Security.Cryptography;
using System.Text;

namespace Shop.Core;

/// <summary>Something to be sent outside, written with the change that caused it and sent afterwards, with a key that travels.</summary>
public sealed class OutboxRow : ILeasedRow
{
    public long Id { get; private set; }

    /// <summary>Unique; the same message asked for twice is one row. It becomes the mail's Message-ID.</summary>
    public required string DedupeKey { get; init; }

    /// <summary>Which handler sends it.</summary>
    public required string Kind { get; init; }

    /// <summary>The handler's own JSON: ids, no finished text and no secrets.</summary>
    public required string Payload { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? DoneAt { get; private set; }

    /// <summary>Rises when the row is claimed, so that one that kills its worker still ends up dead.</summary>
    public int Attempts { get; private set; }

    public bool Dead { get; private set; }

    public string? LeaseOwner { get; private set; }

    public DateTimeOffset LeaseUntil { get; private set; } = DateTimeOffset.UnixEpoch;

    public long LeaseNo { get; private set; }

    /// <summary>The event it follows from; null: none.</summary>
    public long? EventId { get; init; }

    /// <summary>What went wrong at the last try, in a few words without addresses; of a row that is done: it was refused for good, and nothing was sent.</summary>
    public string? Failure { get; private set; }

    /// <summary>The Message-ID of the mail with this key, without its host.</summary>
    public static string MailName(string dedupeKey) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dedupeKey)))[..40];

    /// <summary>A mail server, or a receiver of events, may be away for a weekend: about three days, as the back-off ends at an hour.</summary>
    public int MostTries => 80;
}

/// <summary>Where a row stands, as staff see it.</summary>
public enum OutboxStand { Waiting, Failing, Sent, Refused, GivenUp }

/// <summary>A message was not sent this time, for a reason that staff may read: no addresses of people and no secrets in it.</summary>
public sealed class NotSentException(string failure, Exception? inner = null) : Exception(failure, inner);

/// <summary>The other side refused a message for good: the recipient does not exist, or the address is one that nothing is sent to.</summary>
public sealed class UndeliverableException(string failure, Exception? inner = null) : Exception(failure, inner)
{
    /// <summary>Why, in a few words without addresses: staff read it.</summary>
    public string Failure { get; } = failure;

    /// <summary>The address that does not exist; null: it was no mail, or the address is not known to be wrong.</summary>
    public string? Address { get; init; }
}
