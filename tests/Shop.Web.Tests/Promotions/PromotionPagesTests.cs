using System.Net;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Promotions;

/// <summary>Promotions from the desk to the receipt, in a shop of their own: its rules hold for everybody.</summary>
public abstract class PromotionPagesTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>The main job: made at the desk, typed into the cart, shown with its reason until the mail, counted at the desk.</summary>
    [Fact]
    public async Task Code_IsMadeAtTheDeskTypedIntoTheCart_AndSaidUpToTheReceiptMail()
    {
        var admin = await Shop.SignInAsync("admin");
        Assert.Contains("There are no promotions", (await admin.GetAsync("/admin/promotions")).Main(), StringComparison.Ordinal);
        var form = await admin.SubmitAsync(await admin.GetAsync("/admin/promotions"), "main form", "New promotion");
        (string, string)[] values =
        [
            ("Values[key]", "spring"), ("Values[name]", "Spring at the harbour"), ("Values[from]", Days.Text(Days.Of(Now))), ("Values[until]", Days.Text(Days.Of(Now).AddDays(9))),
            ("Values[code]", "moon-10"), ("Values[percent]", "10"), ("Values[minimumMinor]", "20.00"), ("Values[maxPerMember]", "1"), ("Switches[on]", "true"),
        ];
        var wrong = await admin.SubmitAsync(form, "#values", null, [.. values, ("Values[amountMinor]", "5.00")]);
        Assert.Equal((HttpStatusCode.BadRequest, "moon-10"), (wrong.Status, wrong.Value("Values[code]")));
        Assert.Contains("exactly one of percent, amount, extra months and bonus points; 2 are filled in", wrong.Error, StringComparison.Ordinal);
        var preview = await admin.SubmitAsync(form, "#values", null, values);
        Assert.Contains("Name for buyers: Spring at the harbour; Switched on: on", preview.Find("changes").Words(), StringComparison.Ordinal);
        await admin.SubmitAsync(preview, "#publish-form", "Publish", ("Reason", "Spring."));

        var (visitor, name) = await MemberAsync();
        var cart = await visitor.AddAsync("paid6");
        var unknown = await EnterAsync(visitor, cart, "moon-11");
        IsWrong(unknown, "Code", "No promotion has this code now");
        Assert.Single(unknown.All("cart-line"));
        var waits = await EnterAsync(visitor, unknown, " Moon-10 ");
        Assert.Equal("The code moon-10 does not count yet: $7.00 more of what “Spring at the harbour” is for are missing.", waits.Text("promotion-missed"));
        await visitor.SubmitAsync(waits, "[data-testid=cart-code]", "Take out");
        await visitor.AddAsync("paid12", ("Recipient", "friend"));
        cart = await EnterAsync(visitor, await visitor.GetAsync("/cart"), "MOON-10");
        Assert.Equal("The code moon-10 is in your cart.", cart.News);
        foreach (var page in new[] { cart, await visitor.GetAsync("/checkout") })
        {
            Assert.Contains("Spring at the harbour (10% off; with the code moon-10, from $20.00 up, to the end of", page.Text("promotion"), StringComparison.Ordinal);
            Assert.Equal(("−$3.80", "$34.20", "$3.80", "$34.20"), (page.Text("promotion-gives"), page.Text("due-money"), page.Text("cart-discount"), page.Text("cart-total")));
        }

        Assert.Equal(["instead of $13.00", "instead of $25.00"], cart.All("line-discount").Select(e => e.Words()));
        var receipt = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal(("Spring at the harbour (with the code moon-10)", "$34.20"), (receipt.Text("promotion"), receipt.Text("order-total")));
        var mail = Assert.Single(await MailsAsync(Address(name))).Text;
        Assert.Contains("Spring at the harbour: $3.80 off.", mail, StringComparison.Ordinal);
        Assert.Contains("By the price list $25.00, $2.50 off.", mail, StringComparison.Ordinal);
        IsWrong(await EnterAsync(visitor, await visitor.AddAsync("paid12"), "moon-10"), "Code", "as often as a member may");

        var desk = Assert.Single((await admin.GetAsync("/admin/promotions")).All("promotion"));
        Assert.Equal(
            ("running", "1", "$3.80 in 1 paid order"),
            (desk.QuerySelector("[data-testid=promotion-standing]").Words(), desk.QuerySelector("[data-testid=promotion-uses]").Words(), desk.QuerySelector("[data-testid=promotion-given]").Words()));
        var row = await admin.SubmitAsync(await admin.GetAsync("/admin/promotions"), "[data-testid=promotion] form", "Change");
        Assert.Equal(("?list=promotions&row=spring", "moon-10"), (row.Address.Query, row.Value("Values[code]")));
    }

    /// <summary>Of one account twenty wrong codes a day, from one network ten an hour; a right one does not count.</summary>
    [Fact]
    public async Task S14_WrongCodes_AreLimitedForAccountAndAddress()
    {
        var (visitor, _) = await MemberAsync();
        var form = await visitor.AddAsync("paid1");
        for (var i = 0; i <= 20; i++)
        {
            IsWrong(await EnterAsync(visitor, form, $"none-{i}"), "Code", i == 20 ? "Too many wrong codes" : "No promotion has this code now");
        }

        for (var i = 0; i <= 10; i++)
        {
            var stranger = Shop.NewVisitor();
            var cart = await stranger.AddAsync("paid1", ("Recipient", "friend"));
            stranger.NetworkAddress = "203.0.113.21";
            IsWrong(await EnterAsync(stranger, cart, "none"), "Code", i == 10 ? "Too many wrong codes" : "No promotion has this code now");
        }
    }

    private static Task<Page> EnterAsync(Visitor visitor, Page cart, string code) => visitor.SubmitAsync(cart, "form[action$='handler=Code']", null, ("Code", code));
}

public sealed class PromotionPagesTests_Sqlite(SqliteDatabase database) : PromotionPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class PromotionPagesTests_Postgres(PostgresDatabase database) : PromotionPagesTests(database), IClassFixture<PostgresDatabase>;
