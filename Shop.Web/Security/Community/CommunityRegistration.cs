using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.Web.Hosting;

namespace Shop.Web.Security;

internal static partial class CommunityRegistration
{
    /// <summary>The scheme, and the provider's name in rows of linked accounts.</summary>
    public const string Scheme = "community";

    public const string Page = "/account/community";
    public const string Start = "/account/community/start";
    public const string Callback = "/account/community/back";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>So long somebody who came back may think about the name to have here.</summary>
    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(20);

    public static void AddCommunity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<CommunityOptions>(CommunityOptions.Section);
        services.AddOptions<CommunityOptions>().Validate(
            o => o.IsComplete, "Community:ClientId needs ClientSecret, Name, AuthorizeUrl, TokenUrl and UserInfoUrl beside it, the addresses with http or https.");
        services.AddScoped<CommunityAccounts>();
        if (string.IsNullOrEmpty(configuration[$"{CommunityOptions.Section}:{nameof(CommunityOptions.ClientId)}"]))
        {
            return;
        }

        services.AddAuthentication().AddCookie(IdentityConstants.ExternalScheme).AddOAuth<OAuthOptions, CommunityHandler>(Scheme, _ => { });
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ExternalScheme).Configure<ShopCookies>((options, cookies) =>
        {
            cookies.Shape(options.Cookie, "external");
            options.ExpireTimeSpan = TicketLife;
            options.SlidingExpiration = false;
        });
        services.AddOptions<OAuthOptions>(Scheme).Configure<IOptions<CommunityOptions>, ShopCookies>((options, community, cookies) =>
        {
            var site = community.Value;
            options.ClientId = site.ClientId!;
            options.ClientSecret = site.ClientSecret!;
            options.AuthorizationEndpoint = $"{site.AuthorizeUrl}";
            options.TokenEndpoint = $"{site.TokenUrl}";
            options.UserInformationEndpoint = $"{site.UserInfoUrl}";
            options.UsePkce = true;
            options.CallbackPath = Callback;
            options.SignInScheme = IdentityConstants.ExternalScheme;
            options.BackchannelTimeout = Patience;
            options.BackchannelHttpHandler ??= new SocketsHttpHandler { AllowAutoRedirect = false };
            options.RemoteAuthenticationTimeout = TicketLife;
            foreach (var scope in site.Scopes)
            {
                options.Scope.Add(scope);
            }

            // its name is completed with a random part for each way there
            options.CorrelationCookie = new CookieBuilder { MaxAge = TicketLife };
            cookies.Shape(options.CorrelationCookie, "community.");
            options.Events.OnRemoteFailure = context =>
            {
                // what the other site says is not logged: it may hold a code or a token
                Failed(context.HttpContext.RequestServices.GetRequiredService<ILogger<CommunityHandler>>(), context.Failure?.GetType().Name, context.Failure?.InnerException?.GetType().Name);
                context.Response.Redirect(Page);
                context.HandleResponse();
                return Task.CompletedTask;
            };
        });
    }

    /// <summary>The way to the community's site; a link, so that the site itself can lead here.</summary>
    public static void MapCommunity(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Start, (string? returnUrl, IOptions<CommunityOptions> community) =>
        community.Value.IsOn
            ? Results.Challenge(new AuthenticationProperties { RedirectUri = returnUrl is null ? Page : $"{Page}?returnUrl={Uri.EscapeDataString(returnUrl)}" }, [Scheme])
            : Results.NotFound()).AllowAnonymous();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in with the community's account did not come to its end: {Kind}, {Inner}.")]
    private static partial void Failed(ILogger log, string? kind, string? inner);
}
