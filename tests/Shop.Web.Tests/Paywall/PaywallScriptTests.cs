using System.Diagnostics;
using System.Net;
using Shop.TestKit;
using Shop.Web.Tests.Api;

namespace Shop.Web.Tests.Paywall;

/// <summary>The script of docs/paywall.md, as it stands there, at the real program: a paywall by curl (D12).</summary>
public sealed class PaywallScriptTests(SellingProgram shop) : IClassFixture<SellingProgram>
{
    private const string Page = "<p>It is quiet there.</p>\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task D12_ScriptOfTheDocument_ShowsThePageOnceItIsPaid()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "moon.html"), Page, Cancel);
        using var process = Start(folder.Path, shop.Key);
        var told = process.StandardError.ReadToEndAsync(Cancel);
        var location = await process.StandardOutput.ReadLineAsync(Cancel);
        Assert.StartsWith($"Location: {shop.Address.GetLeftPart(UriPartial.Authority)}/orders/", location, StringComparison.Ordinal);

        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var http = new HttpClient(handler) { BaseAddress = shop.Address };
        var payer = new Visitor(http);
        var pay = await payer.SubmitAsync(await payer.GetAsync(new Uri(location!["Location: ".Length..]).PathAndQuery), "form:has([data-testid=pay-here])", null);
        await payer.PressAsync(await payer.SubmitAsync(pay, ("Provider", "sandbox")), "ok");
        Assert.Equal(Page, await process.StandardOutput.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, await told);
    }

    [Fact(Timeout = 300_000)]
    public async Task D12_ScriptOfTheDocument_WithAKeyThatIsNone_StopsAndShowsNothing()
    {
        using var folder = new TemporaryFolder();
        using var process = Start(folder.Path, "nothing");
        var told = process.StandardError.ReadToEndAsync(Cancel);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("401", await told, StringComparison.Ordinal);
    }

    /// <summary>The server itself refuses what can stand in no path; only a real one does.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("/orders/%00")]
    [InlineData("/orders/22222222222222222222222222%00?token=x")]
    [InlineData("/orders/%00/paid")]
    [InlineData("/r/%00")]
    [InlineData("/r/%00/file")]
    [InlineData("/r/%ff")]
    [InlineData("/orders/%ff?token=%ff&session_id=%00")]
    [InlineData("/private/orders/%00")]
    public async Task P1_WhatCanStandInNoPath_IsRefused(string address)
    {
        using var http = new HttpClient { BaseAddress = shop.Address };
        foreach (var form in new[] { "text/html", "application/json", "text/plain" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", form);
            using var answer = await http.SendAsync(request, Cancel);
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized, $"{address} {form}: {(int)answer.StatusCode}");
        }
    }

    private Process Start(string folder, string key)
    {
        var text = File.ReadAllText(Repository.Path("docs", "paywall.md")).ReplaceLineEndings("\n");
        var from = text.IndexOf("```sh\n", StringComparison.Ordinal) + "```sh\n".Length;
        var script = text[from..text.IndexOf("```\n", from, StringComparison.Ordinal)];
        return Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SHOP"] = shop.Address.GetLeftPart(UriPartial.Authority), ["KEY"] = key, ["SESSION"] = "reader-7" },
        }) ?? throw new InvalidOperationException("sh does not start.");
    }
}
