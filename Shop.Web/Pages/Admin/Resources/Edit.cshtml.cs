using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Paywall;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Resources;

/// <summary>A paid resource: a new one, or one that is there. Orders keep what they bought.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class EditModel(ShopDbContext db, ResourceDesk desk, RuleBook rules, IOptions<ResourcesOptions> options, IStringLocalizer<ResourceTexts> texts) : FormPage
{
    /// <summary>The address of a resource that is not there yet.</summary>
    public const string New = "new";

    /// <summary>The resource's name, or <see cref="New"/>.</summary>
    [FromRoute(Name = "code")]
    public string Known { get; set; } = "";

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? Summary { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    [BindProperty]
    public string? Price { get; set; }

    [BindProperty]
    public string? Points { get; set; }

    [BindProperty]
    public string? Body { get; set; }

    [BindProperty]
    public string? Behind { get; set; }

    [BindProperty]
    public bool OnSale { get; set; }

    /// <summary>The revision that the form began with.</summary>
    [BindProperty]
    public int Revision { get; set; }

    /// <summary>Null: it is new.</summary>
    public Resource? Resource { get; private set; }

    public IReadOnlyList<CatalogueEvent> History { get; private set; } = [];

    public Currency Currency { get; private set; } = Currency.Usd;

    public IHtmlContent? Preview { get; private set; }

    public bool IsNew => Known == New;

    public IReadOnlyList<string> Bases => options.Value.Behind;

    public string Here => Address(Known);

    public static string Address(string code) => $"/admin/catalogue/resources/{Uri.EscapeDataString(code)}";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        Preview = LegalMarkdown.Render(Body ?? "");
        return ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } gone)
        {
            return gone;
        }

        if (IsNew && Name?.Trim() == New)
        {
            Problem(nameof(Name), texts["Refusal.Taken"]); // its page here would be the form for a new one
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await desk.SaveAsync(Draft(), IsNew ? null : Revision, User.MemberId()!.Value, cancellationToken))
        {
            case ResourceResult.Done done:
                TempData.Done(texts["Edit.Saved"]);
                return LocalRedirect(Address(done.Code));
            case ResourceResult.Refused refused:
                foreach (var problem in refused.Problems)
                {
                    Problem(FieldOf(problem.Field), Sentence(problem));
                }

                return await ShowAgainAsync(cancellationToken);
            default:
                Problem("", texts["Refusal.Changed"]);
                return await ShowAgainAsync(cancellationToken);
        }
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!IsNew)
        {
            if (await desk.FindAsync(Known, cancellationToken) is not var (found, history))
            {
                return NotFound();
            }

            (Resource, History) = (found, history);
        }

        Currency = (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;
        if (HttpMethods.IsGet(Request.Method))
        {
            Show();
        }

        return null;
    }

    private void Show()
    {
        if (Resource is not { } known)
        {
            Form = Words.Of(ResourceForm.Text);
            return;
        }

        Form = Words.Of(known.Form);
        (Title, Summary, Body, Behind, OnSale, Revision) = (known.Title, known.Summary, known.Body, known.Address, known.OnSale, known.Revision);
        (Price, Points) = (MoneyInput.Write(new Money(known.PriceMinor, Currency)), known.Points?.ToString(CultureInfo.InvariantCulture));
    }

    private ResourceDraft Draft() => new()
    {
        Code = IsNew ? (Name ?? "").Trim() : Known,
        Title = Title ?? "",
        Summary = Summary ?? "",
        Form = Words.TryParse<ResourceForm>(Form, out var form) ? form : (ResourceForm)(-1),
        // what cannot be read is out of bounds, and the desk says so
        PriceMinor = string.IsNullOrWhiteSpace(Price) ? null : MoneyInput.Read(Price, Currency)?.Minor ?? 0,
        Points = string.IsNullOrWhiteSpace(Points) ? null : int.TryParse(Points.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var points) ? points : 0,
        Body = Body,
        Address = Behind,
        OnSale = OnSale,
    };

    private static string FieldOf(ResourceField field) => field switch
    {
        ResourceField.Code => nameof(Name),
        ResourceField.Address => nameof(Behind),
        ResourceField.File => nameof(OnSale),
        _ => $"{field}",
    };

    /// <summary>What is wrong and what is allowed.</summary>
    private string Sentence(ResourceProblem problem) => (problem.Field, problem.Reason) switch
    {
        (ResourceField.Price, ResourceRefusal.Amount) => texts["Refusal.Price", new Money(1, Currency).ForReader(), new Money(problem.Most ?? ResourceDesk.MostAmount, Currency).ForReader()],
        (ResourceField.Points, _) => texts["Refusal.Points", (problem.Most ?? ResourceDesk.MostPoints).ToString("N0", CultureInfo.CurrentCulture)],
        (ResourceField.File, ResourceRefusal.Missing) => texts["Refusal.FileFirst"],
        (ResourceField.Code, ResourceRefusal.Shape) => texts["Refusal.Code"],
        _ => texts[$"Refusal.{problem.Reason}", texts[$"Edit.{problem.Field}"].Value, problem.Most ?? 0],
    };
}
