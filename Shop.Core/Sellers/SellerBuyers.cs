using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What became of naming a buyer.</summary>
/// <param name="IsNew">False: the seller had named it before.</param>
public sealed record NamedBuyer(SellerBuyer Buyer, bool IsNew);

/// <summary>What became of tying a buyer to the account of whoever paid through its name.</summary>
public enum TieResult
{
    /// <summary>It is that member's, now or before.</summary>
    Tied,

    NoSuchBuyer,

    /// <summary>It is another member's: nothing was changed.</summary>
    Others,

    /// <summary>Both have a subscription of the same product that lives. Nothing was changed.</summary>
    BothSubscribed,
}

/// <summary>
/// Buyers as sellers know them (docs/adr/0036). A buyer stands for an account of its own without name, password or address to sign in by; whoever pays for something
/// through its name, signed in, becomes it, with everything it has.
/// </summary>
public sealed class SellerBuyers(Writes writes, TimeProvider clock)
{
    public const int MostUuid = 64;

    private const int HandleLength = 26;

    private static readonly PerModel<Func<ShopDbContext, long, long, IAsyncEnumerable<SellerBuyer>>> NamedIn = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, long order, long payer) =>
            db.OrderLines.Where(l => l.OrderId == order).Join(db.SellerBuyers.AsNoTracking(), l => l.SellerBuyerId, b => b.Id, (_, b) => b).Where(b => b.MemberId != payer).Distinct()));

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

    /// <summary>The same, with its row taken: whose it is does not change before this transaction has ended.</summary>
    internal static async Task<SellerBuyer?> TakeAsync(ShopDbContext db, long sellerId, string handle, CancellationToken cancellationToken) =>
        await FindAsync(db, sellerId, handle, cancellationToken) is { } there ? (await TakeAsync(db, [there.Id], cancellationToken)).Single() : null;

    /// <summary>The accounts that a member's buyers stood for before they were theirs.</summary>
    internal static IQueryable<long> Placeholders(ShopDbContext db, long memberId) =>
        db.SellerBuyers.Where(b => b.MemberId == memberId && b.PlaceholderId != null).Select(b => b.PlaceholderId!.Value);

    /// <summary>What buyers have subscriptions to who are nobody's yet: whoever buys it through their name would pay for it twice (MZ-16).</summary>
    internal static async Task<IReadOnlyList<string>> SubscribedAsync(ShopDbContext db, IReadOnlyCollection<long> buyers, CancellationToken cancellationToken) => buyers.Count == 0
        ? []
        : await db.SellerBuyers.Where(b => buyers.Contains(b.Id) && b.TiedAt == null)
            .Join(db.Subscriptions.Where(s => SubscriptionStates.Live.Contains(s.State)), b => b.MemberId, s => s.MemberId, (_, s) => s.Product).ToListAsync(cancellationToken);

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
    /// Whom the sellers of a cart know its buyer as, by line; made where there is none. A name that the seller gave and that is another member's counts for nothing; one
    /// that is nobody's yet stands on the line until it is paid, and gives nothing before (<see cref="PaidAsync"/>).
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
            : (await TakeAsync(db, ids, cancellationToken)).Where(b => b.TiedAt == null || b.MemberId == memberId).ToDictionary(b => b.Id);
        var bySeller = new Dictionary<long, SellerBuyer>();
        foreach (var seller in sold.Where(l => l.SellerBuyerId is not { } id || !named.ContainsKey(id)).Select(l => l.Offer!.Seller.Id).Distinct())
        {
            bySeller[seller] = memberId is { } member ? await OfMemberAsync(db, seller, member, cancellationToken) : await StrangerAsync(db, seller, email, cancellationToken);
        }

        return sold.ToDictionary(l => l.Id, l => l.SellerBuyerId is { } id && named.TryGetValue(id, out var buyer) ? buyer : bySeller[l.Offer!.Seller.Id]);
    }

    /// <summary>
    /// An order was paid, in the transaction that says so: buyers through whose names it was placed are its payer from now on. Of two who paid at once one is; the other, and
    /// whoever cannot be, is known to the seller by a name of their own, and so is what they paid for.
    /// </summary>
    internal async Task PaidAsync(ShopDbContext db, Order order, CancellationToken cancellationToken)
    {
        if (order.BuyerId is not { } payer)
        {
            return;
        }

        foreach (var named in (await NamedIn.For(db)(db, order.Id, payer).ToListAsync(cancellationToken)).OrderBy(b => b.Id))
        {
            if (await TieAsync(db, named.Id, payer, cancellationToken) == TieResult.Tied)
            {
                continue;
            }

            var own = (await OfMemberAsync(db, named.SellerId, payer, cancellationToken)).Id;
            await db.OrderLines.Where(l => l.OrderId == order.Id && l.SellerBuyerId == named.Id).ExecuteUpdateAsync(set => set.SetProperty(l => l.SellerBuyerId, own), cancellationToken);
            await db.Subscriptions.Where(s => s.SellerBuyerId == named.Id && db.SubscriptionPeriods.Any(p => p.SubscriptionId == s.Id && p.OrderId == order.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.SellerBuyerId, own), cancellationToken);
        }
    }

    /// <summary>The buyer is that member: what it has becomes theirs, but for methods, which pay on and are not theirs to spend. In the caller's transaction.</summary>
    public async Task<TieResult> TieAsync(ShopDbContext db, long buyerId, long memberId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var buyer = await db.SellerBuyers.AsNoTracking().FirstOrDefaultAsync(b => b.Id == buyerId, cancellationToken);
        if (buyer is null)
        {
            return TieResult.NoSuchBuyer;
        }

        if (buyer.TiedAt is null && await HaveTheSameAsync(db, buyer.MemberId, memberId, cancellationToken))
        {
            return TieResult.BothSubscribed;
        }

        // the guard first: of two who pay at once one is late and reads whose it is now
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

    private static async Task<List<SellerBuyer>> TakeAsync(ShopDbContext db, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        await db.SellerBuyers.Where(b => ids.Contains(b.Id)).ExecuteUpdateAsync(set => set.SetProperty(b => b.MemberId, b => b.MemberId), cancellationToken);
        return await db.SellerBuyers.AsNoTracking().Where(b => ids.Contains(b.Id)).ToListAsync(cancellationToken);
    }

    /// <summary>Whether the unique key of live subscriptions keeps those of two accounts from becoming one's.</summary>
    private static Task<bool> HaveTheSameAsync(ShopDbContext db, long one, long other, CancellationToken cancellationToken) => db.Subscriptions.AnyAsync(
        s => s.RecipientId == one && SubscriptionStates.Live.Contains(s.State)
            && db.Subscriptions.Any(o => o.MemberId == other && o.RecipientId == other && o.Product == s.Product && SubscriptionStates.Live.Contains(o.State)),
        cancellationToken);

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
