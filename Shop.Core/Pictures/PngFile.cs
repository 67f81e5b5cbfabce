using System.Buffers.Binary;
using System.IO.Compression;

namespace Shop.Core;

/// <summary>Why a file is not taken as a picture.</summary>
public enum PictureRefusal
{
    /// <summary>Nothing was sent.</summary>
    Missing,

    /// <summary>The file is longer than <see cref="PngFile.MostBytes"/>.</summary>
    TooLong,

    /// <summary>It is no PNG file, or a damaged one, or something follows after its end.</summary>
    NotPng,

    /// <summary>Its rows are interlaced.</summary>
    Interlaced,

    /// <summary>It has fewer or more points a side than this size of picture may have.</summary>
    Measures,
}

/// <summary>
/// Reads a PNG file and writes it anew from its points alone: palette, transparency and compressed rows are checked and packed again, everything else
/// (texts, profiles, animations, whatever hides between or behind) is left behind. So what is served was written here (S22, ADR 0014).
/// </summary>
public static class PngFile
{
    public const int MostBytes = 512 * 1024;
    private const int MostPaletteBytes = 3 * 256;

    private const uint Ihdr = 0x49484452;
    private const uint Plte = 0x504C5445;
    private const uint Trns = 0x74524E53;
    private const uint Idat = 0x49444154;
    private const uint Iend = 0x49454E44;

    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var k = 0; k < 8; k++)
        {
            c = (c & 1) == 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        }

        return c;
    })];

    private readonly record struct Head(int Width, int Height, int Depth, int Colour, bool Interlaced)
    {
        public int RowBytes => ((Width * Depth * (Colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 })) + 7) / 8;

        public bool IsLegal => (Colour, Depth) is (0, 1 or 2 or 4 or 8 or 16) or (2, 8 or 16) or (3, 1 or 2 or 4 or 8) or (4, 8 or 16) or (6, 8 or 16);
    }

    /// <summary>The picture written anew with its measures, or why it is not taken. Nothing larger than the measures allow is ever unpacked.</summary>
    public static (byte[]? Png, int Width, int Height, PictureRefusal? Refusal) Rewrite(ReadOnlySpan<byte> file, int leastSide, int mostSide)
    {
        if (file.Length > MostBytes)
        {
            return (null, 0, 0, PictureRefusal.TooLong);
        }

        if (!file.StartsWith(Signature))
        {
            return (null, 0, 0, PictureRefusal.NotPng);
        }

        Head? head = null;
        byte[]? palette = null, transparency = null;
        using var packed = new MemoryStream();
        var rest = file[Signature.Length..];
        while (true)
        {
            if (rest.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && (length > int.MaxValue || length > rest.Length - 12))
            {
                return (null, 0, 0, PictureRefusal.NotPng);
            }

            var kind = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
            var data = rest.Slice(8, (int)length);
            if (Crc(rest.Slice(4, (int)length + 4)) != BinaryPrimitives.ReadUInt32BigEndian(rest[((int)length + 8)..]))
            {
                return (null, 0, 0, PictureRefusal.NotPng);
            }

            rest = rest[((int)length + 12)..];
            switch (kind)
            {
                case Ihdr when head is null && length == 13 && ReadHead(data) is { IsLegal: true } read:
                    if (read.Interlaced)
                    {
                        return (null, 0, 0, PictureRefusal.Interlaced);
                    }

                    if (Math.Min(read.Width, read.Height) < leastSide || Math.Max(read.Width, read.Height) > mostSide)
                    {
                        return (null, 0, 0, PictureRefusal.Measures);
                    }

                    head = read;
                    break;
                case Plte when head is { Colour: 2 or 3 or 6 } && palette is null && packed.Length == 0 && length is > 0 and <= MostPaletteBytes && length % 3 == 0:
                    palette = data.ToArray();
                    break;
                case Trns when head is { } h && transparency is null && packed.Length == 0 && IsTransparency(h, data.Length, palette):
                    transparency = data.ToArray();
                    break;
                case Idat when head is { } h && (h.Colour != 3 || palette is not null):
                    packed.Write(data);
                    break;
                case Iend when head is { } h && length == 0 && rest.IsEmpty && Unpack(packed, h) is { } rows:
                    return (Write(h, h.Colour == 3 ? palette : null, transparency, rows), h.Width, h.Height, null);
                case Ihdr or Plte or Trns or Idat or Iend:
                    return (null, 0, 0, PictureRefusal.NotPng);
                default:
                    // a large first letter means that a reader must know it, and this one does not
                    if (head is null || (kind & 0x20000000) == 0)
                    {
                        return (null, 0, 0, PictureRefusal.NotPng);
                    }

                    break;
            }
        }
    }

    private static Head? ReadHead(ReadOnlySpan<byte> data)
    {
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        return width is 0 or > ushort.MaxValue || height is 0 or > ushort.MaxValue || data[10] != 0 || data[11] != 0 || data[12] > 1
            ? null
            : new Head((int)width, (int)height, data[8], data[9], data[12] == 1);
    }

    private static bool IsTransparency(Head head, int length, byte[]? palette) => head.Colour switch
    {
        0 => length == 2,
        2 => length == 6,
        3 => palette is not null && length > 0 && length <= palette.Length / 3,
        _ => false,
    };

    /// <summary>The rows with their filter bytes; null: they are not exactly those of the head.</summary>
    private static byte[]? Unpack(MemoryStream packed, Head head)
    {
        var rows = new byte[(head.RowBytes + 1) * head.Height];
        packed.Position = 0;
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            if (zlib.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false) != rows.Length || zlib.ReadByte() != -1)
            {
                return null;
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }

        for (var row = 0; row < head.Height; row++)
        {
            if (rows[row * (head.RowBytes + 1)] > 4)
            {
                return null;
            }
        }

        return rows;
    }

    private static byte[] Write(Head head, byte[]? palette, byte[]? transparency, byte[] rows)
    {
        Span<byte> first = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(first, head.Width);
        BinaryPrimitives.WriteInt32BigEndian(first[4..], head.Height);
        (first[8], first[9]) = ((byte)head.Depth, (byte)head.Colour);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        using var file = new MemoryStream();
        file.Write(Signature);
        Chunk(file, Ihdr, first);
        if (palette is not null)
        {
            Chunk(file, Plte, palette);
        }

        if (transparency is not null)
        {
            Chunk(file, Trns, transparency);
        }

        Chunk(file, Idat, packed.ToArray());
        Chunk(file, Iend, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, uint kind, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4), kind);
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Crc(chunk.AsSpan(4, data.Length + 4)));
        file.Write(chunk);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var each in bytes)
        {
            crc = CrcTable[(crc ^ each) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }
}
