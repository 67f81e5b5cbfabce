namespace Shop.Core;

/// <summary>Whom a gift link names (DW-43).</summary>
/// <param name="Name">The name as the account has it, or as it was typed where nobody has it.</param>
/// <param name="Refusal">Why nothing can be given to them by this buyer; null: it can, as far as the account goes.</param>
public sealed record GiftLink(string Name, LineRefusal? Refusal);

/// <summary>Reads the name in a gift link, for pages that preset a recipient. Goods have checks of their own besides.</summary>
public static class GiftLinks
{
    /// <summary>Null: nothing is preset, because there is no name, it is an address, or the buyer's own.</summary>
    public static async Task<GiftLink?> FindAsync(
        ShopDbContext db, string? name, Buyer buyer, IReadOnlyCollection<long> known, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('@', StringComparison.Ordinal))
        {
            return null;
        }

        var (found, _) = await Carts.FindAsync(db, name, Giver.Of(buyer, known), cancellationToken);
        return found switch
        {
            null => new GiftLink(name.Trim(), LineRefusal.NoSuchMember),
            _ when found.Id == buyer.MemberId => null,
            { Status: Accounts.AccountStatus.Purged } => new GiftLink(found.Name, LineRefusal.MemberPurged),
            { Status: not Accounts.AccountStatus.Visible } => new GiftLink(found.Name, LineRefusal.MemberNotVisible),
            _ => new GiftLink(found.Name, found.Refusal(buyer.MemberId)),
        };
    }
}
