using Shop.Core;
using Shop.Payments;
using Shop.Payments.Fees;
using Shop.TestKit;
using Shop.Web.Hosting;

namespace Shop.Web.Tests.Fees;

/// <summary>The commands <c>fees taler</c> and <c>fees shop</c>: exit codes, and never a trace of an exception.</summary>
public sealed class FeesCommandTests : IDisposable
{
    private const string Coins = """
        {"currency": "EUR", "denominations": [
          {"value": "EUR:1", "fee_withdraw": "EUR:0.02", "fee_deposit": "EUR:0.02", "fee_refresh": "EUR:0.02", "fee_refund": "EUR:0",
           "denoms": [{"stamp_start": {"t_s": 0}, "stamp_expire_withdraw": {"t_s": 1679837388}, "stamp_expire_deposit": {"t_s": 1742909388}}]},
          {"value": "EUR:0.1", "fee_withdraw": "EUR:0", "fee_deposit": "EUR:0", "fee_refresh": "EUR:0", "fee_refund": "EUR:0",
           "denoms": [{"stamp_start": {"t_s": 0}, "stamp_expire_withdraw": {"t_s": 1679837388}, "stamp_expire_deposit": {"t_s": 1742909388}}]}]}
        """;

    private const string Prices = """{"currency": "USD", "pointValue": 0.10, "items": [{"id": "paid12", "cash": 25, "months": 12}]}""";
    private const string Backends = """[{"id": "stripe", "pct": 2.9, "fix": 0.30}]""";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fees-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("json", "\"tool\": \"fees taler\"")]
    [InlineData("md", "# Fee metrics (fees taler)")]
    [InlineData("html", "<h1>Fee metrics (fees taler)</h1>")]
    public async Task Taler_SoundKeys_Return0(string format, string part)
    {
        var (code, output, errors) = await RunAsync("taler", "--keys", File("keys.json", Coins), "--now", "1660000000", "--withdraw", "5,10", "--spend", "1..5", "--step", "0.1", "--format", format);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(part, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taler_PolicyViolated_Returns1WithWholeOutput()
    {
        var policy = File("policy.json", """[{"rule": "no fees", "metric": "M2.directPct", "range": {"max": 0}}]""");
        var (code, output, _) = await RunAsync("taler", "--keys", File("keys.json", Coins), "--now", "1660000000", "--policy", policy);
        Assert.Equal(1, code);
        Assert.EndsWith("}\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "keys.json: is not JSON, in line 1")]
    [InlineData("{}", "keys.json: has neither denominations nor denoms")]
    [InlineData("""{"denominations": [{"value": "EUR:1", "denoms": [{}]}]}""", "keys.json: denominations[0].fee_withdraw: is missing")]
    [InlineData("""{"currency": "CHF", "denominations": [{"value": "EUR:1", "denoms": [{}]}]}""", "keys.json: denominations[0].value: must be in CHF, as everything else is")]
    [InlineData("""{"stefan_lin": 1, "denoms": []}""", "keys.json: names no currency")]
    public async Task Taler_MalformedKeys_Return2WithFileAndField(string keys, string problem)
    {
        var (code, output, errors) = await RunAsync("taler", "--keys", File("keys.json", keys));
        Assert.Equal((2, ""), (code, output));
        Assert.EndsWith(problem + Environment.NewLine, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fees: is followed by taler or shop")]
    [InlineData("fees: is followed by taler or shop", "both")]
    [InlineData("--keys: is missing: the file with the exchange's keys", "taler")]
    [InlineData("--keys: there is no file nowhere.json", "taler", "--keys", "nowhere.json")]
    [InlineData("--keys: needs a value behind it", "taler", "--keys")]
    [InlineData("--keys: is given twice", "taler", "--keys", "a", "--keys", "b")]
    [InlineData("--prices: is no option here; there are --coins,", "taler", "--prices", "a")]
    [InlineData("fees shop: needs --prices and --backends here", "shop")]
    public async Task WrongWords_Return2AndAreNamed(string problem, params string[] words)
    {
        var (code, output, errors) = await RunAsync(words);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(problem, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--now", "soon", "--now: must be a day")]
    [InlineData("--spend", "5", "--spend: must be two amounts such as 1..20")]
    [InlineData("--spend", "5..1", "--spend: must begin with the smaller amount")]
    [InlineData("--step", "0.15", "--step: must be a multiple of the smallest value, 0.10")]
    [InlineData("--withdraw", "5,x", "--withdraw: x is no amount")]
    [InlineData("--withdraw", "CHF:5", "--withdraw: CHF:5 is no amount")]
    [InlineData("--refresh-at", "0", "--refresh-at: must be a part of the spending time")]
    [InlineData("--wire", "iban", "--wire: iban is not in")]
    [InlineData("--format", "pdf", "--format: must be json, md or html")]
    [InlineData("--coins", "0", "--coins: must be a whole number from 1 to 100000")]
    public async Task WrongValues_Return2AndAreNamed(string option, string value, string problem)
    {
        List<string> words = ["taler", "--keys", File("keys.json", Coins), option, value];
        var (code, output, errors) = await RunAsync([.. option == "--now" ? words : [.. words, "--now", "1660000000"]]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(problem, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shop_FilesGiven_Return0And1And2()
    {
        string[] words = ["shop", "--prices", File("prices.json", Prices), "--backends", File("backends.json", Backends), "--now", "2026-11-23"];
        Assert.Equal(0, (await RunAsync(words)).Code);
        Assert.Equal(1, (await RunAsync([.. words, "--policy", File("policy.json", """[{"rule": "cheap", "metric": "M4.max", "range": {"max": 4}}]""")])).Code);
        Assert.Equal(2, (await RunAsync(["shop", "--prices", File("prices.json", "[]"), "--backends", File("backends.json", Backends)])).Code);
    }

    [Theory]
    [InlineData("prices.json", """{"currency": "USD", "pointValue": "EUR:1"}""", "prices.json: pointValue: must be in USD, as everything else is")]
    [InlineData("backends.json", """[{"id": "stripe", "pct": 2.9}]""", "backends.json: [0].fix: is missing")]
    [InlineData("policy.json", """[{"rule": "x", "metric": "M99", "range": 1}]""", "policy.json: [0].metric: M99 is no metric of this output")]
    public async Task Shop_MalformedFile_Returns2WithFileAndField(string name, string text, string problem)
    {
        string[] words =
        [
            "shop", "--prices", File("prices.json", Prices), "--backends", File("backends.json", Backends), "--policy", File("policy.json", "[]"),
        ];
        File(name, text);
        var (code, output, errors) = await RunAsync(words);
        Assert.Equal((2, ""), (code, output));
        Assert.EndsWith(problem + Environment.NewLine, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taler_EstimateOfTheWholeAmount_Returns2()
    {
        var keys = File("keys.json", Coins.Replace("\"currency\": \"EUR\"", "\"currency\": \"EUR\", \"stefan_lin\": 1", StringComparison.Ordinal));
        var (code, _, errors) = await RunAsync("taler", "--keys", keys, "--now", "1660000000");
        Assert.Equal(2, code);
        Assert.Contains("keys.json: stefan_lin: must be below 1", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shop_OtherMoneyThanTheRules_Returns2()
    {
        var prices = File("prices.json", Prices.Replace("USD", "EUR", StringComparison.Ordinal));
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var own = new FeesInForce(new ShopPrices { Currency = Currency.Usd, PointValue = 1 }, [], default, [], new Dictionary<string, string>());
        Assert.Equal(2, await new FeesCommand(output, errors, TimeProvider.System).RunAsync(["shop", "--prices", prices], _ => Task.FromResult(own), TestContext.Current.CancellationToken));
        Assert.Contains("prices.json: currency: must be USD", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolder_IsNoFile()
    {
        var (code, _, errors) = await RunAsync("taler", "--keys", folder.FullName);
        Assert.Equal(2, code);
        Assert.StartsWith($"--keys: {folder.FullName} cannot be read: ", errors, StringComparison.Ordinal);
    }

    /// <summary>The figures are of the shop's rules, and there is no shop yet.</summary>
    [Fact]
    public async Task Shop_WithoutADatabase_Returns2()
    {
        var outcome = await ShopProcess.RunAsync(ShopProcess.SettingsIn(folder.FullName), ["fees", "shop"], TestContext.Current.CancellationToken);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("fees shop: there is no database at ", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_FeesCommand_KeepsItsOptionsAndTakesSettings()
    {
        var command = Assert.IsType<ShopCommand.Fees>(ShopCommand.Parse(["fees", "taler", "--keys", "a.json", "--Database:Provider", "sqlite"]));
        Assert.Equal(["taler", "--keys", "a.json"], command.Words);
        Assert.Equal(["--Database:Provider", "sqlite"], command.Settings);
    }

    /// <summary>The program itself, without any setting: a file can be looked at anywhere.</summary>
    [Fact]
    public async Task Taler_AsAProcess_Returns0And2()
    {
        var nothing = new Dictionary<string, string>();
        var sound = await ShopProcess.RunAsync(nothing, ["fees", "taler", "--keys", File("keys.json", Coins), "--now", "1660000000"], TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (sound.ExitCode, sound.Errors));
        var broken = await ShopProcess.RunAsync(nothing, ["fees", "taler", "--keys", File("broken.json", "{\"denominations\": [}")], TestContext.Current.CancellationToken);
        Assert.Equal((2, ""), (broken.ExitCode, broken.Output));
        Assert.Single(broken.Errors.Trim().Split('\n'));
        Assert.EndsWith("broken.json: is not JSON, in line 1", broken.Errors.Trim(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] words)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await new FeesCommand(output, errors, TimeProvider.System).RunAsync(words, inForce: null, TestContext.Current.CancellationToken);
        return (code, output.ToString(), errors.ToString());
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
