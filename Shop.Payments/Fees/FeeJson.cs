using System.Text.Json;

namespace Shop.Payments.Fees;

/// <summary>A place in a JSON file; what is missing or of the wrong kind there is told with the file's name and the path.</summary>
internal readonly record struct FeeJson(string File, string Path, JsonElement Element)
{
    private const int Deepest = 32;

    private string Place => Path.Length == 0 ? File : $"{File}: {Path}";

    public static FeeJson Read(string file, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var text = bytes.Span.StartsWith("\xEF\xBB\xBF"u8) ? bytes[3..] : bytes;
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest });
            return new(file, "", document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new FeeInputException(file, $"is not JSON, in line {(e.LineNumber ?? 0) + 1}");
        }
    }

    public FeeInputException Wrong(string problem) => new(Place, problem);

    /// <summary>The member of that name; null when it is absent or null.</summary>
    public FeeJson? Find(string name)
    {
        try
        {
            return Object().Element.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null
                ? new FeeJson(File, Path.Length == 0 ? name : $"{Path}.{name}", found)
                : null;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("has a name that cannot be read");
        }
    }

    public FeeJson Get(string name) => Find(name) ?? throw new FeeInputException(Path.Length == 0 ? $"{File}: {name}" : $"{Place}.{name}", "is missing");

    public FeeJson Object() => Element.ValueKind == JsonValueKind.Object ? this : throw Wrong("must be an object { … }");

    public IEnumerable<FeeJson> Rows()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("must be a list [ … ]");
        }

        var (file, path) = (File, Path);
        return Element.EnumerateArray().Select((row, i) => new FeeJson(file, $"{path}[{i}]", row));
    }

    public IEnumerable<(string Name, FeeJson Value)> Members()
    {
        try
        {
            var (file, path) = (File, Path);
            return [.. Object().Element.EnumerateObject().Select(m => (m.Name, new FeeJson(file, path.Length == 0 ? m.Name : $"{path}.{m.Name}", m.Value)))];
        }
        catch (InvalidOperationException)
        {
            throw Wrong("has a name that cannot be read");
        }
    }

    public string Text() => Element.ValueKind == JsonValueKind.String && ReadString() is { Length: > 0 and <= 200 } text ? text : throw Wrong("must be a text of 1 to 200 characters");

    public bool Switch() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Wrong("must be true or false");

    public int Whole(int least, int most) => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var number) && number >= least && number <= most
        ? number
        : throw Wrong($"must be a whole number from {least} to {most}");

    /// <summary>A decimal number, as a number or as a text.</summary>
    public Ratio Number() => Ratio.TryRead(Element.ValueKind switch { JsonValueKind.Number => Plain(), JsonValueKind.String => ReadString(), _ => null }, out var value)
        ? value
        : throw Wrong("must be a decimal number such as 2.9");

    /// <summary>An amount such as EUR:0.05 of that currency, or without its name where <paramref name="bare"/> allows it.</summary>
    public long Amount(string currency, bool bare = false)
    {
        var text = Element.ValueKind switch { JsonValueKind.Number when bare => Plain(), JsonValueKind.String => ReadString(), _ => null } ?? "";
        var parts = text.Split(':', 2);
        if (parts.Length == 2 && parts[0] != currency)
        {
            throw Wrong($"must be in {currency}, as everything else is");
        }

        return (parts.Length == 2 || bare) && FeeAmount.TryRead(parts[^1], out var units)
            ? units
            : throw Wrong($"must be an amount such as {(bare ? "" : currency + ":")}0.05: not below 0, at most eight decimals, at most 1000000000");
    }

    /// <summary>An instant: {"t_s": seconds}, the older {"t_ms": milliseconds}, or a number of seconds; "never" is the end of time.</summary>
    public DateTimeOffset Instant()
    {
        var value = Element.ValueKind == JsonValueKind.Object ? Find("t_s") ?? Find("t_ms") ?? throw Wrong("must say t_s") : this;
        if (value.Element.ValueKind == JsonValueKind.String && value.ReadString() == "never")
        {
            return DateTimeOffset.MaxValue;
        }

        if (value.Element.ValueKind != JsonValueKind.Number || !value.Element.TryGetInt64(out var number) || number < 0)
        {
            throw value.Wrong("must be whole seconds since 1970, or never");
        }

        var seconds = value.Path.EndsWith("t_ms", StringComparison.Ordinal) ? number / 1000 : number;
        return seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    // a number with an exponent is written out where that is short
    private string Plain()
    {
        var text = Element.GetRawText();
        return text.Contains('e', StringComparison.OrdinalIgnoreCase) && Element.TryGetDecimal(out var number)
            ? number.ToString("0.############################", System.Globalization.CultureInfo.InvariantCulture)
            : text;
    }

    // half of a surrogate pair cannot be read
    private string? ReadString()
    {
        try
        {
            return Element.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Wrong("is not a text that can be read");
        }
    }
}
