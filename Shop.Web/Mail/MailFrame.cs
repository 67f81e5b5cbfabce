using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Web.Hosting;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>What stands around every mail: the site's name or logo above, its name and address below, in its colour.</summary>
/// <param name="Name">What the site is called.</param>
/// <param name="Home">Where it is.</param>
/// <param name="Logo">A picture instead of the name; null: the name.</param>
/// <param name="Colour">As <c>#rrggbb</c>.</param>
internal sealed record MailFrame(string Name, Uri Home, Uri? Logo, string Colour)
{
    /// <summary>The one style sheet of a mail: programs that read mail show no other, and the preview's policy allows no other.</summary>
    public string Style =>
        $$"""
        body{margin:0;background:#f4f3f7;color:#1d1b26;font:16px/1.5 system-ui,sans-serif}
        .frame{max-width:36em;margin:0 auto;padding:1em}
        .brand{margin:0;padding:1em 1.5em;background:{{Colour}};color:{{Ink}};font-size:1.25em;font-weight:bold;border-radius:.5em .5em 0 0}
        .brand img{display:block;max-height:3em;border:0}
        .words{padding:.5em 1.5em 1em;background:#fff;border-radius:0 0 .5em .5em}
        .words a{color:#2a2780}
        .words a.button{display:inline-block;padding:.6em 1.2em;border-radius:.4em;background:{{Colour}};color:{{Ink}};font-weight:bold;text-decoration:none}
        blockquote{margin:1em 0;padding:.1em 1em;border-left:.25em solid {{Colour}}}
        th{padding:.2em 1.5em .2em 0;text-align:left;vertical-align:top;font-weight:normal;color:#5a5766}
        td{padding:.2em 0;vertical-align:top;overflow-wrap:anywhere}
        .foot{padding:0 1.5em;color:#5a5766;font-size:.85em}
        .foot a{color:#5a5766}
        """.ReplaceLineEndings("\n");

    /// <summary>What a policy calls the style sheet.</summary>
    public string StyleHash => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}";

    /// <summary>Black or white: whichever can be read on the colour (WCAG's relative luminance).</summary>
    private string Ink
    {
        get
        {
            double Part(int at)
            {
                var value = int.Parse(Colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
                return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
            }

            return (0.2126 * Part(1)) + (0.7152 * Part(3)) + (0.0722 * Part(5)) > 0.179 ? "#000000" : "#ffffff";
        }
    }
}

/// <summary>Makes the frame from the settings.</summary>
internal sealed class MailFrames(IOptions<MailOptions> options, IStringLocalizer<LayoutTexts> texts, ShopAddress address)
{
    public MailFrame Now => new(options.Value.Brand.Name ?? texts["SiteName"], address.Base, options.Value.Brand.Logo, options.Value.Brand.Colour);
}
