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

        renewals          so many subscriptions that fall due within an hour, charged by two workers at the provider simulator; each count on a fresh database
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
        "--count" when value.Split(',').Select(Whole).ToList() is var counts && counts.TrueForAll(n => n > 0) => settings with { Counts = [.. counts.Select(n => n!.Value)] },
        "--shop" => settings with { Shop = value },
        "--postgres" => settings with { Postgres = value },
        "--out" => settings with { Out = value },
        "--environment" when value.Split('=', 2) is [var key, var set] => settings with { Environment = new Dictionary<string, string>(settings.Environment) { [key] = set } },
        _ => null,
    };

    private static int? Whole(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? Number(string value) => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
