namespace Shop.Web.Texts;

/// <summary>Words of the desk's pages about rules. What a rule is called and why it exists are texts of the project that owns it.</summary>
public sealed class RulesTexts;
