using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>Parameters in Stripe's brackets: <c>metadata[attempt_id]</c>, <c>expand[0]</c>.</summary>
public sealed class StripeForm
{
    private readonly List<KeyValuePair<string, string>> pairs;

    public StripeForm(string encoded) =>
        pairs = [.. QueryHelpers.ParseQuery(encoded).SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? "")))];

    public static StripeForm Of(Call call) => new(call.Request.Method == "GET" ? call.Request.QueryString.Value ?? "" : call.Body);

    public string? this[string name] => pairs.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();

    public bool Is(string name) => this[name] == "true";

    public long? Number(string name) => this[name] is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw StripeSide.Invalid("parameter_invalid_integer", $"Invalid integer: {text}", name);

    public string Needed(string name) => this[name] is { Length: > 0 } text ? text : throw StripeSide.Invalid("parameter_missing", $"Missing required param: {name}.", name);

    /// <summary>What stands in <c>name[…]</c>, such as metadata.</summary>
    public IEnumerable<KeyValuePair<string, string>> Within(string name) =>
        pairs.Where(pair => pair.Key.StartsWith(name + "[", StringComparison.Ordinal) && pair.Key.EndsWith(']') && pair.Key.IndexOf('[', name.Length + 1) < 0)
            .Select(pair => KeyValuePair.Create(pair.Key[(name.Length + 1)..^1], pair.Value));

    public IEnumerable<string> Expand => Within("expand").Select(pair => pair.Value);
}
