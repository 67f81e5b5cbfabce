using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// One draw for a delivery: the buyer is not told, staff can look it up (DW-97). Another row follows where whoever was drawn before no longer fitted. It is never
/// changed.
/// </summary>
public sealed class RandomDraw
{
    public long Id { get; private set; }

    public required long DeliveryId { get; init; }

    public required long DrawnId { get; init; }

    /// <summary>Whom the buyer had been shown, and who no longer fitted; null: nobody was chosen before.</summary>
    public long? InsteadOfId { get; init; }

    /// <summary>The score that it was weighed with.</summary>
    public required int Score { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>The arithmetic of a draw (F6). Pure.</summary>
public static class RandomScore
{
    private const int MostOfEach = 10;

    /// <summary>min(10, entries of 30 days) + min(10, comments of 30 days), communities + min(10, members).</summary>
    public static int Of(AccountKind kind, int recentPosts, int recentComments, int members) =>
        Math.Min(MostOfEach, recentPosts) + Math.Min(MostOfEach, recentComments) + (kind == AccountKind.Community ? Math.Min(MostOfEach, members) : 0);

    /// <summary>Which one is drawn, by its place: each with the weight 1 + score.</summary>
    public static int Pick(IReadOnlyList<int> scores, Random random)
    {
        var left = random.Next(scores.Sum(score => 1 + score));
        for (var i = 0; ; i++)
        {
            left -= 1 + scores[i];
            if (left < 0)
            {
                return i;
            }
        }
    }
}
