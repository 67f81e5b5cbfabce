using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Pages.Admin.Rules;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Catalogue;

/// <summary>A new product of a kind that the shop knows: it begins a draft of the rules, or goes into the one that is open.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class NewModel(ShopDbContext db, CatalogueDesk desk, ItemKinds kinds, RuleBook rules, IStringLocalizer<CatalogueTexts> texts) : FormPage
{
    private const int MostPoints = 1_000_000;
    private const int MostStock = 1_000_000;
    private const string GiftGroup = "gifts";

    [FromQuery(Name = "kind")]
    public string? Asked { get; set; }

    [BindProperty]
    public string? Sku { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Points { get; set; }

    [BindProperty]
    public string? Price { get; set; }

    [BindProperty]
    public bool ForPoints { get; set; }

    [BindProperty]
    public string? Class { get; set; }

    [BindProperty]
    public string? Months { get; set; }

    [BindProperty]
    public string? About { get; set; }

    [BindProperty]
    public string? Group { get; set; }

    [BindProperty]
    public string? Tags { get; set; }

    [BindProperty]
    public bool Featured { get; set; }

    [BindProperty]
    public bool Custom { get; set; }

    [BindProperty]
    public string? Stock { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public IReadOnlyList<string> Kinds => [.. kinds.Keys];

    public string Kind => Asked is not null && kinds.Find(Asked) is not null ? Asked : VirtualGiftItem.KindKey;

    /// <summary>Points themselves are sold for money only.</summary>
    public bool MayHavePoints => Kind != BoughtPoints.KindKey;

    public Money PointValue { get; private set; }

    public string Example => RuleWords.Typed(new RuleField.Amount("", 0, 0), PointValue.Minor * 100, PointValue.Currency);

    public IReadOnlyList<AccountClass> Classes { get; private set; } = [];

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (Read() is not { } wish)
        {
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await desk.AddAsync(wish, Reason, User.MemberId()!.Value, cancellationToken))
        {
            case CatalogueResult.Drafted { Draft: var draft }:
                TempData.Done(texts[Kind == VirtualGiftItem.KindKey ? "New.DoneGift" : "New.Done"]);
                return LocalRedirect(Kind == VirtualGiftItem.KindKey ? EditModel.Address(wish.Sku) : DraftModel.Address(draft));
            case CatalogueResult.Refused { Problems: var problems }:
                foreach (var problem in problems)
                {
                    Problem(FieldOf(problem.Path), problem.Text);
                }

                break;
            case var other:
                var (field, text) = CatalogueWords.Problem(other, nameof(Reason), PictureSize.Small, texts);
                Problem(field, text);
                break;
        }

        return await ShowAgainAsync(cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var list = set.Get<PriceList>();
        PointValue = new Money(list.PointValueMinor, list.Money);
        Classes = [.. set.Get<AccountTerms>().Classes.Where(c => c.Rank > 0)];
        if (HttpMethods.IsGet(Request.Method))
        {
            var first = Classes is [var lowest, ..] ? lowest.Key : null;
            (ForPoints, Class, Group) = (MayHavePoints, first, Kind switch
            {
                VirtualGiftItem.KindKey => GiftGroup,
                PaidTime.KindKey => first,
                _ => Kind,
            });
        }

        return null;
    }

    /// <summary>What was typed; null: something is no such value, and the form says so.</summary>
    private NewProduct? Read()
    {
        var isGift = Kind == VirtualGiftItem.KindKey;
        var points = Whole(Points);
        if (isGift && points is not (>= 1 and <= MostPoints))
        {
            Problem(nameof(Points), texts["New.Points.Must"]);
        }

        var minor = 0L;
        if (!isGift)
        {
            if (!RuleWords.TryRead(new RuleField.Amount("", 1, long.MaxValue), Price, PointValue.Currency, out var price) || price is null || (long)price <= 0)
            {
                Problem(nameof(Price), texts["New.Price.Must", Example]);
            }
            else
            {
                minor = (long)price;
                points = ForPoints && MayHavePoints ? minor / PointValue.Minor : null;
                if (points is not null && minor % PointValue.Minor != 0)
                {
                    Problem(nameof(ForPoints), texts["New.ForPoints.Must", PointValue.ForReader()]);
                }
            }
        }

        var (stock, months) = (Whole(Stock), Whole(Months));
        if (!string.IsNullOrWhiteSpace(Stock) && stock is not (>= 0 and <= MostStock))
        {
            Problem(nameof(Stock), texts["New.Stock.Must"]);
        }

        if (Kind == PaidTime.KindKey && !string.IsNullOrWhiteSpace(Months) && months is not (>= 1 and <= 99))
        {
            Problem(nameof(Months), texts["New.Months.Must"]);
        }

        return ModelState.ErrorCount > 0 ? null : new NewProduct
        {
            Sku = Sku?.Trim() ?? "",
            Kind = Kind,
            Group = Group?.Trim() ?? "",
            PriceMinor = minor,
            Points = points,
            Stock = (int?)stock,
            About = string.IsNullOrWhiteSpace(About) ? null : About.Trim(),
            Class = Class,
            Months = (int?)months,
            Name = Name?.Trim(),
            Details = new GiftDetails(Tags ?? "", Featured, Custom),
        };
    }

    /// <summary>The field of this form that a problem of the rules is about.</summary>
    private static string FieldOf(string path) => path[(path.LastIndexOf("].", StringComparison.Ordinal) + 2)..] switch
    {
        "sku" => nameof(Sku),
        "group" => nameof(Group),
        "priceMinor" => nameof(Price),
        "points" => nameof(Points),
        "stock" => nameof(Stock),
        "goods.class" => nameof(Class),
        "goods.months" => nameof(Months),
        "goods.name" => nameof(Name),
        "goods.about" or "about" => nameof(About),
        _ => "",
    };

    private static long? Whole(string? typed) => long.TryParse(typed?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
