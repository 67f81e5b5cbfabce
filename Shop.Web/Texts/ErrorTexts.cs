namespace Shop.Web.Texts;

/// <summary>Words of the pages that say what went wrong.</summary>
public sealed class ErrorTexts;
