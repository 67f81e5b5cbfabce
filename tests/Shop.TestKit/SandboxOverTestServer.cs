using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Sandbox;

namespace Shop.TestKit;

public static class SandboxOverTestServer
{
    /// <summary>Lets the sandbox plug-in reach the bank of its own in-process host, which listens on no socket.</summary>
    public static IServiceCollection UseSandboxOverTestServer(this IServiceCollection services)
    {
        services.AddHttpClient(SandboxPlugin.Name)
            .ConfigurePrimaryHttpMessageHandler(host => ((TestServer)host.GetRequiredService<IServer>()).CreateHandler());
        return services;
    }
}
