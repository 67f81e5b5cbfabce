using System.Globalization;
using Shop.Payments.Fees;

namespace Shop.Payments.Tests.Fees;

/// <summary>Random structures against <see cref="SlowReference"/>, and what must hold for any of them.</summary>
public sealed class RandomStructuresTests(ITestOutputHelper output)
{
    private const int Structures = 10_000;
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    [Fact]
    public void RandomStructures_AllMetrics_AreThoseOfTheSlowReference()
    {
        var seed = Seed();
        for (var i = 0; i < Structures; i++)
        {
            var random = new Random(unchecked(seed + i));
            try
            {
                Compare(random, AnyDenominations(random));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"Seed {seed}, structure {i} (FEES_SEED={unchecked(seed + i)} makes it the first): {e.Message}", e);
            }
        }

        output.WriteLine($"{Structures} structures agree");
    }

    [Fact]
    public void RandomStructures_Greedy_LosesNothing()
    {
        var seed = Seed();
        for (var i = 0; i < Structures; i++)
        {
            var random = new Random(unchecked(seed + i));
            var structure = new CoinStructure(AnyDenominations(random));
            var purse = structure.Greedy(random.Next(5000));
            var smallest = structure.Denominations.Where(d => d.Value == structure.Smallest).Min(d => d.Value + d.Withdraw);
            Assert.Equal(purse.Amount, purse.Balance + purse.WithdrawFees + purse.Dust);
            Assert.True(purse.Dust < smallest);
        }
    }

    [Fact]
    public void RandomStructures_IntendedSteps_ImplyLiteralOnes()
    {
        var random = new Random(Seed());
        for (var i = 0; i < Structures; i++)
        {
            var structure = new CoinStructure(AnyDenominations(random));
            Assert.True(!CoinMetrics.IntendedSteps(structure).Ok || CoinMetrics.LiteralSteps(structure).Ok);
        }
    }

    [Fact]
    public void NoFeesAndEveryAmountRepresentable_NothingIsLost()
    {
        var structure = new CoinStructure(new[] { 1L, 2, 4, 8, 16, 32 }.Select(v => new Denomination(v, 0, 0, 0, 0)));
        var grid = new SpendingGrid(structure, Enumerable.Range(1, 80).Select(w => (long)w), 1, 80, 1, 256);
        Assert.Equal((0L, 0L), (grid.Fees()!.Least.Value, grid.Fees()!.Greatest.Value));
        Assert.Null(grid.MerchantShares(0, null));
    }

    private static List<Denomination> AnyDenominations(Random random)
    {
        var largest = random.Next(2, 120);
        long Fee() => random.Next(3) switch { 0 => 0, 1 => random.Next(4), _ => random.Next(1 + (largest / 4)) };
        return [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => new Denomination(random.Next(1, largest), Fee(), Fee(), Fee(), Fee())).Distinct()];
    }

    private int Seed()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FEES_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }

    private static void Compare(Random random, List<Denomination> denominations)
    {
        var (structure, slow) = (new CoinStructure(denominations), new SlowReference(denominations));
        var withdrawals = Enumerable.Range(0, random.Next(1, 4)).Select(_ => (long)random.Next(1, 200)).ToList();
        var step = structure.Smallest * random.Next(1, 4);
        var (from, to, coins) = (random.Next(1, 60), random.Next(1, 150), random.Next(1, 8));

        foreach (var amount in withdrawals)
        {
            var (expected, found) = (slow.Greedy(amount), structure.Greedy(amount));
            Assert.Equal(expected.Dust, found.Dust);
            Assert.Equal(expected.Coins, found.Coins.SelectMany(c => Enumerable.Repeat(c.Coin, (int)c.Count)));
            var x = random.Next(1, 300);
            Assert.Equal(slow.EndToEnd(amount, x), structure.EndToEnd(structure.Greedy(amount), x));
        }

        Assert.Equal(slow.Steps(literal: true), CoinMetrics.LiteralSteps(structure).Fails);
        Assert.Equal(slow.Steps(literal: false), CoinMetrics.IntendedSteps(structure).Fails);
        foreach (var d in denominations)
        {
            var cost = CoinMetrics.EndToEnd(structure, d);
            Assert.Equal(slow.Cost(d), (cost.Direct, cost.Refresh, cost.Dust));
            Assert.Equal(d.Value == denominations.Min(o => o.Value), cost.Exempt);
            var left = random.Next((int)d.Value + 1);
            Assert.Equal(slow.RefreshLoss(d, left), structure.RefreshLoss(d, left));
        }

        CompareGrid(random, structure, slow, withdrawals, step, from, to, coins);
        CompareUpkeep(random, structure, slow, withdrawals[0]);
        CompareTimes(random, denominations);

        var elsewhere = random.Next(5);
        Assert.Equal(denominations.All(d => d.Refund <= elsewhere + d.Withdraw + d.Deposit), CoinMetrics.Refunds(structure, elsewhere, returnsDeposit: false).Ok);
        Assert.Equal(denominations.All(d => d.Refund - d.Deposit <= elsewhere + d.Withdraw + d.Deposit), CoinMetrics.Refunds(structure, elsewhere, returnsDeposit: true).Ok);
    }

    private static void CompareGrid(
        Random random, CoinStructure structure, SlowReference slow, List<long> withdrawals, long step, int from, int to, int coins)
    {
        var grid = new SpendingGrid(structure, withdrawals, from, to, step, coins);
        var highest = slow.Highest(withdrawals, to, step, coins);
        Assert.Equal(highest, grid.To);
        var limit = random.Next(1, 80);
        Assert.Equal(slow.Lowest(withdrawals, highest, step, limit), grid.LowestWithin(new(limit, 100)));
        Assert.Equal(slow.AnyChangeCoins(), structure.MostChangeCoins());

        var pairs = slow.Pairs(withdrawals, from, highest, step);
        Assert.Equal(slow.ChangeCoins(pairs), grid.MostChangeCoins());
        Assert.Equal(pairs.Count == 0, grid.IsEmpty);
        if (pairs.Count == 0)
        {
            Assert.Null(grid.Fees());
            return;
        }

        // the first of the least and of the greatest, in the order of withdrawals and amounts
        var (least, greatest) = (pairs.MinBy(p => p.E), pairs.MaxBy(p => p.E));
        Assert.Equal((least.W, least.X, least.E, greatest.W, greatest.X, greatest.E), Flat(grid.Fees()!));
        var (cheapest, dearest) = (pairs[0], pairs[0]);
        foreach (var pair in pairs)
        {
            cheapest = pair.E * cheapest.X < cheapest.E * pair.X ? pair : cheapest;
            dearest = pair.E * dearest.X > dearest.E * pair.X ? pair : dearest;
        }

        Assert.Equal((cheapest.W, cheapest.X, new Ratio(cheapest.E, cheapest.X), dearest.W, dearest.X, new Ratio(dearest.E, dearest.X)), Flat(grid.FeeShares()!));
        Assert.Equal(
            (new Ratio(pairs.Sum(p => slow.Spend(p.W, p.X)!.Value.Coins), pairs.Count), (long)pairs.Max(p => slow.Spend(p.W, p.X)!.Value.Coins)), grid.CoinsPerAmount());

        var (wire, maxFee) = (random.Next(3), random.Next(2) == 0 ? (long?)null : random.Next(20));
        var shares = pairs.Where(p => p.E > 0).Select(p => (Borne: Math.Min(p.Deposit + wire, maxFee ?? long.MaxValue), p.E)).ToList();
        if (shares.Count > 0)
        {
            var (lowest, most) = (shares[0], shares[0]);
            foreach (var share in shares)
            {
                lowest = share.Borne * lowest.E < lowest.Borne * share.E ? share : lowest;
                most = share.Borne * most.E > most.Borne * share.E ? share : most;
            }

            var range = grid.MerchantShares(wire, maxFee)!;
            Assert.Equal((new Ratio(lowest.Borne, lowest.E), new Ratio(most.Borne, most.E)), (range.Least.Value, range.Greatest.Value));
        }

        if (random.Next(10) > 0)
        {
            return; // the logarithm takes long, so one structure in ten has an estimate
        }

        var (absolute, log, linear) = (random.Next(20), random.Next(20), random.Next(1000));
        var distance = pairs.Max(p => Math.Abs(slow.Announced(absolute, log, linear, p.X) - p.E));
        Assert.Equal(distance, grid.LargestDistance(new(absolute, log, new(linear, 1000)))!.Value);
    }

    private static void CompareUpkeep(Random random, CoinStructure structure, SlowReference slow, long withdrawn)
    {
        var (days, part) = (random.Next(1, 2000), random.Next(1, 20));
        foreach (var d in structure.Denominations)
        {
            var upkeep = CoinMetrics.UpkeepOf(structure, d, days * 86_400L, new(part, 10));
            var loss = slow.RefreshLoss(d, d.Value);
            Assert.Equal(new Ratio(loss * 3650, d.Value * days * part), upkeep.Simple);
            var compound = 1 - Math.Pow(1 - ((double)loss / d.Value), 3650.0 / (days * part));
            Assert.Equal(compound, double.Parse(upkeep.Compound.ToText(12), CultureInfo.InvariantCulture), 1e-9);
        }

        var coins = slow.Greedy(withdrawn).Coins;
        var balance = coins.Sum(c => c.Value);
        var losses = coins.Sum(c => slow.RefreshLoss(c, c.Value));
        Assert.Equal(
            balance == 0 ? Ratio.Zero : new(losses * 3650, balance * days * part), CoinMetrics.UpkeepOf(structure, structure.Greedy(withdrawn), _ => days * 86_400L, new(part, 10)));
    }

    private static void CompareTimes(Random random, List<Denomination> denominations)
    {
        const int Now = 50;
        (long From, long Until) Span()
        {
            var from = random.Next(80);
            return (from, from + random.Next(1, 60));
        }

        var keys = denominations.SelectMany(d => Enumerable.Range(0, random.Next(1, 4)).Select(_ => (Coin: d, Span: Span(), Spending: random.Next(1, 500), Lost: random.Next(8) == 0))).ToList();
        var wires = Enumerable.Range(0, random.Next(4)).Select(_ => (Method: $"m{random.Next(2)}", Span: Span())).ToList();
        var globals = Enumerable.Range(0, random.Next(3)).Select(_ => Span()).ToList();
        var fees = new ExchangeFees(
            "EUR",
            [.. keys.Select(k => new DenominationKey(k.Coin, At(k.Span.From), At(k.Span.Until), At(k.Span.Until + k.Spending), k.Lost))],
            [.. wires.Select(w => new TimedFee(w.Method, 0, At(w.Span.From), At(w.Span.Until)))],
            [.. globals.Select(g => new TimedFee("", 0, At(g.From), At(g.Until)))],
            null);

        var assured = SlowReference.AssuredUntil(
            keys.Where(k => !k.Lost).GroupBy(k => k.Coin.Value).Select(g => g.Select(k => k.Span)).Concat(wires.GroupBy(w => w.Method).Select(g => g.Select(w => w.Span))).Append(globals), Now);
        Assert.Equal(assured, CoinMetrics.AssuredUntil(fees, At(Now))?.ToUnixTimeSeconds());
        var held = keys.Where(k => !k.Lost && k.Span.Until + k.Spending > Now).Select(k => (long?)(k.Span.Until + k.Spending)).Min();
        Assert.Equal(held, CoinMetrics.HeldUntil(fees, At(Now))?.ToUnixTimeSeconds());
        Assert.Equal(keys.Min(k => k.Spending), CoinMetrics.ShortestSpendingSeconds(fees.Keys));

        static DateTimeOffset At(long seconds) => Epoch.AddSeconds(seconds);
    }

    private static (long, long, T, long, long, T) Flat<T>(GridRange<T> range) =>
        (range.Least.Withdrawn, range.Least.Spent, range.Least.Value, range.Greatest.Withdrawn, range.Greatest.Spent, range.Greatest.Value);
}
