namespace Shop.Payments.Fees;

/// <summary>What was given cannot be right: the place (a file, a field in it, or an option) and what is wrong with it, for people.</summary>
public sealed class FeeInputException(string place, string problem) : Exception($"{place}: {problem}")
{
    public string Place { get; } = place;

    public string Problem { get; } = problem;
}
