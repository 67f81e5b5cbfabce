using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>For how long a node keeps what a resource is.</summary>
public abstract class ResourceReaderTests(TestDatabase database) : ResourceCase(database)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static ResourceDraft Draft(string code) => new() { Code = code, Title = "On tides", Summary = "Twelve pages.", Form = ResourceForm.Text, PriceMinor = 500, Body = "*Ebb*", OnSale = true };

    private async Task SaveAsync(ResourceDraft draft, int? revision, ShopUnderTest? node = null) =>
        Assert.IsType<ResourceResult.Done>(await (node ?? Shop).Get<ResourceDesk>().SaveAsync(draft, revision, (await Shop.MemberAsync()).Id, Cancel));

    private async Task<(long Price, string? Body)> ReadAsync(string code, ShopUnderTest? node = null) =>
        (await (node ?? Shop).Get<ResourceReader>().FindAsync(code, Cancel)) is { } found ? (found.PriceMinor, found.Body) : default;

    [Theory]
    [InlineData(10, 1)]
    [InlineData(50_001, 10)]
    public async Task TF_17_IsReadOnceASecond_UnlessItIsLong(int characters, int times)
    {
        var code = await ResourceAsync();
        await SaveAsync(Draft(code) with { Body = new string('x', characters) }, 1);
        var (writes, looks) = CountingWrites();
        var reader = new ResourceReader(writes, Shop.Clock);
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(await reader.FindAsync(code, Cancel));
        }

        Assert.Equal(times, looks());
        Shop.Clock.Advance(Second);
        await reader.FindAsync(code, Cancel);
        Assert.Equal(times + 1, looks());
    }

    [Fact]
    public async Task Change_IsSeenAtOnceHere_AndWithinASecondElsewhere()
    {
        var (code, node) = (await ResourceAsync(price: 500), await NodeAsync());
        Assert.Equal(((500, "*Ebb*"), (500, "*Ebb*")), (await ReadAsync(code), await ReadAsync(code, node)));
        await SaveAsync(Draft(code) with { PriceMinor = 700, Body = "*Flood*" }, 1);
        Assert.Equal((700, "*Flood*"), await ReadAsync(code));
        Shop.Clock.Advance(Second);
        Assert.Equal((700, "*Flood*"), await ReadAsync(code, node));
    }

    [Fact]
    public async Task NewFile_IsSeenAtOnce()
    {
        await SaveAsync(Draft("table") with { Form = ResourceForm.File, Body = null, OnSale = false }, null);
        var reader = Shop.Get<ResourceReader>();
        foreach (var number in new[] { 1, 2 })
        {
            Assert.Equal(number - 1, (await reader.FindAsync("table", Cancel))!.FileNumber);
            Assert.IsType<ResourceResult.Done>(await Shop.Get<ResourceDesk>().SetFileAsync("table", new MemoryStream([1, 2, 3]), "t.bin", "application/octet-stream", 3, Cancel));
            Assert.Equal(number, (await reader.FindAsync("table", Cancel))!.FileNumber);
        }
    }

    [Fact]
    public async Task NameThatIsTakenNow_IsFoundAtOnce()
    {
        Assert.Equal(default, await ReadAsync("new"));
        await SaveAsync(Draft("new"), null);
        Assert.Equal((500, "*Ebb*"), await ReadAsync("new"));
    }
}

public sealed class ResourceReaderTests_Sqlite(SqliteDatabase database) : ResourceReaderTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourceReaderTests_Postgres(PostgresDatabase database) : ResourceReaderTests(database), IClassFixture<PostgresDatabase>;
