using System.Text.Json.Serialization;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Where each kind of event goes, and who of the staff is written to: a section of the rule book. Receipts go by mail whatever else is done with their event.
/// </summary>
public sealed record EventTerms
{
    public const string Section = "shop.events";

    private static readonly string[] Receipt = [Words.Of(EventRoute.Mail), Words.Of(EventRoute.Both)];
    private static readonly string[] Any = [.. Enum.GetValues<EventRoute>().Select(Words.Of)];
    private static readonly string[] Readers = [Nobody, StaffRoles.Clerk, StaffRoles.Refunder, StaffRoles.Owner];

    /// <summary>No member of staff.</summary>
    public const string Nobody = "nobody";

    public string MethodCreated { get; init; } = Words.Of(EventRoute.Nowhere);

    public string MethodUpdated { get; init; } = Words.Of(EventRoute.Nowhere);

    public string SubscriptionCreated { get; init; } = Words.Of(EventRoute.Nowhere);

    public string ChargeSucceeded { get; init; } = Words.Of(EventRoute.Mail);

    public string ChargeFailed { get; init; } = Words.Of(EventRoute.Mail);

    public string CancelledByMember { get; init; } = Words.Of(EventRoute.Nowhere);

    public string CancelledBySystem { get; init; } = Words.Of(EventRoute.Mail);

    public string OrderPaid { get; init; } = Words.Of(EventRoute.Mail);

    public string OrderRefunded { get; init; } = Words.Of(EventRoute.Mail);

    public string GiftDelivered { get; init; } = Words.Of(EventRoute.Mail);

    public string TimeExpiring { get; init; } = Words.Of(EventRoute.Mail);

    public string TimeExpired { get; init; } = Words.Of(EventRoute.Mail);

    public string DisputeOpened { get; init; } = Words.Of(EventRoute.Nowhere);

    public string FlagRaised { get; init; } = Words.Of(EventRoute.Mail);

    /// <summary>A method that is added within so many hours of a sign-in on a device that was new is told of by mail, whatever its route; 0: never.</summary>
    public int WarnHours { get; init; } = 72;

    /// <summary>The role whose members, with the owners, are written to about flags and disputes; <see cref="Nobody"/>: no one is.</summary>
    public string NoticeRole { get; init; } = StaffRoles.Refunder;

    /// <summary>The role whose members, with the owners, get the daily summary; <see cref="Nobody"/>: no one does.</summary>
    public string DigestRole { get; init; } = StaffRoles.Owner;

    /// <summary>At which hour of <see cref="DigestZone"/> the summary of the day before is written.</summary>
    public int DigestHour { get; init; } = 7;

    /// <summary>IANA name of the zone whose days are summed up.</summary>
    public string DigestZone { get; init; } = "UTC";

    /// <summary>Where events of a kind go. What is told to sellers is no matter of the rules.</summary>
    public EventRoute RouteOf(ShopEventKind kind) => Words.Parse<EventRoute>(kind switch
    {
        ShopEventKind.MethodCreated => MethodCreated,
        ShopEventKind.MethodUpdated => MethodUpdated,
        ShopEventKind.SubscriptionCreated => SubscriptionCreated,
        ShopEventKind.ChargeSucceeded => ChargeSucceeded,
        ShopEventKind.ChargeFailed => ChargeFailed,
        ShopEventKind.CancelledByMember => CancelledByMember,
        ShopEventKind.CancelledBySystem => CancelledBySystem,
        ShopEventKind.OrderPaid => OrderPaid,
        ShopEventKind.OrderRefunded => OrderRefunded,
        ShopEventKind.GiftDelivered => GiftDelivered,
        ShopEventKind.TimeExpiring => TimeExpiring,
        ShopEventKind.TimeExpired => TimeExpired,
        ShopEventKind.DisputeOpened => DisputeOpened,
        ShopEventKind.FlagRaised => FlagRaised,
        ShopEventKind.EntitlementGranted or ShopEventKind.EntitlementRevoked or ShopEventKind.SubscriptionCancelled or ShopEventKind.SellerTest => Words.Of(EventRoute.Webhook),
        _ => throw new System.Diagnostics.UnreachableException(),
    });

    [JsonIgnore]
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(DigestZone);

    public static RuleSection<EventTerms> Rules { get; } = new(Section, new EventTerms(), Check)
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Choice("orderPaid", Receipt), new RuleField.Choice("orderRefunded", Receipt), new RuleField.Choice("chargeSucceeded", Receipt),
            new RuleField.Choice("chargeFailed", Any), new RuleField.Choice("cancelledBySystem", Any), new RuleField.Choice("cancelledByMember", Any),
            new RuleField.Choice("subscriptionCreated", Any), new RuleField.Choice("methodUpdated", Any), new RuleField.Choice("methodCreated", Any),
            new RuleField.Number("warnHours", 0, 720), new RuleField.Choice("giftDelivered", Any), new RuleField.Choice("timeExpiring", Any),
            new RuleField.Choice("timeExpired", Any), new RuleField.Choice("disputeOpened", Any), new RuleField.Choice("flagRaised", Any),
            new RuleField.Choice("noticeRole", Readers), new RuleField.Choice("digestRole", Readers), new RuleField.Number("digestHour", 0, 23),
            new RuleField.Text("digestZone", 64),
        ],
    };

    private static IEnumerable<RuleProblem> Check(EventTerms terms)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(terms.DigestZone, out _))
        {
            yield return new RuleProblem($"{Section}:digestZone", ShopRuleTexts.Get("DigestZone", terms.DigestZone));
        }
    }
}
