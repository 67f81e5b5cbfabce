namespace Shop.Web.Texts;

/// <summary>Words of the desk's pages about events and mails, and of the page that turns reminders off.</summary>
public sealed class EventsTexts;
