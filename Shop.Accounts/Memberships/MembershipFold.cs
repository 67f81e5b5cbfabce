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

    /// <summary>Whether all time that the account gave up for something else would still have been there, of the same class, had this source given nothing.</summary>
    public bool MayRevoke(IEnumerable<MembershipEvent> standing, string sourceId)
    {
        var state = MembershipState.Never;
        foreach (var change in standing.Where(e => e.SourceId != sourceId))
        {
            if (change.TakenSeconds > 0 && !(state.Class == change.Class && state.Until?.AddSeconds(-change.TakenSeconds) >= change.At))
            {
                return false;
            }

            state = Next(state, change, change.Months);
        }

        return true;
    }

    private MembershipState Next(MembershipState state, MembershipEvent change, int months) => change.TakenSeconds > 0
        ? state with { Until = state.Until?.AddSeconds(-change.TakenSeconds) }
        : rules.Apply(state, new TimeGrant(change.Class, months, change.Days) { To = change.AccountKind }, change.At, terms(change));
}
