using System.Globalization;
using System.Text;
using System.Text.Json;
using Shop.Core;

namespace Shop.Web.Api;

/// <summary>Runs a call: its key's scopes and limits, what it takes, whether it was made before, and only then what it does.</summary>
internal sealed class ApiRunner(KeyLimits limits, IdempotentRequests requests)
{
    public const string KeyHeader = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";

    private const int RunningSeconds = 1;

    public async Task RunAsync(HttpContext context, ApiCall call)
    {
        var holder = context.Features.Get<KeyHolder>() ?? throw new InvalidOperationException("The call was reached without a key.");
        if (Limit(context, holder, call) is { } tooMany)
        {
            await tooMany.WriteAsync(context);
            return;
        }

        if (!holder.May(call.Scope))
        {
            await (ApiProblem.Of(StatusCodes.Status403Forbidden) with { Code = "scope_missing", Title = $"The key may not do this: it lacks the scope {Accounts.Words.OfSet(call.Scope)}." }).WriteAsync(context);
            return;
        }

        var (input, wrong) = await ApiInput.ReadAsync(context.Request, call, context.RequestAborted);
        if (input is null)
        {
            await wrong!.WriteAsync(context);
            return;
        }

        var id = context.Request.RouteValues["id"]?.ToString() ?? "";
        var key = context.Request.Headers[KeyHeader].ToArray();
        switch (key)
        {
            case [] when !call.NeedsKey:
            case [_] when !call.Writes || call.IsNeverKept:
                await WriteAsync(context, await call.Run(new SellerRequest(context, holder, id, input, false), context.RequestAborted));
                return;
            case []:
                await new ApiProblem(StatusCodes.Status400BadRequest, "idempotency_key_missing", $"This call needs the header {KeyHeader}.").WriteAsync(context);
                return;
            case [{ } only] when IdempotentRequests.IsKey(only):
                await OnceAsync(context, call, new SellerRequest(context, holder, id, input, false), only);
                return;
            default:
                await new ApiProblem(StatusCodes.Status400BadRequest, "idempotency_key_invalid", $"{KeyHeader} must be 1 to 255 printable characters without spaces, and stand once.").WriteAsync(context);
                return;
        }
    }

    private async Task OnceAsync(HttpContext context, ApiCall call, SellerRequest request, string key)
    {
        var principal = string.Create(CultureInfo.InvariantCulture, $"seller:{request.SellerId}");
        switch (await requests.BeginAsync(principal, key, request.Input.Hash, context.RequestAborted))
        {
            case RequestTurn.Go go:
                await DoAsync(context, call, request with { IsTakenOver = go.IsTakenOver }, go);
                break;
            case RequestTurn.Running:
                await (ApiProblem.Conflict("request_running", "The same request is under way.") with { RetryAfter = RunningSeconds }).WriteAsync(context);
                break;
            case RequestTurn.Done done:
                context.Response.Headers[ReplayedHeader] = "true";
                await WriteAsync(context, done.Status, done.Answer, []);
                break;
            case RequestTurn.OtherRequest:
                await ApiProblem.Unprocessable("idempotency_key_reused", $"The {KeyHeader} stands for another request.").WriteAsync(context);
                break;
            case RequestTurn.TooMany:
                await new ApiProblem(StatusCodes.Status429TooManyRequests, "too_many_idempotency_keys", "As many keys as are kept are in use.") { RetryAfter = 3600 }.WriteAsync(context);
                break;
        }
    }

    /// <summary>Nobody's leaving cuts it short: once begun, it is done and its answer kept.</summary>
    private async Task DoAsync(HttpContext context, ApiCall call, SellerRequest request, RequestTurn.Go go)
    {
        Crash.Point("K19");
        ApiAnswer answer;
        try
        {
            answer = await call.Run(request, CancellationToken.None);
        }
        catch
        {
            await requests.DropAsync(go, CancellationToken.None);
            throw;
        }

        Crash.Point("K20");
        var body = BodyOf(answer);
        if (answer.Status is >= StatusCodes.Status500InternalServerError or StatusCodes.Status429TooManyRequests || answer.Problem?.RetryAfter is not null)
        {
            // neither done nor refused: the same request may be sent again, by the same key
            await requests.DropAsync(go, CancellationToken.None);
        }
        else
        {
            await requests.EndAsync(go, answer.Status, body, CancellationToken.None);
        }

        Crash.Point("K21");
        if (answer.Problem?.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        await WriteAsync(context, answer.Status, body, answer.Headers);
    }

    private ApiProblem? Limit(HttpContext context, KeyHolder holder, ApiCall call)
    {
        var stand = limits.Count(holder.KeyId, call.Writes);
        var name = call.Writes ? "writes" : "reads";
        context.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={KeyLimits.PerMinute(call.Writes)};w=60");
        context.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={stand.Left};t={stand.Seconds}");
        return stand.Allowed ? null : ApiProblem.Of(StatusCodes.Status429TooManyRequests) with { RetryAfter = stand.Seconds };
    }

    private static Task WriteAsync(HttpContext context, ApiAnswer answer)
    {
        if (answer.Problem is { } problem)
        {
            return problem.WriteAsync(context);
        }

        return WriteAsync(context, answer.Status, BodyOf(answer), answer.Headers);
    }

    private static async Task WriteAsync(HttpContext context, int status, string body, IEnumerable<KeyValuePair<string, string>> headers)
    {
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = status;
        if (status == StatusCodes.Status304NotModified)
        {
            return;
        }

        context.Response.ContentType = status >= StatusCodes.Status400BadRequest ? ApiJson.ProblemType : ApiJson.Type;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body), context.RequestAborted);
    }

    private static string BodyOf(ApiAnswer answer) => answer switch
    {
        { Problem: { } problem } => problem.Body(null),
        { Body: string written } => written,
        _ => JsonSerializer.Serialize(answer.Body, ApiJson.Options),
    };
}
