namespace Shop.Web.Texts;

/// <summary>Words of registering, signing in and out, and of passwords.</summary>
public sealed class AccountTexts;
