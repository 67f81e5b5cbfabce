using System.Globalization;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Catalogue;

/// <summary>What the desk's pages say about products and about what became of a change.</summary>
internal static class CatalogueWords
{
    private const int Kilo = 1024;

    /// <summary>What a kind is called; a kind that a site added is called by its key.</summary>
    public static string Kind(string key, IStringLocalizer<CatalogueTexts> texts) => texts[$"Kind.{key}"] is { ResourceNotFound: false } words ? words : key;

    /// <summary>Whether it is sold now, and if not, why.</summary>
    public static string OnSale(CatalogueRow row, IStringLocalizer<CatalogueTexts> texts) => row switch
    {
        { IsSold: true } => texts["OnSale.Yes"],
        { Draft: { } draft } => texts["OnSale.Draft", draft],
        { Product.On: false } => texts["OnSale.Switch"],
        { Gift.State: VirtualGiftState.Off } => texts["OnSale.GiftOff"],
        { Product.Kind: VirtualGiftItem.KindKey, Gift: null or { State: VirtualGiftState.Proposed } } => texts["OnSale.Approval"],
        _ => texts["OnSale.No"],
    };

    public static string Stock(CatalogueRow row, IStringLocalizer<CatalogueTexts> texts) => row.Product.Limited is { } most
        ? texts["Stock.Of", Number(row.Left ?? most), Number(most), Number(row.Reserved)]
        : texts["Stock.None"];

    /// <summary>A refused change as a field of the form and a sentence; fields are named by what they hold, a reason's by <paramref name="reason"/>.</summary>
    public static (string Field, string Text) Problem(CatalogueResult result, string reason, PictureSize size, IStringLocalizer<CatalogueTexts> texts) => result switch
    {
        CatalogueResult.NoReason => (reason, texts["Reason.Must", CatalogueDesk.MostReason]),
        CatalogueResult.BadTags => ("Tags", texts["Gift.Tags.Must", VirtualGift.MostTags]),
        CatalogueResult.NoPictures => ("", texts["Gift.NoPictures"]),
        CatalogueResult.NeedsAnother => ("", texts["Gift.NeedsAnother"]),
        CatalogueResult.WasSold => ("", texts["Gift.WasSold"]),
        CatalogueResult.IsActive => ("", texts["Gift.IsActive"]),
        CatalogueResult.BadPicture { Why: PictureRefusal.TooLong } => ("Upload", texts["Picture.TooLong", PngFile.MostBytes / Kilo]),
        CatalogueResult.BadPicture { Why: var why } => ("Upload", texts[$"Picture.{why}", Pictures.Sides(size).Least, Pictures.Sides(size).Most]),
        CatalogueResult.Unknown => ("", texts["Unknown"]),
        _ => ("", texts["Changed"]),
    };

    private static string Number(long number) => number.ToString("N0", CultureInfo.CurrentCulture);
}
