using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.Payments.Fees;

namespace Shop.Core;

/// <summary>What the shop sells and with whom it takes money, as the rules in force say.</summary>
/// <param name="Source">The rules it was read from.</param>
/// <param name="WithoutFee">Services on offer whose fee no rule says.</param>
public sealed record FeesInForce(ShopPrices Prices, IReadOnlyList<BackendFee> Backends, ReadOnlyMemory<byte> Source, IReadOnlyList<string> WithoutFee);

/// <summary>Fees a service really took, beside those that the rules say. Amounts in minor units of the price list's currency.</summary>
/// <param name="Payments">Payments whose fee the service told.</param>
/// <param name="Percentile95">Of the part of the amount that each fee took.</param>
/// <param name="Least">Of what the rules say, over the prices: as a part of the amount.</param>
public sealed record RealisedFees(string Service, int Payments, long AmountMinor, long PromisedMinor, long RealMinor, Ratio Percentile95, Ratio Least, Ratio Greatest)
{
    /// <summary>M10: what is really taken has left the range that is published.</summary>
    public bool HasDrifted => Percentile95 < Least || Percentile95 > Greatest;
}

/// <summary>Reads the figures that fee metrics are made of. It changes nothing.</summary>
public sealed class FeeDesk(RuleBook rules, PaymentProviders providers, TimeProvider clock)
{
    /// <summary>Days over which real fees are looked at.</summary>
    public const int Days = 90;

    private const int MostPayments = 20_000;

    public async Task<FeesInForce> InForceAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var set = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var (list, terms, points) = (set.Get<PriceList>(), set.Get<FeeTerms>(), set.Get<PointTerms>());
        var currency = list.Money;
        var offered = providers.Offered.Where(p => p.Capabilities.Currencies.Contains(currency) && set.Get<PaymentTerms>().Of(p.Id.Value) is not { Offered: false }).ToList();
        var onSale = list.Products.Where(p => p.On).ToList();
        var prices = new ShopPrices
        {
            Currency = currency,
            PointValue = FeeAmount.OfMinor(list.PointValueMinor, currency),
            GuaranteedUntil = terms.PricesUntil is { } day ? FeeTerms.Start(day) : null,
            PointsFrom = onSale.Exists(p => p.Kind == BoughtPoints.KindKey) ? points.LeastBought : null,
            Items =
            [
                .. onSale.Where(p => p.Kind != BoughtPoints.KindKey).Select(p => new PricedItem(
                    p.Sku, p.Points <= ShopMetrics.MostPoints ? p.Points : null, FeeAmount.OfMinor(p.PriceMinor, currency),
                    p.Kind == PaidTime.KindKey && PaidTime.GoodsOf(p).Months is > 0 and var months ? months : null)),
            ],
        };
        List<BackendFee> backends =
            [.. offered.Select(p => (p.Capabilities, Fee: terms.Services.FirstOrDefault(s => s.Service == p.Id.Value))).Where(p => p.Fee is not null).Select(p => p.Fee!.In(currency, terms.FeesUntil, p.Capabilities))];
        var json = await rules.JsonAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var source = string.Join('\n', new[] { PriceList.Section, FeeTerms.Section, PointTerms.Section }.Select(s => json[s].ToJsonString()).Append(string.Join(',', backends.Select(b => b.Id))));
        return new(prices, backends, Encoding.UTF8.GetBytes(source), [.. offered.Select(p => p.Id.Value).Where(id => backends.TrueForAll(b => b.Id != id))]);
    }

    /// <summary>The metrics of the shop as it is; null where no service's fee is known.</summary>
    public FeeReport? Report(FeesInForce inForce) => inForce.Backends.Count == 0 || inForce.Prices.Prices.Count == 0
        ? null
        : ShopFeeReport.Make(PriceList.Section, inForce.Prices, inForce.Backends, clock.GetUtcNow(), FeePolicy.None, inForce.Source);

    /// <summary>What services said they took of the payments of the last <see cref="Days"/> days, the newest first where there are very many.</summary>
    public async Task<IReadOnlyList<RealisedFees>> RealisedAsync(ShopDbContext db, FeesInForce inForce, CancellationToken cancellationToken)
    {
        var (currency, since) = (inForce.Prices.Currency, clock.GetUtcNow().AddDays(-Days));
        var paid = await db.ProviderPayments.Where(p => p.FeeMinor != null && p.Currency == currency.Code && p.FeeCurrency == currency.Code && p.SeenAt >= since).OrderByDescending(p => p.Id).Take(MostPayments)
            .Select(p => new { p.Provider, p.AmountMinor, Fee = p.FeeMinor!.Value }).ToListAsync(cancellationToken);
        var unit = FeeAmount.UnitsPerMinor(currency);
        return
        [
            .. inForce.Backends.OrderBy(b => b.Id, StringComparer.Ordinal).Select(b => (Backend: b, Paid: paid.Where(p => p.Provider == b.Id).ToList())).Where(b => b.Paid.Count > 0).Select(b =>
            {
                var published = inForce.Prices.Prices.Where(b.Backend.Takes).Select(p => new Ratio(b.Backend.Of(p, unit), p)).DefaultIfEmpty(Ratio.Zero).ToList();
                return new RealisedFees(
                    b.Backend.Id, b.Paid.Count, b.Paid.Sum(p => p.AmountMinor), b.Paid.Sum(p => b.Backend.Of(p.AmountMinor * unit, unit) / unit), b.Paid.Sum(p => p.Fee),
                    ShopMetrics.Percentile95(b.Paid.Select(p => (p.AmountMinor, p.Fee))) ?? Ratio.Zero, published.Min(), published.Max());
            }),
        ];
    }
}
