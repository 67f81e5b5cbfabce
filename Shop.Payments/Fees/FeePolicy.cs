using System.Text.Json.Nodes;

namespace Shop.Payments.Fees;

/// <summary>A rule that somebody sets over a metric: a least and a greatest value, or one word such as true.</summary>
public sealed record FeeRule(string Name, string Metric, Ratio? Least, Ratio? Greatest, string? Word);

public sealed record FeeRuleVerdict(FeeRule Rule, IReadOnlyList<string> Values, bool Ok);

/// <summary>A list of rules. A metric is named by its place in the output, such as <c>M2.directPct</c>; over a list every row has to hold.</summary>
public sealed class FeePolicy
{
    private readonly string file;
    private readonly IReadOnlyList<FeeRule> rules;

    private FeePolicy(string file, IReadOnlyList<FeeRule> rules) => (this.file, this.rules) = (file, rules);

    public static FeePolicy None { get; } = new("", []);

    /// <exception cref="FeeInputException">With the field that is wrong.</exception>
    public static FeePolicy Read(string file, ReadOnlyMemory<byte> bytes) => new(file, [.. FeeJson.Read(file, bytes).Rows().Select(RuleOf)]);

    /// <exception cref="FeeInputException">A rule names a metric that there is not.</exception>
    public IReadOnlyList<FeeRuleVerdict> Judge(JsonObject metrics) => [.. rules.Select((rule, i) => Judge(rule, i, metrics))];

    private static FeeRule RuleOf(FeeJson row)
    {
        var range = row.Get("range");
        var (name, metric) = (row.Get("rule").Text(), row.Get("metric").Text());
        switch (range.Element.ValueKind)
        {
            case System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False:
                return new(name, metric, null, null, range.Switch() ? "true" : "false");
            case System.Text.Json.JsonValueKind.Object:
                var (least, greatest) = (range.Find("min")?.Number(), range.Find("max")?.Number());
                return least is null && greatest is null ? throw range.Wrong("must have min, max or both")
                    : least > greatest ? throw range.Wrong("has a min above its max")
                    : new(name, metric, least, greatest, null);
            case System.Text.Json.JsonValueKind.String when !Ratio.TryRead(range.Text(), out _):
                return new(name, metric, null, null, range.Text());
            default:
                var value = range.Number();
                return new(name, metric, value, value, null);
        }
    }

    private FeeRuleVerdict Judge(FeeRule rule, int index, JsonObject metrics)
    {
        var found = new List<JsonNode?>();
        if (!Collect(metrics, rule.Metric.Split('.'), 0, found) || found.Any(f => f is JsonObject or JsonArray))
        {
            throw new FeeInputException($"{file}: [{index}].metric", $"{rule.Metric} is no metric of this output");
        }

        var values = found.Select(f => f?.ToString() is { } text ? text is "True" or "False" ? text.ToLowerInvariant() : text : "").ToList();
        return new(rule, values, values.TrueForAll(v => IsIn(rule, v)));
    }

    private static bool IsIn(FeeRule rule, string value) => rule.Word is { } word
        ? value == word
        : Ratio.TryRead(value, out var number)
            ? (rule.Least is not { } least || number >= least) && (rule.Greatest is not { } greatest || number <= greatest)
            : value == FeeReport.Unlimited && rule.Greatest is null;

    // rows of the coin that M2 exempts do not count
    private static bool Collect(JsonNode? node, string[] path, int at, List<JsonNode?> found)
    {
        if (node is JsonArray rows)
        {
            return rows.Where(r => r is not JsonObject row || row["exempt"]?.GetValue<bool>() != true).Select(r => Collect(r, path, at, found)).ToList().TrueForAll(isThere => isThere);
        }

        if (at == path.Length || node is null)
        {
            found.Add(node);
            return true;
        }

        return node is JsonObject members && members.TryGetPropertyValue(path[at], out var next) && Collect(next, path, at + 1, found);
    }
}
