using System.Net;
using System.Net.Http.Headers;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Paywall;

/// <summary>Where staff make and change paid resources.</summary>
public abstract class ResourceDeskPageTests(TestDatabase database) : PaywallTests(database)
{
    private const string Resources = "/admin/catalogue/resources";

    [Fact]
    public async Task Text_IsMade_Changed_AndSold()
    {
        var (admin, code) = (await Shop.SignInAsync("admin"), "desk-" + Codes.New(6));
        var made = await admin.SubmitAsync(
            await admin.GetAsync($"{Resources}/new"), "#edit", "Save",
            ("Name", code), ("Form", "text"), ("Title", "The moon"), ("Summary", "All of it."), ("Price", "2.00"), ("Points", "20"), ("Body", "# Far\n\nside"), ("OnSale", "true"));
        Assert.Equal((HttpStatusCode.OK, $"{Resources}/{code}"), (made.Status, made.Address.AbsolutePath));
        var row = (await admin.GetAsync(Resources)).All("resource-row").Single(r => r.GetAttribute("data-resource") == code);
        Assert.Contains("$2.00", row.TextContent, StringComparison.Ordinal);
        var changed = await admin.SubmitAsync(made, "#edit", "Save", ("Price", "3.00"));
        Assert.Equal("3.00", changed.Value("Price"));
        Assert.Equal(2, changed.All("resource-change").Count);
        Assert.Equal(HttpStatusCode.PaymentRequired, (await Shop.NewVisitor().GetAsync(AddressOf(code))).Status);
    }

    [Fact]
    public async Task WrongFields_AreNamedBesideThem_AndWhatWasTypedStays()
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.SubmitAsync(
            await admin.GetAsync($"{Resources}/new"), "#edit", "Save",
            ("Name", "a/b"), ("Form", "text"), ("Title", ""), ("Summary", "Typed"), ("Price", "nothing"), ("Points", "-1"), ("Body", ""));
        foreach (var field in new[] { "Name", "Title", "Price", "Points", "Body" })
        {
            IsWrong(page, field, "", HttpStatusCode.BadRequest);
        }

        Assert.Equal(("a/b", "Typed", "nothing"), (page.Value("Name"), page.Value("Summary"), page.Value("Price")));
    }

    /// <summary>Its page at the desk would be the form for a new one.</summary>
    [Fact]
    public async Task Name_OfTheFormItself_IsTaken()
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.SubmitAsync(
            await admin.GetAsync($"{Resources}/new"), "#edit", "Save", ("Name", " new "), ("Form", "text"), ("Title", "T"), ("Summary", "S"), ("Price", "2.00"), ("Body", "B"));
        IsWrong(page, "Name", "", HttpStatusCode.BadRequest);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/r/new")).Status);
    }

    /// <summary>Whatever a file says it is, no browser runs it on the shop's own origin.</summary>
    [Theory]
    [InlineData("text/html", "page.html", "page.html")]
    [InlineData("image/svg+xml", "../../picture.svg", "picture.svg")]
    [InlineData("application/xhtml+xml", "C:\\files\\a \"b\"; x=.xhtml", "a \"b\"; x=.xhtml")]
    public async Task S22_File_IsSavedAndNeverShown(string type, string name, string savedAs)
    {
        var code = "desk-" + Codes.New(6);
        var draft = new ResourceDraft { Code = code, Title = "T", Summary = "S", Form = ResourceForm.File, PriceMinor = 200 };
        await SaveAsync(draft);
        var file = "<script>alert(1)</script>"u8.ToArray();
        Assert.IsType<ResourceResult.Done>(await Desk.SetFileAsync(code, new MemoryStream(file), name, type, file.Length, Cancel));
        await SaveAsync(draft with { OnSale = true }, revision: 2);
        var (buyer, page) = await BuyerAsync(code);
        var answer = await AskAsync(buyer, page.Find("resource-file")!.GetAttribute("href")!);
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal(("attachment", savedAs), (disposition.DispositionType, disposition.FileNameStar));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.EndsWith("; sandbox", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl is { NoStore: true, Private: true });
    }

    [Fact]
    public async Task Preview_ShowsTheTextAndSavesNothing()
    {
        var (admin, code) = (await Shop.SignInAsync("admin"), await TextAsync());
        var page = await admin.SubmitAsync(await admin.GetAsync($"{Resources}/{code}"), "#edit", "Look at it first", ("Body", "**bold** <script>"));
        Assert.NotNull(page.Find("preview")!.QuerySelector("strong"));
        Assert.Null(page.Find("preview")!.QuerySelector("script"));
        Assert.Contains(Secret, (await admin.GetAsync($"{Resources}/{code}")).Value("Body"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoWhoChangeIt_TheSecondIsToldAndKeepsWhatTheyTyped()
    {
        var (admin, code) = (await Shop.SignInAsync("admin"), await TextAsync());
        var begun = await admin.GetAsync($"{Resources}/{code}");
        await admin.SubmitAsync(begun, "#edit", "Save", ("Title", "First"));
        var second = await admin.SubmitAsync(begun, "#edit", "Save", ("Title", "Second"));
        Assert.Equal((HttpStatusCode.BadRequest, "Second"), (second.Status, second.Value("Title")));
        Assert.NotNull(second.Error);
    }

    [Fact]
    public async Task File_IsUploaded_AndOnlyThenSold()
    {
        var (admin, code) = (await Shop.SignInAsync("admin"), "desk-" + Codes.New(6));
        var fields = new[] { ("Name", code), ("Form", "file"), ("Title", "A map"), ("Summary", "Of it."), ("Price", "2.00") };
        var page = await admin.SubmitAsync(await admin.GetAsync($"{Resources}/new"), "#edit", "Save", fields);
        var early = await admin.SubmitAsync(page, "#edit", "Save", ("OnSale", "true"));
        Assert.Equal(HttpStatusCode.BadRequest, early.Status);
        byte[] map = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i % 251))];
        var sent = await UploadAsync(admin, page, code, map, "map.bin");
        Assert.Equal("map.bin", sent.Text("file-name"));
        Assert.Equal(HttpStatusCode.BadRequest, (await UploadAsync(admin, sent, code, [], "empty.bin")).Status);
        Assert.Equal(HttpStatusCode.OK, (await admin.SubmitAsync(await admin.GetAsync($"{Resources}/{code}"), "#edit", "Save", ("OnSale", "true"))).Status);
        var (buyer, got) = await BuyerAsync(code);
        Assert.Equal(map, await (await AskAsync(buyer, got.Find("resource-file")!.GetAttribute("href")!)).Content.ReadAsByteArrayAsync(Cancel));
    }

    private static async Task<Page> UploadAsync(Visitor admin, Page page, string code, byte[] file, string name)
    {
        var content = new MultipartFormDataContent { { new StringContent(page.Value("__RequestVerificationToken")!), "__RequestVerificationToken" } };
        var part = new ByteArrayContent(file);
        part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Add(part, "Upload", name);
        return await admin.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"{Resources}/{code}/file") { Content = content });
    }

    [Fact]
    public async Task UnknownResource_IsNotThere() =>
        Assert.Equal(HttpStatusCode.NotFound, (await (await Shop.SignInAsync("admin")).GetAsync($"{Resources}/nothing-like-this")).Status);
}

public sealed class ResourceDeskPageTests_Sqlite(SqliteDatabase database) : ResourceDeskPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourceDeskPageTests_Postgres(PostgresDatabase database) : ResourceDeskPageTests(database), IClassFixture<PostgresDatabase>;
