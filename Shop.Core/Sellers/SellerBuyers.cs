using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What became of naming a buyer.</summary>
/// <param name="IsNew">False: the seller had named it before.</param>
public sealed record NamedBuyer(SellerBuyer Buyer, bool IsNew);

/// <summary>What became of tying a buyer to the account of whoever signed in.</summary>
public enum TieResult
{
    /// <summary>It is that member's, now or before.</summary>
    Tied,

    NoSuchBuyer,

    /// <summary>It is another member's: nothing was changed.</summary>
    Others,

    /// <summary>Both have a subscription of the same product that lives: one has to end first. Nothing was changed.</summary>
    BothSubscribed,
}

/// <summary>
/// Buyers as sellers know them (docs/adr/0036). A buyer stands for an account of its own without name, password or address to sign in by; at the first sign-in
/// everything it has moves to its owner's.
/// </summary>
public sealed class SellerBuyers(Writes writes, TimeProvider clock)
{
    public const int MostUuid = 64;

    private const int HandleLength = 26;

    /// <summary>The buyer of a seller's own id, made where there is none. An address that comes later is kept only while there is none yet.</summary>
    public async Task<NamedBuyer> NameAsync(long sellerId, string uuid, string? email, CancellationToken cancellationToken) =>
        await writes.RunAsync((unit, token) => NameAsync(unit.Db, sellerId, uuid, email, token), cancellationToken);

    /// <summary>Whether an id of a seller's can be one: printable ASCII without spaces, at most <see cref="MostUuid"/> characters.</summary>
    public static bool IsUuid(string? uuid) => uuid is { Length: > 0 and <= MostUuid } && uuid.All(c => c is > ' ' and <= '~');

    /// <summary>A buyer of that seller's; null: there is none of that name, or it is another's.</summary>
    public static Task<SellerBuyer?> FindAsync(ShopDbContext db, long sellerId, string handle, CancellationToken cancellationToken) =>
        handle.Length == HandleLength && handle.All(char.IsAsciiLetterOrDigit)
            ? db.SellerBuyers.AsNoTracking().FirstOrDefaultAsync(b => b.Handle == handle && b.SellerId == sellerId, cancellationToken)
            : Task.FromResult<SellerBuyer?>(null);

    /// <summary>The accounts that a member's buyers stood for before they signed in.</summary>
    internal static IQueryable<long> Placeholders(ShopDbContext db, long memberId) =>
        db.SellerBuyers.Where(b => b.MemberId == memberId && b.PlaceholderId != null).Select(b => b.PlaceholderId!.Value);

    internal async Task<NamedBuyer> NameAsync(ShopDbContext db, long sellerId, string uuid, string? email, CancellationToken cancellationToken)
    {
        var there = await db.SellerBuyers.AsNoTracking().FirstOrDefaultAsync(b => b.SellerId == sellerId && b.Uuid == uuid, cancellationToken);
        if (there is null)
        {
            var account = await PlaceholderAsync(db, email, cancellationToken);
            if (await MakeAsync(db, sellerId, uuid, email, account, null, cancellationToken) is { } made)
            {
                return new NamedBuyer(made, true);
            }

            // named at this moment by somebody else: theirs is the buyer, and nobody needs this account
            await db.Users.Where(m => m.Id == account).ExecuteDeleteAsync(cancellationToken);
            return new NamedBuyer(await db.SellerBuyers.AsNoTracking().FirstAsync(b => b.SellerId == sellerId && b.Uuid == uuid, cancellationToken), false);
        }

        if (there.Email is null && there.TiedAt is null && email is not null)
        {
            await db.SellerBuyers.Where(b => b.Id == there.Id && b.Email == null).ExecuteUpdateAsync(set => set.SetProperty(b => b.Email, email), cancellationToken);
            await db.Users.Where(m => m.Id == there.MemberId && m.Kind == AccountKind.Buyer && m.Email == null)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, email), cancellationToken);
            there = await db.SellerBuyers.AsNoTracking().FirstAsync(b => b.Id == there.Id, cancellationToken);
        }

        return new NamedBuyer(there, false);
    }

    /// <summary>Whom a seller knows a member as who bought without being named: the first it has of them, else a new one.</summary>
    internal async Task<SellerBuyer> OfMemberAsync(ShopDbContext db, long sellerId, long memberId, CancellationToken cancellationToken) =>
        await db.SellerBuyers.AsNoTracking().Where(b => b.MemberId == memberId && b.SellerId == sellerId).OrderBy(b => b.Id).FirstOrDefaultAsync(cancellationToken)
        ?? (await MakeAsync(db, sellerId, Guid.CreateVersion7(clock.GetUtcNow()).ToString("D"), null, memberId, clock.GetUtcNow(), cancellationToken))!;

    /// <summary>A buyer for somebody who is not signed in and whom the seller has not named.</summary>
    internal async Task<SellerBuyer> StrangerAsync(ShopDbContext db, long sellerId, string? email, CancellationToken cancellationToken) =>
        (await MakeAsync(db, sellerId, Guid.CreateVersion7(clock.GetUtcNow()).ToString("D"), email, await PlaceholderAsync(db, email, cancellationToken), null, cancellationToken))!;

    /// <summary>
    /// Whom the sellers of a cart know its buyer as, by line; made where there is none. A name that the seller gave and that is another member's counts for nothing.
    /// </summary>
    internal async Task<IReadOnlyDictionary<long, SellerBuyer>> OfLinesAsync(
        ShopDbContext db, long? memberId, IReadOnlyList<CartLineView> lines, string? email, CancellationToken cancellationToken)
    {
        var sold = lines.Where(l => l.Offer is not null).ToList();
        if (sold.Count == 0)
        {
            return new Dictionary<long, SellerBuyer>();
        }

        var ids = sold.Select(l => l.SellerBuyerId).OfType<long>().Distinct().ToList();
        var named = ids.Count == 0
            ? []
            : await db.SellerBuyers.AsNoTracking().Where(b => ids.Contains(b.Id) && (memberId == null ? b.TiedAt == null : b.MemberId == memberId)).ToDictionaryAsync(b => b.Id, cancellationToken);
        var bySeller = new Dictionary<long, SellerBuyer>();
        foreach (var seller in sold.Where(l => l.SellerBuyerId is not { } id || !named.ContainsKey(id)).Select(l => l.Offer!.Seller.Id).Distinct())
        {
            bySeller[seller] = memberId is { } member ? await OfMemberAsync(db, seller, member, cancellationToken) : await StrangerAsync(db, seller, email, cancellationToken);
        }

        return sold.ToDictionary(l => l.Id, l => l.SellerBuyerId is { } id && named.TryGetValue(id, out var buyer) ? buyer : bySeller[l.Offer!.Seller.Id]);
    }

    /// <summary>The buyer is whoever has signed in: what it has becomes theirs, in one transaction, but for methods, which pay on and are not theirs to spend.</summary>
    public async Task<TieResult> TieAsync(long buyerId, long memberId, CancellationToken cancellationToken)
    {
        try
        {
            return await writes.RunAsync(
                async (unit, token) => await TieAsync(unit.Db, buyerId, memberId, token) is var result && result == TieResult.Tied ? result : unit.RollBack(result), cancellationToken);
        }
        catch (Exception e) when (Violations.IsUnique(e, "subscriptions"))
        {
            return TieResult.BothSubscribed;
        }
    }

    private async Task<TieResult> TieAsync(ShopDbContext db, long buyerId, long memberId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var buyer = await db.SellerBuyers.AsNoTracking().FirstOrDefaultAsync(b => b.Id == buyerId, cancellationToken);
        if (buyer is null)
        {
            return TieResult.NoSuchBuyer;
        }

        // the guard first: of two who sign in at once one is late and reads whose it is now
        if (await db.SellerBuyers.Where(b => b.Id == buyerId && b.TiedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(b => b.PlaceholderId, b => b.MemberId).SetProperty(b => b.MemberId, memberId).SetProperty(b => b.TiedAt, now), cancellationToken) == 0)
        {
            return await db.SellerBuyers.AnyAsync(b => b.Id == buyerId && b.MemberId == memberId, cancellationToken) ? TieResult.Tied : TieResult.Others;
        }

        var own = buyer.MemberId;
        await db.Entitlements.Where(e => e.MemberId == own).ExecuteUpdateAsync(set => set.SetProperty(e => e.MemberId, memberId), cancellationToken);
        await db.Deliveries.Where(d => d.RecipientId == own).ExecuteUpdateAsync(set => set.SetProperty(d => d.RecipientId, memberId), cancellationToken);
        await db.Orders.Where(o => o.BuyerId == own).ExecuteUpdateAsync(set => set.SetProperty(o => o.BuyerId, memberId), cancellationToken);
        await db.ShopEvents.Where(e => e.MemberId == own).ExecuteUpdateAsync(set => set.SetProperty(e => e.MemberId, memberId), cancellationToken);
        await db.Subscriptions.Where(s => s.RecipientId == own).ExecuteUpdateAsync(set => set.SetProperty(s => s.RecipientId, memberId).SetProperty(s => s.MemberId, memberId), cancellationToken);
        await db.Users.Where(m => m.Id == own).ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, (string?)null), cancellationToken);

        // methods stay: whoever knows a buyer's name is not who entered them; they go on paying what they pay, and can be removed (SavedMethods.Of)
        return TieResult.Tied;
    }

    /// <summary>Null: the seller has named that id at this moment.</summary>
    private async Task<SellerBuyer?> MakeAsync(
        ShopDbContext db, long sellerId, string uuid, string? email, long memberId, DateTimeOffset? tiedAt, CancellationToken cancellationToken)
    {
        var (handle, now, tied) = (Codes.New(HandleLength), clock.GetUtcNow().ToUnixTimeMilliseconds(), tiedAt?.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO seller_buyers (handle, seller_id, uuid, email, member_id, tied_at, made_at)
            VALUES ({handle}, {sellerId}, {uuid}, {email}, {memberId}, {tied}, {now}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        return await db.SellerBuyers.AsNoTracking().FirstOrDefaultAsync(b => b.Handle == handle, cancellationToken);
    }

    /// <summary>
    /// An account that nobody signs in to: its name cannot be typed (names of people have no hyphen), it has no password, and no look-up by address finds it; its
    /// address only says where mails go.
    /// </summary>
    private async Task<long> PlaceholderAsync(ShopDbContext db, string? email, CancellationToken cancellationToken)
    {
        var name = "buyer-" + Codes.New(26);
        var member = new Member
        {
            UserName = name,
            NormalizedUserName = name.ToUpperInvariant(),
            Email = email,
            Kind = AccountKind.Buyer,
            CreatedAt = clock.GetUtcNow(),
            SecurityStamp = Convert.ToHexString(RandomNumberGenerator.GetBytes(20)),
        };
        db.Users.Add(member);
        await db.SaveChangesAsync(cancellationToken);
        return member.Id;
    }
}
