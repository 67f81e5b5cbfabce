using System.Globalization;
using Shop.Core;

namespace Shop.Benchmarks;

/// <summary>One page of a buyer's transactions, as a seller's program asks for it.</summary>
/// <param name="Key">Of the seller.</param>
/// <param name="Path">With its query.</param>
/// <param name="Says">How the answer must begin.</param>
internal sealed record ListCall(string Key, string Path, byte[] Says);

/// <summary>
/// Sellers, their buyers, and what those have paid: each buyer has one subscription, each transaction pays a period of it. All buyers but one have
/// <see cref="Each"/> transactions, whatever their number; one has <see cref="Many"/>. The shop that was running when they were made is played: orders with their
/// lines and histories, captured payments, the ledger, deliveries and what they gave. Left out are receipts, mails, events and what the provider would know; all
/// periods lie in the last 300 days. Rows are numbered from 1 by their statements: nothing may be inserted after them.
/// </summary>
internal sealed class SeededTransactions(Place place, int sellers, int transactions)
{
    public const int Each = 9;
    public const int Many = 1000;

    /// <summary>With the ten digits of a buyer's number as long as handles are.</summary>
    private const string Handle = "buyerofthebench0";

    private const long HandleBase = 5_000_000_000;

    private const int Price = 500;
    private const long Day = 86_400_000;
    private const string Product = "gold-";

    /// <summary>So often a key is used: fewer than a minute's limit allows at once.</summary>
    private const int UsesOfAKey = 15;

    private readonly long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly List<List<string>> keysOf = [];
    private readonly Dictionary<int, int> uses = [];
    private readonly Random random = new(1);
    private long firstAccount;

    /// <summary>Of so many, one is of the buyer who has many.</summary>
    private int Step => Math.Max(2, transactions / Many);

    public int OfOneBuyer => transactions / Step;

    private int Usual => transactions - OfOneBuyer;

    /// <summary>Without the one who has many, whose number is the next.</summary>
    public int Buyers => Math.Max(1, Usual / Each);

    /// <param name="calls">So often each seller's list will be asked for, over all sellers.</param>
    /// <param name="ofMany">So often that of the buyer who has many.</param>
    public async Task MakeAsync(int calls, int ofMany)
    {
        await place.MembersAsync(1);
        var staff = await place.NumberAsync("SELECT max(id) FROM members");
        firstAccount = staff + 1;
        await SellersAsync(staff, calls, ofMany);
        await place.OpenLedgerAsync();
        foreach (var sql in Statements())
        {
            await place.RunAsync(sql);
        }
    }

    /// <summary>Lists of buyers who have few, of one seller after the other; which of its buyers is left to chance, the same one in each run.</summary>
    public IEnumerable<ListCall> OfBuyers(int count)
    {
        var selling = Math.Min(sellers, Buyers);
        for (var i = 0; i < count; i++)
        {
            var seller = i % selling;
            var buyer = seller + 1 + (sellers * random.Next((Buyers - seller - 1) / sellers + 1));
            yield return Call(seller, buyer, (Usual / Buyers) + (buyer <= Usual % Buyers ? 1 : 0), 1, 20, null);
        }
    }

    /// <summary>The same page of the buyer who has many, again and again.</summary>
    /// <param name="before">The last transaction of the page before it; null: the page is found by its number.</param>
    public IEnumerable<ListCall> OfTheOneWithMany(int count, int page, int perPage, string? before) =>
        Enumerable.Range(0, count).Select(_ => Call(sellers - 1, Buyers + 1, OfOneBuyer, page, perPage, before));

    /// <summary>The id of a transaction of the buyer who has many, as the interface writes it; the newest is 0.</summary>
    public async Task<string> IdAsync(int number) => (await place.TextsAsync($"""
        SELECT replace(lower(CAST(id AS TEXT)), '-', '') AS "Value" FROM payment_attempts
         WHERE order_id IN (SELECT order_id FROM order_lines WHERE seller_buyer_id = {Buyers + 1}) ORDER BY id DESC LIMIT 1 OFFSET {number}
        """))[0];

    private ListCall Call(int seller, int buyer, int total, int page, int perPage, string? before)
    {
        var keys = keysOf[seller];
        var use = uses[seller] = uses.GetValueOrDefault(seller) + 1;
        return new ListCall(
            keys[use % keys.Count],
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/transaction?buyer={Handle}{HandleBase + Scattered(buyer)}&page={page}&per_page={perPage}{(before is null ? "" : "&before=" + before)}"),
            System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"meta":{"page":{{page}},"per_page":{{perPage}},"total":{{total}},""")));
    }

    private async Task SellersAsync(long staff, int calls, int ofMany)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now);
        var rows = Enumerable.Range(1, sellers).Select(n => new Seller
        {
            Handle = $"seller-{n}", Name = $"Seller {n}", Contact = $"help@seller{n}.example", EmbedKey = "pk_" + Codes.New(20), MadeBy = staff, MadeAt = at,
        }).ToList();
        await place.AddAsync(rows);
        await place.AddAsync(rows.Select(seller => new SellerProduct
        {
            SellerId = seller.Id, Code = Product + seller.Id.ToString(CultureInfo.InvariantCulture), Title = "Gold", Sale = SellerSale.Recurring, Pricing = SellerPricing.Fixed,
            AmountMinor = Price, Currency = "USD", Months = 1, SignIn = SellerSignIn.Account, OnSale = true, MadeAt = at,
        }));
        var keys = new List<SellerKey>();
        foreach (var seller in rows.OrderBy(seller => seller.Id))
        {
            var most = (calls / Math.Min(sellers, Buyers)) + 1 + (seller.Id == sellers ? ofMany : 0);
            var secrets = Enumerable.Range(0, (most / UsesOfAKey) + 1).Select(_ => Codes.New(10)).Select(prefix => (Prefix: prefix, Secret: $"ds_{prefix}_{Codes.New(32)}")).ToList();
            keysOf.Add(secrets.ConvertAll(s => s.Secret));

            // used at this hour: which hour it was used last is written once an hour, and by then it has been
            keys.AddRange(secrets.Select(s => new SellerKey { SellerId = seller.Id, Prefix = s.Prefix, Hash = Codes.Hash(s.Secret), Scopes = KeyScopes.Read, MadeAt = at, MadeBy = staff, UsedAt = at }));
        }

        await place.AddAsync(keys);
    }

    private IEnumerable<string> Statements()
    {
        var isSqlite = place.Database.Engine == DatabaseEngine.Sqlite;
        var (span, first) = (300 * Day / transactions, now - (301 * Day));
        yield return $"""
            INSERT INTO members (id, user_name, normalized_user_name, kind, status, created_at, access_failed_count, email_confirmed, lockout_enabled, phone_number_confirmed, two_factor_enabled)
            WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n <= {Buyers})
            SELECT {firstAccount} + n, 'buyer-' || n, 'BUYER-' || n, 'buyer', 'visible', {first}, 0, 0, 0, 0, 0 FROM s
            """;
        yield return $"""
            INSERT INTO seller_buyers (id, handle, seller_id, uuid, member_id, made_at)
            SELECT n, '{Handle}' || ({HandleBase} + {Scattered("n")}), CASE WHEN n > {Buyers} THEN {sellers} ELSE (n - 1) % {sellers} + 1 END, 'person-' || n, id, created_at
              FROM (SELECT id, id - {firstAccount} AS n, created_at FROM members WHERE kind = 'buyer') m
            """;
        yield return """
            INSERT INTO saved_methods (id, handle, member_id, provider, mode, reference, brand, last4, consent_at, consent_version, usage)
            SELECT id, 'm' || handle, member_id, 'sandbox', 'test', 'card/' || handle, 'visa', '4242', made_at, 1, 'off_session' FROM seller_buyers
            """;
        yield return "INSERT INTO seller_methods (id, handle, seller_buyer_id, method_id, added_at) SELECT id, 'p' || handle, id, id, made_at FROM seller_buyers";
        yield return $"""
            CREATE TABLE bench AS WITH RECURSIVE s(n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM s WHERE n < {transactions})
            SELECT n AS id, {first} + n * {span} AS at,
                   CASE WHEN n % {Step} = 0 THEN {Buyers + 1} ELSE (n - n / {Step} - 1) % {Buyers} + 1 END AS buyer,
                   CASE WHEN n % {Step} = 0 THEN n / {Step} ELSE (n - n / {Step} - 1) / {Buyers} + 1 END AS number FROM s
            """;
        yield return $"""
            INSERT INTO subscriptions (id, handle, member_id, recipient_id, anonymous, product, sku, months, price_minor, currency, method_id, state, anchor_at, paid_months, period,
                                       paid_through, next_charge_at, due_at, price_revision, created_at, lease_until, lease_no, version, seller_id, seller_product_id, seller_buyer_id)
            SELECT b.id, 's' || b.handle, b.member_id, b.member_id, 0, 's/' || p.code, 's/' || p.code, 1, {Price}, 'USD', b.id, 'active', {first}, t.periods, t.periods,
                   {now + (20 * Day)}, {now + (19 * Day)}, {now + (19 * Day)}, 1, {first}, 0, 0, 0, b.seller_id, p.id, b.id
              FROM seller_buyers b JOIN (SELECT buyer, max(number) AS periods FROM bench GROUP BY buyer) t ON t.buyer = b.id JOIN seller_products p ON p.seller_id = b.seller_id
            """;
        yield return $"""
            INSERT INTO orders (id, number, reference, buyer_id, cart_version, state, currency, net_minor, tax_minor, price_minor, due_minor, due_points, point_value_minor,
                                reserved_points, placed_at, paid_at, expires_at, rule_revision, terms_version, privacy_version, culture, receipt_generation, receipt_token_hash,
                                version, for_subscription)
            SELECT id, 'o' || {Scattered("id")}, substr('00000000' || id, length('' || id) + 1), {firstAccount} + buyer, 0, 'fulfilled', 'USD', {Price}, 0, {Price}, {Price}, 0, 10,
                   0, at, at, at, 1, 1, 1, 'en', 0, 't' || {Scattered("id")}, 0, 1 FROM bench
            """;
        yield return $"""
            INSERT INTO order_lines (id, order_id, position, sku, kind, goods, quantity, title, recipient_id, anonymous, net_minor, tax_minor, price_minor, due_minor, due_points,
                                     tax_rate_ppm, tax_category, seller_id, seller_product_id, seller_buyer_id)
            SELECT t.id, t.id, 0, s.sku, '{SellerItem.KindKey}', '{"{}"}', 1, 'Gold', s.member_id, 0, {Price}, 0, {Price}, {Price}, 0, 0, 'none', s.seller_id, s.seller_product_id, s.id
              FROM bench t JOIN subscriptions s ON s.id = t.buyer
            """;
        yield return """
            INSERT INTO order_events (order_id, seq, from_state, to_state, at, reason)
            SELECT t.id, s.seq, s.was, s.now, t.at, 'bench' FROM bench t CROSS JOIN (SELECT 1 AS seq, NULL AS was, 'awaiting_payment' AS now
              UNION ALL SELECT 2, 'awaiting_payment', 'paid' UNION ALL SELECT 3, 'paid', 'fulfilled') s
            """;

        // as the shop makes them: the time first, so that they stand in the order of their time
        var id = isSqlite
            ? "printf('%08X-%04X-7000-8000-%012X', at >> 16, at & 65535, id)"
            : "CAST(lpad(to_hex(at >> 16), 8, '0') || '-' || lpad(to_hex(at & 65535), 4, '0') || '-7000-8000-' || lpad(to_hex(id), 12, '0') AS uuid)";
        yield return $"""
            INSERT INTO payment_attempts (id, order_id, seq, provider, idem_key, amount_minor, currency, state, provider_ref, saved_method_id, off_session, created_at, deadline_at, checks, version)
            SELECT {id}, id, 1, 'sandbox', 'k' || {Scattered("id")}, {Price}, 'USD', 'captured', 'pay' || {Scattered("id")}, buyer, 1, at, at, 0, 2 FROM bench
            """;
        yield return """
            INSERT INTO provider_payments (id, provider, provider_id, attempt_id, amount_minor, currency, status, disposition, reserved_minor, seen_at)
            SELECT order_id, provider, provider_ref, id, amount_minor, currency, 'captured', 'matched', 0, created_at FROM payment_attempts
            """;
        yield return "INSERT INTO ledger_accounts (code, unit, floor_zero) VALUES ('clearing:sandbox:USD', 'USD', 0), ('revenue:USD', 'USD', 0)";
        yield return "INSERT INTO journals (id, idem_key, kind, order_id, payment_id, sealed, created_at) SELECT id, 'capture:' || id, 'capture', id, id, 1, at FROM bench";
        yield return $"""
            INSERT INTO entries (journal_id, account_id, unit, amount)
            SELECT t.id, a.id, a.unit, CASE WHEN a.code = 'revenue:USD' THEN -{Price} ELSE {Price} END FROM bench t CROSS JOIN ledger_accounts a WHERE a.unit = 'USD'
            """;
        yield return """
            INSERT INTO deliveries (id, order_id, order_line_id, effect_key, state, recipient_id, due_at, applied_at, effective_at, attempts, lease_until, lease_no)
            SELECT t.id, t.id, t.id, 'line:' || t.id, 'applied', l.recipient_id, t.at, t.at, t.at, 1, 0, 0 FROM bench t JOIN order_lines l ON l.id = t.id
            """;
        yield return """
            INSERT INTO entitlements (seller_id, product_id, member_id, delivery_id, effective_at, months, granted_at)
            SELECT l.seller_id, l.seller_product_id, l.recipient_id, t.id, t.at, 1, t.at FROM bench t JOIN order_lines l ON l.id = t.id
            """;
        yield return $"""
            INSERT INTO subscription_periods (subscription_id, number, months, price_minor, starts_at, ends_at, order_id, order_line_id, tries, created_at)
            SELECT buyer, number, 1, {Price}, at, at + {30 * Day}, id, id, 0, at FROM bench
            """;
        yield return "DROP TABLE bench";

        // what PostgreSQL does by itself within a minute, and would do while the clock runs; SQLite never does
        if (!isSqlite)
        {
            yield return "VACUUM ANALYZE";
        }
    }

    /// <summary>A number's other name: like a random one it says nothing of the order, and no two have the same.</summary>
    private static string Scattered(string number) => $"(CAST({number} AS bigint) * 2654435761 % 4294967296)";

    private static long Scattered(long number) => number * 2654435761 % 4294967296;
}
