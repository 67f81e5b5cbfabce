using System.Net;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What people, and people's programs, send by mistake or on purpose.</summary>
public abstract class BadInputTests(TestDatabase database) : BuyingTests(database)
{
    private const string Nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}</textarea>";

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("13")]
    [InlineData("1000000000")]
    [InlineData("2147483648")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("1e9")]
    [InlineData("0x1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("\u0661")]
    [InlineData("NaN")]
    [InlineData("")]
    public async Task M01_Quantity_IsRefusedBesideTheFieldAndWhatWasTypedStays(string typed)
    {
        var (visitor, _) = await MemberAsync();
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.AddAsync("paid1", ("Quantity", typed), ("Recipient", "friend"), ("Note", "kept as it was"));
                IsWrong(page, "Quantity", "Give a whole number from 1 to 12, in digits only.");
                Assert.Equal((typed, "friend", "kept as it was"), (page.Value("Quantity"), page.Value("Recipient"), page.Value("Note")));
            },
            Cancel);
    }

    [Fact]
    public async Task F3_MoreTimeThanAnAccountTakes_IsRefusedBesideTheQuantity() =>
        IsWrong(await (await MemberAsync()).Visitor.AddAsync("paid12", ("Quantity", "9")), "Quantity", "99 months at most");

    [Theory]
    [InlineData("nobody_of_that_name", "Nobody here is called “nobody_of_that_name”")]
    [InlineData("friend'; --", "Nobody here is called “friend'; --”")]
    [InlineData("fr%end", "Nobody here is called “fr%end”")]
    [InlineData("<script>alert(1)</script>", "Nobody here is called “<script>alert(1)</script>”")]
    public async Task DW_38_UnknownRecipient_IsRefusedBesideTheFieldAndWhatWasTypedStays(string typed, string words)
    {
        var (visitor, _) = await MemberAsync();
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.AddAsync("paid1", ("Quantity", "2"), ("Recipient", typed), ("Note", "kept"));
                IsWrong(page, "Recipient", words);
                Assert.Equal((typed, "2", "kept"), (page.Value("Recipient"), page.Value("Quantity"), page.Value("Note")));
            },
            Cancel);
    }

    [Fact]
    public async Task DW_34_NoteOfFiveHundredAndOneCharacters_IsRefusedBesideTheFieldAndStays()
    {
        var (visitor, _) = await MemberAsync();
        var note = new string('x', 501);
        var page = await visitor.AddAsync("paid1", ("Recipient", "friend"), ("Note", note));
        IsWrong(page, "Note", "at most 500 characters");
        Assert.Equal((note, "0 items"), (page.Value("Note"), page.Text("cart-count")));
    }

    [Fact]
    public async Task DW_34_NoteOfFiveHundredCharactersInTwoLines_IsTaken()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await visitor.AddAsync("paid1", ("Recipient", "friend"), ("Note", new string('x', 249) + "\r\n" + new string('y', 250)));
        Assert.Equal("1 item", cart.Text("cart-count"));
    }

    [Fact]
    public async Task S09_ScriptInANote_IsPlainTextOnEveryPage()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await visitor.AddAsync("paid1", ("Recipient", "friend"), ("Note", Nasty));
        var checkout = await visitor.GetAsync("/checkout");
        var receipt = await visitor.PressAsync(await visitor.SubmitAsync(checkout), "ok");
        foreach (var page in new[] { cart, checkout, receipt })
        {
            Assert.Equal(Nasty, page.Document.QuerySelector(".note")?.TextContent);
            Assert.Empty(page.Document.QuerySelectorAll("main script, main img, [onerror]"));
        }
    }

    [Fact]
    public async Task S09_ScriptInANote_IsPlainTextInItsField()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.AddAsync("paid1", ("Quantity", "0"), ("Note", Nasty), ("Recipient", Nasty));
        Assert.Equal((Nasty, Nasty), (page.Value("Note"), page.Value("Recipient")));
        Assert.Empty(page.Document.QuerySelectorAll("main script, main img, [onerror]"));
    }

    [Fact]
    public async Task S09_ScriptInANote_IsPlainTextInTheMail()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1", ("Recipient", friend), ("Note", Nasty));
        var mail = Assert.Single(await MailsAsync(Address(friend)));
        var html = await BrowsingContext.New().OpenAsync(answer => answer.Content(mail.Html), Cancel);
        Assert.Equal(Nasty, html.QuerySelector("blockquote")?.TextContent);
        Assert.Empty(html.QuerySelectorAll("script, img"));
    }

    /// <summary>Characters that nobody sees and that order or end the text around them are left out; the words stay.</summary>
    [Fact]
    public async Task S09_ControlAndDirectionCharactersInANote_AreLeftOutAndTheWordsStay()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, _) = await MemberAsync();
        const string Typed = "one\u0007\u001b \u202etwo\u202c\r\n\u2066three\u2069\u200f \u05e9\u05dc\u05d5\u05dd";
        const string Kept = "one two\nthree\u200f \u05e9\u05dc\u05d5\u05dd";
        var receipt = await visitor.BuyAsync("paid1", ("Recipient", friend), ("Note", Typed));
        Assert.Equal(Kept, receipt.Document.QuerySelector(".note")?.TextContent);
        Assert.Contains("> one two\r\n> three\u200f \u05e9\u05dc\u05d5\u05dd\r\n", Assert.Single(await MailsAsync(Address(friend))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S10_LineBreaksAndHeadersInANote_WriteToNobodyElse()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, giver) = await MemberAsync();
        await visitor.BuyAsync("paid1", ("Recipient", friend), ("Note", "hello\r\nBcc: everybody@example.org\r\n\r\n--part"));
        Assert.Equal($"{giver} gave you something", Assert.Single(await MailsAsync(Address(friend))).Subject);
        Assert.Empty(await MailsAsync("everybody@example.org"));
    }

    [Theory]
    [InlineData("Recipient")]
    [InlineData("Note")]
    [InlineData("Quantity")]
    public async Task S09_MegabyteInAField_IsRefusedAndChangesNothing(string field)
    {
        var visitor = await Shop.SignInAsync("member");
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.AddAsync("paid1", (field, new string('9', 1024 * 1024)));
                Assert.Equal(HttpStatusCode.BadRequest, page.Status);
                Assert.NotNull(page.Wrong(field));
            },
            Cancel);
    }

    [Fact]
    public async Task S29_FieldLargerThanAFormMayHave_IsRefusedWithAPage()
    {
        var visitor = await Shop.SignInAsync("member");
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.AddAsync("paid1", ("Note", new string('x', 5 * 1024 * 1024)));
                Assert.Contains(page.Status, new[] { HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge });
                Assert.NotNull(page.Error);
            },
            Cancel);
    }

    [Fact]
    public async Task S29_MoreFieldsThanAFormMayHave_AreRefusedWithAPage()
    {
        var visitor = await Shop.SignInAsync("member");
        await Shop.UnchangedAsync(
            async () =>
            {
                var page = await visitor.AddAsync("paid1", [.. Enumerable.Range(0, 300).Select(i => ($"f{i}", "x"))]);
                Assert.Equal(HttpStatusCode.BadRequest, page.Status);
                Assert.NotNull(page.Error);
            },
            Cancel);
    }

    [Fact]
    public async Task S09_NullByteInAnyField_IsNoServerError()
    {
        foreach (var visitor in new[] { Shop.NewVisitor(), await Shop.SignInAsync("friend") })
        {
            var starts = new[] { "/", "/shop/paid1", "/cart", "/checkout", "/receipts", "/account/register", "/account/login", "/account/forgot" };
            foreach (var start in starts)
            {
                var page = await visitor.GetAsync(start);
                foreach (var form in page.Document.QuerySelectorAll<IHtmlFormElement>("main form[method=post]"))
                {
                    var action = form.GetAttribute("action");
                    var fields = form.Elements.OfType<IHtmlElement>().Select(e => e.GetAttribute("name")).OfType<string>()
                        .Where(n => n.Length > 0 && n != "__RequestVerificationToken").Distinct().Select(n => (n, "a\u0000b")).ToArray();
                    var answer = await visitor.SubmitAsync(page, action is null ? "main form" : $"main form[action='{action}']", null, fields);
                    Assert.True((int)answer.Status < 500, $"{start} {action}: {(int)answer.Status}");
                }
            }
        }
    }

    [Theory]
    [InlineData("/orders/a?token=a%00b")]
    [InlineData("/shop/paid1?for=a%00b")]
    [InlineData("/account/orders?state=a%00b&sort=%00")]
    [InlineData("/account/login?returnUrl=%00")]
    public async Task S09_NullByteInAnAddress_IsNoServerError(string address) =>
        Assert.True((int)(await (await Shop.SignInAsync("member")).GetAsync(address)).Status < 500);

    [Fact]
    public async Task DF_26_ProductFormWithoutItsToken_KeepsWhatWasTyped()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.SendAsync(Form("/shop/paid1", [("Quantity", "7"), ("Recipient", "friend"), ("Note", "long words")]));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("nothing was done", page.Error, StringComparison.Ordinal);
        Assert.Equal(("7", "friend", "long words", "0 items"), (page.Value("Quantity"), page.Value("Recipient"), page.Value("Note"), page.Text("cart-count")));
    }

    [Fact]
    public async Task DF_26_KeptFormSentAgain_Works()
    {
        var (visitor, _) = await MemberAsync();
        var page = await visitor.SendAsync(Form("/shop/paid1", [("Quantity", "7"), ("Recipient", "friend"), ("Note", "long words")]));
        Assert.Equal("7 items", (await visitor.SubmitAsync(page)).Text("cart-count"));
    }

    [Fact]
    public async Task DF_26_CheckoutFormWithoutItsToken_KeepsAddressAndMethod()
    {
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        var page = await visitor.SendAsync(Form("/checkout", [("Email", "kept@example.org"), ("Provider", "sandbox")]));
        Assert.Equal((HttpStatusCode.BadRequest, "kept@example.org"), (page.Status, page.Value("Email")));
        Assert.True(page.Document.QuerySelector("[data-provider=sandbox] input")!.HasAttribute("checked"));
    }

    [Fact]
    public async Task DF_26_CartFormWithoutItsToken_KeepsTheTicks()
    {
        var (visitor, _) = await MemberAsync();
        var cart = await visitor.AddAsync("paid1");
        var page = await visitor.SendAsync(Form("/cart?handler=Remove", [("Remove", cart.Find("line-remove")!.GetAttribute("value")!)]));
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.True(page.Find("line-remove")!.HasAttribute("checked"));
    }

    [Fact]
    public async Task DF_26_ReceiptsFormWithoutItsToken_KeepsTheAddress()
    {
        var page = await Shop.NewVisitor().SendAsync(Form("/receipts", [("Email", "kept@example.org")]));
        Assert.Equal((HttpStatusCode.BadRequest, "kept@example.org"), (page.Status, page.Value("Email")));
    }
}

public sealed class BadInputTests_Sqlite(SqliteDatabase database) : BadInputTests(database), IClassFixture<SqliteDatabase>;

public sealed class BadInputTests_Postgres(PostgresDatabase database) : BadInputTests(database), IClassFixture<PostgresDatabase>;
