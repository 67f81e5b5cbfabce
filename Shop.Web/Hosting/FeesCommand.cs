using Shop.Core;
using Shop.Payments.Fees;

namespace Shop.Web.Hosting;

/// <summary>The commands <c>fees taler</c> and <c>fees shop</c>: files in, figures out, nothing changed.</summary>
internal sealed class FeesCommand(TextWriter output, TextWriter errors, TimeProvider clock)
{
    public const int Holds = 0;
    public const int Violated = 1;
    public const int Invalid = 2;

    private const long LargestFile = 16 * 1024 * 1024;

    private static readonly HashSet<string> OfBoth = ["--now", "--policy", "--format"];
    private static readonly HashSet<string> OfTaler =
        [.. OfBoth, "--keys", "--spend", "--step", "--withdraw", "--max-fee", "--wire", "--refresh-at", "--other-refund", "--refund-returns-deposit", "--coins"];

    private static readonly HashSet<string> OfShop = [.. OfBoth, "--prices", "--backends"];

    /// <summary>The shop's own settings and database are not needed: everything comes from files.</summary>
    public static bool IsOfFilesAlone(IReadOnlyList<string> words) => words is not ["shop", ..] || (words.Contains("--prices") && words.Contains("--backends"));

    /// <param name="words">What stands behind <c>fees</c>.</param>
    /// <param name="inForce">Reads what the shop's rules say, for a time; null where they are not at hand.</param>
    /// <returns>The exit code: <see cref="Holds"/>, <see cref="Violated"/> or <see cref="Invalid"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> words, Func<DateTimeOffset, Task<FeesInForce>>? inForce, CancellationToken cancellationToken)
    {
        try
        {
            var (report, format) = words.ToArray() switch
            {
                ["taler", .. var options] => await TalerAsync(Options(options, OfTaler), cancellationToken),
                ["shop", .. var options] => await ShopAsync(Options(options, OfShop), inForce, cancellationToken),
                _ => throw new FeeInputException("fees", "is followed by taler or shop"),
            };
            await output.WriteAsync(format switch { "md" => report.ToMarkdown(), "html" => report.ToHtml(), _ => report.ToJson() });
            return report.Holds ? Holds : Violated;
        }
        catch (FeeInputException e)
        {
            await errors.WriteLineAsync(e.Message);
            return Invalid;
        }
    }

    private async Task<(FeeReport Report, string Format)> TalerAsync(Dictionary<string, string> options, CancellationToken cancellationToken)
    {
        var file = options.GetValueOrDefault("--keys") ?? throw new FeeInputException("--keys", "is missing: the file with the exchange's keys");
        var keys = await BytesAsync("--keys", file, cancellationToken);
        var (policy, policyBytes) = await PolicyAsync(options, cancellationToken);
        var fees = ExchangeKeysFile.Read(file, keys);
        var spend = options.GetValueOrDefault("--spend")?.Split("..");
        if (spend is not null and not [_, _])
        {
            throw new FeeInputException("--spend", "must be two amounts such as 1..20");
        }

        long? Given(string option) => options.TryGetValue(option, out var text) ? AmountOf(option, text, fees.Currency) : null;
        var (from, to) = spend is [var low, var high] ? (AmountOf("--spend", low, fees.Currency), AmountOf("--spend", high, fees.Currency)) : ((long?)null, (long?)null);
        if (from > to)
        {
            throw new FeeInputException("--spend", "must begin with the smaller amount");
        }

        var questions = new ExchangeQuestions
        {
            Now = Now(options),
            Withdrawals = [.. (options.GetValueOrDefault("--withdraw")?.Split(',') ?? []).Select(text => AmountOf("--withdraw", text, fees.Currency))],
            SpendFrom = from,
            SpendTo = to,
            Step = Given("--step"),
            MaxFee = Given("--max-fee"),
            Wire = options.GetValueOrDefault("--wire"),
            RefreshAt = !options.TryGetValue("--refresh-at", out var part) ? new(1, 2)
                : Ratio.TryRead(part, out var ratio) && ratio > Ratio.Zero && ratio <= Ratio.One ? ratio
                : throw new FeeInputException("--refresh-at", "must be a part of the spending time, above 0 and at most 1, such as 0.5"),
            RefundElsewhere = Given("--other-refund") ?? 0,
            RefundReturnsDeposit = options.GetValueOrDefault("--refund-returns-deposit") switch
            {
                null or "no" => false,
                "yes" => true,
                _ => throw new FeeInputException("--refund-returns-deposit", "must be yes or no"),
            },
            CoinsPerOperation = !options.TryGetValue("--coins", out var coins) ? 256
                : int.TryParse(coins, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 100_000 ? count
                : throw new FeeInputException("--coins", "must be a whole number from 1 to 100000"),
        };
        return (ExchangeFeeReport.Make(file, fees, questions, policy, keys, policyBytes, OptionBytes(options)), Format(options));
    }

    private async Task<(FeeReport Report, string Format)> ShopAsync(Dictionary<string, string> options, Func<DateTimeOffset, Task<FeesInForce>>? inForce, CancellationToken cancellationToken)
    {
        var (policy, policyBytes) = await PolicyAsync(options, cancellationToken);
        var (now, format) = (Now(options), Format(options));
        var (pricesFile, backendsFile) = (options.GetValueOrDefault("--prices"), options.GetValueOrDefault("--backends"));
        var own = pricesFile is null || backendsFile is null ? await (inForce ?? throw new FeeInputException("fees shop", "needs --prices and --backends here"))(now) : null;
        var pricesBytes = pricesFile is null ? default : await BytesAsync("--prices", pricesFile, cancellationToken);
        var prices = pricesFile is null ? own!.Prices : ShopFeeFiles.Prices(pricesFile, pricesBytes);
        if (own is not null && backendsFile is null && prices.Currency != own.Prices.Currency)
        {
            throw new FeeInputException($"{pricesFile}: currency", $"must be {own.Prices.Currency.Code}, as the fees in the shop's rules are: or give --backends");
        }

        var backendsBytes = backendsFile is null ? default : await BytesAsync("--backends", backendsFile, cancellationToken);
        var backends = backendsFile is null ? own!.Backends : ShopFeeFiles.Backends(backendsFile, backendsBytes, prices.Currency);
        if (backends.Count == 0)
        {
            throw new FeeInputException("shop.fees", "names no fee of a payment service: give --backends, or publish the rule");
        }

        return (ShopFeeReport.Make(pricesFile ?? "shop.prices", prices, backends, now, policy, pricesBytes, backendsBytes, policyBytes, own?.Source ?? default), format);
    }

    private static Dictionary<string, string> Options(IReadOnlyList<string> words, HashSet<string> known)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!known.Contains(words[i]))
            {
                throw new FeeInputException(words[i], "is no option here; there are " + string.Join(", ", known.Order(StringComparer.Ordinal)));
            }

            if (i + 1 == words.Count || words[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                throw new FeeInputException(words[i], "needs a value behind it");
            }

            if (!options.TryAdd(words[i], words[i + 1]))
            {
                throw new FeeInputException(words[i], "is given twice");
            }
        }

        return options;
    }

    private DateTimeOffset Now(Dictionary<string, string> options) => !options.TryGetValue("--now", out var text) ? clock.GetUtcNow()
        : ShopFeeFiles.TryReadTime(text, out var time) ? time
        : long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 200_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : throw new FeeInputException("--now", "must be a day such as 2027-01-31, an instant such as 2027-01-31T12:00:00Z, or seconds since 1970");

    private static string Format(Dictionary<string, string> options) => options.GetValueOrDefault("--format") switch
    {
        null or "json" => "json",
        "md" => "md",
        "html" => "html",
        _ => throw new FeeInputException("--format", "must be json, md or html"),
    };

    private static long AmountOf(string option, string text, string currency)
    {
        var parts = text.Split(':', 2);
        return (parts.Length == 1 || parts[0] == currency) && FeeAmount.TryRead(parts[^1].Trim(), out var units) && units > 0
            ? units
            : throw new FeeInputException(option, $"{text} is no amount such as 0.10 or {currency}:0.10");
    }

    private static async Task<(FeePolicy Policy, ReadOnlyMemory<byte> Bytes)> PolicyAsync(Dictionary<string, string> options, CancellationToken cancellationToken)
    {
        if (!options.TryGetValue("--policy", out var file))
        {
            return (FeePolicy.None, default);
        }

        var bytes = await BytesAsync("--policy", file, cancellationToken);
        return (FeePolicy.Read(file, bytes), bytes);
    }

    // what changes the figures belongs to the hash; how they are written and where the file lay do not
    private static ReadOnlyMemory<byte> OptionBytes(Dictionary<string, string> options) => System.Text.Encoding.UTF8.GetBytes(string.Join(
        '\n', options.Where(o => o.Key is not ("--keys" or "--policy" or "--format" or "--now")).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}")));

    // not by the length that is said beforehand: a pipe has none
    private static async Task<ReadOnlyMemory<byte>> BytesAsync(string option, string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = File.OpenRead(file);
            using var read = new MemoryStream();
            var part = new byte[64 * 1024];
            while (await source.ReadAsync(part, cancellationToken) is > 0 and var count)
            {
                read.Write(part.AsSpan(0, count));
                if (read.Length > LargestFile)
                {
                    throw new FeeInputException(option, $"{file} is larger than {LargestFile / 1024 / 1024} MiB");
                }
            }

            return read.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FeeInputException(option, $"there is no file {file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FeeInputException(option, $"{file} cannot be read: {e.Message}");
        }
    }
}
