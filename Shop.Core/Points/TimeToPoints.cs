using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What a member could turn into points now (F5).</summary>
/// <param name="MostBlocks">How many blocks at most, so that some time is left.</param>
public sealed record ConversionOffer(string Class, DateTimeOffset Until, int MostBlocks, int BlockDays, int PointsPerBlock, long Balance)
{
    public long Points(int blocks) => checked((long)blocks * PointsPerBlock);

    /// <summary>Until when the time would run.</summary>
    public DateTimeOffset UntilAfter(int blocks) => Until.AddDays(-(long)blocks * BlockDays);
}

public enum ConversionRefusal
{
    /// <summary>The account never had paid time, or it ran out.</summary>
    NoTime,

    /// <summary>The account's class never runs out.</summary>
    Permanent,

    /// <summary>Time of this class is not turned into points.</summary>
    NoRate,

    /// <summary>What is left was given by the site, and nobody paid for it.</summary>
    NotPaid,

    /// <summary>Less than one block is left, with what must remain.</summary>
    TooLittle,

    /// <summary>The account turned time into points not long ago.</summary>
    TooSoon,

    /// <summary>Not a whole number of blocks that the account has.</summary>
    Blocks,

    /// <summary>The rules or the time changed since the page was shown.</summary>
    Changed,

    /// <summary>The same form was sent before, and said something else then.</summary>
    OtherContent,
}

/// <summary>What a member can do, or did.</summary>
public abstract record ConversionResult
{
    private ConversionResult() { }

    public sealed record Possible(ConversionOffer Offer) : ConversionResult;

    /// <summary>Nothing was changed. <paramref name="Next"/>: when it will be possible; null: not before more time is bought.</summary>
    /// <param name="Days">Days that a block has, and <paramref name="Every"/> those between two conversions, for the sentence.</param>
    public sealed record Refused(ConversionRefusal Reason, int Days, int Every, DateTimeOffset? Next = null, DateTimeOffset? Last = null) : ConversionResult;

    /// <summary>Done, now or by the same form before.</summary>
    public sealed record Converted(long Points, DateTimeOffset? Until) : ConversionResult;
}

/// <summary>
/// Turns a member's own paid time into points (DW-49): whole blocks at the rate of the rules, once in so many days. Taking the time and giving the points are one
/// transaction, and both know its key.
/// </summary>
public sealed class TimeToPoints(Writes writes, RuleBook rules, MembershipLedger memberships, TimeProvider clock)
{
    /// <summary>What the member could turn into points now, or why nothing.</summary>
    public async Task<ConversionResult> ViewAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<PointTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        return await ViewAsync(db, memberId, terms, await MembershipLedger.StateAsync(db, memberId, cancellationToken), cancellationToken);
    }

    /// <summary>Turns blocks into points. <paramref name="shown"/>: the points that the page promised. The same form sent again changes nothing.</summary>
    public Task<ConversionResult> ConvertAsync(long memberId, int blocks, long shown, string formKey, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => ConvertAsync(unit, memberId, blocks, shown, formKey, token), cancellationToken);

    private static string Source(long memberId, string formKey) =>
        string.Create(CultureInfo.InvariantCulture, $"conversion:{memberId}:{Codes.Hash(formKey)[..26]}");

    private async Task<ConversionResult> ViewAsync(
        ShopDbContext db, long memberId, PointTerms terms, MembershipState state, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        ConversionResult.Refused Refuse(ConversionRefusal reason, DateTimeOffset? next = null, DateTimeOffset? last = null) =>
            new(reason, terms.BlockDays, terms.ConversionDays, next, last);
        switch (state.PhaseAt(now))
        {
            case MembershipPhase.Permanent:
                return Refuse(ConversionRefusal.Permanent);
            case not MembershipPhase.Active:
                return Refuse(ConversionRefusal.NoTime);
        }

        if (terms.TimeRates.FirstOrDefault(r => r.Class == state.Class) is not { } rate)
        {
            return Refuse(ConversionRefusal.NoRate);
        }

        var bought = await memberships.BoughtAsync(db, memberId, cancellationToken);
        if (bought.Class != state.Class || bought.Until is not { } paidUntil || paidUntil <= now)
        {
            return Refuse(ConversionRefusal.NotPaid);
        }

        var until = paidUntil < state.Until!.Value ? paidUntil : state.Until.Value;
        if (await LastAsync(db, memberId, cancellationToken) is { } last && last.AddDays(terms.ConversionDays) is var next && next > now)
        {
            return Refuse(ConversionRefusal.TooSoon, Blocks(until - next, terms) > 0 ? next : null, last);
        }

        var most = Blocks(until - now, terms);
        return most == 0
            ? Refuse(ConversionRefusal.TooLittle)
            : new ConversionResult.Possible(new ConversionOffer(
                state.Class!, state.Until.Value, most, terms.BlockDays, rate.PointsPerBlock, await PointsAccounts.BalanceAsync(db, memberId, cancellationToken)));
    }

    /// <summary>Whole blocks in the time left, after which the least that must remain still remains.</summary>
    private static int Blocks(TimeSpan left, PointTerms terms) =>
        (int)Math.Max(0, (left - TimeSpan.FromSeconds(terms.LeastLeftSeconds)).Ticks / TimeSpan.FromDays(terms.BlockDays).Ticks);

    private static async Task<DateTimeOffset?> LastAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        await db.MembershipEvents.Where(e => e.AccountId == memberId && e.Kind == MembershipEventKind.Conversion && e.RevokedAt == null)
            .OrderByDescending(e => e.At).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(cancellationToken);

    private async Task<ConversionResult> ConvertAsync(WriteUnit unit, long memberId, int blocks, long shown, string formKey, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var state = await MembershipLedger.LockedStateAsync(db, memberId, cancellationToken);
        var source = Source(memberId, formKey);
        if (await PointsAccounts.ConvertedAsync(db, source, memberId, cancellationToken) is { } before)
        {
            return before == shown ? new ConversionResult.Converted(before, state.Until) : new ConversionResult.Refused(ConversionRefusal.OtherContent, 0, 0);
        }

        var revision = await rules.CurrentAsync(db, cancellationToken);
        var terms = await rules.GetAsync<PointTerms>(db, revision, cancellationToken);
        var view = await ViewAsync(db, memberId, terms, state, cancellationToken);
        if (view is not ConversionResult.Possible { Offer: var offer })
        {
            return unit.RollBack(view);
        }

        ConversionRefusal? wrong = blocks < 1 || blocks > offer.MostBlocks ? ConversionRefusal.Blocks : offer.Points(blocks) != shown ? ConversionRefusal.Changed : null;
        if (wrong is { } reason)
        {
            return unit.RollBack<ConversionResult>(new ConversionResult.Refused(reason, terms.BlockDays, terms.ConversionDays));
        }

        var now = clock.GetUtcNow();
        var taken = new TimeTaken(memberId, source, offer.Class, TimeSpan.FromDays((long)blocks * terms.BlockDays), now, revision);
        var after = await memberships.TakeLockedAsync(db, taken, cancellationToken);
        await PointsAccounts.ConvertAsync(db, source, memberId, shown, terms.EndOf(now), now, cancellationToken);
        return new ConversionResult.Converted(shown, after.Until);
    }
}
