using static Shop.Core.Tests.Books.BookKeeper;

namespace Shop.Core.Tests.Books;

/// <summary>
/// Healthy books with a bit of everything, and with all that looks odd but is right: a dated gift, an order held by staff, a
/// posted cheque that takes weeks, a refund that failed after it had succeeded, points held and spent, held and released, and
/// given back, money that came too late and went back, a gift not claimed yet.
/// </summary>
internal static class CleanBooks
{
    public const int Clearing = 1, Revenue = 2, Refunds = 3, Suspense = 4, Issued = 5, Redeemed = 6, Member = 7, MemberHeld = 8, Friend = 9;

    /// <summary>The orders, by what they show.</summary>
    public const int Plain = 1, PointsOnly = 2, Mixed = 3, Waiting = 4, Dated = 5, Held = 6, Cheque = 7, RefundFailed = 8,
        GivenBack = 9, Cancelled = 10, Unclaimed = 11, PartlyBack = 12, SpentTwice = 13;

    private static readonly DateTimeOffset Yesterday = Now.AddHours(-23);

    public static async Task WriteAsync(BookKeeper books)
    {
        await AccountsAsync(books);
        await DeliveredAsync(books);
        await WaitingAsync(books);
        await GivenBackAsync(books);
        await ClaimsAsync(books);
        await QueuesAsync(books);
    }

    private static async Task AccountsAsync(BookKeeper books)
    {
        await books.AccountAsync(Clearing, "clearing:card:USD", Money);
        await books.AccountAsync(Revenue, "revenue:USD", Money);
        await books.AccountAsync(Refunds, "refunds:USD", Money);
        await books.AccountAsync(Suspense, "suspense:USD", Money);
        await books.AccountAsync(Issued, "points:issued", Points);
        await books.AccountAsync(Redeemed, "points:redeemed", Points);
        await books.AccountAsync(Member, "user:1:points", Points, floor: true);
        await books.AccountAsync(MemberHeld, "user:1:points_held", Points, floor: true);
        await books.AccountAsync(Friend, "user:2:points", Points, floor: true);
        await books.JournalAsync(1, "grant", [(Issued, -500), (Member, 500)]);
        await books.JournalAsync(2, "transfer", [(Member, -50), (Friend, 50)]);
    }

    private static async Task DeliveredAsync(BookKeeper books)
    {
        await books.OrderAsync(Plain, ["awaiting_payment", "paid", "fulfilled"], due: 500, paidAt: Yesterday, withLine: false);
        await books.LineAsync(1, Plain, due: 300);
        await books.LineAsync(101, Plain, due: 200);
        await books.AttemptAsync(1, Plain, 500, "captured");
        await books.CaptureAsync(1, attempt: 1, 500);
        await books.DeliveryAsync(1, Plain, "applied", Yesterday);
        await books.DeliveryAsync(101, Plain, "applied", Yesterday);

        await books.OrderAsync(PointsOnly, ["awaiting_payment", "paid", "fulfilled"], due: 0, points: 30, paidAt: Yesterday, withLine: false);
        await books.LineAsync(2, PointsOnly, due: 0, points: 10);
        await books.LineAsync(102, PointsOnly, due: 0, points: 20);
        await books.JournalAsync(11, "points_spend", [(Member, -30), (Redeemed, 30)], order: PointsOnly);
        await books.DeliveryAsync(2, PointsOnly, "applied", Yesterday);
        await books.DeliveryAsync(102, PointsOnly, "applied", Yesterday);

        await books.OrderAsync(Mixed, ["awaiting_payment", "paid", "fulfilled"], due: 300, points: 20, paidAt: Yesterday);
        await books.JournalAsync(12, "points_hold", [(Member, -20), (MemberHeld, 20)], order: Mixed);
        await books.JournalAsync(13, "points_spend", [(MemberHeld, -20), (Redeemed, 20)], order: Mixed, hold: 12);
        await books.AttemptAsync(3, Mixed, 300, "captured");
        await books.CaptureAsync(3, attempt: 3, 300);
        await books.DeliveryAsync(Mixed, Mixed, "applied", Yesterday);

        // spent by mistake, reversed, spent again
        await books.OrderAsync(SpentTwice, ["awaiting_payment", "paid", "fulfilled"], due: 0, points: 20, paidAt: Yesterday);
        await books.JournalAsync(14, "points_spend", [(Member, -20), (Redeemed, 20)], order: SpentTwice);
        await books.JournalAsync(15, "correction", [(Member, 20), (Redeemed, -20)], order: SpentTwice, reverses: 14);
        await books.JournalAsync(16, "points_spend", [(Member, -20), (Redeemed, 20)], order: SpentTwice);
        await books.DeliveryAsync(SpentTwice, SpentTwice, "applied", Yesterday);
    }

    private static async Task WaitingAsync(BookKeeper books)
    {
        // the first attempt failed and released its points; the second is with the buyer and holds them again
        await books.OrderAsync(Waiting, ["awaiting_payment"], due: 300, points: 20);
        await books.AttemptAsync(4, Waiting, 300, "failed");
        await books.JournalAsync(17, "points_hold", [(Member, -20), (MemberHeld, 20)], order: Waiting);
        await books.JournalAsync(18, "points_release", [(MemberHeld, -20), (Member, 20)], order: Waiting, hold: 17);
        await books.AttemptAsync(40, Waiting, 300, "action", nextCheck: Now.AddMinutes(5), deadline: Now.AddDays(10));
        await books.JournalAsync(19, "points_hold", [(Member, -20), (MemberHeld, 20)], order: Waiting);
        await books.DeliveryAsync(Waiting, Waiting, "scheduled", dueAt: null);

        await books.OrderAsync(Dated, ["awaiting_payment", "paid"], due: 500, paidAt: Yesterday);
        await books.AttemptAsync(5, Dated, 500, "captured");
        await books.CaptureAsync(5, attempt: 5, 500, at: Yesterday);
        await books.DeliveryAsync(Dated, Dated, "scheduled", Now.AddDays(30));

        await books.OrderAsync(Held, ["awaiting_payment", "paid"], due: 500, paidAt: Yesterday);
        await books.AttemptAsync(6, Held, 500, "captured");
        await books.CaptureAsync(6, attempt: 6, 500, at: Yesterday);
        await books.DeliveryAsync(Held, Held, "scheduled", Yesterday);
        await books.FlagAsync(Held, "held");

        await books.OrderAsync(Cheque, ["awaiting_payment"], due: 2000);
        await books.AttemptAsync(7, Cheque, 2000, "pending", nextCheck: Now.AddDays(1), deadline: Now.AddDays(10), created: Now.AddDays(-20));
        await books.DeliveryAsync(Cheque, Cheque, "scheduled", dueAt: null);
    }

    private static async Task GivenBackAsync(BookKeeper books)
    {
        await books.OrderAsync(RefundFailed, ["awaiting_payment", "paid", "fulfilled", "refund_pending", "fulfilled"], due: 500, paidAt: Yesterday);
        await books.AttemptAsync(8, RefundFailed, 500, "captured");
        await books.CaptureAsync(8, attempt: 8, 500);
        await books.DeliveryAsync(RefundFailed, RefundFailed, "applied", Yesterday);
        await books.RefundAsync(8, RefundFailed, payment: 8, 200, points: 0, "failed");
        await books.RefundLineAsync(8, RefundFailed, 200, points: 0);
        await books.JournalAsync(20, "refund", [(Refunds, 200), (Clearing, -200)], order: RefundFailed, refund: 8);
        await books.JournalAsync(21, "refund_failed", [(Refunds, -200), (Clearing, 200)], order: RefundFailed, refund: 8, reverses: 20);
        await books.FlagAsync(RefundFailed, "refund_failed");

        await books.OrderAsync(GivenBack, ["awaiting_payment", "paid", "refund_pending", "refunded"], due: 300, points: 20, paidAt: Yesterday);
        await books.JournalAsync(22, "points_hold", [(Member, -20), (MemberHeld, 20)], order: GivenBack);
        await books.JournalAsync(23, "points_spend", [(MemberHeld, -20), (Redeemed, 20)], order: GivenBack, hold: 22);
        await books.AttemptAsync(9, GivenBack, 300, "captured");
        await books.CaptureAsync(9, attempt: 9, 300);
        await books.DeliveryAsync(GivenBack, GivenBack, "revoked", Yesterday);
        await books.RefundAsync(9, GivenBack, payment: 9, 300, points: 20, "succeeded");
        await books.RefundLineAsync(9, GivenBack, 300, points: 20);
        await books.JournalAsync(24, "refund", [(Refunds, 300), (Clearing, -300)], order: GivenBack, refund: 9);
        await books.JournalAsync(25, "points_refund", [(Redeemed, -20), (Member, 20)], order: GivenBack, refund: 9);

        // paid after all, too late, and given back by itself
        await books.OrderAsync(Cancelled, ["awaiting_payment", "cancelled"], due: 500);
        await books.AttemptAsync(10, Cancelled, 500, "cancelled");
        await books.DeliveryAsync(Cancelled, Cancelled, "cancelled", dueAt: null);
        await books.CaptureAsync(10, attempt: 10, 500, "returned", at: Now.AddDays(-3));
        await books.RefundAsync(10, Cancelled, payment: 10, 500, points: 0, "succeeded");
        await books.JournalAsync(26, "refund", [(Suspense, 500), (Clearing, -500)], order: Cancelled, refund: 10);

        await books.OrderAsync(PartlyBack, ["awaiting_payment", "paid", "fulfilled", "refund_pending"], due: 300, paidAt: Yesterday);
        await books.AttemptAsync(12, PartlyBack, 300, "captured");
        await books.CaptureAsync(12, attempt: 12, 300);
        await books.DeliveryAsync(PartlyBack, PartlyBack, "applied", Yesterday);
        await books.RefundAsync(12, PartlyBack, payment: 12, 100, points: 0, "pending");
        await books.RefundLineAsync(12, PartlyBack, 100, points: 0);
    }

    private static async Task ClaimsAsync(BookKeeper books)
    {
        await books.OrderAsync(Unclaimed, ["awaiting_payment", "paid", "fulfilled"], due: 300, paidAt: Yesterday);
        await books.AttemptAsync(11, Unclaimed, 300, "captured");
        await books.CaptureAsync(11, attempt: 11, 300);
        await books.DeliveryAsync(Unclaimed, Unclaimed, "awaiting_claim", Yesterday);
        await books.RowAsync("claim_tokens", new { Id = 11, OrderLineId = Unclaimed, Hash = "claim-11" });
        await books.RowAsync("claim_tokens", new { Id = 12, OrderLineId = PartlyBack, Hash = "claim-12", RedeemedBy = 2, RedeemedAt = Yesterday });
    }

    private static async Task QueuesAsync(BookKeeper books)
    {
        await books.RowAsync("limits", new { Id = 1, Code = "stock:seed", MaxUses = 2, Used = 2 });
        await books.RowAsync("limit_uses", new { LimitId = 1, OrderId = Plain });
        await books.RowAsync("limit_uses", new { LimitId = 1, OrderId = PointsOnly });
        await books.RowAsync("limit_uses", new { LimitId = 1, OrderId = Waiting, Released = true });

        await books.RowAsync("webhook_inbox", new { Id = 1, EventId = "done", DueAt = Yesterday, ProcessedAt = Yesterday });
        await books.RowAsync("webhook_inbox", new { Id = 2, EventId = "due", DueAt = Now.AddMinutes(-9) });
        await books.RowAsync("webhook_inbox", new { Id = 3, EventId = "later", DueAt = Now.AddMinutes(30), Attempts = 3 });
        await books.RowAsync("outbox", new { Id = 1, DedupeKey = "done", Kind = "receipt", DueAt = Yesterday, DoneAt = Yesterday });
        await books.RowAsync("outbox", new { Id = 2, DedupeKey = "due", Kind = "receipt", DueAt = Now.AddMinutes(-9) });
        await books.RowAsync("outbox", new { Id = 3, DedupeKey = "later", Kind = "receipt", DueAt = Now.AddMinutes(30), Attempts = 3 });
    }
}
