using Shop.Accounts;

namespace Shop.Core;

/// <summary>Where a member stands, by a revision of the rules: class, until when, points to spend, and what the class allows (DW-44, DW-80, DW-87, DW-88).</summary>
public sealed record Standing(MembershipPhase Phase, string Class, DateTimeOffset? Until, string? LastClass, long Balance, long RuleRevision)
{
    /// <summary>After the end: until when the class stays by grace.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    /// <summary>Icons of the class held now.</summary>
    public required int Icons { get; init; }

    /// <summary>Icons of the free class, which is what every other falls back to.</summary>
    public required int IconsWhenFree { get; init; }
}

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
        var grace = (await rules.GetAsync<ExpiryTerms>(db, revision, cancellationToken)).Grace;
        var phase = state.PhaseAt(clock.GetUtcNow(), grace);
        var free = terms.Classes.First(c => c.Rank == 0);
        var held = phase is MembershipPhase.NeverPaid or MembershipPhase.Lapsed ? free : terms.Find(state.Class) ?? free;
        return new Standing(phase, held.Key, phase == MembershipPhase.Permanent ? null : state.Until, state.Class, balance, revision)
        {
            KeptUntil = phase == MembershipPhase.Grace ? state.Until + grace : null,
            Icons = held.IconLimit,
            IconsWhenFree = free.IconLimit,
        };
    }
}
