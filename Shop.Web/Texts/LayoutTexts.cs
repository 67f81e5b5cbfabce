namespace Shop.Web.Texts;

/// <summary>Words of the page shell, forms and what every page shares.</summary>
public sealed class LayoutTexts;
