using Shop.Core;
using Shop.Web.Security;

namespace Shop.Web.Embed;

/// <summary>The two cookies of frames: one that spares a reloaded frame its beginning, where the browser has it, and the one of a window that a frame opened.</summary>
internal sealed class EmbedCookies(ShopCookies cookies, EmbedWindows windows)
{
    private const string Frame = "embed";
    private const string Window = "embed-window";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    /// <summary>Partitioned by the framing site: it says nothing about what somebody does elsewhere. Without https no browser would take it.</summary>
    public void KeepFrame(HttpContext context, string token)
    {
        if (context.Request.IsHttps)
        {
            context.Response.Cookies.Append(cookies.Name(Frame), token, Options(context, Life));
        }
    }

    /// <summary>What the frame was about is done.</summary>
    public void EndFrame(HttpContext context)
    {
        if (FrameOf(context) is not null)
        {
            context.Response.Cookies.Append(cookies.Name(Frame), "", Options(context, TimeSpan.Zero));
        }
    }

    private CookieOptions Options(HttpContext context, TimeSpan age)
    {
        var builder = new CookieBuilder { MaxAge = age };
        cookies.Shape(builder, Frame);
        builder.SameSite = SameSiteMode.None;
        builder.SecurePolicy = CookieSecurePolicy.Always;
        builder.Extensions.Add("Partitioned");
        return builder.Build(context);
    }

    public string? FrameOf(HttpContext context) => cookies.Get(context, Frame);

    public void KeepWindow(HttpContext context, string key) => cookies.Set(context, Window, key, Life);

    /// <summary>An order was placed in this browser: the frame that opened the window for it goes on.</summary>
    public Task PlacedAsync(HttpContext context, string orderNumber) => cookies.Get(context, Window) is { Length: > 0 and < 100 } key
        ? windows.PlacedAsync(key, orderNumber, CancellationToken.None)
        : Task.CompletedTask;
}
