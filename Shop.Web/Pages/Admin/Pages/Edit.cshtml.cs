using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Pages;

/// <summary>Writes the next version of a legal page: look at it first, then publish. Whoever published meanwhile is not overwritten unseen.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class EditModel(
    ShopDbContext db, LegalPages pages, LegalPublishing publishing, IStringLocalizer<AdminTexts> texts, IStringLocalizer<AboutTexts> titles) : FormPage
{
    [BindProperty]
    public string? Text { get; set; }

    /// <summary>The version that the text started from.</summary>
    [BindProperty]
    public int BasedOn { get; set; }

    [BindProperty(SupportsGet = true, Name = "kind")]
    public string Kind { get; set; } = "";

    public LegalText Current { get; private set; } = null!;

    public IHtmlContent? Preview { get; private set; }

    public string Title => titles[$"{Current.Kind}.Title"];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        Preview = LegalMarkdown.Render(Text ?? "");
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostPublishAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } missing)
        {
            return missing;
        }

        switch (await publishing.PublishAsync(Current, Text, BasedOn, User.MemberId()!.Value, cancellationToken))
        {
            case LegalPublishing.Result.Published { Version: var version }:
                TempData.Done(texts["Edit.Done", version, Title]);
                return LocalRedirect("/admin/pages");
            case LegalPublishing.Result.Refused { Text: var text, Value: var value }:
                Problem(nameof(Text), texts[text, value]);
                break;
            case LegalPublishing.Result.Conflict:
                ModelState.Remove(nameof(BasedOn)); // the next try starts from what is in force now
                Problem("", texts["Edit.Conflict", Current.Version]);
                BasedOn = Current.Version;
                break;
        }

        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!Words.TryParse<LegalPageKind>(Kind, out var kind))
        {
            return NotFound();
        }

        Current = await pages.CurrentAsync(db, kind, cancellationToken);
        if (HttpMethods.IsGet(Request.Method))
        {
            (Text, BasedOn) = (Current.Text, Current.Version);
        }

        return null;
    }
}
