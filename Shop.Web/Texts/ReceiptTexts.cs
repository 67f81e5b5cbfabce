namespace Shop.Web.Texts;

/// <summary>Words of receipts and credit notes, on the page, in the PDF and in mails, and of the tax on the way there.</summary>
public sealed class ReceiptTexts;
