namespace Shop.Core;

/// <summary>A picture that staff put up, as the shop wrote it anew (ADR 0014): its address is its content, so it never changes.</summary>
public sealed class Picture
{
    /// <summary>SHA-256 of the bytes, 64 small hexadecimal digits.</summary>
    public required string Hash { get; init; }

    /// <summary>A PNG file.</summary>
    public required byte[] Png { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Null: it came with the shop.</summary>
    public long? AddedBy { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>Which picture of a product: beside its name in lists, or on its own page.</summary>
public enum PictureSize { Small, Large }

/// <summary>The picture that a product has now.</summary>
public sealed class ProductPicture
{
    /// <summary>The product's name in the price list.</summary>
    public required string Sku { get; init; }

    public required PictureSize Size { get; init; }

    public required string Hash { get; init; }
}
