namespace Shop.Web.Texts;

/// <summary>Words of the pages about signing in: password, second step, passkeys, sessions.</summary>
public sealed class SecurityTexts;
