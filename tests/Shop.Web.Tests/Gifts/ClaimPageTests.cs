using System.Net;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>A gift by mail, from its form to its claim.</summary>
public abstract class ClaimPageTests(TestDatabase database) : BuyingTests(database)
{
    private async Task<(string Giver, string Link)> SendAsync()
    {
        var (giver, name) = await MemberAsync();
        var to = $"{Core.Codes.New(8)}@mail.example.org";
        var receipt = await giver.BuyAsync("paid2", ("Recipient", to), ("Note", "come in"));
        Assert.Equal((to, "waits to be claimed"), (receipt.Text("line-recipient"), receipt.Text("line-delivery")));
        var mail = Assert.Single(await MailsAsync(to));
        Assert.Equal($"{name} has a gift for you", mail.Subject);
        Assert.Contains("come in", mail.Text, StringComparison.Ordinal);
        return (name, new Uri(mail.Link).PathAndQuery);
    }

    [Fact]
    public async Task DW_5_Visitor_IsLedToAnAccount_AndClaimsTheGiftWithIt()
    {
        var (giver, link) = await SendAsync();
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(link);
        Assert.Contains($"{giver} gives you: 2 months of paid time.", page.Main(), StringComparison.Ordinal);
        Assert.Empty(page.All("claim"));
        Assert.Equal("no-referrer", page.Response.Headers.GetValues("Referrer-Policy").Single());
        var name = "m_" + Core.Codes.New(12);
        var back = await visitor.SubmitAsync(
            await visitor.GetAsync(page.Document.QuerySelector("main a[href*=register]")!.GetAttribute("href")!),
            ("UserName", name), ("Email", Address(name)), ("Password", ShopHost.Password), ("ConfirmPassword", ShopHost.Password));
        Assert.Equal((link, name), (back.Address.PathAndQuery, back.Text("claim-for")));
        Assert.Equal(Now.AddMonths(2), back.Instant("line-until"));
        var account = await visitor.SubmitAsync(back);
        Assert.Equal((Now.AddMonths(2), "paid"), (account.Instant("member-until"), account.Text("member-class")));
    }

    [Fact]
    public async Task S13_ClaimedCode_IsLikeAWrongOne_ExceptToWhoClaimedIt()
    {
        var (_, link) = await SendAsync();
        var (visitor, _) = await MemberAsync();
        Page page = null!;
        await Shop.UnchangedAsync(async () => page = await visitor.GetAsync(link), Cancel, "sign_in_tickets");
        await visitor.SubmitAsync(page);
        Assert.Contains("You have claimed this gift", (await visitor.GetAsync(link)).Main(), StringComparison.Ordinal);
        var second = (await MemberAsync()).Visitor;
        var wrong = await second.GetAsync("/gifts/claim/22222222222222222222222222222222");
        foreach (var used in new[] { await Shop.NewVisitor().GetAsync(link), await second.GetAsync(link), await PostAsync(second, link) })
        {
            Assert.Equal((HttpStatusCode.NotFound, wrong.Main()), (used.Status, used.Main()));
        }

        Assert.Equal("free", (await second.GetAsync("/account")).Text("member-class"));
    }

    [Fact]
    public async Task DW_5_PostOfAVisitor_ClaimsNothing()
    {
        var (_, link) = await SendAsync();
        var page = await PostAsync(Shop.NewVisitor(), link);
        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("gives you", (await Shop.NewVisitor().GetAsync(link)).Main(), StringComparison.Ordinal);
    }

    /// <summary>security.md section 4: whoever tries codes is stopped, a right one included.</summary>
    [Fact]
    public async Task DW_5_ManyWrongCodesOfAnAccount_AreStopped()
    {
        var (_, link) = await SendAsync();
        var (visitor, _) = await MemberAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/gifts/claim/2222222222222222222222222222{i:0000}")).Status);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, (await visitor.GetAsync(link)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await PostAsync(visitor, link)).Status);
        Assert.Equal(HttpStatusCode.OK, (await (await MemberAsync()).Visitor.GetAsync(link)).Status);
    }

    [Fact]
    public async Task DW_5_CodeThatIsNone_IsNotThere() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync("/gifts/claim/22222222222222222222222222222222")).Status);

    [Theory]
    [InlineData("nobody@", "no e-mail address that we can write to")]
    [InlineData("two@example.org,three@example.org", "no e-mail address that we can write to")]
    public async Task DF_54_AddressThatIsNone_IsSaidBesideTheFieldAndStays(string typed, string words)
    {
        var page = await (await MemberAsync()).Visitor.AddAsync("paid1", ("Recipient", typed), ("Note", "kept"));
        IsWrong(page, "Recipient", words);
        Assert.Equal((typed, "kept"), (page.Value("Recipient"), page.Value("Note")));
    }
}

public sealed class ClaimPageTests_Sqlite(SqliteDatabase database) : ClaimPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ClaimPageTests_Postgres(PostgresDatabase database) : ClaimPageTests(database), IClassFixture<PostgresDatabase>;
