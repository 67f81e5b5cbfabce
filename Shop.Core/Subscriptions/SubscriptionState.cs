namespace Shop.Core;

/// <summary>
/// Where a subscription stands. pending: ordered, its first payment not seen. active: it is charged for the next period when its time comes. past_due: a renewal was not
/// paid, and is tried again. paused: nothing is charged until its payer resumes it. ending: cancelled, and valid until the time paid for is over. ended: over for good.
/// </summary>
public enum SubscriptionState { Pending, Active, PastDue, Paused, Ending, Ended }

/// <summary>The legal changes of a subscription (docs/adr/0032). What is not listed is refused.</summary>
public static class SubscriptionStates
{
    public static StateTable<SubscriptionState> Table { get; } = new(
        born: [SubscriptionState.Pending],
        pairs:
        [
            (SubscriptionState.Pending, SubscriptionState.Active),
            (SubscriptionState.Pending, SubscriptionState.Ended),
            (SubscriptionState.Active, SubscriptionState.PastDue),
            (SubscriptionState.Active, SubscriptionState.Paused),
            (SubscriptionState.Active, SubscriptionState.Ending),
            (SubscriptionState.Active, SubscriptionState.Ended),
            (SubscriptionState.PastDue, SubscriptionState.Active),
            (SubscriptionState.PastDue, SubscriptionState.Ending),
            (SubscriptionState.PastDue, SubscriptionState.Ended),
            (SubscriptionState.Paused, SubscriptionState.Active),
            (SubscriptionState.Paused, SubscriptionState.Ending),
            (SubscriptionState.Paused, SubscriptionState.Ended),
            (SubscriptionState.Ending, SubscriptionState.Active),
            (SubscriptionState.Ending, SubscriptionState.Ended),
        ]);

    /// <summary>Not over: of one payer, recipient and product there is only one such subscription (MZ-16). The words of the partial unique index.</summary>
    public static IReadOnlyList<SubscriptionState> Live { get; } =
        [SubscriptionState.Pending, SubscriptionState.Active, SubscriptionState.PastDue, SubscriptionState.Paused, SubscriptionState.Ending];

    /// <summary>The scheduler charges them.</summary>
    public static IReadOnlyList<SubscriptionState> Charged { get; } = [SubscriptionState.Active, SubscriptionState.PastDue];

    /// <summary>Paid for once and not over.</summary>
    public static IReadOnlyList<SubscriptionState> Begun { get; } =
        [SubscriptionState.Active, SubscriptionState.PastDue, SubscriptionState.Paused, SubscriptionState.Ending];
}

/// <summary>
/// Why a subscription ended. member: its payer cancelled it. unpaid: a renewal was not paid in time. lapsed: it could not be renewed in time, because its accounts took
/// nothing or nobody charged. never_paid: its first order came to nothing. money_back: what was paid last went back, or the payer's bank disputes it.
/// </summary>
public enum SubscriptionEnd { Member, Unpaid, Lapsed, NeverPaid, MoneyBack }

/// <summary>
/// Why a seller's subscription is not charged any more, as the seller is told. asked: its buyer, or the seller for them, cancelled it. method_removed: its buyer took the
/// method away. account_closed: its buyer closed their account. The rest is the shop's own doing, as in <see cref="SubscriptionEnd"/>.
/// </summary>
public enum SubscriptionCancel { Asked, MethodRemoved, AccountClosed, Unpaid, Lapsed, MoneyBack }
