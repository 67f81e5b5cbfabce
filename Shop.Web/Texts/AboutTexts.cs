namespace Shop.Web.Texts;

/// <summary>Words around the legal pages.</summary>
public sealed class AboutTexts;
