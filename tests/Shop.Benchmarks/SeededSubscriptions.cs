namespace Shop.Benchmarks;

/// <summary>
/// Members in the first month of a monthly subscription, which was free, so that no money stands behind it; each has a card of its own, and time that ends a day
/// after its charge is due. They are written as rows, always the same ones.
/// </summary>
internal sealed class SeededSubscriptions(Place place, BankProcess bank)
{
    private const int PriceMinor = 300;
    private const string Goods = """{"class":"paid","months":1}""";
    private const long Day = 86_400_000;
    private static readonly TimeSpan Within = TimeSpan.FromHours(1);

    /// <summary>So many, due one after the other within the hour that ends now.</summary>
    public async Task MakeAsync(int count)
    {
        await place.MembersAsync(count);
        await bank.KeepCardsAsync(count);
        var (now, hour) = (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), (long)Within.TotalMilliseconds);

        // months are counted from the anchor, so what comes a month before a day decides, and not the day
        await place.ExecuteAsync($"""
            CREATE TABLE bench AS
            SELECT id, n, (extract(epoch FROM anchor) * 1000)::bigint AS anchor, (extract(epoch FROM anchor + interval '1 month') * 1000)::bigint AS through
              FROM (SELECT m.id, m.n, to_timestamp(({now} - {hour} + m.n * ({hour} / {count}) + {Day}) / 1000.0) AT TIME ZONE 'UTC' - interval '1 month' AS anchor
                      FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM members WHERE user_name LIKE 'buyer%') m) a
            """);
        await place.ExecuteAsync($"""
            INSERT INTO provider_customers (member_id, provider, mode, customer_id) SELECT id, 'stripe', 'test', 'cus_' || n FROM bench
            """);
        await place.ExecuteAsync($"""
            INSERT INTO saved_methods (handle, member_id, provider, mode, reference, brand, last4, consent_at, consent_version, usage)
            SELECT 'card' || n, id, 'stripe', 'test', 'cus_' || n || '/pm_' || n, 'visa', '4242', anchor, 1, 'off_session' FROM bench
            """);
        await place.ExecuteAsync($"""
            INSERT INTO orders (number, reference, buyer_id, buyer_email, cart_version, state, currency, net_minor, tax_minor, price_minor, due_minor, due_points, point_value_minor,
                                reserved_points, placed_at, paid_at, expires_at, rule_revision, terms_version, privacy_version, culture, receipt_generation, receipt_token_hash,
                                version, for_subscription)
            SELECT 'first' || n, lpad(n::text, 8, '0'), id, 'buyer' || n || '@example.org', 0, 'fulfilled', 'USD', 0, 0, 0, 0, 0, 10, 0, anchor, anchor, anchor, 1, 1, 1, 'en', 0,
                   md5(n::text), 0, 1 FROM bench
            """);
        await place.ExecuteAsync($"""
            INSERT INTO order_lines (order_id, position, sku, kind, goods, quantity, title, recipient_id, anonymous, net_minor, tax_minor, price_minor, due_minor, due_points,
                                     tax_rate_ppm, tax_category)
            SELECT o.id, 0, 'paid1', 'paid_time', {Goods}, 1, '1 month of paid time', b.id, 0, 0, 0, 0, 0, 0, 0, 'none'
              FROM bench b JOIN orders o ON o.number = 'first' || b.n
            """);
        await place.ExecuteAsync($"""
            INSERT INTO order_events (order_id, seq, from_state, to_state, at, reason)
            SELECT o.id, s.seq, s.was, s.now, o.placed_at, 'bench'
              FROM orders o CROSS JOIN (VALUES (1, NULL, 'awaiting_payment'), (2, 'awaiting_payment', 'paid'), (3, 'paid', 'fulfilled')) s(seq, was, now)
            """);
        await place.ExecuteAsync($"""
            INSERT INTO deliveries (order_id, order_line_id, effect_key, state, recipient_id, due_at, applied_at, effective_at, attempts, lease_until, lease_no)
            SELECT l.order_id, l.id, 'line:' || l.id, 'applied', l.recipient_id, o.paid_at, o.paid_at, o.paid_at, 1, 0, 0 FROM order_lines l JOIN orders o ON o.id = l.order_id
            """);
        await place.ExecuteAsync($"""
            INSERT INTO membership_events (account_id, kind, source_id, at, class, months, days, permanent, rule_revision)
            SELECT recipient_id, 'grant', 'delivery:' || id, effective_at, 'paid', 1, 0, 0, 1 FROM deliveries
            """);
        await place.ExecuteAsync($"INSERT INTO memberships (account_id, class, until, permanent, version) SELECT id, 'paid', through, 0, 0 FROM bench");
        await place.ExecuteAsync($"""
            INSERT INTO subscriptions (handle, member_id, recipient_id, anonymous, product, sku, months, price_minor, currency, method_id, state, anchor_at, paid_months, period,
                                       paid_through, next_charge_at, due_at, price_revision, created_at, lease_until, lease_no, version)
            SELECT 'sub' || b.n, b.id, b.id, 0, 'paid', 'paid1', 1, {PriceMinor}, 'USD', s.id, 'active', b.anchor, 1, 1, b.through, b.through - {Day}, b.through - {Day}, 1, b.anchor, 0, 0, 0
              FROM bench b JOIN saved_methods s ON s.member_id = b.id
            """);
        await place.ExecuteAsync($"""
            INSERT INTO subscription_periods (subscription_id, number, months, price_minor, starts_at, ends_at, order_id, order_line_id, tries, created_at)
            SELECT s.id, 1, 1, {PriceMinor}, s.anchor_at, s.paid_through, l.order_id, l.id, 0, s.anchor_at FROM subscriptions s JOIN order_lines l ON l.recipient_id = s.member_id
            """);
        await place.ExecuteAsync($"DROP TABLE bench");

        // only what is full: of a table that it saw empty, the planner would believe so until it looks again, and read all of it each time
        await place.ExecuteAsync($"ANALYZE members, provider_customers, saved_methods, orders, order_lines, order_events, deliveries, memberships, membership_events, subscriptions, subscription_periods");
    }
}
