using System.Text;

namespace Shop.Core;

/// <summary>Somebody's words as plain text: what is read stays, what is not seen and only ends or turns the text around it goes (S09).</summary>
internal static class PlainText
{
    public static string Of(string typed)
    {
        var text = new StringBuilder(typed.Length);
        foreach (var c in typed.ReplaceLineEndings("\n"))
        {
            if (c == '\n' || !(char.IsControl(c) || TurnsText(c)))
            {
                text.Append(c);
            }
        }

        return text.ToString().Trim();
    }

    /// <summary>Embeddings, overrides and isolates reach past their own words; the marks for single letters do not and stay.</summary>
    private static bool TurnsText(char c) => c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069';
}
