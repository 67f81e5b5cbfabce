namespace Shop.Payments.Tests.Conformance;

/// <summary>A provider set up for <see cref="ProviderConformance"/>: its plug-in behind the gateway, and whatever plays the provider's side
/// (a simulator, recorded answers, the sandbox's bank) with the few handles that the tests need on it.</summary>
public abstract class ProviderStand : IAsyncDisposable
{
    public abstract ProviderId Provider { get; }

    public abstract PaymentGateway Gateway { get; }

    public abstract PaymentCapabilities Capabilities { get; }

    /// <summary>Whether the provider finds a payment by our id alone. One that does not must be one at which nothing can happen to a payment whose id
    /// nobody stored: a look-up without it is NotFound, and the same key started again brings the same payment.</summary>
    public virtual bool FindsByOurId => true;

    /// <summary>Whether the provider knows a payer again by our pseudonym alone. Elsewhere only the customer that it once named does, which the shop keeps and sends along.</summary>
    public virtual bool KnowsPayers => true;

    /// <summary>Whether an event says when it was sent; one that does not can be told from an old one only by asking.</summary>
    public virtual bool NewsSaysWhen => true;

    /// <summary>The plug-in itself, for the roles that the gateway does not call; without it their tests are skipped.</summary>
    public virtual IPaymentProvider? Plugin => null;

    /// <summary>How a payment stands, as the shop learns it: by asking, or from a word of staff where there is nobody to ask.</summary>
    public virtual Task<PaymentSnapshot> LookAsync(PaymentLocator payment, CancellationToken cancellationToken) => Gateway.GetAsync(Provider, payment, cancellationToken);

    /// <summary>The event that tells of a captured payment, as the provider would send it now; null when the stand makes none.</summary>
    public virtual Task<WebhookRequest?> NewsAsync(PaymentSnapshot captured, CancellationToken cancellationToken) => Task.FromResult<WebhookRequest?>(null);

    /// <summary>From now on the provider refuses our key; false when there is none to refuse.</summary>
    public virtual bool RefuseOurKey() => false;

    /// <summary>The buyer opens the provider's page or fields and leaves them open.</summary>
    public abstract Task VisitAsync(PaymentSnapshot started, CancellationToken cancellationToken);

    /// <summary>What the buyer does to pay, on the page that is open when there is one; false when the provider does not let them any more.</summary>
    public abstract Task<bool> PayAsync(PaymentSnapshot started, CancellationToken cancellationToken);

    /// <summary>The buyer's payment is refused for good; false when nothing can be done to have that here.</summary>
    public virtual Task<bool> DeclineAsync(PaymentSnapshot started, DeclineReason reason, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>The buyer has paid, and the provider takes its time to decide; false when it never does.</summary>
    public virtual Task<bool> LeavePendingAsync(PaymentSnapshot started, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>The provider has decided.</summary>
    public virtual Task DecideAsync(PaymentSnapshot started, bool isPaid, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>The buyer enters a card where a setup asks for it: one that pays, is declined, or asks who they are. False when there is no such card here.</summary>
    public virtual Task<bool> FinishSetupAsync(SetupSnapshot started, CardOf card, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>What the provider's own books say it has taken for an attempt, not asked through the plug-in.</summary>
    public abstract Task<IReadOnlyList<Money>> TakenAsync(AttemptId attempt, CancellationToken cancellationToken);

    /// <summary>From now on the provider does what it is asked, and its answers cannot be read.</summary>
    public abstract void GarbleAnswers();

    /// <summary>From now on the provider gives back what it is asked to, and its answers to that cannot be read. A plug-in that must look first (a service that counts totals)
    /// can still do so.</summary>
    public virtual void GarbleAnswersToRefunds() => GarbleAnswers();

    /// <summary>From now on the provider does what it is asked, and answers with 500.</summary>
    public abstract void FailAfterwards();

    /// <summary>From now on the provider's answers name another amount than the one it was asked for.</summary>
    public abstract void TellAnotherAmount(Money asked, Money told);

    /// <summary>Ends all of the above.</summary>
    public abstract void AnswerProperly();

    public abstract ValueTask DisposeAsync();
}

/// <summary>What comes of charging a kept card.</summary>
public enum CardOf { Paying, Declined, Authenticating }
