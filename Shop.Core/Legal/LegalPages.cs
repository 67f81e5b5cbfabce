using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>The text of a legal page in force.</summary>
public sealed record LegalText(LegalPageKind Kind, int Version, string Text, DateTimeOffset PublishedAt);

/// <summary>Terms, privacy and imprint: read by everybody, changed by staff, every version kept.</summary>
public sealed class LegalPages
{
    /// <summary>Longest text of a page, in characters.</summary>
    public const int MaxLength = 60_000;

    private static readonly PerModel<Func<ShopDbContext, IAsyncEnumerable<KeyValuePair<LegalPageKind, int>>>> Latest = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db) =>
            db.LegalPages.GroupBy(p => p.Kind).Select(g => new KeyValuePair<LegalPageKind, int>(g.Key, g.Max(p => p.Version)))));

    private static readonly IReadOnlyDictionary<LegalPageKind, string> First = new Dictionary<LegalPageKind, string>
    {
        [LegalPageKind.Terms] = """
            This is the text a new shop starts with. The people who run this site replace it with their own terms.

            ## What you buy

            Paid time runs on the account it is bought for, from the moment the payment is seen, until the date shown before you pay.

            ## Giving back

            Ask within 14 days and the money goes back the way it came, as far as the time has not been used.
            """,
        [LegalPageKind.Privacy] = """
            This is the text a new shop starts with. The people who run this site replace it with their own.

            The shop keeps your orders and receipts, because the law asks for it. Card numbers never reach this shop.
            The shop sets cookies only for what you do here: to keep you signed in, to keep your cart, to protect the forms, to
            remember this device after you signed in on it, to show times in your zone, and to carry a notice from one page to the next.
            None of them follows you anywhere else.
            """,
        [LegalPageKind.Imprint] = """
            This is the text a new shop starts with. Put the name, address and e-mail of the people who run this site here.
            """,
    };

    public async Task<LegalText> CurrentAsync(ShopDbContext db, LegalPageKind kind, CancellationToken cancellationToken) =>
        await db.LegalPages.Where(p => p.Kind == kind).OrderByDescending(p => p.Version)
            .Select(p => new LegalText(p.Kind, p.Version, p.Text, p.PublishedAt)).FirstAsync(cancellationToken);

    /// <summary>The number of the version in force of each page.</summary>
    public async Task<IReadOnlyDictionary<LegalPageKind, int>> VersionsAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        await Latest.For(db)(db).ToDictionaryAsync(page => page.Key, page => page.Value, cancellationToken: cancellationToken);

    /// <summary>Publishes the next version. Returns its number; null when somebody published since <paramref name="basedOn"/> was read, and nothing changed.</summary>
    /// <exception cref="ArgumentException">The text is empty or longer than <see cref="MaxLength"/>.</exception>
    public async Task<int?> PublishAsync(
        ShopDbContext db, LegalPageKind kind, string text, int basedOn, long authorId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > MaxLength)
        {
            throw new ArgumentException($"A legal page has 1 to {MaxLength} characters.", nameof(text));
        }

        db.LegalPages.Add(new LegalPage { Kind = kind, Version = basedOn + 1, Text = text, PublishedAt = now, AuthorId = authorId });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return basedOn + 1;
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e))
        {
            db.ChangeTracker.Clear();
            return null;
        }
    }

    internal async Task EnsureFirstVersionsAsync(ShopDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var there = await db.LegalPages.Select(p => p.Kind).Distinct().ToListAsync(cancellationToken);
        foreach (var (kind, text) in First.Where(p => !there.Contains(p.Key)))
        {
            db.LegalPages.Add(new LegalPage { Kind = kind, Version = 1, Text = text, PublishedAt = now });
        }

        await db.SaveChangesAsync(cancellationToken);
    }
}
