using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shop.Web.Api;

/// <summary>A field of a body, or of the query. The description of the interface and the check of what comes in are both read from it.</summary>
internal abstract record ApiField(string Name, string About)
{
    public bool IsRequired { get; init; }

    /// <summary>Reads it; null with an error noted where it is not what it should be.</summary>
    public abstract object? Read(JsonElement value, string path, List<FieldError> errors);

    /// <summary>Reads it from the query, where everything is text.</summary>
    public abstract object? Read(string value, List<FieldError> errors);

    private protected object? WrongType(string path, string wanted, List<FieldError> errors)
    {
        errors.Add(new FieldError(path, "wrong_type", $"{path} must be {wanted}."));
        return null;
    }

    /// <summary>Text of some shape.</summary>
    public sealed record Text(string Name, string About, int Longest = 200) : ApiField(Name, About)
    {
        /// <summary>What it must look like; null: anything without control characters.</summary>
        public Regex? Shape { get; init; }

        /// <summary>The words it may be; empty: any.</summary>
        public IReadOnlyList<string> Choices { get; init; } = [];

        public override object? Read(JsonElement value, string path, List<FieldError> errors) =>
            value.ValueKind == JsonValueKind.String ? Judge(value.GetString()!, path, errors) : WrongType(path, "a text", errors);

        public override object? Read(string value, List<FieldError> errors) => Judge(value, Name, errors);

        private string? Judge(string value, string path, List<FieldError> errors)
        {
            if (value.Length == 0)
            {
                errors.Add(new FieldError(path, "required", $"{path} must not be empty."));
            }
            else if (value.Length > Longest)
            {
                errors.Add(new FieldError(path, "too_long", $"{path} may have {Longest} characters."));
            }
            else if (Choices.Count > 0 && !Choices.Contains(value, StringComparer.Ordinal))
            {
                errors.Add(new FieldError(path, "not_a_choice", $"{path} must be one of: {string.Join(", ", Choices)}."));
            }
            else if (Shape?.IsMatch(value) == false || value.Any(char.IsControl))
            {
                errors.Add(new FieldError(path, "invalid", $"{path} does not look as it must."));
            }
            else
            {
                return value;
            }

            return null;
        }
    }

    /// <summary>A whole number within bounds.</summary>
    public sealed record Number(string Name, string About, long Least, long Most) : ApiField(Name, About)
    {
        public override object? Read(JsonElement value, string path, List<FieldError> errors) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? Judge(number, path, errors) : WrongType(path, "a whole number", errors);

        public override object? Read(string value, List<FieldError> errors) =>
            long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Judge(number, Name, errors) : WrongType(Name, "a whole number", errors);

        private long? Judge(long number, string path, List<FieldError> errors)
        {
            if (number >= Least && number <= Most)
            {
                return number;
            }

            errors.Add(new FieldError(path, "out_of_range", string.Create(CultureInfo.InvariantCulture, $"{path} must be from {Least} to {Most}.")));
            return null;
        }
    }

    /// <summary>Yes or no; in the query <c>yes</c> or <c>no</c>, as Taler writes it.</summary>
    public sealed record Flag(string Name, string About) : ApiField(Name, About)
    {
        public override object? Read(JsonElement value, string path, List<FieldError> errors) =>
            value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : WrongType(path, "true or false", errors);

        public override object? Read(string value, List<FieldError> errors) => value.ToUpperInvariant() switch
        {
            "YES" or "TRUE" => true,
            "NO" or "FALSE" => false,
            _ => WrongType(Name, "yes or no", errors),
        };
    }

    /// <summary>An object of fields; its values stand under their own names.</summary>
    public sealed record Group(string Name, string About, IReadOnlyList<ApiField> Fields) : ApiField(Name, About)
    {
        public override object? Read(JsonElement value, string path, List<FieldError> errors) =>
            value.ValueKind == JsonValueKind.Object ? ApiInput.ReadObject(value, Fields, [], path + ".", errors) : WrongType(path, "an object", errors);

        public override object? Read(string value, List<FieldError> errors) => throw new NotSupportedException("The query has no objects.");
    }
}
