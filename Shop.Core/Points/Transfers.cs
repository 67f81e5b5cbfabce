using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>What the form of a transfer asks for. <paramref name="Points"/>: 0 where no whole number was typed.</summary>
public sealed record TransferWish(long SenderId, string? Recipient, long Points, string? Note, bool Anonymous);

/// <summary>What a transfer will do, shown before it is sent.</summary>
public sealed record TransferPlan(long RecipientId, string RecipientName, long Points, string? Note, bool Anonymous, long BalanceBefore)
{
    public long BalanceAfter => BalanceBefore - Points;
}

/// <summary>Which field of the form a refusal belongs to.</summary>
public enum TransferField { None, Recipient, Points, Note }

public enum TransferRefusal
{
    RecipientMissing,

    NoSuchMember,

    MemberPurged,

    MemberNotVisible,

    /// <summary>The name is a community's.</summary>
    PersonalOnly,

    Oneself,

    /// <summary>The recipient takes nothing from the giver. Worded like an account that cannot be given to, so that a ban is not told.</summary>
    NotWanted,

    /// <summary>Not a whole number within the bounds.</summary>
    Amount,

    /// <summary>More than the giver has; what is set aside for an order does not count.</summary>
    NotEnough,

    NoteTooLong,

    /// <summary>The account has passed points on so often within an hour.</summary>
    TooMany,

    /// <summary>The same form was sent before, and said something else then.</summary>
    OtherContent,
}

/// <summary>What became of a wish to transfer points.</summary>
public abstract record TransferResult
{
    private TransferResult() { }

    /// <summary>It can be sent as it is.</summary>
    public sealed record Ready(TransferPlan Plan) : TransferResult;

    /// <summary>It was sent, now or by the same form before.</summary>
    public sealed record Sent(long Points, string RecipientName) : TransferResult;

    /// <summary>Nothing was moved. <paramref name="Limit"/>: the number the sentence needs, where there is one.</summary>
    public sealed record Refused(TransferField Field, TransferRefusal Reason, long Limit = 0) : TransferResult;
}

/// <summary>What the mails about a transfer say.</summary>
public sealed record TransferView(long Points, string? Note, bool Anonymous, TransferPerson Sender, TransferPerson Recipient);

/// <summary>One side of a transfer. <paramref name="Email"/>: null where the address is somebody else's.</summary>
public sealed record TransferPerson(string Name, string? Email, string? Culture);

/// <summary>Passes points on from one member to another: debit and credit are one journal, and a form is sent once, however often it comes.</summary>
public sealed class Transfers(Writes writes, RuleBook rules, TimeProvider clock, Wake wake)
{
    private const int LongestKey = 64;

    /// <summary>What sending would do, or why it cannot be sent. Reads only.</summary>
    public async Task<TransferResult> CheckAsync(ShopDbContext db, TransferWish wish, CancellationToken cancellationToken)
    {
        var terms = await rules.OfAsync(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var note = PlainText.Of(wish.Note ?? "") is { Length: > 0 } words ? words : null;
        var (to, wrong) = await FindAsync(db, wish, cancellationToken);
        if (to is null)
        {
            return new TransferResult.Refused(TransferField.Recipient, wrong);
        }

        var most = terms.Get<PointTerms>().MostTransferred;
        if (wish.Points < 1 || wish.Points > most)
        {
            return new TransferResult.Refused(TransferField.Points, TransferRefusal.Amount, most);
        }

        if (note?.Length > terms.Get<CartTerms>().MaxNote)
        {
            return new TransferResult.Refused(TransferField.Note, TransferRefusal.NoteTooLong, terms.Get<CartTerms>().MaxNote);
        }

        var (often, since) = (terms.Get<PointTerms>().MostTransfers, clock.GetUtcNow().AddHours(-1));
        if (await db.PointsTransfers.CountAsync(t => t.SenderId == wish.SenderId && t.At > since, cancellationToken) >= often)
        {
            return new TransferResult.Refused(TransferField.Points, TransferRefusal.TooMany, often);
        }

        var balance = await PointsAccounts.BalanceAsync(db, wish.SenderId, cancellationToken);
        return wish.Points > balance
            ? new TransferResult.Refused(TransferField.Points, TransferRefusal.NotEnough, balance)
            : new TransferResult.Ready(new TransferPlan(to.Id, to.Name, wish.Points, note, wish.Anonymous, balance));
    }

    /// <summary>Sends it. <paramref name="formKey"/> was made with the page that showed what will happen; sent again it changes nothing.</summary>
    public async Task<TransferResult> SendAsync(TransferWish wish, string formKey, CancellationToken cancellationToken)
    {
        var result = await writes.RunAsync((unit, token) => SendAsync(unit, wish, formKey.Length > LongestKey ? Codes.Hash(formKey) : formKey, token), cancellationToken);
        wake.Call();
        return result;
    }

    /// <summary>The names on the other side of journals that are transfers, as this member may see them; null: someone.</summary>
    public static async Task<IReadOnlyDictionary<long, string?>> OthersAsync(
        ShopDbContext db, long memberId, IReadOnlyCollection<long> journals, CancellationToken cancellationToken) =>
        await db.PointsTransfers.Where(t => t.JournalId != null && journals.Contains(t.JournalId.Value) && (t.SenderId == memberId || t.RecipientId == memberId))
            .Select(t => new
            {
                Journal = t.JournalId!.Value,
                Name = t.SenderId == memberId
                    ? db.Users.Where(m => m.Id == t.RecipientId).Select(m => m.UserName).FirstOrDefault()
                    : t.Anonymous ? null : db.Users.Where(m => m.Id == t.SenderId).Select(m => m.UserName).FirstOrDefault(),
            })
            .ToDictionaryAsync(t => t.Journal, t => t.Name, cancellationToken);

    /// <summary>What the mails about a transfer say.</summary>
    public static async Task<TransferView> ReadAsync(ShopDbContext db, long transferId, CancellationToken cancellationToken)
    {
        var transfer = await db.PointsTransfers.AsNoTracking().FirstAsync(t => t.Id == transferId, cancellationToken);

        // an address that somebody else has confirmed is not this member's, whatever the account says
        var people = await db.Users.Where(m => m.Id == transfer.SenderId || m.Id == transfer.RecipientId)
            .Select(m => new
            {
                m.Id,
                Person = new TransferPerson(
                    m.UserName!,
                    !m.EmailConfirmed && db.Users.Any(o => o.Id != m.Id && o.EmailConfirmed && o.NormalizedEmail == m.NormalizedEmail) ? null : m.Email,
                    m.Culture),
            })
            .ToDictionaryAsync(m => m.Id, m => m.Person, cancellationToken);
        return new TransferView(transfer.Points, transfer.Note, transfer.Anonymous, people[transfer.SenderId], people[transfer.RecipientId]);
    }

    /// <summary>Whether the recipient takes anything from the giver (DW-48: a ban is respected).</summary>
    private static async Task<bool> MayGiveAsync(ShopDbContext db, long giverId, long recipientId, CancellationToken cancellationToken) =>
        !await GiftWishes.BansAsync(db, recipientId, giverId, cancellationToken);

    private async Task<TransferResult> SendAsync(WriteUnit unit, TransferWish wish, string formKey, CancellationToken cancellationToken)
    {
        var db = unit.Db;

        // of two forms sent at once the second waits here, and then finds what the first did
        await MembershipLedger.LockedStateAsync(db, wish.SenderId, cancellationToken);
        if (await db.PointsTransfers.AsNoTracking().FirstOrDefaultAsync(t => t.SenderId == wish.SenderId && t.FormKey == formKey, cancellationToken) is { } before)
        {
            return await SentAsync(db, before, wish, cancellationToken);
        }

        var check = await CheckAsync(db, wish, cancellationToken);
        if (check is not TransferResult.Ready { Plan: var plan })
        {
            return unit.RollBack(check);
        }

        var now = clock.GetUtcNow();
        var transfer = new PointsTransfer
        {
            SenderId = wish.SenderId,
            RecipientId = plan.RecipientId,
            FormKey = formKey,
            Points = plan.Points,
            Note = plan.Note,
            Anonymous = plan.Anonymous,
            At = now,
        };
        db.PointsTransfers.Add(transfer);
        await db.SaveChangesAsync(cancellationToken);
        var posted = await PointsAccounts.TransferAsync(db, transfer.Id, wish.SenderId, plan.RecipientId, plan.Points, now, cancellationToken);
        if (posted is not PostResult.Posted { JournalId: var journal })
        {
            return unit.RollBack<TransferResult>(new TransferResult.Refused(
                TransferField.Points, TransferRefusal.NotEnough, await PointsAccounts.BalanceAsync(db, wish.SenderId, cancellationToken)));
        }

        transfer.Booked(journal);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var (kind, side) in new[] { (OutboxKinds.PointsReceived, "received"), (OutboxKinds.PointsSent, "sent") })
        {
            await Outbox.AddOnceAsync(
                db, string.Create(CultureInfo.InvariantCulture, $"transfer:{transfer.Id}:{side}"), kind, new TransferMessage(transfer.Id), now, now, cancellationToken);
        }

        return new TransferResult.Sent(plan.Points, plan.RecipientName);
    }

    /// <summary>The same form once more. Whose name has changed since is still the same recipient.</summary>
    private static async Task<TransferResult> SentAsync(ShopDbContext db, PointsTransfer before, TransferWish wish, CancellationToken cancellationToken)
    {
        var (to, _) = await FindAsync(db, wish, cancellationToken);
        var note = PlainText.Of(wish.Note ?? "") is { Length: > 0 } words ? words : null;
        return before.Points != wish.Points || before.Note != note || before.Anonymous != wish.Anonymous || (to is not null && to.Id != before.RecipientId)
            ? new TransferResult.Refused(TransferField.None, TransferRefusal.OtherContent)
            : new TransferResult.Sent(before.Points, await db.Users.Where(m => m.Id == before.RecipientId).Select(m => m.UserName!).FirstAsync(cancellationToken));
    }

    private static async Task<(Recipient? To, TransferRefusal Wrong)> FindAsync(ShopDbContext db, TransferWish wish, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(wish.Recipient))
        {
            return (null, TransferRefusal.RecipientMissing);
        }

        var normalized = wish.Recipient.Trim().ToUpperInvariant();
        var found = wish.Recipient.Any(char.IsControl)
            ? null
            : await db.Users.Where(m => m.NormalizedUserName == normalized)
                .Select(m => new Recipient(m.Id, m.UserName!, m.Kind, m.Status)).FirstOrDefaultAsync(cancellationToken);
        return found switch
        {
            null => (null, TransferRefusal.NoSuchMember),
            { Status: AccountStatus.Purged } => (null, TransferRefusal.MemberPurged),
            { Status: not AccountStatus.Visible } => (null, TransferRefusal.MemberNotVisible),
            { Kind: not AccountKind.Personal } => (null, TransferRefusal.PersonalOnly),
            _ when found.Id == wish.SenderId => (null, TransferRefusal.Oneself),
            _ => await MayGiveAsync(db, wish.SenderId, found.Id, cancellationToken) ? (found, default) : (null, TransferRefusal.NotWanted),
        };
    }
}
