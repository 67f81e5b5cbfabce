using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>A delivery as staff see it; codes are never among it, only the beginning of a hash.</summary>
public sealed record DeskDelivery
{
    public required long Id { get; init; }

    public required string OrderNumber { get; init; }

    public required string Reference { get; init; }

    public required OrderState OrderState { get; init; }

    public required string Title { get; init; }

    public required DeliveryState State { get; init; }

    /// <summary>Why somebody must look, as a word: a <see cref="LineRefusal"/>, or that it failed too often.</summary>
    public string? StuckReason { get; init; }

    /// <summary>How many tries failed.</summary>
    public required int Attempts { get; init; }

    public DateTimeOffset? PaidAt { get; init; }

    /// <summary>When it is due next; null: not paid, or nothing is to be done.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? DeliverOn { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>Null: somebody who was signed out.</summary>
    public string? Buyer { get; init; }

    /// <summary>The account it is for, or the address its code went to.</summary>
    public string? Recipient { get; init; }

    public required bool Anonymous { get; init; }

    /// <summary>A gift that nobody has yet, so that its recipient, day and note can still be changed (DF-53).</summary>
    public bool CanBeChanged { get; init; }

    /// <summary>Of a virtual gift: what its recipient said to it.</summary>
    public VirtualGiftOfferState? Answer { get; init; }

    /// <summary>The beginnings of the hashes of its codes, the newest first, and whether each was used.</summary>
    public IReadOnlyList<DeskCode> Codes { get; init; } = [];

    public IReadOnlyList<DeskChange> Changes { get; init; } = [];
}

/// <summary>A code of a gift by mail: <paramref name="Hash"/> is the beginning of its hash.</summary>
public sealed record DeskCode(string Hash, int Generation, DateTimeOffset? UsedAt, string? UsedBy);

/// <summary>A change of a delivery before it was applied. Recipients are names here.</summary>
public sealed record DeskChange(DeliveryField Field, string? Old, string? New, DateTimeOffset At, string Actor);

/// <summary>A rename token as staff see it: of its code only the beginning.</summary>
public sealed record DeskToken(
    string CodeBegins, RenameTokenState State, string Owner, DateTimeOffset CreatedAt, DateTimeOffset? UsedAt, string? OldName, string? NewName, string? Reason, string Reference);

/// <summary>What was found. <paramref name="More"/>: more than these were.</summary>
public sealed record DeskFinds(IReadOnlyList<DeskDelivery> Deliveries, IReadOnlyList<DeskToken> Tokens, bool More);

/// <summary>
/// Where staff look up what became of a gift or a rename token: by order number or short reference, by the name of whoever gave or got it, or by the beginning
/// of a code's hash or of a token. Reads only.
/// </summary>
public static class DeliveryDesk
{
    /// <summary>The longest text that is looked for.</summary>
    public const int MostText = 64;

    /// <summary>So much of a hash or a token is shown, and at least so much has to be given.</summary>
    public const int Beginning = 8;

    private const int MostRows = 50;

    /// <summary>What fits, newest first; a fixed number of queries.</summary>
    public static async Task<DeskFinds> FindAsync(ShopDbContext db, string text, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var typed = text.Trim();
        if (typed.Length is 0 or > MostText || typed.Any(char.IsControl))
        {
            return new DeskFinds([], [], false);
        }

        var (upper, lower) = (typed.ToUpperInvariant(), typed.ToLowerInvariant());
        var member = await db.Users.Where(m => m.NormalizedUserName == upper).Select(m => (long?)m.Id).FirstOrDefaultAsync(cancellationToken) ?? 0;
        var isBeginning = typed.Length >= Beginning && lower.All(char.IsAsciiLetterOrDigit);
        var changeable = Gifts.Changeable(db, now);
        var rows = await db.Deliveries.AsNoTracking()
            .Join(db.Orders, d => d.OrderId, o => o.Id, (d, o) => new { d, o })
            .Where(x => x.o.Number == lower || x.o.Reference == lower || (member != 0 && (x.d.RecipientId == member || x.o.BuyerId == member))
                || (isBeginning && db.ClaimTokens.Any(t => t.OrderLineId == x.d.OrderLineId && t.Hash.StartsWith(lower)))
                || (isBeginning && db.RenameTokens.Any(t => t.DeliveryId == x.d.Id && t.Code.StartsWith(lower))))
            .OrderByDescending(x => x.d.Id).Take(MostRows + 1)
            .Select(x => new
            {
                x.d.OrderLineId,
                Row = new DeskDelivery
                {
                    Id = x.d.Id,
                    OrderNumber = x.o.Number,
                    Reference = x.o.Reference,
                    OrderState = x.o.State,
                    Title = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.Title).First(),
                    State = x.d.State,
                    StuckReason = x.d.StuckReason,
                    Attempts = x.d.Attempts,
                    PaidAt = x.o.PaidAt,
                    DueAt = x.d.DueAt,
                    DeliverOn = x.d.DeliverOn,
                    AppliedAt = x.d.AppliedAt,
                    Buyer = db.Users.Where(m => m.Id == x.o.BuyerId).Select(m => m.UserName).FirstOrDefault(),
                    Recipient = x.d.RecipientEmail ?? db.Users.Where(m => m.Id == x.d.RecipientId).Select(m => m.UserName).FirstOrDefault(),
                    Anonymous = x.d.Anonymous,
                    CanBeChanged = changeable.Contains(x.d.Id),
                    Answer = db.VirtualGiftOffers.Where(o => o.DeliveryId == x.d.Id).Select(o => (VirtualGiftOfferState?)o.State).FirstOrDefault(),
                },
            })
            .ToListAsync(cancellationToken);
        var ids = rows.Select(r => r.Row.Id).ToList();
        var lines = rows.Select(r => r.OrderLineId).ToList();
        var codes = await db.ClaimTokens.Where(t => lines.Contains(t.OrderLineId)).OrderByDescending(t => t.Generation)
            .Select(t => new { t.OrderLineId, t.Hash, t.Generation, t.RedeemedAt, By = db.Users.Where(m => m.Id == t.RedeemedBy).Select(m => m.UserName).FirstOrDefault() })
            .ToListAsync(cancellationToken);
        var changes = await db.DeliveryChanges.Where(c => ids.Contains(c.DeliveryId)).OrderBy(c => c.Id)
            .Select(c => new { c.DeliveryId, c.Field, c.Old, c.New, c.At, Actor = db.Users.Where(m => m.Id == c.ActorId).Select(m => m.UserName!).First() })
            .ToListAsync(cancellationToken);
        var names = await NamesAsync(db, changes.Where(c => c.Field == DeliveryField.Recipient).SelectMany(c => new[] { c.Old, c.New }), cancellationToken);
        var tokens = await db.RenameTokens.Where(t => ids.Contains(t.DeliveryId) || t.OwnerId == member).OrderByDescending(t => t.Id).Take(MostRows + 1)
            .Select(t => new
            {
                t.Code, t.State, Owner = db.Users.Where(m => m.Id == t.OwnerId).Select(m => m.UserName!).First(), t.CreatedAt, t.UsedAt, t.OldName, t.NewName, t.Reason,
                Reference = db.Deliveries.Where(d => d.Id == t.DeliveryId).Join(db.Orders, d => d.OrderId, o => o.Id, (d, o) => o.Reference).First(),
            })
            .ToListAsync(cancellationToken);
        return new DeskFinds(
            [
                .. rows.Take(MostRows).Select(r => r.Row with
                {
                    Codes = [.. codes.Where(c => c.OrderLineId == r.OrderLineId).Select(c => new DeskCode(c.Hash[..Beginning], c.Generation, c.RedeemedAt, c.By))],
                    Changes =
                    [
                        .. changes.Where(c => c.DeliveryId == r.Row.Id).Select(c => new DeskChange(c.Field, Named(c.Field, c.Old), Named(c.Field, c.New), c.At, c.Actor)),
                    ],
                }),
            ],
            [
                .. tokens.Take(MostRows).Select(t => new DeskToken(
                    t.Code[..Beginning], t.State, t.Owner, t.CreatedAt, t.UsedAt, t.OldName, t.NewName, t.Reason, t.Reference)),
            ],
            rows.Count > MostRows || tokens.Count > MostRows);

        string? Named(DeliveryField field, string? value) => field == DeliveryField.Recipient && value is not null ? names.GetValueOrDefault(value, value) : value;
    }

    /// <summary>The names of accounts by their numbers as they are written in changes.</summary>
    private static async Task<Dictionary<string, string>> NamesAsync(ShopDbContext db, IEnumerable<string?> values, CancellationToken cancellationToken)
    {
        var wanted = values.Where(v => long.TryParse(v, System.Globalization.CultureInfo.InvariantCulture, out _))
            .Select(v => long.Parse(v!, System.Globalization.CultureInfo.InvariantCulture)).Distinct().ToList();
        return wanted.Count == 0
            ? []
            : (await db.Users.Where(m => wanted.Contains(m.Id)).Select(m => new { m.Id, m.UserName }).ToListAsync(cancellationToken))
                .ToDictionary(m => m.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), m => m.UserName!);
    }
}
