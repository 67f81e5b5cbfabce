namespace Shop.Payments.Fees;

/// <summary>
/// What a payment service takes of small shops by its published prices. A plug-in that knows adds it when it registers; it is what the rules say until the site writes its own contract there.
/// </summary>
/// <param name="Service">The plug-in's id.</param>
/// <param name="RateThousandths">Thousandths of a percent of the amount: 2900 is 2.9 %.</param>
/// <param name="FixedMinor">Of each payment besides, minor units.</param>
public sealed record PublishedFee(ProviderId Service, int RateThousandths, long FixedMinor);
