namespace Shop.Web.Hosting;

/// <summary>What the program was started for.</summary>
internal abstract record ShopCommand
{
    private const string Dry = "--dry-run";

    private ShopCommand() { }

    /// <summary>Arguments that are settings, such as <c>--urls</c>.</summary>
    public IReadOnlyList<string> Settings { get; private init; } = [];

    public sealed record Serve : ShopCommand;

    public sealed record Migrate : ShopCommand;

    public sealed record Seed : ShopCommand;

    public sealed record SeedSeller(string Origin) : ShopCommand;

    public sealed record Check : ShopCommand;

    public sealed record Backup(string File) : ShopCommand;

    public sealed record GrantAdmin(string Name) : ShopCommand;

    public sealed record ImportMembers(string File, bool DryRun) : ShopCommand;

    public sealed record MailReturned(string Address, string? MessageId) : ShopCommand;

    /// <summary>Fee metrics. It has options of its own, so settings follow only in the form <c>--Section:Key value</c>.</summary>
    public sealed record Fees(IReadOnlyList<string> Words) : ShopCommand;

    /// <summary>Nothing the program knows; it says what it does know.</summary>
    public sealed record Unknown : ShopCommand;

    /// <summary>The first argument is the command, unless it is a setting; settings may follow it.</summary>
    public static ShopCommand Parse(IReadOnlyList<string> args)
    {
        if (args.Count == 0 || IsSetting(args[0]))
        {
            return new Serve { Settings = args };
        }

        if (args[0] == "fees")
        {
            var settings = args.Select((a, i) => (Name: a, Index: i)).Where(a => IsSetting(a.Name) && a.Name.Contains(':', StringComparison.Ordinal))
                .SelectMany(a => a.Name.Contains('=', StringComparison.Ordinal) ? [a.Index] : new[] { a.Index, a.Index + 1 }).Where(i => i < args.Count).ToHashSet();
            return new Fees([.. args.Where((_, i) => i > 0 && !settings.Contains(i))]) { Settings = [.. args.Where((_, i) => settings.Contains(i))] };
        }

        var isDry = args.Contains(Dry);
        args = [.. args.Where(a => a != Dry)];
        var words = args.TakeWhile(a => !IsSetting(a)).ToList();
        ShopCommand command = words switch
        {
            ["migrate"] when !isDry => new Migrate(),
            ["seed"] when !isDry => new Seed(),
            ["seed", "seller", var origin] when !isDry => new SeedSeller(origin),
            ["check"] when !isDry => new Check(),
            ["backup", var file] when !isDry => new Backup(file),
            ["grant-admin", var name] when !isDry => new GrantAdmin(name),
            ["mail-returned", var address] when !isDry => new MailReturned(address, null),
            ["mail-returned", var address, var message] when !isDry => new MailReturned(address, message),
            ["import", "members", var file] => new ImportMembers(file, isDry),
            _ => new Unknown(),
        };
        return command with { Settings = [.. args.Skip(words.Count)] };
    }

    private static bool IsSetting(string arg) => arg.StartsWith('-');
}
