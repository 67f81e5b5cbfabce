namespace Shop.Core;

/// <summary>When an open attempt is looked at next (exactly-once.md section 5). Time makes it looked at; it ends nothing.</summary>
internal static class AttemptSchedule
{
    /// <summary>How long an attempt may stay open before staff must look.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromDays(10);

    /// <summary>How long after its making an idempotency key may be sent again: the shortest life any provider promises, less an hour.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(5);

    /// <summary>A call that was made is answered or given up by then.</summary>
    public static readonly TimeSpan CallOver = TimeSpan.FromMinutes(2);

    /// <summary>So long before its page is over an unpaid attempt is ended: some providers forget it then, and can never again say that nothing was paid.</summary>
    public static readonly TimeSpan BeforeActionEnds = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    private static readonly TimeSpan[] Doubt = [Seconds(30), Minutes(2), Minutes(5), Minutes(15), Hours(1), Hours(6)];
    private static readonly TimeSpan[] Action = [Minutes(2), Minutes(15), Hours(1)];
    private static readonly TimeSpan[] Deciding = [Hours(1), Hours(1), Hours(1)];

    /// <summary>The next look after <paramref name="checks"/> looks, spread by a fifth to either side; null for a final state.</summary>
    public static DateTimeOffset? Next(AttemptState state, int checks, DateTimeOffset now, DateTimeOffset? actionEnds = null)
    {
        if (!AttemptStates.Open.Contains(state))
        {
            return null;
        }

        var steps = state switch
        {
            AttemptState.Action => Action,
            AttemptState.Pending or AttemptState.Held => Deciding,
            AttemptState.Created or AttemptState.Sent => [CallOver, .. Doubt],
            _ => Doubt,
        };
        var step = checks < steps.Length ? steps[checks] : Daily;
        var next = now + (step * (0.8 + (Random.Shared.NextDouble() * 0.4)));
        return state == AttemptState.Action && actionEnds - BeforeActionEnds is { } last && last > now && (checks >= steps.Length || last < next) ? last : next;
    }

    /// <summary>When an open refund is looked at next; null for one that is over.</summary>
    public static DateTimeOffset? NextOfRefund(RefundState state, int checks, DateTimeOffset now)
    {
        if (!RefundStates.Open.Contains(state))
        {
            return null;
        }

        var steps = state == RefundState.Pending ? Deciding : Doubt;
        return now + ((checks < steps.Length ? steps[checks] : Daily) * (0.8 + (Random.Shared.NextDouble() * 0.4)));
    }

    private static TimeSpan Seconds(int n) => TimeSpan.FromSeconds(n);

    private static TimeSpan Minutes(int n) => TimeSpan.FromMinutes(n);

    private static TimeSpan Hours(int n) => TimeSpan.FromHours(n);
}
