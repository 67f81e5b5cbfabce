using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Shop.TestKit;

/// <summary>PNG files as tests want them: sound ones, and such as nobody should serve.</summary>
public static class DrawnPng
{
    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A grey square. <paramref name="extra"/>: chunks before the rows; <paramref name="rows"/>: other bytes than its rows, before they are packed.</summary>
    public static byte[] Square(int side, byte shade = 120, bool interlaced = false, (string Kind, byte[] Data)[]? extra = null, byte[]? rows = null)
    {
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, side);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), side);
        (head[8], head[12]) = (8, (byte)(interlaced ? 1 : 0));
        if (rows is null)
        {
            rows = new byte[(side + 1) * side];
            rows.AsSpan().Fill(shade);
            for (var row = 0; row < side; row++)
            {
                rows[row * (side + 1)] = 0;
            }
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return [.. Signature, .. Chunk("IHDR", head), .. (extra ?? []).SelectMany(e => Chunk(e.Kind, e.Data)), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string kind, byte[] data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(kind, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        var crc = uint.MaxValue;
        foreach (var each in chunk.AsSpan(4, data.Length + 4))
        {
            crc ^= each;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), ~crc);
        return chunk;
    }
}
