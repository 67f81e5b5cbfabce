using Shop.Accounts;

namespace Shop.Core;

/// <summary>How ways to pay are offered, and how long what was said to their services is kept: a section of the rule book.</summary>
public sealed record PaymentTerms
{
    public const string Section = "shop.payments";

    /// <summary>Of methods that stand here. One that does not is offered after them, as its plug-in says.</summary>
    public IReadOnlyList<MethodTerms> Methods { get; init; } = [];

    /// <summary>So many days calls with payment services are kept.</summary>
    public int ExchangeDays { get; init; } = 90;

    /// <summary>The most that staff may pay to try a method, minor units; 0: they may not.</summary>
    public long TestMaximumMinor { get; init; } = 500;

    public static RuleSection<PaymentTerms> Rules { get; } = new(Section, new PaymentTerms(), _ => [])
    {
        Texts = ShopRuleTexts.Resources,
        Fields =
        [
            new RuleField.Rows(
                "methods", ["method"],
                [
                    new RuleField.Word("method", 32), new RuleField.Number("position", 1, 100), new RuleField.Switch("offered"),
                    new RuleField.Amount("minimumMinor", 0, 100_000_00),
                ])
            {
                Blank = new() { ["method"] = "", ["position"] = 1, ["offered"] = true, ["minimumMinor"] = 0 },
            },
            new RuleField.Number("exchangeDays", 1, 3650), new RuleField.Amount("testMaximumMinor", 0, 100_00),
        ],
    };

    internal MethodTerms? Of(string provider) => Methods.FirstOrDefault(m => m.Method == provider);
}

/// <summary>One way to pay, by the id of its plug-in.</summary>
public sealed record MethodTerms
{
    public required string Method { get; init; }

    /// <summary>From 1; of equal ones the plug-ins' order counts.</summary>
    public int Position { get; init; } = 1;

    /// <summary>Buyers may choose it. Hidden, its orders go on as before.</summary>
    public bool Offered { get; init; } = true;

    /// <summary>The least amount, in minor units of the price list's currency; the plug-in's own counts as well.</summary>
    public long MinimumMinor { get; init; }
}
