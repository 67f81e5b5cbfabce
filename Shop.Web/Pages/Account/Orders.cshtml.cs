using System.Globalization;
using AutoMapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Mapping;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Account;

/// <summary>
/// The member's orders: found by what stands on them, by state, year and kind of goods, by page, in the order the reader likes (DW-75). Words in the address that mean
/// nothing are passed over.
/// </summary>
[Authorize(StaffPolicies.Member)]
internal sealed class OrdersModel(
    ShopDbContext db, OrderReader orders, RuleBook rules, ItemKinds kinds, IMapper mapper, TimeProvider clock, IStringLocalizer<OrderTexts> texts,
    IStringLocalizer<CheckoutTexts> methods, IStringLocalizer<LayoutTexts> words) : PageModel
{
    private const int FirstYear = 2000;

    [FromQuery(Name = "q")]
    public string? Text { get; set; }

    [FromQuery(Name = "state")]
    public string? State { get; set; }

    [FromQuery(Name = "year")]
    public string? Year { get; set; }

    [FromQuery(Name = "kind")]
    public string? Kind { get; set; }

    [FromQuery(Name = "sort")]
    public string? Sort { get; set; }

    public OrderSort Sorted { get; private set; }

    public IReadOnlyList<HistoryRow> Rows { get; private set; } = [];

    public OrderPage Found { get; private set; } = null!;

    /// <summary>From the year of the first order to this one, newest first.</summary>
    public IReadOnlyList<int> Years { get; private set; } = [];

    public IEnumerable<string> Kinds => [.. kinds.Keys, SellerItem.KindKey];

    /// <summary>Something is left out by a filter.</summary>
    public bool IsFiltered => Text is not null || State is not null || Year is not null || Kind is not null;

    public PagerModel Pager => new(Found.Page, Found.Page * Found.PageSize < Found.Total, page => Address(Sorted, page));

    public async Task OnGetAsync([FromQuery(Name = "page")] string? page, CancellationToken cancellationToken)
    {
        var (member, zone) = (User.MemberId()!.Value, ReaderZone.Of(HttpContext));
        Text = Text?.Trim() is { Length: > 0 and <= OrderFilter.MostText } typed && !typed.Any(char.IsControl) ? typed : null;
        OrderState? state = Words.TryParse<OrderState>(State, out var known) ? known : null;
        State = state is null ? null : State;
        Kind = Kind is not null && Kinds.Contains(Kind) ? Kind : null;
        var now = TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone).Year;
        var first = await OrderReader.FirstAsync(db, member, cancellationToken) is { } placed ? TimeZoneInfo.ConvertTime(placed, zone).Year : now;
        Years = [.. Enumerable.Range(first, now - first + 1).Reverse()];
        int? year = int.TryParse(Year, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked >= FirstYear && asked <= now ? asked : null;
        Year = year is null ? null : Year;
        Sorted = Words.TryParse<OrderSort>(Sort, out var sort) ? sort : OrderSort.Newest;
        var currency = Text is null ? Currency.Usd : (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;
        var filter = new OrderFilter
        {
            State = state,
            Kind = Kind,
            From = year is { } from ? Begin(new DateOnly(from, 1, 1), zone) : null,
            Before = year is { } last ? Begin(new DateOnly(last + 1, 1, 1), zone) : null,
            Text = Text,
            TextMinor = MoneyText.Read(Text?.Trim('$', '€', '£', ' '), currency),
            TextDay = Day(Text, zone),
        };
        var number = int.TryParse(page, NumberStyles.None, null, out var wanted) ? wanted : 1;
        Found = await orders.PageAsync(db, member, filter, Sorted, number, cancellationToken);
        Rows = [.. Found.Rows.Select(Row)];
    }

    public string Address(OrderSort sort, int page = 1) => $"/account/orders?sort={Words.Of(sort)}"
        + string.Concat(new[] { ("q", Text), ("state", State), ("year", Year), ("kind", Kind) }.Where(p => p.Item2 is not null).Select(p => $"&{p.Item1}={Uri.EscapeDataString(p.Item2!)}"))
        + (page == 1 ? "" : $"&page={page}");

    /// <summary>What a kind of goods is called; one that a site added is called by its key.</summary>
    public string NameOf(string kind) => texts[$"Orders.Kind.{kind}"] is { ResourceNotFound: false } name ? name : kind;

    /// <summary>A typed day, as the calendar writes it or as the reader's language does.</summary>
    private static (DateTimeOffset, DateTimeOffset)? Day(string? typed, TimeZoneInfo zone) =>
        (DateOnly.TryParseExact(typed, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || DateOnly.TryParse(typed, CultureInfo.CurrentCulture, DateTimeStyles.None, out day)) && day.Year >= FirstYear && day < DateOnly.MaxValue
            ? (Begin(day, zone), Begin(day.AddDays(1), zone))
            : null;

    /// <summary>The first instant of a day in a zone; where the clock jumps over midnight, the first after it.</summary>
    private static DateTimeOffset Begin(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(30);
        }

        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

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
