namespace Shop.Web.Texts;

/// <summary>Words of points that are passed on, and of time that becomes points.</summary>
public sealed class PointsTexts;
