namespace Shop.Web.Display;

/// <summary>Where a list is being read, newest first, whether it goes on, and how the address of another of its pages is written.</summary>
public sealed record PagerModel(int Page, bool More, Func<int, string> Link);
