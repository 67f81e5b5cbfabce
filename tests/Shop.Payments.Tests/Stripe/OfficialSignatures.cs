using System.Diagnostics;
using System.Text.Json;
using Shop.TestKit;

namespace Shop.Payments.Tests.Stripe;

/// <summary>Stripe's own library (tests/tools, npm) as the judge of signatures, so that plug-in and simulator cannot share a mistake.</summary>
public sealed class OfficialSignatures : IDisposable
{
    private Process? process;

    public static string? Absent { get; } = Directory.Exists(Repository.Path("tests", "tools", "node_modules", "stripe"))
        ? null
        : "NO STRIPE LIBRARY: tests/tools has no node_modules (eng/setup.sh installs them). No signature was compared with it.";

    public async Task<string> SignAsync(string payload, string secret, DateTimeOffset at) =>
        (await AskAsync(new { @do = "sign", payload, secret, timestamp = at.ToUnixTimeSeconds() })).GetProperty("header").GetString()!;

    /// <summary>The event's type; null when the library refuses it.</summary>
    public async Task<string?> CheckAsync(string payload, string header, string secret) =>
        (await AskAsync(new { @do = "check", payload, header, secret })).TryGetProperty("type", out var type) ? type.GetString() : null;

    private async Task<JsonElement> AskAsync(object question)
    {
        Assert.SkipUnless(Absent is null, Absent ?? "");
        process ??= Process.Start(new ProcessStartInfo("node", [Repository.Path("tests", "tools", "stripe-signatures.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question));
        await process.StandardInput.FlushAsync();
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(line ?? throw new InvalidOperationException("The library's process has ended.")).RootElement;
    }

    public void Dispose()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
        }

        process?.Dispose();
    }
}
