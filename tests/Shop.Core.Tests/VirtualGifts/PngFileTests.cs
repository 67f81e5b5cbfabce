using System.Security.Cryptography;
using System.Text;
using Shop.TestKit;

namespace Shop.Core.Tests.VirtualGifts;

/// <summary>Pictures that staff put up: sound PNG files are written anew, everything else is refused (S22).</summary>
public sealed class PngFileTests
{
    private static readonly byte[] Script = Encoding.ASCII.GetBytes("<script>alert(1)</script>");

    [Fact]
    public void S22_SoundFile_IsWrittenAnewWithoutWhatHidesInIt()
    {
        var (png, width, height, refusal) = Rewrite(DrawnPng.Square(64, extra: [("tEXt", Script), ("eXIf", Script)]));
        Assert.Equal((64, 64, null), (width, height, refusal));
        Assert.Equal(-1, png.AsSpan().IndexOf(Script));
        Assert.Null(Rewrite(png!).Refusal);
    }

    [Theory]
    [InlineData("svg", PictureRefusal.NotPng)]
    [InlineData("jpeg", PictureRefusal.NotPng)]
    [InlineData("empty", PictureRefusal.NotPng)]
    [InlineData("polyglot behind", PictureRefusal.NotPng)]
    [InlineData("polyglot before", PictureRefusal.NotPng)]
    [InlineData("unknown critical chunk", PictureRefusal.NotPng)]
    [InlineData("wrong sum", PictureRefusal.NotPng)]
    [InlineData("cut", PictureRefusal.NotPng)]
    [InlineData("bomb", PictureRefusal.NotPng)]
    [InlineData("too few rows", PictureRefusal.NotPng)]
    [InlineData("huge", PictureRefusal.Measures)]
    [InlineData("tiny", PictureRefusal.Measures)]
    [InlineData("interlaced", PictureRefusal.Interlaced)]
    [InlineData("long", PictureRefusal.TooLong)]
    public void S22_UnsoundFile_IsRefused(string fault, PictureRefusal refusal) => Assert.Equal(refusal, Rewrite(Spoilt(fault)).Refusal);

    private static (byte[]? Png, int Width, int Height, PictureRefusal? Refusal) Rewrite(byte[] file) => PngFile.Rewrite(file, 16, 160);

    private static byte[] Spoilt(string fault)
    {
        var sound = DrawnPng.Square(64);
        switch (fault)
        {
            case "svg":
                return Encoding.ASCII.GetBytes("""<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>""");
            case "jpeg":
                return [0xFF, 0xD8, 0xFF, 0xE0, .. sound[4..]];
            case "empty":
                return [];
            case "polyglot behind":
                return [.. sound, .. Script];
            case "polyglot before":
                return [.. Script, .. sound];
            case "unknown critical chunk":
                return DrawnPng.Square(64, extra: [("EVIL", Script)]);
            case "wrong sum":
                sound[^1] ^= 1;
                return sound;
            case "cut":
                return sound[..^20];
            case "bomb":
                return DrawnPng.Square(64, rows: new byte[40_000_000]);
            case "too few rows":
                return DrawnPng.Square(64, rows: new byte[64]);
            case "huge":
                return DrawnPng.Square(161);
            case "tiny":
                return DrawnPng.Square(15);
            case "interlaced":
                return DrawnPng.Square(64, interlaced: true);
            case "long":
                return DrawnPng.Square(64, extra: [("tEXt", RandomNumberGenerator.GetBytes(PngFile.MostBytes))]);
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, null);
        }
    }
}
