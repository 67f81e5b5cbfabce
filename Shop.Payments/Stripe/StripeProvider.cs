using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Stripe;

/// <summary>Pays at Stripe, always in three steps: create what moves nothing, let the shop store its id, confirm by that id, by the buyer in
/// Stripe's fields or on Stripe's page, or by us with a saved card or a token.</summary>
internal sealed class StripeProvider(StripeClient stripe, IOptions<StripeOptions> options)
    : IPaymentProvider, IContinuesPayments, ICancelsPayments, IRefundsPayments, ISavesMethods, IReceivesWebhooks, IListsActivity, IReportsHealth
{
    /// <summary>The name of the widget that draws the fields.</summary>
    private const string Widget = "stripe";

    private const string SessionPrefix = "cs_";

    /// <summary>How far our clock and Stripe's may be apart when an attempt is looked for by its age.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    /// <summary>No create is sent after this; later ones need not be looked for.</summary>
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    /// <summary>The account that the key belongs to, once Stripe has said so. A key never changes its account.</summary>
    private string? payee;

    public ProviderId Id => StripePlugin.Id;

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "Stripe",
        Live = options.Value.Live,
        Payee = new PayeeReference(options.Value.AccountId),
        Flows = options.Value.Hosted ? [PaymentFlow.Redirect] : [PaymentFlow.EmbeddedFields, PaymentFlow.Redirect],
        // Stripe takes amounts with three decimals only in tens
        Currencies = Currency.All.Where(currency => currency.Decimals < 3).ToHashSet(),
        Minimum = new Money(50, Currency.Usd),
        Maximum = new Money(99_999_999, Currency.Usd),
        Refunds = RefundSupport.Partial,
        OffSession = true,
    };

    // ---- payments ----------------------------------------------------------------------------------------------------------------------

    public async Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        if (await LearnPayeeAsync(cancellationToken) is { } noAccount)
        {
            return Doubt(noAccount);
        }

        if (payee != options.Value.AccountId)
        {
            return Declined(new StripeRefusal(0, "", "wrong_account", null));
        }

        var customer = request.Payer.Customer?.Value;
        string? method = null;
        switch (request.Source)
        {
            case PaymentSource.Fresh { SaveForLater: false }:
                // nothing is kept, so nobody needs to be known
                customer = null;
                break;
            case PaymentSource.Fresh when customer is null:
                switch (await CustomerAsync(request.Payer, cancellationToken))
                {
                    case StripeAnswer<string>.Given given:
                        customer = given.Body;
                        break;
                    case StripeAnswer<string>.Refused refused:
                        return Refused(refused.Why);
                }

                break;
            case PaymentSource.Saved saved:
                (customer, method) = StripeWords.Parts(saved.Method);
                break;
            case PaymentSource.Token token:
                switch (await MethodAsync(token.Value, request.Key, cancellationToken))
                {
                    case StripeAnswer<string>.Given given:
                        (customer, method) = (null, given.Body);
                        break;
                    case StripeAnswer<string>.Refused refused:
                        return Refused(refused.Why);
                }

                break;
        }

        var isFresh = request.Source is PaymentSource.Fresh;
        var isHosted = isFresh && (request.Flow == PaymentFlow.Redirect || options.Value.Hosted);
        var payment = new NewStripePayment(request.Attempt, request.Amount, !isFresh ? StripeWay.Ours : isHosted ? StripeWay.Hosted : StripeWay.Fields, customer, method,
            request.Source is PaymentSource.Fresh { SaveForLater: true }, request.Summary, request.ShortReference,
            StripeWords.StatementName(options.Value.StatementName ?? request.StatementName));
        if (isHosted)
        {
            var page = new NewStripePage(StripeWords.Locale(request.Locale), request.ReturnUrl, request.CancelUrl, request.Payer.Email);
            return await stripe.CreateSessionAsync(payment, page, request.Key, cancellationToken) switch
            {
                // a repeated answer is as old as the first call: ask how things stand now
                StripeAnswer<StripeSession>.Given { Repeated: true } given => await GetSessionAsync(given.Body.Id, cancellationToken),
                StripeAnswer<StripeSession>.Given given => await ToldAsync(given.Body, cancellationToken),
                StripeAnswer<StripeSession>.Refused refused => Refused(refused.Why),
                _ => throw new UnreachableException(),
            };
        }

        return await stripe.CreateIntentAsync(payment, request.Key, cancellationToken) switch
        {
            StripeAnswer<StripeIntent>.Given { Repeated: true } given => await GetIntentAsync(given.Body.Id, cancellationToken),
            StripeAnswer<StripeIntent>.Given given => await ToldAsync(given.Body, cancellationToken),
            StripeAnswer<StripeIntent>.Refused refused => Refused(refused.Why),
            _ => throw new UnreachableException(),
        };
    }

    public async Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken) =>
        await LearnPayeeAsync(cancellationToken) is { } noAccount ? Doubt(noAccount)
        : payment.Reference is { } reference ? await GetAsync(reference.Value, cancellationToken)
        : await FindAsync(payment.Attempt, cancellationToken);

    public async Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken)
    {
        var now = await GetAsync(request.Payment, cancellationToken);
        // only what is ours to confirm and waits for it
        if (now is not { Outcome: PaymentOutcome.Approved, Reference: { } reference })
        {
            return now;
        }

        switch (await stripe.ConfirmIntentAsync(reference.Value, request.ReturnUrl, request.Buyer == BuyerPresence.Absent, request.Key, cancellationToken))
        {
            case StripeAnswer<StripeIntent>.Given { Repeated: false } given:
                return await ToldAsync(given.Body, cancellationToken);
            case StripeAnswer<StripeIntent>.Given:
            case StripeAnswer<StripeIntent>.Refused { Why: { IsRefusal: true, Code: "payment_intent_unexpected_state" } }:
                return await GetIntentAsync(reference.Value, cancellationToken);
            case StripeAnswer<StripeIntent>.Refused refused when refused.Why.IsDecline || refused.Why.IsRefusal:
                // a decline of what we confirmed is the end, so nothing stays behind that could still be paid
                var ended = await CancelIntentAsync(reference.Value, new IdempotencyKey($"{request.Key.Value}:cancel"), cancellationToken);
                return ended.Outcome is PaymentOutcome.Cancelled ? ended with { Outcome = Declined(refused.Why).Outcome } : ended;
            case StripeAnswer<StripeIntent>.Refused refused:
                return Doubt(refused.Why);
            default:
                throw new UnreachableException();
        }
    }

    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        if (await LearnPayeeAsync(cancellationToken) is { } noAccount)
        {
            return Doubt(noAccount);
        }

        var found = payment.Reference is null ? await FindAsync(payment.Attempt, cancellationToken) : null;
        if ((payment.Reference ?? found?.Reference) is not { } reference)
        {
            // never created, or in doubt: either is the answer
            return found ?? throw new UnreachableException();
        }

        if (!IsSession(reference.Value))
        {
            return await CancelIntentAsync(reference.Value, key, cancellationToken);
        }

        return await stripe.ExpireSessionAsync(reference.Value, key, cancellationToken) switch
        {
            StripeAnswer<StripeSession>.Given { Repeated: false } given => await ToldAsync(given.Body, cancellationToken),
            StripeAnswer<StripeSession>.Refused { Why.IsRefusal: false } refused => Doubt(refused.Why),
            // too late to end it: what has become of it, the look-up tells
            _ => await GetSessionAsync(reference.Value, cancellationToken),
        };
    }

    private async Task<PaymentSnapshot> CancelIntentAsync(string id, IdempotencyKey key, CancellationToken cancellationToken) =>
        await stripe.CancelIntentAsync(id, key, cancellationToken) switch
        {
            StripeAnswer<StripeIntent>.Given { Repeated: false } given => await ToldAsync(given.Body, cancellationToken),
            StripeAnswer<StripeIntent>.Refused { Why.IsRefusal: false } refused => Doubt(refused.Why),
            _ => await GetIntentAsync(id, cancellationToken),
        };

    private Task<PaymentSnapshot> GetAsync(string reference, CancellationToken cancellationToken) =>
        IsSession(reference) ? GetSessionAsync(reference, cancellationToken) : GetIntentAsync(reference, cancellationToken);

    private async Task<PaymentSnapshot> GetIntentAsync(string id, CancellationToken cancellationToken) => await stripe.GetIntentAsync(id, cancellationToken) switch
    {
        StripeAnswer<StripeIntent>.Given given => await ToldAsync(given.Body, cancellationToken),
        // also when it knows no such payment: it once told us this id, so its not knowing it proves nothing
        StripeAnswer<StripeIntent>.Refused refused => Doubt(refused.Why),
        _ => throw new UnreachableException(),
    };

    private async Task<PaymentSnapshot> GetSessionAsync(string id, CancellationToken cancellationToken) => await stripe.GetSessionAsync(id, cancellationToken) switch
    {
        StripeAnswer<StripeSession>.Given given => await ToldAsync(given.Body, cancellationToken),
        StripeAnswer<StripeSession>.Refused refused => Doubt(refused.Why),
        _ => throw new UnreachableException(),
    };

    /// <summary>Looks for what carries our attempt. The search finds what is older than a minute; only the lists, which are never late, prove
    /// that there is nothing.</summary>
    private async Task<PaymentSnapshot> FindAsync(AttemptId attempt, CancellationToken cancellationToken)
    {
        var ours = attempt.Value.ToString();
        switch (await stripe.SearchIntentsAsync(attempt, cancellationToken))
        {
            case StripeAnswer<IReadOnlyList<StripeIntent>>.Given { Body: [var one] }:
                return await ToldWithItsSessionAsync(one, cancellationToken);
            case StripeAnswer<IReadOnlyList<StripeIntent>>.Given { Body.Count: > 1 }:
                return PaymentSnapshot.Unknown("several_payments");
            case StripeAnswer<IReadOnlyList<StripeIntent>>.Refused { Why.IsRefusal: false } refused:
                return Doubt(refused.Why);
        }

        var (from, until) = MadeWithin(attempt);
        var sessions = new List<StripeSession>();
        await foreach (var session in AllAsync(after => stripe.ListSessionsAsync(from, until, after, cancellationToken)))
        {
            if (session.Attempt == ours)
            {
                sessions.Add(session);
            }
        }

        if (sessions.Count > 0)
        {
            return sessions is [var one] ? await GetSessionAsync(one.Id, cancellationToken) : PaymentSnapshot.Unknown("several_payments");
        }

        var intents = new List<StripeIntent>();
        await foreach (var intent in AllAsync(after => stripe.ListIntentsAsync(from, until, after, cancellationToken)))
        {
            if (intent.Attempt == ours)
            {
                intents.Add(intent);
            }
        }

        return intents switch
        {
            [] => new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() },
            [var one] => await ToldWithItsSessionAsync(one, cancellationToken),
            _ => PaymentSnapshot.Unknown("several_payments"),
        };
    }

    /// <summary>When the attempt's first call can have reached Stripe: our ids carry their time.</summary>
    private static (DateTimeOffset From, DateTimeOffset Until) MadeWithin(AttemptId attempt)
    {
        if (attempt.Value.Version != 7)
        {
            throw new ArgumentException("An attempt's id tells no time.");
        }

        Span<byte> bytes = stackalloc byte[16];
        attempt.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var made = DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
        return (made - ClockSlack, made + KeyLife + ClockSlack);
    }

    private async Task<PaymentSnapshot> ToldWithItsSessionAsync(StripeIntent intent, CancellationToken cancellationToken)
    {
        if (intent.Way != StripeWay.Hosted)
        {
            return await ToldAsync(intent, cancellationToken);
        }

        return await stripe.ListSessionsOfAsync(intent.Id, cancellationToken) switch
        {
            StripeAnswer<StripePage<StripeSession>>.Given { Body.Items: [var session] } => await GetSessionAsync(session.Id, cancellationToken),
            StripeAnswer<StripePage<StripeSession>>.Given => PaymentSnapshot.Unknown("no_session"),
            StripeAnswer<StripePage<StripeSession>>.Refused refused => Doubt(refused.Why),
            _ => throw new UnreachableException(),
        };
    }

    // ---- what a payment says -------------------------------------------------------------------------------------------------------------

    private async Task<PaymentSnapshot> ToldAsync(StripeIntent intent, CancellationToken cancellationToken)
    {
        var evidence = await EvidenceAsync(intent, cancellationToken);
        return evidence with { Outcome = Outcome(intent) };
    }

    private async Task<PaymentSnapshot> ToldAsync(StripeSession session, CancellationToken cancellationToken)
    {
        var evidence = session.Intent is { } intent ? await EvidenceAsync(intent, cancellationToken) : new PaymentSnapshot { Outcome = new PaymentOutcome.Cancelled(), Payee = Payee };
        return evidence with
        {
            Outcome = Outcome(session),
            Live = session.Live,
            OurAttempt = StripeWords.OurId(session.Attempt) is { } attempt ? new AttemptId(attempt) : null,
            Reference = new ProviderReference(session.Id),
            Customer = session.Customer is { } customer ? new CustomerReference(customer) : evidence.Customer,
        };
    }

    private async Task<PaymentSnapshot> EvidenceAsync(StripeIntent intent, CancellationToken cancellationToken)
    {
        var charge = intent.Charge is { IsTaken: true } taken ? taken : null;
        var refunds = charge?.Refunds ?? [];
        if (charge is { HasMoreRefunds: true })
        {
            refunds = await ListedAsync(after => stripe.ListRefundsOfAsync(charge.Id, after, cancellationToken));
        }

        var disputes = charge is { IsDisputed: true } ? await ListedAsync(_ => stripe.ListDisputesOfAsync(charge.Id, cancellationToken)) : [];
        return new PaymentSnapshot
        {
            Outcome = new PaymentOutcome.Unknown("not_told"),
            Live = intent.Live,
            Payee = Payee,
            OurAttempt = StripeWords.OurId(intent.Attempt) is { } attempt ? new AttemptId(attempt) : null,
            Reference = new ProviderReference(intent.Id),
            Customer = intent.Customer is { } customer ? new CustomerReference(customer) : null,
            SavedMethod = intent is { KeepsMethod: true, Status: "succeeded", Method: { Customer: { } owner } method } ? StripeWords.Saved(method, owner) : null,
            PaidWith = charge?.With,
            Fingerprint = charge?.Fingerprint,
            Captures = charge is null ? [] : [new CaptureSnapshot(new ProviderReference(charge.Id), charge.Amount, charge.Fee, charge.At)],
            Refunds = [.. refunds.Select(refund => Told(refund))],
            Disputes = [.. disputes.Select(Told)],
        };
    }

    private PaymentOutcome Outcome(StripeIntent intent) => intent.Status switch
    {
        "succeeded" => intent.Charge is { IsTaken: true } ? new PaymentOutcome.Captured() : new PaymentOutcome.Unknown("paid_without_charge"),
        "processing" => new PaymentOutcome.Processing(null),
        "requires_capture" => new PaymentOutcome.Held(intent.Capturable, null),
        // Stripe keeps the reason: one that we ended because it was declined
        "canceled" => intent is { Way: StripeWay.Ours, LastError: { } error } ? Declined(error).Outcome : new PaymentOutcome.Cancelled(),
        "requires_confirmation" when intent.Way == StripeWay.Ours => new PaymentOutcome.Approved(),
        "requires_payment_method" when intent.Way == StripeWay.Ours => Declined(intent.LastError ?? new StripeRefusal(0, "", "no_payment_method", null)).Outcome,
        "requires_action" when intent is { Way: StripeWay.Ours, NextUrl: { } url } => new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(url), null),
        "requires_payment_method" or "requires_confirmation" or "requires_action" => new PaymentOutcome.ActionRequired(Fields(intent.ClientSecret, "payment"), null),
        _ => new PaymentOutcome.Unknown("unknown_status"),
    };

    private PaymentOutcome Outcome(StripeSession session) => session switch
    {
        { Intent: { Status: "succeeded" or "processing" } intent } => Outcome(intent),
        { Status: "open", Url: { } url } => new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(url), session.ExpiresAt),
        { Status: "expired" } => new PaymentOutcome.Cancelled(),
        // the page is over and the bank said no later: nobody can try another card there
        { Status: "complete", Intent: { Status: "requires_payment_method" } intent } => Declined(intent.LastError).Outcome,
        { Status: "complete", Intent: { Status: "canceled" } } => new PaymentOutcome.Cancelled(),
        _ => new PaymentOutcome.Unknown("unknown_status"),
    };

    private BuyerAction.FillFields Fields(string? clientSecret, string mode) => new(Widget, new Dictionary<string, string>
    {
        ["client_secret"] = clientSecret ?? throw new StripeAnswerException("no client secret"),
        ["publishable_key"] = options.Value.PublishableKey,
        ["script"] = options.Value.ScriptUrl.AbsoluteUri,
        ["mode"] = mode,
    });

    // ---- money back --------------------------------------------------------------------------------------------------------------------

    public async Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        return await stripe.RefundAsync(request.Capture.Value, request.Refund, request.Amount, request.Key, cancellationToken) switch
        {
            StripeAnswer<StripeRefund>.Given { Repeated: true } given => await GetRefundAsync(given.Body.Id, Unanswered, cancellationToken),
            StripeAnswer<StripeRefund>.Given given => Told(given.Body),
            StripeAnswer<StripeRefund>.Refused { Why: { IsRefusal: true } why } =>
                new RefundSnapshot(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, why.Word, null),
            StripeAnswer<StripeRefund>.Refused refused => Unanswered(refused.Why.Word),
            _ => throw new UnreachableException(),
        };

        RefundSnapshot Unanswered(string why) => Nothing(RefundOutcome.Unknown, request.Refund, request.Capture, request.Amount.Currency, why);
    }

    public async Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken)
    {
        if (refund.Reference is { } reference)
        {
            return await GetRefundAsync(reference.Value, why => Missing(RefundOutcome.Unknown, why), cancellationToken);
        }

        var ours = refund.Refund.Value.ToString();
        return (await ListedAsync(after => stripe.ListRefundsOfAsync(refund.Capture.Value, after, cancellationToken))).Where(it => it.Ours == ours).ToList() switch
        {
            [] => Missing(RefundOutcome.NotFound, null),
            [var one] => Told(one),
            _ => Missing(RefundOutcome.Unknown, "several_refunds"),
        };

        RefundSnapshot Missing(RefundOutcome outcome, string? why) => Nothing(outcome, refund.Refund, refund.Capture, refund.Payment.Amount.Currency, why);
    }

    private async Task<RefundSnapshot> GetRefundAsync(string id, Func<string, RefundSnapshot> unanswered, CancellationToken cancellationToken) =>
        await stripe.GetRefundAsync(id, cancellationToken) switch
        {
            StripeAnswer<StripeRefund>.Given given => Told(given.Body),
            StripeAnswer<StripeRefund>.Refused refused => unanswered(refused.Why.Word),
            _ => throw new UnreachableException(),
        };

    private static RefundSnapshot Told(StripeRefund refund) => new(
        StripeWords.Refund(refund.Status), new ProviderReference(refund.Id), StripeWords.OurId(refund.Ours) is { } ours ? new RefundId(ours) : null,
        refund.Charge is { } charge ? new ProviderReference(charge) : null, refund.Amount, refund.FailureCode, null);

    private static DisputeSnapshot Told(StripeDispute dispute) => new(
        StripeWords.Dispute(dispute.Status), new ProviderReference(dispute.Id), dispute.Charge is { } charge ? new ProviderReference(charge) : null, dispute.Amount);

    private static RefundSnapshot Nothing(RefundOutcome outcome, RefundId refund, ProviderReference capture, Currency currency, string? why) =>
        new(outcome, null, refund, capture, Money.Zero(currency), why, null);

    // ---- saved methods -----------------------------------------------------------------------------------------------------------------

    public async Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken) =>
        [.. (await ListedAsync(after => stripe.ListMethodsAsync(customer.Value, after, cancellationToken))).Select(method => StripeWords.Saved(method, customer.Value))];

    public async Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken)
    {
        switch (await CustomerAsync(request.Payer, cancellationToken))
        {
            case StripeAnswer<string>.Refused noCustomer:
                return Setup(noCustomer.Why, null);
            case StripeAnswer<string>.Given { Body: var customer }:
                switch (await MethodAsync(request.Token, request.Key, cancellationToken))
                {
                    case StripeAnswer<string>.Refused noMethod:
                        return Setup(noMethod.Why, customer);
                    case StripeAnswer<string>.Given { Body: var method }:
                        return await stripe.AttachMethodAsync(method, customer, request.Key, cancellationToken) switch
                        {
                            StripeAnswer<StripeMethod>.Given given => new SetupSnapshot(new SetupOutcome.Saved(StripeWords.Saved(given.Body, customer)),
                                new ProviderReference(given.Body.Id), new CustomerReference(customer)),
                            StripeAnswer<StripeMethod>.Refused refused => Setup(refused.Why, customer),
                            _ => throw new UnreachableException(),
                        };
                }

                break;
        }

        throw new UnreachableException();
    }

    public async Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken)
    {
        var customer = await CustomerAsync(request.Payer, cancellationToken);
        if (customer is not StripeAnswer<string>.Given { Body: var id })
        {
            return Setup(((StripeAnswer<string>.Refused)customer).Why, null);
        }

        if (options.Value.Hosted)
        {
            return await stripe.CreateSetupSessionAsync(id, request.ReturnUrl, request.Key, cancellationToken) switch
            {
                StripeAnswer<StripeSession>.Given { Repeated: true } given => await GetSetupAsync(new ProviderReference(given.Body.Id), cancellationToken),
                StripeAnswer<StripeSession>.Given given => Told(given.Body),
                StripeAnswer<StripeSession>.Refused refused => Setup(refused.Why, id),
                _ => throw new UnreachableException(),
            };
        }

        return await stripe.CreateSetupAsync(id, request.Key, cancellationToken) switch
        {
            StripeAnswer<StripeSetup>.Given { Repeated: true } given => await GetSetupAsync(new ProviderReference(given.Body.Id), cancellationToken),
            StripeAnswer<StripeSetup>.Given given => Told(given.Body, given.Body.Id),
            StripeAnswer<StripeSetup>.Refused refused => Setup(refused.Why, id),
            _ => throw new UnreachableException(),
        };
    }

    public async Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken)
    {
        if (IsSession(setup.Value))
        {
            return await stripe.GetSessionAsync(setup.Value, cancellationToken) switch
            {
                StripeAnswer<StripeSession>.Given given => Told(given.Body),
                StripeAnswer<StripeSession>.Refused refused => new SetupSnapshot(new SetupOutcome.Unknown(refused.Why.Word), setup, null),
                _ => throw new UnreachableException(),
            };
        }

        return await stripe.GetSetupAsync(setup.Value, cancellationToken) switch
        {
            StripeAnswer<StripeSetup>.Given given => Told(given.Body, given.Body.Id),
            StripeAnswer<StripeSetup>.Refused refused => new SetupSnapshot(new SetupOutcome.Unknown(refused.Why.Word), setup, null),
            _ => throw new UnreachableException(),
        };
    }

    public async Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken)
    {
        var (_, id) = StripeWords.Parts(method);
        if (await stripe.DetachMethodAsync(id, cancellationToken) is StripeAnswer<StripeMethod>.Refused refused
            && !(refused.Why.IsRefusal && await IsForgottenAsync(id, cancellationToken)))
        {
            throw new StripeAnswerException(refused.Why.Word);
        }
    }

    private async Task<bool> IsForgottenAsync(string method, CancellationToken cancellationToken) => await stripe.GetMethodAsync(method, cancellationToken) switch
    {
        StripeAnswer<StripeMethod>.Given given => given.Body.Customer is null,
        StripeAnswer<StripeMethod>.Refused refused => refused.Why.Code == "resource_missing",
        _ => false,
    };

    private SetupSnapshot Told(StripeSession session) => session switch
    {
        { Setup: { Status: "succeeded" } setup } => Told(setup, session.Id),
        { Status: "open", Url: { } url } => new SetupSnapshot(new SetupOutcome.ActionRequired(new BuyerAction.Redirect(url)), new ProviderReference(session.Id), Customer(session.Customer)),
        { Status: "expired" } => new SetupSnapshot(new SetupOutcome.Declined(DeclineReason.BuyerAborted, "expired"), new ProviderReference(session.Id), Customer(session.Customer)),
        _ => new SetupSnapshot(new SetupOutcome.Unknown(session.Status), new ProviderReference(session.Id), Customer(session.Customer)),
    };

    private SetupSnapshot Told(StripeSetup setup, string reference) => new(
        setup switch
        {
            { Status: "succeeded", Method: { } method, Customer: { } customer } => new SetupOutcome.Saved(StripeWords.Saved(method, customer)),
            { Status: "canceled" } => new SetupOutcome.Declined(setup.LastError is { } error ? StripeWords.Reason(error) : DeclineReason.BuyerAborted, setup.LastError?.Word),
            { Status: "requires_payment_method" or "requires_confirmation" or "requires_action" } => new SetupOutcome.ActionRequired(Fields(setup.ClientSecret, "setup")),
            _ => new SetupOutcome.Unknown(setup.Status),
        },
        new ProviderReference(reference), Customer(setup.Customer));

    private static SetupSnapshot Setup(StripeRefusal why, string? customer) => new(
        why.IsDecline ? new SetupOutcome.Declined(StripeWords.Reason(why), why.Word)
        : why.IsRefusal ? new SetupOutcome.Declined(Invalid(why), why.Word)
        : new SetupOutcome.Unknown(why.Word),
        null, Customer(customer));

    private static CustomerReference? Customer(string? id) => id is null ? null : new CustomerReference(id);

    /// <summary>The payer's customer at Stripe, made when there is none. Two at once are one: the key is the member's.</summary>
    private async Task<StripeAnswer<string>> CustomerAsync(Payer payer, CancellationToken cancellationToken)
    {
        if (payer.Customer is { } known)
        {
            return new StripeAnswer<string>.Given(known.Value, false);
        }

        // a changed address is another request, which the same key would refuse
        var address = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(payer.Email ?? "")).AsSpan(0, 8));
        return await stripe.CreateCustomerAsync(payer.AccountKey, payer.Email, new IdempotencyKey($"{payer.AccountKey}:customer:{address}"), cancellationToken);
    }

    /// <summary>A token becomes a method, which moves nothing; what the browser made a method already is one.</summary>
    private async Task<StripeAnswer<string>> MethodAsync(SingleUseToken token, IdempotencyKey key, CancellationToken cancellationToken)
    {
        if (token.Value.StartsWith("pm_", StringComparison.Ordinal))
        {
            return new StripeAnswer<string>.Given(token.Value, false);
        }

        if (!token.Value.StartsWith("tok_", StringComparison.Ordinal))
        {
            return new StripeAnswer<string>.Refused(new StripeRefusal(400, "invalid_request_error", "token_malformed", null));
        }

        return await stripe.CreateMethodAsync(token, new IdempotencyKey($"{key.Value}:method"), cancellationToken) switch
        {
            StripeAnswer<StripeMethod>.Given given => new StripeAnswer<string>.Given(given.Body.Id, given.Repeated),
            StripeAnswer<StripeMethod>.Refused refused => new StripeAnswer<string>.Refused(refused.Why),
            _ => throw new UnreachableException(),
        };
    }

    // ---- news and books ------------------------------------------------------------------------------------------------------------------

    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => Task.FromResult(
        TimedSignature.FindFault(StripeEvents.Header, request, options.Value.CurrentSecrets) is { } fault
            ? new WebhookVerdict.Rejected(fault)
            : StripeEvents.Read(request.Body, options.Value.AccountId, options.Value.Live));

    public async IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var moved = new List<ProviderActivity>();
        // Stripe counts in whole seconds: ask for a little more and cut
        var end = until.AddSeconds(1);
        await foreach (var charge in AllAsync(after => stripe.ListChargesAsync(from, end, after, cancellationToken)))
        {
            if (charge.IsTaken)
            {
                moved.Add(new ProviderActivity(ActivityKind.Captured, new ProviderReference(charge.Id), Attempt(charge.Attempt), charge.Amount, charge.At));
            }
        }

        await foreach (var refund in AllAsync(after => stripe.ListRefundsAsync(from, end, after, cancellationToken)))
        {
            if (StripeWords.Refund(refund.Status) != RefundOutcome.Failed)
            {
                moved.Add(new ProviderActivity(ActivityKind.Refunded, new ProviderReference(refund.Id), Attempt(refund.Attempt), refund.Amount, refund.At));
            }
        }

        await foreach (var dispute in AllAsync(after => stripe.ListDisputesAsync(from, end, after, cancellationToken)))
        {
            moved.Add(new ProviderActivity(ActivityKind.Disputed, new ProviderReference(dispute.Id), Attempt(dispute.Attempt), dispute.Amount, dispute.At));
        }

        foreach (var activity in moved.Where(it => it.At >= Second(from) && it.At < until).OrderBy(it => it.At))
        {
            yield return activity;
        }

        static AttemptId? Attempt(string? text) => StripeWords.OurId(text) is { } id ? new AttemptId(id) : null;

        static DateTimeOffset Second(DateTimeOffset at) => DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken)
    {
        var hears = options.Value.CurrentSecrets.Count > 0;
        StripeAnswer<StripeAccount> answer;
        try
        {
            answer = await stripe.GetAccountAsync(cancellationToken);
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return new ProviderHealth(false, false, "Stripe refuses the key.");
        }

        payee = answer is StripeAnswer<StripeAccount>.Given given ? given.Body.Id : payee;
        return answer switch
        {
            StripeAnswer<StripeAccount>.Given { Body: { } account } when account.Id != options.Value.AccountId => new ProviderHealth(false, false, "The key belongs to another account."),
            StripeAnswer<StripeAccount>.Given { Body.CanCharge: false } => new ProviderHealth(false, hears, "The account may not take payments."),
            StripeAnswer<StripeAccount>.Given => new ProviderHealth(true, hears, hears ? null : "No webhook secret is set."),
            StripeAnswer<StripeAccount>.Refused refused => new ProviderHealth(false, false, refused.Why.Word),
            _ => throw new UnreachableException(),
        };
    }

    // ---- small things --------------------------------------------------------------------------------------------------------------------

    private PayeeReference? Payee => payee is { } account ? new PayeeReference(account) : null;

    /// <summary>Asks once whose key ours is, for the evidence. Null when it is known.</summary>
    private async Task<StripeRefusal?> LearnPayeeAsync(CancellationToken cancellationToken)
    {
        if (payee is null)
        {
            switch (await stripe.GetAccountAsync(cancellationToken))
            {
                case StripeAnswer<StripeAccount>.Given given:
                    payee = given.Body.Id;
                    break;
                case StripeAnswer<StripeAccount>.Refused refused:
                    return refused.Why;
            }
        }

        return null;
    }

    private static bool IsSession(string reference) => reference.StartsWith(SessionPrefix, StringComparison.Ordinal);

    private static async Task<List<T>> ListedAsync<T>(Func<string?, Task<StripeAnswer<StripePage<T>>>> ask)
    {
        var all = new List<T>();
        await foreach (var item in AllAsync(ask))
        {
            all.Add(item);
        }

        return all;
    }

    /// <summary>Every page. One that is refused breaks the list off, which is thrown and never an end.</summary>
    private static async IAsyncEnumerable<T> AllAsync<T>(Func<string?, Task<StripeAnswer<StripePage<T>>>> ask)
    {
        string? after = null;
        do
        {
            if (await ask(after) is not StripeAnswer<StripePage<T>>.Given { Body: var page })
            {
                throw new StripeAnswerException("a list broke off");
            }

            foreach (var item in page.Items)
            {
                yield return item;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private static PaymentSnapshot Refused(StripeRefusal why) => why.IsRefusal || why.IsDecline ? Declined(why) : Doubt(why);

    /// <summary>Final: Stripe would not have it.</summary>
    private static PaymentSnapshot Declined(StripeRefusal? why) => new() { Outcome = new PaymentOutcome.Declined(StripeWords.Reason(why), why?.Word) };

    private static DeclineReason Invalid(StripeRefusal why) => StripeWords.Reason(why) is var reason && reason == DeclineReason.Unspecified ? DeclineReason.MethodInvalid : reason;

    private static PaymentSnapshot Doubt(StripeRefusal why) => PaymentSnapshot.Unknown(why.Word);
}
