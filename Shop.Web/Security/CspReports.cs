using System.Text.Json;

namespace Shop.Web.Security;

/// <summary>Takes the reports of browsers about what the page policy refused, in both formats, and logs what they name: never whole addresses.</summary>
internal sealed partial class CspReports(ILogger<CspReports> log)
{
    public const string Path = "/csp-report";
    public const string Limit = "csp";
    public const int MostBytes = 16 * 1024;
    public const int PerMinute = 20;
    private const int MostReports = 10;
    private const int MostText = 200;

    /// <summary>Always 204 for what could be read: a browser does nothing with another answer.</summary>
    public async Task<IResult> TakeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, new JsonDocumentOptions { MaxDepth = 8 }, cancellationToken);
            foreach (var report in Reports(document.RootElement).Take(MostReports))
            {
                Blocked(
                    Text(report, "effectiveDirective", "effective-directive", "violated-directive"),
                    Place(Text(report, "blockedURL", "blocked-uri")),
                    Place(Text(report, "documentURL", "document-uri")));
            }

            return Results.NoContent();
        }
        catch (JsonException)
        {
            return Results.BadRequest();
        }
    }

    /// <summary><c>{"csp-report": {…}}</c>, or an array of <c>{"type": "csp-violation", "body": {…}}</c>.</summary>
    private static IEnumerable<JsonElement> Reports(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object when root.TryGetProperty("csp-report", out var report) => [report],
        JsonValueKind.Object when root.TryGetProperty("body", out var body) => [body],
        JsonValueKind.Array => root.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object).SelectMany(Reports),
        _ => [],
    };

    private static string Text(JsonElement report, params string[] names)
    {
        if (report.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        foreach (var name in names)
        {
            if (report.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            {
                var text = value.GetString() ?? "";
                return new string([.. text.Take(MostText).Where(c => !char.IsControl(c))]);
            }
        }

        return "";
    }

    /// <summary>Host and path; a query may hold a token.</summary>
    private static string Place(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Path) : address.Split('?')[0];

    [LoggerMessage(Level = LogLevel.Warning, Message = "A browser refused {Directive}: {Blocked} on {Document}")]
    private partial void Blocked(string directive, string blocked, string document);
}
