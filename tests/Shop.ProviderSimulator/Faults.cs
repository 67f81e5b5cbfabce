namespace Shop.ProviderSimulator;

/// <summary>A rule of what goes wrong.</summary>
/// <param name="Match">Words that must all stand in "provider METHOD /path account" of a request, or in "provider webhook type account" of an event.</param>
/// <param name="Mode">See README.md.</param>
/// <param name="P">How likely it is; 1 when left out.</param>
/// <param name="N">How often it happens at most; always when left out.</param>
public sealed record FaultRule(string? Match, string Mode, double? P, int? N);

/// <summary>The mode that struck and what stands behind its colon or in its brackets: <c>dup:3</c>, <c>pending_then(denied)</c>.</summary>
public sealed record Fault(string Mode, string? Detail);

/// <summary>What goes wrong next. The first rule that fits decides; <c>ok</c> is a rule too and keeps later ones away.</summary>
public sealed class Faults(IConfiguration configuration)
{
    private static readonly string[] Decisions = ["decline", "action", "pending_then"];
    private static readonly string[] Wire =
        ["charge_then_500", "charge_then_hang", "charge_then_reset", "reset_before", "409", "429", "401", "500_before", "malformed", "html", "huge", "slow_drip",
            "wrong_amount", "wrong_currency", "wrong_id", "negative"];
    private static readonly string[] Webhook = ["dup", "delay", "shuffle", "drop", "before_response", "bad_sig", "old_ts", "two_event_ids"];

    private readonly object turn = new();
    private readonly List<(FaultRule Rule, int Left)> rules = [];
#pragma warning disable CA5394 // a repeatable run needs a seed
    private readonly Random random = new(configuration.GetValue("seed", 1));
#pragma warning restore CA5394

    public static bool IsKnown(string mode) => Parse(mode) is { Mode: var name } && (name == "ok" || Decisions.Contains(name) || Wire.Contains(name) || Webhook.Contains(name));

    public void Add(FaultRule rule)
    {
        lock (turn)
        {
            rules.Add((rule, rule.N ?? int.MaxValue));
        }
    }

    public void Clear(string? match)
    {
        lock (turn)
        {
            rules.RemoveAll(it => match is null || it.Rule.Match == match);
        }
    }

    /// <summary>How the request's answer gets lost or spoilt on its way; null when it does not.</summary>
    public Fault? OnWire(string subject) => Strike(subject, Wire);

    /// <summary>What becomes of a payment that would otherwise succeed: decline, action or pending_then; null when it succeeds.</summary>
    public Fault? OnDecision(string subject) => Strike(subject, Decisions);

    public Fault? OnWebhook(string subject) => Strike(subject, Webhook);

    private Fault? Strike(string subject, string[] among)
    {
        lock (turn)
        {
            for (var i = 0; i < rules.Count; i++)
            {
                var (rule, left) = rules[i];
                var fault = Parse(rule.Mode);
                if (left == 0 || (fault.Mode != "ok" && !among.Contains(fault.Mode))
                    || !(rule.Match ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => subject.Contains(word, StringComparison.Ordinal))
#pragma warning disable CA5394
                    || random.NextDouble() >= (rule.P ?? 1))
#pragma warning restore CA5394
                {
                    continue;
                }

                rules[i] = (rule, left - 1);
                return fault.Mode == "ok" ? null : fault;
            }

            return null;
        }
    }

    private static Fault Parse(string mode)
    {
        var cut = mode.IndexOfAny([':', '(']);
        return cut < 0 ? new Fault(mode, null) : new Fault(mode[..cut], mode[(cut + 1)..].TrimEnd(')'));
    }
}
