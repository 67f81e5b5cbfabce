using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Api;

/// <summary>The real program, and in it a seller, made at the desk as its operator makes one.</summary>
public sealed class SellingProgram : IAsyncLifetime
{
    public const string Product = "gold";

    private readonly TemporaryFolder folder = new();
    private ShopProcess? process;

    public Uri Address { get; private set; } = ShopHost.Address;

    public string Key { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        process = ShopProcess.Serve(folder.Path);
        Address = await process.OpenAsync(CancellationToken.None);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        using var http = new HttpClient(handler) { BaseAddress = Address };
        var admin = new Visitor(http);
        await admin.SubmitAsync(await admin.GetAsync("/account/login"), ("UserName", "admin"), ("Password", ShopHost.Password));
        var seller = (await admin.SubmitAsync(
            await admin.GetAsync("/admin/sellers"), ("Handle", "radio"), ("Name", "Harbour Radio"), ("Contact", "help@radio.example"))).Address.AbsolutePath;
        await admin.SubmitAsync(
            await admin.GetAsync($"{seller}/products/new"), ("Code", Product), ("Title", "Gold"), ("Amount", "5.00"), ("Sale", "recurring"), ("Months", "1"), ("OnSale", "true"));
        var page = await admin.SubmitAsync(
            await admin.GetAsync(seller), "form[action$='handler=Key']", null, [.. new[] { "read", "buyers", "methods", "subscriptions", "charges" }.Select(scope => ("Scopes", scope))]);
        Key = page.Text("new-key") ?? throw new InvalidOperationException($"No key was made: {page.Error}");
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        folder.Dispose();
    }
}

/// <summary>eng/first-purchase.sh, run as docs/sellers.md says, at the real program.</summary>
public sealed partial class FirstPurchaseTests(SellingProgram shop) : IClassFixture<SellingProgram>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task MZ_8_Script_MakesTheSevenCallsInOrder_AndTheCardIsCharged()
    {
        var (code, said, told) = await RunAsync(shop.Key, SellingProgram.Product);
        Assert.True((code, said) == (0, "succeeded\n"), $"It ended with {code}:\n{said}{told}");
        Assert.Equal(
            [
                "1: POST /api/v1/buyer", "2: POST /api/v1/provider/tokenized-payment-method", "3: POST /api/v1/payment", "4: POST /api/v1/subscription", "5: POST /api/v1/transaction",
                "6: POST /api/v1/provider/charge-subscription", "7: PATCH /api/v1/transaction/ID",
            ],
            Calls(told));
    }

    [Fact(Timeout = 300_000)]
    public async Task MZ_8_Script_StopsAtARefusal_AndShowsIt()
    {
        var (code, said, told) = await RunAsync(shop.Key, "silver");
        Assert.NotEqual((0, "succeeded\n"), (code, said));
        Assert.Equal(4, Calls(told).Count);
        Assert.Contains("The seller has no such product.", told, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task MZ_8_Script_WithAKeyThatIsNone_MakesOneCall()
    {
        var (code, said, told) = await RunAsync(shop.Key[..^1] + (shop.Key[^1] == '2' ? '3' : '2'), SellingProgram.Product);
        Assert.True(code != 0 && said.Length == 0, $"It ended with {code}:\n{said}{told}");
        Assert.Single(Calls(told));
        Assert.Contains("key_unknown", told, StringComparison.Ordinal);
    }

    private static List<string> Calls(string told) => [.. Call().Matches(told).Select(match => Id().Replace(match.Value, "/ID"))];

    private async Task<(int Code, string Said, string Told)> RunAsync(string key, string product)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Repository.Path("eng", "first-purchase.sh")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SHOP"] = shop.Address.GetLeftPart(UriPartial.Authority), ["KEY"] = key, ["PRODUCT"] = product },
        }) ?? throw new InvalidOperationException("bash does not start.");
        var (said, told) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await said, await told);
    }

    [GeneratedRegex("^[0-9]: [A-Z]+ /api/v1/.*$", RegexOptions.Multiline)]
    private static partial Regex Call();

    [GeneratedRegex("/[0-9a-f]{32}$")]
    private static partial Regex Id();
}
