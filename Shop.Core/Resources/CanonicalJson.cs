using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.Core;

/// <summary>JSON that everybody writes alike (RFC 8785), so that its hash is everybody's: keys sorted, nothing between, the shortest escapes. Numbers are whole.</summary>
public static class CanonicalJson
{
    /// <exception cref="FormatException">A number is not whole, or a text has half a character.</exception>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject map:
                List(text, '{', '}', map.OrderBy(p => p.Key, StringComparer.Ordinal), pair =>
                {
                    Quote(text, pair.Key);
                    text.Append(':');
                    Write(text, pair.Value);
                });
                break;
            case JsonArray list:
                List(text, '[', ']', list, item => Write(text, item));
                break;
            default:
                Value(text, node);
                break;
        }
    }

    private static void List<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> write)
    {
        text.Append(open);
        foreach (var (i, item) in items.Index())
        {
            text.Append(i == 0 ? "" : ",");
            write(item);
        }

        text.Append(close);
    }

    private static void Value(StringBuilder text, JsonNode node)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                Quote(text, node.GetValue<string>());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                text.Append(node.GetValueKind() == JsonValueKind.True ? "true" : "false");
                break;
            default:
                text.Append(long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                    ? whole.ToString(CultureInfo.InvariantCulture)
                    : throw new FormatException("A number of canonical JSON is whole here."));
                break;
        }
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsSurrogate(c))
            {
                if (!char.IsSurrogatePair(value, i))
                {
                    throw new FormatException("A text of canonical JSON has half a character.");
                }

                text.Append(c).Append(value[++i]);
                continue;
            }

            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }

        text.Append('"');
    }
}
