using Shop.TestKit;

namespace Shop.Web.Tests.Embed;

/// <summary>Selling costs a site at most 25 lines of its own.</summary>
public sealed class DemoSellerTests
{
    [Fact]
    public void MZ_44_DemoSeller_SellsInAtMost25LinesOfItsOwn()
    {
        var lines = File.ReadLines(Repository.Path("samples", "DemoSeller", "Selling.cs")).Select(line => line.Trim())
            .Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, 10, 25);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Repository.Path("samples", "DemoSeller"), "*.cs").Where(file => Path.GetFileName(file) != "Selling.cs" && !file.Contains("obj", StringComparison.Ordinal)),
            file => File.ReadAllText(file).Contains("dreamshop", StringComparison.OrdinalIgnoreCase));
    }
}
