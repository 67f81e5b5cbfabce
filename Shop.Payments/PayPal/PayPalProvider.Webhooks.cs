using System.Text.Json;

namespace Shop.Payments.PayPal;

internal sealed partial class PayPalProvider
{
    public async Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        var (signature, fault) = PayPalSignature.Read(request);
        if (signature is null)
        {
            return new WebhookVerdict.Rejected(fault);
        }

        // before anything is asked of anybody: no address that a stranger names is ever called
        if (!certificates.TryAllow(signature.CertificateUrl, out var address))
        {
            return new WebhookVerdict.Rejected("certificate from elsewhere");
        }

        var doubt = options.Value.VerifyBy == PayPalVerification.Api
            ? await AskAsync(signature, request, cancellationToken)
            : await CheckAsync(signature, address, request, cancellationToken);
        return doubt ?? Read(request);
    }

    /// <summary>Null when the certificate's holder signed it.</summary>
    private async Task<WebhookVerdict?> CheckAsync(PayPalSignature signature, Uri address, WebhookRequest request, CancellationToken cancellationToken) =>
        await certificates.GetAsync(address, request.ReceivedAt, cancellationToken) switch
        {
            PayPalCertificate.Found found => signature.IsOf(found.Certificate, options.Value.WebhookId, request.Body.Span) ? null : new WebhookVerdict.Rejected("wrong signature"),
            PayPalCertificate.Refused refused => new WebhookVerdict.Rejected(refused.Why),
            PayPalCertificate.Unavailable unavailable => new WebhookVerdict.Unverifiable(unavailable.Why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Null when PayPal says that it sent it.</summary>
    private async Task<WebhookVerdict?> AskAsync(PayPalSignature signature, WebhookRequest request, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> question;
        try
        {
            question = signature.Question(options.Value.WebhookId, request.Body);
        }
        catch (JsonException)
        {
            return new WebhookVerdict.Rejected("not readable");
        }

        using var limit = new CancellationTokenSource(PaymentGateway.BuyersPatience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await paypal.VerifySignatureAsync(question, both.Token) switch
            {
                PayPalAnswer<PayPalVerified>.Given { Body.VerificationStatus: "SUCCESS" } => null,
                PayPalAnswer<PayPalVerified>.Given { Body.VerificationStatus: "FAILURE" } => new WebhookVerdict.Rejected("wrong signature"),
                PayPalAnswer<PayPalVerified>.Refused refused => new WebhookVerdict.Unverifiable(refused.Code),
                _ => new WebhookVerdict.Unverifiable("verification not understood"),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new WebhookVerdict.Unverifiable(e.GetType().Name);
        }
    }

    private static WebhookVerdict Read(WebhookRequest request)
    {
        if (PayPalClient.ReadEvent(request.Body.Span) is not { Id.Length: > 0 and <= 100, EventType.Length: > 0 and <= 100 } news)
        {
            return new WebhookVerdict.Rejected("not readable");
        }

        return Subject(news.EventType, news.Resource ?? new PayPalEventResource()) is { } subject
            ? new WebhookVerdict.Accepted(news.Id, news.EventType, subject)
            : new WebhookVerdict.Ignored(news.Id, news.EventType);
    }

    private static WebhookSubject? Subject(string type, PayPalEventResource about) => type switch
    {
        "CHECKOUT.ORDER.APPROVED" or "CHECKOUT.ORDER.COMPLETED" or "CHECKOUT.ORDER.VOIDED" or "CHECKOUT.PAYMENT-APPROVAL.REVERSED" =>
            Of(SubjectKind.Payment, about.Id, about.PurchaseUnits is [var unit] ? unit.CustomId : null),
        // that the capture was made is all it tells
        "PAYMENT.CAPTURE.COMPLETED" => OfCapture(about) is { } taken && about.Id is { Length: > 0 } capture ? taken with { Capture = new ProviderReference(capture) } : null,
        "PAYMENT.CAPTURE.PENDING" or "PAYMENT.CAPTURE.DENIED" or "PAYMENT.CAPTURE.DECLINED" =>
            OfCapture(about),
        // one of ours is asked about by itself; one made elsewhere, or money taken back, is news of its capture
        "PAYMENT.CAPTURE.REFUNDED" or "PAYMENT.CAPTURE.REVERSED" or "PAYMENT.REFUND.PENDING" or "PAYMENT.REFUND.FAILED" when OurRefund(about.CustomId) is { } ours =>
            about.Id is { Length: > 0 } refund ? new WebhookSubject(SubjectKind.Refund, new ProviderReference(refund), ours.Value)
                { Payment = Above(about.Links) is { } source ? new ProviderReference(source) : null } : null,
        "PAYMENT.CAPTURE.REFUNDED" or "PAYMENT.CAPTURE.REVERSED" or "PAYMENT.REFUND.PENDING" or "PAYMENT.REFUND.FAILED" =>
            Of(SubjectKind.Capture, Above(about.Links), null),
        "CUSTOMER.DISPUTE.CREATED" or "CUSTOMER.DISPUTE.UPDATED" or "CUSTOMER.DISPUTE.RESOLVED" when about.DisputedTransactions is [var disputed, ..] =>
            Of(SubjectKind.Capture, disputed.SellerTransactionId, disputed.Custom),
        "VAULT.PAYMENT-TOKEN.CREATED" or "VAULT.PAYMENT-TOKEN.DELETED" => Of(SubjectKind.Customer, about.Customer?.Id, null),
        _ => null,
    };

    /// <summary>By its order where the event names one: that is what the shop has stored first.</summary>
    private static WebhookSubject? OfCapture(PayPalEventResource about) => about.SupplementaryData?.RelatedIds?.OrderId is { Length: > 0 } order
        ? Of(SubjectKind.Payment, order, about.CustomId)
        : Of(SubjectKind.Capture, about.Id, about.CustomId);

    private static WebhookSubject? Of(SubjectKind kind, string? reference, string? ourId) => reference is { Length: > 0 }
        ? new WebhookSubject(kind, new ProviderReference(reference), Guid.TryParseExact(ourId, "D", out var id) ? id : null)
        : null;
}
