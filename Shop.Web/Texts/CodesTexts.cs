namespace Shop.Web.Texts;

/// <summary>Marks the texts of the desk's pages about codes for signing up.</summary>
public sealed class CodesTexts;
