using Shop.Payments;

namespace Shop.Core;

/// <summary>An order somebody pays by hand, as the desk sees it.</summary>
public sealed record HandOrder(long Id, string Reference, OrderState State, string? Buyer, DateTimeOffset PlacedAt, DateTimeOffset ExpiresAt, IReadOnlyList<HandAttempt> Attempts);

/// <summary>One try by hand, with what staff said about it.</summary>
/// <param name="OpenParts">What came in parts and has not gone back.</param>
public sealed record HandAttempt(Guid Id, string Provider, AttemptState State, Money Due, Money OpenParts, IReadOnlyList<HandNote> Notes)
{
    public bool IsReceived => Notes.Any(n => n.Kind == HandEntryKind.Received);

    public bool MayBeVoided => IsReceived && Notes.All(n => n.Kind is not (HandEntryKind.Voided or HandEntryKind.Returned));
}

public sealed record HandNote(HandEntryKind Kind, Money Amount, string Actor, string Note, DateTimeOffset At);

/// <summary>Money that a person has to send back.</summary>
public sealed record HandTask(Guid Refund, string Reference, string Provider, Money Amount, string Why, DateTimeOffset AskedAt);

/// <summary>An order that waits for its money.</summary>
public sealed record HandWaiting(string Reference, string Provider, Money Due, DateTimeOffset PlacedAt, DateTimeOffset ExpiresAt);

public enum HandRefusal
{
    /// <summary>There is no such thing, or it is not paid by hand.</summary>
    NotThere,

    /// <summary>Somebody has said that it came.</summary>
    AlreadyReceived,

    /// <summary>It is not what is due: all of it, or a part to be noted.</summary>
    WrongAmount,

    /// <summary>With this part it would be all, or more.</summary>
    NotAPart,

    /// <summary>No part is here that could go back.</summary>
    NoParts,

    /// <summary>Nobody has said that it came, or it was taken back already.</summary>
    NotReceived,

    /// <summary>Something of it is on its way back: what is left goes back as a refund.</summary>
    GoesBackAlready,

    /// <summary>Somebody has said that it was sent, or it came to nothing.</summary>
    TaskOver,

    /// <summary>It is the own order, or a gift to oneself: somebody else says that (S32).</summary>
    Own,
}

/// <summary>What became of a word of staff.</summary>
public abstract record HandResult
{
    private HandResult() { }

    /// <summary>It is written down, and what follows from it is done. <paramref name="Order"/>: how the order stands now; <paramref name="Used"/>: its money pays it.</summary>
    public sealed record Done(OrderState Order, bool Used) : HandResult;

    /// <summary>Nothing was written.</summary>
    /// <param name="Why">The reason.</param>
    /// <param name="Due">The amount that would be right, where it is about one.</param>
    /// <param name="Earlier">What was said before, where that is the reason.</param>
    public sealed record Refused(HandRefusal Why, Money? Due = null, HandNote? Earlier = null) : HandResult;
}

/// <summary>Where a buyer sends money, and until when.</summary>
public sealed record HandInstructions(long OrderId, string Provider, string Name, BuyerAction.SendFunds Funds, Money Due, DateTimeOffset ExpiresAt);
