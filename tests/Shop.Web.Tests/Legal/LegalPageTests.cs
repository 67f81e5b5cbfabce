using System.Net;
using Shop.TestKit;

namespace Shop.Web.Tests.Legal;

public abstract class LegalPageTests(TestDatabase database) : ShopTests(database)
{
    private async Task<Page> PublishAsync(Visitor staff, Page form, string text) =>
        await staff.SubmitAsync(form, "main form", form.Document.QuerySelectorAll("main form button")[1].TextContent.Trim(), ("Text", text));

    [Theory]
    [InlineData("terms", "Terms")]
    [InlineData("privacy", "Privacy")]
    [InlineData("imprint", "Imprint and contact")]
    public async Task Page_IsThereFromTheFirstDayAndInTheFooter(string kind, string title)
    {
        var front = await Shop.NewVisitor().GetAsync("/");
        Assert.NotNull(front.Document.QuerySelector($"footer a[href='/about/{kind}']"));
        var page = await Shop.NewVisitor().GetAsync($"/about/{kind}");
        Assert.Equal(title, page.Document.QuerySelector("main h1")?.TextContent);
        Assert.Single(page.Document.QuerySelectorAll("h1"));
    }

    [Theory]
    [InlineData("/about/nothing")]
    [InlineData("/about/Terms ")]
    [InlineData("/about/0")]
    public async Task Page_Unknown_404(string address) => Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync(address)).Status);

    [Fact]
    public async Task Publish_NewVersion_IsShownToEverybody()
    {
        var admin = await Shop.SignInAsync("admin");
        var done = await PublishAsync(admin, await admin.GetAsync("/admin/pages/privacy"), "# Who we are\n\nA *small* shop.");
        Assert.Equal("/admin/pages", done.Address.AbsolutePath);

        var page = await Shop.NewVisitor().GetAsync("/about/privacy");
        Assert.Equal("Who we are", page.Document.QuerySelector("main h2")?.TextContent);
        Assert.Equal("small", page.Document.QuerySelector("main em")?.TextContent);
        Assert.Contains("Version 2", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_SomebodyElsePublishedMeanwhile_NothingIsOverwrittenAndTheTypedStays()
    {
        var first = await Shop.SignInAsync("admin");
        var second = await Shop.SignInAsync("admin");
        var form = await second.GetAsync("/admin/pages/imprint");
        await PublishAsync(first, await first.GetAsync("/admin/pages/imprint"), "Of the first one.");

        var refused = await PublishAsync(second, form, "Of the second one.");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("version 2", refused.Error, StringComparison.Ordinal);
        Assert.Equal("Of the second one.", refused.Value("Text")?.Trim());
        Assert.Contains("Of the first one.", (await Shop.NewVisitor().GetAsync("/about/imprint")).Body, StringComparison.Ordinal);

        await PublishAsync(second, refused, "Of the second one.");
        Assert.Contains("Of the second one.", (await Shop.NewVisitor().GetAsync("/about/imprint")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_ShowsThePageAndPublishesNothing()
    {
        var admin = await Shop.SignInAsync("admin");
        var form = await admin.GetAsync("/admin/pages/terms");
        var page = await admin.SubmitAsync(form, "main form", "Preview", ("Text", "## Only to look at"));
        Assert.Equal("Only to look at", page.Document.QuerySelector(".panel h2:not(#preview)")?.TextContent);
        Assert.DoesNotContain("Only to look at", (await Shop.NewVisitor().GetAsync("/about/terms")).Body, StringComparison.Ordinal);
    }

    /// <summary>The pages' policy refuses inline styles, by which Markdown's tables would be aligned.</summary>
    [Fact]
    public async Task Table_IsAlignedWithoutAnInlineStyle()
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.SubmitAsync(await admin.GetAsync("/admin/pages/terms"), "main form", "Preview", ("Text", "| Crater | km |\n|:---:|---:|\n| Tycho | 86 |"));
        Assert.Equal("86", page.Document.QuerySelector(".panel td.amount")?.TextContent.Trim());
        Assert.Null(page.Document.QuerySelector(".panel [style]"));
    }

    [Theory]
    [InlineData("", "must not be empty")]
    [InlineData("   ", "must not be empty")]
    public async Task Publish_BadText_IsNamed(string text, string words)
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await PublishAsync(admin, await admin.GetAsync("/admin/pages/terms"), text);
        Assert.Contains(words, page.Wrong("Text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "script")]
    [InlineData("<img src=x onerror=alert(1)>", "img")]
    [InlineData("![x](https://evil.example/x.png)", "img")]
    [InlineData("[x](javascript:alert(1))", "a[href^='javascript']")]
    [InlineData("[x]: javascript:alert(1)\n\n[x]", "a[href^='javascript']")]
    [InlineData("<javascript:alert(1)>", "a[href^='javascript']")]
    [InlineData("[x](data:text/html,x)", "a[href^='data']")]
    public async Task S09_Text_WithMarkupOfItsOwn_IsInert(string text, string refused)
    {
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.SubmitAsync(await admin.GetAsync("/admin/pages/terms"), "main form", "Preview", ("Text", text));
        Assert.NotNull(page.Document.QuerySelector(".panel"));
        Assert.Null(page.Document.QuerySelector($".panel {refused}"));
    }
}

public sealed class LegalPageTests_Sqlite(SqliteDatabase database) : LegalPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class LegalPageTests_Postgres(PostgresDatabase database) : LegalPageTests(database), IClassFixture<PostgresDatabase>;
