namespace Shop.Payments;

/// <summary>A webhook as it came in; signatures are checked over these bytes and no others.</summary>
public sealed record WebhookRequest(ReadOnlyMemory<byte> Body, IReadOnlyDictionary<string, string> Headers, DateTimeOffset ReceivedAt);

public abstract record WebhookVerdict
{
    private WebhookVerdict() { }

    /// <summary>Genuine, and worth asking about. Answered with 200.</summary>
    public sealed record Accepted(string EventId, string EventType, WebhookSubject Subject) : WebhookVerdict;

    /// <summary>Genuine and of no use to the shop: stored, answered with 200.</summary>
    public sealed record Ignored(string EventId, string EventType) : WebhookVerdict;

    /// <summary>Forged or too old: 400.</summary>
    public sealed record Rejected(string Why) : WebhookVerdict;

    /// <summary>Cannot be checked just now: 503, and the provider repeats it.</summary>
    public sealed record Unverifiable(string Why) : WebhookVerdict;
}

/// <summary>What to ask the provider about. <paramref name="OurId"/> is the attempt's id, of a refund the refund's.</summary>
/// <param name="Capture">The capture, where its having been made is all that the event tells: once that capture is booked, there is nothing to ask.
/// Null where the event may tell of more, such as a refund or a dispute.</param>
/// <param name="Payment">Of a refund: the payment or capture that it belongs to, where the event says so. Only by it a refund that the shop did not make is found.</param>
public sealed record WebhookSubject(
    SubjectKind Kind, ProviderReference Reference, Guid? OurId, ProviderReference? Capture = null, ProviderReference? Payment = null);

/// <summary>A dispute is news of its payment or capture; Customer means that the saved methods are to be listed again.</summary>
public enum SubjectKind { Payment, Capture, Refund, Setup, Customer }
