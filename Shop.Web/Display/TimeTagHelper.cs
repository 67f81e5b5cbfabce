using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Shop.Web.Display;

/// <summary><c>&lt;time at="instant"&gt;</c>: day, hour and zone in the reader's zone, UTC in <c>datetime</c>; <c>date-only</c> leaves out the hour.</summary>
[HtmlTargetElement("time", Attributes = "at")]
public sealed class TimeTagHelper : TagHelper
{
    public DateTimeOffset At { get; set; }

    public bool DateOnly { get; set; }

    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        var zone = ReaderZone.Of(ViewContext.HttpContext);
        output.Attributes.SetAttribute("datetime", TimeText.Machine(At));
        output.Attributes.SetAttribute("data-form", DateOnly ? "date" : "moment");
        output.Content.SetContent(DateOnly
            ? TimeText.Date(At, zone, CultureInfo.CurrentCulture)
            : TimeText.Moment(At, zone, CultureInfo.CurrentCulture));
    }
}
