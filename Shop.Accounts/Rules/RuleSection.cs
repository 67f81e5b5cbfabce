using System.Globalization;
using System.Resources;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Shop.Accounts;

/// <summary>Something wrong with a value of the rules, in words for the one who publishes it.</summary>
/// <param name="Path">Where it stands: <c>shop.prices:products[paid1].priceMinor</c>; of a whole section only its name.</param>
public sealed record RuleProblem(string Path, string Text)
{
    public override string ToString() => Text;
}

/// <summary>A section that a project registers: its name, its fields, its first value and what is wrong with a value.</summary>
public abstract record RuleSection(string Name, Type Type)
{
    private static readonly ResourceManager None = new(typeof(RuleTexts));

    /// <summary>What a site may change in it, in the order of the page.</summary>
    public IReadOnlyList<RuleField> Fields { get; init; } = [];

    /// <summary>The texts of the project that owns it: <c>section.key</c> is a field's name, <c>section.key.Why</c> the sentence that explains it.</summary>
    public ResourceManager Texts { get; init; } = None;

    public string Title => Text(Name) ?? Name;

    public string Why => Text(Name + ".Why") ?? "";

    /// <summary>What a field is called; of a list's row, after the list's key.</summary>
    public string Label(RuleField field, RuleField? list = null) => Text(Key(field, list)) ?? field.Key;

    /// <summary>The sentence that explains a field.</summary>
    public string Explain(RuleField field, RuleField? list = null) => Text(Key(field, list) + ".Why") ?? "";

    /// <summary>The first value as JSON, for showing the default.</summary>
    public JsonObject FirstJson => (JsonObject)JsonNode.Parse(Write(First))!;

    internal abstract object First { get; }

    internal abstract object Parse(string json);

    internal abstract string Write(object value);

    /// <summary>What is wrong with a value: its fields against their bounds, then what only the whole tells.</summary>
    internal IReadOnlyList<RuleProblem> Problems(object value)
    {
        var json = (JsonObject)JsonNode.Parse(Write(value))!;
        return [.. Fields.SelectMany(field => FieldProblems(field, json)).Concat(WholeProblems(value)).DistinctBy(problem => problem.Text)];
    }

    /// <summary>What is wrong with JSON, also where it is none of this section's; the value read only if it can be.</summary>
    internal (object? Value, IReadOnlyList<RuleProblem> Problems) Read(JsonNode? json)
    {
        if (json is not JsonObject section)
        {
            return (null, [new RuleProblem(Name, RuleTexts.Get("Unreadable", Title, Name))]);
        }

        try
        {
            var value = Parse(section.ToJsonString());
            return (value, Problems(value));
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            // of JSON that the record does not take, the fields often say more exactly what is wrong
            var fields = Fields.SelectMany(field => FieldProblems(field, section)).ToList();
            return (null, fields.Count > 0 ? fields : [new RuleProblem(Name, RuleTexts.Get("Unreadable", Title, e.Message))]);
        }
    }

    internal JsonObject Tidy(JsonObject json) => (JsonObject)JsonNode.Parse(Write(Parse(json.ToJsonString())))!;

    protected abstract IEnumerable<RuleProblem> WholeProblems(object value);

    private IEnumerable<RuleProblem> FieldProblems(RuleField field, JsonObject owner)
    {
        if (field is not RuleField.Rows list || field.Wrong(field.In(owner)) is not null)
        {
            return Wrong(field, owner, $"{Name}:{field.Key}", Label(field));
        }

        return ((JsonArray)field.In(owner)!).Cast<JsonObject>().SelectMany(row =>
        {
            var id = list.IdOf(row);
            return list.Fields.SelectMany(inner => Wrong(inner, row, $"{Name}:{list.Key}[{id}].{inner.Key}", $"{id}: {Label(inner, list)}"));
        }).Concat(list.Named(owner).Count == ((JsonArray)field.In(owner)!).Count
            ? []
            : ((JsonArray)field.In(owner)!).Cast<JsonObject>().GroupBy(list.IdOf).Where(g => g.Count() > 1)
                .Select(g => new RuleProblem($"{Name}:{list.Key}[{g.Key}]", RuleTexts.Get("Twice", g.Key))));
    }

    private static IEnumerable<RuleProblem> Wrong(RuleField field, JsonObject owner, string path, string label)
    {
        var value = field.In(owner);
        if (!(field.Optional && value is null) && field.Wrong(value) is { } must)
        {
            yield return new RuleProblem(path, RuleTexts.Get("Must", label, must));
        }
    }

    private string Key(RuleField field, RuleField? list) => list is null ? $"{Name}.{field.Key}" : $"{Name}.{list.Key}.{field.Key}";

    private string? Text(string key) => Texts.GetString(key, CultureInfo.CurrentUICulture);
}

/// <inheritdoc cref="RuleSection"/>
public sealed record RuleSection<T>(string Name, T FirstValue, Func<T, IEnumerable<RuleProblem>> Check) : RuleSection(Name, typeof(T)) where T : class
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    internal override object First => FirstValue;

    internal override object Parse(string json) =>
        JsonSerializer.Deserialize<T>(json, Json) ?? throw new FormatException($"The rule section '{Name}' is empty.");

    internal override string Write(object value) => JsonSerializer.Serialize((T)value, Json);

    protected override IEnumerable<RuleProblem> WholeProblems(object value) => Check((T)value);
}

/// <summary>Every section of a revision or a draft, typed.</summary>
public sealed class RuleSet(IReadOnlyDictionary<Type, object> sections)
{
    public T Get<T>() where T : class => (T)sections[typeof(T)];
}

/// <summary>What can only be wrong between sections: the project that knows both registers it.</summary>
public sealed record RuleSetCheck(Func<RuleSet, IEnumerable<RuleProblem>> Find);

/// <summary>What a revision may not do to the one it was made from: before, after, and when the new one takes effect.</summary>
public sealed record RuleSuccession(Func<RuleSet, RuleSet, DateTimeOffset, IEnumerable<RuleProblem>> Find);
