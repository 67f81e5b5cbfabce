using System.Data.Common;
using System.Globalization;
using Shop.Core;
using Shop.Payments.Fees;

namespace Shop.Web.Hosting;

/// <summary>Runs the commands. Results go to the output; the log goes to standard error.</summary>
internal sealed class CommandLine(IServiceProvider services, TextWriter output)
{
    private const int Done = 0;
    private const int NotDone = 1;
    public const int Misused = 2;

    public const string Usage = """
        Usage: dotnet run --project Shop.Web [-- COMMAND] [--setting value …]

          (none)            migrates, seeds in Development, serves
          migrate           brings the database to the present
          seed              makes the demo members (Development only)
          seed seller ORIGIN
                            also makes the seller of samples/DemoSeller (Development only)
          check             every invariant over the books; prints the rows that break one; exit code 0 or 1
          backup FILE       a copy of the SQLite database, while the shop runs
          grant-admin NAME  makes a member the owner of the site
          mail-returned ADDRESS [MESSAGE-ID]
                            a mail to this address came back: its member and staff see it; exit code 1 when neither is known
          import members FILE [--dry-run]
                            brings members from a file of name,email,class,until,points,maintains, and more columns:
                            created,last_post,posts,comments,recent_posts,recent_comments,members,circle
          fees taler --keys FILE [options] · fees shop [--prices FILE] [--backends FILE] [options]
                            fee metrics (docs/fees.md); exit code 0, 1 when a rule of --policy is violated, 2 when something given is not valid
        """;

    /// <returns>The exit code: 0 done, 1 not done, 2 not understood.</returns>
    public async Task<int> RunAsync(ShopCommand command, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await RunAsync(scope.ServiceProvider, command, cancellationToken);
        }
        catch (DbException e)
        {
            await SayAsync($"The database cannot be used: {e.Message}");
            return NotDone;
        }
    }

    private Task<int> RunAsync(IServiceProvider scope, ShopCommand command, CancellationToken cancellationToken) => command switch
    {
        ShopCommand.Migrate => MigrateAsync(scope, cancellationToken),
        ShopCommand.Seed => SeedAsync(scope, cancellationToken),
        ShopCommand.SeedSeller seed => SeedSellerAsync(scope, seed.Origin, cancellationToken),
        ShopCommand.Check => CheckAsync(scope, cancellationToken),
        ShopCommand.Backup backup => BackupAsync(scope, backup.File, cancellationToken),
        ShopCommand.GrantAdmin grant => GrantAdminAsync(scope, grant.Name, cancellationToken),
        ShopCommand.MailReturned returned => MailReturnedAsync(scope, returned, cancellationToken),
        ShopCommand.Fees fees => FeesAsync(scope, fees.Words, cancellationToken),
        ShopCommand.ImportMembers import => ImportAsync(scope, import, cancellationToken),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private async Task<int> MigrateAsync(IServiceProvider scope, CancellationToken cancellationToken)
    {
        await DatabaseStartService.StartAsync(scope, demo: false, cancellationToken);
        await SayAsync("The database is up to date.");
        return Done;
    }

    private async Task<int> SeedAsync(IServiceProvider scope, CancellationToken cancellationToken)
    {
        if (!scope.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            await SayAsync("Nothing was seeded: demo members are made in Development only, because their password is public.");
            return NotDone;
        }

        await DatabaseStartService.StartAsync(scope, demo: true, cancellationToken);
        await SayAsync("The demo members are there: member, friend, admin.");
        return Done;
    }

    private async Task<int> SeedSellerAsync(IServiceProvider scope, string origin, CancellationToken cancellationToken)
    {
        if (await SeedAsync(scope, cancellationToken) is not Done and var code)
        {
            return code;
        }

        if (await scope.GetRequiredService<DemoSeller>().EnsureAsync(origin, cancellationToken) is not { } key)
        {
            await SayAsync($"{origin} is no origin such as http://127.0.0.1:5090.");
            return NotDone;
        }

        await SayAsync($"The seller of samples/DemoSeller is there, for {origin}.");
        await SayAsync($"Its publishable key: {key}");
        return Done;
    }

    private async Task<int> CheckAsync(IServiceProvider scope, CancellationToken cancellationToken)
    {
        if (scope.GetRequiredService<ShopDatabase>().File is { } file && !File.Exists(file))
        {
            await SayAsync($"There is no database at {file}. The command migrate makes one.");
            return NotDone;
        }

        var problems = await scope.GetRequiredService<DatabaseStart>().ProblemsAsync(cancellationToken);
        foreach (var problem in problems)
        {
            await SayAsync(problem);
        }

        if (problems.Count > 0)
        {
            return NotDone;
        }

        var violations = await scope.GetRequiredService<Books>().CheckAsync(cancellationToken);
        foreach (var violation in violations)
        {
            await SayAsync(string.Create(CultureInfo.InvariantCulture, $"{violation.Invariant}\t{violation.Ref}\t{violation.Detail}\t{violation.Value}"));
        }

        await SayAsync(violations.Count == 0
            ? "The books are healthy."
            : string.Create(CultureInfo.InvariantCulture, $"{violations.Count} rows break an invariant."));
        return violations.Count == 0 ? Done : NotDone;
    }

    private async Task<int> BackupAsync(IServiceProvider scope, string file, CancellationToken cancellationToken)
    {
        var result = await Backup.RunAsync(scope.GetRequiredService<ShopDatabase>(), file, cancellationToken);
        await SayAsync(result switch
        {
            BackupResult.Made made => string.Create(CultureInfo.InvariantCulture, $"Backed up to {made.File} ({made.Bytes} bytes)."),
            BackupResult.NotThisEngine => "This shop runs on PostgreSQL: use pg_dump, or its continuous archiving. Nothing was written.",
            BackupResult.FileExists there => $"{there.File} exists already. Nothing was written.",
            BackupResult.NoDatabase there => $"There is no database at {there.File}. Nothing was written.",
            BackupResult.Damaged damaged => $"The copy is damaged and was removed: {damaged.Problem}",
            _ => throw new System.Diagnostics.UnreachableException(),
        });
        return result is BackupResult.Made ? Done : NotDone;
    }

    private async Task<int> GrantAdminAsync(IServiceProvider scope, string name, CancellationToken cancellationToken)
    {
        await DatabaseStartService.StartAsync(scope, demo: false, cancellationToken);
        var isGranted = await scope.GetRequiredService<StaffDesk>().GrantOwnerAsync(name, cancellationToken);
        await SayAsync(isGranted
            ? $"{name} is an owner of this site now. Staff passwords have at least {Security.PasswordRules.LeastForStaff} characters: change a shorter one."
            : $"Nobody here is called {name}. Register first.");
        return isGranted ? Done : NotDone;
    }

    private async Task<int> MailReturnedAsync(IServiceProvider scope, ShopCommand.MailReturned returned, CancellationToken cancellationToken)
    {
        await DatabaseStartService.StartAsync(scope, demo: false, cancellationToken);
        var result = await scope.GetRequiredService<MailReturns>().NoteAsync(returned.Address, returned.MessageId, cancellationToken);
        await SayAsync(string.Create(
            CultureInfo.InvariantCulture, $"Accounts with this address: {result.Accounts}; {(returned.MessageId is null ? "no message named" : result.Message ? "the message is marked" : "no such message")}."));
        return result.Accounts > 0 || result.Message ? Done : NotDone;
    }

    private async Task<int> FeesAsync(IServiceProvider scope, IReadOnlyList<string> words, CancellationToken cancellationToken) =>
        await new FeesCommand(output, Console.Error, scope.GetRequiredService<TimeProvider>()).RunAsync(words, now => FeesInForceAsync(scope, now, cancellationToken), cancellationToken);

    private static async Task<FeesInForce> FeesInForceAsync(IServiceProvider scope, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string place = "fees shop";
        if (scope.GetRequiredService<ShopDatabase>().File is { } file && !File.Exists(file))
        {
            throw new FeeInputException(place, $"there is no database at {file}. The command migrate makes one; or give --prices and --backends");
        }

        try
        {
            return await scope.GetRequiredService<FeeDesk>().InForceAsync(scope.GetRequiredService<ShopDbContext>(), now, cancellationToken);
        }
        catch (DbException e)
        {
            throw new FeeInputException(place, $"the database cannot be used: {e.Message}");
        }
    }

    private async Task<int> ImportAsync(IServiceProvider scope, ShopCommand.ImportMembers import, CancellationToken cancellationToken)
    {
        if (!File.Exists(import.File))
        {
            await SayAsync($"There is no file {import.File}.");
            return NotDone;
        }

        await DatabaseStartService.StartAsync(scope, demo: false, cancellationToken);
        var text = await File.ReadAllTextAsync(import.File, cancellationToken);
        var result = await scope.GetRequiredService<MemberImport>().RunAsync(text, name => Security.UserNames.Problem(name) is null, import.DryRun, cancellationToken);
        foreach (var problem in result.Problems)
        {
            await SayAsync(problem);
        }

        foreach (var name in result.Left)
        {
            await SayAsync($"{name} has time already, which stays as it is.");
        }

        foreach (var name in result.Unknown)
        {
            await SayAsync($"{name} stands in a circle, and nobody has that name: left out.");
        }

        await SayAsync(result.Problems.Count > 0
            ? "Nothing was changed."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(import.DryRun ? "It would make" : "Made")}: members {result.Members}, communities {result.Communities}, memberships {result.Times}, balances of points {result.Points}, activity {result.Activities}, names in circles {result.Circle}."));
        return result.Problems.Count > 0 ? NotDone : Done;
    }

    private Task SayAsync(string line) => output.WriteLineAsync(line);
}
