using Shop.Payments;

namespace Shop.Core;

/// <summary>A card or account that a member has kept at a provider: what the shop shows of it, and by what it is charged. There is no card number here.</summary>
public sealed class StoredMethod
{
    public long Id { get; private set; }

    /// <summary>Our own name for it, which pages and forms use; the provider's stays here.</summary>
    public required string Handle { get; init; }

    public required long MemberId { get; init; }

    public required string Provider { get; init; }

    /// <summary><c>live</c> or <c>test</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The provider's own id of it; never shown.</summary>
    public required string Reference { get; init; }

    /// <summary>The provider's word: visa, mastercard, ...</summary>
    public string Brand { get; private set; } = "";

    public string? Last4 { get; private set; }

    /// <summary>The last day on which it works; null where it has none.</summary>
    public DateOnly? ExpiresOn { get; private set; }

    /// <summary>When its owner agreed to keep it, and to which version of the text.</summary>
    public required DateTimeOffset ConsentAt { get; init; }

    public required int ConsentVersion { get; init; }

    public required MethodUsage Usage { get; init; }

    /// <summary>When its owner kept it (MZ-25) or made it the usual one: of several the latest holds.</summary>
    public DateTimeOffset? DefaultAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>From then on nothing is charged by it any more.</summary>
    public DateTimeOffset? ForgottenAt { get; private set; }

    /// <summary>What the provider says of it now; null: it has it no more.</summary>
    internal void TakeOver(SavedMethod? now, DateTimeOffset at)
    {
        if (now is null)
        {
            ForgottenAt = at;
            return;
        }

        (Brand, Last4, ExpiresOn) = (Cut(now.Brand), LastFour(now.Last4), now.ExpiresOn);
    }

    internal static string Cut(string brand) => brand.Length > 64 ? brand[..64] : brand;

    /// <summary>Four digits, whatever a provider sends: more than that must not be here.</summary>
    internal static string? LastFour(string? digits) => digits is { Length: > 4 } ? digits[^4..] : digits;
}

/// <summary>What the owner of a method agreed to. on_session: they choose it themselves each time. off_session: also while they are away, for what they have ordered to go on.</summary>
public enum MethodUsage { OnSession, OffSession }

/// <summary>One try at keeping a method without buying anything. Its id is in the address of the way back.</summary>
public sealed class MethodSetup
{
    public required Guid Id { get; init; }

    public required long MemberId { get; init; }

    /// <summary>The seller whose program began it; null: the member did.</summary>
    public long? SellerId { get; init; }

    public required string Provider { get; init; }

    public required string Mode { get; init; }

    /// <summary>Stored before the first call.</summary>
    public required string IdemKey { get; init; }

    /// <summary>The payer's id at the provider as it was known when this began.</summary>
    public string? CustomerId { get; init; }

    public string? ProviderRef { get; init; }

    public required int ConsentVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it came to an end, with a method kept or without.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>The payer's id at a provider, for its saved methods.</summary>
public sealed class ProviderCustomer
{
    public long Id { get; private set; }

    public required long MemberId { get; init; }

    public required string Provider { get; init; }

    /// <summary><c>live</c> or <c>test</c>: ids of the two never mix.</summary>
    public required string Mode { get; init; }

    public required string CustomerId { get; init; }
}
