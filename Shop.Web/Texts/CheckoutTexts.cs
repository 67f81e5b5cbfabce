namespace Shop.Web.Texts;

/// <summary>Words of the checkout and its payment pages.</summary>
public sealed class CheckoutTexts;
