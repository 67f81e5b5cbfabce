using System.Security.Cryptography.X509Certificates;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Hosting;

namespace Shop.Web.Security;

internal static class SecurityRegistration
{
    private const int RequestsPerMinute = 600;
    private static readonly TimeSpan KeyLife = TimeSpan.FromDays(90);

    /// <summary>Identity, sessions, keys, cookies, policies and limits.</summary>
    public static WebApplicationBuilder AddSecurity(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<SignInOptions>(SignInOptions.Section);
        services.AddSettings<LimitsOptions>(LimitsOptions.Section);
        services.AddSingleton<ShopCookies>();
        services.AddSingleton<ClientAddress>();
        services.AddSingleton<LookUps>();
        services.AddSingleton<DrawnTickets>();
        services.AddSingleton<CspReports>();
        services.AddSingleton<LinkCookie>();
        services.AddSingleton<Embed.EmbedTokens>();
        services.AddSingleton<Embed.EmbedCookies>();
        AddKeyRing(services, builder.Configuration, builder.Environment);
        AddIdentity(services);
        AddSessions(services);
        services.AddCommunity(builder.Configuration);
        services.AddAuthorization(StaffPolicies.Add);
        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<ShopCookies>((options, cookies) =>
        {
            cookies.Shape(options.Cookie, "xsrf");
            options.SuppressXFrameOptionsHeader = true;
        });
        AddLimits(services);
        return builder;
    }

    /// <summary>
    /// The framework reads the key ring before the database is there; DatabaseStartService does it afterwards. To be called last: forms, pages
    /// and sign-in each register that service again.
    /// </summary>
    public static void RemoveEagerKeyRing(this IServiceCollection services)
    {
        foreach (var eager in services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            services.Remove(eager);
        }
    }

    private static void AddKeyRing(IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var protection = services.AddDataProtection().SetApplicationName("DreamShop").SetDefaultKeyLifetime(KeyLife)
            .UseCryptographicAlgorithms(new AuthenticatedEncryptorConfiguration { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM });
        services.AddOptions<KeyManagementOptions>().Configure<IServiceScopeFactory>((options, scopes) => options.XmlRepository = new KeyRingRepository(scopes));

        var shop = configuration.GetSection(ShopOptions.Section);
        if (shop[nameof(ShopOptions.KeyRingCertificate)] is { Length: > 0 } file)
        {
            protection.ProtectKeysWithCertificate(X509CertificateLoader.LoadPkcs12FromFile(
                Path.Combine(environment.ContentRootPath, file), shop[nameof(ShopOptions.KeyRingCertificatePassword)]));
        }

        services.AddSingleton<LinkKey>();
        services.AddSingleton<LinkKeySource>(host => host.GetRequiredService<LinkKey>().GetAsync);
    }

    private static void AddIdentity(IServiceCollection services)
    {
        services.AddIdentityCore<Member>(options =>
            {
                IdentityStore.Configure(options);
                options.User.AllowedUserNameCharacters = UserNames.Letters;
                options.User.RequireUniqueEmail = false; // unique among confirmed ones, by the schema
            })
            .AddRoles<StaffRole>()
            .AddEntityFrameworkStores<AccountsDbContext>()
            .AddTokenProvider<MailedTokens>(TokenOptions.DefaultProvider);
        services.RemoveAll<IPasswordValidator<Member>>();
        services.AddScoped<IPasswordValidator<Member>, PasswordRules>();
        services.AddScoped<IUserValidator<Member>, UserNames>();
        services.AddOptions<PasswordHasherOptions>().Configure<IOptions<SignInOptions>>((hasher, options) => hasher.IterationCount = options.Value.HashIterations);
        services.AddScoped<Tries>();
        services.AddScoped<KnownDevices>();
        services.AddScoped<SignIns>();
        services.AddScoped<SecondSteps>();
        services.AddScoped<Sessions>();
        services.AddScoped<Passkeys>();
        services.AddScoped<IPasskeyHandler<Member>, PasskeyHandler<Member>>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<ShopAddress>((options, address) =>
        {
            // fixed, and never from a request's Host header
            options.ServerDomain = address.Host;
            options.ValidateOrigin = context => ValueTask.FromResult(
                !context.CrossOrigin && Uri.TryCreate(context.Origin, UriKind.Absolute, out var origin) && address.IsOwn(origin));
            options.UserVerificationRequirement = "required";
            options.ResidentKeyRequirement = "required"; // signing in names nobody
        });
        services.AddScoped<Registration>();
        services.AddScoped<MailedLinks>();
        services.AddSingleton<DummyPassword>();
    }

    private static void AddSessions(IServiceCollection services)
    {
        services.AddSingleton<ITicketStore, TicketStore>();
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddCookie(IdentityConstants.ApplicationScheme);
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme).Configure<ShopCookies, ITicketStore>((options, cookies, store) =>
        {
            cookies.Shape(options.Cookie, "shop");
            options.SessionStore = store;
            options.LoginPath = "/account/login";
            options.LogoutPath = "/account/logout";
            options.ReturnUrlParameter = "returnUrl";
            options.ExpireTimeSpan = SessionTerms.Members.Idle;
            options.SlidingExpiration = true;
            options.Events.OnCheckSlidingExpiration = context =>
            {
                context.ShouldRenew = context.ElapsedTime >= SessionTerms.RenewedEvery;
                return Task.CompletedTask;
            };
            options.Events.OnRedirectToAccessDenied = context =>
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            };
        });
    }

    /// <summary>Against floods, in memory and per node; what guards money and passwords is counted from rows.</summary>
    private static void AddLimits(IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<ClientAddress>((options, address) =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                context.Request.Path.StartsWithSegments("/hooks") ? Unlimited : Partition(address, context, RequestsPerMinute)); // providers have a limit of their own
            options.AddPolicy(CspReports.Limit, context => Partition(address, context, CspReports.PerMinute));
            options.OnRejected = (context, _) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "60";
                return ValueTask.CompletedTask;
            };
        });
    }

    private static RateLimitPartition<string> Partition(ClientAddress address, HttpContext context, int perMinute) =>
        address.IsLimited(context)
            ? RateLimitPartition.GetFixedWindowLimiter(
                ClientAddress.Of(context), _ => new FixedWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1) })
            : Unlimited;

    private static RateLimitPartition<string> Unlimited => RateLimitPartition.GetNoLimiter("");
}
