using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Shop.Web.Api;

/// <summary>What a request said, checked against what its call takes: everything else is refused, so that a typo never returns everybody's rows (MZ-68).</summary>
internal sealed class ApiInput
{
    /// <summary>No body of this interface is longer than a few hundred bytes.</summary>
    public const int MostBytes = 16 * 1024;

    private const int MostDepth = 4;

    private readonly Dictionary<string, object?> values;

    private ApiInput(Dictionary<string, object?> values, string hash) => (this.values, Hash) = (values, hash);

    /// <summary>SHA-256 of method, address and body: whether a repeated request is the same one.</summary>
    public string Hash { get; }

    public string? Text(string name) => (string?)values.GetValueOrDefault(name);

    public string Need(string name) => Text(name) ?? throw new InvalidOperationException($"{name} is not a required field of this call.");

    public long? Number(string name) => (long?)values.GetValueOrDefault(name);

    public bool? Flag(string name) => (bool?)values.GetValueOrDefault(name);

    public IReadOnlyDictionary<string, object?>? Group(string name) => (Dictionary<string, object?>?)values.GetValueOrDefault(name);

    /// <summary>Reads query and body. The problem where they are not what the call takes.</summary>
    public static async Task<(ApiInput? Input, ApiProblem? Problem)> ReadAsync(HttpRequest request, ApiCall call, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var values = ReadQuery(request, call.Query, errors);
        byte[] body = [];
        if (call.TakesBody)
        {
            if (request.ContentLength is 0 or null && request.Headers.TransferEncoding.Count == 0)
            {
                request.ContentType ??= "application/json"; // nothing at all: its fields are missing
            }

            if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType?.Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
            {
                return (null, ApiProblem.Of(StatusCodes.Status415UnsupportedMediaType));
            }

            if (await ReadBodyAsync(request, cancellationToken) is not { } read)
            {
                return (null, ApiProblem.Of(StatusCodes.Status413PayloadTooLarge));
            }

            body = read;
            if (ReadBody(body, call, errors) is not { } fields)
            {
                return (null, ApiProblem.Of(StatusCodes.Status400BadRequest) with { Code = "not_json", Title = "The body is not a JSON object." });
            }

            foreach (var (name, value) in fields)
            {
                values[name] = value;
            }
        }
        else if (request.ContentLength > 0)
        {
            errors.Add(new FieldError("body", "unknown", "This call takes no body."));
        }

        if (errors.Count == 0)
        {
            return (new ApiInput(values, HashOf(request, body)), null);
        }

        // a relation that cannot be changed is more than a typo, and wins (parity/mozilla.md section 1)
        var fixedOnes = errors.Where(e => e.Code == "fixed").ToArray();
        return (null, fixedOnes.Length > 0
            ? ApiProblem.Unprocessable("fixed_relation", "This cannot be changed.", fixedOnes)
            : ApiProblem.Input(errors));
    }

    internal static Dictionary<string, object?> ReadObject(
        JsonElement body, IReadOnlyList<ApiField> fields, IReadOnlyList<string> fixedNames, string prefix, List<FieldError> errors)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject())
        {
            var path = prefix + member.Name;
            if (fixedNames.Contains(member.Name))
            {
                errors.Add(new FieldError(path, "fixed", $"{path} cannot be changed."));
            }
            else if (fields.FirstOrDefault(f => f.Name == member.Name) is not { } field)
            {
                errors.Add(Unknown(path));
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                values[field.Name] = field.Read(member.Value, path, errors);
            }
        }

        foreach (var missing in fields.Where(f => f.IsRequired && !values.ContainsKey(f.Name)))
        {
            errors.Add(Missing(prefix + missing.Name));
        }

        return values;
    }

    private static Dictionary<string, object?> ReadQuery(HttpRequest request, IReadOnlyList<ApiField> fields, List<FieldError> errors)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, given) in request.Query)
        {
            if (fields.FirstOrDefault(f => f.Name == name) is not { } field)
            {
                errors.Add(Unknown(Shorten(name)));
            }
            else if (given is not [{ } only])
            {
                errors.Add(new FieldError(name, "repeated", $"{name} may stand once."));
            }
            else
            {
                values[name] = field.Read(only, errors);
            }
        }

        foreach (var missing in fields.Where(f => f.IsRequired && !values.ContainsKey(f.Name)))
        {
            errors.Add(Missing(missing.Name));
        }

        return values;
    }

    private static Dictionary<string, object?>? ReadBody(byte[] body, ApiCall call, List<FieldError> errors)
    {
        try
        {
            using var json = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body, new JsonDocumentOptions { MaxDepth = MostDepth, AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object ? ReadObject(json.RootElement, call.Body, call.Fixed, "", errors) : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair
        }
    }

    /// <summary>Null: more than is taken. A body of unknown length is not trusted to end.</summary>
    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MostBytes)
        {
            return null;
        }

        var buffer = new byte[MostBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length == buffer.Length ? null : buffer[..length];
    }

    private static string HashOf(HttpRequest request, byte[] body)
    {
        var line = Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n");
        return Convert.ToHexStringLower(SHA256.HashData([.. line, .. body]));
    }

    private static FieldError Unknown(string path) => new(path, "unknown", $"{path} is not a field of this call.");

    private static FieldError Missing(string path) => new(path, "required", $"{path} is missing.");

    private static string Shorten(string name) => name.Length > 50 ? name[..50] : name;
}
