using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Web.Api;

/// <summary>The sellers' interface: one endpoint for each call of <see cref="ApiCalls"/>, and its description.</summary>
internal static class ApiRegistration
{
    /// <summary>HTTP.md's address of the description, and the one beside the calls.</summary>
    private static readonly string[] Descriptions = ["/openapi/v1.json", ApiCalls.Base + "/openapi.json"];

    public static IServiceCollection AddSellersApi(this IServiceCollection services)
    {
        services.AddSingleton<KeyLimits>();
        services.AddSingleton<ApiRunner>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, SellerKeyHandler>(SellerKeyHandler.Name, null);
        services.AddOptions<AuthorizationOptions>().Configure(options => options.AddPolicy(
            SellerKeyHandler.Policy, policy => policy.AddAuthenticationSchemes(SellerKeyHandler.Name).RequireAuthenticatedUser()));
        return services;
    }

    public static void MapSellersApi(this IEndpointRouteBuilder endpoints)
    {
        foreach (var call in ApiCalls.All)
        {
            endpoints.MapMethods(call.Address, [call.Method], (HttpContext context, ApiRunner runner) => runner.RunAsync(context, call))
                .RequireAuthorization(SellerKeyHandler.Policy).DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(ApiInput.MostBytes)).WithName(call.Name);
        }

        foreach (var address in Descriptions)
        {
            endpoints.MapGet(address, () => Results.Text(ApiDescription.Text, ApiJson.Type)).AllowAnonymous();
        }

        endpoints.MapGet(PrivateOrderCalls.Description, () => Results.Text(ApiDescription.OfPrivateOrders, ApiJson.Type)).AllowAnonymous();
    }
}
