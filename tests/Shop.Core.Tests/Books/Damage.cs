using static Shop.Core.Tests.Books.BookKeeper;
using static Shop.Core.Tests.Books.CleanBooks;

namespace Shop.Core.Tests.Books;

/// <summary>
/// Ways to damage the clean books, and the rows that the check must then show, as "invariant ref detail value". Each breaks one
/// rule and no other, where that is possible at all: I02 cannot come without I01, nor I11 about points without I20.
/// </summary>
internal static class Damage
{
    private static readonly Dictionary<string, (Func<BookKeeper, Task> Do, string[] Rows)> All = new()
    {
        ["I01 two journals, out by one each way"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.EntryAsync(1001, Revenue, 1);
            await books.EntryAsync(1003, Revenue, -1);
        }, ["I01 1001 USD 1", "I01 1003 USD -1"]),
        ["I02 an entry too many"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.EntryAsync(1001, Revenue, 1);
        }, ["I01 1001 USD 1", "I02  USD 1"]),

        ["I03 a journal left open"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE journals SET sealed = 0 WHERE id = 2");
        }, ["I03 2 transfer 2"]),
        ["I03 a journal without entries"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.JournalAsync(99, "grant", []);
        }, ["I03 99 grant 0"]),

        ["I04 a balance that the entries do not give"] = Sql($"UPDATE account_balances SET balance = balance + 7 WHERE account_id = {Member}", "I04 7 user:1:points 7"),
        ["I04 no balance where there is a floor"] = Sql($"DELETE FROM account_balances WHERE account_id = {Friend}", "I04 9 user:2:points -50"),
        ["I04 a balance where there is no floor"] = (books => books.RowAsync("account_balances", new { AccountId = Revenue }), ["I04 2 revenue:USD 0"]),

        ["I05 more spent than there was"] = (async books =>
        {
            await books.WithoutCheckAsync("account_balances", "ck_account_balances_floor");
            await books.JournalAsync(99, "transfer", [(Friend, -60), (Member, 60)]);
        }, ["I05 9 user:2:points -10"]),

        ["I06 points booked as money"] = (async books =>
        {
            await books.RowAsync("journals", new { Id = 99, IdemKey = "key-99", Kind = "grant" });
            await books.RowAsync("entries", new { Id = 990, JournalId = 99, AccountId = Issued, Unit = Money, Amount = 5 });
            await books.RowAsync("entries", new { Id = 991, JournalId = 99, AccountId = Revenue, Unit = Money, Amount = -5 });
            await books.SqlAsync($"UPDATE journals SET sealed = 1 WHERE id = 99");
        }, ["I06 990 USD 5"]),

        ["I07 two payments of one order"] = (async books =>
        {
            await books.AttemptAsync(99, Plain, 500, "failed");
            await books.CaptureAsync(99, attempt: 99, 500);
        }, ["I07 1 captures 2"]),

        ["I08 a payment of another amount"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE provider_payments SET amount_minor = 501 WHERE id = 1");
            await books.EntryAsync(1001, Clearing, 1);
            await books.EntryAsync(1001, Revenue, -1);
        }, ["I08 1 USD 1"]),
        ["I08 a payment in another currency"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.AccountAsync(90, "clearing:card:EUR", "EUR");
            await books.AccountAsync(91, "revenue:EUR", "EUR");
            await books.SqlAsync($"UPDATE provider_payments SET currency = 'EUR' WHERE id = 1");
            await books.SqlAsync($"UPDATE entries SET unit = 'EUR', account_id = account_id + 89 WHERE journal_id = 1001");
        }, ["I08 1 EUR 0"]),
        ["I08 an attempt of another amount"] = Sql($"UPDATE payment_attempts SET amount_minor = 501 WHERE order_id = {Plain}", "I08 1 USD 0"),
        ["I08 an attempt in another currency"] = Sql($"UPDATE payment_attempts SET currency = 'EUR' WHERE order_id = {Plain}", "I08 1 USD 0"),

        ["I09 a capture not booked as one"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE journals SET kind = 'correction' WHERE id = 1001");
        }, ["I09 1 pay-1 0"]),
        ["I09 a capture booked twice"] = (
            books => books.JournalAsync(99, "capture", [(Suspense, 500), (Revenue, -500)], payment: 1), ["I09 1 pay-1 2"]),
        ["I09 a capture booked with another amount"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.EntryAsync(1001, Clearing, -100);
            await books.EntryAsync(1001, Suspense, 100);
            await books.JournalAsync(99, "correction", [(Clearing, 100), (Suspense, -100)]);
        }, ["I09 1 pay-1 1"]),

        ["I10 a delivery overdue"] = Sql($"UPDATE deliveries SET due_at = {Ms(Now.AddMinutes(-16))} WHERE id = {Dated}", "I10 5 matched 500"),
        ["I10 a delivery without a due time"] = Sql($"UPDATE deliveries SET due_at = NULL WHERE id = {Dated}", "I10 5 matched 500"),
        ["I10 a delivery that got stuck"] = Sql($"UPDATE deliveries SET state = 'stuck' WHERE id = {Dated}", "I10 5 matched 500"),
        ["I10 a delivery cancelled although paid"] = Sql($"UPDATE deliveries SET state = 'cancelled' WHERE id = {Dated}", "I10 5 matched 500"),
        ["I10 a line without a delivery"] = Sql($"DELETE FROM deliveries WHERE id = {Dated}", "I10 5 matched 500"),
        ["I10 staff no longer hold it"] = Sql($"UPDATE order_flags SET cleared_at = {Ms(Now)} WHERE order_id = {Held}", "I10 6 matched 500"),
        ["I10 one of two lines late"] = Sql($"UPDATE deliveries SET state = 'stuck' WHERE id = 101", "I10 1 matched 500"),
        ["I10 money that nobody gives back"] = (
            books => books.CaptureAsync(99, attempt: null, 500, "surplus", at: Now.AddMinutes(-16)), ["I10 99 surplus 500"]),
        ["I10 the giving back has failed"] = (async books =>
        {
            await books.CaptureAsync(99, attempt: null, 500, "surplus", at: Now.AddMinutes(-16));
            await books.RefundAsync(99, order: null, payment: 99, 500, points: 0, "failed");
        }, ["I10 99 surplus 500"]),
        ["I10 points taken, nothing delivered"] = Sql($"UPDATE deliveries SET state = 'stuck' WHERE id = 102", "I10 2 no money due 30"),

        ["I11 delivered before anything was paid"] = Sql($"UPDATE deliveries SET state = 'applied' WHERE id = {Waiting}", "I11 4 awaiting_payment 1"),
        ["I11 due before anything was paid"] = Sql($"UPDATE deliveries SET due_at = {Ms(Now.AddDays(1))} WHERE id = {Waiting}", "I11 4 awaiting_payment 1"),
        ["I11 called paid without a payment"] = (async books =>
        {
            await books.SqlAsync($"UPDATE orders SET paid_at = {Ms(Now)} WHERE id = {Cheque}");
            await books.SqlAsync($"UPDATE deliveries SET state = 'applied' WHERE id = {Cheque}");
        }, ["I11 7 awaiting_payment 1"]),
        ["I11 delivered for points that were not spent"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE journals SET kind = 'correction' WHERE id = 11");
        }, ["I11 2 fulfilled 2", "I20 2 points -30"]),

        ["I12 refunds above the payment"] = (books => books.RefundAsync(99, Plain, payment: 1, 501, points: 0, "created"), ["I12 1 pay-1 1"]),
        ["I12 a refund above a line's money"] = (async books =>
        {
            await books.RefundAsync(99, Plain, payment: 1, 301, points: 0, "created");
            await books.RefundLineAsync(99, 1, 301, points: 0);
        }, ["I12 1 line 1"]),
        ["I12 a refund above a line's points"] = (async books =>
        {
            await books.RefundAsync(99, PointsOnly, payment: null, 0, points: 11, "created");
            await books.RefundLineAsync(99, 2, 0, points: 11);
        }, ["I12 2 line 0"]),

        ["I13 money given back and not booked"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE journals SET kind = 'correction' WHERE id = 24");
        }, [$"I13 {Key(9)} succeeded 0"]),
        ["I13 money given back and booked twice"] = (
            books => books.JournalAsync(99, "refund", [(Refunds, 300), (Revenue, -300)], refund: 9), [$"I13 {Key(9)} succeeded 2"]),
        ["I13 money given back and booked with another amount"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.EntryAsync(24, Clearing, 50);
            await books.EntryAsync(24, Refunds, -50);
            await books.JournalAsync(99, "correction", [(Refunds, 50), (Clearing, -50)]);
        }, [$"I13 {Key(9)} succeeded 1"]),
        ["I13 points given back and not booked"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE journals SET kind = 'grant' WHERE id = 25");
        }, [$"I13 {Key(9)} points 0"]),
        ["I13 points given back and booked twice"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE entries SET amount = amount / 2 WHERE journal_id = 25");
            await books.SqlAsync($"UPDATE account_balances SET balance = balance - 10 WHERE account_id = {Member}");
            await books.JournalAsync(99, "points_refund", [(Redeemed, -10), (Member, 10)], order: GivenBack, refund: 9);
        }, [$"I13 {Key(9)} points 2"]),

        ["I14 an open attempt nobody looks at"] = Open("payment_attempts", 40, "next_check_at = NULL", "action"),
        ["I14 an open attempt not looked at for an hour"] = Open("payment_attempts", 40, $"next_check_at = {Ms(Now.AddMinutes(-61))}", "action"),
        ["I14 an open attempt without a deadline"] = Open("payment_attempts", 40, "deadline_at = NULL", "action"),
        ["I14 an open attempt past its deadline"] = Open("payment_attempts", 40, $"deadline_at = {Ms(Now.AddSeconds(-1))}", "action"),
        ["I14 an open refund nobody looks at"] = Open("refunds", 12, "next_check_at = NULL", "pending"),
        ["I14 an open refund not looked at for an hour"] = Open("refunds", 12, $"next_check_at = {Ms(Now.AddMinutes(-61))}", "pending"),
        ["I14 an open refund without a deadline"] = Open("refunds", 12, "deadline_at = NULL", "pending"),
        ["I14 an open refund past its deadline"] = Open("refunds", 12, $"deadline_at = {Ms(Now.AddSeconds(-1))}", "pending"),

        ["I15 an event left lying"] = Sql($"UPDATE webhook_inbox SET due_at = {Ms(Now.AddMinutes(-11))} WHERE id = 2", "I15 2 due 660000"),
        ["I15 a mail left lying"] = Sql($"UPDATE outbox SET due_at = {Ms(Now.AddMinutes(-11))} WHERE id = 2", "I15 2 receipt 660000"),
        ["I16 an event given up"] = Sql($"UPDATE webhook_inbox SET dead = 1, attempts = 12 WHERE id = 3", "I16 3 later 12"),
        ["I16 a mail given up"] = Sql($"UPDATE outbox SET dead = 1, attempts = 12 WHERE id = 3", "I16 3 receipt 12"),

        ["I17 net is not the sum of the lines"] = Sql($"UPDATE order_lines SET net_minor = 299, tax_minor = 1 WHERE id = 1", "I17 1 USD 0"),
        ["I17 the price is not the sum of the lines"] = (async books =>
        {
            await books.WithoutCheckAsync("order_lines", "ck_order_lines_tax");
            await books.SqlAsync($"UPDATE order_lines SET price_minor = 301 WHERE id = 1");
        }, ["I17 1 USD -1"]),
        ["I17 money due is not the sum of the lines"] = Sql($"UPDATE order_lines SET due_minor = 299 WHERE id = 1", "I17 1 USD 0"),
        ["I17 points due are not the sum of the lines"] = Sql($"UPDATE order_lines SET due_points = 1 WHERE id = 1", "I17 1 USD 0"),
        ["I17 the price is not money and points"] = (async books =>
        {
            await books.WithoutCheckAsync("orders", "ck_orders_price");
            await books.SqlAsync($"UPDATE orders SET point_value_minor = 11 WHERE id = {Mixed}");
        }, ["I17 3 USD 0"]),
        ["I17 an order without lines"] = (
            books => books.OrderAsync(99, ["awaiting_payment"], due: 500, withLine: false), ["I17 99 USD 500"]),
        ["I17 two lines of money and points"] = (async books =>
        {
            await books.OrderAsync(99, ["awaiting_payment"], due: 300, points: 20, withLine: false);
            await books.LineAsync(990, 99, due: 150, points: 10);
            await books.LineAsync(991, 99, due: 150, points: 10);
        }, ["I17 99 USD 0"]),
        ["I17 a refund is not the sum of its lines"] = Sql($"UPDATE refund_lines SET amount_minor = 90 WHERE id = {PartlyBack}", $"I17 {Key(12)} refund 10"),
        ["I17 a refund's points are not the sum of its lines"] = Sql($"UPDATE refund_lines SET points = 19 WHERE id = {GivenBack}", $"I17 {Key(9)} refund 0"),

        ["I18 a step that the table does not have"] = (async books =>
        {
            await books.SqlAsync($"UPDATE order_events SET to_state = 'refunded' WHERE order_id = {Cancelled} AND seq = 2");
            await books.SqlAsync($"UPDATE orders SET state = 'refunded' WHERE id = {Cancelled}");
        }, ["I18 10 refunded 2"]),
        ["I18 a gap in the chain"] = Sql($"DELETE FROM order_events WHERE order_id = {Plain} AND seq = 2", "I18 1 fulfilled 3"),
        ["I18 a step that does not begin where the last one ended"] = Sql(
            $"UPDATE order_events SET from_state = 'paid' WHERE order_id = {RefundFailed} AND seq = 4", "I18 8 refund_pending 4"),
        ["I18 a chain that does not start from nothing"] = Sql(
            $"UPDATE order_events SET from_state = 'awaiting_payment', to_state = 'cancelled', seq = 1 WHERE order_id = {Cancelled} AND seq = 2",
            "I18 10 cancelled 1",
            before: $"DELETE FROM order_events WHERE order_id = {Cancelled} AND seq = 1"),
        ["I18 a chain that starts at two"] = Sql($"UPDATE order_events SET seq = 2 WHERE order_id = {Cheque}", "I18 7 awaiting_payment 2"),
        ["I18 a step before the first"] = (
            books => books.EventAsync(Plain, 0, from: null, "awaiting_payment"), ["I18 1 awaiting_payment 0"]),

        ["I19 a state without its event"] = Sql($"UPDATE orders SET state = 'paid' WHERE id = {Plain}", "I19 1 paid 0"),
        ["I19 an order without a history"] = Sql($"DELETE FROM order_events WHERE order_id = {Plain}", "I19 1 fulfilled 0"),

        ["I20 fewer points spent than due"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE entries SET amount = amount / 30 * 29 WHERE journal_id = 11");
            await books.SqlAsync($"UPDATE account_balances SET balance = balance + 1 WHERE account_id = {Member}");
        }, ["I20 2 points -1"]),
        ["I20 points spent on an order that asks for none"] = (
            books => books.JournalAsync(99, "points_spend", [(Member, -5), (Redeemed, 5)], order: Plain), ["I20 1 points 5"]),
        ["I20 points spent twice"] = (
            books => books.JournalAsync(99, "points_spend", [(Member, -20), (Redeemed, 20)], order: Mixed), ["I20 3 points 20"]),

        ["I21 a reversal on another account"] = (async books =>
        {
            await books.WithoutGuardsAsync();
            await books.SqlAsync($"UPDATE entries SET account_id = {Revenue} WHERE journal_id = 21 AND account_id = {Refunds}");
        }, ["I21 21 reversal -200", "I21 21 reversal 200"]),
        ["I21 a reversal in part"] = (
            books => books.JournalAsync(99, "correction", [(Friend, -49), (Member, 49)], reverses: 2), ["I21 99 reversal -1", "I21 99 reversal 1"]),

        ["I22 claimed and not delivered"] = Sql(
            $"UPDATE claim_tokens SET redeemed_at = {Ms(Now)}, redeemed_by = 2 WHERE id = {Unclaimed}", "I22 11 claim 0"),
        ["I22 claimed by nobody"] = Sql($"UPDATE claim_tokens SET redeemed_by = NULL WHERE id = 12", "I22 12 claim 1"),
        ["I22 claimed at no time"] = Sql($"UPDATE claim_tokens SET redeemed_at = NULL WHERE id = 12", "I22 12 claim 1"),

        ["I23 a counter below its uses"] = Sql($"UPDATE limits SET used = 1 WHERE id = 1", "I23 1 stock:seed -1"),
        ["I23 a use released and still counted"] = Sql($"UPDATE limit_uses SET released = 1 WHERE order_id = {Plain}", "I23 1 stock:seed 1"),
        ["I23 more uses than there are"] = (async books =>
        {
            await books.WithoutCheckAsync("limits", "ck_limits_used");
            await books.SqlAsync($"UPDATE limits SET max_uses = 1 WHERE id = 1");
        }, ["I23 1 stock:seed 0"]),

        ["I24 unmatched money after a day"] = (async books =>
        {
            await books.CaptureAsync(99, attempt: null, 500, "suspense", at: Now.AddHours(-25));
            await books.RefundAsync(99, order: null, payment: 99, 500, points: 0, "pending");
        }, ["I24 99 suspense 500"]),
        ["I24 surplus money after a day"] = (async books =>
        {
            await books.CaptureAsync(99, attempt: null, 500, "surplus", at: Now.AddHours(-25));
            await books.RefundAsync(99, order: null, payment: 99, 500, points: 0, "pending");
        }, ["I24 99 surplus 500"]),

        ["I25 clearing is out by one"] = (
            books => books.JournalAsync(99, "correction", [(Clearing, 1), (Suspense, -1)]), ["I25 1 clearing:card:USD 1"]),
        ["I25 no clearing account"] = (async books =>
        {
            await books.AttemptAsync(99, Cheque, 2000, "failed");
            await books.CaptureAsync(99, attempt: 99, 2000, provider: "post");
            await books.SqlAsync($"UPDATE deliveries SET due_at = {Ms(Now.AddDays(1))} WHERE id = {Cheque}");
            await books.SqlAsync($"UPDATE orders SET paid_at = {Ms(Now)} WHERE id = {Cheque}");
        }, ["I25  clearing:post:USD -2000", "I25 1 clearing:card:USD 2000"]),

        ["I28 more points on their way back than were spent"] = (
            books => books.RefundAsync(99, Mixed, payment: null, 0, points: 21, "pending"), ["I28 3 points 1"]),
        ["I28 more points given back than were spent"] = (async books =>
        {
            await books.RefundAsync(99, Mixed, payment: null, 0, points: 21, "succeeded");
            await books.JournalAsync(99, "points_refund", [(Redeemed, -21), (Member, 21)], order: Mixed, refund: 99);
        }, ["I28 3 points 1"]),
        ["I28 points given back for an order of money"] = (
            books => books.RefundAsync(99, Plain, payment: null, 0, points: 5, "unknown"), ["I28 1 points 5"]),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static Task DoAsync(string name, BookKeeper books) => All[name].Do(books);

    public static IEnumerable<string> RowsOf(string name) => All[name].Rows;

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static (Func<BookKeeper, Task>, string[]) Sql(FormattableString sql, string row, FormattableString? before = null) => (async books =>
    {
        if (before is not null)
        {
            await books.SqlAsync(before);
        }

        await books.SqlAsync(sql);
    }, [row]);

    private static (Func<BookKeeper, Task>, string[]) Open(string table, int number, string set, string state) =>
        (books => books.SetAsync(table, Key(number), set), [$"I14 {Key(number)} {state} {TimeSpan.FromHours(3).TotalMilliseconds}"]);
}
