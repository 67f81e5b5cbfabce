using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A swap that waits for an answer, as one of the two sees it.</summary>
/// <param name="Other">The name that the reader would get.</param>
/// <param name="IsMine">The reader asked for it, and the other answers.</param>
public sealed record OpenSwap(long Id, string Other, bool IsMine, DateTimeOffset LapsesAt);

/// <summary>What one of the two is told of a swap.</summary>
public sealed record NameSwapView(string OldName, string NewName, string? Email, string? Culture);

/// <summary>Swaps the names of two accounts. Which names may change hands at all is for the caller to say.</summary>
public sealed class NameSwaps(Writes writes, TimeProvider clock)
{
    /// <summary>Days in which the other can agree.</summary>
    public const int Days = 14;

    /// <summary>Tokens that one swap uses up.</summary>
    public const int Tokens = 2;

    /// <summary>What a member asked for and is asked for, the newest first.</summary>
    public async Task<IReadOnlyList<OpenSwap>> OpenAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await db.NameSwaps.Where(s => s.State == NameSwapState.Asked && s.LapsesAt > now && (s.AskerId == memberId || s.OtherId == memberId))
            .OrderByDescending(s => s.Id).Take(50)
            .Select(s => new OpenSwap(s.Id, s.AskerId == memberId ? s.OtherName : s.AskerName, s.AskerId == memberId, s.LapsesAt))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Asks somebody; a wish that still waits is withdrawn, so that one account asks for one swap at a time.</summary>
    public Task<RenameResult> AskAsync(long memberId, string other, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => AskAsync(unit.Db, memberId, other, token), cancellationToken);

    /// <summary>The other agrees: both names change and two tokens are used up, or nothing happens.</summary>
    public Task<RenameResult> AgreeAsync(long memberId, long swapId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => AgreeAsync(unit, memberId, swapId, token), cancellationToken);

    /// <summary>The other says no, or whoever asked takes it back. False: there is nothing to end.</summary>
    public Task<bool> EndAsync(long memberId, long swapId, CancellationToken cancellationToken) =>
        writes.RunAsync(
            async (unit, token) => await MoveAsync(unit.Db, s => s.Id == swapId && s.OtherId == memberId, NameSwapState.Declined, token)
                || await MoveAsync(unit.Db, s => s.Id == swapId && s.AskerId == memberId, NameSwapState.Withdrawn, token),
            cancellationToken);

    /// <summary>What the mail to one of the two says: the old name, the new one, and whom to write to.</summary>
    public static async Task<NameSwapView> ReadAsync(ShopDbContext db, NameSwapMessage message, CancellationToken cancellationToken)
    {
        var swap = await db.NameSwaps.AsNoTracking().FirstAsync(s => s.Id == message.SwapId, cancellationToken);

        // an address that somebody else has confirmed is not this member's, whatever the account says
        var member = await db.Users.Where(m => m.Id == message.MemberId)
            .Select(m => new { Email = !m.EmailConfirmed && db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail) ? null : m.Email, m.Culture })
            .FirstAsync(cancellationToken);
        var isAsker = message.MemberId == swap.AskerId;
        return new NameSwapView(isAsker ? swap.AskerName : swap.OtherName, isAsker ? swap.OtherName : swap.AskerName, member.Email, member.Culture);
    }

    private async Task<RenameResult> AskAsync(ShopDbContext db, long memberId, string other, CancellationToken cancellationToken)
    {
        var (to, wrong) = await RenameTokens.RecipientAsync(db, memberId, other, cancellationToken);
        if (to is null)
        {
            return new RenameResult.Refused(wrong);
        }

        var now = clock.GetUtcNow();

        // of two wishes at once the second waits here and withdraws the first
        await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        await MoveAsync(db, s => s.AskerId == memberId, NameSwapState.Withdrawn, cancellationToken);
        var name = await db.Users.Where(m => m.Id == memberId).Select(m => m.UserName!).FirstAsync(cancellationToken);
        db.NameSwaps.Add(new NameSwap { AskerId = memberId, OtherId = to.Id, AskerName = name, OtherName = to.Name, AskedAt = now, LapsesAt = now.AddDays(Days) });
        await db.SaveChangesAsync(cancellationToken);
        return new RenameResult.Done(to.Name);
    }

    private async Task<RenameResult> AgreeAsync(WriteUnit unit, long memberId, long swapId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (!await MoveAsync(db, s => s.Id == swapId && s.OtherId == memberId && s.LapsesAt > now, NameSwapState.Done, cancellationToken))
        {
            return new RenameResult.Refused(RenameRefusal.NoSwap);
        }

        RenameResult Refuse(RenameRefusal reason) => unit.RollBack<RenameResult>(new RenameResult.Refused(reason));
        var swap = await db.NameSwaps.AsNoTracking().FirstAsync(s => s.Id == swapId, cancellationToken);
        var codes = await db.RenameTokens.Where(t => (t.OwnerId == swap.AskerId || t.OwnerId == swap.OtherId) && t.State == RenameTokenState.Unused)
            .OrderBy(t => t.OwnerId == swap.AskerId ? 0 : 1).ThenBy(t => t.Id).Select(t => t.Code).Take(Tokens).ToListAsync(cancellationToken);
        if (codes.Count < Tokens)
        {
            return Refuse(RenameRefusal.TwoTokens);
        }

        // each token says which name it changed, so the list of whoever paid for both says both
        (string Old, string New)[] changes = [(swap.AskerName, swap.OtherName), (swap.OtherName, swap.AskerName)];
        foreach (var (code, change) in codes.Zip(changes))
        {
            if (!await RenameTokens.ApplyAsync(db, code, [swap.AskerId, swap.OtherId], change.Old, change.New, now, cancellationToken))
            {
                return Refuse(RenameRefusal.TwoTokens); // it was used at the same moment
            }
        }

        // a name is unique at every instant, so both are let go before either is taken; each must still be whose it was when it was asked for
        foreach (var (id, old) in new[] { (swap.AskerId, swap.AskerName), (swap.OtherId, swap.OtherName) }.OrderBy(m => m.Item1))
        {
            if (await db.Users.Where(m => m.Id == id && m.UserName == old && m.Status == AccountStatus.Visible)
                    .ExecuteUpdateAsync(set => set.SetProperty(m => m.NormalizedUserName, (string?)null), cancellationToken) != 1)
            {
                return Refuse(RenameRefusal.NoSwap);
            }
        }

        foreach (var (id, name) in new[] { (swap.AskerId, swap.OtherName), (swap.OtherId, swap.AskerName) }.OrderBy(m => m.Item1))
        {
            await RenameTokens.CallAsync(db, id, name, cancellationToken);
        }

        foreach (var id in new[] { swap.AskerId, swap.OtherId })
        {
            await Outbox.AddOnceAsync(db, FormattableString.Invariant($"swap:{swapId}:{id}"), OutboxKinds.NameSwapped, new NameSwapMessage(swapId, id), now, now, cancellationToken);
        }

        return new RenameResult.Done(swap.AskerName);
    }

    private async Task<bool> MoveAsync(
        ShopDbContext db, System.Linq.Expressions.Expression<Func<NameSwap, bool>> which, NameSwapState to, CancellationToken cancellationToken)
    {
        NameSwapStates.Table.Apply(NameSwapState.Asked, to);
        var now = clock.GetUtcNow();
        return await db.NameSwaps.Where(which).Where(s => s.State == NameSwapState.Asked)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.State, to).SetProperty(s => s.DecidedAt, now), cancellationToken) > 0;
    }
}
