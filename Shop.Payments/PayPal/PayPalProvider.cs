using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Shop.Payments.PayPal;

/// <summary>Pays at PayPal: create an order, which moves nothing; the buyer approves it there; the shop captures it by its stored id. Nobody else can.</summary>
/// <remarks>Why the answers may be trusted to be final, ADR 0018.</remarks>
internal sealed partial class PayPalProvider(PayPalClient paypal, PayPalCertificates certificates, IOptions<PayPalOptions> options, TimeProvider clock)
    : IPaymentProvider, IContinuesPayments, ICancelsPayments, IRefundsPayments, ISavesMethods, IReceivesWebhooks, IListsActivity, IReportsHealth
{
    private const int LongestDescription = 127;
    private const int LongestDescriptor = 22;

    /// <summary>Stands before a saved method's id in a purchase unit's reference: by it a later call knows what to charge.</summary>
    private const string SavedMark = "saved:";

    /// <summary>How long PayPal lets an order wait for its buyer.</summary>
    private static readonly TimeSpan OrderLife = TimeSpan.FromHours(3);

    public ProviderId Id => PayPalPlugin.Id;

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "PayPal",
        Live = options.Value.Live,
        Payee = new PayeeReference(options.Value.MerchantId),
        Flows = [PaymentFlow.Redirect],
        Currencies = PayPalAmounts.Currencies,
        Refunds = RefundSupport.Partial,
        RefundWindow = TimeSpan.FromDays(180),
        OffSession = true,
        ListedWithin = TimeSpan.FromHours(3),
    };

    public async Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        var saved = (request.Source as PaymentSource.Saved)?.Method;
        var source = request.Source switch
        {
            PaymentSource.Fresh fresh => Fresh(request, fresh),
            // without a source: with one PayPal might take the money before anybody has stored the order's id
            PaymentSource.Saved => null,
            _ => throw new NotSupportedException("PayPal has no single-use tokens to pay with."),
        };
        var ourId = request.Attempt.Value.ToString();
        var unit = new NewUnit(saved is { } method ? SavedMark + method.Value : null, PayPalAmounts.Write(request.Amount), new PayPalPayee { MerchantId = options.Value.MerchantId },
            Cut(request.Summary, LongestDescription), ourId, ourId, Descriptor(request.StatementName));
        return await paypal.CreateOrderAsync(new NewOrder("CAPTURE", [unit], source), request.Key, cancellationToken) switch
        {
            // another attempt's key would bring another attempt's order
            PayPalAnswer<PayPalOrder>.Given given when OurAttempt(given.Body) != request.Attempt => PaymentSnapshot.Unknown("another_order"),
            // a repeated answer is as old as the first call: ask how things stand now
            PayPalAnswer<PayPalOrder>.Given { Repeated: true } given => await GetAsync(new ProviderReference(given.Body.Id), cancellationToken),
            PayPalAnswer<PayPalOrder>.Given given => Told(given.Body),
            PayPalAnswer<PayPalOrder>.Refused { Code: "DUPLICATE_REQUEST_ID" } refused => Doubt(refused),
            // PayPal looked at the request and would not have it: certain, and final
            PayPalAnswer<PayPalOrder>.Refused { Status: HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity } refused =>
                new PaymentSnapshot { Outcome = new PaymentOutcome.Declined(PayPalRefusals.FinalReason(refused.Code) ?? DeclineReason.Unspecified, refused.Word) },
            var other => Doubt(other),
        };
    }

    /// <summary>By the order's id. Without one there is nothing to ask about: an order whose id nobody stored was shown to no buyer and can be captured by
    /// nobody, so no money can have moved, and the same key brings the same order again (ADR 0018).</summary>
    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) =>
        payment.Reference is { } reference
            ? GetAsync(reference, cancellationToken)
            : Task.FromResult(new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() });

    public async Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken)
    {
        if (request.Payment.Reference is not { } reference)
        {
            throw new ArgumentException("PayPal's orders are captured by their stored id.", nameof(request));
        }

        var (before, order) = await LookAsync(reference, cancellationToken);
        if (order is null || before.Outcome is not PaymentOutcome.Approved)
        {
            return before;
        }

        var saved = SavedMethodOf(order);
        var capture = new NewCapture(saved is null ? null : new NewSource(new NewWallet(VaultId: saved)));
        return await paypal.CaptureOrderAsync(reference, capture, request.Key, cancellationToken) switch
        {
            PayPalAnswer<PayPalOrder>.Given { Repeated: false } given when given.Body.Id == reference.Value && IsWhole(given.Body) => Told(given.Body),
            // a repeated or short answer proves less than a look
            PayPalAnswer<PayPalOrder>.Given => await GetAsync(reference, cancellationToken),
            PayPalAnswer<PayPalOrder>.Refused { Code: "ORDER_COMPLETION_IN_PROGRESS" } => before with { Outcome = new PaymentOutcome.Processing(null) },
            // somebody was quicker (perhaps we ourselves), or nobody has approved it yet
            PayPalAnswer<PayPalOrder>.Refused { Code: "ORDER_ALREADY_CAPTURED" or "ORDER_NOT_APPROVED" or "ACTION_DOES_NOT_MATCH_INTENT" } refused =>
                Unready(refused, await GetAsync(reference, cancellationToken)),
            PayPalAnswer<PayPalOrder>.Refused refused when saved is null && PayPalRefusals.MendableReason(refused.Code) is not null =>
                before with { Outcome = AtPayPal(order, refused.Redirect) },
            PayPalAnswer<PayPalOrder>.Refused refused when (PayPalRefusals.MendableReason(refused.Code) ?? PayPalRefusals.FinalReason(refused.Code)) is { } why =>
                await RefusedAsync(reference, new PaymentOutcome.Declined(why, refused.Word), cancellationToken),
            var other => Doubt(other),
        };
    }

    /// <summary>PayPal cancels no order. What is here is closed instead: its intent is changed, so that PayPal refuses a capture that may still be on its way,
    /// and then it is looked at again. Where PayPal does not let it be changed, an order without captures is as good as closed, because only the shop captures.</summary>
    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        if (payment.Reference is not { } reference)
        {
            return await GetAsync(payment, cancellationToken);
        }

        var (before, order) = await LookAsync(reference, cancellationToken);
        return order is null || !IsOpen(before) ? before : await CloseAsync(reference, cancellationToken);
    }

    /// <summary>A refusal is the end of the attempt, so that nothing stays behind that an earlier call, still on its way, could take (ADR 0018).</summary>
    private async Task<PaymentSnapshot> RefusedAsync(ProviderReference reference, PaymentOutcome.Declined declined, CancellationToken cancellationToken)
    {
        var ended = await CloseAsync(reference, cancellationToken);
        return ended.Outcome is PaymentOutcome.Cancelled ? ended with { Outcome = declined } : ended;
    }

    private async Task<PaymentSnapshot> CloseAsync(ProviderReference reference, CancellationToken cancellationToken)
    {
        var closed = await paypal.CloseOrderAsync(reference, cancellationToken);
        var after = await GetAsync(reference, cancellationToken);
        return closed is PayPalAnswer<PayPalNothing>.Refused { Status: HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity } && IsOpen(after)
            ? after with { Outcome = new PaymentOutcome.Cancelled() }
            : after;
    }

    private static bool IsOpen(PaymentSnapshot snapshot) => snapshot.Outcome is PaymentOutcome.ActionRequired or PaymentOutcome.Approved;

    /// <summary>PayPal says that the buyer has not approved: then an answer "approved" is older than that, and is not acted upon again at once.</summary>
    private static PaymentSnapshot Unready(PayPalAnswer<PayPalOrder>.Refused refused, PaymentSnapshot now) =>
        now.Outcome is PaymentOutcome.Approved ? PaymentSnapshot.Unknown(refused.Word) : now;

    private NewSource Fresh(StartPayment request, PaymentSource.Fresh fresh) => new(new NewWallet(
        new NewExperience(options.Value.BrandName, Locale(request.Locale), "NO_SHIPPING", "PAY_NOW", request.ReturnUrl, request.CancelUrl),
        fresh.SaveForLater ? new NewAttributes(new NewVaulting("ON_SUCCESS", "MERCHANT"), Customer(request.Payer)) : null));

    private static PayPalCustomer? Customer(Payer payer) => payer.Customer is { } known ? new PayPalCustomer { Id = known.Value } : null;

    private async Task<PaymentSnapshot> GetAsync(ProviderReference reference, CancellationToken cancellationToken) =>
        (await LookAsync(reference, cancellationToken)).Snapshot;

    private async Task<(PaymentSnapshot Snapshot, PayPalOrder? Order)> LookAsync(ProviderReference reference, CancellationToken cancellationToken)
    {
        switch (await paypal.GetOrderAsync(reference, cancellationToken))
        {
            case PayPalAnswer<PayPalOrder>.Given given when given.Body.Id == reference.Value:
                var told = Told(given.Body);
                return (told with { Disputes = [.. await DisputesAsync(given.Body, cancellationToken)] }, given.Body);
            case PayPalAnswer<PayPalOrder>.Given:
                return (PaymentSnapshot.Unknown("another_order"), null);
            // also when it knows no such order: it once told us this id, so its not knowing it proves nothing
            case var other:
                return (Doubt(other), null);
        }
    }

    /// <summary>Whether an order says everything that the shop compares.</summary>
    private static bool IsWhole(PayPalOrder order) => order.PurchaseUnits is [{ CustomId: not null, Payee.MerchantId: not null, Payments.Captures.Count: > 0 }]
        && order.Links.Any(link => link.Rel == "self");

    private PaymentSnapshot Told(PayPalOrder order)
    {
        if (order.PurchaseUnits is not [var unit])
        {
            return PaymentSnapshot.Unknown("units");
        }

        var taken = unit.Payments.Captures.Where(IsTaken).ToList();
        var vault = order.PaymentSource?.Paypal?.Attributes?.Vault;
        return new PaymentSnapshot
        {
            Outcome = Outcome(order, unit, taken.Count > 0),
            Live = IsLive(order, options.Value.Api, options.Value.Live),
            Payee = unit.Payee?.MerchantId is { } payee ? new PayeeReference(payee) : null,
            OurAttempt = OurAttempt(order),
            Reference = new ProviderReference(order.Id),
            Customer = vault?.Customer is { } customer ? new CustomerReference(customer.Id) : null,
            SavedMethod = vault is { Status: "VAULTED", Id: { } token } ? Wallet(token) : null,
            PaidWith = taken.Count > 0 ? new PaidWith(PayPalPlugin.Name, null, order.PaymentSource?.Paypal?.Address?.CountryCode) : null,
            Captures = [.. taken.Select(capture => new CaptureSnapshot(new ProviderReference(capture.Id), PayPalAmounts.Read(capture.Amount), Fee(capture), capture.CreateTime))],
            Refunds = [.. unit.Payments.Refunds.Select(refund => Told(refund, taken is [var only] ? only.Id : null))],
            Disputes = [.. taken.Where(capture => capture.Status == "REVERSED").Select(Reversed)],
        };
    }

    private static PaymentOutcome Outcome(PayPalOrder order, PayPalUnit unit, bool isTaken) => unit.Payments.Captures switch
    {
        { Count: > 0 } captures when captures.Any(capture => capture.Status == "PENDING") => new PaymentOutcome.Processing(null),
        { Count: > 0 } captures when captures.FirstOrDefault(capture => !IsTaken(capture) && !IsRefused(capture)) is not null => new PaymentOutcome.Unknown("capture_status"),
        { Count: > 0 } when isTaken => new PaymentOutcome.Captured(),
        [.., var last] when PayPalRefusals.OfProcessor(last.ProcessorResponse?.ResponseCode) is { } why => new PaymentOutcome.Declined(why.Reason, why.Word),
        [.., var last] => new PaymentOutcome.Declined(DeclineReason.Unspecified, PayPalRefusals.Word(last.StatusDetails?.Reason ?? last.Status)),
        _ => order switch
        {
            { Status: "VOIDED" } => new PaymentOutcome.Cancelled(),
            // closed by us: PayPal refuses to capture it, and the shop authorises nothing
            { Intent: "AUTHORIZE" } => new PaymentOutcome.Cancelled(),
            { Status: "APPROVED" } => new PaymentOutcome.Approved(),
            { Status: "CREATED" } when SavedMethodOf(order) is not null => new PaymentOutcome.Approved(),
            { Status: "CREATED" or "PAYER_ACTION_REQUIRED" } => AtPayPal(order, null),
            _ => new PaymentOutcome.Unknown("status"),
        },
    };

    private static PaymentOutcome AtPayPal(PayPalOrder order, Uri? redirect) =>
        (redirect ?? order.Links.FirstOrDefault(link => link.Rel is "payer-action" or "approve")?.Href) is { } page
            ? new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(page), order.CreateTime + OrderLife)
            : new PaymentOutcome.Unknown("no_page");

    /// <summary>Taken, whatever has become of it since.</summary>
    private static bool IsTaken(PayPalCapture capture) => capture.Status is "COMPLETED" or "PARTIALLY_REFUNDED" or "REFUNDED" or "REVERSED";

    private static bool IsRefused(PayPalCapture capture) => capture.Status is "DECLINED" or "DENIED" or "FAILED";

    /// <summary>By the hosts that the order's own links name; PayPal says it nowhere else. A host that is not PayPal's counts only when it is the one that we ask.</summary>
    private static bool? IsLive(PayPalOrder order, Uri api, bool isLive)
    {
        if (order.Links.FirstOrDefault(link => link.Rel == "self")?.Href is not { IsAbsoluteUri: true } self)
        {
            return null;
        }

        return PayPalMode.Of(self.Host) ?? (self.Authority == api.Authority ? isLive : null);
    }

    private static AttemptId? OurAttempt(PayPalOrder order) =>
        order.PurchaseUnits is [{ CustomId: { } text }] && Guid.TryParseExact(text, "D", out var id) ? new AttemptId(id) : null;

    private static string? SavedMethodOf(PayPalOrder order) =>
        order.PurchaseUnits is [{ ReferenceId: { } mark }] && mark.StartsWith(SavedMark, StringComparison.Ordinal) ? mark[SavedMark.Length..] : null;

    private static Money? Fee(PayPalCapture capture) => capture.SellerReceivableBreakdown?.PaypalFee is { } fee ? PayPalAmounts.ReadSigned(fee) : null;

    private static string? Locale(string locale) => LocaleForm().IsMatch(locale) ? locale : null;

    private static string? Descriptor(string? name) =>
        name is not null && NotOnStatements().Replace(name, "") is { Length: > 0 } kept ? Cut(kept, LongestDescriptor) : null;

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static PaymentSnapshot Doubt<T>(PayPalAnswer<T> answer) =>
        answer is PayPalAnswer<T>.Refused refused ? PaymentSnapshot.Unknown(refused.Word) : throw new UnreachableException();

    private static TBody Body<TBody>(PayPalAnswer<TBody> answer) => answer switch
    {
        PayPalAnswer<TBody>.Given given => given.Body,
        PayPalAnswer<TBody>.Refused refused => throw new HttpRequestException(refused.Code, null, refused.Status),
        _ => throw new UnreachableException(),
    };

    [GeneratedRegex("^[a-z]{2}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex LocaleForm();

    [GeneratedRegex("[^A-Za-z0-9 .*-]", RegexOptions.CultureInvariant)]
    private static partial Regex NotOnStatements();
}
