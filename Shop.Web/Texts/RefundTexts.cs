namespace Shop.Web.Texts;

/// <summary>Words of giving back: the desk's orders, refunds by staff and by buyers.</summary>
public sealed class RefundTexts;
