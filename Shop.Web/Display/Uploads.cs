using Shop.Core;

namespace Shop.Web.Display;

/// <summary>Files that staff send.</summary>
internal static class Uploads
{
    /// <summary>No more of a picture than may be taken, and one byte by which it is seen that there is more; nothing sent: empty.</summary>
    public static async Task<byte[]> ReadAsync(IFormFile? upload, CancellationToken cancellationToken)
    {
        var file = new byte[Math.Min(upload?.Length ?? 0, PngFile.MostBytes + 1)];
        if (upload is not null)
        {
            await using var stream = upload.OpenReadStream();
            await stream.ReadExactlyAsync(file, cancellationToken);
        }

        return file;
    }
}
