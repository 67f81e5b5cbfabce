namespace Shop.TestKit;

/// <summary>
/// What the page of an order of the matrix answers programs with, by state and credential: written down by hand from parity/taler.md section 4. The tests of the table, those over HTTP and
/// the table in docs/paywall.md are all made of it.
/// </summary>
public static class StatusMatrix
{
    public static IReadOnlyList<string> Credentials { get; } = ["none", "right token", "wrong token", "right hash", "wrong hash"];

    /// <summary>The statuses by <see cref="Credentials"/>; 0: there is no such case.</summary>
    public static IReadOnlyList<StatusRow> Rows { get; } =
    [
        new("unclaimed, T, reorder", [202, 402, 403, 0, 0]),
        new("claimed, T, reorder", [202, 402, 403, 402, 403]),
        new("paid, T, reorder", [202, 200, 403, 200, 403]),
        new("unclaimed", [402, 0, 403, 0, 0]),
        new("claimed", [402, 0, 403, 402, 403]),
        new("paid", [200, 0, 403, 200, 403]),
        new("paid, T", [403, 200, 403, 200, 403]),
        new("unclaimed, T, already paid", [0, 402, 403, 0, 0]),
        new("unknown", [404, 404, 404, 404, 404]),
        // what follows from the decisions and is no row there
        new("unclaimed, T", [403, 402, 403, 403, 403]),
        new("claimed, T", [403, 402, 403, 402, 403]),
        new("over, T, reorder", [202, 402, 403, 0, 403]),
        new("over", [402, 0, 403, 0, 403]),
    ];

    public static IReadOnlyList<int> Of(string order) => Rows.Single(row => row.Order == order).Json;
}

/// <param name="Order">Its state, and what it has: a claim token (T), an address to buy it anew (reorder).</param>
/// <param name="Json">The statuses in JSON and text.</param>
public sealed record StatusRow(string Order, int[] Json);
