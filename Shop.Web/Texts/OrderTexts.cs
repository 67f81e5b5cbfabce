namespace Shop.Web.Texts;

/// <summary>Words of orders, receipts and the account's own pages.</summary>
public sealed class OrderTexts;
