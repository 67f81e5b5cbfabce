using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A resource as it is given out. <paramref name="Parts"/>: its file, piece by piece; null in the other forms, and where there is none yet.</summary>
public sealed record ResourceContent(Resource Resource, IAsyncEnumerable<ReadOnlyMemory<byte>>? Parts);

/// <summary>
/// Reads resources. Who may have them is for the caller to know. What was read is kept for a second: a change is seen at once by the node that makes it, and within a second by
/// the others.
/// </summary>
public sealed class ResourceReader(Writes writes, TimeProvider clock)
{
    public static readonly TimeSpan Keeps = TimeSpan.FromSeconds(1);

    private const int Most = 200;

    /// <summary>A longer text is read each time; characters.</summary>
    private const int LongestKept = 50_000;

    private static readonly PerModel<Func<ShopDbContext, string, CancellationToken, Task<Resource?>>> OfCode = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string code, CancellationToken _) => db.Resources.AsNoTracking().FirstOrDefault(r => r.Code == code)));

    private readonly ConcurrentDictionary<string, (Resource Resource, DateTimeOffset Until)> kept = new(StringComparer.Ordinal);

    /// <summary>Rises with each change: what was read before is not kept after.</summary>
    private long generation;

    /// <summary>A resource, on sale or not; null: there is none of that name. Within a second it is the same instance again.</summary>
    public async ValueTask<Resource?> FindAsync(string code, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (kept.TryGetValue(code, out var known) && known.Until > now)
        {
            return known.Resource;
        }

        if (!ResourceDesk.CanBe(code))
        {
            return null;
        }

        var before = Interlocked.Read(ref generation);
        var found = await writes.ReadAsync((db, token) => OfCode.For(db)(db, code, token), cancellationToken);
        if (found is { Body: null or { Length: <= LongestKept } })
        {
            Keep(found, now + Keeps, before);
        }

        return found;
    }

    /// <summary>It was changed at this node, and committed.</summary>
    internal void Forget(string code)
    {
        Interlocked.Increment(ref generation);
        kept.TryRemove(code, out _);
    }

    private void Keep(Resource resource, DateTimeOffset until, long before)
    {
        if (kept.Count >= Most)
        {
            kept.Clear();
        }

        kept[resource.Code] = (resource, until);
        if (Interlocked.Read(ref generation) != before)
        {
            kept.TryRemove(resource.Code, out _);
        }
    }

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
