using Xunit;

namespace Shop.TestKit;

/// <summary>A file of the repository that is written from the code. With <c>SHOP_WRITE_DOCS=1</c> the test writes it instead of comparing.</summary>
public sealed class WrittenFile(string path, string text)
{
    public static bool Writing { get; } = Environment.GetEnvironmentVariable("SHOP_WRITE_DOCS") == "1";

    public void Check()
    {
        var file = Repository.Path(path.Split('/'));
        if (Writing)
        {
            File.WriteAllText(file, text);
        }

        Assert.Equal(text, File.Exists(file) ? File.ReadAllText(file) : "", ignoreLineEndingDifferences: true);
    }
}
