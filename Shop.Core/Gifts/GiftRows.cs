namespace Shop.Core;

/// <summary>A gift as its giver sees it.</summary>
public sealed record GivenGift
{
    public required long DeliveryId { get; init; }

    public required string OrderNumber { get; init; }

    public required string Title { get; init; }

    /// <summary>Null: hidden, whoever it was or will be (DW-7).</summary>
    public required string? RecipientName { get; init; }

    /// <summary>Chance chooses the recipient.</summary>
    public RandomChoice? Random { get; init; }

    public required DeliveryState State { get; init; }

    public required DateTimeOffset PaidAt { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>The day it waits for.</summary>
    public DateTimeOffset? DeliverOn { get; init; }

    public bool Anonymous { get; init; }

    public string? Note { get; init; }

    /// <summary>Nobody has it yet: it waits for its day or for its code to be claimed, or could not be delivered. Its giver may still change it.</summary>
    public required bool CanBeChanged { get; init; }

    /// <summary>Why it could not be delivered, as it is stored; null: it can.</summary>
    public string? StuckReason { get; init; }

    /// <summary>Of a gift that could not be delivered: when what was paid goes back by itself; null: that was tried and did not work.</summary>
    public DateTimeOffset? BackAt { get; init; }

    /// <summary>What was paid for it.</summary>
    public required long DueMinor { get; init; }

    public required long DuePoints { get; init; }

    public required string Currency { get; init; }

    /// <summary>Why its recipient cannot take it; null: it is not stuck, or the shop could not do it.</summary>
    public LineRefusal? Stuck => State == DeliveryState.Stuck ? Enum.GetValues<LineRefusal>().Cast<LineRefusal?>().FirstOrDefault(r => Accounts.Words.Of(r!.Value) == StuckReason) : null;
}

/// <summary>What became of sending a gift's code once more.</summary>
public enum ResendResult
{
    Sent,

    /// <summary>It does not wait to be claimed (any more).</summary>
    TooLate,

    /// <summary>It was sent a short while ago, or often enough.</summary>
    TooOften,
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

    /// <summary>So many mails were sent for it that a change, which sends another, is not possible any more.</summary>
    public sealed record TooOften : GiftChangeResult;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(CartResult.Refused Why) : GiftChangeResult;
}
