using Microsoft.AspNetCore.Authorization;
using AutoMapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Mapping;
using Shop.Web.Texts;
using Shop.Web.Security;

namespace Shop.Web.Pages.Account;

/// <summary>The member's orders: by page, by state, in the order the reader likes (DW-75). Words in the address that mean nothing are passed over.</summary>
[Authorize(StaffPolicies.Member)]
internal sealed class OrdersModel(
    ShopDbContext db, OrderReader orders, IMapper mapper, IStringLocalizer<OrderTexts> texts, IStringLocalizer<CheckoutTexts> methods, IStringLocalizer<LayoutTexts> words) : PageModel
{
    [FromQuery(Name = "state")]
    public string? State { get; set; }

    [FromQuery(Name = "sort")]
    public string? Sort { get; set; }

    public OrderSort Sorted { get; private set; }

    public IReadOnlyList<HistoryRow> Rows { get; private set; } = [];

    public OrderPage Found { get; private set; } = null!;

    public PagerModel Pager => new(Found.Page, Found.Page * Found.PageSize < Found.Total, page => Address(Sorted, page));

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        OrderState? state = Words.TryParse<OrderState>(State, out var known) ? known : null;
        State = state is null ? null : State;
        Sorted = Words.TryParse<OrderSort>(Sort, out var sort) ? sort : OrderSort.Newest;
        var number = int.TryParse(page, System.Globalization.NumberStyles.None, null, out var asked) ? asked : 1;
        Found = await orders.PageAsync(db, User.MemberId()!.Value, state, Sorted, number, cancellationToken);
        Rows = [.. Found.Rows.Select(Row)];
    }

    public string Address(OrderSort sort, int page = 1) =>
        $"/account/orders?sort={Words.Of(sort)}" + (State is null ? "" : $"&state={State}") + (page == 1 ? "" : $"&page={page}");

    private HistoryRow Row(OrderRow order)
    {
        var row = mapper.Map<HistoryRow>(order);
        var currency = Currency.Of(order.Currency);
        row.Total = new Money(order.PriceMinor, currency).ForReader();
        row.Split = order.DuePoints == 0 ? "" : texts["Line.Split", new Money(order.DueMinor, currency).ForReader(), words.Count("Points", order.DuePoints)];
        row.State = Words.Of(order.State);
        row.Method = order.DueMinor == 0 ? methods.Name(PayMethod.Points, PayMethod.Points) : order.Provider is { } provider ? methods.Name(provider, provider) : "";
        return row;
    }
}
