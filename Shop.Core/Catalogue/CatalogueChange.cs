namespace Shop.Core;

/// <summary>What of the catalogue was changed beside the price list.</summary>
public enum CatalogueField { Made, State, SmallPicture, LargePicture, Tags, Featured, Custom, Deleted, Resource, File }

/// <summary>One change of the catalogue: who changed what, from what to what, and why. Prices, names and switches are rules and have their own history.</summary>
public sealed class CatalogueChange
{
    public long Id { get; private set; }

    /// <summary>The product's name in the price list; of a paid resource its name with <see cref="ResourceItem.SkuPrefix"/> before it.</summary>
    public required string Sku { get; init; }

    public required CatalogueField Field { get; init; }

    public string? Old { get; init; }

    public string? New { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Null: the shop itself, when it was made.</summary>
    public long? ActorId { get; init; }

    public required string Reason { get; init; }
}
