namespace Shop.Web.Display;

/// <summary>Where a list is being read, newest first, and how the address of another of its pages is written.</summary>
public sealed record PagerModel(int Page, int Pages, Func<int, string> Link);
