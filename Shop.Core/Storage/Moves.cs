namespace Shop.Core;

/// <summary>Rows that migrations move. The text stands here, so that a migration that is made anew only has to name it.</summary>
internal static class Moves
{
    /// <summary>Refunds that need a second person become approvals (docs/adr/0027). The table they come from is dropped after it.</summary>
    public static string RefundProposals(bool isSqlite) =>
        $"""
        INSERT INTO approvals (key, kind, subject, details, reason, asked_by, asked_at, state, decided_by, decided_at)
        SELECT 'refund:' || lower(replace(CAST(id AS TEXT), '-', '')), 'refund', 'order:' || CAST(order_id AS TEXT), content,
               trim({(isSqlite ? "json_extract(content, '$.reason')" : "content::json ->> 'reason'")}), asked_by, asked_at,
               CASE WHEN state <> 'refused' THEN state WHEN decided_by = asked_by THEN 'withdrawn' ELSE 'declined' END, decided_by, decided_at
        FROM refund_proposals ORDER BY asked_at, id
        """;

    /// <summary>The refund of a lost dispute names it, instead of the reverse. The column it comes from is dropped after it.</summary>
    public const string DisputeRefunds =
        "UPDATE refunds SET dispute_id = (SELECT d.id FROM disputes d WHERE d.refund_id = refunds.id) WHERE id IN (SELECT refund_id FROM disputes WHERE refund_id IS NOT NULL)";

    /// <summary>
    /// The account that a buyer stood for before its owner signed in, of those who did before it was written down (docs/adr/0036): what was bought for the buyer until then
    /// was for that account, and what was entered until then is its. Who has neither left nothing there.
    /// </summary>
    public const string BuyersPlaceholders =
        """
        UPDATE seller_buyers SET placeholder_id = COALESCE(
          (SELECT MIN(m.id) FROM order_lines l JOIN members m ON m.id = l.recipient_id WHERE l.seller_buyer_id = seller_buyers.id AND m.kind = 'buyer'),
          (SELECT MIN(m.id) FROM seller_methods x JOIN saved_methods s ON s.id = x.method_id JOIN members m ON m.id = s.member_id
            WHERE x.seller_buyer_id = seller_buyers.id AND x.brought_at IS NOT NULL AND m.kind = 'buyer'))
        WHERE tied_at IS NOT NULL AND placeholder_id IS NULL
        """;
}
