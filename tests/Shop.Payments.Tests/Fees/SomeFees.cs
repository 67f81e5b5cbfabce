using System.Globalization;
using System.Text;
using System.Text.Json;
using Shop.Payments.Fees;

namespace Shop.Payments.Tests.Fees;

/// <summary>The structure and the shops of fees.md.</summary>
internal static class SomeFees
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1660000000);
    public static readonly DateTimeOffset WithdrawEnd = DateTimeOffset.FromUnixTimeSeconds(1679837388);
    public static readonly DateTimeOffset DepositEnd = DateTimeOffset.FromUnixTimeSeconds(1742909388);

    private static readonly string[][] Table =
    [
        ["0.01", "0.01", "0", "0.01", "0"], ["0.10", "0.01", "0.01", "0.01", "0"], ["1", "0.02", "0.02", "0.02", "0.02"], ["2", "0.02", "0.02", "0.02", "0.02"],
        ["4", "0.02", "0.02", "0.02", "0.02"], ["8", "0.16", "0.16", "0.16", "0.16"], ["10", "0.20", "0.20", "0.20", "0.20"],
    ];

    public static CoinStructure Structure { get; } = new(Table.Select(Coin));

    public static BackendFee StripeRates { get; } = new() { Id = "stripe", Rate = Percent("2.9"), Fixed = Units("0.30"), Lowest = Units("0.50") };

    public static BackendFee PayPalRates { get; } = new() { Id = "paypal", Rate = Percent("3.49"), Fixed = Units("0.49") };

    public static BackendFee MicroRates { get; } = new() { Id = "paypal-micro", Rate = Percent("4.99"), Fixed = Units("0.09") };

    public static long Cent => FeeAmount.One / 100;

    public static long Units(string amount) => FeeAmount.TryRead(amount, out var units) ? units : throw new FormatException(amount);

    public static Ratio Percent(string percent) => Ratio.TryRead(percent, out var value) ? value / new Ratio(100, 1) : throw new FormatException(percent);

    public static Denomination CoinOf(string value) => Structure.Denominations.Single(d => d.Value == Units(value));

    /// <summary>The structure as a keys file: in groups as exchanges write them now, or in the flat list of before.</summary>
    public static byte[] Keys(bool flat = false, bool reversed = false, string currency = "EUR", Dictionary<string, object>? estimate = null, IEnumerable<string[]>? table = null)
    {
        var rows = (table ?? Table).ToList();
        if (reversed)
        {
            rows.Reverse();
        }

        object Times() => new { t_s = 0 };
        var coins = rows.Select(row => new Dictionary<string, object>
        {
            ["value"] = $"{currency}:{row[0]}", ["fee_withdraw"] = $"{currency}:{row[1]}", ["fee_deposit"] = $"{currency}:{row[2]}", ["fee_refresh"] = $"{currency}:{row[3]}",
            ["fee_refund"] = $"{currency}:{row[4]}",
        }).ToList();
        var stamps = new Dictionary<string, object>
        {
            ["stamp_start"] = Times(), ["stamp_expire_withdraw"] = new { t_s = WithdrawEnd.ToUnixTimeSeconds() }, ["stamp_expire_deposit"] = new { t_s = DepositEnd.ToUnixTimeSeconds() },
        };
        var file = new Dictionary<string, object>
        {
            ["currency"] = currency,
            ["wire_fees"] = new Dictionary<string, object>
            {
                ["iban"] = new[] { new { wire_fee = $"{currency}:0.01", closing_fee = $"{currency}:0.01", start_date = Times(), end_date = new { t_s = DepositEnd.ToUnixTimeSeconds() } } },
            },
            ["global_fees"] = new[] { new { start_date = Times(), end_date = new { t_s = DepositEnd.ToUnixTimeSeconds() } } },
        };
        if (flat)
        {
            file["denoms"] = coins.Select(c => c.Concat(stamps).ToDictionary()).ToList();
        }
        else
        {
            file["denominations"] = coins.Select(c => new Dictionary<string, object>(c) { ["denoms"] = new[] { stamps } }).ToList();
        }

        foreach (var (name, value) in estimate ?? new Dictionary<string, object>())
        {
            file[name] = value;
        }

        return JsonSerializer.SerializeToUtf8Bytes(file);
    }

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Rounded(Ratio share, int digits) => share.Percent(digits) + " %";

    /// <summary>Whole units 1 to 20.</summary>
    public static IReadOnlyList<long> WholeTo20 { get; } = [.. Enumerable.Range(1, 20).Select(w => w * FeeAmount.One)];

    public static string Text(long units) => FeeAmount.Write(units);

    public static string Text(IEnumerable<CoinCount> coins) =>
        string.Join(", ", coins.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Count} x {FeeAmount.Write(c.Coin.Value)}")));

    private static Denomination Coin(string[] row) => new(Units(row[0]), Units(row[1]), Units(row[2]), Units(row[3]), Units(row[4]));
}
