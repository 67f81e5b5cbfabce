namespace Shop.Web.Texts;

/// <summary>Words of the page of kept payment methods.</summary>
public sealed class MethodTexts;
