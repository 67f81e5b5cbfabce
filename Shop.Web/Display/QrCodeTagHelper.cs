using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Razor.TagHelpers;
using QRCoder;

namespace Shop.Web.Display;

/// <summary><c>&lt;qr-code text="…" label="…" /&gt;</c>: a text as a picture for a camera, drawn here as one path, so that it needs no file and nobody else learns it.</summary>
[HtmlTargetElement("qr-code", Attributes = "text,label", TagStructure = TagStructure.WithoutEndTag)]
public sealed class QrCodeTagHelper : TagHelper
{
    public string Text { get; set; } = "";

    /// <summary>What the picture is, for those who do not see it.</summary>
    public string Label { get; set; } = "";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        using var code = QRCodeGenerator.GenerateQrCode(Text, QRCodeGenerator.ECCLevel.M); // with its quiet border
        var (path, side) = (new StringBuilder(), code.ModuleMatrix.Count);
        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                if (code.ModuleMatrix[row][column])
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{column} {row}h1v1h-1z");
                }
            }
        }

        output.TagName = "svg";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "qr");
        output.Attributes.SetAttribute("role", "img");
        output.Attributes.SetAttribute("aria-label", Label);
        output.Attributes.SetAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {side} {side}"));
        output.Attributes.SetAttribute("shape-rendering", "crispEdges");
        output.Content.SetHtmlContent($"<path d=\"{path}\" />");
    }
}
