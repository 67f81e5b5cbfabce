namespace Shop.Web.Texts;

/// <summary>Marks the texts of the page of an order that anybody may pay.</summary>
public sealed class WallTexts;
