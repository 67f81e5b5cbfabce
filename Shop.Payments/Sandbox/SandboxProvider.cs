using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Sandbox;

/// <summary>Pays at the sandbox's bank: the buyer is sent to its hosted page, and only there money moves; or a method that the bank has kept is charged when the
/// shop confirms by the payment's id.</summary>
internal sealed class SandboxProvider(SandboxClient bank, IOptions<SandboxOptions> options)
    : IPaymentProvider, IContinuesPayments, ICancelsPayments, ISavesMethods, IRefundsPayments, IReceivesWebhooks, IListsActivity, IReportsHealth,
        IMakesTestTokens
{
    private const string Header = "Sandbox-Signature";

    /// <summary>The cards that the bank keeps from a token.</summary>
    private static readonly string[] Cards = ["ok", "declined", "authenticate"];

    public ProviderId Id => SandboxPlugin.Id;

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "Sandbox",
        Live = false,
        Payee = new PayeeReference(options.Value.Account),
        Flows = [PaymentFlow.Redirect],
        Currencies = Currency.All,
        Refunds = RefundSupport.Partial,
        OffSession = true,
    };

    public async Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        var (method, save) = request.Source switch
        {
            PaymentSource.Saved saved => (saved.Method.Value, false),
            PaymentSource.Fresh fresh => ((string?)null, fresh.SaveForLater),
            _ => throw new NotSupportedException("The sandbox charges what the buyer chooses on its page, or a method that it has kept; a token is attached first."),
        };
        var payment = new NewPayment(request.Attempt.Value, request.Amount.Minor, request.Amount.Currency.Code, request.Summary, request.ShortReference,
            request.StatementName, request.Locale, request.ReturnUrl, request.CancelUrl, request.Payer.AccountKey, request.Payer.Customer?.Value, method, save);
        return await bank.CreateAsync(payment, request.Key, cancellationToken) switch
        {
            // a repeated answer is as old as the first call: ask how things stand now
            BankAnswer<BankPayment>.Given { Repeated: true } given => await GetAsync(new ProviderReference(given.Body.Id), cancellationToken),
            BankAnswer<BankPayment>.Given given => Told(given.Body),
            // the bank looked at the request and would not have it: certain, and final
            BankAnswer<BankPayment>.Refused { Status: HttpStatusCode.UnprocessableEntity } refused =>
                new PaymentSnapshot { Outcome = new PaymentOutcome.Declined(Reason(refused.Code), refused.Code) },
            var other => Doubt(other),
        };
    }

    public async Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken)
    {
        if (request.Payment.Reference is not { } reference)
        {
            return await FindAsync(request.Payment.Attempt, cancellationToken);
        }

        return await bank.ConfirmAsync(reference, new ConfirmPayment(request.Buyer == BuyerPresence.Present), request.Key, cancellationToken) switch
        {
            BankAnswer<BankPayment>.Given { Repeated: true } => await GetAsync(reference, cancellationToken),
            BankAnswer<BankPayment>.Given given => Told(given.Body),
            // there is nothing to confirm any more, or not yet: how it stands, the look-up tells
            BankAnswer<BankPayment>.Refused { Status: HttpStatusCode.Conflict, Code: "not_approved" } => await GetAsync(reference, cancellationToken),
            var other => Doubt(other),
        };
    }

    public async Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken) =>
        await bank.ListMethodsAsync(customer, cancellationToken) switch
        {
            BankAnswer<BankList<BankMethod>>.Given given => [.. given.Body.Data.Select(Told)],
            BankAnswer<BankList<BankMethod>>.Refused refused => throw new HttpRequestException(refused.Code, null, refused.Status),
            _ => throw new UnreachableException(),
        };

    public async Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken) =>
        Told(await bank.AttachAsync(new AttachToken(request.Payer.AccountKey, request.Payer.Customer?.Value, request.Token.Value), request.Key, cancellationToken));

    public SingleUseToken? MakeToken(string? card) => Cards.Contains(card ?? Cards[0])
        ? new SingleUseToken($"tok_{card ?? Cards[0]}_{RandomNumberGenerator.GetHexString(32, lowercase: true)}")
        : null;

    public async Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken)
    {
        var wanted = new NewSetup(request.Payer.AccountKey, request.Payer.Customer?.Value, CultureInfo.CurrentUICulture.Name, request.ReturnUrl);
        var answer = await bank.SetUpAsync(wanted, request.Key, cancellationToken);
        return answer is BankAnswer<BankSetup>.Given { Repeated: true } given
            ? await GetSetupAsync(new ProviderReference(given.Body.Id), cancellationToken)
            : Told(answer);
    }

    public async Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken) => Told(await bank.GetSetupAsync(setup, cancellationToken));

    public async Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken)
    {
        if (await bank.ForgetAsync(method, cancellationToken) is BankAnswer<BankMethod>.Refused refused)
        {
            throw new HttpRequestException(refused.Code, null, refused.Status);
        }
    }

    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) =>
        payment.Reference is { } reference ? GetAsync(reference, cancellationToken) : FindAsync(payment.Attempt, cancellationToken);

    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var found = payment.Reference is null ? await FindAsync(payment.Attempt, cancellationToken) : null;
        if ((payment.Reference ?? found?.Reference) is not { } reference)
        {
            // never created, or in doubt: either is the answer
            return found ?? throw new UnreachableException();
        }

        return await bank.CancelAsync(reference, key, cancellationToken) switch
        {
            BankAnswer<BankPayment>.Given given => Told(given.Body),
            // too late to cancel: what has become of it, the look-up tells with its evidence
            BankAnswer<BankPayment>.Refused { Status: HttpStatusCode.Conflict, Code: "already_captured" or "already_declined" or "still_deciding" } =>
                await GetAsync(reference, cancellationToken),
            var other => Doubt(other),
        };
    }

    public async Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        var refund = new NewRefund(request.Refund.Value, request.Amount.Minor, request.Amount.Currency.Code);
        return await bank.RefundAsync(request.Capture, refund, request.Key, cancellationToken) switch
        {
            BankAnswer<BankRefund>.Given { Repeated: true } given => await GetRefundAsync(new ProviderReference(given.Body.Id), Unanswered, cancellationToken),
            BankAnswer<BankRefund>.Given given => Told(given.Body),
            BankAnswer<BankRefund>.Refused { Status: HttpStatusCode.UnprocessableEntity } refused =>
                new RefundSnapshot(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, refused.Code, null),
            BankAnswer<BankRefund>.Refused refused => Unanswered(refused.Code),
            _ => throw new UnreachableException(),
        };

        RefundSnapshot Unanswered(string why) => Nothing(RefundOutcome.Unknown, request.Refund, request.Capture, request.Amount.Currency, why);
    }

    public async Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken)
    {
        if (refund.Reference is { } reference)
        {
            return await GetRefundAsync(reference, Unanswered, cancellationToken);
        }

        return await bank.FindRefundsAsync(refund.Refund, cancellationToken) switch
        {
            BankAnswer<BankList<BankRefund>>.Given { Body.Data: [] } => Nothing(RefundOutcome.NotFound, refund.Refund, refund.Capture, refund.Payment.Amount.Currency, null),
            BankAnswer<BankList<BankRefund>>.Given { Body.Data: [var one] } => Told(one),
            BankAnswer<BankList<BankRefund>>.Given => Unanswered("several_refunds"),
            BankAnswer<BankList<BankRefund>>.Refused refused => Unanswered(refused.Code),
            _ => throw new UnreachableException(),
        };

        RefundSnapshot Unanswered(string why) => Nothing(RefundOutcome.Unknown, refund.Refund, refund.Capture, refund.Payment.Amount.Currency, why);
    }

    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => Task.FromResult(Verify(request));

    public async IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (start, after) = (from, "");
        while (true)
        {
            var page = await bank.ListActivityAsync(start, until, after, cancellationToken) switch
            {
                BankAnswer<BankPage<BankMovement>>.Given given => given.Body,
                BankAnswer<BankPage<BankMovement>>.Refused refused => throw new HttpRequestException(refused.Code, null, refused.Status),
                _ => throw new UnreachableException(),
            };
            foreach (var movement in page.Data)
            {
                if (movement.At < start || (movement.At == start && string.CompareOrdinal(movement.Id, after) <= 0))
                {
                    throw new JsonException("The bank's list does not go on.");
                }

                yield return new ProviderActivity(Kind(movement.Kind), new ProviderReference(movement.Id), new AttemptId(movement.Attempt),
                    Amount(movement.AmountMinor, movement.Currency), movement.At);
                (start, after) = (movement.At, movement.Id);
            }

            if (!page.HasMore || page.Data.Count == 0)
            {
                yield break;
            }
        }
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken) =>
        await bank.GetAccountAsync(cancellationToken) switch
        {
            BankAnswer<BankAccount>.Given given when given.Body.Account == options.Value.Account => new ProviderHealth(true, true, null),
            BankAnswer<BankAccount>.Given => new ProviderHealth(false, false, "The key belongs to another account."),
            BankAnswer<BankAccount>.Refused refused => new ProviderHealth(false, false, refused.Code),
            _ => throw new UnreachableException(),
        };

    private WebhookVerdict Verify(WebhookRequest request)
    {
        if (TimedSignature.FindFault(Header, request, options.Value.CurrentSecrets()) is { } fault)
        {
            return new WebhookVerdict.Rejected(fault);
        }

        if (SandboxClient.ReadEvent(request.Body.Span) is not { Id.Length: > 0 and <= 100, Type.Length: > 0 and <= 100 } news)
        {
            return new WebhookVerdict.Rejected("not readable");
        }

        return news switch
        {
            _ when news.Account != options.Value.Account => new WebhookVerdict.Ignored(news.Id, news.Type),
            { Type: "payment.captured" or "payment.declined" or "payment.pending" or "payment.cancelled" } => news.Payment is { } payment
                ? Accepted(SubjectKind.Payment, payment.Id, payment.Attempt, payment.Charge)
                : new WebhookVerdict.Rejected("no payment"),
            { Type: "refund.succeeded" or "refund.pending" or "refund.failed" } => news.Refund is { } refund
                ? Accepted(SubjectKind.Refund, refund.Id, refund.Refund, payment: news.Payment?.Id)
                : new WebhookVerdict.Rejected("no refund"),
            _ => new WebhookVerdict.Ignored(news.Id, news.Type),
        };

        WebhookVerdict Accepted(SubjectKind kind, string reference, Guid ourId, string? charge = null, string? payment = null) => new WebhookVerdict.Accepted(
            news.Id, news.Type, new WebhookSubject(kind, new ProviderReference(reference), ourId, Reference(charge), Reference(payment)));

        static ProviderReference? Reference(string? id) => id is null ? null : new ProviderReference(id);
    }

    private static ActivityKind Kind(string kind) => kind switch
    {
        "captured" => ActivityKind.Captured,
        "refunded" => ActivityKind.Refunded,
        _ => throw new JsonException("The bank told of a movement this shop does not know."),
    };

    private async Task<PaymentSnapshot> GetAsync(ProviderReference reference, CancellationToken cancellationToken) =>
        await bank.GetPaymentAsync(reference, cancellationToken) switch
        {
            BankAnswer<BankPayment>.Given given => Told(given.Body),
            // also when it knows no such payment: it once told us this id, so its not knowing it proves nothing
            var other => Doubt(other),
        };

    private async Task<PaymentSnapshot> FindAsync(AttemptId attempt, CancellationToken cancellationToken) =>
        await bank.FindPaymentsAsync(attempt, cancellationToken) switch
        {
            BankAnswer<BankList<BankPayment>>.Given { Body.Data: [] } => new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() },
            BankAnswer<BankList<BankPayment>>.Given { Body.Data: [var one] } => Told(one),
            BankAnswer<BankList<BankPayment>>.Given => PaymentSnapshot.Unknown("several_payments"),
            var other => Doubt(other),
        };

    private async Task<RefundSnapshot> GetRefundAsync(ProviderReference reference, Func<string, RefundSnapshot> unanswered, CancellationToken cancellationToken) =>
        await bank.GetRefundAsync(reference, cancellationToken) switch
        {
            BankAnswer<BankRefund>.Given given => Told(given.Body),
            BankAnswer<BankRefund>.Refused refused => unanswered(refused.Code),
            _ => throw new UnreachableException(),
        };

    private static PaymentSnapshot Told(BankPayment payment) => new()
    {
        Outcome = payment.Status switch
        {
            "open" or "authenticating" => new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(payment.Url), null),
            "approved" => new PaymentOutcome.Approved(),
            "pending" => new PaymentOutcome.Processing(null),
            "captured" => new PaymentOutcome.Captured(),
            "declined" => new PaymentOutcome.Declined(Reason(payment.DeclineCode), payment.DeclineCode),
            "cancelled" => new PaymentOutcome.Cancelled(),
            _ => new PaymentOutcome.Unknown("status_not_understood"),
        },
        Live = payment.Live,
        Payee = new PayeeReference(payment.Account),
        OurAttempt = new AttemptId(payment.Attempt),
        Reference = new ProviderReference(payment.Id),
        Customer = payment.Customer is { } customer ? new CustomerReference(customer) : null,
        SavedMethod = payment.SavedMethod is { } method ? Told(method) : null,
        Captures = [.. payment.Charges.Select(charge => new CaptureSnapshot(new ProviderReference(charge.Id), Amount(charge.AmountMinor, charge.Currency), null, charge.At))],
        Refunds = [.. payment.Refunds.Select(Told)],
    };

    private static DeclineReason Reason(string? code) => code switch
    {
        "insufficient_funds" => DeclineReason.InsufficientFunds,
        "authentication_failed" => DeclineReason.AuthenticationFailed,
        "authentication_required" => DeclineReason.AuthenticationRequired,
        "expired" => DeclineReason.Expired,
        "no_such_method" => DeclineReason.MethodInvalid,
        _ => DeclineReason.Unspecified,
    };

    private static SetupSnapshot Told(BankAnswer<BankSetup> answer) => answer switch
    {
        BankAnswer<BankSetup>.Given { Body: { Status: "saved", Method: { } method } body } => Of(new SetupOutcome.Saved(Told(method)), body),
        BankAnswer<BankSetup>.Given { Body: { Status: "open" } body } => Of(new SetupOutcome.ActionRequired(new BuyerAction.Redirect(body.Url)), body),
        BankAnswer<BankSetup>.Given { Body: { Status: "declined" } body } => Of(new SetupOutcome.Declined(DeclineReason.BuyerAborted, body.Status), body),
        BankAnswer<BankSetup>.Refused { Status: HttpStatusCode.UnprocessableEntity } refused =>
            new SetupSnapshot(new SetupOutcome.Declined(DeclineReason.MethodInvalid, refused.Code), null, null),
        BankAnswer<BankSetup>.Refused refused => new SetupSnapshot(new SetupOutcome.Unknown(refused.Code), null, null),
        _ => new SetupSnapshot(new SetupOutcome.Unknown("status_not_understood"), null, null),
    };

    private static SetupSnapshot Of(SetupOutcome outcome, BankSetup setup) => new(outcome, new ProviderReference(setup.Id), new CustomerReference(setup.Customer));

    private static SavedMethod Told(BankMethod method) => new(new SavedMethodReference(method.Id), method.Brand, method.Last4, method.ExpiresOn);

    private static RefundSnapshot Told(BankRefund refund) => new(
        refund.Status switch
        {
            "succeeded" => RefundOutcome.Succeeded,
            "pending" => RefundOutcome.Pending,
            "failed" => RefundOutcome.Failed,
            _ => RefundOutcome.Unknown,
        },
        new ProviderReference(refund.Id), new RefundId(refund.Refund), new ProviderReference(refund.Charge), Amount(refund.AmountMinor, refund.Currency), null, null);

    private static Money Amount(long minor, string code) =>
        Currency.TryOf(code, out var currency) ? new Money(minor, currency) : throw new JsonException("The bank answered in a currency this shop does not know.");

    private static RefundSnapshot Nothing(RefundOutcome outcome, RefundId refund, ProviderReference capture, Currency currency, string? why) =>
        new(outcome, null, refund, capture, Money.Zero(currency), why, null);

    private static PaymentSnapshot Doubt<T>(BankAnswer<T> answer) =>
        answer is BankAnswer<T>.Refused refused
            ? new PaymentSnapshot { Outcome = new PaymentOutcome.Unknown(refused.Code, IsAboutUs(refused.Status) ? FaultKind.Permanent : FaultKind.Temporary) }
            : throw new UnreachableException();

    /// <summary>Our key does not do: no later call will go better.</summary>
    private static bool IsAboutUs(HttpStatusCode status) => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
