using Shop.Core;

namespace Shop.Web.Display;

/// <summary>Lines of a cart to show, with or without boxes to tick them for removal.</summary>
public sealed record CartLinesModel(IReadOnlyList<CartLineView> Lines, bool Removable, IReadOnlyCollection<long> Ticked);
