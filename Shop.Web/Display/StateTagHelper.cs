using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary><c>&lt;state-badge state="awaiting_payment" /&gt;</c>: a state in words, the state's own word in <c>data-state</c>.</summary>
[HtmlTargetElement("state-badge", Attributes = "state", TagStructure = TagStructure.WithoutEndTag)]
public sealed class StateTagHelper(IStringLocalizer<OrderTexts> texts) : TagHelper
{
    public string State { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "badge");
        output.Attributes.SetAttribute("data-state", State);
        output.Content.SetContent(texts[$"State.{State}"].Value);
    }
}
