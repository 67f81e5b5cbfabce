namespace Shop.Accounts;

/// <summary>
/// F8: a membership is the fold of its events that are not revoked, in the order of their instants. Pure: the same events give the same membership on every node.
/// </summary>
/// <param name="terms">The account rules of the revision that an event acts by.</param>
public sealed class MembershipFold(IAccountRules rules, Func<MembershipEvent, AccountTerms> terms)
{
    /// <summary>The membership after these events.</summary>
    public MembershipState Of(IEnumerable<MembershipEvent> standing) => standing.Aggregate(MembershipState.Never, (state, change) => Next(state, change, change.Months));

    /// <summary>The membership after these events, had nobody been given time that was not paid for.</summary>
    public MembershipState OfPaid(IEnumerable<MembershipEvent> standing) =>
        standing.Where(e => e.Kind is MembershipEventKind.Grant or MembershipEventKind.Conversion)
            .Aggregate(MembershipState.Never, (state, change) => Next(state, change, change.Months - change.UnpaidMonths));

    /// <summary>
    /// Whether all time that the account gave up for something else would still have been there, of the same class, had this source given nothing: also of the
    /// time that was paid for, which alone can be turned into points (ADR 0011).
    /// </summary>
    public bool MayRevoke(IReadOnlyList<MembershipEvent> standing, string sourceId)
    {
        var paid = standing.Where(e => e.Kind is MembershipEventKind.Grant or MembershipEventKind.Conversion).ToList();
        return WasThere(standing.Where(e => e.SourceId != sourceId), e => e.Months)
            && (WasThere(paid.Where(e => e.SourceId != sourceId), e => e.Months - e.UnpaidMonths) || !WasThere(paid, e => e.Months - e.UnpaidMonths));
    }

    private bool WasThere(IEnumerable<MembershipEvent> standing, Func<MembershipEvent, int> months)
    {
        var state = MembershipState.Never;
        foreach (var change in standing)
        {
            if (change.TakenSeconds > 0 && !(state.Class == change.Class && state.Until?.AddSeconds(-change.TakenSeconds) >= change.At))
            {
                return false;
            }

            state = Next(state, change, months(change));
        }

        return true;
    }

    private MembershipState Next(MembershipState state, MembershipEvent change, int months) => change.TakenSeconds > 0
        ? state with { Until = state.Until?.AddSeconds(-change.TakenSeconds) }
        : rules.Apply(state, new TimeGrant(change.Class, months, change.Days) { To = change.AccountKind }, change.At, terms(change));
}
