using System.Text.Json;

namespace Shop.Web.Sandbox;

/// <summary>News of a payment or refund, kept in the books for good and sent to the merchant. The body is what is sent, the same at every try.</summary>
internal sealed record BankEvent(string Id, string Type, DateTimeOffset At, string Body)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>That a payment has become what it is now; of one that was charged, by which charge.</summary>
    public static BankEvent Of(BankPayment payment, string account, DateTimeOffset at, string? charge = null) =>
        New($"payment.{payment.Status}", account, at, new { payment.Id, payment.Attempt, charge }, null);

    public static BankEvent Of(BankRefund refund, Guid attempt, string account) =>
        New($"refund.{refund.Status}", account, refund.At, new { Id = refund.Payment, attempt }, new { refund.Id, refund.Refund });

    private static BankEvent New(string type, string account, DateTimeOffset at, object payment, object? refund)
    {
        var id = BankBooks.NewId("se");
        return new(id, type, at, JsonSerializer.Serialize(
            new { id, type, created = at, account, live = false, payment, refund }, Json));
    }
}

/// <summary>An event that is due, and how often it was tried before.</summary>
internal sealed record DueEvent(long Number, BankEvent Event, int Attempts);
