using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Rules;

/// <summary>Values of rules as people read and type them: amounts with their decimals in the currency of the price list, switches as on and off.</summary>
internal static class RuleWords
{
    private static readonly string[] Moments = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm"];

    /// <summary>The currency that amounts of these sections are in.</summary>
    public static Currency CurrencyOf(IReadOnlyDictionary<string, JsonObject> sections) =>
        sections.TryGetValue(Core.PriceList.Section, out var list) && Currency.TryOf((string?)list["currency"], out var currency) ? currency : Currency.Usd;

    /// <summary>A value to be read.</summary>
    public static string Show(RuleField? field, JsonNode? value, Currency currency, IStringLocalizer<RulesTexts> texts) => (field, value) switch
    {
        (_, null) => texts["Empty"],
        (RuleField.Amount, JsonValue number) when number.TryGetValue<long>(out var minor) => new Money(minor, currency).ForReader(),
        (RuleField.Number, JsonValue number) when number.TryGetValue<long>(out var whole) => whole.ToString("N0", CultureInfo.CurrentCulture),
        (RuleField.Switch, JsonValue given) when given.TryGetValue<bool>(out var on) => on ? texts["On"] : texts["Off"],
        (_, JsonValue word) => word.ToString(),
        _ => value.ToJsonString(),
    };

    /// <summary>A row of a list in one line.</summary>
    public static string Row(RuleSection section, RuleField.Rows list, JsonObject row, Currency currency, IStringLocalizer<RulesTexts> texts) => string.Join(
        "; ",
        list.Fields.Where(field => field.In(row) is not null).Select(field => $"{section.Label(field, list)}: {Show(field, field.In(row), currency, texts)}"));

    /// <summary>A value to be changed, as it is typed.</summary>
    public static string Typed(RuleField field, JsonNode? value, Currency currency) => (field, value) switch
    {
        (_, null) => "",
        (RuleField.Amount, JsonValue number) when number.TryGetValue<long>(out var minor) =>
            ((decimal)minor / Scale(currency)).ToString("F" + currency.Decimals, CultureInfo.CurrentCulture),
        _ => value.ToString(),
    };

    /// <summary>What was typed as a value; false: it is none of this type.</summary>
    public static bool TryRead(RuleField field, string? typed, Currency currency, out JsonNode? value)
    {
        var text = typed?.Trim() ?? "";
        value = null;
        if (text.Length == 0)
        {
            return field.Optional;
        }

        switch (field)
        {
            case RuleField.Amount:
                if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out var amount)
                    || Math.Abs(amount) > long.MaxValue / Scale(currency) || decimal.Truncate(amount * Scale(currency)) != amount * Scale(currency))
                {
                    return false;
                }

                value = JsonValue.Create((long)(amount * Scale(currency)));
                return true;
            case RuleField.Number:
                if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out var number))
                {
                    return false;
                }

                value = JsonValue.Create(number);
                return true;
            default:
                value = JsonValue.Create(text);
                return true;
        }
    }

    /// <summary>What a value may be, in words.</summary>
    public static string Allowed(RuleField field, Currency currency, IStringLocalizer<RulesTexts> texts) => field switch
    {
        RuleField.Number n => texts["Allowed.Between", n.Least.ToString("N0", CultureInfo.CurrentCulture), n.Most.ToString("N0", CultureInfo.CurrentCulture)],
        RuleField.Amount a => texts["Allowed.Between", new Money(a.Least, currency).ForReader(), new Money(a.Most, currency).ForReader()],
        RuleField.Word w => texts["Allowed.Word", w.MostLength],
        RuleField.Line l => texts["Allowed.Line", l.MostLength],
        RuleField.Day => texts["Allowed.Day"],
        RuleField.Choice c => texts["Allowed.Choice", string.Join(", ", c.Values)],
        _ => "",
    };

    /// <summary>A moment in UTC as a browser sends it, or a person types it.</summary>
    public static bool TryMoment(string typed, out DateTimeOffset at) => DateTimeOffset.TryParseExact(
        typed.Trim(), Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);

    private static long Scale(Currency currency) => Enumerable.Range(0, currency.Decimals).Aggregate(1L, (scale, _) => scale * 10);
}
