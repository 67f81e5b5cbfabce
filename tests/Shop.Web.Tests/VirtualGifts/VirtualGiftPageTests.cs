using System.Net;
using System.Text;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.VirtualGifts;

/// <summary>Virtual gifts as people without scripts meet them: from the shop to the page of whoever accepts one, and at the desk.</summary>
public abstract class VirtualGiftPageTests(TestDatabase database) : BuyingTests(database)
{
    private const string Product = "/admin/catalogue/products/";

    [Fact]
    public async Task DW_16_EveryLinkOfThePageThatSellsThem_LeadsToAGiftWithItsPicture()
    {
        var visitor = Shop.NewVisitor();
        var front = await visitor.GetAsync("/");
        Assert.Contains(front.Document.QuerySelectorAll("main a"), a => a.GetAttribute("href") == "/gifts");
        var shelf = await visitor.GetAsync("/gifts?for=friend");
        var links = shelf.Document.QuerySelectorAll("main [data-testid=product] a").Select(a => a.GetAttribute("href")!).ToList();
        Assert.Equal((4, 8), (shelf.All("product").Count, links.Count));
        foreach (var link in links)
        {
            var page = await visitor.GetAsync(link);
            Assert.Equal((HttpStatusCode.OK, "friend"), (page.Status, page.Value("Recipient")));
            Assert.NotNull(page.Find("picture"));
        }

        Assert.Equal(["gift_lantern", "gift_tea"], (await visitor.GetAsync("/gifts?tag=warm")).All("product").Select(p => p.GetAttribute("data-sku")));
        var picture = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Get, shelf.Document.QuerySelector("main img")!.GetAttribute("src")));
        Assert.Equal(
            ("image/png", "nosniff", "attachment", true, true),
            (picture.Content.Headers.ContentType?.MediaType, string.Concat(picture.Headers.GetValues("X-Content-Type-Options")), picture.Content.Headers.ContentDisposition?.DispositionType,
                string.Concat(picture.Headers.GetValues("Content-Security-Policy")).Contains("sandbox", StringComparison.Ordinal), picture.Headers.CacheControl?.Public));
    }

    [Fact]
    public async Task DW_17_Gift_IsAcceptedOnceOnTheRecipientsPageAndShownThere()
    {
        var (giver, giverName) = await MemberAsync();
        var (friend, name) = await MemberAsync();
        var form = await giver.GetAsync((await giver.GetAsync($"/members/{name}")).Find("give-gift")!.GetAttribute("href")!);
        Assert.Contains(name, form.News, StringComparison.Ordinal);
        await giver.BuyAsync("gift_tea", ("Recipient", name));
        Assert.EndsWith("/account/gifts", Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel), mail => mail.Subject.Contains(giverName, StringComparison.Ordinal)).Link, StringComparison.Ordinal);
        Assert.Empty((await giver.GetAsync($"/members/{name}")).All("shown-gift"));

        var gifts = await friend.GetAsync("/account/gifts");
        var done = await friend.SubmitAsync(gifts, "form[action*=Accept]", null);
        Assert.Contains("on your page", done.News, StringComparison.Ordinal);
        Assert.Contains("waits for no answer", (await friend.SubmitAsync(gifts, "form[action*=Accept]", null)).News, StringComparison.Ordinal);
        var page = await Shop.NewVisitor().GetAsync($"/members/{name}");
        Assert.Equal(("gift_tea", giverName), (Assert.Single(page.All("shown-gift")).GetAttribute("data-sku"), page.Text("gift-from")));
        await friend.SubmitAsync(await friend.GetAsync("/account/gifts"), "form[action*=Decline]", null);
        Assert.Empty((await Shop.NewVisitor().GetAsync($"/members/{name}")).All("shown-gift"));
    }

    [Fact]
    public async Task DW_17_Settings_SayWhoMaySend()
    {
        var (giver, giverName) = await MemberAsync();
        var (friend, name) = await MemberAsync();
        var settings = await friend.GetAsync("/account/settings");
        await friend.SubmitAsync(settings, "#virtual-gifts", null, ("Senders", "named"));
        Assert.Contains("takes no virtual gifts from you", (await AddAsync(giver, name)).Wrong("Recipient"), StringComparison.Ordinal);
        var listed = await friend.SubmitAsync(await friend.GetAsync("/account/settings"), "#allow", null, ("Sender", giverName));
        Assert.Equal(giverName, listed.Find("named")?.GetAttribute("data-name"));
        Assert.Equal("/cart", (await AddAsync(giver, name)).Address.AbsolutePath);
        Assert.Equal("This is a gift: name somebody else.", (await AddAsync(giver, "")).Wrong("Recipient"));
    }

    [Fact]
    public async Task DW_15_Desk_MakesAGiftGivesItPicturesApprovesItAndPublishesIt()
    {
        var admin = await Shop.SignInAsync("admin");
        var form = await admin.GetAsync("/admin/catalogue/new?kind=virtual_gift");
        var wrong = await admin.SubmitAsync(form, "#new", null, ("Sku", "gift_kite"), ("Name", "A kite"), ("Points", "many"), ("Reason", "spring"));
        Assert.Equal((HttpStatusCode.BadRequest, "A kite"), (wrong.Status, wrong.Value("Name")));
        Assert.Contains("1 to 1,000,000", wrong.Wrong("Points"), StringComparison.Ordinal);
        var page = await admin.SubmitAsync(form, "#new", null, ("Sku", "gift_kite"), ("Name", "A kite"), ("Points", "15"), ("About", "It pulls."), ("Reason", "spring"));
        Assert.Equal(Product + "gift_kite", page.Address.AbsolutePath);
        Assert.Contains("small and a large picture", (await admin.SubmitAsync(page, "#switch", null, ("SwitchReason", "lovely"))).Error, StringComparison.Ordinal);

        Assert.Contains("only PNG", (await UploadAsync(admin, page, "Small", Encoding.ASCII.GetBytes("<svg/>"))).Wrong("Upload"), StringComparison.Ordinal);
        Assert.Contains("16 to 160", (await UploadAsync(admin, page, "Small", DrawnPng.Square(200))).Wrong("Upload"), StringComparison.Ordinal);
        Assert.NotNull((await UploadAsync(admin, page, "Small", DrawnPng.Square(48))).Find("small-picture"));
        Assert.NotNull((await UploadAsync(admin, page, "Large", DrawnPng.Square(96))).Find("large-picture"));
        var approved = await admin.SubmitAsync(page, "#switch", null, ("SwitchReason", "lovely"));
        Assert.Contains("only in draft", approved.Text("on-sale"), StringComparison.Ordinal);
        var draft = await admin.GetAsync(approved.Document.QuerySelector("a[href*='/admin/rules/drafts/']")!.GetAttribute("href")!);
        await admin.SubmitAsync(draft, "#publish-form", "Publish", ("Reason", "spring"));

        var sold = await Shop.NewVisitor().GetAsync("/shop/gift_kite");
        Assert.Equal(("$1.50", "15 points"), (sold.Text("price"), sold.Text("price-points")));
        var last = await admin.GetAsync(Product + "gift_kite");
        Assert.Equal(4, last.All("catalogue-change").Count);
        Assert.All(last.All("catalogue-change"), change => Assert.Contains("admin", change.Words(), StringComparison.Ordinal));
        var off = await admin.SubmitAsync(last, "#switch", null, ("SwitchReason", "autumn"));
        Assert.Equal("no: the gift is switched off", off.Text("on-sale"));
        Assert.Equal("/", (await Shop.NewVisitor().GetAsync("/shop/gift_kite")).Address.AbsolutePath);
    }

    [Fact]
    public async Task Catalogue_LeadsFromAProductIntoADraftOfItsRowAndFindsByNameAndKind()
    {
        var admin = await Shop.SignInAsync("admin");
        var row = await admin.SubmitAsync(await admin.GetAsync(Product + "paid12"), "form[action*=Draft]", null);
        Assert.Equal("25.00", row.Value("Values[priceMinor]"));
        Assert.Equal("/shop.prices?list=products&row=paid12", row.Address.PathAndQuery[row.Address.PathAndQuery.LastIndexOf('/')..]);
        Assert.Equal(["seed"], (await admin.GetAsync("/admin/catalogue?q=SEED&show=on")).All("catalogue-row").Select(r => r.GetAttribute("data-sku")));
        Assert.Equal(["icons"], (await admin.GetAsync("/admin/catalogue?kind=icons")).All("catalogue-row").Select(r => r.GetAttribute("data-sku")));
        Assert.NotNull((await admin.GetAsync("/admin/catalogue?q=nothing-like-this")).Document.QuerySelector(".empty"));
    }

    [Fact]
    public async Task Member_WhoIsNotToBeSeen_HasNoPage() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync("/members/nobody_of_that_name")).Status);

    private static async Task<Page> AddAsync(Visitor giver, string recipient) =>
        await giver.SubmitAsync(await giver.GetAsync("/shop/gift_moon"), ("Recipient", recipient));

    private static async Task<Page> UploadAsync(Visitor admin, Page page, string size, byte[] file)
    {
        var token = page.Document.QuerySelector("#picture [name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var body = new MultipartFormDataContent
        {
            { new StringContent(token), "__RequestVerificationToken" }, { new StringContent(size), "Size" }, { new StringContent("needed"), "PictureReason" },
            { new ByteArrayContent(file), "Upload", "picture.png" },
        };
        return await admin.SendAsync(new HttpRequestMessage(HttpMethod.Post, page.Document.QuerySelector("#picture")!.GetAttribute("action")) { Content = body });
    }
}

public sealed class VirtualGiftPageTests_Sqlite(SqliteDatabase database) : VirtualGiftPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class VirtualGiftPageTests_Postgres(PostgresDatabase database) : VirtualGiftPageTests(database), IClassFixture<PostgresDatabase>;
