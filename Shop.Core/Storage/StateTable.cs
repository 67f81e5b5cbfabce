namespace Shop.Core;

/// <summary>What applying an event to a state machine comes to.</summary>
public enum Applied
{
    /// <summary>The state changes.</summary>
    Applied,

    /// <summary>A repeat: it is there already.</summary>
    Same,

    /// <summary>Evidence older than the state: logged, without effect.</summary>
    Stale,
}

/// <summary>One machine's table of legal pairs: the only source of what may follow what. A guarded update takes its expected states from here.</summary>
public sealed class StateTable<T> where T : struct, Enum
{
    private readonly HashSet<(T From, T To)> legal;

    public StateTable(IReadOnlyList<T> born, IReadOnlyList<(T From, T To)> pairs)
    {
        Born = born;
        Pairs = pairs;
        legal = [.. pairs];
    }

    /// <summary>The states a row can start in.</summary>
    public IReadOnlyList<T> Born { get; }

    public IReadOnlyList<(T From, T To)> Pairs { get; }

    public bool IsLegal(T from, T to) => legal.Contains((from, to));

    /// <summary>The states from which <paramref name="to"/> may be reached: the WHERE of a guarded update.</summary>
    public IReadOnlyList<T> Before(T to) => [.. Pairs.Where(p => p.To.Equals(to)).Select(p => p.From)];

    /// <summary>No way leads out of it.</summary>
    public bool IsFinal(T state) => !Pairs.Any(p => p.From.Equals(state));

    /// <summary>Whether a change is one: legal is applied, a repeat is the same, and anything else is a mistake in the code.</summary>
    /// <exception cref="InvalidOperationException">The pair is not in the table.</exception>
    public Applied Apply(T from, T to)
    {
        if (from.Equals(to))
        {
            return Applied.Same;
        }

        return IsLegal(from, to) ? Applied.Applied : throw new InvalidOperationException($"{typeof(T).Name}: {from} cannot become {to}.");
    }
}
