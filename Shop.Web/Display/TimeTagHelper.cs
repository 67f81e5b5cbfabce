using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Shop.Core;

namespace Shop.Web.Display;

/// <summary><c>&lt;time day="day"&gt;</c>: a day of delivery, which is the same day in every zone.</summary>
[HtmlTargetElement("time", Attributes = "day")]
public sealed class DayTagHelper : TagHelper
{
    public DateOnly Day { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Attributes.SetAttribute("datetime", Days.Text(Day));
        output.Content.SetContent(TimeText.Day(Day, CultureInfo.CurrentCulture));
    }
}

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
