using Shop.Accounts;

namespace Shop.Core;

/// <summary>Where a member stands, by a revision of the rules: class, until when, and points to spend (DW-44, DW-80).</summary>
public sealed record Standing(MembershipPhase Phase, string Class, DateTimeOffset? Until, string? LastClass, long Balance, long RuleRevision);

/// <summary>Reads where a member stands now.</summary>
public sealed class Standings(RuleBook rules, TimeProvider clock)
{
    /// <summary><see cref="Standing.Class"/> is the class held now; after paid time ran out, the free one, and the other is <see cref="Standing.LastClass"/>.</summary>
    public async Task<Standing> OfAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var state = await MembershipLedger.StateAsync(db, memberId, cancellationToken);
        var balance = await PointsAccounts.BalanceAsync(db, memberId, cancellationToken);
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var terms = await rules.GetAsync<AccountTerms>(db, revision, cancellationToken);
        var phase = state.PhaseAt(clock.GetUtcNow());
        var held = phase is MembershipPhase.Active or MembershipPhase.Permanent ? state.Class : null;
        var until = phase == MembershipPhase.Permanent ? null : state.Until;
        return new Standing(phase, held ?? terms.Classes.First(c => c.Rank == 0).Key, until, state.Class, balance, revision);
    }
}
