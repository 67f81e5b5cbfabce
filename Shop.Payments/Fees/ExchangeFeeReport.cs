using System.Text.Json.Nodes;

namespace Shop.Payments.Fees;

/// <summary>M1 to M10 of an exchange's published fees (fees.md, section 3).</summary>
public static class ExchangeFeeReport
{
    private const int StepsByItself = 100_000;
    private static readonly int[] Limits = [1, 2, 5, 10, 20, 50];
    private static readonly long[] UsualWithdrawals = [1, 2, 5, 10, 20, 50, 100];

    private static readonly IReadOnlyList<FeeMetricText> Texts =
    [
        new("M1", "reasonable steps", "v = v_min, or another value v' with 10 v' >= v (literal); the same with v' < v (intended, by which is judged)"),
        new("M2", "end-to-end cost of one coin", "direct: w + p; refreshed first: w + r + withdraw fees of Greedy(v - r); both as % of v; the smallest coin is exempt"),
        new("M3", "spending amount range", "lowest amount from which E(W, x) / x stays within a limit, over all W"),
        new("M4", "end-to-end fee range", "E(W, x) = withdraw fees of coins(W) + deposit fees of used coins + what refreshing the last coin loses"),
        new("M5", "upkeep per year", "c = what refreshing a whole coin loses / v, every T = k x (sd - sw); simple c / T, compound 1 - (1 - c)^(1 / T)"),
        new("M6", "assurance period", "end of the gapless chain of withdrawal times of each value, and of wire and global fees; the earliest of them, minus now; coins held: sd - now"),
        new("M7", "shortest time from last withdrawal to last deposit", "minimum of sd - sw"),
        new("M8", "merchant contribution range", "min(deposit fees + wire share, max fee) / E(W, x)"),
        new("M9", "refund fee criterion", "u <= A + w + p"),
        new("M10", "announced fee against reality", "abs + log x log2(P / v_min) + lin x P; largest distance from M4"),
        new("structure", "coins", "without a verdict of their own"),
    ];

    /// <param name="inputs">The bytes that were read, for the hash.</param>
    /// <exception cref="FeeInputException">What was given does not fit together.</exception>
    public static FeeReport Make(string file, ExchangeFees fees, ExchangeQuestions questions, FeePolicy policy, params IEnumerable<ReadOnlyMemory<byte>> inputs)
    {
        try
        {
            return Made(file, fees, questions, policy, inputs);
        }
        catch (OverflowException)
        {
            throw new FeeInputException(file, "holds amounts whose sums are too large to be computed");
        }
    }

    private static FeeReport Made(string file, ExchangeFees fees, ExchangeQuestions questions, FeePolicy policy, IEnumerable<ReadOnlyMemory<byte>> inputs)
    {
        var now = questions.Now;
        var current = fees.Keys.Where(k => k.IsWithdrawnAt(now)).ToList();
        if (current.Count == 0)
        {
            throw new FeeInputException(file, $"has no denomination that can be withdrawn at {FeeReport.Time(now)}");
        }

        var structure = new CoinStructure(current.Select(k => k.Coin));
        var spendingSeconds = current.GroupBy(k => k.Coin).ToDictionary(k => k.Key, k => k.Min(key => key.SpendingSeconds));
        var heldUntil = current.GroupBy(k => k.Coin).ToDictionary(k => k.Key, k => k.Min(key => key.DepositEnd));
        var grid = GridOf(structure, questions);
        var wireShare = WireShare(file, fees, questions);
        var metrics = new JsonObject
        {
            ["M1"] = new JsonObject { ["literal"] = Steps(CoinMetrics.LiteralSteps(structure)), ["intended"] = Steps(CoinMetrics.IntendedSteps(structure)) },
            ["M2"] = Rows(structure.Denominations, coin => CostOf(CoinMetrics.EndToEnd(structure, coin))),
            ["M3"] = Spending(structure, grid, questions),
            ["M4"] = new JsonObject { ["amount"] = Range(grid.Fees(), FeeAmount.Write), ["percent"] = Range(grid.FeeShares(), r => r.Percent()) },
            ["M5"] = new JsonObject
            {
                ["refreshAt"] = questions.RefreshAt.ToText(8),
                ["coins"] = Rows(structure.Denominations, coin =>
                {
                    var upkeep = CoinMetrics.UpkeepOf(structure, coin, spendingSeconds[coin], questions.RefreshAt);
                    return new JsonObject { ["d"] = FeeAmount.Write(coin.Value), ["simplePct"] = upkeep.Simple.Percent(), ["compoundPct"] = upkeep.Compound.Percent() };
                }),
                ["balances"] = Rows(Withdrawals(questions), amount => new JsonObject
                {
                    ["withdraw"] = FeeAmount.Write(amount),
                    ["simplePct"] = CoinMetrics.UpkeepOf(structure, structure.Greedy(amount), coin => spendingSeconds[coin], questions.RefreshAt).Percent(),
                }),
            },
            ["M6"] = new JsonObject { ["newCoins"] = FeeReport.Span(CoinMetrics.AssuredUntil(fees, now), now), ["heldCoins"] = FeeReport.Span(CoinMetrics.HeldUntil(fees, now), now) },
            ["M7"] = Shortest(fees, now),
            ["M8"] = new JsonObject { ["wireShare"] = FeeAmount.Write(wireShare), ["percent"] = Range(grid.MerchantShares(wireShare, questions.MaxFee), r => r.Percent()) },
            ["M9"] = Refunds(CoinMetrics.Refunds(structure, questions.RefundElsewhere, questions.RefundReturnsDeposit), questions),
            ["M10"] = Announced(fees.Estimate, grid),
            ["structure"] = Coins(structure, grid),
        };
        var verdicts = policy.Judge(metrics);
        var root = new JsonObject
        {
            ["tool"] = "fees taler",
            ["inputHash"] = FeeReport.HashOf(inputs),
            ["now"] = FeeReport.Time(now),
            ["currency"] = fees.Currency,
            ["notes"] = FeeReport.Texts(Notes(structure, grid, questions)),
            ["metrics"] = metrics,
            ["withdrawals"] = Rows(Withdrawals(questions), amount => Withdrawal(structure, structure.Greedy(amount), heldUntil)),
            ["warnings"] = FeeReport.Texts(Warnings(fees, structure, grid, now)),
            ["policy"] = FeeReport.PolicyOf(verdicts),
        };
        return new(root, Texts, verdicts.All(v => v.Ok));
    }

    private static IReadOnlyList<long> Withdrawals(ExchangeQuestions questions) =>
        questions.Withdrawals.Count > 0 ? [.. questions.Withdrawals.Distinct().Order()] : [.. UsualWithdrawals.Select(w => w * FeeAmount.One)];

    private static SpendingGrid GridOf(CoinStructure structure, ExchangeQuestions questions)
    {
        if (questions.Step is { } asked && (asked <= 0 || asked % structure.Smallest != 0))
        {
            throw new FeeInputException("--step", $"must be a multiple of the smallest value, {FeeAmount.Write(structure.Smallest)}");
        }

        if (questions.RefreshAt <= Ratio.Zero)
        {
            throw new FeeInputException("--refresh-at", "must be above 0");
        }

        var withdrawals = Withdrawals(questions);
        var highest = Math.Min(questions.SpendTo ?? long.MaxValue, withdrawals.Max(w => structure.Greedy(w).Balance));
        var step = questions.Step ?? structure.Smallest;
        while (questions.Step is null && highest / step * withdrawals.Count > StepsByItself)
        {
            step *= 10;
        }

        return new(structure, withdrawals, questions.SpendFrom ?? step, questions.SpendTo ?? long.MaxValue, step, questions.CoinsPerOperation);
    }

    private static long WireShare(string file, ExchangeFees fees, ExchangeQuestions questions)
    {
        if (questions.Wire is not { } method)
        {
            return 0;
        }

        var ofMethod = fees.WireFees.Where(f => f.Method == method).ToList();
        if (ofMethod.Count == 0)
        {
            var known = fees.WireFees.Select(f => f.Method).Distinct().Order(StringComparer.Ordinal).ToList();
            throw new FeeInputException("--wire", $"{method} is not in {file}; there is {(known.Count == 0 ? "no method" : string.Join(", ", known))}");
        }

        return ofMethod.Where(f => f.Start <= questions.Now && questions.Now < f.End).Select(f => (long?)f.Fee).Max()
            ?? throw new FeeInputException("--wire", $"{method} has no fee in {file} that holds at {FeeReport.Time(questions.Now)}");
    }

    private static JsonArray Rows<T>(IEnumerable<T> rows, Func<T, JsonObject> map) => new([.. rows.Select(r => (JsonNode?)map(r))]);

    private static JsonObject Steps(StepsVerdict verdict) => new() { ["ok"] = verdict.Ok, ["fails"] = FeeReport.Texts(verdict.Fails.Select(FeeAmount.Write)) };

    private static JsonObject CostOf(CoinCost cost) => new()
    {
        ["d"] = FeeAmount.Write(cost.Coin.Value),
        ["direct"] = FeeAmount.Write(cost.Direct),
        ["directPct"] = cost.DirectShare.Percent(),
        ["refresh"] = FeeAmount.Write(cost.Refresh),
        ["refreshPct"] = cost.RefreshShare.Percent(),
        ["dust"] = FeeAmount.Write(cost.Dust),
        ["exempt"] = cost.Exempt,
    };

    private static JsonObject Spending(CoinStructure structure, SpendingGrid grid, ExchangeQuestions questions)
    {
        var floors = new JsonObject();
        foreach (var limit in Limits)
        {
            floors[$"{limit}"] = grid.LowestWithin(new(limit, 100)) is { } lowest ? FeeAmount.Write(lowest) : null;
        }

        return new()
        {
            ["lo"] = FeeAmount.Write(grid.From),
            ["hi"] = FeeAmount.Write(grid.To),
            ["step"] = FeeAmount.Write(grid.Step),
            ["coinsPerOperation"] = questions.CoinsPerOperation,
            ["loIsMultiple"] = grid.From % structure.Smallest == 0,
            ["smallestDepositBelowValue"] = structure.Denominations.Where(d => d.Value == structure.Smallest).All(d => d.Deposit < d.Value),
            ["lowestForPct"] = floors,
            ["mostChangeCoins"] = new JsonObject { ["multiples"] = grid.MostChangeCoins(), ["any"] = structure.MostChangeCoins() },
        };
    }

    private static JsonObject? Range<T>(GridRange<T>? range, Func<T, string> write) => range is null ? null : new()
    {
        ["min"] = write(range.Least.Value),
        ["minAt"] = At(range.Least),
        ["max"] = write(range.Greatest.Value),
        ["maxAt"] = At(range.Greatest),
    };

    private static JsonObject At<T>(GridPoint<T> point) => new() { ["withdraw"] = FeeAmount.Write(point.Withdrawn), ["spend"] = FeeAmount.Write(point.Spent) };

    private static JsonObject Shortest(ExchangeFees fees, DateTimeOffset now)
    {
        var held = fees.Keys.Where(k => k.IsHeldAt(now)).ToList();
        if (held.Any(k => k.DepositEnd != DateTimeOffset.MaxValue))
        {
            var seconds = CoinMetrics.ShortestSpendingSeconds(held);
            return new() { ["seconds"] = seconds, ["days"] = FeeReport.Days(seconds) };
        }

        return new() { ["seconds"] = FeeReport.Unlimited, ["days"] = FeeReport.Unlimited };
    }

    private static JsonObject Refunds(RefundVerdict verdict, ExchangeQuestions questions) => new()
    {
        ["ok"] = verdict.Ok,
        ["fails"] = FeeReport.Texts(verdict.Fails.Select(d => FeeAmount.Write(d.Value))),
        ["elsewhere"] = FeeAmount.Write(questions.RefundElsewhere),
        ["returnsDepositFee"] = questions.RefundReturnsDeposit,
    };

    private static JsonObject? Announced(FeeEstimate? estimate, SpendingGrid grid) => estimate is null ? null : new()
    {
        ["abs"] = FeeAmount.Write(estimate.Absolute),
        ["log"] = FeeAmount.Write(estimate.Logarithmic),
        ["lin"] = estimate.Linear.ToText(8),
        ["distance"] = grid.LargestDistance(estimate) is { } largest ? FeeAmount.Write(largest.Value) : null,
        ["at"] = grid.LargestDistance(estimate) is { } where ? At(where) : null,
    };

    private static JsonObject Coins(CoinStructure structure, SpendingGrid grid)
    {
        var values = structure.Denominations.Select(d => d.Value).Distinct().ToList();
        var (mean, most) = grid.CoinsPerAmount();
        var odd = CoinMetrics.OddFeesOfTheSmallest(structure);
        return new()
        {
            ["denominations"] = values.Count,
            ["coinsMean"] = mean.ToText(3),
            ["coinsMax"] = most,
            ["distances"] = FeeReport.Texts(values.Zip(values.Skip(1), (upper, lower) => Logarithm.Log2(new(upper, lower)).ToText(3))),
            ["smallestFees"] = new JsonObject { ["ok"] = odd.Count == 0, ["fails"] = FeeReport.Texts(odd) },
        };
    }

    private static JsonObject Withdrawal(CoinStructure structure, Purse purse, Dictionary<Denomination, DateTimeOffset> heldUntil) => new()
    {
        ["withdraw"] = FeeAmount.Write(purse.Amount),
        ["balance"] = FeeAmount.Write(purse.Balance),
        ["fees"] = FeeAmount.Write(purse.WithdrawFees),
        ["dust"] = FeeAmount.Write(purse.Dust),
        ["refreshUntil"] = purse.Coins.Count == 0 ? null : FeeReport.Time(purse.Coins.Min(c => heldUntil[c.Coin])),
        ["cost"] = FeeAmount.Write(purse.Coins.Sum(c => checked(structure.RefreshLoss(c.Coin, c.Coin.Value) * c.Count))),
        ["coins"] = Rows(purse.Coins, c => new JsonObject
        {
            ["d"] = FeeAmount.Write(c.Coin.Value),
            ["count"] = c.Count,
            ["refreshUntil"] = FeeReport.Time(heldUntil[c.Coin]),
            ["cost"] = FeeAmount.Write(structure.RefreshLoss(c.Coin, c.Coin.Value)),
        }),
    };

    private static IEnumerable<string> Notes(CoinStructure structure, SpendingGrid grid, ExchangeQuestions questions) =>
    [
        "advisory: these figures inform, an informed user may go on anyway",
        "assumption: one spend and at most one refresh per coin",
        $"coins are chosen greedily, the largest first; equal values: the cheaper to withdraw; at most {questions.CoinsPerOperation} coins per operation",
        $"amounts looked at: multiples of {FeeAmount.Write(grid.Step)} from {FeeAmount.Write(grid.From)} to {FeeAmount.Write(grid.To)}; withdrawals {string.Join(", ", Withdrawals(questions).Select(FeeAmount.Write))}",
        $"a year has 365 days; coins are refreshed after {questions.RefreshAt.ToText(3)} of their spending time; percentages are rounded half up",
        "limit: structures cut to one merchant's products never make change, and look better here than they are",
        "limit: fees that depend on how long a coin is valid are not seen by figures of one moment",
        "signatures of the keys are not checked; lost and expired keys are skipped",
    ];

    private static IEnumerable<string> Warnings(ExchangeFees fees, CoinStructure structure, SpendingGrid grid, DateTimeOffset now)
    {
        var unlike = fees.Keys.Where(k => k.IsHeldAt(now)).GroupBy(k => k.Coin.Value).Where(k => k.Select(key => key.Coin).Distinct().Count() > 1).Select(k => k.Key).Order().ToList();
        if (unlike.Count > 0)
        {
            yield return $"equal values differ in fee by validity: {string.Join(", ", unlike.Select(FeeAmount.Write))}";
        }

        if (grid.IsEmpty)
        {
            yield return "none of these amounts can be paid from these withdrawals";
        }
        else if (!grid.LeavesChange())
        {
            yield return "no change ever occurs: the structure may be cut to these amounts";
        }

        var later = fees.Keys.Where(k => !k.Lost && k.Start > now && structure.Denominations.All(d => d.Value != k.Coin.Value)).Select(k => k.Coin.Value).Distinct().Order().ToList();
        if (later.Count > 0)
        {
            yield return $"cannot be withdrawn yet: {string.Join(", ", later.Select(FeeAmount.Write))}";
        }
    }
}
