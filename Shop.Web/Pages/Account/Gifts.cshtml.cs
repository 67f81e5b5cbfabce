using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

/// <summary>What the member gave and got, and the communities whose dates are theirs to see.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class GiftsModel(ShopDbContext db, Gifts gifts, GiftReturns returns, TimeProvider clock) : PageModel
{
    private const int LastPage = 10_000;

    public GiftPage<GivenGift> Given { get; private set; } = null!;

    public GiftPage<ReceivedGift> Received { get; private set; } = null!;

    public IReadOnlyList<MaintainedCommunity> Communities { get; private set; } = [];

    public GiftTerms Terms { get; private set; } = null!;

    public PagerModel Pager { get; private set; } = null!;

    public DateTimeOffset Now { get; private set; }

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        var number = int.TryParse(page, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        Now = clock.GetUtcNow();
        Given = await gifts.GivenAsync(db, member, number, cancellationToken);
        Terms = await returns.TermsAsync(db, cancellationToken);
        Received = await Gifts.ReceivedAsync(db, member, number, cancellationToken);
        Communities = await Shop.Accounts.Communities.OfAsync(db, member, cancellationToken);
        Pager = new PagerModel(number, Given.More || Received.More, other => $"/account/gifts?page={other}");
    }
}
