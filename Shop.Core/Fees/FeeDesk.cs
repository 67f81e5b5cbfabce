using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.Payments.Fees;

namespace Shop.Core;

/// <summary>What the shop sells and with whom it takes money, as the rules in force say.</summary>
/// <param name="Source">The rules it was read from.</param>
/// <param name="WithoutFee">Services on offer whose fee no rule says.</param>
/// <param name="Names">What products are called that give time, by their names in the price list.</param>
public sealed record FeesInForce(
    ShopPrices Prices, IReadOnlyList<BackendFee> Backends, ReadOnlyMemory<byte> Source, IReadOnlyList<string> WithoutFee, IReadOnlyDictionary<string, string> Names);

/// <summary>Fees a service really took, beside those that the rules say. Amounts in minor units of the price list's currency.</summary>
/// <param name="Payments">Payments whose fee the service told.</param>
/// <param name="Percentile95">Of the part of the amount that each fee took.</param>
/// <param name="Least">Of what the rules say, over the prices: as a part of the amount.</param>
public sealed record RealisedFees(string Service, int Payments, long AmountMinor, long PromisedMinor, long RealMinor, Ratio Percentile95, Ratio Least, Ratio Greatest)
{
    /// <summary>M10: what is really taken has left the range that is published.</summary>
    public bool HasDrifted => Percentile95 < Least || Percentile95 > Greatest;
}

/// <summary>What the figures say to the one who sets prices: where one service is cheaper than another, and what each makes of small prices.</summary>
public sealed record FeeAdvice(IReadOnlyList<(string Cheaper, string Other, Money Below)> Routing, IReadOnlyList<PackageAdvice> Packages);

/// <param name="Service">Whose fees these are.</param>
/// <param name="Floor">From this price on the fee takes no more than <see cref="FeeDesk.Dear"/>; null: of no price.</param>
/// <param name="Below">Prices below it.</param>
/// <param name="Joined">The price where paying once instead of several times saves the most; null: none is a multiple of another.</param>
public sealed record PackageAdvice(string Service, Money? Floor, IReadOnlyList<Money> Below, (Money Price, long Times, Money Part, Money Saved)? Joined);

/// <summary>Reads the figures that fee metrics are made of. It changes nothing.</summary>
public sealed class FeeDesk(RuleBook rules, ItemKinds kinds, PaymentProviders providers, TimeProvider clock)
{
    /// <summary>Days over which real fees are looked at.</summary>
    public const int Days = 90;

    /// <summary>A fee that takes more of a price than this part is dear.</summary>
    public static readonly Ratio Dear = new(10, 100);

    private const int HistoryDays = 365;
    private const int MostPayments = 20_000;
    private static readonly string[] Sections = [PriceList.Section, FeeTerms.Section, PointTerms.Section, PaymentTerms.Section];

    /// <param name="now">The time that is calculated for: the price history reaches a year back from it. The rules are those in force.</param>
    public async Task<FeesInForce> InForceAsync(ShopDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        var (list, terms, points, methods) = (set.Get<PriceList>(), set.Get<FeeTerms>(), set.Get<PointTerms>(), set.Get<PaymentTerms>());
        var currency = list.Money;
        var onSale = list.Products.Where(p => p.On).ToList();
        var prices = new ShopPrices
        {
            Currency = currency,
            PointValue = FeeAmount.OfMinor(list.PointValueMinor, currency),
            GuaranteedUntil = terms.PricesUntil is { } day ? FeeTerms.Start(day) : null,
            PointsFrom = onSale.Exists(p => p.Kind == BoughtPoints.KindKey) ? points.LeastBought : null,
            PointsExpiry = points.LifeDays > 0 ? new(null, points.LifeDays) : null,
            Items = Items(list),
            Earlier = await EarlierAsync(db, currency, now, cancellationToken),
        };
        var offered = providers.Offered.Where(p => p.Capabilities.Currencies.Contains(currency) && methods.Of(p.Id.Value) is not { Offered: false }).ToList();
        List<BackendFee> backends =
        [
            .. offered.Select(p => (Service: p, Fee: terms.Services.FirstOrDefault(s => s.Service == p.Id.Value))).Where(p => p.Fee is not null)
                .Select(p => p.Fee!.In(currency, terms.FeesUntil, p.Service.Capabilities, methods.Of(p.Service.Id.Value)?.MinimumMinor ?? 0)),
        ];
        var json = await rules.JsonAsync(db, revision, cancellationToken);
        var source = Sections.Select(s => json[s].ToJsonString()).Append(string.Join(',', backends.Select(b => b.Id)))
            .Concat(prices.Earlier?.Items.Select(i => $"{i.Id} {i.Cash}") ?? []);
        return new(
            prices, backends, Encoding.UTF8.GetBytes(string.Join('\n', source)), [.. offered.Select(p => p.Id.Value).Where(id => backends.TrueForAll(b => b.Id != id))],
            onSale.Where(p => p.Kind == PaidTime.KindKey).ToDictionary(p => p.Sku, p => kinds.Get(p.Kind).Name(p)));
    }

    /// <summary>The metrics of the shop as it is; null where no service's fee is known.</summary>
    public static FeeReport? Report(FeesInForce inForce, DateTimeOffset now) => inForce.Backends.Count == 0 || inForce.Prices.Prices.Count == 0
        ? null
        : ShopFeeReport.Make(PriceList.Section, inForce.Prices, inForce.Backends, now, FeePolicy.None, inForce.Source);

    public static FeeAdvice Advise(FeesInForce inForce)
    {
        var (prices, currency) = (inForce.Prices, inForce.Prices.Currency);
        var unit = FeeAmount.UnitsPerMinor(currency);
        return new(
            [.. ShopFeeReport.Crossovers(inForce.Backends, unit).Select(c => (c.Below.Id, c.Other.Id, In(c.At)))],
            [
                .. inForce.Backends.OrderBy(b => b.Id, StringComparer.Ordinal).Select(b =>
                {
                    var (floor, joined) = (b.FloorFor(Dear, unit), ShopMetrics.Consolidations(prices, b, unit).MaxBy(c => c.Saved));
                    return new PackageAdvice(
                        b.Id, floor is { } from ? In(from) : null, [.. prices.Prices.Where(p => b.Takes(p) && !(p >= floor)).Select(In)],
                        joined is { Saved: > 0 } ? (In(joined.Price), joined.Times, In(joined.Part), In(joined.Saved)) : null);
                }),
            ]);

        Money In(long units) => new(units / unit, currency);
    }

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

    // what was sold a year before, or when the shop began; nothing where that was in other money
    private async Task<EarlierPrices?> EarlierAsync(ShopDbContext db, Currency currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = now.AddDays(-HistoryDays);
        var standing = db.RuleRevisions.AsNoTracking().Where(r => r.WithdrawnAt == null).Select(r => new { r.Id, r.EffectiveAt });
        var then = await standing.Where(r => r.EffectiveAt <= from).OrderByDescending(r => r.Id).FirstOrDefaultAsync(cancellationToken)
            ?? await standing.OrderBy(r => r.Id).FirstAsync(cancellationToken);
        var list = await rules.GetAsync<PriceList>(db, then.Id, cancellationToken);
        return list.Money != currency ? null : new(then.EffectiveAt > from ? then.EffectiveAt : from, Items(list));
    }

    private static IReadOnlyList<PricedItem> Items(PriceList list) =>
    [
        .. list.Products.Where(p => p.On && p.Kind != BoughtPoints.KindKey).Select(p => new PricedItem(
            p.Sku, p.Points <= ShopMetrics.MostPoints ? p.Points : null, FeeAmount.OfMinor(p.PriceMinor, list.Money),
            p.Kind == PaidTime.KindKey && PaidTime.GoodsOf(p).Months is > 0 and var months ? months : null)),
    ];
}
