using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Writes down what happened. Where it goes is decided afterwards, by the worker (<see cref="EventRun"/>).</summary>
public static class ShopEvents
{
    /// <summary>
    /// Records a happening in the caller's unit of work, which makes it true. <paramref name="happening"/> tells it from all others of its kind, such as the id
    /// of an order; found again, by a webhook that comes twice or a worker that was killed, nothing is written.
    /// </summary>
    /// <param name="mail">The mail that tells of it, which is sent where the rules send such events by mail; null: the one of its kind, if there is one.</param>
    public static async Task RecordAsync(
        ShopDbContext db, ShopEventKind kind, string happening, EventAbout about, EventFacts facts, DateTimeOffset now, CancellationToken cancellationToken, EventMail? mail = null)
    {
        var word = Words.Of(kind);
        var (key, data, at) = ($"{word}:{happening}", JsonSerializer.Serialize(facts, JsonSerializerOptions.Web), now.ToUnixTimeMilliseconds());
        var letter = mail is null ? null : JsonSerializer.Serialize(mail, JsonSerializerOptions.Web);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO shop_events (kind, key, occurred_at, member_id, order_id, subscription_id, seller_id, data, mail)
            VALUES ({word}, {key}, {at}, {about.MemberId}, {about.OrderId}, {about.SubscriptionId}, {about.SellerId}, {data}, {letter}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
    }
}
