using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>What the member gave and got, and the communities whose dates are theirs to see.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class GiftsModel(ShopDbContext db, Gifts gifts, GiftReturns returns, VirtualGiftOffers offers, IStringLocalizer<OrderTexts> texts, TimeProvider clock) : FormPage
{
    private const int LastPage = 10_000;

    public GiftPage<GivenGift> Given { get; private set; } = null!;

    public GiftPage<ReceivedGift> Received { get; private set; } = null!;

    public IReadOnlyList<MaintainedCommunity> Communities { get; private set; } = [];

    public GiftTerms Terms { get; private set; } = null!;

    public PagerModel Pager { get; private set; } = null!;

    public DateTimeOffset Now { get; private set; }

    [FromQuery(Name = "page")]
    public string? PageNumber { get; set; }

    /// <summary>The gift can still be accepted.</summary>
    public bool Waits(ReceivedGift gift) => gift.Answer == VirtualGiftOfferState.Offered && gift.LapsesAt > Now;

    /// <summary>What became of a virtual gift, as a key of the texts; one whose time is over has lapsed, whether the worker was there or not.</summary>
    public string AnswerOf(ReceivedGift gift) => $"Gifts.Answer.{(gift.Answer == VirtualGiftOfferState.Offered && !Waits(gift) ? VirtualGiftOfferState.Lapsed : gift.Answer!.Value)}";

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostAcceptAsync([FromForm] long gift, CancellationToken cancellationToken) =>
        Answered(await offers.AcceptAsync(User.MemberId()!.Value, gift, cancellationToken), "Gifts.Accepted");

    public async Task<IActionResult> OnPostDeclineAsync([FromForm] long gift, CancellationToken cancellationToken) =>
        Answered(await offers.DeclineAsync(User.MemberId()!.Value, gift, cancellationToken), "Gifts.Declined");

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var member = User.MemberId()!.Value;
        var number = int.TryParse(PageNumber, System.Globalization.NumberStyles.None, null, out var asked) ? Math.Clamp(asked, 1, LastPage) : 1;
        Now = clock.GetUtcNow();
        Given = await gifts.GivenAsync(db, member, number, cancellationToken);
        Terms = await returns.TermsAsync(db, cancellationToken);
        Received = await Gifts.ReceivedAsync(db, member, number, cancellationToken);
        Communities = await Shop.Accounts.Communities.OfAsync(db, member, cancellationToken);
        Pager = new PagerModel(number, Given.More || Received.More, other => $"/account/gifts?page={other}");
        return null;
    }

    private RedirectToPageResult Answered(bool done, string text)
    {
        if (done)
        {
            TempData.Done(texts[text]);
        }
        else
        {
            TempData.Problem(texts["Gifts.TooLate"]);
        }

        return RedirectToPage();
    }
}
