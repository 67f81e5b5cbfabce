using Shop.Core;

namespace Shop.Web.Display;

/// <summary>Ways to pay to choose from.</summary>
/// <param name="AreAllThereIs">Nothing else on the page leads on, so choosing does.</param>
public sealed record MethodsModel(IReadOnlyList<PayMethod> Methods, string? Chosen, bool AreAllThereIs = false)
{
    /// <summary>They stand beside one that the buyer is about to use: another way, for who wants one.</summary>
    public bool AreOthers { get; init; }

    /// <summary>The buyer's kept methods.</summary>
    public IReadOnlyList<SavedMethodView> Saved { get; init; } = [];

    /// <summary>The kept method that was just declined, by our name, and why; null: none was.</summary>
    public (string Handle, string Why)? Declined { get; init; }

    /// <summary>The buyer is a member, and may keep what they enter.</summary>
    public bool MayKeep { get; init; }

    /// <summary>They have ticked that they want to.</summary>
    public bool Keep { get; init; }
}
