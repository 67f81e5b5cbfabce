using System.Collections.Concurrent;
using System.Globalization;
using Shop.Payments;

namespace Shop.TestKit;

/// <summary>
/// A payment service with fields of its own and a page of its own, which keeps methods: in memory, and it does what a test says. For what the sandbox's bank,
/// which has no fields, cannot show.
/// </summary>
public sealed class CardService(TimeProvider clock, string id = CardService.Id)
    : IPaymentProvider, IContinuesPayments, ICancelsPayments, ISavesMethods, IReceivesWebhooks
{
    public const string Id = "cards";

    private readonly ConcurrentDictionary<Guid, Payment> payments = new();
    private readonly ConcurrentDictionary<string, string> customers = new();
    private readonly ConcurrentDictionary<string, Kept> methods = new();
    private readonly ConcurrentDictionary<string, Setup> setups = new();
    private readonly ConcurrentQueue<string> calls = new();
    private readonly ConcurrentQueue<StartPayment> starts = new();
    private int made;

    /// <summary>What it was asked, in order: start, get, continue, cancel, list, setup, get setup, forget.</summary>
    public IReadOnlyList<string> Calls => [.. calls];

    public IReadOnlyList<StartPayment> Starts => [.. starts];

    /// <summary>What happens before a kept method is charged.</summary>
    public Func<ContinuePayment, Task> Continuing { get; set; } = _ => Task.CompletedTask;

    /// <summary>What comes of charging kept methods.</summary>
    public Func<PaymentOutcome> Charged { get; set; } = () => new PaymentOutcome.Captured();

    /// <summary>Makes a payer anew at every call, as no provider should.</summary>
    public bool ForgetsPayers { get; set; }

    /// <summary>What it says of the methods that it keeps; null: one Visa after the other.</summary>
    public SavedMethod? Keeps { get; set; }

    /// <summary>Thrown by the calls about kept methods while set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The widget of the fields, with what the page is told.</summary>
    public BuyerAction.FillFields Fields { get; set; } = new("stripe", new Dictionary<string, string>
    {
        ["script"] = "https://js.stripe.com/v3/", ["publishable_key"] = "pk_test_public", ["client_secret"] = "pi_1_secret_for_the_owner",
    });

    public BuyerAction NextStep { get; } = new BuyerAction.Redirect(new Uri("https://cards.example/step"));

    ProviderId IPaymentProvider.Id => new(id);

    /// <summary>The most it takes at once; null: as much as is asked.</summary>
    public Money? Most { get; set; }

    public PaymentCapabilities Capabilities => Capable with { Maximum = Most };

    private static PaymentCapabilities Capable { get; } = new()
    {
        DisplayName = "Cards",
        Live = false,
        Payee = new PayeeReference("payee_cards"),
        Flows = [PaymentFlow.EmbeddedFields, PaymentFlow.Redirect],
        Currencies = Currency.All,
        OffSession = true,
    };

    public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        calls.Enqueue("start");
        starts.Enqueue(request);
        var customer = request.Source is PaymentSource.Saved or PaymentSource.Fresh { SaveForLater: true } ? Customer(request.Payer) : null;
        var payment = payments.GetOrAdd(request.Attempt.Value, key => new Payment(key, request, customer)
        {
            Outcome = request.Source is PaymentSource.Saved ? new PaymentOutcome.Approved() : new PaymentOutcome.ActionRequired(Action(request.Flow), null),
        });
        return Task.FromResult(Say(payment));
    }

    public Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken)
    {
        calls.Enqueue("get");
        return Task.FromResult(payments.TryGetValue(payment.Attempt.Value, out var known) ? Say(known) : new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() });
    }

    public async Task<PaymentSnapshot> ContinueAsync(ContinuePayment request, CancellationToken cancellationToken)
    {
        calls.Enqueue("continue");
        await Continuing(request);
        var payment = payments[request.Payment.Attempt.Value];
        End(payment, Charged());
        return Say(payment);
    }

    public Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        calls.Enqueue("cancel");
        var known = payments[payment.Attempt.Value];
        if (known.Outcome is PaymentOutcome.ActionRequired or PaymentOutcome.Approved)
        {
            known.Outcome = new PaymentOutcome.Cancelled();
        }

        return Task.FromResult(Say(known));
    }

    public Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken)
    {
        Ask("list");
        return Task.FromResult<IReadOnlyList<SavedMethod>>([.. methods.Values.Where(m => m.Customer == customer.Value).Select(m => m.Method)]);
    }

    /// <summary>A token is good for one setup, which its key finds again.</summary>
    public Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken)
    {
        Ask("attach");
        var setup = setups.GetOrAdd("set_" + request.Key.Value, reference => new Setup(reference, Customer(request.Payer)!));
        setup.Method ??= Keep(setup.Customer);
        return Task.FromResult(Say(setup));
    }

    public Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken)
    {
        Ask("setup");
        var setup = setups.GetOrAdd("set_" + request.Key.Value, reference => new Setup(reference, Customer(request.Payer)!));
        return Task.FromResult(Say(setup));
    }

    public Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken)
    {
        Ask("get setup");
        return Task.FromResult(Say(setups[setup.Value]));
    }

    public Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken)
    {
        Ask("forget");
        methods.TryRemove(method.Value, out _);
        return Task.CompletedTask;
    }

    /// <summary>A webhook's body is <c>EVENT KIND REFERENCE</c>.</summary>
    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        string[] words = System.Text.Encoding.UTF8.GetString(request.Body.Span).Split(' ');
        return Task.FromResult<WebhookVerdict>(words is [var name, var kind, var reference]
            ? new WebhookVerdict.Accepted(name, "news", new WebhookSubject(Enum.Parse<SubjectKind>(kind), new ProviderReference(reference), null))
            : new WebhookVerdict.Rejected("words"));
    }

    /// <summary>The buyer fills the fields, or pays on the page.</summary>
    public void Pay(Guid attempt) => End(payments[attempt], new PaymentOutcome.Captured());

    public void Set(Guid attempt, PaymentOutcome outcome) => payments[attempt].Outcome = outcome;

    /// <summary>The member has entered a card at the open setups.</summary>
    public void FinishSetups()
    {
        foreach (var setup in setups.Values.Where(s => s.Method is null))
        {
            setup.Method = Keep(setup.Customer);
        }
    }

    /// <summary>The network has sent a new card for every old one.</summary>
    public void Renew(DateOnly expiresOn)
    {
        foreach (var (key, kept) in methods)
        {
            methods[key] = kept with { Method = kept.Method with { ExpiresOn = expiresOn } };
        }
    }

    public IReadOnlyList<SavedMethod> Methods => [.. methods.Values.Select(m => m.Method)];

    public string CustomerOf(string accountKey) => customers[accountKey];

    private void Ask(string call)
    {
        calls.Enqueue(call);
        if (Fault is not null)
        {
            throw Fault;
        }
    }

    private string Customer(Payer payer)
    {
        var number = Interlocked.Increment(ref made);
        var name = string.Create(CultureInfo.InvariantCulture, $"cus_{number}");
        return payer.Customer?.Value ?? (ForgetsPayers ? name : customers.GetOrAdd(payer.AccountKey, name));
    }

    private BuyerAction Action(PaymentFlow flow) => flow == PaymentFlow.EmbeddedFields ? Fields : new BuyerAction.Redirect(new Uri("https://cards.example/pay"));

    private void End(Payment payment, PaymentOutcome outcome)
    {
        payment.Outcome = outcome;
        if (outcome is PaymentOutcome.Captured)
        {
            payment.Captures = [new CaptureSnapshot(new ProviderReference("cap_" + payment.Attempt.ToString("N")), payment.Request.Amount, null, clock.GetUtcNow())];
            payment.Kept = payment.Request.Source is PaymentSource.Fresh { SaveForLater: true } ? payment.Kept ?? Keep(payment.Customer!) : null;
        }
    }

    private SavedMethod Keep(string customer)
    {
        var number = Interlocked.Increment(ref made);
        var method = Keeps ?? new SavedMethod(new SavedMethodReference(string.Create(CultureInfo.InvariantCulture, $"pm_{number}")), "visa", "4242", new DateOnly(2028, 12, 31));
        methods[method.Reference.Value] = new Kept(customer, method);
        return method;
    }

    private PaymentSnapshot Say(Payment payment) => new()
    {
        Outcome = payment.Outcome,
        Live = false,
        Payee = Capabilities.Payee,
        OurAttempt = new AttemptId(payment.Attempt),
        Reference = new ProviderReference("pay_" + payment.Attempt.ToString("N")),
        Customer = payment.Customer is { } customer ? new CustomerReference(customer) : null,
        SavedMethod = payment.Kept,
        Captures = payment.Captures,
    };

    private SetupSnapshot Say(Setup setup) => new(
        setup.Method is { } method ? new SetupOutcome.Saved(method) : new SetupOutcome.ActionRequired(Fields), new ProviderReference(setup.Reference), new CustomerReference(setup.Customer));

    private sealed record Kept(string Customer, SavedMethod Method);

    private sealed class Setup(string reference, string customer)
    {
        public string Reference { get; } = reference;

        public string Customer { get; } = customer;

        public SavedMethod? Method { get; set; }
    }

    private sealed class Payment(Guid attempt, StartPayment request, string? customer)
    {
        public Guid Attempt { get; } = attempt;

        public StartPayment Request { get; } = request;

        public string? Customer { get; } = customer;

        public required PaymentOutcome Outcome { get; set; }

        public SavedMethod? Kept { get; set; }

        public IReadOnlyList<CaptureSnapshot> Captures { get; set; } = [];
    }
}
