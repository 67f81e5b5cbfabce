namespace Shop.Core;

/// <summary>
/// Where the closing of an account stands. closing: nobody signs in to it any more, it has no name and no address, nothing is charged for it; what payment services have
/// to answer for is not certain yet. closed: that is certain as well.
/// </summary>
public enum AccountClosingState { Closing, Closed }

/// <summary>The legal changes of a closing (docs/adr/0033): there is no way back.</summary>
public static class AccountClosingStates
{
    public static StateTable<AccountClosingState> Table { get; } = new(
        born: [AccountClosingState.Closing],
        pairs: [(AccountClosingState.Closing, AccountClosingState.Closed)]);
}

/// <summary>That a member closed the account, and how far it has come. One for each account, for good.</summary>
public sealed class AccountClosing
{
    public required long MemberId { get; init; }

    public AccountClosingState State { get; private set; } = AccountClosingState.Closing;

    public required DateTimeOffset AskedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>Points that were lost with it.</summary>
    public long Points { get; private set; }
}

/// <summary>What became of closing an account.</summary>
public enum ClosingResult
{
    /// <summary>It is closed for its member; payment services hear of it until they are certain.</summary>
    Closed,

    /// <summary>There is no such account that could be closed (any more).</summary>
    NotFound,

    /// <summary>It has a role of the staff, which has to be taken from it first.</summary>
    Staff,
}

/// <summary>Something paid that has not been delivered, before an account is closed. <paramref name="To"/>: a name or an address; null: chance.</summary>
public sealed record ClosingDelivery(long DeliveryId, string Title, string? To, bool IsOwn, DateTimeOffset? DeliverOn, DeliveryState State);

public sealed record ClosingOrder(string Number, string Reference, string Title);

/// <summary>What is lost, what ends and what goes on when a member closes the account: shown before.</summary>
public sealed record ClosingView
{
    public required IReadOnlyList<SubscriptionView> Subscriptions { get; init; }

    public required IReadOnlyList<SavedMethodView> Methods { get; init; }

    public required Standing Standing { get; init; }

    /// <summary>Points that orders hold which are not paid: they are lost, too.</summary>
    public required long HeldPoints { get; init; }

    /// <summary>Paid for, and not delivered yet.</summary>
    public required IReadOnlyList<ClosingDelivery> Deliveries { get; init; }

    /// <summary>Not paid yet.</summary>
    public required IReadOnlyList<ClosingOrder> Orders { get; init; }

    public required int RenameTokens { get; init; }

    /// <summary>Communities that nobody else maintains.</summary>
    public required IReadOnlyList<string> Communities { get; init; }

    public required bool IsStaff { get; init; }
}

public sealed record CloseAccountMessage(long MemberId);

/// <summary>Whom the last mail goes to: the account itself knows it no more. Emptied when the account is closed.</summary>
public sealed record AccountClosedMessage(string Name, string Email, string? Culture);
