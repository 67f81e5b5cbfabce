namespace Shop.Web.Texts;

/// <summary>Words of the mails the shop sends.</summary>
public sealed class MailTexts;
