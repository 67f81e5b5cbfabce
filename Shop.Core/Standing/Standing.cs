using Shop.Accounts;

namespace Shop.Core;

/// <summary>Where a member stands: class, until when, and points to spend (DW-44, DW-80).</summary>
public sealed record Standing(MembershipPhase Phase, string Class, DateTimeOffset? Until, string? LastClass, long Balance);

/// <summary>Reads where a member stands now.</summary>
public sealed class Standings(RuleBook rules, TimeProvider clock)
{
    /// <summary><see cref="Standing.Class"/> is the class held now; after paid time ran out, the free one, and the other is <see cref="Standing.LastClass"/>.</summary>
    public async Task<Standing> OfAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var state = await MembershipLedger.StateAsync(db, memberId, cancellationToken);
        var balance = await PointsAccounts.BalanceAsync(db, memberId, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var phase = state.PhaseAt(clock.GetUtcNow());
        var held = phase is MembershipPhase.Active or MembershipPhase.Permanent ? state.Class : null;
        return new Standing(phase, held ?? terms.Classes.First(c => c.Rank == 0).Key, phase == MembershipPhase.Permanent ? null : state.Until, state.Class, balance);
    }
}
