using System.Globalization;
using System.Text;

namespace Shop.Web.Papers;

/// <summary>
/// The order in which the characters of a line stand on paper, from the left: right-to-left words are turned round, numbers in them are not. The rules of UAX #9 for a
/// line of a left-to-right page, without its embeddings, overrides and isolates, which nobody types into a name or an address.
/// </summary>
internal static class VisualOrder
{
    private enum Way { Left, Right, Number, Neutral }

    private const string Mirrored = "()[]{}<>«»‹›";

    public static string Of(string line)
    {
        if (!line.EnumerateRunes().Any(rune => Of(rune) == Way.Right))
        {
            return line;
        }

        // a letter and the marks on it stay together
        var clusters = Clusters(StringInfo.GetTextElementEnumerator(line));
        var levels = Levels(clusters, [.. clusters.Select(cluster => Of(cluster.EnumerateRunes().First()))]);
        var order = Enumerable.Range(0, clusters.Count).ToArray();
        for (var level = 2; level >= 1; level--)
        {
            for (var from = 0; from < order.Length; from++)
            {
                var to = from;
                while (to < order.Length && levels[order[to]] >= level)
                {
                    to++;
                }

                Array.Reverse(order, from, to - from);
                from = to;
            }
        }

        return string.Concat(order.Select(at => levels[at] == 1 ? Turned(clusters[at]) : clusters[at]));
    }

    private static List<string> Clusters(TextElementEnumerator all)
    {
        var clusters = new List<string>();
        while (all.MoveNext())
        {
            clusters.Add(all.GetTextElement());
        }

        return clusters;
    }

    /// <summary>0: as the page; 1: from the right; 2: a number among what goes from the right.</summary>
    private static int[] Levels(List<string> clusters, Way[] ways)
    {
        // brackets around right-to-left words, after such words, are of them (N0)
        for (var (i, before) = (0, Way.Left); i < ways.Length; i++)
        {
            before = ways[i] is Way.Left or Way.Right ? ways[i] : before;
            if (clusters[i] is "(" or "[" && before == Way.Right && clusters.IndexOf(clusters[i] == "(" ? ")" : "]", i) is > 0 and var end
                && !ways.AsSpan(i, end - i).Contains(Way.Left) && ways.AsSpan(i, end - i).Contains(Way.Right))
            {
                ways[i] = ways[end] = Way.Right;
            }
        }

        // a number goes as the page does, unless the last letter before it goes the other way (W7)
        var last = Way.Left;
        for (var i = 0; i < ways.Length; i++)
        {
            last = ways[i] is Way.Left or Way.Right ? ways[i] : last;
            ways[i] = ways[i] == Way.Number && last == Way.Left ? Way.Left : ways[i];
        }

        // one sign between two numbers is of them, as in 12/3 and 1.5 (W4)
        for (var i = 1; i + 1 < ways.Length; i++)
        {
            ways[i] = ways[i] == Way.Neutral && ways[i - 1] == Way.Number && ways[i + 1] == Way.Number ? Way.Number : ways[i];
        }

        var levels = new int[ways.Length];
        for (var i = 0; i < ways.Length; i++)
        {
            levels[i] = ways[i] switch
            {
                Way.Right => 1,
                Way.Number => 2,
                // what stands between two of the same way goes theirs, and else the page's (N1, N2)
                Way.Neutral => IsRight(ways, i, -1) && IsRight(ways, i, 1) ? 1 : 0,
                _ => 0,
            };
        }

        return levels;
    }

    private static bool IsRight(Way[] ways, int from, int step)
    {
        var i = from;
        while (i >= 0 && i < ways.Length && ways[i] == Way.Neutral)
        {
            i += step;
        }

        return i >= 0 && i < ways.Length && ways[i] != Way.Left;
    }

    private static string Turned(string cluster) =>
        cluster.Length == 1 && Mirrored.IndexOf(cluster[0], StringComparison.Ordinal) is >= 0 and var at ? Mirrored[at ^ 1].ToString() : cluster;

    private static Way Of(Rune rune) => rune.Value switch
    {
        >= 0x0660 and <= 0x0669 or >= 0x06F0 and <= 0x06F9 => Way.Number,
        >= 0x0590 and <= 0x08FF or >= 0xFB1D and <= 0xFDFF or >= 0xFE70 and <= 0xFEFC or >= 0x10800 and <= 0x10FFF or >= 0x1E800 and <= 0x1EFFF => Way.Right,
        _ when Rune.IsDigit(rune) => Way.Number,
        _ when Rune.IsLetter(rune) => Way.Left,
        _ => Way.Neutral,
    };
}
