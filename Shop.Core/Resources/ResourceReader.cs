using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>A resource as it is given out. <paramref name="Parts"/>: its file, piece by piece; null in the other forms, and where there is none yet.</summary>
public sealed record ResourceContent(Resource Resource, IAsyncEnumerable<ReadOnlyMemory<byte>>? Parts);

/// <summary>Reads resources. Who may have them is for the caller to know.</summary>
public sealed class ResourceReader(Writes writes)
{
    /// <summary>A resource, on sale or not; null: there is none of that name.</summary>
    public Task<Resource?> FindAsync(string code, CancellationToken cancellationToken) => !ResourceDesk.CanBe(code)
        ? Task.FromResult<Resource?>(null)
        : writes.ReadAsync((db, token) => db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == code, token), cancellationToken);

    /// <summary>A resource with its content; null: there is none of that name.</summary>
    public async Task<ResourceContent?> OpenAsync(string code, CancellationToken cancellationToken) => await FindAsync(code, cancellationToken) is not { } resource
        ? null
        : new ResourceContent(resource, resource is { Form: ResourceForm.File, FileNumber: > 0 } ? PartsAsync(resource.Id, resource.FileNumber, resource.FileLength, 0, CancellationToken.None) : null);

    /// <summary>The file of a resource from a byte on, piece by piece.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> PartsAsync(Resource resource, long from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var skip = (int)(from % ResourceDesk.PartSize);
        await foreach (var part in PartsAsync(resource.Id, resource.FileNumber, resource.FileLength, (int)(from / ResourceDesk.PartSize), cancellationToken))
        {
            yield return part[skip..];
            skip = 0;
        }
    }

    /// <summary>One piece at a time, so that a slow reader holds neither a connection nor the file.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PartsAsync(long resource, int file, long length, int first, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var left = length - ((long)first * ResourceDesk.PartSize);
        for (var number = first; left > 0; number++)
        {
            var part = await writes.ReadAsync(
                (db, token) => db.ResourceFileParts.Where(p => p.ResourceId == resource && p.FileNumber == file && p.Number == number).Select(p => p.Bytes).FirstOrDefaultAsync(token),
                cancellationToken) ?? throw new IOException("The file was replaced while it was read.");
            left -= part.Length;
            yield return part;
        }
    }
}
