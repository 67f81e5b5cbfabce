using System.Diagnostics;
using Shop.Core;

namespace Shop.TestKit;

/// <summary>The shop's own program as a process of its own, which can be killed as a machine would be: without notice.</summary>
public sealed class KillableShop : IAsyncDisposable
{
    private const string DatabaseCommand = "Executing DbCommand";

    private readonly Process process;
    private readonly string folder = Directory.CreateTempSubdirectory("shop-process-").FullName;
    private readonly List<string> lines = [];

    private KillableShop(ShopDatabase place, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Shop.Web.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Database__Provider"] = place.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres";
        start.Environment["ConnectionStrings__Shop"] = place.ConnectionString;
        start.Environment["Logging__LogLevel__Microsoft.EntityFrameworkCore.Database.Command"] = "Debug";
        process = Process.Start(start)!;
    }

    public static KillableShop Start(ShopDatabase place, params string[] arguments) => new(place, arguments);

    /// <summary>What it said, results and log.</summary>
    public string Said => string.Join(Environment.NewLine, lines);

    /// <summary>Kills it after so many commands to the database. Returns whether it came that far.</summary>
    public async Task<bool> KillAfterAsync(int commands, CancellationToken cancellationToken)
    {
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.Contains(DatabaseCommand, StringComparison.Ordinal) && --commands == 0)
            {
                process.Kill();
                await process.WaitForExitAsync(cancellationToken);
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits for its end; the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        var result = process.StandardOutput.ReadToEndAsync(cancellationToken);
        lines.Add(await process.StandardError.ReadToEndAsync(cancellationToken));
        lines.Add(await result);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
