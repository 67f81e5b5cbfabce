namespace Shop.TestKit;

/// <summary>Places in the working copy that tests read from or run.</summary>
public static class Repository
{
    /// <summary>The folder with DreamShop.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>
    /// The requirements, which are kept outside the repository: <c>SHOP_SHARED</c>, or the nearest folder "shared" above it.
    /// Null where they are absent; tests that compare with them are then skipped and say so.
    /// </summary>
    public static string? Shared { get; } = FindShared();

    public const string SharedAbsent = "the requirements (../shared, or SHOP_SHARED) are not on this machine";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "DreamShop.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"DreamShop.sln is in no folder above {AppContext.BaseDirectory}");
    }

    private static string? FindShared()
    {
        if (Environment.GetEnvironmentVariable("SHOP_SHARED") is { Length: > 0 } named)
        {
            return Directory.Exists(System.IO.Path.Combine(named, "parity"))
                ? named
                : throw new DirectoryNotFoundException($"SHOP_SHARED is \"{named}\", which has no folder \"parity\"");
        }

        for (var folder = new DirectoryInfo(Root).Parent; folder is not null; folder = folder.Parent)
        {
            var shared = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(shared, "parity")))
            {
                return shared;
            }
        }

        return null;
    }
}
