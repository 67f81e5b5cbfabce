namespace Shop.Payments.Fees;

/// <summary>An exchange's keys as JSON: groups of denominations with their keys, or the older flat list. Signatures are not checked.</summary>
public static class ExchangeKeysFile
{
    private const int MostKeys = 100_000;

    /// <exception cref="FeeInputException">With the field that is wrong.</exception>
    public static ExchangeFees Read(string file, ReadOnlyMemory<byte> bytes)
    {
        var root = FeeJson.Read(file, bytes).Object();
        var groups = root.Find("denominations");
        var rows = (groups ?? root.Find("denoms") ?? throw root.Wrong("has neither denominations nor denoms")).Rows().ToList();
        var currency = root.Find("currency")?.Text() ?? rows.Select(r => CurrencyOf(r.Get("value").Text())).FirstOrDefault() ?? throw root.Wrong("names no currency");
        var keys = rows.SelectMany(row => row.Find("denoms") is { } denoms
            ? denoms.Rows().Select(key => KeyOf(key, CoinOf(row, currency)))
            : groups is null || row.Find("stamp_start") is not null ? [KeyOf(row, CoinOf(row, currency))] : throw row.Get("denoms").Wrong("is missing")).Take(MostKeys + 1).ToList();
        if (keys.Count == 0)
        {
            throw (groups ?? root.Get("denoms")).Wrong("holds no key");
        }

        if (keys.Count > MostKeys)
        {
            throw root.Wrong($"holds more than {MostKeys} keys");
        }

        return new(currency, keys, WireFees(root, currency), GlobalFees(root), Estimate(root, currency));
    }

    private static string? CurrencyOf(string amount) => amount.Split(':', 2) is [var currency, _] ? currency : null;

    private static Denomination CoinOf(FeeJson row, string currency)
    {
        var value = row.Get("value");
        var units = value.Amount(currency);
        return units == 0
            ? throw value.Wrong("must be above 0")
            : new(
                units, row.Get("fee_withdraw").Amount(currency), row.Get("fee_deposit").Amount(currency), row.Get("fee_refresh").Amount(currency),
                row.Get("fee_refund").Amount(currency));
    }

    private static DenominationKey KeyOf(FeeJson key, Denomination coin)
    {
        var withdraw = key.Get("stamp_expire_withdraw");
        var deposit = key.Get("stamp_expire_deposit");
        var (start, withdrawEnd, depositEnd) = (key.Get("stamp_start").Instant(), withdraw.Instant(), deposit.Instant());
        if (withdrawEnd <= start)
        {
            throw withdraw.Wrong("must be after stamp_start");
        }

        return depositEnd <= withdrawEnd
            ? throw deposit.Wrong("must be after stamp_expire_withdraw")
            : new(coin, start, withdrawEnd, depositEnd, key.Find("lost")?.Switch() ?? false);
    }

    private static List<TimedFee> WireFees(FeeJson root, string currency) =>
    [
        .. root.Find("wire_fees") is not { } methods ? [] : methods.Members().SelectMany(method => method.Value.Rows().Select(fee => new TimedFee(
            method.Name, fee.Get("wire_fee").Amount(currency), fee.Get("start_date").Instant(), fee.Get("end_date").Instant()))),
    ];

    private static List<TimedFee> GlobalFees(FeeJson root) =>
        [.. root.Find("global_fees") is not { } fees ? [] : fees.Rows().Select(fee => new TimedFee("", 0, fee.Get("start_date").Instant(), fee.Get("end_date").Instant()))];

    private static FeeEstimate? Estimate(FeeJson root, string currency)
    {
        if (root.Find("stefan_abs") is null && root.Find("stefan_log") is null && root.Find("stefan_lin") is null)
        {
            return null;
        }

        var linear = root.Find("stefan_lin");
        var lin = linear?.Number() ?? Ratio.Zero;
        return lin >= Ratio.One || lin < Ratio.Zero
            ? throw linear!.Value.Wrong("must be below 1 and not below 0: a fee of the whole amount is none")
            : new(root.Find("stefan_abs")?.Amount(currency) ?? 0, root.Find("stefan_log")?.Amount(currency) ?? 0, lin);
    }
}
