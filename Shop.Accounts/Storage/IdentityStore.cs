using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Accounts;

/// <summary>
/// Identity shapes its tables by options that it takes from the application's services (key lengths, passkeys). A context made
/// without them caches a model without passkeys for the whole process, so application, tools and tests all use these.
/// </summary>
public static class IdentityStore
{
    public static void Configure(IdentityOptions options)
    {
        options.Stores.MaxLengthForKeys = 128;
        options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
    }

    /// <summary>The least services a context needs outside the web host.</summary>
    public static IServiceProvider Services() =>
        new ServiceCollection().Configure<IdentityOptions>(Configure).BuildServiceProvider();
}
