namespace Shop.Web.Texts;

/// <summary>Words of the pages on which members take their data with them, or close their accounts.</summary>
public sealed class DataTexts;
