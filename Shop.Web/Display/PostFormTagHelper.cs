using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Shop.Web.Display;

/// <summary>
/// Every form that is posted is checked by the shop alone: the browser's own bubbles speak its language, not the page's, name one field at a
/// time and vanish again.
/// </summary>
[HtmlTargetElement("form", Attributes = "[method=post]")]
public sealed class PostFormTagHelper : TagHelper
{
    public override void Process(TagHelperContext context, TagHelperOutput output) => output.Attributes.SetAttribute(new TagHelperAttribute("novalidate"));
}
