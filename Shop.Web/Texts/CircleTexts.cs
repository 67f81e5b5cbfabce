namespace Shop.Web.Texts;

/// <summary>Words of a member’s circle.</summary>
public sealed class CircleTexts;
