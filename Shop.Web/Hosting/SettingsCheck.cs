using Microsoft.Extensions.Options;
using Shop.Web.Hooks;
using Shop.Web.Security;

namespace Shop.Web.Hosting;

/// <summary>Everything that is wrong with the settings, before anything is listened to or written.</summary>
internal static class SettingsCheck
{
    /// <exception cref="SettingsException">Something is wrong.</exception>
    public static void Run(IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var problems = SettingsSections.Unknown(configuration, services.GetServices<SettingsSection>()).ToList();
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (OptionsValidationException e)
        {
            problems.AddRange(e.Failures);
        }
        catch (AggregateException e)
        {
            problems.AddRange(e.InnerExceptions.OfType<OptionsValidationException>().SelectMany(inner => inner.Failures));
        }
        catch (InvalidOperationException e)
        {
            // the binder's words: which key, and what it could not be read as
            problems.Add(e.Message);
        }

        if (problems.Count == 0 && services.GetRequiredService<IHostEnvironment>().IsProduction())
        {
            problems.AddRange(Production(services, configuration));
        }

        if (problems.Count > 0)
        {
            throw new SettingsException(problems);
        }
    }

    /// <summary>What is fine on a developer's machine and nowhere else (S33).</summary>
    private static IEnumerable<string> Production(IServiceProvider services, IConfiguration configuration)
    {
        if (services.GetRequiredService<IOptions<ShopOptions>>().Value.PublicBaseUrl is not { Scheme: "https" })
        {
            yield return "Shop:PublicBaseUrl must be set in Production, to an https address.";
        }

        if (configuration["AllowedHosts"] is not { Length: > 0 } hosts || hosts.Contains('*', StringComparison.Ordinal))
        {
            yield return "AllowedHosts must be set in Production, to the shop's host names without '*'.";
        }

        if (services.GetRequiredService<IOptions<SignInOptions>>().Value.HashIterations < SignInOptions.LeastInProduction)
        {
            yield return $"SignIn:HashIterations must be at least {SignInOptions.LeastInProduction} in Production.";
        }

        if (services.GetRequiredService<IOptions<ShopOptions>>().Value is { KeyRingCertificate: null or "", AllowPlainKeyRing: false })
        {
            yield return "Shop:KeyRingCertificate must name a certificate in Production, or Shop:AllowPlainKeyRing must be true where the database itself is encrypted.";
        }

        if (!services.GetRequiredService<IOptions<CommunityOptions>>().Value.IsSecure)
        {
            yield return "The addresses of Community must have https in Production.";
        }

        if (services.GetRequiredService<IOptions<EventHookOptions>>().Value.AllowPrivate)
        {
            yield return "EventHooks:AllowPrivate must not be true in Production.";
        }

        if (services.GetRequiredService<IOptions<LimitsOptions>>().Value.PerAddress == Switch.Off)
        {
            yield return "Limits:PerAddress must not be off in Production.";
        }
    }
}
