using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Pages.Admin.Rules;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Catalogue;

/// <summary>One product: its numbers, its pictures, what a virtual gift is beside its price, and the way into a draft of its row.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class EditModel(ShopDbContext db, CatalogueDesk desk, RuleDesk rules, IStringLocalizer<CatalogueTexts> texts) : FormPage
{
    private const int HashShown = 12;

    [FromRoute(Name = "sku")]
    public string Sku { get; set; } = "";

    [BindProperty]
    public bool On { get; set; }

    [BindProperty]
    public string? SwitchReason { get; set; }

    [BindProperty]
    public string? Tags { get; set; }

    [BindProperty]
    public bool Featured { get; set; }

    [BindProperty]
    public bool Custom { get; set; }

    [BindProperty]
    public string? DetailsReason { get; set; }

    [BindProperty]
    public PictureSize Size { get; set; }

    [BindProperty]
    public IFormFile? Upload { get; set; }

    [BindProperty]
    public string? PictureReason { get; set; }

    [BindProperty]
    public string? DeleteReason { get; set; }

    public CatalogueRow Row { get; private set; } = null!;

    public IReadOnlyList<CatalogueEvent> History { get; private set; } = [];

    private long Admin => User.MemberId()!.Value;

    public static string Address(string sku) => $"/admin/catalogue/products/{Uri.EscapeDataString(sku)}";

    /// <summary>A value of the history: states and yes or no in words, of a picture the beginning of its hash.</summary>
    public string Value(CatalogueField field, string? value) => (field, value) switch
    {
        (_, null) => "–",
        (CatalogueField.SmallPicture or CatalogueField.LargePicture, _) => value[..Math.Min(HashShown, value.Length)] + "…",
        (CatalogueField.Featured or CatalogueField.Custom, _) => texts[value == "1" ? "OnSale.Yes" : "OnSale.No"],
        (CatalogueField.State or CatalogueField.Deleted, _) => texts[$"Gift.State.{Words.Parse<VirtualGiftState>(value)}"],
        _ => value,
    };

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostDraftAsync(CancellationToken cancellationToken)
    {
        var (draft, _) = await rules.ContinueAsync(Admin, cancellationToken);
        return LocalRedirect($"{Rules.EditModel.Address(draft, PriceList.Section)}?list=products&row={Uri.EscapeDataString(Sku)}");
    }

    public async Task<IActionResult> OnPostSwitchAsync(CancellationToken cancellationToken) => await AnswerAsync(
        await desk.SwitchAsync(Sku, On, SwitchReason, Admin, cancellationToken), nameof(SwitchReason),
        texts["Gift.Switched", texts[$"Gift.State.{(On ? VirtualGiftState.Active : VirtualGiftState.Off)}"].Value], cancellationToken);

    public async Task<IActionResult> OnPostDetailsAsync(CancellationToken cancellationToken) => await AnswerAsync(
        await desk.DescribeAsync(Sku, new GiftDetails(Tags ?? "", Featured, Custom), DetailsReason, Admin, cancellationToken), nameof(DetailsReason), texts["Gift.Saved"], cancellationToken);

    public async Task<IActionResult> OnPostPictureAsync(CancellationToken cancellationToken)
    {
        var file = await Uploads.ReadAsync(Upload, cancellationToken);
        return await AnswerAsync(
            await desk.PictureAsync(Sku, Size, file, PictureReason, Admin, cancellationToken), nameof(PictureReason), texts["Pictures.Done"], cancellationToken);
    }

    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        switch (await desk.DeleteAsync(Sku, DeleteReason, Admin, cancellationToken))
        {
            case CatalogueResult.Drafted { Draft: var draft }:
                TempData.Done(texts["Gift.DeletedDraft"]);
                return LocalRedirect(DraftModel.Address(draft));
            case CatalogueResult.Done:
                TempData.Done(texts["Gift.Deleted"]);
                return LocalRedirect("/admin/catalogue");
            case var other:
                return await AnswerAsync(other, nameof(DeleteReason), "", cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (await desk.FindAsync(db, Sku, cancellationToken) is not { } found)
        {
            return NotFound();
        }

        (Row, History) = found;
        if (HttpMethods.IsGet(Request.Method) || Request.Query["handler"] != "Details")
        {
            (Tags, Featured, Custom) = (Row.Gift?.Tags?.Trim(), Row.Gift?.Featured ?? false, Row.Gift?.Custom ?? false);
        }

        return null;
    }

    private async Task<IActionResult> AnswerAsync(CatalogueResult result, string reason, string done, CancellationToken cancellationToken)
    {
        if (result is CatalogueResult.Done)
        {
            TempData.Done(done);
            return LocalRedirect(Address(Sku));
        }

        var (field, text) = CatalogueWords.Problem(result, reason, Size, texts);
        Problem(field, text);
        return await ShowAgainAsync(cancellationToken);
    }
}
