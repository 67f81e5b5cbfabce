using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Html;

namespace Shop.Web.Display;

/// <summary>Writes the legal pages' Markdown as HTML: typed HTML stays text, links lead to pages and mail only, pictures are left out.</summary>
internal static class LegalMarkdown
{
    private const int PagesOwn = 1;
    private const int Deepest = 6;
    private static readonly string[] Schemes = ["http", "https", "mailto"];
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().Build();

    public static IHtmlContent Render(string text)
    {
        var document = Markdown.Parse(text, Pipeline);
        var headings = document.Descendants<HeadingBlock>().ToList();
        var shallowest = headings.Select(heading => heading.Level).DefaultIfEmpty().Min();
        var last = PagesOwn;
        foreach (var heading in headings)
        {
            // whatever level the author begins with, none is left out below the page's own heading: screen readers go by them
            heading.Level = last = Math.Min(Math.Min(heading.Level - shallowest, last - PagesOwn) + PagesOwn + 1, Deepest);
        }

        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            if (link.IsImage)
            {
                link.Remove();
            }
            else if (!IsHarmless(link.Url))
            {
                link.Url = "";
            }
        }

        foreach (var link in document.Descendants<AutolinkInline>().Where(l => !l.IsEmail && !IsHarmless(l.Url)))
        {
            link.Url = "";
        }

        foreach (var table in document.Descendants<Table>())
        {
            Align(table);
        }

        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.Render(document);
        return new HtmlString(writer.ToString());
    }

    /// <summary>By a class: Markdig's own inline style is refused by the pages' policy.</summary>
    private static void Align(Table table)
    {
        foreach (var row in table.OfType<TableRow>())
        {
            foreach (var (column, cell) in row.OfType<TableCell>().Index())
            {
                if (table.ColumnDefinitions.ElementAtOrDefault(column)?.Alignment == TableColumnAlign.Right)
                {
                    cell.GetAttributes().AddClass("amount");
                }
            }
        }

        foreach (var column in table.ColumnDefinitions)
        {
            column.Alignment = null;
        }
    }

    private static bool IsHarmless(string? address) =>
        string.IsNullOrEmpty(address) || (address.StartsWith('/') && !address.StartsWith("//", StringComparison.Ordinal) && !address.StartsWith("/\\", StringComparison.Ordinal)) || address.StartsWith('#')
        || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme, StringComparer.Ordinal));
}
