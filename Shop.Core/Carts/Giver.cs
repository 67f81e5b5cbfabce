namespace Shop.Core;

/// <summary>
/// Who gives, as far as a recipient's ban looks: the member; or, of somebody signed out, the browser, the address they gave, and the members who had
/// signed in on that browser (DW-37).
/// </summary>
internal sealed record Giver(long? MemberId, string? SessionHash, string? Email, IReadOnlyCollection<long> Known)
{
    public static Giver Of(Buyer buyer, IReadOnlyCollection<long>? known = null, string? email = null) => buyer.MemberId is { } member
        ? new Giver(member, null, null, [])
        : new Giver(null, buyer.SessionHash, email?.Trim().ToUpperInvariant(), known ?? []);

    public static Giver Of(Order order) => Of(new Buyer(order.BuyerId, order.SessionHash), email: order.BuyerEmail);
}
