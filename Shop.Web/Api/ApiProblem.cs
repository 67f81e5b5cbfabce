using System.Globalization;
using System.Text.Json.Nodes;

namespace Shop.Web.Api;

/// <summary>What is wrong with one field: a code for programs, a sentence in English for those who write them.</summary>
internal sealed record FieldError(string Field, string Code, string Message);

/// <summary>A refusal of the sellers' interface, as problem details (RFC 9457). Codes are stable; sentences may change.</summary>
internal sealed record ApiProblem(int Status, string Code, string Title)
{
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>After how many seconds the same may be tried again; null: not by waiting.</summary>
    public int? RetryAfter { get; init; }

    public static ApiProblem Input(IReadOnlyList<FieldError> errors) =>
        new(StatusCodes.Status400BadRequest, "invalid_input", "The request has a field that is wrong, missing or not known.") { Errors = errors };

    /// <summary>Somebody else's and nobody's look the same.</summary>
    public static ApiProblem NotFound { get; } = new(StatusCodes.Status404NotFound, "not_found", "There is no such thing of this seller.");

    public static ApiProblem Conflict(string code, string title) => new(StatusCodes.Status409Conflict, code, title);

    public static ApiProblem Unprocessable(string code, string title, params FieldError[] errors) =>
        new(StatusCodes.Status422UnprocessableEntity, code, title) { Errors = errors };

    /// <summary>For an answer that says nothing but its status.</summary>
    public static ApiProblem Of(int status) => status switch
    {
        StatusCodes.Status400BadRequest => new(status, "bad_request", "The request cannot be read, or holds what looks like a card."),
        StatusCodes.Status401Unauthorized => new(status, "key_missing", "Send the key in the header: Authorization: Bearer."),
        StatusCodes.Status403Forbidden => new(status, "forbidden", "The key may not do this."),
        StatusCodes.Status404NotFound => NotFound with { Title = "There is nothing at this address." },
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", "This address does not take the method."),
        StatusCodes.Status413PayloadTooLarge => new(status, "too_large", "The body is too large."),
        StatusCodes.Status415UnsupportedMediaType => new(status, "not_json", "Send JSON in UTF-8: Content-Type: application/json."),
        StatusCodes.Status429TooManyRequests => new(status, "too_many_requests", "Too many requests; come back after the time in Retry-After."),
        StatusCodes.Status503ServiceUnavailable => new(status, "busy", "The shop is very busy. Nothing was changed; come back after the time in Retry-After."),
        _ => new(status, status < StatusCodes.Status500InternalServerError ? "refused" : "failed", "The shop could not do this."),
    };

    /// <summary>The body, with what helps to find it in the log where the mistake is ours.</summary>
    public string Body(string? reference)
    {
        var body = new JsonObject
        {
            ["type"] = $"urn:problem:{Code.Replace('_', '-')}",
            ["title"] = Title,
            ["status"] = Status,
            ["code"] = Code,
        };
        if (reference is not null)
        {
            body["reference"] = reference;
        }

        if (Errors.Count > 0)
        {
            var fields = new JsonObject();
            foreach (var field in Errors.GroupBy(e => e.Field))
            {
                fields[field.Key] = new JsonArray([.. field.Select(e => new JsonObject { ["code"] = e.Code, ["message"] = e.Message })]);
            }

            body["errors"] = fields;
        }

        return body.ToJsonString(ApiJson.Options);
    }

    public async Task WriteAsync(HttpContext context)
    {
        var reference = Status >= StatusCodes.Status500InternalServerError ? context.TraceIdentifier : null;
        context.Response.StatusCode = Status;
        context.Response.ContentType = ApiJson.ProblemType;
        if (RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(Body(reference), context.RequestAborted);
    }
}
