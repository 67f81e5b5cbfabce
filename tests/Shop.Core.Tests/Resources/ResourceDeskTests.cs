using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>Where staff make and change resources, and what of them is given out.</summary>
public abstract class ResourceDeskTests(TestDatabase database) : ResourceCase(database)
{
    private static readonly ResourceDraft Draft = new() { Code = "tides", Title = "On tides", Summary = "Twelve pages.", Form = ResourceForm.Text, PriceMinor = 500, Body = "*Ebb*" };

    private ResourceDesk Desk => Shop.Get<ResourceDesk>();

    [Fact]
    public async Task Resource_IsMadeAndChanged_AndTheLogSaysByWhom()
    {
        var staff = await Shop.MemberAsync();
        Assert.Equal(1, Assert.IsType<ResourceResult.Done>(await Desk.SaveAsync(Draft with { Code = " Été + 潮 2~a.b_c-d ", Points = 7 }, null, staff.Id, Cancel)).Revision);
        var (made, _) = (await Desk.FindAsync("Été + 潮 2~a.b_c-d", Cancel))!.Value;
        Assert.Equal(("On tides", 500, 7, "*Ebb*", false), (made.Title, made.PriceMinor, made.Points, made.Body, made.OnSale));

        Assert.Equal(2, Assert.IsType<ResourceResult.Done>(await Desk.SaveAsync(Draft with { Code = made.Code, PriceMinor = 600, OnSale = true }, 1, staff.Id, Cancel)).Revision);
        var (changed, history) = (await Desk.FindAsync(made.Code, Cancel))!.Value;
        Assert.Equal((600, null, true, 2), (changed.PriceMinor, changed.Points, changed.OnSale, changed.Revision));
        Assert.Equal(
            [(CatalogueField.Resource, "On tides; text; 5.00 USD or 7 points; off sale", "On tides; text; 6.00 USD; on sale", staff.Name), (CatalogueField.Made, null, "On tides; text; 5.00 USD or 7 points; off sale", staff.Name)],
            history.Select(h => (h.Field, h.Old, h.New, h.Actor)));
        Assert.Equal(["Été + 潮 2~a.b_c-d"], (await Desk.ListAsync(Cancel)).Select(r => r.Code));
    }

    [Fact]
    public async Task TwoWhoChangeTheSame_TheSecondIsTold()
    {
        var staff = (await Shop.MemberAsync()).Id;
        await Desk.SaveAsync(Draft, null, staff, Cancel);
        var results = await ShopUnderTest.AtOnceAsync(2, i => Desk.SaveAsync(Draft with { Title = $"Title {i}" }, 1, staff, Cancel));
        Assert.Single(results, r => r is ResourceResult.Done);
        Assert.Single(results, r => r is ResourceResult.Changed);
        Assert.IsType<ResourceResult.Unknown>(await Desk.SaveAsync(Draft with { Code = "nothing" }, 1, staff, Cancel));
        Assert.Equal((ResourceField.Code, ResourceRefusal.Taken), Only(await Desk.SaveAsync(Draft, null, staff, Cancel)));
    }

    public static TheoryData<string, ResourceField, ResourceRefusal> Wrong => new()
    {
        { "code:", ResourceField.Code, ResourceRefusal.Missing },
        { "code:..", ResourceField.Code, ResourceRefusal.Shape },
        { "code:a/b", ResourceField.Code, ResourceRefusal.Shape },
        { "code:a?b", ResourceField.Code, ResourceRefusal.Shape },
        { "code:a\tb", ResourceField.Code, ResourceRefusal.Shape },
        { "code:" + new string('a', 49), ResourceField.Code, ResourceRefusal.TooLong },
        { "title: ", ResourceField.Title, ResourceRefusal.Missing },
        { "title:a\nb", ResourceField.Title, ResourceRefusal.Shape },
        { "title:" + new string('a', 101), ResourceField.Title, ResourceRefusal.TooLong },
        { "summary:", ResourceField.Summary, ResourceRefusal.Missing },
        { "summary:" + new string('a', 1001), ResourceField.Summary, ResourceRefusal.TooLong },
        { "body:", ResourceField.Body, ResourceRefusal.Missing },
        { "price:", ResourceField.Price, ResourceRefusal.Missing },
        { "price:0", ResourceField.Price, ResourceRefusal.Amount },
        { "price:10000001", ResourceField.Price, ResourceRefusal.Amount },
        { "points:0", ResourceField.Points, ResourceRefusal.Amount },
        { "address:", ResourceField.Address, ResourceRefusal.Missing },
        { "address:tides", ResourceField.Address, ResourceRefusal.Address },
        { "address:https://elsewhere.example/app/x", ResourceField.Address, ResourceRefusal.Address },
        { "address:https://behind.example/application", ResourceField.Address, ResourceRefusal.Address },
        { "address:https://behind.example/app/../x", ResourceField.Address, ResourceRefusal.Address },
        { "address:https://me@behind.example/app/x", ResourceField.Address, ResourceRefusal.Address },
        { "address:http://behind.example/app/x", ResourceField.Address, ResourceRefusal.Address },
        { "file:", ResourceField.File, ResourceRefusal.Missing },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task WhatIsWrong_IsNamedByItsField_AndNothingIsMade(string change, ResourceField field, ResourceRefusal reason)
    {
        var (name, value) = change.Split(':', 2) is [var left, var right] ? (left, right) : ("", "");
        var draft = name switch
        {
            "code" => Draft with { Code = value },
            "title" => Draft with { Title = value },
            "summary" => Draft with { Summary = value },
            "body" => Draft with { Body = value },
            "price" => Draft with { PriceMinor = value.Length == 0 ? null : long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) },
            "points" => Draft with { Points = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture) },
            "address" => Draft with { Form = ResourceForm.Address, Address = value },
            _ => Draft with { Form = ResourceForm.File, OnSale = true },
        };
        var node = await NodeAsync(change: services => services.AddSingleton(new ResourceAddresses([new Uri("https://behind.example/app/")])));
        Assert.Equal((field, reason), Only(await node.Get<ResourceDesk>().SaveAsync(draft, null, (await Shop.MemberAsync()).Id, Cancel)));
        Assert.Empty(await Desk.ListAsync(Cancel));
    }

    [Fact]
    public async Task Address_BelowAnAllowedOne_IsTaken()
    {
        var node = await NodeAsync(change: services => services.AddSingleton(new ResourceAddresses([new Uri("https://behind.example/app")])));
        foreach (var (i, address) in new[] { "https://behind.example/app", "https://behind.example/app/", "https://behind.example/app/x?y=1" }.Index())
        {
            Assert.IsType<ResourceResult.Done>(await node.Get<ResourceDesk>().SaveAsync(
                Draft with { Code = $"a{i}", Form = ResourceForm.Address, Address = address }, null, (await Shop.MemberAsync()).Id, Cancel));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(ResourceDesk.PartSize)]
    [InlineData((2 * ResourceDesk.PartSize) + 1)]
    public async Task File_IsReadBackAsItWas(int length)
    {
        await FileAsync();
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        Assert.IsType<ResourceResult.Done>(await Desk.SetFileAsync("tides", new Drip(bytes), @"C:\papers\tides.pdf", "Application/PDF", -1, Cancel));
        var content = (await Shop.Get<ResourceReader>().OpenAsync("tides", Cancel))!;
        Assert.Equal(("tides.pdf", "application/pdf", length), (content.Resource.FileName, content.Resource.MediaType, content.Resource.FileLength));
        Assert.Equal(bytes, await ReadAsync(content));
        Assert.Equal((length + ResourceDesk.PartSize - 1) / ResourceDesk.PartSize, await Shop.ReadAsync(db => db.ResourceFileParts.CountAsync(Cancel)));
    }

    [Fact]
    public async Task File_ThatIsReplacedWhileItIsRead_IsReadToItsEnd()
    {
        await FileAsync();
        foreach (var text in new[] { "one", "two", "three" })
        {
            var before = await Shop.Get<ResourceReader>().OpenAsync("tides", Cancel);
            Assert.IsType<ResourceResult.Done>(await Desk.SetFileAsync("tides", new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), "t.txt", "text/plain", 5, Cancel));
            if (before!.Parts is not null)
            {
                Assert.Equal(text == "two" ? "one" : "two", System.Text.Encoding.UTF8.GetString(await ReadAsync(before)));
            }
        }

        Assert.Equal(2, await Shop.ReadAsync(db => db.ResourceFileParts.CountAsync(Cancel)));
    }

    [Fact]
    public async Task File_TooLargeEmptyOrOfNoKind_IsRefusedAndLeavesNothing()
    {
        await PublishAsync(new ResourceTerms { LargestFileKb = 1 });
        await FileAsync();
        async Task<(ResourceField, ResourceRefusal)> SetAsync(int length, string name = "t.txt", string type = "text/plain", long? said = null) =>
            Only(await Desk.SetFileAsync("tides", new MemoryStream(new byte[length]), name, type, said ?? length, Cancel));

        Assert.Equal((ResourceField.File, ResourceRefusal.Size), await SetAsync(1025));
        Assert.Equal((ResourceField.File, ResourceRefusal.Size), await SetAsync(1025, said: 10)); // what comes is counted
        Assert.Equal((ResourceField.File, ResourceRefusal.Size), await SetAsync(0));
        Assert.Equal((ResourceField.File, ResourceRefusal.Size), await SetAsync(0, said: 10));
        Assert.Equal((ResourceField.File, ResourceRefusal.Shape), await SetAsync(10, name: ""));
        Assert.Equal((ResourceField.File, ResourceRefusal.Shape), await SetAsync(10, name: "a\nb"));
        Assert.Equal((ResourceField.File, ResourceRefusal.Shape), await SetAsync(10, type: "text"));
        Assert.Equal((ResourceField.File, ResourceRefusal.Shape), await SetAsync(10, type: "text/plain\r\nX: y"));
        await Assert.ThrowsAsync<IOException>(() => Desk.SetFileAsync("tides", new Drip(new byte[100], fails: true), "t.txt", "text/plain", 100, Cancel));
        Assert.Equal(0, await Shop.ReadAsync(db => db.ResourceFileParts.CountAsync(Cancel)));
        Assert.Null((await Shop.Get<ResourceReader>().OpenAsync("tides", Cancel))!.Parts);

        var text = await ResourceAsync();
        Assert.Equal((ResourceField.File, ResourceRefusal.NotAFile), Only(await Desk.SetFileAsync(text, new MemoryStream([1]), "t.txt", "text/plain", 1, Cancel)));
        Assert.IsType<ResourceResult.Unknown>(await Desk.SetFileAsync("nothing", new MemoryStream([1]), "t.txt", "text/plain", 1, Cancel));
    }

    [Fact]
    public async Task Change_LeavesWhatWasBoughtAsItWas()
    {
        var (resource, session) = (await ResourceAsync(price: 500), Session());
        var made = await MadeAsync(resource, session);
        await Desk.SaveAsync(Draft with { Code = resource, Title = "Another", PriceMinor = 900 }, 1, (await Shop.MemberAsync()).Id, Cancel);
        var status = await StatusAsync(made.Number, session);
        Assert.Equal(("On tides", 500), (status.Title, status.Amount.Minor));
        Assert.Equal(500, (await PayAsync(made.Number, session)).Order.DueMinor); // off sale by now, and still its session's open order
        Assert.IsType<MatrixMade.NoResource>(await Matrix.MakeAsync(Wish(resource, Session()), Cancel));
    }

    private async Task FileAsync() => Assert.IsType<ResourceResult.Done>(await Desk.SaveAsync(Draft with { Form = ResourceForm.File }, null, (await Shop.MemberAsync()).Id, Cancel));

    private static (ResourceField Field, ResourceRefusal Reason) Only(ResourceResult result)
    {
        var problem = Assert.Single(Assert.IsType<ResourceResult.Refused>(result).Problems);
        return (problem.Field, problem.Reason);
    }

    private static async Task<byte[]> ReadAsync(ResourceContent content)
    {
        using var whole = new MemoryStream();
        await foreach (var part in content.Parts!.WithCancellation(Cancel))
        {
            Assert.InRange(part.Length, 1, ResourceDesk.PartSize);
            await whole.WriteAsync(part, Cancel);
        }

        return whole.ToArray();
    }

    /// <summary>A stream that comes in small pieces, as uploads do.</summary>
    private sealed class Drip(byte[] bytes, bool fails = false) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            fails && Position > 50 ? throw new IOException("the line broke") : base.ReadAsync(buffer[..Math.Min(buffer.Length, fails ? 40 : 60_000)], cancellationToken);
    }
}

public sealed class ResourceDeskTests_Sqlite(SqliteDatabase database) : ResourceDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourceDeskTests_Postgres(PostgresDatabase database) : ResourceDeskTests(database), IClassFixture<PostgresDatabase>;
