using System.Text.Json.Serialization;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A product of paid time that can be renewed by itself.</summary>
public sealed record RenewingPlan(string Product);

/// <summary>What renews by itself, and what happens when a renewal is not paid: a section of the rule book.</summary>
public sealed record SubscriptionTerms
{
    public const string Section = "shop.subscriptions";

    /// <summary>The products that buyers may renew by themselves. Subscriptions that run go on whatever stands here.</summary>
    public IReadOnlyList<RenewingPlan> Plans { get; init; } = [new("paid1"), new("paid6"), new("paid12"), new("prem6"), new("prem12")];

    /// <summary>So many days before the time paid for is over the next period is charged, so that it never breaks off.</summary>
    public int LeadDays { get; init; } = 1;

    /// <summary>So many days after the first try a failed renewal is tried again; 0: not.</summary>
    public int SecondTryDays { get; init; } = 10;

    /// <summary>So many days after the first try it is tried for the last time; 0: not.</summary>
    public int ThirdTryDays { get; init; } = 20;

    /// <summary>So many days after the last try a subscription is cancelled that is still not paid.</summary>
    public int GraceDays { get; init; } = 3;

    /// <summary>So many days before a new price is charged its payer is told.</summary>
    public int AnnounceDays { get; init; } = 14;

    /// <summary>Days after the first try on which a renewal is tried, the first among them.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> TryDays => [0, .. new[] { SecondTryDays, ThirdTryDays }.Where(day => day > 0).Distinct().Order()];

    [JsonIgnore]
    internal TimeSpan Lead => TimeSpan.FromDays(LeadDays);

    [JsonIgnore]
    internal TimeSpan Grace => TimeSpan.FromDays(GraceDays);

    /// <summary>So long after a period should have begun nobody is charged for it any more.</summary>
    [JsonIgnore]
    internal TimeSpan MostLate => TimeSpan.FromDays(TryDays[^1]) + Grace;

    /// <summary>
    /// What buyers may renew by themselves. Nothing where tax comes on top of prices: what is charged each time is agreed upon with its tax (docs/adr/0032).
    /// </summary>
    internal static bool Offers(RuleSet rules, Product product) => !rules.Get<TaxTerms>().IsOnTop
        && (product.Kind == SellerItem.KindKey ? SellerItem.GoodsOf(product).Sale == SellerSale.Recurring : rules.Get<SubscriptionTerms>().Renews(product));

    internal bool Renews(Product product) =>
        product.Kind == PaidTime.KindKey && PaidTime.GoodsOf(product).Months > 0 && Plans.Any(plan => plan.Product == product.Sku);

    public static RuleSection<SubscriptionTerms> Rules { get; } = new(Section, new SubscriptionTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Rows("plans", ["product"], [new RuleField.Word("product", 64)]) { Blank = new() { ["product"] = "" } },
            new RuleField.Number("leadDays", 1, 14), new RuleField.Number("secondTryDays", 0, 60), new RuleField.Number("thirdTryDays", 0, 60),
            new RuleField.Number("graceDays", 0, 60), new RuleField.Number("announceDays", 1, 90),
        ],
    };
}

/// <summary>What renews by itself of a product, and for how long each time.</summary>
internal static class RenewedGoods
{
    /// <summary>Of paid time its class, whatever the plan; of a seller's product itself: of either a buyer has one subscription at a time.</summary>
    public static (string Product, int Months) Of(Product product)
    {
        if (product.Kind == SellerItem.KindKey)
        {
            return (product.Sku, SellerItem.GoodsOf(product).Months!.Value);
        }

        var goods = PaidTime.GoodsOf(product);
        return (goods.Class, goods.Months);
    }
}
