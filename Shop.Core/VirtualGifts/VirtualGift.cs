namespace Shop.Core;

/// <summary>Where a virtual gift stands in the catalogue. proposed: nobody has approved it. active: it can be sold. off: it was, and may be again.</summary>
public enum VirtualGiftState { Proposed, Active, Off }

/// <summary>The legal changes of a virtual gift.</summary>
public static class VirtualGiftStates
{
    public static StateTable<VirtualGiftState> Table { get; } = new(
        born: [VirtualGiftState.Proposed],
        pairs:
        [
            (VirtualGiftState.Proposed, VirtualGiftState.Active), (VirtualGiftState.Active, VirtualGiftState.Off), (VirtualGiftState.Off, VirtualGiftState.Active),
        ]);
}

/// <summary>
/// What the catalogue knows of a virtual gift beside its price, name and description, which are a row of the price list (DW-15). Without such a row the gift
/// is not approved.
/// </summary>
public sealed class VirtualGift
{
    /// <summary>The longest list of tags as it is typed and kept: small words with a space between them.</summary>
    public const int MostTags = 200;

    /// <summary>The product's name in the price list.</summary>
    public required string Sku { get; init; }

    /// <summary>Small words, a space before, between and after them, so that one can be looked for; null: none.</summary>
    public string? Tags { get; init; }

    /// <summary>Stands first, and on the front page.</summary>
    public bool Featured { get; init; }

    /// <summary>Made for somebody: it is not listed, only its own address sells it.</summary>
    public bool Custom { get; init; }

    public VirtualGiftState State { get; init; } = VirtualGiftState.Proposed;

    /// <summary>Who put it into the catalogue; null: it came with the shop.</summary>
    public long? MadeBy { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Who approved it; null as long as it is proposed, or came with the shop.</summary>
    public long? ApprovedBy { get; init; }

    public DateTimeOffset? ApprovedAt { get; init; }
}

/// <summary>
/// Where a delivered virtual gift stands. offered: its recipient has not answered. accepted: shown on the recipient's page. declined: the recipient said no.
/// lapsed: nobody answered in time. revoked: taken back.
/// </summary>
public enum VirtualGiftOfferState { Offered, Accepted, Declined, Lapsed, Revoked }

/// <summary>The legal changes of a delivered virtual gift.</summary>
public static class VirtualGiftOfferStates
{
    public static StateTable<VirtualGiftOfferState> Table { get; } = new(
        born: [VirtualGiftOfferState.Offered],
        pairs:
        [
            (VirtualGiftOfferState.Offered, VirtualGiftOfferState.Accepted), (VirtualGiftOfferState.Offered, VirtualGiftOfferState.Declined),
            (VirtualGiftOfferState.Offered, VirtualGiftOfferState.Lapsed), (VirtualGiftOfferState.Accepted, VirtualGiftOfferState.Declined),
            (VirtualGiftOfferState.Offered, VirtualGiftOfferState.Revoked), (VirtualGiftOfferState.Accepted, VirtualGiftOfferState.Revoked),
            (VirtualGiftOfferState.Declined, VirtualGiftOfferState.Revoked), (VirtualGiftOfferState.Lapsed, VirtualGiftOfferState.Revoked),
        ]);
}

/// <summary>A virtual gift that was delivered, and what its recipient said to it (DW-17).</summary>
public sealed class VirtualGiftOffer
{
    public required long DeliveryId { get; init; }

    public required long RecipientId { get; init; }

    public VirtualGiftOfferState State { get; init; } = VirtualGiftOfferState.Offered;

    public required DateTimeOffset OfferedAt { get; init; }

    /// <summary>From then on it can no longer be accepted.</summary>
    public required DateTimeOffset LapsesAt { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }
}
