using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Payments;

/// <summary>How a payment service joins the shop. The composition root names it once, with <c>AddPaymentPlugin</c>.</summary>
public interface IPaymentPlugin
{
    static abstract ProviderId Id { get; }

    /// <summary>Adds exactly one <see cref="IPaymentProvider"/> as a singleton, its client and its options.
    /// Bad settings must fail when the host starts, not with the first buyer.</summary>
    static abstract void Register(IServiceCollection services, IConfigurationSection settings);
}
