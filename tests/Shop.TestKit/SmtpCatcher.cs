using System.Diagnostics;
using System.Text.Json;

namespace Shop.TestKit;

/// <summary>A mail as a mail server got it.</summary>
/// <param name="Recipients">Those of the envelope: who gets it, whatever its headers say.</param>
/// <param name="Head">The header lines as they came.</param>
/// <param name="Headers">Their names, in lower case.</param>
/// <param name="Secure">It came encrypted.</param>
/// <param name="User">Who signed in to send it; null: nobody had to.</param>
public sealed record CaughtMail(
    IReadOnlyList<string> Recipients, string Head, IReadOnlyList<string> Headers, string To, string Subject, string MessageId, string Text, string Html, bool Secure, string? User);

/// <summary>How a mail server behaves.</summary>
/// <param name="Key">Its key and certificate as PEM; with them it offers STARTTLS.</param>
/// <param name="Cert">See <paramref name="Key"/>.</param>
/// <param name="User">Who alone may send, after STARTTLS.</param>
/// <param name="Password">Their password.</param>
/// <param name="Refuse">Mailboxes that it does not have.</param>
/// <param name="Busy">Mailboxes that it turns away for now, the first time.</param>
public sealed record SmtpBehaviour(
    string? Key = null, string? Cert = null, string? User = null, string? Password = null, IReadOnlyList<string>? Refuse = null, IReadOnlyList<string>? Busy = null);

/// <summary>A real mail server on a loopback port (tests/tools/smtp-catcher.mjs) that hands over what it is sent.</summary>
public sealed class SmtpCatcher : IDisposable
{
    private static readonly string Tools = Repository.Path("tests", "tools");

    private readonly Process process;

    private SmtpCatcher(Process process, int port) => (this.process, Port) = (process, port);

    /// <summary>Why there is none here; null when there is.</summary>
    public static string? Absent { get; } = Directory.Exists(Path.Combine(Tools, "node_modules", "smtp-server"))
        ? null
        : "NO MAIL SERVER: tests/tools has no node_modules (eng/setup.sh installs them). No mail was sent to a server.";

    public int Port { get; }

    public static async Task<SmtpCatcher> StartAsync(CancellationToken cancellationToken, SmtpBehaviour? behaviour = null)
    {
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Tools, "smtp-catcher.mjs"), JsonSerializer.Serialize(behaviour ?? new SmtpBehaviour(), JsonSerializerOptions.Web)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("node did not start.");
        var first = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The mail server did not start.");
        return new SmtpCatcher(process, JsonDocument.Parse(first).RootElement.GetProperty("port").GetInt32());
    }

    /// <summary>Every mail from now on, until the server ends.</summary>
    public async IAsyncEnumerable<CaughtMail> AllAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            yield return JsonSerializer.Deserialize<CaughtMail>(line, JsonSerializerOptions.Web)!;
        }
    }

    /// <summary>Waits for the next mail.</summary>
    public async Task<CaughtMail> NextAsync(CancellationToken cancellationToken)
    {
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(ShopProcess.Patience, cancellationToken);
        return JsonSerializer.Deserialize<CaughtMail>(line ?? throw new InvalidOperationException("The mail server has ended."), JsonSerializerOptions.Web)!;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
