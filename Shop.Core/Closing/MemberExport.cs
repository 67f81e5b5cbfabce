using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>
/// Everything that the shop holds about a member, for the member (docs/member-data.md names each field). No secrets: nothing that opens or charges anything. Of other people
/// only the names that the member was shown anyway; who stays unnamed is nobody here.
/// </summary>
public sealed class MemberExport(TimeProvider clock)
{
    /// <summary>The fields as they are written.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a file, in which names of every script can be read
    };

    /// <summary>The file, UTF-8. A fixed number of queries.</summary>
    public async Task<byte[]> WriteAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        JsonSerializer.SerializeToUtf8Bytes(await ReadAsync(db, memberId, cancellationToken), Json);

    public async Task<MemberData> ReadAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return new MemberData
        {
            ExportedAt = now,
            Account = await AccountAsync(db, memberId, cancellationToken),
            Membership = await MembershipAsync(db, memberId, cancellationToken),
            Points = await PointsAsync(db, memberId, cancellationToken),
            Orders = await OrdersAsync(db, memberId, cancellationToken),
            Cart = await db.Carts.Where(c => c.MemberId == memberId).SelectMany(c => c.Lines).OrderBy(l => l.Id)
                .Select(l => new CartLineData(l.Sku, l.Quantity, l.RecipientName, l.Note, l.DeliverOn)).ToListAsync(cancellationToken),
            Subscriptions = await SubscriptionsAsync(db, memberId, cancellationToken),
            PaymentMethods = [.. (await SavedMethods.Of(db, memberId).AsNoTracking().OrderBy(m => m.Id).ToListAsync(cancellationToken))
                .Select(m => new MethodData(m.Provider, m.Brand, m.Last4, m.ExpiresOn, m.ConsentAt, m.ConsentVersion, Words.Of(m.Usage), m.ForgottenAt))],
            GiftsReceived = await ReceivedAsync(db, memberId, cancellationToken),
            Transfers = await TransfersAsync(db, memberId, cancellationToken),
            Names = await NamesAsync(db, memberId, cancellationToken),
            Circle = await NamesOfAsync(db, db.Circle.Where(c => c.MemberId == memberId).Select(c => c.OtherId), cancellationToken),
            NoGiftsFrom = await NamesOfAsync(db, db.GiftBans.Where(b => b.MemberId == memberId).Select(b => b.BannedId), cancellationToken),
            VirtualGiftsFrom = await NamesOfAsync(db, db.NamedSenders.Where(s => s.MemberId == memberId).Select(s => s.SenderId), cancellationToken),
            Communities = await NamesOfAsync(db, db.Maintainers.Where(m => m.MemberId == memberId).Select(m => m.CommunityId), cancellationToken),
            Activity = await db.Activities.Where(a => a.AccountId == memberId)
                .Select(a => new ActivityData(a.CreatedAt, a.LastPostAt, a.Posts, a.Comments, a.RecentPosts, a.RecentComments, a.OptedOut == false)).FirstOrDefaultAsync(cancellationToken),
            Sessions = await db.SignInTickets.Where(t => t.MemberId == memberId && t.ExpiresAt > now).OrderBy(t => t.Id)
                .Select(t => new SessionData(t.CreatedAt, t.RenewedAt, t.ExpiresAt, t.Device, t.Network)).ToListAsync(cancellationToken),
            Sellers = await db.SellerBuyers.Where(b => b.MemberId == memberId).OrderBy(b => b.Id)
                .Join(db.Sellers, b => b.SellerId, s => s.Id, (b, s) => new KnownAtSellerData(s.Name, b.Uuid, b.Email, b.TiedAt)).ToListAsync(cancellationToken),
            HeldAtSellers = await db.Entitlements.Where(e => e.MemberId == memberId).OrderBy(e => e.Id)
                .Join(db.Sellers, e => e.SellerId, s => s.Id, (e, s) => new { e, s.Name })
                .Join(db.SellerProducts, x => x.e.ProductId, p => p.Id, (x, p) => new HeldData(x.Name, p.Code, x.e.Months, x.e.GrantedAt, x.e.RevokedAt)).ToListAsync(cancellationToken),
            LinkedAccounts = await db.UserLogins.Where(l => l.UserId == memberId).OrderBy(l => l.LoginProvider)
                .Select(l => new LinkedAccountData(l.LoginProvider, l.ProviderKey, l.ProviderDisplayName)).ToListAsync(cancellationToken),
            OpenResources = await db.PaidSessions
                .Join(db.Orders.Where(o => o.BuyerId == memberId || db.MatrixOrders.Any(m => m.OrderId == o.Id && m.ClaimedBy == memberId)), s => s.OrderId, o => o.Id, (s, o) => new { s, o })
                .OrderBy(x => x.s.Id).Select(x => new OpenResourceData(x.o.Number, x.o.Lines.Select(l => l.Title).First(), x.s.ProvedAt)).ToListAsync(cancellationToken),
        };
    }

    private static async Task<AccountData> AccountAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var member = await db.Users.AsNoTracking().FirstAsync(m => m.Id == memberId, cancellationToken);
        var wish = await db.VirtualGiftWishes.AsNoTracking().FirstOrDefaultAsync(w => w.MemberId == memberId, cancellationToken);
        return new AccountData(
            member.UserName!, member.Email, member.EmailConfirmed, member.CreatedAt, member.Culture, member.TimeZone, member.RemindersOffAt, member.StrangeSignInAt,
            member.GiftsFromMembersOnly, Words.Of(wish?.Senders ?? VirtualGiftSenders.All), wish?.Unnamed ?? true,
            await db.SecondFactors.Where(f => f.MemberId == memberId && f.ConfirmedAt != null).Select(f => f.ConfirmedAt).FirstOrDefaultAsync(cancellationToken),
            await db.UserRoles.Where(r => r.UserId == memberId).Join(db.Roles, r => r.RoleId, r => r.Id, (_, r) => r.Name!).OrderBy(n => n).ToListAsync(cancellationToken));
    }

    private static async Task<MembershipData> MembershipAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var now = await db.Memberships.AsNoTracking().FirstOrDefaultAsync(m => m.AccountId == memberId, cancellationToken);
        var events = await db.MembershipEvents.AsNoTracking().Where(e => e.AccountId == memberId).OrderBy(e => e.Id).ToListAsync(cancellationToken);
        return new MembershipData(
            now?.Class, now?.Until, now?.Permanent ?? false,
            [.. events.Select(e => new MembershipEventData(Words.Of(e.Kind), e.At, e.Class, e.Months, e.Days, e.RevokedAt))]);
    }

    private static async Task<PointsData> PointsAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var lines = await PointsAccounts.StatementAsync(db, memberId, 0, int.MaxValue, cancellationToken);
        return new PointsData(
            await PointsAccounts.BalanceAsync(db, memberId, cancellationToken),
            [.. lines.Select(l => new PointsLineData(l.At, l.Kind, l.Reason, l.Amount, l.BalanceAfter))],
            [.. (await PointsLots.OfAsync(db, memberId, cancellationToken)).Select(l => new PointsEndData(l.Points, l.EndsAt))]);
    }

    private static async Task<IReadOnlyList<OrderData>> OrdersAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var orders = await db.Orders.AsNoTracking().Where(o => o.BuyerId == memberId).OrderBy(o => o.Id).Include(o => o.Lines).AsSplitQuery().ToListAsync(cancellationToken);
        var own = db.Orders.Where(o => o.BuyerId == memberId).Select(o => o.Id);
        var deliveries = (await db.Deliveries.AsNoTracking().Where(d => own.Contains(d.OrderId)).ToListAsync(cancellationToken)).ToDictionary(d => d.OrderLineId);
        var attempts = (await db.PaymentAttempts.AsNoTracking().Where(a => own.Contains(a.OrderId)).OrderBy(a => a.CreatedAt).ToListAsync(cancellationToken)).ToLookup(a => a.OrderId);
        var refunds = (await db.Refunds.AsNoTracking().Where(r => r.OrderId != null && own.Contains(r.OrderId.Value)).OrderBy(r => r.CreatedAt).ToListAsync(cancellationToken))
            .ToLookup(r => r.OrderId!.Value);
        var receipts = (await db.Receipts.AsNoTracking().Where(r => own.Contains(r.OrderId)).ToListAsync(cancellationToken)).ToDictionary(r => r.OrderId);
        var notes = (await db.CreditNotes.AsNoTracking().Where(n => own.Contains(n.OrderId)).OrderBy(n => n.Id).ToListAsync(cancellationToken)).ToLookup(n => n.OrderId);
        return [.. orders.Select(o =>
        {
            var receipt = receipts.GetValueOrDefault(o.Id);
            return new OrderData
            {
                Number = o.Number,
                Reference = o.Reference,
                State = Words.Of(o.State),
                PlacedAt = o.PlacedAt,
                PaidAt = o.PaidAt,
                Currency = o.Currency,
                PriceMinor = o.PriceMinor,
                TaxMinor = o.TaxMinor,
                DueMinor = o.DueMinor,
                DuePoints = o.DuePoints,
                Country = o.BuyerCountry,
                TaxId = o.BuyerTaxId,
                BillTo = o.BillTo,
                TermsVersion = o.TermsVersion,
                PrivacyVersion = o.PrivacyVersion,
                Receipt = receipt?.Number,
                PaidWith = receipt is null ? null : string.Join(' ', new[] { receipt.Brand, receipt.Last4 }.OfType<string>()),
                CreditNotes = [.. notes[o.Id].Select(n => n.Number)],
                Lines = [.. o.Lines.OrderBy(l => l.Position).Select(l => Line(l, deliveries.GetValueOrDefault(l.Id)))],
                Payments = [.. attempts[o.Id].Select(a => new PaymentData(a.Provider, Words.Of(a.State), a.AmountMinor, a.CreatedAt, a.Reason))],
                Refunds = [.. refunds[o.Id].Select(r => new RefundData(Words.Of(r.State), r.AmountMinor, r.Points, r.CreatedAt, r.SucceededAt))],
            };
        })];
    }

    private static OrderLineData Line(OrderLine line, Delivery? delivery) => new(
        line.Sku, line.Title, line.Quantity, line.PriceMinor, line.DuePoints, line.RecipientName, delivery?.Note ?? line.Note, delivery?.Anonymous ?? line.Anonymous,
        delivery is null ? null : Words.Of(delivery.State), delivery?.DeliverOn, delivery?.AppliedAt);

    private static async Task<IReadOnlyList<SubscriptionData>> SubscriptionsAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var rows = await db.Subscriptions.AsNoTracking().Where(s => s.MemberId == memberId).OrderBy(s => s.Id)
            .Select(s => new { s, Recipient = db.Users.Where(u => u.Id == s.RecipientId).Select(u => u.UserName!).First() }).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new SubscriptionData(
            r.s.Product, r.s.Months, r.s.PriceMinor, r.s.Currency, r.Recipient, Words.Of(r.s.State), r.s.CreatedAt, r.s.PaidThrough, r.s.NextChargeAt, r.s.CancelledAt, r.s.EndedAt))];
    }

    private static async Task<IReadOnlyList<ReceivedData>> ReceivedAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var rows = await db.Deliveries.Where(d => d.RecipientId == memberId && (d.State == DeliveryState.Applied || d.State == DeliveryState.Revoked))
            .Join(db.Orders.Where(o => o.BuyerId == null || o.BuyerId != memberId), d => d.OrderId, o => o.Id, (d, o) => new { d, o.BuyerId })
            .OrderBy(x => x.d.Id)
            .Select(x => new
            {
                Title = db.OrderLines.Where(l => l.Id == x.d.OrderLineId).Select(l => l.Title).First(),
                From = x.d.Anonymous ? null : db.Users.Where(m => m.Id == x.BuyerId).Select(m => m.UserName).FirstOrDefault(),
                x.d.Note,
                x.d.State,
                x.d.AppliedAt,
                Answer = db.VirtualGiftOffers.Where(o => o.DeliveryId == x.d.Id).Select(o => (VirtualGiftOfferState?)o.State).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        return [.. rows.Select(r => new ReceivedData(r.Title, r.From, r.Note, Words.Of(r.State), r.AppliedAt, r.Answer is { } answer ? Words.Of(answer) : null))];
    }

    private static async Task<IReadOnlyList<TransferData>> TransfersAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken) =>
        await db.PointsTransfers.Where(t => t.SenderId == memberId || t.RecipientId == memberId).OrderBy(t => t.Id)
            .Select(t => new TransferData(
                t.At, t.SenderId == memberId ? "sent" : "received", t.Points, t.Note,
                t.SenderId == memberId
                    ? db.Users.Where(u => u.Id == t.RecipientId).Select(u => u.UserName).First()
                    : t.Anonymous ? null : db.Users.Where(u => u.Id == t.SenderId).Select(u => u.UserName).First()))
            .ToListAsync(cancellationToken);

    private static async Task<IReadOnlyList<NameData>> NamesAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var tokens = await db.RenameTokens.AsNoTracking().Where(t => t.OwnerId == memberId).OrderBy(t => t.Id).ToListAsync(cancellationToken);
        return [.. tokens.Select(t => new NameData(Words.Of(t.State), t.CreatedAt, t.UsedAt, t.OldName, t.NewName))];
    }

    private static async Task<IReadOnlyList<string>> NamesOfAsync(ShopDbContext db, IQueryable<long> accounts, CancellationToken cancellationToken) =>
        await db.Users.Where(u => accounts.Contains(u.Id)).Select(u => u.UserName!).OrderBy(n => n).ToListAsync(cancellationToken);
}
