namespace Shop.Web.Texts;

/// <summary>Marks the resources of the payments desk.</summary>
public sealed class PaymentsTexts;
