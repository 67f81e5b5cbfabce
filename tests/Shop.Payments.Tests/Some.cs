namespace Shop.Payments.Tests;

/// <summary>Requests as the shop makes them, each of a purchase of its own.</summary>
internal static class Some
{
    public static readonly Money Price = new(1300, Currency.Usd);

    public static StartPayment Payment(Money? amount = null, Guid? attempt = null)
    {
        var id = attempt ?? Guid.CreateVersion7();
        return new StartPayment
        {
            Attempt = new AttemptId(id),
            Key = new IdempotencyKey($"{id}:start"),
            Amount = amount ?? Price,
            Source = new PaymentSource.Fresh(false),
            Flow = PaymentFlow.Redirect,
            Buyer = BuyerPresence.Present,
            Payer = new Payer("pseudonym", null, null),
            Locale = "en-US",
            Summary = "1 month of paid time",
            ShortReference = "K7WQ2M9D",
            Repeatable = true,
            StatementName = "DreamShop",
            ReturnUrl = new Uri("https://localhost/checkout/n/return"),
            CancelUrl = new Uri("https://localhost/checkout/n/pay"),
        };
    }

    public static PaymentLocator Locator(StartPayment payment, PaymentSnapshot? started = null) =>
        new(payment.Attempt, started?.Reference, payment.Key, payment.Amount);

    public static IdempotencyKey Key(string operation) => new($"{Guid.CreateVersion7()}:{operation}");

    public static StartRefund Refund(StartPayment payment, PaymentSnapshot captured, long minor)
    {
        var refund = Guid.CreateVersion7();
        return new StartRefund(new RefundId(refund), Locator(payment, captured), captured.Captures[0].Reference, new Money(minor, payment.Amount.Currency), new IdempotencyKey($"{refund}:refund"));
    }

    public static RefundLocator Locator(StartRefund refund, RefundSnapshot? answer = null) =>
        new(refund.Refund, refund.Payment, refund.Capture, answer?.Reference, refund.Key);
}
