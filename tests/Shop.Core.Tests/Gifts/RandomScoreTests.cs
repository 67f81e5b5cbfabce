using Shop.Accounts;

namespace Shop.Core.Tests.Gifts;

/// <summary>The arithmetic of a draw.</summary>
public sealed class RandomScoreTests
{
    [Theory]
    [InlineData(AccountKind.Personal, 0, 0, 0, 0)]
    [InlineData(AccountKind.Personal, 4, 3, 0, 7)]
    [InlineData(AccountKind.Personal, 400, 300, 0, 20)]
    [InlineData(AccountKind.Community, 4, 3, 8, 15)]
    [InlineData(AccountKind.Community, 11, 11, 11, 30)]
    public void F6_Score_CountsEachUpToTen(AccountKind kind, int posts, int comments, int members, int score) =>
        Assert.Equal(score, RandomScore.Of(kind, posts, comments, members));

    /// <summary>With 200,000 draws a share's standard deviation is below 0.0012; four of them are allowed.</summary>
    [Fact]
    public void F6_Pick_DrawsEachByOnePlusItsScore()
    {
        int[] scores = [0, 1, 3, 20, 7, 0, 30, 9, 9, 1];
        var (random, drawn, draws) = (new Random(6), new int[scores.Length], 200_000);
        for (var i = 0; i < draws; i++)
        {
            drawn[RandomScore.Pick(scores, random)]++;
        }

        var all = scores.Sum(score => 1 + score);
        Assert.All(scores.Zip(drawn), pair => Assert.InRange((double)pair.Second / draws - ((1.0 + pair.First) / all), -0.0048, 0.0048));
    }
}
