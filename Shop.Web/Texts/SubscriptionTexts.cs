namespace Shop.Web.Texts;

/// <summary>Words of the pages of subscriptions and of renewals that were not paid.</summary>
public sealed class SubscriptionTexts;
