using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A credential that a request brings for an order: nothing, a claim token, or the hash of the contract.</summary>
public enum MatrixCredential { None, RightToken, WrongToken, RightHash, WrongHash }

/// <summary>How an order of the matrix stands for one session (D3, D13).</summary>
public enum MatrixState
{
    Unclaimed,

    /// <summary>Somebody has begun to pay it, or paid it under another session than the one that asks.</summary>
    Claimed,

    /// <summary>Paid, and proved under the session that asks.</summary>
    Paid,

    /// <summary>Cancelled or expired: no longer payable.</summary>
    Over,
}

/// <summary>What the back end says of an order to whoever sells by it (GET private/orders/{O}?session_id={S}).</summary>
public sealed record MatrixStatus
{
    public required long OrderId { get; init; }

    public required string Number { get; init; }

    public required MatrixState State { get; init; }

    public required string Title { get; init; }

    public required Shop.Payments.Money Amount { get; init; }

    public required string FulfillmentUrl { get; init; }

    /// <summary>Money given back of the resource's own line, minor units (D5).</summary>
    public required long RefundedMinor { get; init; }

    /// <summary>What of that has not arrived yet, minor units: it is on its way, or waits for the wallet.</summary>
    public required long RefundPendingMinor { get; init; }

    /// <summary>Claimed by a session or account that is not the asking one.</summary>
    public required bool IsAnothers { get; init; }

    /// <summary>Where the buyer is sent: the order's page with the session that asks (TF-22, TF-24 to TF-27).</summary>
    public required string StatusUrl { get; init; }

    /// <summary>The order that this session has already paid for the same address (TF-21, TF-38); null: none.</summary>
    public string? AlreadyPaid { get; init; }

    public string? AlreadyPaidUrl { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    /// <summary>Until when it can be paid.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>It is paid, under whatever session (TF-46, TF-47).</summary>
    public bool IsPaid { get; init; }

    /// <summary>It has a claim token.</summary>
    public bool HasToken { get; init; }

    /// <summary>The resource's name; null: an order of another storefront.</summary>
    public string? Resource { get; init; }

    /// <summary>What it costs a member in points instead; null: money only.</summary>
    public int? Points { get; init; }
}

/// <summary>What is ordered through the back end.</summary>
public sealed record MatrixWish
{
    /// <summary>The resource; null: the three below.</summary>
    public string? Resource { get; init; }

    public string? Summary { get; init; }

    public long? AmountMinor { get; init; }

    /// <summary>May hold ${ORDER_ID}, which is replaced by the order's number.</summary>
    public string? FulfillmentUrl { get; init; }

    /// <summary>The caller's own id, which makes the call repeatable: the same again is the same order, another content under it a conflict.</summary>
    public string? OrderId { get; init; }

    /// <summary>The session it is made for; null: none yet.</summary>
    public string? Session { get; init; }

    public bool WithToken { get; init; } = true;

    public string? ReorderUrl { get; init; }

    /// <summary>Whose key asks; null: the shop's own storefront.</summary>
    public long? SellerId { get; init; }

    public string? AddressHash { get; init; }

    /// <summary>Somebody asks for the money (TF-44); null: a storefront made it.</summary>
    public MatrixRequest? Request { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Culture { get; init; }
}

/// <summary>Who asks for the money of an order.</summary>
/// <param name="StaffId">The member of staff; null: a seller, by a key.</param>
/// <param name="SendTo">A mail goes there; null: whoever asks passes the words on.</param>
public sealed record MatrixRequest(long? StaffId, string? SendTo);

public abstract record MatrixMade
{
    private MatrixMade() { }

    public sealed record Made(string Number, string? Token, bool IsNew, DateTimeOffset ExpiresAt) : MatrixMade;

    /// <summary>There is no such resource, or it is not on sale.</summary>
    public sealed record NoResource : MatrixMade;

    /// <summary>The caller's order id has another content.</summary>
    public sealed record Conflict : MatrixMade;

    /// <summary>Too many orders of this session or from this network address.</summary>
    public sealed record TooMany : MatrixMade;

    /// <summary>Too many mails of whoever asks, or to this address.</summary>
    public sealed record TooManyMails(bool ToAddress) : MatrixMade;
}

/// <summary>What the public page of an order answers (parity/taler.md section 4), before it is written as HTML or JSON.</summary>
public abstract record MatrixAnswer
{
    private MatrixAnswer() { }

    /// <summary>404.</summary>
    public sealed record Unknown : MatrixAnswer;

    /// <summary>403.</summary>
    public sealed record Refused : MatrixAnswer;

    /// <summary>202: it has a claim token, none was brought, and it can be bought anew there.</summary>
    public sealed record Reorder(string Url) : MatrixAnswer;

    /// <summary>402: to be paid, with the claim token in the wallet's address or without.</summary>
    public sealed record Pay(MatrixStatus Order, bool WithToken) : MatrixAnswer;

    /// <summary>402 with already_paid_order_id in JSON, 302 to the address in HTML.</summary>
    public sealed record AlreadyPaid(MatrixStatus Order, string Earlier, string Url) : MatrixAnswer;

    /// <summary>200.</summary>
    public sealed record Paid(MatrixStatus Order) : MatrixAnswer;

    /// <summary>It can no longer be paid; the page says so and leads to buying anew (D13). JSON: 402 without an address to pay at.</summary>
    public sealed record Over(MatrixStatus Order) : MatrixAnswer;
}

/// <summary>
/// Orders of the matrix (docs/adr/0045): made by looking at a resource or through the back end, claimed by who begins to pay, opened for the sessions that prove the payment.
/// </summary>
public sealed class MatrixOrders(
    Writes writes, RuleBook rules, LegalPages legal, LinkTokens tokens, ShopLinks links, Attempts attempts, DeliveryRun deliveries, Receipts receipts, PaidSessions sessions, TimeProvider clock)
{
    /// <summary>In an address: replaced by the order's number.</summary>
    public const string OrderIdPlaceholder = "${ORDER_ID}";

    private const string PaidWithPoints = "paid_with_points";

    private static readonly TimeSpan SessionsOrders = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AddressesOrders = TimeSpan.FromHours(1);

    private sealed record Row(Order Order, MatrixOrder Matrix, string Title, string Goods, bool IsTaken, long BackMinor, long PendingMinor);

    private sealed record Secrets(string Number, string ReceiptHash, string Nonce);

    /// <summary>What an order of the matrix is to be written from.</summary>
    private sealed record Draft
    {
        public required Secrets Secrets { get; init; }

        public required ResourceGoods Goods { get; init; }

        public required string FulfillmentUrl { get; init; }

        public string? ReorderUrl { get; init; }

        public required long PriceMinor { get; init; }

        /// <summary>Paid with these instead of money; 0: with money.</summary>
        public long Points { get; init; }

        public required bool HasToken { get; init; }

        public long? SellerId { get; init; }

        public long? BuyerId { get; init; }

        public string? BuyerEmail { get; init; }

        public MatrixRequest? Request { get; init; }

        public string? SessionHash { get; init; }

        public string? OpenKey { get; init; }

        public string? AddressHash { get; init; }

        public required string Culture { get; init; }
    }

    /// <summary>
    /// Makes an order, or finds the one that is meant: of a session and a resource the paid one, else the open one (TF-10); of a caller with ids of its own the one of that id. Two at once get the
    /// same order, because the keys are unique (TF-49).
    /// </summary>
    /// <exception cref="ArgumentException">The wish names no resource, and not all of summary, amount and address.</exception>
    public async Task<MatrixMade> MakeAsync(MatrixWish wish, CancellationToken cancellationToken)
    {
        if (wish.Resource is null && (string.IsNullOrWhiteSpace(wish.Summary) || wish.AmountMinor is not > 0 || string.IsNullOrWhiteSpace(wish.FulfillmentUrl)))
        {
            throw new ArgumentException("An order of no resource has a summary, an amount and an address.", nameof(wish));
        }

        var secrets = await SecretsAsync(wish.OrderId is { } own ? await tokens.NumberAsync(wish.SellerId, own, cancellationToken) : Codes.New(26), cancellationToken);
        var made = await TryAsync(1);
        return made is MatrixMade.Made { Token: not null } order ? order with { Token = await TokenAsync(order.Number, cancellationToken) } : made;

        async Task<MatrixMade> TryAsync(int tries)
        {
            try
            {
                return await writes.RunAsync((unit, token) => MakeAsync(unit.Db, wish, secrets, token), cancellationToken);
            }
            catch (DbUpdateException e) when (tries < 3 && (Violations.IsUnique(e, "open_key") || Violations.IsUnique(e, "number")))
            {
                return await TryAsync(tries + 1); // somebody made it at the same moment: theirs is the order
            }
        }
    }

    /// <summary>How an order stands for a session; without one, for whoever sells. Null: there is none, or it is no order of the matrix.</summary>
    /// <param name="allowRefunded">An order that was given back counts as paid already (D7).</param>
    public async Task<MatrixStatus?> StatusAsync(string number, string? session, CancellationToken cancellationToken, bool allowRefunded = false) =>
        (await SeeAsync(number, session, allowRefunded, cancellationToken))?.Status;

    /// <summary>What the public page of an order answers (parity/taler.md section 4).</summary>
    /// <param name="html">A person looks at it.</param>
    /// <param name="allowRefunded">An order that was given back counts as paid already (D7).</param>
    public async Task<MatrixAnswer> PageAsync(
        string number, string? token, string? contractHash, string? session, bool html, CancellationToken cancellationToken, bool allowRefunded = false)
    {
        if (await SeeAsync(number, session, allowRefunded, cancellationToken) is not var (row, status))
        {
            return new MatrixAnswer.Unknown();
        }

        var credential = CredentialOf(row.Matrix, await TokenAsync(number, cancellationToken), token, contractHash);
        var situation = new MatrixSituation(status.State, row.Matrix.HasToken, row.Matrix.ReorderUrl is not null, status.AlreadyPaid is not null);
        return MatrixTable.Answer(situation, credential, html) switch
        {
            MatrixReply.Refused => new MatrixAnswer.Refused(),
            MatrixReply.Reorder => new MatrixAnswer.Reorder(row.Matrix.ReorderUrl!),
            MatrixReply.Pay => new MatrixAnswer.Pay(status, credential == MatrixCredential.RightToken && !status.IsPaid),
            MatrixReply.AlreadyPaid => new MatrixAnswer.AlreadyPaid(status, status.AlreadyPaid!, status.AlreadyPaidUrl!),
            MatrixReply.Paid => new MatrixAnswer.Paid(status),
            MatrixReply.Over => new MatrixAnswer.Over(status),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>
    /// Somebody begins to pay: the order is theirs from now on, and its pay page works for them. Returns its number, also where it was theirs before; null: it is another's, over, or the
    /// credential does not fit. Of two at once one gets it.
    /// </summary>
    public async Task<string?> ClaimAsync(string number, string? token, string? contractHash, Buyer buyer, string session, CancellationToken cancellationToken)
    {
        var (own, hash) = (await TokenAsync(number, cancellationToken), Codes.Hash(session));
        return await writes.RunAsync(
            async (unit, cancel) =>
            {
                var db = unit.Db;
                if (await TakeAsync(db, number, cancel) is not var (order, matrix) || order.State is OrderState.Cancelled or OrderState.Expired)
                {
                    return unit.RollBack<string?>(null);
                }

                if (matrix.ClaimedAt is not null)
                {
                    return await AgainAsync(db, order, matrix, buyer, hash, cancel) ? number : unit.RollBack<string?>(null);
                }

                if (order.State != OrderState.AwaitingPayment
                    || CredentialOf(matrix, own, token, contractHash) != (matrix.HasToken ? MatrixCredential.RightToken : MatrixCredential.None))
                {
                    return unit.RollBack<string?>(null);
                }

                var now = clock.GetUtcNow();
                await db.MatrixOrders.Where(m => m.OrderId == order.Id).ExecuteUpdateAsync(
                    set => set.SetProperty(m => m.ClaimedSessionHash, hash).SetProperty(m => m.ClaimedBy, buyer.MemberId).SetProperty(m => m.ClaimedAt, now), cancel);
                await TieAsync(db, order.Id, buyer, hash, cancel);
                return number;
            },
            cancellationToken);
    }

    /// <summary>
    /// A session shows that the order is paid by it: it has before, or whoever is signed in bought or claimed it. It then has it open like the one that paid; beyond the rule's number the oldest
    /// gives way. False: nothing shows it.
    /// </summary>
    public async Task<bool> ProveAsync(string number, string session, long? memberId, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(session);
        var (isProved, proved) = await writes.RunAsync(
            async (unit, token) =>
            {
                if (await TakeAsync(unit.Db, number, token) is not var (order, matrix) || order.PaidAt is null)
                {
                    return unit.RollBack((false, 0L));
                }

                if (await unit.Db.PaidSessions.AnyAsync(s => s.OrderId == order.Id && s.SessionHash == hash, token))
                {
                    return unit.RollBack((true, 0L));
                }

                if (memberId is null || (order.BuyerId != memberId && matrix.ClaimedBy != memberId))
                {
                    return unit.RollBack((false, 0L));
                }

                await OpenAsync(unit.Db, order.Id, hash, token);
                return (true, order.Id);
            },
            cancellationToken);
        Forget(proved);
        return isProved;
    }

    /// <summary>The account's newest order that opens a resource; null: none does.</summary>
    public Task<string?> BoughtAsync(string resourceCode, long memberId, CancellationToken cancellationToken) => writes.ReadAsync(
        (db, token) => PaidSessions.Open(db)
            .Join(db.Resources.Where(r => r.Code == resourceCode), m => m.ResourceId, r => r.Id, (m, _) => m)
            .Join(db.Orders, m => m.OrderId, o => o.Id, (m, o) => new { m.ClaimedBy, o.BuyerId, o.Id, o.Number })
            .Where(x => x.BuyerId == memberId || x.ClaimedBy == memberId)
            .OrderByDescending(x => x.Id).Select(x => x.Number).FirstOrDefaultAsync(token),
        cancellationToken);

    /// <summary>The code of the receipt that is in force opens a paid order in one more session, once. Returns the next code; null: it is not the one.</summary>
    public async Task<string?> RecoverAsync(string number, string code, string session, CancellationToken cancellationToken)
    {
        var hash = Codes.Hash(session);
        if (await GenerationAsync(number, cancellationToken) is not { } generation || !IsSame(await tokens.RecoveryAsync(number, generation, cancellationToken), code.Trim()))
        {
            return null;
        }

        var opened = await writes.RunAsync(
            async (unit, token) =>
            {
                // the generation is what two at once meet at
                if (await TakeAsync(unit.Db, number, token) is not var (order, _) || order.PaidAt is null
                    || await unit.Db.MatrixOrders.Where(m => m.OrderId == order.Id && m.RecoveryGeneration == generation)
                        .ExecuteUpdateAsync(set => set.SetProperty(m => m.RecoveryGeneration, generation + 1), token) == 0)
                {
                    return unit.RollBack(0L);
                }

                await OpenAsync(unit.Db, order.Id, hash, token);
                return order.Id;
            },
            cancellationToken);
        Forget(opened);
        return opened == 0 ? null : await tokens.RecoveryAsync(number, generation + 1, cancellationToken);
    }

    /// <summary>The recovery code in force, for the receipt.</summary>
    /// <exception cref="InvalidOperationException">It is no order of the matrix.</exception>
    public async Task<string> RecoveryCodeAsync(string number, CancellationToken cancellationToken) =>
        await GenerationAsync(number, cancellationToken) is { } generation
            ? await tokens.RecoveryAsync(number, generation, cancellationToken)
            : throw new InvalidOperationException("It is no order of the matrix.");

    /// <summary>The claim token of an order that has one (T).</summary>
    public async Task<string> TokenAsync(string number, CancellationToken cancellationToken) => await tokens.MatrixAsync(number, cancellationToken);

    /// <summary>The contract terms as they are hashed (H), for whoever sells; null: it is no order of the matrix.</summary>
    public async Task<string?> TermsAsync(string number, CancellationToken cancellationToken)
    {
        var nonce = await tokens.NonceAsync(number, cancellationToken);
        return await writes.ReadAsync(
            async (db, token) => await Rows(db).Where(x => x.Order.Number == number).Select(x => new { x.Order, x.Matrix, x.Line }).FirstOrDefaultAsync(token) is { } found
                ? TermsOf(found.Order, found.Line, found.Matrix.FulfillmentUrl, nonce).Write()
                : null,
            cancellationToken);
    }

    /// <summary>
    /// A member pays with points instead: the open order is dropped and one without money due takes its place, in one transaction (docs/adr/0045). Sent twice it is one purchase.
    /// </summary>
    public async Task<PlaceResult> PayWithPointsAsync(string number, Buyer buyer, string session, CancellationToken cancellationToken)
    {
        var (hash, memberId) = (Codes.Hash(session), buyer.MemberId ?? throw new ArgumentException("Points are a member's.", nameof(buyer)));
        var seen = await writes.ReadAsync(
            async (db, token) => await Rows(db).Where(x => x.Order.Number == number).Select(x => new { x.Order, x.Matrix, x.Line.Goods }).FirstOrDefaultAsync(token), cancellationToken);
        if (seen is null || ResourceGoods.Read(seen.Goods) is not { Points: not null, Code: { } code })
        {
            return new PlaceResult.Refused(CheckoutField.Method, PlaceRefusal.MethodDisabled);
        }

        var live = await writes.ReadAsync((db, token) => Attempts.LiveAsync(db, seen.Order.Id, token), cancellationToken);
        if (IsOthers(seen.Order, seen.Matrix, buyer, hash, isPaying: live is not null))
        {
            return new PlaceResult.Changed(); // what somebody else is paying is not ended for them
        }

        if (live is not null && !await attempts.EndAsync(live, cancellationToken))
        {
            var state = await writes.ReadAsync((db, token) => db.Orders.Where(o => o.Id == seen.Order.Id).Select(o => o.State).FirstAsync(token), cancellationToken);
            return state == OrderState.AwaitingPayment ? new PlaceResult.Busy(number) : new PlaceResult.EarlierPaid(number);
        }

        var secrets = await SecretsAsync(Codes.New(26), cancellationToken);
        var (result, placed) = await writes.RunAsync((unit, token) => PayWithPointsAsync(unit, number, code, buyer, memberId, hash, secrets, token), cancellationToken);
        if (placed is { } order)
        {
            await deliveries.DeliverOrderAsync(order, cancellationToken);
        }

        return result;
    }

    /// <summary>Whether the matrix holds for an order.</summary>
    public async Task<bool> IsMatrixAsync(ShopDbContext db, string number, CancellationToken cancellationToken) =>
        CanBe(number) && await db.Orders.AnyAsync(o => o.Number == number && db.MatrixOrders.Any(m => m.OrderId == o.Id), cancellationToken);

    /// <summary>It is its session's open order no more: dropped, paid, or over.</summary>
    internal static Task CloseAsync(ShopDbContext db, long orderId, CancellationToken cancellationToken) =>
        db.MatrixOrders.Where(m => m.OrderId == orderId && m.OpenKey != null).ExecuteUpdateAsync(set => set.SetProperty(m => m.OpenKey, (string?)null), cancellationToken);

    /// <summary>Something of an order is asked back: nobody has it open from memory (D4). In the transaction that writes the refund.</summary>
    internal static async Task RefundAsync(ShopDbContext db, PaidSessions sessions, long orderId, CancellationToken cancellationToken)
    {
        if (await db.MatrixOrders.Where(m => m.OrderId == orderId).ExecuteUpdateAsync(set => set.SetProperty(m => m.Refunds, m => m.Refunds + 1), cancellationToken) > 0)
        {
            sessions.Evict(orderId);
        }
    }

    /// <summary>
    /// An account is closed: what it has paid is open in none of its browsers, on this node at once and on others within a second, and nothing ties a browser to it. The orders stay, and so does the
    /// recovery code of a receipt: whoever has that has paid. In the transaction that closes it.
    /// </summary>
    /// <param name="nobody">Stands for the session that claimed an order.</param>
    internal static async Task ForgetMemberAsync(ShopDbContext db, PaidSessions sessions, long memberId, string nobody, CancellationToken cancellationToken)
    {
        var orders = await db.MatrixOrders.Where(m => m.ClaimedBy == memberId || db.Orders.Any(o => o.Id == m.OrderId && o.BuyerId == memberId)).Select(m => m.OrderId).ToListAsync(cancellationToken);
        var hash = Codes.Hash(nobody);
        await db.PaidSessions.Where(s => orders.Contains(s.OrderId)).ExecuteDeleteAsync(cancellationToken);
        await db.MatrixOrders.Where(m => orders.Contains(m.OrderId)).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.SessionHash, (string?)null).SetProperty(m => m.OpenKey, (string?)null)
                .SetProperty(m => m.ClaimedSessionHash, m => m.ClaimedAt == null ? null : hash).SetProperty(m => m.Refunds, m => m.Refunds + 1),
            cancellationToken);
        orders.ForEach(sessions.Evict);
    }

    /// <summary>What a request brings. Of a token and a hash both count, and one that is wrong is wrong.</summary>
    private static MatrixCredential CredentialOf(MatrixOrder order, string own, string? token, string? contractHash)
    {
        var hasToken = !string.IsNullOrEmpty(token);
        if (hasToken && !(order.HasToken && IsSame(own, token!)))
        {
            return MatrixCredential.WrongToken;
        }

        return string.IsNullOrEmpty(contractHash) ? hasToken ? MatrixCredential.RightToken : MatrixCredential.None
            : !IsSame(order.ContractHash, contractHash) ? MatrixCredential.WrongHash
            : hasToken ? MatrixCredential.RightToken : MatrixCredential.RightHash;
    }

    private static bool IsSame(string expected, string brought) => brought.Length <= 100
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Codes.Hash(expected)), Encoding.UTF8.GetBytes(Codes.Hash(brought)));

    /// <summary>Who asks about an order that is claimed.</summary>
    private enum Asker
    {
        /// <summary>The account or the browser that it is tied to.</summary>
        Payer,

        /// <summary>The browser that is to read.</summary>
        Reader,

        Another,
    }

    private sealed record Lined
    {
        public required Order Order { get; init; }

        public required MatrixOrder Matrix { get; init; }

        public required OrderLine Line { get; init; }
    }

    /// <summary>Orders of the matrix with their one line.</summary>
    private static IQueryable<Lined> Rows(ShopDbContext db) => db.MatrixOrders.AsNoTracking()
        .Join(db.Orders.AsNoTracking(), m => m.OrderId, o => o.Id, (m, o) => new { Matrix = m, Order = o })
        .Join(db.OrderLines.AsNoTracking(), x => x.Order.Id, l => l.OrderId, (x, l) => new Lined { Order = x.Order, Matrix = x.Matrix, Line = l });

    /// <summary>Takes an order's row for this transaction; null: it is no order of the matrix.</summary>
    private static async Task<(Order Order, MatrixOrder Matrix)?> TakeAsync(ShopDbContext db, string number, CancellationToken cancellationToken)
    {
        if (!CanBe(number) || await db.Orders.Where(o => o.Number == number && db.MatrixOrders.Any(m => m.OrderId == o.Id)).Select(o => (long?)o.Id).FirstOrDefaultAsync(cancellationToken) is not { } id)
        {
            return null;
        }

        var order = await OrderTransitions.LockAsync(db, id, cancellationToken);
        return (order, await db.MatrixOrders.AsNoTracking().FirstAsync(m => m.OrderId == id, cancellationToken));
    }

    /// <summary>The order's pay page works for this buyer: by the account, or by the session.</summary>
    private static async Task TieAsync(ShopDbContext db, long orderId, Buyer buyer, string sessionHash, CancellationToken cancellationToken)
    {
        var email = buyer.MemberId is null ? null : await db.Users.Where(m => m.Id == buyer.MemberId).Select(m => m.Email).FirstAsync(cancellationToken);
        // the browser's own sessions: the one that it pays for may be another's
        var session = buyer.MemberId is not null ? null : buyer.ResourceHash ?? buyer.SessionHash ?? sessionHash;
        await db.Orders.Where(o => o.Id == orderId).ExecuteUpdateAsync(
            set => set.SetProperty(o => o.BuyerId, buyer.MemberId).SetProperty(o => o.BuyerEmail, email).SetProperty(o => o.SessionHash, session), cancellationToken);
    }

    /// <summary>Claimed, and not for this buyer to pay: the browser that is to read gives way to whoever is paying.</summary>
    private static bool IsOthers(Order order, MatrixOrder matrix, Buyer buyer, string hash, bool isPaying) =>
        matrix.ClaimedAt is not null && order.State == OrderState.AwaitingPayment && AskerOf(order, matrix, buyer, hash) is var asker && (asker == Asker.Another || (asker == Asker.Reader && isPaying));

    private static Asker AskerOf(Order order, MatrixOrder matrix, Buyer buyer, string hash)
    {
        var isSessions = matrix.ClaimedSessionHash == hash;
        var isAccounts = buyer.MemberId is { } member && (matrix.ClaimedBy == member || order.BuyerId == member);
        return isAccounts || (isSessions && order.BuyerId is null && order.SessionHash is { } tied && (buyer.SessionHash == tied || buyer.ResourceHash == tied)) ? Asker.Payer
            : isSessions && buyer.ResourceHash == hash ? Asker.Reader
            : Asker.Another;
    }

    /// <summary>
    /// Claimed before: it stays with the account or the browser that it is tied to, for which its address alone proves nothing. The browser that is to read may begin anew while nobody is paying.
    /// </summary>
    private static async Task<bool> AgainAsync(ShopDbContext db, Order order, MatrixOrder matrix, Buyer buyer, string hash, CancellationToken cancellationToken)
    {
        var asker = AskerOf(order, matrix, buyer, hash);
        if (asker == Asker.Another)
        {
            return false;
        }

        var isPayers = asker == Asker.Payer;

        if (order.State != OrderState.AwaitingPayment)
        {
            return isPayers;
        }

        var attempts = await db.PaymentAttempts.Where(a => a.OrderId == order.Id).Select(a => a.State).ToListAsync(cancellationToken);
        if (!isPayers && attempts.Any(state => AttemptStates.Live.Contains(state)))
        {
            return false;
        }

        var claimedBy = isPayers ? matrix.ClaimedBy ?? buyer.MemberId : buyer.MemberId;
        await db.MatrixOrders.Where(m => m.OrderId == order.Id).ExecuteUpdateAsync(
            set => set.SetProperty(m => m.ClaimedSessionHash, hash).SetProperty(m => m.ClaimedBy, claimedBy), cancellationToken);
        if (order.BuyerId is null || !isPayers)
        {
            // what a provider was told of the payer stays as it was told
            await TieAsync(db, order.Id, attempts.Count > 0 ? buyer with { MemberId = null } : buyer, hash, cancellationToken);
        }

        return true;
    }

    private static ContractTerms TermsOf(Order order, OrderLine line, string fulfillmentUrl, string nonce) => new()
    {
        Number = order.Number,
        Summary = line.Title,
        Amount = new Money(order.DueMinor, Currency.Of(order.Currency)),
        Points = order.DuePoints,
        FulfillmentUrl = fulfillmentUrl,
        Product = line.Sku,
        PlacedAt = order.PlacedAt,
        Nonce = nonce,
    };

    /// <summary>Whatever else stands in an address need not be looked for.</summary>
    internal static bool CanBe(string number) => number.Length is > 0 and <= 32 && number.All(char.IsAsciiLetterOrDigit);

    private static string OpenKeyOf(string sessionHash, long resourceId, long? sellerId) =>
        Codes.Hash(string.Create(CultureInfo.InvariantCulture, $"{sessionHash}:{resourceId}{(sellerId is { } seller ? $":{seller}" : "")}"));

    private static MatrixMade.Made Found(string number, bool hasToken, bool isNew, DateTimeOffset expiresAt) => new(number, hasToken ? "" : null, isNew, expiresAt);

    private void Forget(long orderId)
    {
        if (orderId != 0)
        {
            sessions.Evict(orderId); // one of its sessions may have given way
        }
    }

    private Task<int?> GenerationAsync(string number, CancellationToken cancellationToken) => !CanBe(number) ? Task.FromResult<int?>(null) : writes.ReadAsync(
        (db, token) => db.MatrixOrders.Where(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == number)).Select(m => (int?)m.RecoveryGeneration).FirstOrDefaultAsync(token), cancellationToken);

    private async Task<Secrets> SecretsAsync(string number, CancellationToken cancellationToken) => new(
        number, Codes.Hash(await tokens.ReceiptAsync(number, 0, cancellationToken)), await tokens.NonceAsync(number, cancellationToken));

    /// <summary>One more session has it open. The caller holds the order's row.</summary>
    private async Task OpenAsync(ShopDbContext db, long orderId, string sessionHash, CancellationToken cancellationToken)
    {
        await PaidSessions.AddAsync(db, orderId, sessionHash, clock.GetUtcNow(), cancellationToken);
        var most = (await rules.GetAsync<ResourceTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).LiveSessions;
        var newest = await db.PaidSessions.Where(s => s.OrderId == orderId).OrderByDescending(s => s.Id).Select(s => s.Id).Take(most).ToListAsync(cancellationToken);
        await db.PaidSessions.Where(s => s.OrderId == orderId && !newest.Contains(s.Id)).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<(Row Row, MatrixStatus Status)?> SeeAsync(string number, string? session, bool allowRefunded, CancellationToken cancellationToken)
    {
        var hash = session is null ? null : Codes.Hash(session);
        var (row, isProved, before) = await writes.ReadAsync<(Row?, bool, (string, string)?)>(
            async (db, token) =>
            {
                if (!CanBe(number) || await FindAsync(db, number, token) is not { } found)
                {
                    return (null, false, null);
                }

                var proved = hash is not null && found.Order.PaidAt is not null && await db.PaidSessions.AnyAsync(s => s.OrderId == found.Order.Id && s.SessionHash == hash, token);
                return (found, proved, hash is null || proved ? null : await EarlierAsync(db, found, hash, allowRefunded, token));
            },
            cancellationToken);
        return row is null ? null : (row, await StatusAsync(row, session, hash, isProved, before, cancellationToken));
    }

    private static Task<Row?> FindAsync(ShopDbContext db, string number, CancellationToken cancellationToken)
    {
        var (back, underWay) = (LineRefunds.Standing(db), LineRefunds.UnderWay(db));
        return Rows(db).Where(x => x.Order.Number == number)
            .Select(x => new Row(
                x.Order, x.Matrix, x.Line.Title, x.Line.Goods,
                db.Deliveries.Any(d => d.OrderLineId == x.Line.Id && (d.State == DeliveryState.Revoked || d.State == DeliveryState.Cancelled)),
                back.Where(r => r.OrderLineId == x.Line.Id).Sum(r => r.AmountMinor + (r.Points * x.Order.PointValueMinor)),
                underWay.Where(r => r.OrderLineId == x.Line.Id).Sum(r => r.AmountMinor + (r.Points * x.Order.PointValueMinor))))
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Another order that this session has paid for the same address, at the same storefront (D7): what another seller says of an address pays for nothing here.</summary>
    private static async Task<(string Number, string Url)?> EarlierAsync(ShopDbContext db, Row row, string hash, bool allowRefunded, CancellationToken cancellationToken)
    {
        var counted = allowRefunded ? db.MatrixOrders : PaidSessions.Open(db);
        var found = await counted.Where(m => m.FulfillmentUrl == row.Matrix.FulfillmentUrl && m.OrderId != row.Order.Id
                && (row.Matrix.ResourceId == null ? m.ResourceId == null && m.SellerId == row.Matrix.SellerId : m.ResourceId == row.Matrix.ResourceId)
                && db.PaidSessions.Any(s => s.OrderId == m.OrderId && s.SessionHash == hash))
            .Join(db.Orders, m => m.OrderId, o => o.Id, (m, o) => new { o.Id, o.Number, m.FulfillmentUrl }).OrderByDescending(x => x.Id).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.Number, found.FulfillmentUrl);
    }

    private async Task<MatrixStatus> StatusAsync(Row row, string? session, string? hash, bool isProved, (string Number, string Url)? before, CancellationToken cancellationToken)
    {
        var (order, matrix, goods) = (row.Order, row.Matrix, ResourceGoods.Read(row.Goods));
        var state = order.State is OrderState.Cancelled or OrderState.Expired ? MatrixState.Over
            : order.PaidAt is not null && (isProved || hash is null) ? MatrixState.Paid
            : order.PaidAt is not null || matrix.ClaimedAt is not null ? MatrixState.Claimed
            : MatrixState.Unclaimed;
        var isAgreed = matrix.ClaimedAt is not null || order.PaidAt is not null;
        var token = !isAgreed && matrix.HasToken ? await TokenAsync(order.Number, cancellationToken) : null;
        return new MatrixStatus
        {
            OrderId = order.Id,
            Number = order.Number,
            State = state,
            Title = row.Title,
            Amount = new Money(order.PriceMinor, Currency.Of(order.Currency)),
            FulfillmentUrl = matrix.FulfillmentUrl,
            // goods that were taken back stay taken, also where the bank sent the money back to us
            RefundedMinor = row.BackMinor == 0 && row.IsTaken && order.PaidAt is not null ? order.PriceMinor : row.BackMinor,
            RefundPendingMinor = row.PendingMinor,
            IsAnothers = hash is not null && state == MatrixState.Claimed && matrix.ClaimedSessionHash != hash,
            StatusUrl = links.Status(order.Number, token, isAgreed ? matrix.ContractHash : null, session),
            AlreadyPaid = before?.Number,
            AlreadyPaidUrl = before?.Url,
            PlacedAt = order.PlacedAt,
            ExpiresAt = order.ExpiresAt,
            IsPaid = order.PaidAt is not null,
            HasToken = matrix.HasToken,
            Resource = goods.Code,
            Points = goods.Points,
        };
    }

    private async Task<MatrixMade> MakeAsync(ShopDbContext db, MatrixWish wish, Secrets secrets, CancellationToken cancellationToken)
    {
        if (wish.OrderId is not null && await FindAsync(db, secrets.Number, cancellationToken) is { } same)
        {
            return IsSame(same, wish) && await PaymentRequests.IsSameAsync(db, wish, secrets.Number, cancellationToken) ? Found(same.Order.Number, same.Matrix.HasToken, false, same.Order.ExpiresAt) : new MatrixMade.Conflict();
        }

        var now = clock.GetUtcNow();
        var resource = wish.Resource is null || !ResourceDesk.CanBe(wish.Resource) ? null : await db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == wish.Resource, cancellationToken);
        if (wish.Resource is not null && resource is null)
        {
            return new MatrixMade.NoResource();
        }

        var session = wish.Session is null ? null : Codes.Hash(wish.Session);
        var key = resource is not null && session is not null && wish.OrderId is null ? OpenKeyOf(session, resource.Id, wish.SellerId) : null;
        if (key is not null && await HasAsync(db, resource!, wish.SellerId, session!, key, now, cancellationToken) is { } there)
        {
            return there;
        }

        if (resource is { OnSale: false })
        {
            return new MatrixMade.NoResource();
        }

        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        if (await IsTooManyAsync(db, set.Get<ResourceTerms>(), session, wish.SellerId, wish.AddressHash, now, cancellationToken))
        {
            return new MatrixMade.TooMany();
        }

        if (await PaymentRequests.TooManyAsync(db, wish, now, cancellationToken) is { } mails)
        {
            return mails;
        }

        var order = await WriteAsync(
            db,
            new Draft
            {
                Secrets = secrets,
                Goods = resource is null
                    ? new ResourceGoods(null, null, wish.Summary!.Trim(), null, 0)
                    : new ResourceGoods(resource.Id, resource.Code, resource.Title, resource.Points, resource.Revision),
                FulfillmentUrl = FulfillmentUrl(wish, secrets.Number),
                ReorderUrl = wish.ReorderUrl ?? (resource is null ? null : links.Resource(resource.Code)),
                PriceMinor = resource?.PriceMinor ?? wish.AmountMinor!.Value,
                HasToken = wish.WithToken,
                SellerId = wish.SellerId,
                BuyerEmail = wish.Request?.SendTo,
                Request = wish.Request,
                SessionHash = session,
                OpenKey = key,
                AddressHash = wish.AddressHash,
                Culture = wish.Culture,
            },
            revision,
            set,
            now,
            cancellationToken);
        if (wish.Request is { SendTo: { } to })
        {
            await Outbox.AddOnceAsync(
                db, PaymentRequests.MailKey(wish, order.Number), OutboxKinds.PaymentRequest, new PaymentRequestMessage(order.Id, to), now, now, cancellationToken);
        }

        return Found(order.Number, wish.WithToken, true, order.ExpiresAt);
    }

    private string FulfillmentUrl(MatrixWish wish, string number) =>
        wish.FulfillmentUrl?.Replace(OrderIdPlaceholder, number, StringComparison.Ordinal) ?? links.Resource(wish.Resource!);

    /// <summary>The content of the call that made an order: what has changed about the resource since is not its.</summary>
    private bool IsSame(Row made, MatrixWish wish)
    {
        var goods = ResourceGoods.Read(made.Goods);
        return goods.Code == wish.Resource
            && (wish.Resource is not null || (made.Title == wish.Summary!.Trim() && made.Order.PriceMinor == wish.AmountMinor))
            && made.Matrix.FulfillmentUrl == FulfillmentUrl(wish, made.Order.Number)
            && made.Matrix.ReorderUrl == (wish.ReorderUrl ?? (wish.Resource is null ? null : links.Resource(wish.Resource)))
            && made.Matrix.HasToken == wish.WithToken
            && made.Matrix.SessionHash == (wish.Session is null ? null : Codes.Hash(wish.Session));
    }

    /// <summary>The order that a session has for a resource at this storefront: the paid one, else its open one. One that another has claimed meanwhile, or whose time is over, is dropped (D3).</summary>
    private static async Task<MatrixMade.Made?> HasAsync(
        ShopDbContext db, Resource resource, long? sellerId, string session, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await PaidSessions.FindAsync(db, resource.Code, null, session, cancellationToken) is var (id, _))
        {
            var paid = await Rows(db).FirstAsync(x => x.Order.Id == id, cancellationToken);
            if (paid.Matrix.SellerId == sellerId)
            {
                return Found(paid.Order.Number, paid.Matrix.HasToken, false, paid.Order.ExpiresAt);
            }
        }

        if (await Rows(db).FirstOrDefaultAsync(x => x.Matrix.OpenKey == key, cancellationToken) is not { } open)
        {
            return null;
        }

        var isAnothers = open.Matrix.ClaimedSessionHash is { } claimed && claimed != session;
        if (isAnothers || (open.Order.State == OrderState.AwaitingPayment && open.Matrix.ClaimedAt is null && open.Order.ExpiresAt <= now))
        {
            await CloseAsync(db, open.Order.Id, cancellationToken);
            return null;
        }

        return Found(open.Order.Number, open.Matrix.HasToken, false, open.Order.ExpiresAt);
    }

    private static async Task<bool> IsTooManyAsync(
        ShopDbContext db, ResourceTerms terms, string? session, long? sellerId, string? addressHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (lately, hour) = (now - SessionsOrders, now - AddressesOrders);
        return (session is not null && await db.MatrixOrders.Where(m => m.SessionHash == session && m.SellerId == sellerId)
                .Join(db.Orders.Where(o => o.PlacedAt > lately), m => m.OrderId, o => o.Id, (m, _) => m.OrderId).CountAsync(cancellationToken) >= terms.OrdersPerSession)
            || (addressHash is not null && await db.Orders.CountAsync(o => o.AddressHash == addressHash && o.PlacedAt > hour, cancellationToken) >= terms.OrdersPerAddress);
    }

    private async Task<(PlaceResult Result, long? Placed)> PayWithPointsAsync(
        WriteUnit unit, string number, string code, Buyer buyer, long memberId, string hash, Secrets secrets, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        var (order, matrix) = await TakeAsync(db, number, cancellationToken) ?? throw new InvalidOperationException("An order of the matrix stays one.");
        if (order.State != OrderState.AwaitingPayment)
        {
            // sent twice: what the first sending placed
            return unit.RollBack<(PlaceResult, long?)>((
                await PaidSessions.FindAsync(db, code, null, hash, cancellationToken) is var (_, placed) ? new PlaceResult.Placed(placed, null)
                : order.PaidAt is null ? new PlaceResult.Changed()
                : new PlaceResult.EarlierPaid(number),
                null));
        }

        var isPaying = await db.PaymentAttempts.AnyAsync(a => a.OrderId == order.Id && AttemptStates.Live.Contains(a.State), cancellationToken);
        var isOthers = IsOthers(order, matrix, buyer, hash, isPaying);
        if (isOthers || isPaying)
        {
            return Refuse(isOthers ? new PlaceResult.Changed() : new PlaceResult.Busy(number));
        }

        if (await CheckoutLimits.TooManyOrdersAsync(db, new Buyer(memberId, null), null, now, cancellationToken))
        {
            return Refuse(new PlaceResult.Refused(CheckoutField.None, PlaceRefusal.TooMany));
        }

        await OrderTransitions.MoveAsync(db, order, OrderState.Cancelled, PaidWithPoints, now, cancellationToken);
        await db.Deliveries.Where(d => d.OrderId == order.Id && d.State == DeliveryState.Scheduled)
            .ExecuteUpdateAsync(set => set.SetProperty(d => d.State, DeliveryState.Cancelled), cancellationToken);
        await CloseAsync(db, order.Id, cancellationToken);

        var goods = ResourceGoods.Read(await db.OrderLines.Where(l => l.OrderId == order.Id).Select(l => l.Goods).FirstAsync(cancellationToken));
        var revision = await rules.CurrentAsync(db, cancellationToken);
        var set = await rules.OfAsync(db, revision, cancellationToken);
        var instead = await WriteAsync(
            db,
            new Draft
            {
                Secrets = secrets,
                Goods = goods,
                FulfillmentUrl = matrix.FulfillmentUrl,
                ReorderUrl = matrix.ReorderUrl,
                PriceMinor = checked(goods.Points!.Value * set.Get<PriceList>().PointValueMinor),
                Points = goods.Points.Value,
                HasToken = matrix.HasToken,
                SellerId = matrix.SellerId,
                BuyerId = memberId,
                BuyerEmail = await db.Users.Where(m => m.Id == memberId).Select(m => m.Email).FirstAsync(cancellationToken),
                SessionHash = hash,
                AddressHash = order.AddressHash,
                Culture = order.Culture,
            },
            revision,
            set,
            now,
            cancellationToken);
        if (await PointsAccounts.SpendForOrderAsync(db, instead.Id, memberId, instead.DuePoints, now, cancellationToken) is PostResult.Insufficient)
        {
            return Refuse(new PlaceResult.Refused(CheckoutField.Method, PlaceRefusal.MethodDisabled));
        }

        await Settlement.TellPaidAsync(db, instead, now, cancellationToken);
        await receipts.IssueAsync(db, instead, null, now, cancellationToken);
        return (new PlaceResult.Placed(instead.Number, null), instead.Id);

        (PlaceResult, long?) Refuse(PlaceResult why) => unit.RollBack<(PlaceResult, long?)>((why, null));
    }

    private static string ReasonOf(Draft draft) => draft.Request is not null ? PaymentRequests.Reason : draft.SellerId is null ? "resource" : "api";

    /// <summary>The order with all that belongs to it, like any other, but from no cart. One that is paid with points is paid, and claimed, at once.</summary>
    private async Task<Order> WriteAsync(ShopDbContext db, Draft draft, long revision, RuleSet set, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (list, versions) = (set.Get<PriceList>(), await legal.VersionsAsync(db, cancellationToken));
        var sku = draft.Goods.Code is { } code ? ResourceItem.SkuPrefix + code : ResourceItem.OthersSku;
        var tax = set.Get<TaxTerms>().Within(sku, draft.PriceMinor, TaxBuyer.Unknown);
        var due = draft.Points == 0 ? draft.PriceMinor : 0;
        var line = new OrderLine
        {
            Position = 0,
            Sku = sku,
            Kind = ResourceItem.KindKey,
            Goods = draft.Goods.Write(),
            Quantity = 1,
            Title = draft.Goods.Title,
            RecipientId = null,
            RecipientName = null,
            NetMinor = tax.NetMinor,
            TaxMinor = tax.TaxMinor,
            TaxRatePpm = tax.RatePpm,
            TaxCategory = tax.Category,
            PriceMinor = draft.PriceMinor,
            DueMinor = due,
            DuePoints = draft.Points,
        };
        var order = new Order
        {
            Number = draft.Secrets.Number,
            Reference = Codes.New(8),
            BuyerId = draft.BuyerId,
            BuyerEmail = draft.BuyerEmail,
            AddressHash = draft.AddressHash,
            Currency = list.Currency,
            NetMinor = tax.NetMinor,
            TaxMinor = tax.TaxMinor,
            PriceMinor = draft.PriceMinor,
            DueMinor = due,
            DuePoints = draft.Points,
            PointValueMinor = list.PointValueMinor,
            PlacedAt = now,
            ExpiresAt = now.AddDays(draft.Request is null ? set.Get<ResourceTerms>().OrderDays : set.Get<ResourceTerms>().RequestDays),
            RuleRevision = revision,
            TermsVersion = versions[LegalPageKind.Terms],
            PrivacyVersion = versions[LegalPageKind.Privacy],
            Culture = draft.Culture,
            ReceiptTokenHash = draft.Secrets.ReceiptHash,
            Lines = [line],
        };
        var isPaid = due == 0;
        db.Orders.Add(isPaid ? order.PaidAtOnce(now) : order);
        await db.SaveChangesAsync(cancellationToken);
        db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = 1, ToState = OrderState.AwaitingPayment, At = now, Reason = ReasonOf(draft), ActorId = draft.Request?.StaffId });
        if (isPaid)
        {
            db.OrderEvents.Add(new OrderEvent { OrderId = order.Id, Seq = 2, FromState = OrderState.AwaitingPayment, ToState = OrderState.Paid, At = now, Reason = "points" });
        }

        db.Deliveries.Add(new Delivery
        {
            OrderId = order.Id, OrderLineId = line.Id, EffectKey = string.Create(CultureInfo.InvariantCulture, $"line:{line.Id}"), DueAt = isPaid ? now : null,
        });
        db.MatrixOrders.Add(new MatrixOrder
        {
            OrderId = order.Id,
            ResourceId = draft.Goods.ResourceId,
            SellerId = draft.SellerId,
            FulfillmentUrl = draft.FulfillmentUrl,
            HasToken = draft.HasToken,
            ReorderUrl = draft.ReorderUrl,
            ContractHash = TermsOf(order, line, draft.FulfillmentUrl, draft.Secrets.Nonce).Hash(),
            SessionHash = draft.SessionHash,
            ClaimedSessionHash = isPaid ? draft.SessionHash : null,
            ClaimedBy = isPaid ? draft.BuyerId : null,
            ClaimedAt = isPaid ? now : null,
            OpenKey = draft.OpenKey,
        });
        await db.SaveChangesAsync(cancellationToken);
        return order;
    }
}
