using Shop.Core;

namespace Shop.Web.Hosting;

/// <summary>Gives an answer without a body a page: same address, same layout, words instead of a number. Machines get the status alone, sellers a problem document.</summary>
internal static class ErrorPages
{
    public const string Path = "/error";

    private static readonly string[] Machines = ["/api", "/hooks", "/health", "/private", "/sandbox/api", "/csp-report"];

    public static void Use(WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = Path, StatusCodeSelector = StatusOf });
        app.UseWhen(context => Api.ApiErrors.IsApi(context.Request.Path), sellers => sellers.UseMiddleware<Api.ApiErrors>());
        app.UseWhen(context => !IsForMachines(context.Request.Path), people => people.UseStatusCodePagesWithReExecute(Path));
    }

    public static bool IsForMachines(PathString path) => Machines.Any(machine => path.StartsWithSegments(machine));

    /// <summary>What an exception means to the one who asked: a database in somebody else's way, or without room, is not a broken shop.</summary>
    internal static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        _ when Violations.IsContention(exception) || Violations.IsNoRoom(exception) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
