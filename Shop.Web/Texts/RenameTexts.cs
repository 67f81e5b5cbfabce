namespace Shop.Web.Texts;

/// <summary>Words of rename tokens.</summary>
public sealed class RenameTexts;
