namespace Shop.Core;

/// <summary>
/// Where an order stands. awaiting_payment: placed, money not seen. paid: money (or points) taken, something still to deliver.
/// fulfilled: every delivery applied, awaiting its claim, or given back. refund_pending: money is on its way back. refunded: all of it is.
/// cancelled, expired: ended unpaid, after the provider confirmed that nothing can be paid any more.
/// </summary>
public enum OrderState { AwaitingPayment, Paid, Fulfilled, RefundPending, Refunded, Cancelled, Expired }

/// <summary>The legal changes of an order (exactly-once.md section 3). What is not listed is refused.</summary>
public static class OrderStates
{
    /// <summary>
    /// Over without money: such an order leaves its cart's version free. Queries name it as a constant (EF.Constant), word for word as the index of
    /// carts and versions does: otherwise the database reads every order there is.
    /// </summary>
    public static IReadOnlyList<OrderState> EndedUnpaid { get; } = [OrderState.Cancelled, OrderState.Expired];

    /// <summary>Paid, so that its lines are delivered and claimed, but for those that are on their way back (docs/adr/0015).</summary>
    public static IReadOnlyList<OrderState> Delivering { get; } = [OrderState.Paid, OrderState.Fulfilled, OrderState.RefundPending];

    public static StateTable<OrderState> Table { get; } = new(
        born: [OrderState.AwaitingPayment],
        pairs:
        [
            (OrderState.AwaitingPayment, OrderState.Paid),
            (OrderState.AwaitingPayment, OrderState.Cancelled),
            (OrderState.AwaitingPayment, OrderState.Expired),
            (OrderState.Paid, OrderState.Fulfilled),
            (OrderState.Paid, OrderState.RefundPending),
            (OrderState.Fulfilled, OrderState.RefundPending),
            (OrderState.RefundPending, OrderState.Refunded),
            (OrderState.RefundPending, OrderState.Paid),
            (OrderState.RefundPending, OrderState.Fulfilled),
        ]);
}
