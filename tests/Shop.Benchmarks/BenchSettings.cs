using System.Globalization;
using Shop.Core;

namespace Shop.Benchmarks;

/// <summary>What the command line asked for.</summary>
internal sealed record BenchSettings
{
    public const string Usage = """
        Usage: eng/bench.sh [--engine sqlite|postgres] [--connections 8] [--seconds 20] [--limit-seconds 4] [--page-seconds 4]
                            [--warm-up 400] [--checkouts N] [--shop DIR] [--postgres CONNECTION] [--out FILE] [--environment NAME=VALUE …]
               eng/bench.sh renewals --engine postgres [--count 1000[,10000…]] [--warm-up 400] [--shop DIR] [--postgres CONNECTION] [--out FILE]
               eng/bench.sh sellers [--engine sqlite|postgres] [--transactions 10000[,100000…]] [--sellers 1000] [--calls 5000] [--connections 8]
                            [--shop DIR] [--postgres CONNECTION] [--out FILE]
               eng/bench.sh sessions [--engine sqlite|postgres] [--sessions 200] [--connections 8] [--seconds 20] [--shop DIR] [--postgres CONNECTION] [--out FILE]

        renewals          so many subscriptions that fall due within an hour, charged by two workers at the provider simulator; each count on a fresh database
        sellers           how long a seller's list of one buyer's transactions takes with so many of others' beside them; each number on a fresh database
        sessions          readers who have paid come again and again: at the shop's resources, at a page of another site, and the check alone
        --calls N         so many lists are measured, one after the other, and so many asked for before
        --checkouts N     so many checkouts instead of so many seconds
        --limit-seconds   how long each bare limit is measured; 0 leaves them out
        --page-seconds    how long each single page is measured; 0 leaves them out
        --shop DIR        the published shop; without it the program publishes one
        --postgres …      a server with its durable settings on; a database of its own is made there and dropped again
        """;

    public DatabaseEngine Engine { get; private init; } = DatabaseEngine.Sqlite;

    public int Connections { get; private init; } = 8;

    public double Seconds { get; private init; } = 20;

    public double LimitSeconds { get; private init; } = 4;

    public double PageSeconds { get; private init; } = 4;

    public int WarmUp { get; private init; } = 400;

    public int? Checkouts { get; private init; }

    /// <summary>How many renewals, in one run after the other.</summary>
    public IReadOnlyList<int> Counts { get; private init; } = [1000];

    /// <summary>How many transactions all sellers have together, in one run after the other.</summary>
    public IReadOnlyList<int> Transactions { get; private init; } = [10_000, 100_000];

    public int Sellers { get; private init; } = 1000;

    /// <summary>How many readers have paid for a resource.</summary>
    public int Sessions { get; private init; } = 200;

    /// <summary>How many lists of transactions are measured.</summary>
    public int Calls { get; private init; } = 5000;

    public string? Shop { get; private init; }

    public string? Postgres { get; private init; }

    public string? Out { get; private init; }

    public IReadOnlyDictionary<string, string> Environment { get; private init; } = new Dictionary<string, string>();

    /// <summary>Null: the arguments are not understood.</summary>
    public static BenchSettings? Parse(string[] arguments)
    {
        var settings = new BenchSettings();
        for (var i = 0; i + 1 < arguments.Length; i += 2)
        {
            var value = arguments[i + 1];
            if (With(settings, arguments[i], value) is not { } next)
            {
                return null;
            }

            settings = next;
        }

        return arguments.Length % 2 == 1 || (settings is { Engine: DatabaseEngine.Postgres, Postgres: null }) ? null : settings;
    }

    private static BenchSettings? With(BenchSettings settings, string name, string value) => name switch
    {
        "--engine" when value is "sqlite" => settings with { Engine = DatabaseEngine.Sqlite },
        "--engine" when value is "postgres" => settings with { Engine = DatabaseEngine.Postgres },
        "--connections" when Whole(value) is { } n and > 0 => settings with { Connections = n },
        "--seconds" when Number(value) is { } n => settings with { Seconds = n },
        "--limit-seconds" when Number(value) is { } n => settings with { LimitSeconds = n },
        "--page-seconds" when Number(value) is { } n => settings with { PageSeconds = n },
        "--warm-up" when Whole(value) is { } n => settings with { WarmUp = n },
        "--checkouts" when Whole(value) is { } n and > 0 => settings with { Checkouts = n },
        "--count" when Numbers(value) is { } counts => settings with { Counts = counts },
        "--transactions" when Numbers(value) is { } counts => settings with { Transactions = counts },
        "--sellers" when Whole(value) is { } n and > 0 => settings with { Sellers = n },
        "--sessions" when Whole(value) is { } n and > 0 => settings with { Sessions = n },
        "--calls" when Whole(value) is { } n and > 0 => settings with { Calls = n },
        "--shop" => settings with { Shop = value },
        "--postgres" => settings with { Postgres = value },
        "--out" => settings with { Out = value },
        "--environment" when value.Split('=', 2) is [var key, var set] => settings with { Environment = new Dictionary<string, string>(settings.Environment) { [key] = set } },
        _ => null,
    };

    private static int? Whole(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IReadOnlyList<int>? Numbers(string value) =>
        value.Split(',').Select(Whole).ToList() is var numbers && numbers.TrueForAll(n => n > 0) ? [.. numbers.Select(n => n!.Value)] : null;

    private static double? Number(string value) => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
