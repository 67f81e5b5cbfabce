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
}
