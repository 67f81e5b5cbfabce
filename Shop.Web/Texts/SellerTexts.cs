namespace Shop.Web.Texts;

/// <summary>Words of the pages on which sellers' products are bought, and of the desk's pages about sellers.</summary>
public sealed class SellerTexts;
