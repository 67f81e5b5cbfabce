namespace Shop.Web.Texts;

/// <summary>Words of the desk.</summary>
public sealed class AdminTexts;
