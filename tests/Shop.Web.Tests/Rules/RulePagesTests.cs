using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Rules;

/// <summary>The desk's pages about rules, as an admin without scripts uses them.</summary>
public abstract class RulePagesTests(TestDatabase database) : BuyingTests(database)
{
    private const string Paid12 = "?list=products&row=paid12";

    /// <summary>The main job: a new price for 12 months, what it would have done, for tomorrow, and back.</summary>
    [Fact]
    public async Task Admin_ChangesAPrice_SeesWhatItWouldHaveDone_SchedulesItAndGoesBack()
    {
        var (buyer, _) = await MemberAsync();
        await buyer.BuyAsync("paid12");
        var admin = await Shop.SignInAsync("admin");
        var draft = await BeginAsync(admin);
        var preview = await SetAsync(admin, draft, Paid12, ("Values[priceMinor]", "30.00"), ("Values[points]", "300"));
        Assert.Equal(
            ["Prices: paid12, Price $25.00 $30.00", "Prices: paid12, Price in points 250 300"],
            preview.Document.QuerySelectorAll("[data-testid=changes] tbody tr").Select(row => row.Words()));
        Assert.Contains(preview.All("product-effect"), row => row.Words() == "paid12 1 $25.00 $30.00 $5.00");
        Assert.Equal(26, preview.Find("plot")!.QuerySelectorAll("rect").Length - 2);

        var tomorrow = Now.AddDays(1);
        var done = await admin.SubmitAsync(preview, "#publish-form", "Publish", ("Reason", "Costs rose."), ("At", tomorrow.ToString("yyyy-MM-dd'T'HH:mm")));
        Assert.Equal("/admin/rules", done.Address.AbsolutePath);
        Assert.Contains("scheduled", done.All("revision")[0].Words(), StringComparison.Ordinal);
        Assert.Contains("$25.00", (await Shop.NewVisitor().GetAsync("/shop/paid12")).Main(), StringComparison.Ordinal);
        Shop.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        Assert.Contains("$30.00", (await Shop.NewVisitor().GetAsync("/shop/paid12")).Main(), StringComparison.Ordinal);

        admin = await Shop.SignInAsync("admin");
        var rules = await admin.GetAsync("/admin/rules");
        var before = rules.All("revision")[1];
        var back = await admin.SubmitAsync(rules, $"#{before.QuerySelector("form")!.Id}", "Go back to this");
        await admin.SubmitAsync(back, "#publish-form", "Publish", ("Reason", "It was too much."));
        Assert.Contains("$25.00", (await Shop.NewVisitor().GetAsync("/shop/paid12")).Main(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Paid12, "Values[priceMinor]", "-5", "must be $0.01 to $10,000,000.00")]
    [InlineData(Paid12, "Values[priceMinor]", "25.005", "must be $0.01 to $10,000,000.00")]
    [InlineData(Paid12, "Values[priceMinor]", "much", "must be $0.01 to $10,000,000.00")]
    [InlineData(Paid12, "Values[points]", "251", "251 points are worth 2510, but the price is 2500")]
    [InlineData(Paid12, "Values[goods-months]", "100", "must be 1 to 99")]
    [InlineData("", "Values[cartDays]", "", "must be 1 to 366")]
    public async Task DangerousValue_IsNamedBesideItsField_AndWhatWasTypedStays(string row, string field, string typed, string words)
    {
        var admin = await Shop.SignInAsync("admin");
        var draft = await BeginAsync(admin);
        var page = await SetAsync(admin, draft, row, (field, typed));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains(words, page.Wrong(field.Replace('[', '_').Replace(']', '_')), StringComparison.Ordinal);
        Assert.Equal(typed, page.Value(field));
        Assert.DoesNotContain("changes", (await admin.GetAsync(draft)).All("changes").Select(e => e.Words()));
    }

    [Fact]
    public async Task TwoAdmins_TheSecondIsToldByWhomAndCanPutTheDraftOnTop()
    {
        var (first, second) = (await Shop.SignInAsync("admin"), await Shop.SignInAsync(await EditorAsync()));
        var (mine, theirs) = (await BeginAsync(first), await BeginAsync(second));
        await SetAsync(first, mine, "?list=products&row=paid1", ("Values[group]", "first"));
        await SetAsync(second, theirs, "?list=products&row=paid2", ("Values[group]", "second"));
        await first.SubmitAsync(await first.GetAsync(mine), "#publish-form", "Publish", ("Reason", "Mine."));

        var told = await second.SubmitAsync(await second.GetAsync(theirs), "#publish-form", "Publish", ("Reason", "Theirs."));
        Assert.Equal(HttpStatusCode.BadRequest, told.Status);
        Assert.Contains("published by admin meanwhile (“Mine.”)", told.Error, StringComparison.Ordinal);
        Assert.Equal("Theirs.", told.Value("Reason")?.Trim());
        var on = await second.SubmitAsync(told, "#rebase", null);
        Assert.Equal(["Prices: paid2, Heading paid second"], on.Document.QuerySelectorAll("[data-testid=changes] tbody tr").Select(row => row.Words()));
        var done = await second.SubmitAsync(on, "#publish-form", "Publish", ("Reason", "Theirs."));
        Assert.Contains("is published", done.News, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WithoutAReason_IsRefusedBesideTheField()
    {
        var admin = await Shop.SignInAsync("admin");
        var draft = await BeginAsync(admin);
        var saved = await SetAsync(admin, draft, "", ("Values[cartDays]", "29"));
        Assert.Null(saved.Error);
        var page = await admin.SubmitAsync(saved, "#publish-form", "Publish", ("Reason", " "), ("At", "soon"));
        IsWrong(page, "At", "2026-12-31T18:00");
        page = await admin.SubmitAsync(page, "#publish-form", "Publish", ("Reason", " "), ("At", ""));
        IsWrong(page, "Reason", "1 to 500 characters");
    }

    [Fact]
    public async Task Row_IsAddedAndRemoved()
    {
        var admin = await Shop.SignInAsync("admin");
        var draft = await BeginAsync(admin);
        var form = await admin.GetAsync($"{draft}/shop.points?list=seasons");
        var page = await admin.SubmitAsync(
            form, "#values", null, ("Values[key]", "winter"), ("Values[from]", "2030-12-01"), ("Values[until]", "2030-12-31"), ("Values[minorPerPoint]", "1.00"));
        Assert.Null(page.Error);
        Assert.Contains("winter", page.Find("changes")!.Words(), StringComparison.Ordinal);
        page = await admin.SubmitAsync(await admin.GetAsync($"{draft}/shop.points?list=seasons&row=winter"), "#values", "Remove this row");
        Assert.Null(page.Find("changes"));
    }

    [Fact]
    public async Task Product_IsAddedOverThePage_AndSoldOncePublished()
    {
        var admin = await Shop.SignInAsync("admin");
        var draft = await BeginAsync(admin);
        var page = await admin.SubmitAsync(
            await admin.GetAsync($"{draft}/shop.prices?list=products"), "#values", null, ("Values[sku]", "paid3"), ("Switches[on]", "true"),
            ("Values[priceMinor]", "7.00"), ("Values[points]", ""), ("Values[group]", "paid"), ("Values[goods-class]", "paid"), ("Values[goods-months]", "3"));
        Assert.Null(page.Error);
        await admin.SubmitAsync(page, "#publish-form", "Publish", ("Reason", "A quarter."));
        Assert.Contains("3 months of paid time", (await Shop.NewVisitor().GetAsync("/shop/paid3")).Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_ReadInAgain_IsADraftOfWhatWasChangedInTheFile()
    {
        var admin = await Shop.SignInAsync("admin");
        var rules = await admin.GetAsync("/admin/rules");
        var link = rules.Document.QuerySelector("[data-testid=revision] a")!.GetAttribute("href")!;
        using var file = await admin.AskAsync(new HttpRequestMessage(HttpMethod.Get, link));
        Assert.Equal("attachment", file.Content.Headers.ContentDisposition?.DispositionType);
        var json = (await file.Content.ReadAsStringAsync(Cancel)).Replace("\"orderDays\": 7", "\"orderDays\": 8", StringComparison.Ordinal);
        var page = await UploadAsync(admin, rules, json);
        Assert.Equal(["Prices: Days an order waits 7 8"], page.Document.QuerySelectorAll("[data-testid=changes] tbody tr").Select(row => row.Words()));
        Assert.Contains("rules as this shop exports them", (await UploadAsync(admin, rules, "{}")).Wrong("Upload"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/admin/rules/drafts/x")]
    [InlineData("/admin/rules/drafts/999999")]
    [InlineData("/admin/rules/drafts/999999/shop.prices")]
    [InlineData("/admin/rules?handler=Export&revision=999999")]
    public async Task NothingThere_404(string address) => Assert.Equal(HttpStatusCode.NotFound, (await (await Shop.SignInAsync("admin")).GetAsync(address)).Status);

    private static async Task<string> BeginAsync(Visitor admin) =>
        (await admin.SubmitAsync(await admin.GetAsync("/admin/rules"), "main form", "Start a draft")).Address.AbsolutePath;

    private static async Task<Page> SetAsync(Visitor admin, string draft, string row, params (string Name, string Value)[] fields) =>
        await admin.SubmitAsync(await admin.GetAsync($"{draft}/shop.prices{row}"), "#values", null, fields);

    private static async Task<Page> UploadAsync(Visitor admin, Page rules, string json)
    {
        using var content = new MultipartFormDataContent
        {
            { new StringContent(rules.Value("__RequestVerificationToken")!), "__RequestVerificationToken" },
            { new StringContent(json), "Upload", "rules.json" },
        };
        return await admin.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/admin/rules?handler=Import") { Content = content });
    }

    private async Task<string> EditorAsync()
    {
        var (_, name) = await Shop.RegisterAsync();
        await using var scope = Shop.Services.CreateAsyncScope();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<StaffRole>>();
        if (!await roles.RoleExistsAsync(StaffRoles.RuleEditor))
        {
            await roles.CreateAsync(new StaffRole { Name = StaffRoles.RuleEditor });
        }

        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        await users.AddToRoleAsync((await users.FindByNameAsync(name))!, StaffRoles.RuleEditor);
        return name;
    }
}

public sealed class RulePagesTests_Sqlite(SqliteDatabase database) : RulePagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class RulePagesTests_Postgres(PostgresDatabase database) : RulePagesTests(database), IClassFixture<PostgresDatabase>;
