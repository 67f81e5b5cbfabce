using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Shop.Core;
using Shop.Payments;
using Shop.Payments.Fees;

namespace Shop.Web.Pages.About;

/// <summary>What one service takes of one price, in money and as part of it; null where it does not take that amount.</summary>
internal sealed record FeeOfPrice(Money Price, IReadOnlyList<(Money Fee, Ratio Share)?> Of);

/// <summary>What payment services take of the shop's prices: for everybody, in words, figures and a plot (fees.md, section 5).</summary>
[AllowAnonymous]
internal sealed class FeesModel(ShopDbContext db, FeeDesk desk, TimeProvider clock) : PageModel
{
    public FeesInForce InForce { get; private set; } = null!;

    /// <summary>The lowest price first.</summary>
    public IReadOnlyList<FeeOfPrice> Prices { get; private set; } = [];

    public DateTimeOffset At { get; private set; }

    public DateTimeOffset? AssuredUntil { get; private set; }

    public Currency Currency => InForce.Prices.Currency;

    public Money Money(long units) => new(units / FeeAmount.UnitsPerMinor(Currency), Currency);

    public (Ratio Least, Ratio Greatest) RangeOf(int backend)
    {
        var shares = Prices.Where(p => p.Of[backend] is not null).Select(p => p.Of[backend]!.Value.Share).DefaultIfEmpty(Ratio.Zero).ToList();
        return (shares.Min(), shares.Max());
    }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        At = clock.GetUtcNow();
        InForce = await desk.InForceAsync(db, cancellationToken);
        AssuredUntil = ShopMetrics.AssuredUntil(InForce.Prices, InForce.Backends) is { } until && until > At ? until : null;
        var unit = FeeAmount.UnitsPerMinor(Currency);
        Prices = [.. InForce.Prices.Prices.Select(price => new FeeOfPrice(
            Money(price), [.. InForce.Backends.Select(b => b.Takes(price) ? (Money(b.Of(price, unit)), new Ratio(b.Of(price, unit), price)) : ((Money, Ratio)?)null)]))];
    }
}
