using System.Globalization;
using Xunit;

namespace Shop.TestKit;

/// <summary>
/// Random histories for properties. Each has a seed of its own; <c>SHOP_SEED</c> begins with that one. A history that fails is cut down to the steps without
/// which it would not fail.
/// </summary>
public static class Histories
{
    /// <summary>The seed that a test begins with, written to its output.</summary>
    public static int Seed()
    {
        var seed = Environment.GetEnvironmentVariable("SHOP_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHOP_SEED={seed}");
        return seed;
    }

    /// <summary>Fails with the seed and the fewest steps of the first history with which something is wrong.</summary>
    /// <param name="wrong">Runs a history from its beginning and says what is wrong; null: nothing. It understands every selection of steps.</param>
    public static void Hold<TStep>(int histories, int steps, Func<Random, TStep> step, Func<IReadOnlyList<TStep>, string?> wrong)
    {
        var first = Seed();
        for (var n = 0; n < histories; n++)
        {
            var seed = unchecked(first + n);
            var random = new Random(seed);
            List<TStep> history = [.. Enumerable.Range(0, steps).Select(_ => step(random))];
            if (wrong(history) is not null)
            {
                var fewest = Fewest(history, wrong);
                Assert.Fail($"SHOP_SEED={seed}: {wrong(fewest)}\n{string.Join('\n', fewest)}");
            }
        }
    }

    /// <summary>Leaves out what can be left out, in ever smaller pieces.</summary>
    private static List<TStep> Fewest<TStep>(List<TStep> history, Func<IReadOnlyList<TStep>, string?> wrong)
    {
        for (var size = Math.Max(1, history.Count / 2); size > 0; size /= 2)
        {
            for (var at = 0; at < history.Count;)
            {
                List<TStep> fewer = [.. history[..at], .. history[Math.Min(at + size, history.Count)..]];
                if (wrong(fewer) is null)
                {
                    at += size;
                }
                else
                {
                    history = fewer;
                }
            }
        }

        return history;
    }
}
