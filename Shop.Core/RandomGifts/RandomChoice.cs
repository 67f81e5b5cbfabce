using Shop.Accounts;

namespace Shop.Core;

/// <summary>That chance chooses who gets a gift: a person or a community, shown to the buyer before or hidden for good.</summary>
public enum RandomChoice
{
    ShownPerson,

    ShownCommunity,

    /// <summary>Drawn when it is delivered; the buyer is never told who it was (DW-7).</summary>
    HiddenPerson,

    /// <inheritdoc cref="HiddenPerson"/>
    HiddenCommunity,
}

public static class RandomChoices
{
    public static bool IsHidden(this RandomChoice choice) => choice is RandomChoice.HiddenPerson or RandomChoice.HiddenCommunity;

    /// <summary>What is drawn.</summary>
    public static AccountKind Kind(this RandomChoice choice) =>
        choice is RandomChoice.ShownCommunity or RandomChoice.HiddenCommunity ? AccountKind.Community : AccountKind.Personal;
}
