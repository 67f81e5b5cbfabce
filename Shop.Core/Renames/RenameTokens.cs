using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

public enum RenameRefusal
{
    /// <summary>There is no such token, or it is somebody else's, used, or taken back.</summary>
    NoToken,

    /// <summary>Somebody has the name, or had it.</summary>
    NameTaken,

    /// <summary>It is the name already.</summary>
    SameName,

    NoSuchMember,

    MemberPurged,

    MemberNotVisible,

    PersonalOnly,

    Oneself,

    /// <summary>The recipient wants nothing from the giver (DW-37).</summary>
    NotWanted,

    /// <summary>There is no such swap, it was answered, its days are over, or one of the two is called something else by now.</summary>
    NoSwap,

    /// <summary>The two accounts do not have the two tokens that a swap needs.</summary>
    TwoTokens,
}

/// <summary>What became of using a token or passing it on.</summary>
public abstract record RenameResult
{
    private RenameResult() { }

    public sealed record Done(string Name) : RenameResult;

    public sealed record Refused(RenameRefusal Reason) : RenameResult;
}

/// <summary>Uses rename tokens and passes them on. Which names are allowed at all is for the caller to say.</summary>
public sealed class RenameTokens(Writes writes, TimeProvider clock)
{
    /// <summary>A member's tokens, newest first.</summary>
    public static async Task<IReadOnlyList<RenameToken>> OfAsync(ShopDbContext db, long ownerId, CancellationToken cancellationToken) =>
        await db.RenameTokens.AsNoTracking().Where(t => t.OwnerId == ownerId).OrderByDescending(t => t.Id).Take(100).ToListAsync(cancellationToken);

    /// <summary>Changes the owner's name and uses the token up, both or neither.</summary>
    public async Task<RenameResult> UseAsync(long ownerId, string code, string newName, CancellationToken cancellationToken)
    {
        try
        {
            return await writes.RunAsync((unit, token) => UseAsync(unit, ownerId, code, newName, token), cancellationToken);
        }
        catch (Exception e) when (Violations.IsUnique(e, "user_name"))
        {
            return new RenameResult.Refused(RenameRefusal.NameTaken); // somebody took it at the same moment
        }
    }

    /// <summary>Makes somebody else the token's owner.</summary>
    public Task<RenameResult> GiveAsync(long ownerId, string code, string recipient, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => GiveAsync(unit.Db, ownerId, code, recipient, token), cancellationToken);

    /// <summary>Gives so many tokens, once per delivery: a repeat finds them there.</summary>
    internal static async Task MakeAsync(ShopDbContext db, long deliveryId, long ownerId, int pieces, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var there = await db.RenameTokens.CountAsync(t => t.DeliveryId == deliveryId, cancellationToken);
        for (var piece = there; piece < pieces; piece++)
        {
            db.RenameTokens.Add(new RenameToken { Code = NewCode(deliveryId), OwnerId = ownerId, DeliveryId = deliveryId, Piece = piece, CreatedAt = now });
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Takes the tokens of a delivery back, whoever has them now. False: one of them is used, and nothing was changed.</summary>
    internal static async Task<bool> RevokeAsync(ShopDbContext db, long deliveryId, string reason, CancellationToken cancellationToken)
    {
        // all rows are taken first, so none is used in between
        await db.RenameTokens.Where(t => t.DeliveryId == deliveryId).ExecuteUpdateAsync(set => set.SetProperty(t => t.DeliveryId, deliveryId), cancellationToken);
        if (await db.RenameTokens.AnyAsync(t => t.DeliveryId == deliveryId && t.State == RenameTokenState.Applied, cancellationToken))
        {
            return false;
        }

        await db.RenameTokens.Where(t => t.DeliveryId == deliveryId && t.State == RenameTokenState.Unused).ExecuteUpdateAsync(
            set => set.SetProperty(t => t.State, RenameTokenState.Revoked).SetProperty(t => t.Reason, reason), cancellationToken);
        return true;
    }

    private static string NewCode(long deliveryId)
    {
        Span<byte> origin = stackalloc byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(origin, deliveryId);
        return Codes.New(13) + Codes.Write(origin[3..])[^7..];
    }

    private async Task<RenameResult> UseAsync(WriteUnit unit, long ownerId, string code, string newName, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var now = clock.GetUtcNow();
        var old = await db.Users.Where(m => m.Id == ownerId).Select(m => m.UserName!).FirstAsync(cancellationToken);
        if (string.Equals(old, newName, StringComparison.Ordinal))
        {
            return new RenameResult.Refused(RenameRefusal.SameName);
        }

        if (!await ApplyAsync(db, code, [ownerId], old, newName, now, cancellationToken))
        {
            return new RenameResult.Refused(RenameRefusal.NoToken);
        }

        var normalized = newName.ToUpperInvariant();
        if (await db.Users.AnyAsync(m => m.NormalizedUserName == normalized, cancellationToken))
        {
            return unit.RollBack<RenameResult>(new RenameResult.Refused(RenameRefusal.NameTaken));
        }

        await CallAsync(db, ownerId, newName, cancellationToken);
        return new RenameResult.Done(newName);
    }

    /// <summary>Uses a token up that one of these members has. False: none of them has it, unused.</summary>
    internal static async Task<bool> ApplyAsync(
        ShopDbContext db, string code, IReadOnlyCollection<long> owners, string oldName, string newName, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.RenameTokens.Where(t => t.Code == code && owners.Contains(t.OwnerId) && t.State == RenameTokenState.Unused).ExecuteUpdateAsync(
            set => set.SetProperty(t => t.State, RenameTokenState.Applied).SetProperty(t => t.UsedAt, now)
                .SetProperty(t => t.OldName, oldName).SetProperty(t => t.NewName, newName),
            cancellationToken) == 1;

    /// <summary>Gives an account a name that nobody has. Open sessions go on and say the new one.</summary>
    internal static Task CallAsync(ShopDbContext db, long memberId, string name, CancellationToken cancellationToken)
    {
        // a form of the same account that was read before must not write the old name back over it
        var (normalized, stamp) = (name.ToUpperInvariant(), Codes.New(26));
        return db.Users.Where(m => m.Id == memberId).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.UserName, name).SetProperty(m => m.NormalizedUserName, normalized).SetProperty(m => m.ConcurrencyStamp, stamp), cancellationToken);
    }

    /// <summary>The person whom a member names as the other side, or why it cannot be that one.</summary>
    internal static async Task<(Recipient? To, RenameRefusal Wrong)> RecipientAsync(ShopDbContext db, long memberId, string name, CancellationToken cancellationToken)
    {
        var normalized = name.Trim().ToUpperInvariant();
        var to = name.Any(char.IsControl)
            ? null
            : await db.Users.Where(m => m.NormalizedUserName == normalized)
                .Select(m => new Recipient(m.Id, m.UserName!, m.Kind, m.Status)).FirstOrDefaultAsync(cancellationToken);
        RenameRefusal? wrong = to switch
        {
            null => RenameRefusal.NoSuchMember,
            { Status: AccountStatus.Purged } => RenameRefusal.MemberPurged,
            { Status: not AccountStatus.Visible } => RenameRefusal.MemberNotVisible,
            { Kind: not AccountKind.Personal } => RenameRefusal.PersonalOnly,
            _ when to.Id == memberId => RenameRefusal.Oneself,
            _ when await GiftWishes.BansAsync(db, to.Id, memberId, cancellationToken) => RenameRefusal.NotWanted,
            _ => null,
        };
        return wrong is { } reason ? (null, reason) : (to, default);
    }

    private static async Task<RenameResult> GiveAsync(ShopDbContext db, long ownerId, string code, string recipient, CancellationToken cancellationToken)
    {
        var (to, wrong) = await RecipientAsync(db, ownerId, recipient, cancellationToken);
        if (to is null)
        {
            return new RenameResult.Refused(wrong);
        }

        return await db.RenameTokens.Where(t => t.Code == code && t.OwnerId == ownerId && t.State == RenameTokenState.Unused)
            .ExecuteUpdateAsync(set => set.SetProperty(t => t.OwnerId, to.Id), cancellationToken) == 1
            ? new RenameResult.Done(to.Name)
            : new RenameResult.Refused(RenameRefusal.NoToken);
    }
}
