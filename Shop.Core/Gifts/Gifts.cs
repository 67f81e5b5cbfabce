using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>A member's gifts: given, received, and changing one that waits for its day. Each change of a value is a row with old and new (DECISIONS 11).</summary>
public sealed class Gifts(Writes writes, RuleBook rules, ItemKinds kinds, DeliveryRun deliveries, TimeProvider clock)
{
    public const int PageSize = 20;

    /// <summary>What a member gave and paid for, newest first. Pages count from 1.</summary>
    public async Task<GiftPage<GivenGift>> GivenAsync(ShopDbContext db, long memberId, int page, CancellationToken cancellationToken)
    {
        var rows = await Given(db, db.Orders.Where(o => o.BuyerId == memberId)).OrderByDescending(g => g.DeliveryId).Skip((page - 1) * PageSize).Take(PageSize + 1).ToListAsync(cancellationToken);
        return new GiftPage<GivenGift>([.. rows.Take(PageSize)], rows.Count > PageSize);
    }

    /// <summary>What a member got, newest first. Who stays unnamed is nobody here.</summary>
    public static async Task<GiftPage<ReceivedGift>> ReceivedAsync(ShopDbContext db, long memberId, int page, CancellationToken cancellationToken)
    {
        var rows = await db.Deliveries.Where(d => d.RecipientId == memberId && d.State == DeliveryState.Applied && !db.OrderLines.Any(l => l.Id == d.OrderLineId && l.SellerId != null))
            .Join(db.Orders.Where(o => o.BuyerId == null || o.BuyerId != memberId), d => d.OrderId, o => o.Id, (d, o) => new { d, o.BuyerId })
            .OrderByDescending(x => x.d.AppliedAt).ThenByDescending(x => x.d.Id).Skip((page - 1) * PageSize).Take(PageSize + 1)
            .Select(x => new ReceivedGift
            {
                DeliveryId = x.d.Id,
                Answer = db.VirtualGiftOffers.Where(o => o.DeliveryId == x.d.Id).Select(o => (VirtualGiftOfferState?)o.State).FirstOrDefault(),
                LapsesAt = db.VirtualGiftOffers.Where(o => o.DeliveryId == x.d.Id).Select(o => (DateTimeOffset?)o.LapsesAt).FirstOrDefault(),
                Picture = db.OrderLines.Where(l => l.Id == x.d.OrderLineId)
                    .SelectMany(l => db.ProductPictures.Where(p => p.Sku == l.Sku && p.Size == PictureSize.Small)).Select(p => p.Hash).FirstOrDefault(),
                Title = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.Title).First(),
                From = x.d.Anonymous ? null : db.Users.Where(m => m.Id == x.BuyerId).Select(m => m.UserName).FirstOrDefault(),
                Note = x.d.Note,
                AppliedAt = x.d.AppliedAt!.Value,
            })
            .ToListAsync(cancellationToken);
        return new GiftPage<ReceivedGift>([.. rows.Take(PageSize)], rows.Count > PageSize);
    }

    /// <summary>A gift that waits and is this member's to change; null: there is none.</summary>
    public Task<GivenGift?> FindAsync(ShopDbContext db, long memberId, long deliveryId, CancellationToken cancellationToken) =>
        Given(db, db.Orders.Where(o => o.BuyerId == memberId)).FirstOrDefaultAsync(g => g.DeliveryId == deliveryId && g.CanBeChanged, cancellationToken);

    /// <summary>Somebody else's gift that waits, for a person of the staff; null: there is none, or it is their own.</summary>
    public Task<GivenGift?> FindForStaffAsync(ShopDbContext db, long staffId, long deliveryId, CancellationToken cancellationToken) =>
        Given(db, db.Orders.Where(o => o.BuyerId == null || o.BuyerId != staffId)).FirstOrDefaultAsync(g => g.DeliveryId == deliveryId && g.CanBeChanged, cancellationToken);

    /// <summary>The rules that its form goes by.</summary>
    public async Task<(GiftTerms Gifts, CartTerms Carts)> TermsAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var revision = await rules.CurrentAsync(db, cancellationToken);
        return (await rules.GetAsync<GiftTerms>(db, revision, cancellationToken), await rules.GetAsync<CartTerms>(db, revision, cancellationToken));
    }

    /// <summary>Changes a gift of this member that waits for its day; with a day that has come it is delivered at once.</summary>
    public Task<GiftChangeResult> ChangeAsync(long memberId, long deliveryId, GiftChange wish, CancellationToken cancellationToken) =>
        ChangeAsync(new Changer(memberId, IsStaff: false), deliveryId, wish, cancellationToken);

    /// <summary>The same for somebody of the staff, with a gift that is not their own and is not to become theirs (DF-53, S32).</summary>
    public Task<GiftChangeResult> ChangeByStaffAsync(long staffId, long deliveryId, GiftChange wish, CancellationToken cancellationToken) =>
        ChangeAsync(new Changer(staffId, IsStaff: true), deliveryId, wish, cancellationToken);

    /// <summary>Who changes a gift: its giver, or somebody of the staff.</summary>
    private readonly record struct Changer(long Id, bool IsStaff)
    {
        public bool May(Order order) => (order.BuyerId == Id) != IsStaff;
    }

    private async Task<GiftChangeResult> ChangeAsync(Changer by, long deliveryId, GiftChange wish, CancellationToken cancellationToken)
    {
        var orderId = await writes.ReadAsync(
            (db, token) => db.Deliveries.Where(d => d.Id == deliveryId).Select(d => (long?)d.OrderId).FirstOrDefaultAsync(token), cancellationToken);
        if (orderId is not { } order)
        {
            return new GiftChangeResult.TooLate();
        }

        var result = await writes.RunAsync((unit, token) => ChangeAsync(unit, order, by, deliveryId, wish, token), cancellationToken);
        if (result is GiftChangeResult.Changed)
        {
            await deliveries.DeliverOrderAsync(order, CancellationToken.None);
        }

        return result;
    }

    /// <summary>Sends the code of a gift that waits to be claimed once more: the same code, at most so often (M07).</summary>
    public Task<ResendResult> ResendAsync(long memberId, long deliveryId, CancellationToken cancellationToken) => writes.RunAsync(
        async (unit, token) =>
        {
            var db = unit.Db;
            var orderId = await db.Deliveries.Where(d => d.Id == deliveryId).Select(d => (long?)d.OrderId).FirstOrDefaultAsync(token);
            if (orderId is not { } id || await OrderTransitions.LockAsync(db, id, token) is not { } order || order.BuyerId != memberId
                || !OrderStates.Delivering.Contains(order.State)
                || await LineRefunds.GoesBackAsync(db, order, await db.Deliveries.Where(d => d.Id == deliveryId).Select(d => d.OrderLineId).FirstAsync(token), token)
                || !await db.Deliveries.AnyAsync(d => d.Id == deliveryId && d.State == DeliveryState.AwaitingClaim, token))
            {
                return unit.RollBack(ResendResult.TooLate);
            }

            var now = clock.GetUtcNow();
            var sent = await Mails(db, deliveryId).Select(r => r.CreatedAt).ToListAsync(token);
            if (sent.Count >= MostMails || sent.Exists(at => at > now - BetweenMails))
            {
                return unit.RollBack(ResendResult.TooOften);
            }

            Outbox.Add(db, string.Create(CultureInfo.InvariantCulture, $"{MailKey(deliveryId)}again:{sent.Count}"), OutboxKinds.Claim, new ClaimMessage(deliveryId), now);
            await db.SaveChangesAsync(token);
            return ResendResult.Sent;
        },
        cancellationToken);

    private static IQueryable<OutboxRow> Mails(ShopDbContext db, long deliveryId)
    {
        var key = MailKey(deliveryId);
        return db.Outbox.Where(r => r.DedupeKey.StartsWith(key));
    }

    private static string MailKey(long deliveryId) => string.Create(CultureInfo.InvariantCulture, $"claim:{deliveryId}:");

    private const int MostMails = 10;

    private static readonly TimeSpan BetweenMails = TimeSpan.FromMinutes(10);

    private IQueryable<GivenGift> Given(ShopDbContext db, IQueryable<Order> orders)
    {
        var changeable = Changeable(db, clock.GetUtcNow());
        return db.Deliveries.Join(
            orders.Where(o => o.PaidAt != null), d => d.OrderId, o => o.Id, (d, o) => new { d, o })
            .Where(x => x.d.RecipientEmail != null || x.d.Random != null || x.d.RecipientId != x.o.BuyerId)
            .Select(x => new GivenGift
            {
                DeliveryId = x.d.Id,
                OrderNumber = x.o.Number,
                Title = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.Title).First(),
                RecipientName = x.d.Random == RandomChoice.HiddenPerson || x.d.Random == RandomChoice.HiddenCommunity ? null
                    : x.d.RecipientEmail ?? db.Users.Where(m => m.Id == x.d.RecipientId).Select(m => m.UserName!).FirstOrDefault() ?? "",
                Random = x.d.Random,
                State = x.d.State,
                PaidAt = x.o.PaidAt!.Value,
                AppliedAt = x.d.AppliedAt,
                DeliverOn = x.d.DeliverOn,
                Anonymous = x.d.Anonymous,
                Note = x.d.Note,
                CanBeChanged = changeable.Contains(x.d.Id),
                StuckReason = x.d.StuckReason,
                BackAt = x.d.State == DeliveryState.Stuck ? x.d.DueAt : null,
                Currency = x.o.Currency,
                DueMinor = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.DueMinor).First(),
                DuePoints = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.DuePoints).First(),
            });
    }

    /// <summary>Gifts that nobody has yet and that wait for something, by the ids of their deliveries: what their giver and staff may change.</summary>
    internal static IQueryable<long> Changeable(ShopDbContext db, DateTimeOffset now) =>
        db.Deliveries.Join(db.Orders, d => d.OrderId, o => o.Id, (d, o) => new { d, o })
            .Where(x => (x.o.State == OrderState.Paid || x.o.State == OrderState.Fulfilled)
                && (x.d.RecipientEmail != null || x.d.Random != null || x.d.RecipientId != x.o.BuyerId)
                && ((x.d.State == DeliveryState.Scheduled && x.d.DueAt > now && x.d.DeliverOn > now) || x.d.State == DeliveryState.AwaitingClaim
                    || (x.d.State == DeliveryState.Stuck && x.d.StuckReason != DeliveryRun.FailedTooOften)))
            .Select(x => x.d.Id);

    private async Task<GiftChangeResult> ChangeAsync(
        WriteUnit unit, long orderId, Changer by, long deliveryId, GiftChange wish, CancellationToken cancellationToken)
    {
        var db = unit.Db;
        var order = await OrderTransitions.LockAsync(db, orderId, cancellationToken);
        var now = clock.GetUtcNow();
        var delivery = await db.Deliveries.AsNoTracking().FirstAsync(d => d.Id == deliveryId, cancellationToken);
        if (!by.May(order) || !await Changeable(db, now).ContainsAsync(deliveryId, cancellationToken))
        {
            return unit.RollBack<GiftChangeResult>(new GiftChangeResult.TooLate());
        }

        var (gifts, carts) = await TermsAsync(db, cancellationToken);
        var note = PlainText.Of(wish.Note ?? "") is { Length: > 0 } words ? words : null;
        if (note != delivery.Note && note?.Length > carts.MaxNote)
        {
            return Refuse(unit, CartField.Note, LineRefusal.NoteTooLong, carts.MaxNote);
        }

        if (wish.Anonymous && !delivery.Anonymous && !gifts.Anonymous)
        {
            return Refuse(unit, CartField.Anonymous, LineRefusal.AnonymousNotAllowed);
        }

        // a day that stays is not asked back again
        var was = delivery is { State: DeliveryState.Scheduled, DeliverOn: { } waitsFor } ? Days.Of(waitsFor) : (DateOnly?)null;
        var (day, noDay) = was is { } same && wish.DeliverOn == Days.Text(same) ? (was, null) : Days.Read(wish.DeliverOn, wish.DateConfirmed, now, gifts);
        if (noDay is { } bad)
        {
            return Refuse(unit, Carts.FieldOf(bad), bad, bad == LineRefusal.DateTooFar ? gifts.FarthestDays : gifts.ConfirmDays);
        }

        var typed = wish.Recipient?.Trim();
        var email = string.Equals(typed, delivery.RecipientEmail, StringComparison.OrdinalIgnoreCase) ? delivery.RecipientEmail
            : typed?.Contains('@', StringComparison.Ordinal) == true ? typed
            : null;
        if (email is not null && email != delivery.RecipientEmail && await NoMailAsync(db, delivery, email, cancellationToken) is { } noMail)
        {
            return Refuse(unit, CartField.Recipient, noMail);
        }

        if (delivery.State == DeliveryState.AwaitingClaim && email == delivery.RecipientEmail && note == delivery.Note && day is null && wish.Anonymous == delivery.Anonymous)
        {
            return unit.RollBack<GiftChangeResult>(new GiftChangeResult.Changed()); // nothing is other than it was, so the code that is out stays good
        }

        if (email is not null && await Mails(db, deliveryId).CountAsync(cancellationToken) >= MostMails)
        {
            return unit.RollBack<GiftChangeResult>(new GiftChangeResult.TooOften());
        }

        var isHidden = delivery.Random is { } choice && choice.IsHidden() && email is null; // chance's alone to choose
        var (recipient, _) = email is null && !isHidden ? await Carts.FindAsync(db, wish.Recipient, Giver.Of(order), cancellationToken) : (null, false);
        if (email is null && !isHidden && (recipient is null || recipient.Id == order.BuyerId || recipient.Id == by.Id))
        {
            return Refuse(unit, CartField.Recipient, recipient is null ? LineRefusal.NoSuchMember : LineRefusal.GiftForOneself);
        }

        var judged = await JudgeAsync(db, order, delivery, recipient, day, wish, now, cancellationToken);
        if (judged.Refusal is { } refusal)
        {
            return unit.RollBack<GiftChangeResult>(new GiftChangeResult.Refused(new CartResult.Refused(Carts.FieldOf(refusal), refusal)
            {
                PossibleFrom = judged.PossibleFrom,
                Consent = judged.Consent,
            }));
        }

        // from now on it counts from its delivery, also when it comes at once: it is no longer what was paid for on the spot (F2)
        var on = day is { } chosen ? Days.Begin(chosen) : now;
        List<(DeliveryField Field, string? Old, string? New)> changes =
        [
            (DeliveryField.Recipient, delivery.RecipientEmail ?? Number(delivery.RecipientId), email ?? Number(recipient?.Id)),
            (DeliveryField.Note, delivery.Note, note),
            (DeliveryField.DeliverOn, was is { } before ? Days.Text(before) : null, day is null && was is null ? null : Days.Text(day ?? Days.Of(now))),
            (DeliveryField.Anonymous, Flag(delivery.Anonymous), Flag(wish.Anonymous)),
        ];
        db.DeliveryChanges.AddRange(changes.Where(c => c.Old != c.New).Select(c => new DeliveryChange
        {
            DeliveryId = deliveryId, Field = c.Field, Old = c.Old, New = c.New, At = now, ActorId = by.Id,
        }));
        await db.SaveChangesAsync(cancellationToken);
        var newId = recipient?.Id;
        var random = newId == delivery.RecipientId && email is null ? delivery.Random : null;
        var goneConfirmed = newId == delivery.RecipientId && delivery.GoneConfirmed;
        var from = delivery.State;
        DeliveryStates.Table.Apply(from, DeliveryState.Scheduled);
        var changed = await db.Deliveries.Where(d => d.Id == deliveryId && d.State == from).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, DeliveryState.Scheduled).SetProperty(d => d.StuckReason, (string?)null).SetProperty(d => d.Attempts, 0)
                .SetProperty(d => d.RecipientId, newId).SetProperty(d => d.GoneConfirmed, goneConfirmed).SetProperty(d => d.RecipientEmail, email).SetProperty(d => d.Random, random).SetProperty(d => d.Note, note).SetProperty(d => d.DeliverOn, on)
                .SetProperty(d => d.DueAt, on).SetProperty(d => d.Anonymous, wish.Anonymous),
            cancellationToken);
        if (changed != 1)
        {
            throw new InvalidOperationException($"Delivery {deliveryId} changed under the lock of its order.");
        }

        await LineRefunds.StuckNoMoreAsync(db, orderId, now, cancellationToken);
        return new GiftChangeResult.Changed();
    }

    /// <summary>Why such goods cannot be sent to an address; null: they can.</summary>
    private async Task<LineRefusal?> NoMailAsync(ShopDbContext db, Delivery delivery, string email, CancellationToken cancellationToken)
    {
        var kind = await db.OrderLines.Where(l => l.Id == delivery.OrderLineId).Select(l => l.Kind).FirstAsync(cancellationToken);
        return !kinds.Get(kind).Form.ByMail ? LineRefusal.NotByMail : MailAddresses.IsUsable(email) ? null : LineRefusal.BadAddress;
    }

    /// <summary>Whether what was ordered fits the recipient on that day, by the rules it was ordered with.</summary>
    private async Task<Judgement> JudgeAsync(
        ShopDbContext db, Order order, Delivery delivery, Recipient? recipient, DateOnly? day, GiftChange wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var line = await db.OrderLines.AsNoTracking().FirstAsync(l => l.Id == delivery.OrderLineId, cancellationToken);
        var set = await rules.OfAsync(db, order.RuleRevision, cancellationToken);
        var product = set.Get<PriceList>().Products.First(p => p.Sku == line.Sku);
        var states = recipient is null ? [] : await CartPricing.MembershipsAsync(db, [recipient.Id], cancellationToken);
        var isSame = recipient?.Id == delivery.RecipientId;
        var preview = new Preview(now, set, states)
        {
            IsOrdered = true,

            // those of this gift are among the icons of whoever it is for already
            Icons = recipient is null || isSame ? new Dictionary<long, long>() : await ExtraIcons.TakenAsync(db, [product], [recipient.Id], null, cancellationToken),
            VirtualGifts = await VirtualGiftItem.WelcomesAsync(db, [product], recipient is null ? [] : [recipient.Id], order.BuyerId, cancellationToken),
        };
        var item = new ItemLine(product, line.Units ?? line.Quantity, recipient, order.BuyerId)
        {
            DeliverOn = day, ConsentDays = wish.ConsentDays, Anonymous = wish.Anonymous, GoneConfirmed = isSame && delivery.GoneConfirmed,
            ExtraMonths = PaidTime.ExtraOf(line),
        };
        var judged = LineJudge.Judge(kinds, [item], preview)[0]!;
        if (judged.Refusal == LineRefusal.MemberGone)
        {
            // who is gone is meant when something is bought, or not at all
            return judged with { Refusal = LineRefusal.MemberNotVisible };
        }

        // what was agreed to for this recipient and day stands
        var isSameDay = day is { } on && delivery.DeliverOn is { } was && Days.Of(was) == on;
        return isSame && isSameDay && judged.Refusal == LineRefusal.ConsentNeeded ? judged with { Refusal = null } : judged;
    }

    private static GiftChangeResult Refuse(WriteUnit unit, CartField field, LineRefusal reason, int? limit = null) =>
        unit.RollBack<GiftChangeResult>(new GiftChangeResult.Refused(new CartResult.Refused(field, reason, limit)));

    private static string? Number(long? id) => id?.ToString(CultureInfo.InvariantCulture);

    private static string Flag(bool value) => value ? "1" : "0";
}
