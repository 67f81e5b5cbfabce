namespace Shop.Payments;

/// <summary>Every payment service this shop knows, by id. A retired one is no longer offered, but stays findable, so that its
/// orders can be looked up and refunded.</summary>
public sealed class PaymentProviders
{
    private readonly Dictionary<ProviderId, IPaymentProvider> byId = [];

    /// <param name="providers">In the order in which buyers see them.</param>
    /// <param name="registrations">What was registered, and whether it is retired; a provider without one is offered.</param>
    public PaymentProviders(IEnumerable<IPaymentProvider> providers, IEnumerable<PaymentPluginRegistration> registrations)
    {
        foreach (var provider in providers)
        {
            if (!byId.TryAdd(provider.Id, provider))
            {
                throw new InvalidOperationException($"Two payment providers are called '{provider.Id}'.");
            }
        }

        var retired = new HashSet<ProviderId>();
        foreach (var registration in registrations)
        {
            if (!byId.ContainsKey(registration.Id))
            {
                throw new InvalidOperationException($"The payment plug-in '{registration.Id}' registered no provider of that id.");
            }

            if (registration.Retired)
            {
                retired.Add(registration.Id);
            }
        }

        All = [.. byId.Values];
        Offered = [.. byId.Values.Where(provider => !retired.Contains(provider.Id))];
    }

    /// <summary>Retired ones too.</summary>
    public IReadOnlyList<IPaymentProvider> All { get; }

    /// <summary>Those that a buyer may choose.</summary>
    public IReadOnlyList<IPaymentProvider> Offered { get; }

    public IPaymentProvider? Find(ProviderId id) => byId.GetValueOrDefault(id);
}

/// <summary>Written by <c>AddPaymentPlugin</c>, read by <see cref="PaymentProviders"/>.</summary>
public sealed record PaymentPluginRegistration(ProviderId Id, bool Retired);
