namespace Shop.Web.Texts;

/// <summary>Marks the texts of promotions: in the cart, on receipts and at the desk.</summary>
public sealed class PromotionTexts;
