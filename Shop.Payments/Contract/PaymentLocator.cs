namespace Shop.Payments;

/// <summary>Finds a payment again. Without a <paramref name="Reference"/> the provider looks for <paramref name="Attempt"/> in its metadata.</summary>
public sealed record PaymentLocator(AttemptId Attempt, ProviderReference? Reference, IdempotencyKey StartKey, Money Amount);

/// <summary>The buyer came back, or the shop goes on by itself (then <paramref name="ReturnQuery"/> is empty). The query is a hint and proves nothing.</summary>
public sealed record ContinuePayment(PaymentLocator Payment, BuyerPresence Buyer, IReadOnlyDictionary<string, string> ReturnQuery, Uri ReturnUrl, IdempotencyKey Key);
