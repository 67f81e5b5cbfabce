namespace Shop.Web.Texts;

/// <summary>Words of the buy flow in a seller's frame.</summary>
public sealed class EmbedTexts;
