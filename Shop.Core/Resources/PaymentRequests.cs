using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What a member of staff asks somebody to pay: a resource, or a summary and an amount.</summary>
public sealed record RequestDraft
{
    /// <summary>The form's key: the same form asks once.</summary>
    public required Guid Key { get; init; }

    public string? Resource { get; init; }

    public string? Summary { get; init; }

    /// <summary>Gross, minor units of the shop's currency.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>Whom a mail goes to; null: whoever asks passes the words on.</summary>
    public string? SendTo { get; init; }

    /// <summary>BCP 47: the language that the mail and the order speak.</summary>
    public required string Culture { get; init; }
}

/// <summary>Which field of a request is wrong.</summary>
public enum RequestField { Form, Resource, Summary, Amount, SendTo }

/// <summary>What is wrong with it.</summary>
public enum RequestRefusal
{
    Missing,

    TooLong,

    /// <summary>A character that a line of words does not have; an address that nothing can be sent to.</summary>
    Shape,

    /// <summary>Out of its bounds.</summary>
    Amount,

    /// <summary>A resource has a title and a price of its own.</summary>
    NotBoth,

    NotSold,

    TooMany,

    /// <summary>The same form was sent before, and said something else then.</summary>
    OtherContent,
}

public sealed record RequestProblem(RequestField Field, RequestRefusal Reason);

/// <summary>What became of a request. Unless it is <see cref="Made"/>, nothing was made and nothing is sent.</summary>
public abstract record RequestResult
{
    private RequestResult() { }

    public sealed record Made(string Number) : RequestResult;

    public sealed record Refused(IReadOnlyList<RequestProblem> Problems) : RequestResult;
}

/// <summary>What a mail or a text says of a request.</summary>
public sealed record RequestWords
{
    public required string Title { get; init; }

    public required Money Amount { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required string Culture { get; init; }

    /// <summary>The seller that asks; null: the shop.</summary>
    public required string? Seller { get; init; }

    /// <summary>The order's number; null: it is not made yet.</summary>
    public string? Number { get; init; }

    /// <summary>Where it is paid, by whoever has it; null: it is not made yet.</summary>
    public string? Link { get; init; }
}

/// <summary>How a request stands.</summary>
public enum RequestState { Open, Begun, Paid, Withdrawn, Expired }

/// <summary>A request on the desk.</summary>
/// <param name="Who">The address it went to or, once somebody has begun to pay, that account; null: nobody is known.</param>
public sealed record DeskRequest(RequestWords Words, RequestState State, string? Who, string AskedBy, DateTimeOffset AskedAt);

/// <summary>
/// Staff and sellers ask somebody to pay (TF-44): the order is one of the matrix, made for no session. Whoever opens its link gets one. The mail leaves with the order, once.
/// </summary>
public sealed class PaymentRequests(Writes writes, MatrixOrders orders, OrderEnding ending, RuleBook rules, ShopLinks links, TimeProvider clock)
{
    public const int MostSummary = 200;

    /// <summary>The most mails of one member of staff, or of one seller, in an hour.</summary>
    public const int MostOfOneAsker = 30;

    /// <summary>The most mails to one address in an hour, whoever asks.</summary>
    public const int MostToAnAddress = 3;

    public const int PageSize = 25;

    /// <summary>The first event of such an order has this word.</summary>
    internal const string Reason = "payment_request";

    private const string Withdrawn = "withdrawn";
    private const string KeyStart = "request:";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>What is wrong with a draft, and what would be said; null: that is not known.</summary>
    public async Task<(IReadOnlyList<RequestProblem> Problems, RequestWords? Words)> PreviewAsync(RequestDraft draft, CancellationToken cancellationToken)
    {
        var problems = Problems(draft).ToList();
        var (resource, terms, list) = await writes.ReadAsync(
            async (db, token) =>
            {
                var revision = await rules.CurrentAsync(db, token);
                return (draft.Resource is null || !ResourceDesk.CanBe(draft.Resource) ? null : await db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == draft.Resource && r.OnSale, token),
                    await rules.GetAsync<ResourceTerms>(db, revision, token), await rules.GetAsync<PriceList>(db, revision, token));
            },
            cancellationToken);
        if (draft.Resource is not null && resource is null)
        {
            problems.Add(new RequestProblem(RequestField.Resource, RequestRefusal.NotSold));
        }

        return problems.Count > 0 ? (problems, null) : (problems, new RequestWords
        {
            Title = resource?.Title ?? draft.Summary!.Trim(),
            Amount = new Money(resource?.PriceMinor ?? draft.AmountMinor!.Value, list.Money),
            ExpiresAt = clock.GetUtcNow().AddDays(terms.RequestDays),
            Culture = draft.Culture,
            Seller = null,
        });
    }

    /// <summary>Makes the order and puts its mail into the outbox, in one transaction. The same form does it once.</summary>
    public async Task<RequestResult> MakeAsync(RequestDraft draft, long staffId, CancellationToken cancellationToken)
    {
        var (problems, words) = await PreviewAsync(draft, cancellationToken);
        if (words is null)
        {
            return new RequestResult.Refused(problems);
        }

        var wish = new MatrixWish
        {
            Resource = draft.Resource,
            Summary = draft.Resource is null ? words.Title : null,
            AmountMinor = draft.Resource is null ? words.Amount.Minor : null,
            FulfillmentUrl = draft.Resource is null ? links.Paid(MatrixOrders.OrderIdPlaceholder) : null,
            OrderId = string.Create(CultureInfo.InvariantCulture, $"request:{staffId}:{draft.Key:N}"),
            Request = new MatrixRequest(staffId, AddressOf(draft.SendTo)),
            Culture = draft.Culture,
        };
        return await orders.MakeAsync(wish, cancellationToken) switch
        {
            MatrixMade.Made made => new RequestResult.Made(made.Number),
            MatrixMade.NoResource => No(RequestField.Resource, RequestRefusal.NotSold),
            MatrixMade.Conflict => No(RequestField.Form, RequestRefusal.OtherContent),
            MatrixMade.TooManyMails(var toAddress) => No(toAddress ? RequestField.SendTo : RequestField.Form, RequestRefusal.TooMany),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>What is said of an order that is to be paid; null: it can be paid no longer, or it is none of the matrix.</summary>
    public async Task<RequestWords?> FindAsync(string number, CancellationToken cancellationToken) => await ReadAsync(o => o.Number == number, cancellationToken);

    /// <summary>The same, for its mail.</summary>
    public async Task<RequestWords?> FindAsync(long orderId, CancellationToken cancellationToken) => await ReadAsync(o => o.Id == orderId, cancellationToken);

    /// <summary>A page of what staff asked for, newest first, and whether more follow.</summary>
    /// <param name="openOnly">Only what can still be paid.</param>
    public async Task<(IReadOnlyList<DeskRequest> Rows, bool More)> ListAsync(bool openOnly, int page, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = await writes.ReadAsync(
            (db, token) => db.OrderEvents.Where(e => e.Seq == 1 && e.Reason == Reason && e.ActorId != null)
                .Join(db.Orders, e => e.OrderId, o => o.Id, (e, o) => new { Event = e, Order = o })
                .Join(db.MatrixOrders, x => x.Order.Id, m => m.OrderId, (x, m) => new { x.Event, x.Order, Matrix = m })
                .Where(x => !openOnly || (x.Order.State == OrderState.AwaitingPayment && x.Order.ExpiresAt > now))
                .OrderByDescending(x => x.Order.Id).Skip((page - 1) * PageSize).Take(PageSize + 1)
                .Select(x => new
                {
                    x.Order.Number, x.Order.State, x.Order.PaidAt, x.Order.PlacedAt, x.Order.ExpiresAt, x.Order.PriceMinor, x.Order.Currency, x.Order.Culture, x.Matrix.ClaimedAt, x.Matrix.HasToken,
                    Title = db.OrderLines.Where(l => l.OrderId == x.Order.Id).Select(l => l.Title).First(),
                    Who = db.Users.Where(m => m.Id == x.Order.BuyerId).Select(m => m.UserName).FirstOrDefault() ?? x.Order.BuyerEmail,
                    AskedBy = db.Users.Where(m => m.Id == x.Event.ActorId).Select(m => m.UserName).First(),
                })
                .ToListAsync(token),
            cancellationToken);
        var rows = new List<DeskRequest>();
        foreach (var row in found.Take(PageSize))
        {
            var words = new RequestWords
            {
                Title = row.Title, Amount = new Money(row.PriceMinor, Currency.Of(row.Currency)), ExpiresAt = row.ExpiresAt, Culture = row.Culture, Seller = null,
                Number = row.Number, Link = await LinkAsync(row.Number, row.HasToken, cancellationToken),
            };
            var state = row.PaidAt is not null ? RequestState.Paid
                : row.State == OrderState.Cancelled ? RequestState.Withdrawn
                : row.State == OrderState.Expired || row.ExpiresAt <= now ? RequestState.Expired
                : row.ClaimedAt is not null ? RequestState.Begun
                : RequestState.Open;
            rows.Add(new DeskRequest(words, state, row.Who, row.AskedBy!, row.PlacedAt));
        }

        return (rows, found.Count > PageSize);
    }

    /// <summary>Takes a request of staff back. Null: there is no such request.</summary>
    public async Task<EndingResult?> WithdrawAsync(string number, long staffId, CancellationToken cancellationToken)
    {
        var id = !MatrixOrders.CanBe(number) ? null : await writes.ReadAsync(
            (db, token) => db.Orders.Where(o => o.Number == number && db.OrderEvents.Any(e => e.OrderId == o.Id && e.Seq == 1 && e.Reason == Reason && e.ActorId != null))
                .Select(o => (long?)o.Id).FirstOrDefaultAsync(token),
            cancellationToken);
        return id is { } order ? await ending.CancelAsync(order, Withdrawn, cancellationToken, staffId) : null;
    }

    /// <summary>An address as it is kept; null: none.</summary>
    public static string? AddressOf(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim().ToLowerInvariant();

    /// <summary>Whether one more mail would be too many; null: it is not.</summary>
    internal static async Task<MatrixMade.TooManyMails?> TooManyAsync(ShopDbContext db, MatrixWish wish, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (wish.Request is not { SendTo: { } to })
        {
            return null;
        }

        var (asker, address, since) = ($":{Asker(wish)}:", $"{KeyStart}{HashOf(to)}:", now - Hour);
        var lately = db.Outbox.Where(r => r.Kind == OutboxKinds.PaymentRequest && r.CreatedAt > since);
        return await lately.CountAsync(r => r.DedupeKey.Contains(asker), cancellationToken) >= MostOfOneAsker ? new MatrixMade.TooManyMails(false)
            : await lately.CountAsync(r => r.DedupeKey.StartsWith(address), cancellationToken) >= MostToAnAddress ? new MatrixMade.TooManyMails(true)
            : null;
    }

    /// <summary>Whether an order that was made before sent the mail that the wish asks for, or none where it asks for none.</summary>
    internal static async Task<bool> IsSameAsync(ShopDbContext db, MatrixWish wish, string number, CancellationToken cancellationToken)
    {
        var end = $":{Asker(wish)}:{number}";
        var sent = await db.Outbox.Where(r => r.Kind == OutboxKinds.PaymentRequest && r.DedupeKey.EndsWith(end)).Select(r => r.DedupeKey).FirstOrDefaultAsync(cancellationToken);
        return sent == (wish.Request?.SendTo is null ? null : MailKey(wish, number));
    }

    internal static string MailKey(MatrixWish wish, string number) => $"{KeyStart}{HashOf(wish.Request!.SendTo!)}:{Asker(wish)}:{number}";

    private static string HashOf(string address) => Codes.Hash(address)[..32];

    private static string Asker(MatrixWish wish) => wish.SellerId is { } seller
        ? string.Create(CultureInfo.InvariantCulture, $"seller{seller}")
        : string.Create(CultureInfo.InvariantCulture, $"staff{wish.Request?.StaffId}");

    private static IEnumerable<RequestProblem> Problems(RequestDraft draft)
    {
        if (draft.Resource is not null)
        {
            if (!string.IsNullOrWhiteSpace(draft.Summary))
            {
                yield return new RequestProblem(RequestField.Summary, RequestRefusal.NotBoth);
            }

            if (draft.AmountMinor is not null)
            {
                yield return new RequestProblem(RequestField.Amount, RequestRefusal.NotBoth);
            }
        }
        else
        {
            switch (draft.Summary?.Trim())
            {
                case null or "":
                    yield return new RequestProblem(RequestField.Summary, RequestRefusal.Missing);
                    break;
                case { Length: > MostSummary }:
                    yield return new RequestProblem(RequestField.Summary, RequestRefusal.TooLong);
                    break;
                case { } words when words.Any(char.IsControl) || !ResourceDesk.IsText(words) || PlainText.Of(words) != words:
                    yield return new RequestProblem(RequestField.Summary, RequestRefusal.Shape);
                    break;
            }

            if (draft.AmountMinor is not (>= 1 and <= ResourceDesk.MostAmount))
            {
                yield return new RequestProblem(RequestField.Amount, draft.AmountMinor is null ? RequestRefusal.Missing : RequestRefusal.Amount);
            }
        }

        if (AddressOf(draft.SendTo) is { } address && !MailAddresses.IsUsable(address))
        {
            yield return new RequestProblem(RequestField.SendTo, RequestRefusal.Shape);
        }
    }

    private static RequestResult.Refused No(RequestField field, RequestRefusal reason) => new([new RequestProblem(field, reason)]);

    private async Task<RequestWords?> ReadAsync(System.Linq.Expressions.Expression<Func<Order, bool>> which, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = await writes.ReadAsync(
            (db, token) => db.Orders.Where(which).Where(o => o.State == OrderState.AwaitingPayment && o.ExpiresAt > now)
                .Join(db.MatrixOrders, o => o.Id, m => m.OrderId, (o, m) => new
                {
                    o.Number, o.PriceMinor, o.Currency, o.ExpiresAt, o.Culture, m.HasToken,
                    Title = db.OrderLines.Where(l => l.OrderId == o.Id).Select(l => l.Title).First(),
                    Seller = db.Sellers.Where(s => s.Id == m.SellerId).Select(s => s.Name).FirstOrDefault(),
                })
                .FirstOrDefaultAsync(token),
            cancellationToken);
        return row is null ? null : new RequestWords
        {
            Title = row.Title, Amount = new Money(row.PriceMinor, Currency.Of(row.Currency)), ExpiresAt = row.ExpiresAt, Culture = row.Culture, Seller = row.Seller, Number = row.Number,
            Link = await LinkAsync(row.Number, row.HasToken, cancellationToken),
        };
    }

    /// <summary>Without a session: whoever opens it gets one.</summary>
    private async Task<string> LinkAsync(string number, bool hasToken, CancellationToken cancellationToken) =>
        links.Status(number, hasToken ? await orders.TokenAsync(number, cancellationToken) : null, null, null);
}
