using System.Globalization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary>
/// <c>&lt;field for="Email" label="…" hint="…" type="email" autocomplete="email" /&gt;</c>: one input with its label, its hint and what is wrong
/// with it, tied together for screen readers. Types: those of an input, and <c>textarea</c>, <c>select</c> (its options are the content),
/// <c>checkbox</c>. Other attributes go to the input. A password is never written back.
/// </summary>
[HtmlTargetElement("field", Attributes = "for,label")]
public sealed class FieldTagHelper(IStringLocalizer<LayoutTexts> texts) : TagHelper
{
    public ModelExpression For { get; set; } = null!;

    public string Label { get; set; } = "";

    public string? Hint { get; set; }

    public string Type { get; set; } = "text";

    /// <summary>Most fields are required; the others say so in their label.</summary>
    public bool Optional { get; set; }

    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The id of a field's input, which the summary's links lead to.</summary>
    internal static string IdOf(string name) => TagBuilder.CreateSanitizedId(name, "_");

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var name = ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name);
        var id = IdOf(name);
        ViewContext.ModelState.TryGetValue(name, out var entry);
        var problem = entry?.Errors.Select(error => error.ErrorMessage).FirstOrDefault(text => text.Length > 0);

        var input = Input(name, id, entry, await output.GetChildContentAsync());
        foreach (var attribute in output.Attributes)
        {
            if (attribute.Name == "class")
            {
                input.AddCssClass($"{attribute.Value}");
            }
            else
            {
                input.MergeAttribute(attribute.Name, attribute.Value?.ToString(), replaceExisting: true);
            }
        }

        var describedBy = string.Join(' ', new[] { Hint is null ? null : $"{id}-hint", problem is null ? null : $"{id}-wrong" }.OfType<string>());
        if (describedBy.Length > 0)
        {
            input.MergeAttribute("aria-describedby", describedBy);
        }

        if (problem is not null)
        {
            input.MergeAttribute("aria-invalid", "true");
        }

        var label = new TagBuilder("label");
        label.Attributes["for"] = id;
        label.InnerHtml.Append(Label);
        if (Optional)
        {
            var optional = new TagBuilder("span");
            optional.AddCssClass("optional");
            optional.InnerHtml.Append(texts["Form.Optional"]);
            label.InnerHtml.Append(" ").AppendHtml(optional);
        }

        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.Clear();
        var parts = new HtmlContentBuilder();
        if (Type == "checkbox")
        {
            output.Attributes.SetAttribute("class", "tick");
            var beside = new TagBuilder("div");
            beside.InnerHtml.AppendHtml(label).AppendHtml(HintText(id)).AppendHtml(ProblemText(id, problem));
            parts.AppendHtml(input).AppendHtml(beside);
        }
        else
        {
            output.Attributes.SetAttribute("class", "field");
            parts.AppendHtml(label).AppendHtml(HintText(id)).AppendHtml(ProblemText(id, problem)).AppendHtml(input);
        }

        output.Content.SetHtmlContent(parts);
    }

    private TagBuilder Input(string name, string id, ModelStateEntry? entry, TagHelperContent content)
    {
        var typed = entry?.AttemptedValue ?? Convert.ToString(For.Model, CultureInfo.CurrentCulture);
        var input = new TagBuilder(Type is "textarea" or "select" ? Type : "input");
        input.Attributes["id"] = id;
        input.Attributes["name"] = name;
        switch (Type)
        {
            case "textarea":
                // a browser drops the first line break of a textarea
                input.InnerHtml.AppendHtml("\n").Append(typed ?? "");
                break;
            case "select":
                input.InnerHtml.AppendHtml(content);
                break;
            case "checkbox":
                input.TagRenderMode = TagRenderMode.SelfClosing;
                input.Attributes["type"] = Type;
                input.Attributes["value"] = "true";
                if (entry?.RawValue is null ? For.Model is true : typed?.StartsWith("true", StringComparison.OrdinalIgnoreCase) == true)
                {
                    input.Attributes["checked"] = "checked";
                }

                break;
            default:
                input.TagRenderMode = TagRenderMode.SelfClosing;
                input.Attributes["type"] = Type;
                if (Type != "password" && !string.IsNullOrEmpty(typed))
                {
                    input.Attributes["value"] = typed;
                }

                break;
        }

        if (!Optional && Type != "checkbox")
        {
            // not "required": the browser would stop the form with its own words, in its own language
            input.Attributes["aria-required"] = "true";
        }

        return input;
    }

    private IHtmlContent HintText(string id)
    {
        if (Hint is null)
        {
            return HtmlString.Empty;
        }

        var hint = new TagBuilder("p");
        hint.AddCssClass("hint");
        hint.Attributes["id"] = $"{id}-hint";
        hint.InnerHtml.Append(Hint);
        return hint;
    }

    private static IHtmlContent ProblemText(string id, string? problem)
    {
        if (problem is null)
        {
            return HtmlString.Empty;
        }

        var wrong = new TagBuilder("span");
        wrong.AddCssClass("wrong");
        wrong.Attributes["id"] = $"{id}-wrong";
        wrong.InnerHtml.Append(problem);
        return wrong;
    }
}
