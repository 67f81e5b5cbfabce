namespace Shop.Payments;

/// <summary>An ISO 4217 currency the shop can charge in: its three-letter code and how many decimals its minor unit has.</summary>
public readonly record struct Currency
{
    private static readonly Dictionary<string, int> KnownDecimals = new(StringComparer.Ordinal)
    {
        ["USD"] = 2, ["EUR"] = 2, ["GBP"] = 2, ["CHF"] = 2, ["CAD"] = 2, ["AUD"] = 2, ["NZD"] = 2, ["SEK"] = 2,
        ["NOK"] = 2, ["DKK"] = 2, ["PLN"] = 2, ["CZK"] = 2, ["JPY"] = 0, ["KRW"] = 0, ["KWD"] = 3, ["BHD"] = 3,
    };

    private readonly string? code;

    private Currency(string code) => this.code = code;

    public static Currency Usd => new("USD");

    /// <summary>Every currency this shop knows.</summary>
    public static IReadOnlySet<Currency> All { get; } = KnownDecimals.Keys.Select(code => new Currency(code)).ToHashSet();

    /// <summary>Three upper-case letters. Reading it from a value that was never set is a bug and throws.</summary>
    public string Code => code ?? throw new InvalidOperationException("A currency was read that was never set.");

    /// <summary>Digits of the minor unit: 2 for cents, 0 for yen, 3 for fils.</summary>
    public int Decimals => KnownDecimals[Code];

    /// <summary>The currency of a code, refused with <see cref="ArgumentException"/> when it is not one the shop knows.</summary>
    public static Currency Of(string code) =>
        TryOf(code, out var currency) ? currency : throw new ArgumentException($"'{code}' is not a currency this shop knows.", nameof(code));

    public static bool TryOf(string? code, out Currency currency)
    {
        var known = code is not null && KnownDecimals.ContainsKey(code);
        currency = known ? new Currency(code!) : default;
        return known;
    }

    public override string ToString() => code ?? "";
}
