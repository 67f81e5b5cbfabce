using System.Net;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>Gifts that go back, on their pages: what will happen is shown first, and both sides are told.</summary>
public abstract class GiftReturnPageTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_70_GiftGivenBack_ShowsWhatIsLeftFirst_AndTellsBothSides()
    {
        var (giver, giverName) = await MemberAsync();
        var (friend, name) = await MemberAsync();
        await friend.BuyAsync("paid1");
        var receipt = await giver.BuyAsync("paid2", ("Recipient", name));
        var page = await friend.GetAsync((await friend.GetAsync("/account/gifts")).Find("gift-give-back")!.GetAttribute("href")!);
        Assert.Equal(Now.AddMonths(1), page.Instant("return-until"));
        Assert.Contains(giverName, page.Main(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await giver.GetAsync(page.Address.PathAndQuery)).Status);

        var done = await friend.SubmitAsync(page);
        Assert.Contains("The gift is off your account.", done.Document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(Now.AddMonths(1), (await friend.GetAsync("/account")).Instant("member-until"));
        Assert.Equal("refunded", (await giver.GetAsync(receipt.Address.PathAndQuery)).Find("order-state")!.GetAttribute("data-state"));
        var mail = (await MailsAsync(Address(giverName))).Single(m => m.Subject.StartsWith("You get something back", StringComparison.Ordinal));
        Assert.Contains("We gave back $5.00", mail.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await friend.GetAsync(page.Address.PathAndQuery)).Status);
    }

    [Fact]
    public async Task M06_GiftThatCannotBeDelivered_SaysWhy_AndIsTakenBack()
    {
        var (giver, giverName) = await MemberAsync();
        var (friend, name) = await MemberAsync();
        await giver.AddAsync("paid1", ("Recipient", name));
        var pay = await giver.PlaceAsync(("Provider", "sandbox"));
        await friend.SubmitAsync(await friend.GetAsync("/account/settings"), "form[action*='Ban']", null, ("Name", giverName));
        await giver.PressAsync(pay, "ok");
        var mail = (await MailsAsync(Address(giverName))).Single(m => m.Subject == $"Your gift for {name} could not be delivered");
        var page = await giver.GetAsync(new Uri(mail.Link).PathAndQuery);
        Assert.Contains("takes no gifts from you", page.Text("gift-stuck"), StringComparison.Ordinal);
        var list = await giver.SubmitAsync(page, "form[action*=TakeBack]", null);
        Assert.Contains("You get back what you paid.", list.Document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains((await MailsAsync(Address(giverName))), m => m.Text.Contains("We gave back $3.00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DW_5_RefusedByItsCode_TheLinkIsDead()
    {
        var (giver, giverName) = await MemberAsync();
        var to = $"{Core.Codes.New(8)}@mail.example.org";
        await giver.BuyAsync("paid1", ("Recipient", to));
        var link = new Uri(Assert.Single(await MailsAsync(to)).Link).PathAndQuery;
        var visitor = Shop.NewVisitor();
        var front = await visitor.SubmitAsync(await visitor.GetAsync(link), "form[action*=Refuse]", null);
        Assert.Contains("You refused the gift.", front.Document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(link)).Status);
        Assert.Contains((await MailsAsync(Address(giverName))), m => m.Text.Contains("We gave back $3.00", StringComparison.Ordinal));
    }
}

public sealed class GiftReturnPageTests_Sqlite(SqliteDatabase database) : GiftReturnPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftReturnPageTests_Postgres(PostgresDatabase database) : GiftReturnPageTests(database), IClassFixture<PostgresDatabase>;
