using Shop.Core;

namespace Shop.Web.Display;

/// <summary>Ways to pay to choose from.</summary>
public sealed record MethodsModel(IReadOnlyList<PayMethod> Methods, string? Chosen);
