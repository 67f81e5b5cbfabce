namespace Shop.Web.Texts;

/// <summary>Words of signing in with the account of the community's site.</summary>
public sealed class CommunityTexts;
