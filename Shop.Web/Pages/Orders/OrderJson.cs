using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;

namespace Shop.Web.Pages.Orders;

/// <summary>An order for programs: whole minor units, UTC, and the state words of the pages.</summary>
internal sealed record OrderJson(
    string Number, string Reference, string State, string PlacedAt, string? PaidAt, string Currency,
    long TotalMinor, long TaxMinor, long DiscountMinor, long DueMinor, long DuePoints, long RefundedMinor, OrderJson.Pickup? RefundToFetch, IReadOnlyList<OrderJson.Line> Lines)
{
    public sealed record Line(
        string Sku, string Title, int Quantity, string? Recipient, long PriceMinor, long TaxMinor, long DiscountMinor, int ExtraMonths, long DueMinor, long DuePoints, string Delivery, string? DeliverOn, string? Until);

    /// <summary>What the wallet that paid has to fetch.</summary>
    public sealed record Pickup(string Uri, long AmountMinor, string? Until);

    public static OrderJson Of(OrderView order, RefundPickup? pickup) => new(
        order.Number, order.Reference, order.StateWord, TimeText.Machine(order.PlacedAt), Time(order.PaidAt), order.Total.Currency.Code,
        order.Total.Minor, order.Tax.Minor, order.Discount.Minor, order.DueMoney.Minor, order.DuePoints, order.Refunded.Minor,
        pickup is null ? null : new Pickup(pickup.Wallet.OriginalString, pickup.Amount.Minor, Time(pickup.Until)),
        [
            .. order.Lines.Select(line => new Line(
                line.Sku, line.Title, line.Quantity, line.RecipientName, line.Price.Minor, line.Tax.TaxMinor, line.Discount.Minor, line.ExtraMonths, line.DueMoney.Minor, line.DuePoints, Words.Of(line.Delivery), line.DeliverOn is { } day ? Days.Text(day) : null, Time(line.Until))),
        ]);

    private static string? Time(DateTimeOffset? at) => at is { } known ? TimeText.Machine(known) : null;
}
