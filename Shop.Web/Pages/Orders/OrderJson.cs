using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Pages.Orders;

/// <summary>An order for programs: whole minor units, UTC, and the state words of the pages.</summary>
internal sealed record OrderJson(
    string Number, string Reference, string State, DateTimeOffset PlacedAt, DateTimeOffset? PaidAt, string Currency,
    long TotalMinor, long DueMinor, long DuePoints, long RefundedMinor, IReadOnlyList<OrderJson.Line> Lines)
{
    public sealed record Line(
        string Sku, string Title, int Quantity, string? Recipient, long PriceMinor, long DueMinor, long DuePoints, string Delivery, DateTimeOffset? Until);

    public static OrderJson Of(OrderView order) => new(
        order.Number, order.Reference, order.StateWord, order.PlacedAt, order.PaidAt, order.Total.Currency.Code,
        order.Total.Minor, order.DueMoney.Minor, order.DuePoints, order.Refunded.Minor,
        [
            .. order.Lines.Select(line => new Line(
                line.Sku, line.Title, line.Quantity, line.RecipientName, line.Price.Minor, line.DueMoney.Minor, line.DuePoints, Words.Of(line.Delivery), line.Until)),
        ]);
}
