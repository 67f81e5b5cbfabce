namespace Shop.Web.Texts;

/// <summary>Words of the price list, products and the cart.</summary>
public sealed class ShopTexts;
