using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Shop.Payments;
using Shop.Payments.Offline;
using Shop.Web.Papers;
using Shop.Web.Sandbox;
using Shop.Web.Security;

namespace Shop.Web.Hosting;

/// <summary>The house: settings, server, database, and the order in which a request goes through it.</summary>
internal static class HostRegistration
{
    private const long MostBodyBytes = 1024 * 1024;
    private const int MostHeaderBytes = 16 * 1024;
    private const int MostFormKeys = 200;
    private const int MostJsonDepth = 32;
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(30);

    public static WebApplicationBuilder AddHouse(this WebApplicationBuilder builder, bool isCommand)
    {
        var services = builder.Services;
        AddLog(builder, isCommand);
        services.AddSettings<ShopOptions>(ShopOptions.Section);
        services.AddOptions<ShopOptions>()
            .Validate(o => o.IsBaseUsable, "Shop:PublicBaseUrl must be an absolute http or https address without a path, such as https://shop.example.")
            .Validate(o => o.OtherHosts.Count == 0 || o.PublicBaseUrl is not null, "Shop:OtherHosts needs Shop:PublicBaseUrl, where they lead to.")
            .Validate(o => o.AreOtherHostsUsable, "Shop:OtherHosts must be host names without a port, and not that of Shop:PublicBaseUrl.")
            .Validate(o => o.AskServicesEveryMinutes is >= 0 and <= ShopOptions.MostMinutes, "Shop:AskServicesEveryMinutes must be a number of minutes up to a day, or 0.")
            .Validate(o => o.AreProxiesUsable, "Shop:KnownProxies must be addresses such as 10.0.0.5 or networks such as 10.0.0.0/24.");
        services.AddSettings<DatabaseOptions>(DatabaseOptions.Section);
        services.AddSettings<SandboxBankOptions>(SandboxBankOptions.Section, "ApiBase", "Retired");
        // its plug-in reads and checks it, once there is a key
        services.AddSingleton(new SettingsSection("Payments:Stripe", typeof(Payments.Stripe.StripeOptions), "Retired"));
        // its plug-in reads and checks it, once there is a client
        services.AddSingleton(new SettingsSection("Payments:PayPal", typeof(Payments.PayPal.PayPalOptions), "Retired"));
        // its plug-in reads and checks it, once there is a back end
        services.AddSingleton(new SettingsSection("Payments:Taler", typeof(Payments.Taler.TalerOptions), "Retired"));
        foreach (var method in new[] { ChequePlugin.Id, MoneyOrderPlugin.Id, BankTransferPlugin.Id })
        {
            // the plug-ins read and check them; here they are only known
            services.AddSingleton(new SettingsSection($"{PaymentServices.Section}:{method}", typeof(OfflineOptions)));
        }

        services.AddSettings<AutoMapperOptions>(AutoMapperOptions.Section);
#if CRASH_POINTS
        services.AddSingleton<TimeProvider>(new MovableClock());
#else
        services.AddSingleton(TimeProvider.System);
#endif
        services.AddSingleton<ShopAddress>();
        services.AddSingleton(host => new Core.ShopLinks(() => host.GetRequiredService<ShopAddress>().Base));
        services.AddSingleton<StartGate>();
        services.AddSingleton<BooksHealth>();
        services.AddSingleton<Compartments>();
        services.AddSingleton<Pages.Admin.Pages.LegalPublishing>();
        services.AddScoped<StaffDesk>();
        services.AddScoped<DemoMembers>();
        services.AddScoped<DemoSeller>();
        services.AddSingleton<DemoGifts>();
        DatabaseOptions.Read(builder.Configuration, builder.Environment.ContentRootPath).Register(services, watched: builder.Environment.IsDevelopment());
        services.AddSingleton(host => new Core.HealthInterval(
            host.GetRequiredService<IOptions<ShopOptions>>().Value.AskServicesEveryMinutes is > 0 and var minutes ? TimeSpan.FromMinutes(minutes) : null));
        services.AddHostedService<DatabaseStartService>();
        services.AddHostedService<ServiceNews>();
        if (Role(builder.Configuration) != ShopRole.Web)
        {
            services.AddHostedService<BackgroundWork>();
        }

        AddServer(builder);
        return builder;
    }

    /// <summary>What a node does, read before the options are there.</summary>
    public static ShopRole Role(IConfiguration configuration) =>
        Enum.TryParse<ShopRole>(configuration[$"{ShopOptions.Section}:{nameof(ShopOptions.Role)}"], ignoreCase: true, out var role) ? role : ShopRole.All;

    /// <summary>The way of a request, and the endpoints that every node has, also one that only works.</summary>
    public static void UseHouse(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<LastResort>();
        UseProxies(app);
        app.UseMiddleware<OtherHosts>();
        app.UseMiddleware<HttpsOnly>();
        app.UseRequestLocalization();
        ErrorPages.Use(app);
        app.UseMiddleware<RequestShape>();
        app.UseMiddleware<CardNumberGuard>();
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = file.Context.Request.Query.ContainsKey("v")
                ? "public, max-age=31536000, immutable"
                : "public, no-cache",
        });
        app.UseMiddleware<StartGateMiddleware>();
        app.UseRouting();
        app.Use((context, next) =>
        {
            // noted here, because an error page takes the endpoint's place and is no less private
            context.PageHeaders().IsPrivate |= context.GetEndpoint()?.Metadata.GetMetadata<PrivatePageAttribute>() is not null;
            return next(context);
        });
        app.UseRateLimiter();
        app.UseMiddleware<CompartmentsMiddleware>();
        app.UseRequestTimeouts();
        app.UseMiddleware<CardNumberInBodyGuard>();
        app.UseAuthentication();
        app.UseAuthorization();

        Health.Map(app);
        app.MapPost(CspReports.Path, (HttpRequest request, CspReports reports, CancellationToken token) => reports.TakeAsync(request, token))
            .AllowAnonymous().DisableAntiforgery().RequireRateLimiting(CspReports.Limit)
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(CspReports.MostBytes));

        PictureFiles.Map(app);
        PaperFiles.Map(app);

        // without this an address that nobody has would ask for a sign-in
        app.MapFallback("{**path}", () => Results.NotFound()).AllowAnonymous();
    }

    private static void AddLog(WebApplicationBuilder builder, bool isCommand)
    {
        builder.Logging.ClearProviders();
        if (builder.Environment.IsProduction())
        {
            builder.Logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            builder.Logging.AddSimpleConsole(simple => simple.SingleLine = true);
        }

        if (isCommand)
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }
    }

    private static void AddServer(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
            kestrel.Limits.RequestHeadersTimeout = LongestRequest;
        });
        builder.Services.Configure<FormOptions>(form =>
        {
            form.ValueCountLimit = MostFormKeys;
            form.MultipartBodyLengthLimit = MostBodyBytes;
            form.BufferBodyLengthLimit = MostBodyBytes;
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.MaxDepth = MostJsonDepth;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy
        {
            Timeout = LongestRequest,
            TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable,
        });
    }

    /// <summary>Forwarded headers are believed from named proxies only, and the host is never taken from them (S08, S34).</summary>
    private static void UseProxies(WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<ShopOptions>>().Value.KnownProxies;
        if (proxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = proxies.Count };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }

        app.UseForwardedHeaders(options);
    }
}
