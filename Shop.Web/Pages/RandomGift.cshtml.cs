using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>Who gets a gift is left to chance: a member or a community, seen before or hidden (DW-6 to DW-8). Drawing again is looking again.</summary>
[AllowAnonymous]
internal sealed class RandomGiftModel(
    ShopDbContext db, Catalogue catalogue, RandomPool pool, DrawnTickets tickets, LookUps lookUps, IStringLocalizer<ShopTexts> texts) : PageModel
{
    public RandomChoice Choice { get; private set; }

    /// <summary>Whom chance drew; null: hidden, or there is nobody.</summary>
    public Candidate? Candidate { get; private set; }

    /// <summary>What the address of a product says about whom it is for.</summary>
    public string Ticket { get; private set; } = "";

    /// <summary>Why nobody was drawn, in words.</summary>
    public string? Nobody { get; private set; }

    /// <summary>What can be given so.</summary>
    public IReadOnlyList<ProductView> Products { get; private set; } = [];

    public async Task OnGetAsync(string? choice, CancellationToken cancellationToken)
    {
        Choice = Words.TryParse<RandomChoice>(choice, out var chosen) ? chosen : RandomChoice.ShownPerson;
        Products = [.. (await catalogue.FrontAsync(db, User.MemberId(), cancellationToken)).SelectMany(g => g.Products)
            .Where(p => p.Form.AtRandom && p.LeftAtMost != 0 && p.Refusal != LineRefusal.SoldOut)];
        if (Products.Count == 0)
        {
            Nobody = texts["Random.NotOffered"];
        }
        else if (!lookUps.Allow(HttpContext))
        {
            Nobody = texts["Random.TooMany"];
        }
        else if (await pool.DrawAsync(db, Choice.Kind(), HttpContext.Buyer(), cancellationToken) is not { } drawn)
        {
            Nobody = texts["Random.Nobody"];
        }
        else if (Choice.IsHidden())
        {
            Ticket = Words.Of(Choice); // that there is somebody is all that is told
        }
        else
        {
            (Candidate, Ticket) = (drawn, tickets.Of(Choice, drawn));
        }
    }
}
