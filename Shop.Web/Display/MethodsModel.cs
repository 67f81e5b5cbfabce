using Shop.Core;

namespace Shop.Web.Display;

/// <summary>Ways to pay to choose from.</summary>
/// <param name="AreAllThereIs">Nothing else on the page leads on, so choosing does.</param>
public sealed record MethodsModel(IReadOnlyList<PayMethod> Methods, string? Chosen, bool AreAllThereIs = false);
