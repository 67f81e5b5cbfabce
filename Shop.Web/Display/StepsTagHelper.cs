using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Extensions.Localization;
using Shop.Web.Texts;

namespace Shop.Web.Display;

/// <summary><c>&lt;checkout-steps at="Details" back-to-cart /&gt;</c>: cart, details, payment, done; where one is, and the ways back.</summary>
[HtmlTargetElement("checkout-steps", TagStructure = TagStructure.WithoutEndTag)]
public sealed class StepsTagHelper(IStringLocalizer<LayoutTexts> texts) : TagHelper
{
    public CheckoutStep At { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "nav";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("aria-label", texts["Steps.Label"].Value);
        var list = new TagBuilder("ol");
        list.AddCssClass("steps");
        foreach (var step in Enum.GetValues<CheckoutStep>())
        {
            list.InnerHtml.AppendHtml(Item(step));
        }

        output.Content.SetHtmlContent(list);
    }

    private TagBuilder Item(CheckoutStep step)
    {
        var item = new TagBuilder("li");
        var name = texts["Steps.Numbered", ((int)step).ToString(CultureInfo.CurrentCulture), texts[$"Steps.{step}"]];
        if (step < At)
        {
            item.AddCssClass("past");
        }
        else if (step == At)
        {
            item.Attributes["aria-current"] = "step";
        }

        // what is paid cannot be gone back from
        var back = At < CheckoutStep.Done && step < At && step < CheckoutStep.Payment;
        var text = new TagBuilder(back ? "a" : "span");
        if (back)
        {
            text.Attributes["href"] = step == CheckoutStep.Cart ? "/cart" : "/checkout";
        }

        text.InnerHtml.Append(name);
        item.InnerHtml.AppendHtml(text);
        return item;
    }
}

/// <summary>The steps from the cart to the receipt, in their order.</summary>
public enum CheckoutStep
{
    Cart = 1,
    Details,
    Payment,
    Done,
}
