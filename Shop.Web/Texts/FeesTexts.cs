namespace Shop.Web.Texts;

/// <summary>Words about what payment services take.</summary>
public sealed class FeesTexts;
