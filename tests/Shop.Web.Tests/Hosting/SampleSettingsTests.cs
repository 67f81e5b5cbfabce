using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;
using Shop.Web.Hosting;

namespace Shop.Web.Tests.Hosting;

/// <summary>appsettings.sample.json explains every setting: the shop starts with it, and it names those there are and no others.</summary>
public abstract partial class SampleSettingsTests(TestDatabase database) : ShopTests(database)
{
    /// <summary>Where things are on this machine is the test's business.</summary>
    private static readonly string[] Places = ["ConnectionStrings:Shop", "Database:Provider", "Mail:Folder", "Payments:Sandbox:BankFile"];

    private static readonly IReadOnlyDictionary<string, string?> Sample = new ConfigurationBuilder()
        .AddJsonFile(Repository.Path("appsettings.sample.json")).Build().AsEnumerable(makePathsRelative: false)
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    protected override ShopSettings Settings => new()
    {
        Environment = "Production",
        Values = Sample.Where(pair => pair.Value is not null && !Places.Contains(pair.Key)).ToDictionary(),
    };

    [Fact]
    public async Task Shop_StartsInProductionWithTheSample() =>
        Assert.True((await Shop.NewVisitor().GetAsync("/health/ready")).Response.IsSuccessStatusCode);

    [Fact]
    public void Sample_NamesEverySettingAndNoOther()
    {
        var sections = Shop.Services.GetServices<SettingsSection>().ToList();
        var known = sections.SelectMany(s => s.Keys()).Distinct().Order(StringComparer.Ordinal).ToList();
        var roots = known.Select(key => key.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var parents = Sample.Keys.SelectMany(key => Enumerable.Range(1, key.Count(c => c == ':')).Select(i => string.Join(':', key.Split(':').Take(i)))).ToHashSet(StringComparer.Ordinal);
        var named = Sample.Keys.Where(key => roots.Contains(key.Split(':')[0]) && !parents.Contains(key))
            .Select(key => Index().Replace(key, ":*")).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.Equal(known, named);
    }

    [GeneratedRegex(":[0-9]+$")]
    private static partial Regex Index();
}

public sealed class SampleSettingsTests_Sqlite(SqliteDatabase database) : SampleSettingsTests(database), IClassFixture<SqliteDatabase>;

public sealed class SampleSettingsTests_Postgres(PostgresDatabase database) : SampleSettingsTests(database), IClassFixture<PostgresDatabase>;
