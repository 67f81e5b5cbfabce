using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.Payments.Fees;

/// <summary>What a metric is called, and how it is computed, for people.</summary>
public sealed record FeeMetricText(string Id, string Name, string Formula);

/// <summary>Everything that was found, as one tree: the JSON form is the tree itself, the others are tables made of it.</summary>
public sealed class FeeReport
{
    public const string Unlimited = "unlimited";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly IReadOnlyList<FeeMetricText> texts;

    internal FeeReport(JsonObject root, IReadOnlyList<FeeMetricText> texts, bool holds) => (Root, this.texts, Holds) = (root, texts, holds);

    public JsonObject Root { get; }

    /// <summary>Every rule of the policy holds, or there is none.</summary>
    public bool Holds { get; }

    public JsonObject Metrics => Root["metrics"]!.AsObject();

    /// <summary>Ends with a line feed. The same input gives the same bytes.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            Root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Title}\n\n");
        foreach (var line in Opening())
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Cell(line)}\n");
        }

        foreach (var table in Tables())
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {table.Title}\n\n{Cell(table.Formula)}\n\n| what | value | verdict |\n|---|---|---|\n");
            foreach (var (what, value, verdict) in table.Rows)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(what)} | {Cell(value)} | {verdict} |\n");
            }
        }

        return text.ToString();

        static string Cell(string value) => value.Replace('\n', ' ').Replace("|", "\\|", StringComparison.Ordinal);
    }

    public string ToHtml()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{Cell(Title)}</title></head>\n<body>\n<h1>{Cell(Title)}</h1>\n<ul>\n");
        foreach (var line in Opening())
        {
            text.Append(CultureInfo.InvariantCulture, $"<li>{Cell(line)}</li>\n");
        }

        text.Append("</ul>\n");
        foreach (var table in Tables())
        {
            text.Append(CultureInfo.InvariantCulture, $"<h2>{Cell(table.Title)}</h2>\n<p>{Cell(table.Formula)}</p>\n<table>\n<thead><tr><th scope=\"col\">what</th><th scope=\"col\">value</th><th scope=\"col\">verdict</th></tr></thead>\n<tbody>\n");
            foreach (var (what, value, verdict) in table.Rows)
            {
                text.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Cell(what)}</th><td>{Cell(value)}</td><td>{verdict}</td></tr>\n");
            }

            text.Append("</tbody>\n</table>\n");
        }

        return text.Append("</body>\n</html>\n").ToString();

        static string Cell(string value) => HtmlEncoder.Default.Encode(value);
    }

    internal static string HashOf(params IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(SHA256.HashData(part.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal static string Time(DateTimeOffset time) => time == DateTimeOffset.MaxValue
        ? Unlimited
        : time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    internal static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode?)JsonValue.Create(t))]);

    /// <summary>A span as seconds and, to a tenth, as days; "unlimited" when there is no end.</summary>
    internal static JsonNode Span(DateTimeOffset? end, DateTimeOffset now) => end is not { } at || at == DateTimeOffset.MaxValue
        ? new JsonObject { ["until"] = Unlimited, ["seconds"] = Unlimited, ["days"] = Unlimited }
        : new JsonObject { ["until"] = Time(at), ["seconds"] = Seconds(at - now), ["days"] = Days(Seconds(at - now)) };

    internal static long Seconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerSecond;

    internal static string Days(long seconds) => new Ratio(seconds, 86_400).ToText(1);

    internal static JsonArray PolicyOf(IReadOnlyList<FeeRuleVerdict> verdicts) => new([.. verdicts.Select(v => (JsonNode?)new JsonObject
    {
        ["rule"] = v.Rule.Name,
        ["metric"] = v.Rule.Metric,
        ["value"] = v.Values.Count == 1 ? JsonValue.Create(v.Values[0]) : Texts(v.Values),
        ["range"] = v.Rule.Word is { } word ? JsonValue.Create(word) : new JsonObject { ["min"] = v.Rule.Least?.ToText(8), ["max"] = v.Rule.Greatest?.ToText(8) },
        ["ok"] = v.Ok,
    })]);

    private string Title => $"Fee metrics ({Root["tool"]})";

    private IEnumerable<string> Opening() =>
    [
        $"calculated for {Root["now"]}", $"currency {Root["currency"]}", $"input {Root["inputHash"]}",
        .. Root["notes"]!.AsArray().Select(n => n!.ToString()), .. Root["warnings"]!.AsArray().Select(w => $"warning: {w}"),
    ];

    private IEnumerable<(string Title, string Formula, List<(string What, string Value, string Verdict)> Rows)> Tables()
    {
        var policy = Root["policy"]!.AsArray().Select(r => r!.AsObject()).ToLookup(r => r["metric"]!.ToString().Split('.')[0]);
        foreach (var (name, node) in Metrics)
        {
            var text = texts.FirstOrDefault(t => t.Id == name) ?? new(name, name, "");
            var ruled = policy[name].Select(r => ($"policy: {r["rule"]} ({r["metric"]})", Word(r["value"]), r["ok"]!.GetValue<bool>() ? "holds" : "violated"));
            yield return (text.Id == text.Name ? name : $"{name} {text.Name}", text.Formula, [.. Flat(node), .. ruled]);
        }

        foreach (var name in new[] { "backends", "withdrawals", "consolidation", "advice", "policy" }.Where(n => Root[n] is JsonArray { Count: > 0 }))
        {
            yield return (name, "", Flat(Root[name]));
        }
    }

    private static List<(string What, string Value, string Verdict)> Flat(JsonNode? node)
    {
        var rows = new List<(string, string, string)>();
        Add("", node);
        return rows;

        void Add(string path, JsonNode? at)
        {
            switch (at)
            {
                case JsonObject members:
                    foreach (var (name, value) in members)
                    {
                        Add(path.Length == 0 ? name : $"{path} {name}", value);
                    }

                    break;
                case JsonArray array when array.All(i => i is JsonValue):
                    rows.Add((path, Word(array), ""));
                    break;
                case JsonArray array:
                    for (var i = 0; i < array.Count; i++)
                    {
                        Add(path.Length == 0 ? $"{i + 1}:" : $"{path} {i + 1}:", array[i]);
                    }

                    break;
                default:
                    rows.Add((path, Word(at), path.Split(' ')[^1] != "ok" ? "" : Word(at) == "yes" ? "holds" : "violated"));
                    break;
            }
        }
    }

    private static string Word(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray array => array.Count == 0 ? "none" : string.Join(", ", array.Select(Word)),
        _ => value.GetValueKind() switch { JsonValueKind.True => "yes", JsonValueKind.False => "no", _ => value.ToString() },
    };
}
