using Microsoft.AspNetCore.Mvc;
using Shop.Core;
using Shop.Web.Security;

namespace Shop.Web.Mail;

/// <summary>Every mail the shop sends, with made-up contents.</summary>
internal sealed class MailPreviews(IEnumerable<OutboxHandler> handlers)
{
    /// <summary>The kinds of mails, by their words.</summary>
    public IReadOnlyList<string> Kinds { get; } = [.. handlers.OfType<MailHandler>().Select(h => h.Kind).Order(StringComparer.Ordinal)];

    /// <summary>A mail; null: there is none of that kind.</summary>
    public async Task<OutgoingMail?> FindAsync(string kind) => handlers.OfType<MailHandler>().FirstOrDefault(h => h.Kind == kind) is { } handler ? await handler.PreviewAsync() : null;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/admin/mails/{kind}/html", ShowAsync).RequireAuthorization(StaffPolicies.Clerk);

    /// <summary>The HTML part as it is sent, with nothing around it: it may show its own style and pictures, and do nothing.</summary>
    private static async Task<IResult> ShowAsync(string kind, [FromServices] MailPreviews previews, [FromServices] MailFrames frames, HttpContext context)
    {
        if (await previews.FindAsync(kind) is not { } mail)
        {
            return Results.NotFound();
        }

        var frame = frames.Now;
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src '{frame.StyleHash}'; img-src https:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
        return Results.Content(mail.Html(frame), "text/html; charset=utf-8");
    }
}
