namespace Shop.Web.Texts;

/// <summary>Words of the desk about what staff give to accounts and take from them.</summary>
public sealed class MembersTexts;
