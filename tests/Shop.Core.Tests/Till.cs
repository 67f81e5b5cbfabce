using System.Collections.Concurrent;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests;

/// <summary>
/// A payment provider whose memory the test writes: it knows payments by our attempt, and answers what the test put there, which the real
/// bank of the sandbox cannot be made to say (wrong amounts, silence, money in the other mode).
/// </summary>
public sealed class Till(TestClock clock, string id = Till.Id) : IPaymentProvider, ICancelsPayments, IRefundsPayments, IReceivesWebhooks, IListsActivity
{
    public const string Id = "till";

    public static readonly PayeeReference Us = new("payee_us");

    private readonly ConcurrentDictionary<Guid, Payment> payments = new();

    private int starts;
    private int cancels;

    private readonly ConcurrentDictionary<Guid, RefundSnapshot> refunds = new();

    private int refundCalls;
    private int lists;

    /// <summary>How often it was asked what it moved.</summary>
    public int Lists => lists;

    /// <summary>What becomes of the next refunds.</summary>
    public RefundOutcome RefundsAre { get; set; } = RefundOutcome.Succeeded;

    /// <summary>Refunding works, and its answer is lost.</summary>
    public bool LoseRefundAnswer { get; set; }

    public int RefundCalls => refundCalls;

    /// <summary>Refunds the till made, each once, whatever it was asked.</summary>
    public IReadOnlyList<RefundSnapshot> Refunded => [.. refunds.Values.Where(r => r.Outcome == RefundOutcome.Succeeded)];

    public int Starts => starts;

    public int Cancels => cancels;

    private int gets;

    /// <summary>How often it was asked how a payment stands.</summary>
    public int Gets => gets;

    /// <summary>What happens while it is being asked about a payment or told to cancel one.</summary>
    public Func<Task> Asked { get; set; } = () => Task.CompletedTask;

    /// <summary>Thrown by every call while set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What it says payments were paid with.</summary>
    public PaidWith? PaidWith { get; set; }

    /// <summary>Creating works, and its answer is lost.</summary>
    public bool LoseStartAnswer { get; set; }

    ProviderId IPaymentProvider.Id => new(id);

    /// <summary>So long after it happened a movement is listed at the earliest.</summary>
    public TimeSpan ListsAfter { get; set; }

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "Till",
        Live = false,
        Payee = Us,
        Flows = [PaymentFlow.Redirect],
        Currencies = Currency.All,
        Maximum = new Money(100_000, Currency.Usd),
        ListedWithin = TimeSpan.FromHours(2),
    };

    public Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref starts);
        Break();
        var payment = payments.GetOrAdd(request.Attempt.Value, key => new Payment(key, request.Amount));
        return LoseStartAnswer ? throw new TimeoutException() : Task.FromResult(Say(payment));
    }

    public async Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref gets);
        await Asked();
        Break();
        return payments.TryGetValue(payment.Attempt.Value, out var known) ? Say(known) : new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() };
    }

    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref cancels);
        await Asked();
        Break();
        if (!payments.TryGetValue(payment.Attempt.Value, out var known))
        {
            return new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() };
        }

        if (known.Outcome is PaymentOutcome.ActionRequired)
        {
            known.Outcome = new PaymentOutcome.Cancelled();
        }

        return Say(known);
    }

    public Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref refundCalls);
        Break();
        Refunding();
        var refund = refunds.GetOrAdd(request.Refund.Value, key => new RefundSnapshot(
            RefundsAre, new ProviderReference("ref_" + key.ToString("N")), request.Refund, request.Capture, request.Amount,
            RefundsAre == RefundOutcome.Failed ? "card_closed" : null, null));
        return LoseRefundAnswer ? throw new TimeoutException() : Task.FromResult(refund);
    }

    public Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken)
    {
        Break();
        return Task.FromResult(refunds.TryGetValue(refund.Refund.Value, out var known)
            ? known
            : new RefundSnapshot(RefundOutcome.NotFound, null, null, null, Money.Zero(Currency.Usd), null, null));
    }

    /// <summary>What happens before a refund is made.</summary>
    public Action Refunding { get; set; } = () => { };

    /// <summary>Somebody gives money back at the till itself. Returns its id there.</summary>
    public string RefundHere(Guid attempt, long minor, string? id = null)
    {
        var payment = payments[attempt];
        var reference = id ?? "here_" + Guid.NewGuid().ToString("N");
        var refund = new RefundSnapshot(
            RefundOutcome.Succeeded, new ProviderReference(reference), null, payment.Captures[0].Reference, new Money(minor, payment.Amount.Currency), null, null);
        payment.Here = [.. payment.Here.Where(r => r.Reference != refund.Reference), refund];
        return reference;
    }

    /// <summary>A refund that was made at the till itself comes back.</summary>
    public void FailHere(Guid attempt, string reference) =>
        payments[attempt].Here = [.. payments[attempt].Here.Select(r => r.Reference?.Value == reference ? r with { Outcome = RefundOutcome.Failed } : r)];

    /// <summary>The payer's bank says how a dispute stands.</summary>
    public void Dispute(Guid attempt, DisputeOutcome outcome, long? minor = null)
    {
        var payment = payments[attempt];
        payment.Disputes =
            [new DisputeSnapshot(outcome, new ProviderReference("dp_" + attempt.ToString("N")), payment.Captures[0].Reference, new Money(minor ?? payment.Amount.Minor, payment.Amount.Currency))];
    }

    /// <summary>What the till says of a payment now.</summary>
    public PaymentSnapshot Said(Guid attempt) => Say(payments[attempt]);

    public void Set(Guid refund, RefundOutcome outcome) => refunds[refund] = refunds[refund] with { Outcome = outcome };

    /// <summary>A webhook's body says itself what verdict it gets: <c>accepted ID KIND REFERENCE ATTEMPT [CAPTURE]</c>, <c>ignored ID</c>, <c>unverifiable</c>, <c>breaks</c>, else rejected.</summary>
    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        string[] words = System.Text.Encoding.UTF8.GetString(request.Body.Span).Split(' ');
        return Task.FromResult<WebhookVerdict>(words switch
        {
            ["accepted", var id, var kind, var reference, var ours] =>
                new WebhookVerdict.Accepted(id, "payment", new WebhookSubject(Enum.Parse<SubjectKind>(kind), new ProviderReference(reference), Guid.Parse(ours))),
            ["accepted", var id, "Refund", var reference, var ours, var payment] => new WebhookVerdict.Accepted(
                id, "refund", new WebhookSubject(SubjectKind.Refund, new ProviderReference(reference), Guid.Parse(ours), Payment: new ProviderReference(payment))),
            ["accepted", var id, var kind, var reference, var ours, var capture] => new WebhookVerdict.Accepted(
                id, "payment", new WebhookSubject(Enum.Parse<SubjectKind>(kind), new ProviderReference(reference), Guid.Parse(ours), new ProviderReference(capture))),
            ["ignored", var id] => new WebhookVerdict.Ignored(id, "weather"),
            ["unverifiable"] => new WebhookVerdict.Unverifiable("certificate service away"),
            ["breaks"] => throw new InvalidOperationException(),
            _ => new WebhookVerdict.Rejected("signature"),
        });
    }

    public async IAsyncEnumerable<ProviderActivity> ListAsync(
        DateTimeOffset from, DateTimeOffset until, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        Break();
        Interlocked.Increment(ref lists);
        foreach (var payment in payments.Values)
        {
            foreach (var capture in payment.Captures.Where(c => c.At >= from && c.At < until && c.At + ListsAfter <= clock.GetUtcNow()))
            {
                yield return new ProviderActivity(ActivityKind.Captured, capture.Reference, new AttemptId(payment.Ours), capture.Amount, capture.At);
            }
        }
    }

    /// <summary>The buyer pays. What differs from what was asked for is given.</summary>
    public void Pay(Guid attempt, Money? amount = null, bool? live = null, PayeeReference? payee = null, Guid? ours = null)
    {
        var payment = payments[attempt];
        payment.Outcome = new PaymentOutcome.Captured();
        payment.Captures = [new CaptureSnapshot(new ProviderReference("cap_" + attempt.ToString("N")), amount ?? payment.Amount, null, clock.GetUtcNow())];
        payment.Live = live ?? false;
        payment.Payee = payee ?? Us;
        payment.Ours = ours ?? attempt;
    }

    public void Set(Guid attempt, PaymentOutcome outcome) => payments[attempt].Outcome = outcome;

    public void Forget(Guid attempt) => payments.TryRemove(attempt, out _);

    private void Break()
    {
        if (Fault is not null)
        {
            throw Fault;
        }
    }

    private PaymentSnapshot Say(Payment payment) => new()
    {
        Outcome = payment.Outcome,
        Live = payment.Live,
        Payee = payment.Payee,
        OurAttempt = new AttemptId(payment.Ours),
        Reference = new ProviderReference("pay_" + payment.Attempt.ToString("N")),
        PaidWith = payment.Captures.Count > 0 ? PaidWith : null,
        Captures = payment.Captures,
        Refunds = [.. payment.Here, .. refunds.Values.Where(r => payment.Captures.Any(c => c.Reference == r.Capture))],
        Disputes = payment.Disputes,
    };

    private sealed class Payment(Guid attempt, Money amount)
    {
        public Guid Attempt { get; } = attempt;

        public Money Amount { get; } = amount;

        public Guid Ours { get; set; } = attempt;

        public bool Live { get; set; }

        public PayeeReference Payee { get; set; } = Us;

        public PaymentOutcome Outcome { get; set; } = new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(new Uri("https://till.example/pay")), null);

        public IReadOnlyList<CaptureSnapshot> Captures { get; set; } = [];

        public IReadOnlyList<RefundSnapshot> Here { get; set; } = [];

        public IReadOnlyList<DisputeSnapshot> Disputes { get; set; } = [];
    }
}
