using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>What the shop refuses to start with. It says which key, and ends before it listens or writes (S33).</summary>
public sealed class StartTests
{
    private static readonly Dictionary<string, string> Sound = new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["ConnectionStrings__Shop"] = "Data Source=/dev/null/shop.db",
        ["Shop__PublicBaseUrl"] = "https://shop.example",
        ["AllowedHosts"] = "shop.example",
        ["Shop__AllowPlainKeyRing"] = "true",
    };

    [Theory]
    [InlineData("Production", "Shop__PublicBaseUrl", "http://shop.example", "Shop:PublicBaseUrl")]
    [InlineData("Production", "Shop__PublicBaseUrl", "", "Shop:PublicBaseUrl")]
    [InlineData("Production", "Shop__PublicBaseUrl", "https://shop.example/sub", "Shop:PublicBaseUrl")]
    [InlineData("Production", "AllowedHosts", "", "AllowedHosts")]
    [InlineData("Production", "AllowedHosts", "*", "AllowedHosts")]
    [InlineData("Production", "SignIn__HashIterations", "1000", "SignIn:HashIterations")]
    [InlineData("Production", "Limits__PerAddress", "off", "Limits:PerAddress")]
    [InlineData("Production", "Shop__AllowPlainKeyRing", "false", "Shop:KeyRingCertificate")]
    [InlineData("Development", "Shop__PublicBaseURI", "https://shop.example", "Shop:PublicBaseURI")]
    [InlineData("Development", "Mail__Smtp__Hots", "smtp.example", "Mail:Smtp:Hots")]
    [InlineData("Development", "Payments__Stirpe__Key", "x", "Payments:Stirpe:Key")]
    [InlineData("Development", "Limits__PerAdress", "on", "Limits:PerAdress")]
    [InlineData("Development", "Limits__PerAddress", "perhaps", "Limits:PerAddress")]
    [InlineData("Development", "Shop__Role", "boss", "Shop:Role")]
    [InlineData("Development", "Shop__Role", "worker", "ApiBase and ApiKey")]
    [InlineData("Development", "Database__Provider", "oracle", "Database:Provider")]
    [InlineData("Development", "Mail__From", "no address", "Mail:From")]
    [InlineData("Development", "Shop__KnownProxies__0", "not-an-address", "Shop:KnownProxies")]
    public async Task S33_Start_WrongSetting_IsRefusedByItsName(string environment, string key, string value, string named)
    {
        var settings = new Dictionary<string, string>(Sound) { ["ASPNETCORE_ENVIRONMENT"] = environment, [key] = value };
        var outcome = await ShopProcess.RunAsync(settings, [], TestContext.Current.CancellationToken);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(named, outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_EnvironmentVariableMail_IsNobodysSetting()
    {
        var outcome = await ShopProcess.RunAsync(
            new Dictionary<string, string>(Sound) { ["MAIL"] = "/var/mail/root", ["Limits__PerAddress"] = "off" }, [], TestContext.Current.CancellationToken);
        Assert.DoesNotContain("Mail", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutADatabase_SaysSo()
    {
        var outcome = await ShopProcess.RunAsync(Sound, ["check"], TestContext.Current.CancellationToken);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("There is no database at /dev/null/shop.db", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dance")]
    [InlineData("backup")]
    [InlineData("check", "twice")]
    public async Task Command_Unknown_SaysWhatThereIs(params string[] arguments)
    {
        var outcome = await ShopProcess.RunAsync(Sound, arguments, TestContext.Current.CancellationToken);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("grant-admin NAME", outcome.Errors, StringComparison.Ordinal);
    }
}
