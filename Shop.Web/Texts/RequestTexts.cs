namespace Shop.Web.Texts;

/// <summary>Marks the texts of the page on which staff ask somebody to pay.</summary>
public sealed class RequestTexts;
