using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Shop.Payments;

/// <summary>The only way from the shop to a payment service. Whatever goes wrong on it, something thrown, no answer in time, no answer at all,
/// comes back as Unknown: it may have happened, and only a look-up may settle it. Nothing is tried twice here.</summary>
/// <remarks>Calls that may move money cannot be taken back: they run until they are answered or the limit is over, whether or not the
/// caller is still there, so the caller's token counts only until they are sent. Look-ups stop with their caller. A buyer who waits is
/// answered after <see cref="BuyersPatience"/>: that is Unknown too, and a call that was sent goes on without them.</remarks>
public sealed partial class PaymentGateway(PaymentProviders providers, TimeProvider clock, ILogger<PaymentGateway> logger, ProviderCircuit? circuit = null)
{
    /// <summary>How long a provider has for one call.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>How long somebody in front of a page is kept waiting for one call: a page makes at most three, and is to be answered within half a minute.</summary>
    public static readonly TimeSpan BuyersPatience = TimeSpan.FromSeconds(8);

    private static readonly Meter Meter = new("Shop.Payments");
    private static readonly Histogram<double> CallSeconds = Meter.CreateHistogram<double>("shop.payments.call.duration", "s");

    /// <summary>Creates the payment; see <see cref="IPaymentProvider.StartAsync"/>.</summary>
    public Task<PaymentSnapshot> StartAsync(ProviderId provider, StartPayment request, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        SendAsync(provider, "start", request.Attempt.Value, (it, token) => it.StartAsync(request, token), patience, cancellationToken);

    /// <summary>Asks how a payment stands.</summary>
    public Task<PaymentSnapshot> GetAsync(ProviderId provider, PaymentLocator payment, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        CallAsync(provider, "get", payment.Attempt.Value, (it, token) => it.GetAsync(payment, token), Payment, new Wait(patience, cancellationToken));

    /// <summary>Confirms or captures by the stored reference. A provider for which there is nothing to continue is asked how the payment stands.</summary>
    public Task<PaymentSnapshot> ContinueAsync(ProviderId provider, ContinuePayment request, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        providers.Find(provider) is null or IContinuesPayments
            ? SendAsync(provider, "continue", request.Payment.Attempt.Value, (it, token) => ((IContinuesPayments)it).ContinueAsync(request, token), patience, cancellationToken)
            : GetAsync(provider, request.Payment, cancellationToken, patience);

    public bool CanCancel(ProviderId provider) => providers.Find(provider) is ICancelsPayments;

    /// <summary>Ends a payment at the provider. A provider that cannot cancel is asked how the payment stands, so the answer is never
    /// Cancelled without the provider having said so: only Cancelled and NotFound mean that nothing can be paid any more.</summary>
    public Task<PaymentSnapshot> CancelAsync(
        ProviderId provider, PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        if (providers.Find(provider) is null or ICancelsPayments)
        {
            return SendAsync(
                provider, "cancel", payment.Attempt.Value, (it, token) => ((ICancelsPayments)it).CancelAsync(payment, key, token), patience, cancellationToken);
        }

        LogCannot(provider, "cancel", payment.Attempt.Value);
        return GetAsync(provider, payment, cancellationToken, patience);
    }

    public bool CanRefund(ProviderId provider) => providers.Find(provider) is IRefundsPayments;

    /// <summary>Gives money back. A provider that cannot is a failed refund: nothing was sent.</summary>
    public Task<RefundSnapshot> RefundAsync(ProviderId provider, StartRefund request, CancellationToken cancellationToken)
    {
        if (providers.Find(provider) is null or IRefundsPayments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return CallAsync(provider, "refund", request.Refund.Value, (it, token) => ((IRefundsPayments)it).RefundAsync(request, token),
                Refund(why => UnknownRefund(request.Refund, request.Capture, request.Amount.Currency, why)), new Wait(null, CancellationToken.None));
        }

        LogCannot(provider, "refund", request.Refund.Value);
        return Task.FromResult(new RefundSnapshot(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, "cannot_refund", null));
    }

    public Task<RefundSnapshot> GetRefundAsync(ProviderId provider, RefundLocator refund, CancellationToken cancellationToken) =>
        CallAsync(provider, "get_refund", refund.Refund.Value,
            (it, token) => it is IRefundsPayments refunds ? refunds.GetRefundAsync(refund, token) : throw new NotSupportedException(),
            Refund(why => UnknownRefund(refund.Refund, refund.Capture, refund.Payment.Amount.Currency, why)), new Wait(null, cancellationToken));

    /// <summary>Asks whether the provider would take a payment now. Null: it has nothing to ask.</summary>
    public async Task<ProviderHealth?> CheckAsync(ProviderId provider, CancellationToken cancellationToken) => providers.Find(provider) is IReportsHealth
        ? await CallAsync(provider, "health", Guid.Empty, (it, token) => ((IReportsHealth)it).CheckAsync(token), Health, new Wait(null, cancellationToken))
        : null;

    /// <summary>What the gateway needs to know of a kind of answer.</summary>
    /// <param name="Unknown">The answer that stands for none.</param>
    /// <param name="Judge">Why an answer cannot be believed although it could be read; null when it can.</param>
    /// <param name="Note">The answer with the call it answered.</param>
    /// <param name="Fault">What an answer tells about the provider itself; null: it works.</param>
    private sealed record Answer<T>(Func<string, FaultKind, T> Unknown, Func<T, string?> Judge, Func<T, ProviderCall, T> Note, Func<T, FaultKind?> Fault);

    private static readonly Answer<PaymentSnapshot> Payment = new(
        (why, fault) => new PaymentSnapshot { Outcome = new PaymentOutcome.Unknown(why, fault) }, Judge, (answer, call) => answer with { Call = call }, answer => (answer.Outcome as PaymentOutcome.Unknown)?.Fault);

    private static readonly Answer<ProviderHealth> Health = new(
        (why, _) => new ProviderHealth(false, false, why), _ => null, (answer, _) => answer, answer => answer.CanStart ? null : FaultKind.Permanent);

    private static readonly Answer<SetupSnapshot> Setup = new(
        (why, _) => new SetupSnapshot(new SetupOutcome.Unknown(why), null, null), Judge, (answer, _) => answer, answer => answer.Outcome is SetupOutcome.Unknown ? FaultKind.Temporary : null);

    private static readonly Answer<Listed> List = new(
        (_, _) => new Listed(null), listed => listed.Methods is null ? "no_list" : null, (answer, _) => answer, answer => answer.Methods is null ? FaultKind.Temporary : null);

    private static Answer<RefundSnapshot> Refund(Func<string, RefundSnapshot> unknown) => new(
        (why, _) => unknown(why), _ => null, (answer, call) => answer with { Call = call }, answer => answer.Outcome == RefundOutcome.Unknown ? FaultKind.Temporary : null);

    /// <summary>Whether methods can be kept at this provider.</summary>
    public bool CanSave(ProviderId provider) => providers.Find(provider) is ISavesMethods;

    /// <summary>The methods that a payer has kept there; null where that is not certain. <paramref name="asked"/>: for the log, why it is asked.</summary>
    public async Task<IReadOnlyList<SavedMethod>?> ListMethodsAsync(ProviderId provider, CustomerReference customer, string asked, CancellationToken cancellationToken) =>
        (await CallAsync(provider, "list_methods", asked, async (it, token) => new Listed(await Saving(it).ListAsync(customer, token)), List, new Wait(null, cancellationToken))).Methods;

    /// <summary>Keeps a method without a purchase; see <see cref="ISavesMethods.StartSetupAsync"/>. <paramref name="setup"/>: our id of it, for the log.</summary>
    public Task<SetupSnapshot> StartSetupAsync(ProviderId provider, Guid setup, StartSetup request, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        SetUpAsync(provider, "start_setup", setup, (it, token) => it.StartSetupAsync(request, token), new Wait(patience, CancellationToken.None), cancellationToken);

    /// <summary>Keeps a method from a token; see <see cref="ISavesMethods.AttachAsync"/>.</summary>
    public Task<SetupSnapshot> AttachAsync(ProviderId provider, Guid setup, AttachMethod request, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        SetUpAsync(provider, "attach", setup, (it, token) => it.AttachAsync(request, token), new Wait(patience, CancellationToken.None), cancellationToken);

    /// <summary>Asks how keeping a method stands.</summary>
    public Task<SetupSnapshot> GetSetupAsync(ProviderId provider, Guid setup, ProviderReference reference, CancellationToken cancellationToken, TimeSpan? patience = null) =>
        SetUpAsync(provider, "get_setup", setup, (it, token) => it.GetSetupAsync(reference, token), new Wait(patience, cancellationToken), cancellationToken);

    /// <summary>Forgets a kept method for good. False: that is not certain, and has to be asked for again.</summary>
    public async Task<bool> ForgetAsync(ProviderId provider, long ourId, SavedMethodReference method, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return (await CallAsync(
            provider, "forget", ourId,
            async (it, token) =>
            {
                await Saving(it).ForgetAsync(method, token);
                return new Listed([]);
            },
            List, new Wait(null, CancellationToken.None))).Methods is not null;
    }

    private Task<SetupSnapshot> SetUpAsync(ProviderId provider, string operation, Guid setup,
        Func<ISavesMethods, CancellationToken, Task<SetupSnapshot>> call, Wait wait, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CallAsync(provider, operation, setup, (it, token) => call(Saving(it), token), Setup, wait);
    }

    private static ISavesMethods Saving(IPaymentProvider provider) => provider as ISavesMethods ?? throw new NotSupportedException();

    private static string? Judge(SetupSnapshot answer) => answer switch
    {
        { Outcome: null } => "no outcome",
        { Outcome: SetupOutcome.Saved, Customer: null } => "saved for nobody",
        _ => null,
    };

    /// <summary>What was listed; null: not certain.</summary>
    private sealed record Listed(IReadOnlyList<SavedMethod>? Methods);

    private static RefundSnapshot UnknownRefund(RefundId refund, ProviderReference capture, Currency currency, string why) =>
        new(RefundOutcome.Unknown, null, refund, capture, Money.Zero(currency), why, null);

    /// <summary>Why an answer cannot be believed although it could be read; null when it can.</summary>
    private static string? Judge(PaymentSnapshot answer) => answer switch
    {
        { Outcome: null } => "no outcome",
        { Outcome: PaymentOutcome.Captured, Captures: null or [] } => "captured without a capture",
        _ => null,
    };

    /// <summary>How long a caller waits (null: as long as the call may last), and the token that ends a look-up with them.</summary>
    private readonly record struct Wait(TimeSpan? Patience, CancellationToken Caller);

    private Task<PaymentSnapshot> SendAsync(ProviderId provider, string operation, Guid ourId,
        Func<IPaymentProvider, CancellationToken, Task<PaymentSnapshot>> call, TimeSpan? patience, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CallAsync(provider, operation, ourId, call, Payment, new Wait(patience, CancellationToken.None));
    }

    private async Task<T> CallAsync<T>(ProviderId id, string operation, object ourId, Func<IPaymentProvider, CancellationToken, Task<T>> call, Answer<T> kind, Wait wait)
        where T : class
    {
        if (providers.Find(id) is not { } provider)
        {
            LogNoProvider(id, operation, ourId);
            return kind.Unknown("no such provider", FaultKind.Temporary);
        }

        var caller = wait.Caller;
        var (started, at) = (clock.GetTimestamp(), clock.GetUtcNow());
        var (why, fault) = ("answered", FaultKind.Temporary);
        using var status = HttpStatusNote.Begin();
        using var patience = new CancellationTokenSource(wait.Patience ?? Limit, clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, caller);
        try
        {
            // WaitAsync: a plug-in that does not look at its token must not hold the buyer either
            var answer = await RunAsync(provider, call, caller).WaitAsync(waiting.Token);
            if ((answer is null ? "no answer" : kind.Judge(answer)) is not { } wrong)
            {
                Judged(id, kind.Fault(answer!), ourId);
                return kind.Note(answer!, Facts(null));
            }

            why = wrong;
        }
        catch (OperationCanceledException) when (caller.IsCancellationRequested)
        {
            why = "given up";
            throw;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            why = "no answer in time";
        }
        catch (Exception exception)
        {
            (why, fault) = (Kinds(exception), IsAboutUs(exception) ? FaultKind.Permanent : FaultKind.Temporary);
            LogTrace(exception.StackTrace, id, operation, ourId);
        }
        finally
        {
            CallSeconds.Record(clock.GetElapsedTime(started).TotalSeconds,
                new TagList { { "provider", id.Value }, { "operation", operation }, { "result", why } });
        }

        Judged(id, fault, ourId);
        LogUnknown(id, operation, ourId, why);
        return kind.Note(kind.Unknown(why, fault), Facts(why));

        ProviderCall Facts(string? wrong) => new(operation, at, clock.GetElapsedTime(started), status.Last, wrong);
    }

    private void Judged(ProviderId id, FaultKind? fault, object about)
    {
        if (fault is { } kind)
        {
            circuit?.Failed(id, kind, about);
        }
        else
        {
            circuit?.Answered(id);
        }
    }

    /// <summary>The provider answers, but not us: our key is refused.</summary>
    private static bool IsAboutUs(Exception exception) =>
        exception is HttpRequestException { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden };

    /// <summary>The call with a limit of its own, so that one nobody waits for any more ends as well.</summary>
    private async Task<T> RunAsync<T>(IPaymentProvider provider, Func<IPaymentProvider, CancellationToken, Task<T>> call, CancellationToken caller)
    {
        using var limit = new CancellationTokenSource(Limit, clock);
        using var token = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, caller);
        return await call(provider, token.Token);
    }

    // an exception's message may hold a piece of the provider's answer; its type does not
    private static string Kinds(Exception exception) => exception.InnerException is { } inner
        ? $"{exception.GetType().Name}: {Kinds(inner)}"
        : exception.GetType().Name;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} {Operation} {OurId}: unknown, {Why}")]
    private partial void LogUnknown(ProviderId provider, string operation, object ourId, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Provider} {Operation} {OurId}: no such provider is registered")]
    private partial void LogNoProvider(ProviderId provider, string operation, object ourId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Provider} {Operation} {OurId}: this provider cannot do that")]
    private partial void LogCannot(ProviderId provider, string operation, object ourId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Provider} {Operation} {OurId} failed {Trace}")]
    private partial void LogTrace(string? trace, ProviderId provider, string operation, object ourId);
}
