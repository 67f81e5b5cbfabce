using System.Text.Json;

namespace Shop.Payments.Stripe;

/// <summary>Reads an event as far as it says what to ask about. Nothing else in it is believed.</summary>
internal static class StripeEvents
{
    public const string Header = "Stripe-Signature";

    private const int LongestWord = 100;

    /// <param name="account">Ours: events of others, and those of the other mode, are of no use.</param>
    public static WebhookVerdict Read(ReadOnlyMemory<byte> body, string account, bool live)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return new WebhookVerdict.Rejected("not readable");
        }

        using (document)
        {
            var root = document.RootElement;
            if (Text(root, "id") is not { Length: > 0 and <= LongestWord } id || Text(root, "type") is not { Length: > 0 and <= LongestWord } type)
            {
                return new WebhookVerdict.Rejected("not readable");
            }

            var isOurs = (Text(root, "account") ?? account) == account && Field(root, "livemode").ValueKind == (live ? JsonValueKind.True : JsonValueKind.False);
            return isOurs && Field(Field(root, "data"), "object") is { ValueKind: JsonValueKind.Object } about && Subject(type, about, Field(root, "data")) is { } subject
                ? new WebhookVerdict.Accepted(id, type, subject)
                : new WebhookVerdict.Ignored(id, type);
        }
    }

    private static WebhookSubject? Subject(string type, JsonElement about, JsonElement data) => type switch
    {
        // the charge is all that it tells; a payment that was refunded since has events of that
        "payment_intent.succeeded" => Of(SubjectKind.Payment, Text(about, "id"), Ours(about, StripeClient.AttemptKey)) is { } taken
            ? taken with { Capture = Reference(about, "latest_charge") }
            : null,
        "payment_intent.payment_failed" or "payment_intent.processing" or "payment_intent.canceled" or "payment_intent.amount_capturable_updated" =>
            Of(SubjectKind.Payment, Text(about, "id"), Ours(about, StripeClient.AttemptKey)),
        "checkout.session.completed" or "checkout.session.expired" or "checkout.session.async_payment_succeeded" or "checkout.session.async_payment_failed" =>
            Of(Text(about, "mode") == "setup" ? SubjectKind.Setup : SubjectKind.Payment, Text(about, "id"), Ours(about, StripeClient.AttemptKey)),
        // one that was not asked for by us is news of the money it came from
        "refund.created" or "refund.updated" or "refund.failed" or "charge.refund.updated" => Ours(about, StripeClient.RefundKey) is { } refund
            ? Of(SubjectKind.Refund, Text(about, "id"), refund) is { } ours ? ours with { Payment = Reference(about, "charge") ?? Reference(about, "payment_intent") } : null
            : Of(SubjectKind.Capture, Id(about, "charge") ?? Id(about, "payment_intent"), null),
        "charge.refunded" => Of(SubjectKind.Capture, Text(about, "id"), Ours(about, StripeClient.AttemptKey)),
        "charge.dispute.created" or "charge.dispute.updated" or "charge.dispute.closed" or "charge.dispute.funds_withdrawn" or "charge.dispute.funds_reinstated" =>
            Of(SubjectKind.Capture, Text(about, "charge"), null),
        "setup_intent.succeeded" or "setup_intent.setup_failed" or "setup_intent.canceled" => Of(SubjectKind.Setup, Text(about, "id"), null),
        "payment_method.attached" or "payment_method.detached" or "payment_method.updated" or "payment_method.automatically_updated" =>
            Of(SubjectKind.Customer, Text(about, "customer") ?? Text(Field(data, "previous_attributes"), "customer"), null),
        _ => null,
    };

    private static WebhookSubject? Of(SubjectKind kind, string? reference, Guid? ourId) =>
        reference is { Length: > 0 and <= LongestWord * 2 } ? new WebhookSubject(kind, new ProviderReference(reference), ourId) : null;

    /// <summary>An object that another names: by its id, or with all that it is.</summary>
    private static string? Id(JsonElement about, string name) => Text(about, name) ?? Text(Field(about, name), "id");

    private static ProviderReference? Reference(JsonElement about, string name) =>
        Id(about, name) is { Length: > 0 and <= LongestWord * 2 } id ? new ProviderReference(id) : null;

    private static Guid? Ours(JsonElement about, string key) => StripeWords.OurId(Text(Field(about, "metadata"), key));

    private static JsonElement Field(JsonElement it, string name) =>
        it.ValueKind == JsonValueKind.Object && it.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement it, string name) => Field(it, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
