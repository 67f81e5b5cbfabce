using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Payments;

public interface IPaymentPlugin
{
    static abstract ProviderId Id { get; }
    static abstract void Register(IServiceCollection services, IConfigurationSection settings);
}
