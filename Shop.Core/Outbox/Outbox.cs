using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Writes messages to be sent after the commit.</summary>
public static class Outbox
{
    /// <summary>Adds a row to the caller's context; its SaveChanges writes it with whatever caused it. The key must be new: it is unique.</summary>
    public static void Add(ShopDbContext db, string dedupeKey, string kind, object payload, DateTimeOffset now, DateTimeOffset? due = null) =>
        db.Outbox.Add(new OutboxRow
        {
            DedupeKey = dedupeKey,
            Kind = kind,
            Payload = JsonSerializer.Serialize(payload, payload.GetType(), JsonSerializerOptions.Web),
            CreatedAt = now,
            DueAt = due ?? now,
        });

    /// <summary>Adds a row unless its key was used before. <paramref name="eventId"/>: the event it follows from.</summary>
    public static async Task AddOnceAsync(
        ShopDbContext db, string dedupeKey, string kind, object payload, DateTimeOffset now, DateTimeOffset due, CancellationToken cancellationToken, long? eventId = null)
    {
        var (json, created, at) = (JsonSerializer.Serialize(payload, payload.GetType(), JsonSerializerOptions.Web), now.ToUnixTimeMilliseconds(), due.ToUnixTimeMilliseconds());
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO outbox (dedupe_key, kind, payload, created_at, due_at, attempts, dead, lease_until, lease_no, event_id)
            VALUES ({dedupeKey}, {kind}, {json}, {created}, {at}, 0, 0, 0, 0, {eventId}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
    }
}

/// <summary>The kinds of messages the shop itself writes, with their payloads.</summary>
public static class OutboxKinds
{
    /// <summary>The buyer's receipt; <see cref="ReceiptMessage"/>.</summary>
    public const string Receipt = "mail.receipt";

    /// <summary>Tells a buyer that a payment which was in doubt came to nothing; <see cref="PaymentEndedMessage"/>.</summary>
    public const string PaymentEnded = "mail.payment_ended";

    /// <summary>Tells a buyer where to send the money, and with which reference; <see cref="SendFundsMessage"/>.</summary>
    public const string SendFunds = "mail.send_funds";

    /// <summary>Tells one of the staff that money is to come by hand; <see cref="FundsExpectedMessage"/>.</summary>
    public const string FundsExpected = "mail.funds_expected";

    /// <summary>Tells a buyer that money did not come in time and the order is over; <see cref="OrderOverMessage"/>.</summary>
    public const string OrderOver = "mail.order_over";

    /// <summary>Tells a recipient of a gift; <see cref="GiftMessage"/>.</summary>
    public const string Gift = "mail.gift";

    /// <summary>Tells a member that time runs out, or ran out; <see cref="ExpiryMessage"/>.</summary>
    public const string Expiry = "mail.expiry";

    /// <summary>The code of a gift, to the address it is for; <see cref="ClaimMessage"/>.</summary>
    public const string Claim = "mail.claim";

    /// <summary>Tells a giver that a gift could not be delivered, and what can be done; <see cref="GiftStuckMessage"/>.</summary>
    public const string GiftStuck = "mail.gift_stuck";

    /// <summary>Tells a buyer what was given back, and why; <see cref="RefundMessage"/>.</summary>
    public const string Refund = "mail.refund";

    /// <summary>Tells a buyer to fetch what is given back with the wallet that paid; <see cref="RefundToFetchMessage"/>.</summary>
    public const string RefundToFetch = "mail.refund_to_fetch";

    /// <summary>Tells a buyer that money given back did not arrive; <see cref="RefundMessage"/>.</summary>
    public const string RefundFailed = "mail.refund_failed";

    /// <summary>Tells somebody that something they got was taken back; <see cref="GoodsTakenMessage"/>.</summary>
    public const string GoodsTaken = "mail.goods_taken";

    /// <summary>Tells somebody that a member passed points on to them; <see cref="TransferMessage"/>.</summary>
    public const string PointsReceived = "mail.points_received";

    /// <summary>Confirms to the giver that points were passed on; <see cref="TransferMessage"/>.</summary>
    public const string PointsSent = "mail.points_sent";

    /// <summary>Has a provider forget a method that its owner removed; <see cref="ForgetMethodMessage"/>.</summary>
    public const string ForgetMethod = "method.forget";

    /// <summary>Tells both that their names were swapped; <see cref="NameSwapMessage"/>.</summary>
    public const string NameSwapped = "mail.name_swapped";

    /// <summary>Tells a member that points run out; <see cref="PointsEndMessage"/>.</summary>
    public const string PointsEnd = "mail.points_end";

    /// <summary>Tells the giver of a virtual gift what its recipient said; <see cref="GiftAnswerMessage"/>.</summary>
    public const string GiftAnswer = "mail.gift_answer";

    /// <summary>Asks somebody to pay an order; <see cref="PaymentRequestMessage"/>.</summary>
    public const string PaymentRequest = "mail.payment_request";

    /// <summary>Links to somebody's receipts, asked for by address; <see cref="ReceiptLinksMessage"/>.</summary>
    public const string ReceiptLinks = "mail.receipt_links";

    /// <summary>Tells a payer that a renewal was not paid, and where it is set right; <see cref="RenewalFailedMessage"/>.</summary>
    public const string RenewalFailed = "mail.renewal_failed";

    /// <summary>Tells a payer that the shop has ended a subscription; <see cref="SubscriptionMessage"/>.</summary>
    public const string SubscriptionEnded = "mail.subscription_ended";

    /// <summary>Tells a payer that a subscription will cost something else; <see cref="PriceChangeMessage"/>.</summary>
    public const string PriceChange = "mail.price_change";

    /// <summary>Tells a member of an event that has no mail of its own; <see cref="EventMessage"/>.</summary>
    public const string EventNews = "mail.event";

    /// <summary>Tells one of the staff of a flag or a dispute; <see cref="EventMessage"/>.</summary>
    public const string StaffNotice = "mail.staff_notice";

    /// <summary>The summary of a day, for one of the staff; <see cref="DigestMessage"/>.</summary>
    public const string Digest = "mail.digest";

    /// <summary>Goes on with the closing of an account; <see cref="CloseAccountMessage"/>.</summary>
    public const string CloseAccount = "account.close";

    /// <summary>Tells somebody that their account is closed; <see cref="AccountClosedMessage"/>.</summary>
    public const string AccountClosed = "mail.account_closed";

    /// <summary>Tells a program of the site's of an event; <see cref="EventHookMessage"/>.</summary>
    public const string EventHook = "hook.event";
}

/// <param name="PeriodId">The period that is not paid for.</param>
/// <param name="AttemptId">The attempt that failed; null: none could be made.</param>
public sealed record RenewalFailedMessage(long PeriodId, Guid? AttemptId);

public sealed record SubscriptionMessage(long SubscriptionId);

/// <param name="SubscriptionId">The subscription.</param>
/// <param name="WasMinor">The price until now, minor units.</param>
/// <param name="PriceMinor">The price that is announced, minor units.</param>
/// <param name="From">The first charge by it is not before then.</param>
public sealed record PriceChangeMessage(long SubscriptionId, long WasMinor, long PriceMinor, DateTimeOffset From);

/// <param name="EventId">The event.</param>
/// <param name="Reader">Whom of the staff it goes to; null: the member it is about.</param>
public sealed record EventMessage(long EventId, long? Reader = null);

public sealed record EventHookMessage(long EventId, long ReceiverId);

/// <param name="Day">The day that is summed up.</param>
/// <param name="From">When it began.</param>
/// <param name="Until">When it ended.</param>
/// <param name="Reader">Whom of the staff it goes to.</param>
public sealed record DigestMessage(DateOnly Day, DateTimeOffset From, DateTimeOffset Until, long Reader);

public sealed record ReceiptMessage(long OrderId);

public sealed record PaymentEndedMessage(long OrderId);

public sealed record ForgetMethodMessage(long MethodId);

public sealed record SendFundsMessage(Guid AttemptId);

/// <param name="AttemptId">The attempt that waits.</param>
/// <param name="Reader">Whom of the staff it goes to.</param>
public sealed record FundsExpectedMessage(Guid AttemptId, long Reader);

public sealed record OrderOverMessage(long OrderId);

/// <param name="DeliveryId">The delivery.</param>
/// <param name="Reader">The maintainer it goes to, where a community has it; null: the recipient.</param>
/// <param name="Equal">Deliveries of equal lines of the same order, told by the same mail (DF-46).</param>
public sealed record GiftMessage(long DeliveryId, long? Reader = null, IReadOnlyList<long>? Equal = null)
{
    internal static string Key(long deliveryId, long? reader) => reader is { } member
        ? string.Create(CultureInfo.InvariantCulture, $"gift:{deliveryId}:{member}")
        : string.Create(CultureInfo.InvariantCulture, $"gift:{deliveryId}");
}

public sealed record ClaimMessage(long DeliveryId);

/// <param name="AccountId">Whose time it is.</param>
/// <param name="Until">The end it is about.</param>
/// <param name="Stage">What is said.</param>
/// <param name="Reader">The maintainer it goes to, where it is a community's; null: the account itself.</param>
public sealed record ExpiryMessage(long AccountId, DateTimeOffset Until, ExpiryStage Stage, long? Reader = null)
{
    internal string Key => string.Create(CultureInfo.InvariantCulture, $"expiry:{AccountId}:{Until.ToUnixTimeMilliseconds()}:{Words.Of(Stage)}:{Reader ?? AccountId}");
}

public sealed record GiftStuckMessage(long DeliveryId);

public sealed record RefundMessage(Guid RefundId);

/// <param name="RefundId">What waits.</param>
/// <param name="Until">So long at least; null: not known.</param>
/// <param name="Again">It was said before.</param>
public sealed record RefundToFetchMessage(Guid RefundId, DateTimeOffset? Until, bool Again);

/// <param name="DeliveryId">What was taken back from its recipient.</param>
public sealed record GoodsTakenMessage(long DeliveryId);

public sealed record TransferMessage(long TransferId);

public sealed record NameSwapMessage(long SwapId, long MemberId);

/// <param name="LotId">The points that run out.</param>
/// <param name="Days">How many days before they do it is said.</param>
public sealed record PointsEndMessage(long LotId, int Days);

public sealed record GiftAnswerMessage(long DeliveryId, VirtualGiftOfferState Answer);

public sealed record ReceiptLinksMessage(string Email);

/// <param name="OrderId">What is to be paid.</param>
/// <param name="Email">Who is asked.</param>
public sealed record PaymentRequestMessage(long OrderId, string Email);

/// <summary>
/// Sends the messages of one kind. It throws when it could not; the row is then tried again later, but for an <see cref="UndeliverableException"/>, after
/// which trying again would not help.
/// </summary>
public abstract class OutboxHandler
{
    public abstract string Kind { get; }

    /// <summary>Sends one message. It may be called again for the same row after a crash: the row's key travels with the message.</summary>
    public abstract Task HandleAsync(OutboxRow row, CancellationToken cancellationToken);

    protected static T Read<T>(OutboxRow row) => JsonSerializer.Deserialize<T>(row.Payload, JsonSerializerOptions.Web)
        ?? throw new FormatException($"Outbox row {row.Id} has an empty payload.");
}
