namespace Shop.Web.Texts;

/// <summary>Words of the desk about what accounts do on the site, and whom chance drew.</summary>
public sealed class ActivityTexts;
