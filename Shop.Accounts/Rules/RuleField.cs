using System.Globalization;
using System.Text.Json.Nodes;

namespace Shop.Accounts;

/// <summary>
/// One value of a section that a site may change: its name in the section's JSON (dots lead into nested objects), its type and its bounds. What it is
/// called and why it exists are texts of the section. The default is the section's first value.
/// </summary>
public abstract record RuleField(string Key)
{
    /// <summary>It may be empty or missing.</summary>
    public bool Optional { get; init; }

    /// <summary>What the value must be, in words that follow "must be"; null: the value is sound.</summary>
    public abstract string? Wrong(JsonNode? value);

    /// <summary>The value of this field inside an object; null: it is not there.</summary>
    public JsonNode? In(JsonNode? owner) => Key.Split('.').Aggregate(owner, (node, name) => (node as JsonObject)?[name]);

    /// <summary>Puts a value in its place inside an object, making the objects on the way.</summary>
    public void Put(JsonObject owner, JsonNode? value)
    {
        var names = Key.Split('.');
        var place = owner;
        foreach (var name in names[..^1])
        {
            place = (JsonObject)(place[name] ??= new JsonObject());
        }

        place[names[^1]] = value;
    }

    /// <summary>A whole number between its bounds.</summary>
    public sealed record Number(string Key, long Least, long Most) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) => Whole(value) is { } number && number >= Least && number <= Most ? null : Between(Least, Most);
    }

    /// <summary>An amount of the price list's currency, in minor units, between its bounds.</summary>
    public sealed record Amount(string Key, long Least, long Most) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            Whole(value) is { } number && number >= Least && number <= Most ? null : RuleTexts.Get("Must_Minor", Least, Most);
    }

    /// <summary>On or off.</summary>
    public sealed record Switch(string Key) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False ? null : RuleTexts.Get("Must_Switch");
    }

    /// <summary>One of some words that are known beforehand.</summary>
    public sealed record Choice(string Key, IReadOnlyList<string> Values) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            value is JsonValue word && word.TryGetValue<string>(out var text) && Values.Contains(text) ? null : RuleTexts.Get("Must_Choice", string.Join(", ", Values));
    }

    /// <summary>A short name: small letters, digits, "-" and "_".</summary>
    public sealed record Word(string Key, int MostLength) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            value is JsonValue word && word.TryGetValue<string>(out var text) && text.Length >= 1 && text.Length <= MostLength
                && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')
                ? null
                : RuleTexts.Get("Must_Word", MostLength);
    }

    /// <summary>Words for people, in one line.</summary>
    public sealed record Line(string Key, int MostLength) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            value is JsonValue word && word.TryGetValue<string>(out var text) && text.Trim().Length >= 1 && text.Length <= MostLength && !text.Any(char.IsControl)
                ? null
                : RuleTexts.Get("Must_Line", MostLength);
    }

    /// <summary>A day of the calendar in UTC, as yyyy-MM-dd.</summary>
    public sealed record Day(string Key) : RuleField(Key)
    {
        public override string? Wrong(JsonNode? value) =>
            value is JsonValue word && word.TryGetValue<string>(out var text)
                && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                ? null
                : RuleTexts.Get("Must_Day");
    }

    /// <summary>A row for each thing, told apart by the fields <paramref name="Ids"/>, which are fixed once a row is there.</summary>
    public sealed record Rows(string Key, IReadOnlyList<string> Ids, IReadOnlyList<RuleField> Fields) : RuleField(Key)
    {
        /// <summary>What a new row has before anything is typed.</summary>
        public JsonObject Blank { get; init; } = [];

        public override string? Wrong(JsonNode? value) => value is JsonArray rows && rows.All(row => row is JsonObject) ? null : RuleTexts.Get("Must_Rows");

        /// <summary>What a row is called: its ids, joined by "+".</summary>
        public string IdOf(JsonObject row) => string.Join('+', Ids.Select(id => row[id] is JsonValue word && word.TryGetValue<string>(out var text) ? text : "?"));

        /// <summary>The rows by what they are called, in their order; of two with one name the first.</summary>
        public IReadOnlyList<KeyValuePair<string, JsonObject>> Named(JsonNode? owner) =>
            [.. ((In(owner) as JsonArray) ?? []).OfType<JsonObject>().Select(row => KeyValuePair.Create(IdOf(row), row)).DistinctBy(row => row.Key)];
    }

    private static string Between(long least, long most) => RuleTexts.Get("Must_Between", least, most);

    private static long? Whole(JsonNode? value) => value is JsonValue number && number.TryGetValue<long>(out var whole) ? whole : null;
}
