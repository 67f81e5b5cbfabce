namespace Shop.Web.Texts;

/// <summary>Marks the texts of the pages of paid resources, and of the desk that makes them.</summary>
public sealed class ResourceTexts;
