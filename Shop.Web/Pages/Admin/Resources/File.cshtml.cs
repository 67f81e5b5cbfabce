using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Resources;

/// <summary>The file of a resource: a form of its own, because it may be far larger than any other.</summary>
[Authorize(StaffPolicies.RuleEditor)]
[LargeUpload]
[RequestSizeLimit(MostRequest)]
[RequestFormLimits(MultipartBodyLengthLimit = MostRequest)]
internal sealed class FileModel(ShopDbContext db, ResourceDesk desk, RuleBook rules, IStringLocalizer<ResourceTexts> texts) : FormPage
{
    private const int Kilo = 1024;
    private const string AnyType = "application/octet-stream";

    /// <summary>More than the rules allow a file to be; how much that is they say.</summary>
    private const long MostRequest = 201L * Kilo * Kilo;

    [FromRoute(Name = "code")]
    public string Code { get; set; } = "";

    [BindProperty]
    public IFormFile? Upload { get; set; }

    public Resource Resource { get; private set; } = null!;

    public int MostMegabytes { get; private set; }

    public static string Address(string code) => $"{EditModel.Address(code)}/file";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } gone)
        {
            return gone;
        }

        if (Upload is not { } upload || upload.Length == 0)
        {
            Problem(nameof(Upload), texts["Refusal.FileMissing"]);
            return await ShowAgainAsync(cancellationToken);
        }

        await using var content = upload.OpenReadStream();
        var type = string.IsNullOrEmpty(upload.ContentType) ? AnyType : upload.ContentType;
        switch (await desk.SetFileAsync(Code, content, upload.FileName, type, upload.Length, cancellationToken, User.MemberId()!.Value))
        {
            case ResourceResult.Done:
                TempData.Done(texts["File.Saved"]);
                return LocalRedirect(EditModel.Address(Code));
            case ResourceResult.Refused { Problems: [var problem, ..] }:
                Problem(nameof(Upload), texts[$"Refusal.{problem.Reason}", texts["File.Upload"].Value, problem.Most ?? 0]);
                return await ShowAgainAsync(cancellationToken);
            default:
                Problem("", texts["Refusal.Changed"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await desk.FindAsync(Code, cancellationToken) is not ({ Form: ResourceForm.File } resource, _))
        {
            return NotFound();
        }

        Resource = resource;
        MostMegabytes = (await rules.GetAsync<ResourceTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).LargestFileKb / Kilo;
        return null;
    }
}
