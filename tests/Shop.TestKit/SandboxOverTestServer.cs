using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Shop.Payments.Sandbox;
using Shop.Web.Sandbox;

namespace Shop.TestKit;

public static class SandboxOverTestServer
{
    /// <summary>Lets the sandbox plug-in and the bank reach each other in their own in-process host, which listens on no socket.</summary>
    public static IServiceCollection UseSandboxOverTestServer(this IServiceCollection services)
    {
        foreach (var client in new[] { SandboxPlugin.Name, SandboxBank.WebhookClient })
        {
            services.AddHttpClient(client)
                .ConfigurePrimaryHttpMessageHandler(host => ((TestServer)host.GetRequiredService<IServer>()).CreateHandler());
        }

        return services;
    }
}
