using System.Diagnostics.Metrics;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Forged webhooks leave a count and nothing else.</summary>
internal static class WebhookMeter
{
    private static readonly Meter Meter = new("Shop.Core");
    private static readonly Counter<long> Forged = Meter.CreateCounter<long>("shop.webhooks.rejected");

    public static void Rejected(ProviderId provider) => Forged.Add(1, new KeyValuePair<string, object?>("provider", provider.Value));
}
