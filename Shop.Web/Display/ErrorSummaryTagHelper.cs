using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>
/// <c>&lt;error-summary /&gt;</c>: everything that is wrong with a form, above it, each problem a link to its field. Takes the focus when the
/// page loads. Renders nothing while nothing is wrong. (The framework's own summary writes an inline style, which the policy refuses.)
/// </summary>
[HtmlTargetElement("error-summary", TagStructure = TagStructure.WithoutEndTag)]
public sealed class ErrorSummaryTagHelper(IStringLocalizer<LayoutTexts> texts) : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var problems = ViewContext.ModelState
            .SelectMany(entry => entry.Value!.Errors.Select(error => (Field: entry.Key, Text: error.ErrorMessage)))
            .Where(problem => problem.Text.Length > 0)
            .Distinct()
            .OrderBy(problem => Place(problem.Field))
            .ToList();
        if (problems.Count == 0)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "news bad");
        output.Attributes.SetAttribute("role", "alert");
        output.Attributes.SetAttribute("tabindex", "-1");
        output.Attributes.SetAttribute("autofocus", null);
        output.Attributes.SetAttribute("data-testid", "error");

        var heading = new TagBuilder("h2");
        heading.InnerHtml.Append(texts.Count("Form.Problems", problems.Count));
        output.Content.AppendHtml(heading);

        var list = new TagBuilder("ul");
        foreach (var (field, text) in problems)
        {
            var item = new TagBuilder("li");
            if (field.Length == 0)
            {
                item.InnerHtml.Append(text);
            }
            else
            {
                var link = new TagBuilder("a");
                link.Attributes["href"] = "#" + FieldTagHelper.IdOf(field);
                link.InnerHtml.Append(text);
                item.InnerHtml.AppendHtml(link);
            }

            list.InnerHtml.AppendHtml(item);
        }

        output.Content.AppendHtml(list);
    }

    // a browser sends the fields in the order of the form; what belongs to no field comes first, a field that was not sent last
    private int Place(string field)
    {
        var request = ViewContext.HttpContext.Request;
        if (field.Length == 0)
        {
            return -1;
        }

        var sent = request.HasFormContentType ? request.Form.Keys.ToList().IndexOf(field) : -1;
        return sent < 0 ? int.MaxValue : sent;
    }
}
