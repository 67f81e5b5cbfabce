using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.Web.Display;

/// <summary>
/// What <c>asp-append-version</c> puts behind a file's address: the hash of its content. The framework's own watches the folder to learn of changes, and where the
/// system has no watch left a page fails; this looks at the file's time and length instead.
/// </summary>
internal sealed class FileVersions(IWebHostEnvironment environment) : IFileVersionProvider
{
    private readonly ConcurrentDictionary<string, Known> known = new(StringComparer.Ordinal);

    private sealed record Known(DateTimeOffset At, long Length, string Version);

    public string AddFileVersionToPath(PathString requestPathBase, string path)
    {
        if (path.Contains(':', StringComparison.Ordinal) || path.Contains('?', StringComparison.Ordinal) || path.Contains('#', StringComparison.Ordinal))
        {
            return path;
        }

        var within = requestPathBase.HasValue && path.StartsWith(requestPathBase.Value!, StringComparison.OrdinalIgnoreCase) ? path[requestPathBase.Value!.Length..] : path;
        var file = environment.WebRootFileProvider.GetFileInfo(within);
        if (!file.Exists)
        {
            return path;
        }

        if (!known.TryGetValue(within, out var version) || version.At != file.LastModified || version.Length != file.Length)
        {
            using var content = file.CreateReadStream();
            known[within] = version = new Known(file.LastModified, file.Length, WebEncoders.Base64UrlEncode(SHA256.HashData(content)));
        }

        return QueryHelpers.AddQueryString(path, "v", version.Version);
    }
}
