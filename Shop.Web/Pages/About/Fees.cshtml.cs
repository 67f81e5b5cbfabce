using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Payments;
using Shop.Payments.Fees;

namespace Shop.Web.Pages.About;

/// <summary>What one service takes of one price, in money and as part of it; null where it does not take that amount.</summary>
internal sealed record FeeOfPrice(Money Price, IReadOnlyList<(Money Fee, Ratio Share)?> Of);

/// <summary>What a service makes of the prices. The example is a price that pays with all of them.</summary>
internal sealed record ServiceFees(BackendFee Terms, Ratio Least, Ratio Greatest, Money? Floor, Money Covered, Money LostByRefund);

/// <summary>What payment services take of the shop's prices: for everybody, in words, figures and a plot.</summary>
[AllowAnonymous]
internal sealed class FeesModel(ShopDbContext db, FeeDesk desk, TimeProvider clock) : PageModel
{
    public FeesInForce InForce { get; private set; } = null!;

    /// <summary>The lowest price first.</summary>
    public IReadOnlyList<FeeOfPrice> Prices { get; private set; } = [];

    public IReadOnlyList<ServiceFees> Services { get; private set; } = [];

    /// <summary>What staying paid for a year costs with each product that gives months.</summary>
    public IReadOnlyList<(string Name, Money Price, Money Year)> Years { get; private set; } = [];

    /// <summary>The price in the middle: what a surcharge or a refund would mean for it.</summary>
    public Money Example { get; private set; }

    /// <summary>The most that a service keeps of it.</summary>
    public Money DearestOfExample { get; private set; }

    public DateTimeOffset At { get; private set; }

    public DateTimeOffset? AssuredUntil { get; private set; }

    public Currency Currency => InForce.Prices.Currency;

    public Money Money(long units) => new(units / FeeAmount.UnitsPerMinor(Currency), Currency);

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        At = clock.GetUtcNow();
        InForce = await desk.InForceAsync(db, At, cancellationToken);
        AssuredUntil = ShopMetrics.AssuredUntil(InForce.Prices, InForce.Backends) is { } until && until > At ? until : null;
        var unit = FeeAmount.UnitsPerMinor(Currency);
        var prices = InForce.Prices.Prices;
        Prices = [.. prices.Select(price => new FeeOfPrice(
            Money(price), [.. InForce.Backends.Select(b => b.Takes(price) ? (Money(b.Of(price, unit)), new Ratio(b.Of(price, unit), price)) : ((Money, Ratio)?)null)]))];
        Years = [.. InForce.Prices.Items.Where(i => i is { Months: > 0, Cash: > 0 })
            .Select(i => (InForce.Names.GetValueOrDefault(i.Id, i.Id), Money(i.Cash!.Value), Money(ShopMetrics.YearOf(i))))];
        if (prices.Count == 0)
        {
            return;
        }

        var example = prices[prices.Count / 2];
        (Example, DearestOfExample) = (Money(example), Prices[prices.Count / 2].Of.Select(f => f?.Fee ?? Money(0)).DefaultIfEmpty(Money(0)).Max());
        Services = [.. InForce.Backends.Select((b, i) =>
        {
            var shares = Prices.Where(p => p.Of[i] is not null).Select(p => p.Of[i]!.Value.Share).DefaultIfEmpty(Ratio.Zero).ToList();
            return new ServiceFees(
                b, shares.Min(), shares.Max(), b.FloorFor(FeeDesk.Dear, unit) is { } floor ? Money(floor) : null, Money(b.Covered(example, unit)), Money(b.LostByRefund(example, unit)));
        })];
    }
}
