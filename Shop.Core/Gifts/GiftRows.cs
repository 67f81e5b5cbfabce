namespace Shop.Core;

/// <summary>A gift as its giver sees it.</summary>
public sealed record GivenGift
{
    public required long DeliveryId { get; init; }

    public required string OrderNumber { get; init; }

    public required string Title { get; init; }

    public required string RecipientName { get; init; }

    public required DeliveryState State { get; init; }

    public required DateTimeOffset PaidAt { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>The day it waits for.</summary>
    public DateTimeOffset? DeliverOn { get; init; }

    public bool Anonymous { get; init; }

    public string? Note { get; init; }

    /// <summary>It waits for its day, so its giver may still change it.</summary>
    public required bool CanBeChanged { get; init; }
}

/// <summary>A gift as whoever got it sees it.</summary>
public sealed record ReceivedGift
{
    public required long DeliveryId { get; init; }

    /// <summary>Of a virtual gift: what its recipient said to it; null: gifts of this kind need no answer.</summary>
    public VirtualGiftOfferState? Answer { get; init; }

    /// <summary>Until when it can be accepted.</summary>
    public DateTimeOffset? LapsesAt { get; init; }

    /// <summary>Of the product's small picture.</summary>
    public string? Picture { get; init; }

    public required string Title { get; init; }

    /// <summary>The giver's name; null: someone.</summary>
    public string? From { get; init; }

    public string? Note { get; init; }

    public required DateTimeOffset AppliedAt { get; init; }
}

/// <summary>A page of gifts; <paramref name="More"/>: another follows.</summary>
public sealed record GiftPage<T>(IReadOnlyList<T> Rows, bool More);

/// <summary>What a giver wants changed about a gift that waits: the whole form, as it was typed.</summary>
public sealed record GiftChange(string? Recipient, string? Note, string? DeliverOn, bool DateConfirmed, bool Anonymous, int? ConsentDays);

/// <summary>What became of it.</summary>
public abstract record GiftChangeResult
{
    private GiftChangeResult() { }

    public sealed record Changed : GiftChangeResult;

    /// <summary>There is no such gift of this member that waits (any more).</summary>
    public sealed record TooLate : GiftChangeResult;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(CartResult.Refused Why) : GiftChangeResult;
}
