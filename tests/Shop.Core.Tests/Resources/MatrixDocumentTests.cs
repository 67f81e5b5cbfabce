using System.Text;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>The matrix as a table in docs/paywall.md: made of what the tests expect, and checked against the code's own table.</summary>
public sealed class MatrixDocumentTests
{
    private const string Begin = "<!-- matrix: written by MatrixDocumentTests -->\n", End = "<!-- end of matrix -->\n";
    private const string Document = "docs/paywall.md";

    [Fact]
    public void P1_TableInTheDocument_IsWhatTheTestsExpect()
    {
        var text = File.ReadAllText(Repository.Path(Document.Split('/'))).ReplaceLineEndings("\n");
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= Begin.Length && to >= from, "The document has no place for the matrix.");
        new WrittenFile(Document, text[..from] + Table() + text[to..]).Check();
    }

    [Fact]
    public void P1_CodesTable_AnswersWhatTheTestsExpect()
    {
        foreach (var row in StatusMatrix.Rows)
        {
            foreach (var (credential, status) in Enum.GetValues<MatrixCredential>().Zip(row.Json).Where(x => x.Second > 0))
            {
                Assert.True(status == (int)MatrixTable.StatusOf(MatrixTable.Answer(SituationOf(row.Order), credential, html: false), html: false), $"{row.Order}, {credential}");
            }
        }
    }

    private static MatrixSituation? SituationOf(string row) => row == "unknown" ? null : new MatrixSituation(
        Enum.Parse<MatrixState>(row.Split(',')[0], ignoreCase: true), row.Contains(", T", StringComparison.Ordinal), row.Contains("reorder", StringComparison.Ordinal),
        row.Contains("already", StringComparison.Ordinal));

    private static string Table()
    {
        var text = new StringBuilder($"\n| order | {string.Join(" | ", StatusMatrix.Credentials)} |\n|---|{string.Concat(StatusMatrix.Credentials.Select(_ => ":-:|"))}\n");
        foreach (var row in StatusMatrix.Rows)
        {
            text.Append($"| {row.Order} | {string.Join(" | ", row.Json.Select(status => status == 0 ? "–" : $"{status}"))} |\n");
        }

        return text.Append('\n').ToString();
    }
}
