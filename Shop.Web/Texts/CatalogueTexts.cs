namespace Shop.Web.Texts;

/// <summary>Marks the texts of the desk's pages about what is sold, and of its look-up of deliveries.</summary>
public sealed class CatalogueTexts;
