using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Gifts;

/// <summary>The pages about gifts: those given and got, who may give, communities and their maintainers.</summary>
public abstract class GiftPagesTests(TestDatabase database) : BuyingTests(database)
{
    private string Day(int ahead) => Days.Text(Days.Of(Now).AddDays(ahead));

    private static async Task<Page> SettingAsync(Visitor visitor, string handler, params (string, string)[] fields) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/account/settings"), $"form[action*={handler}]", null, fields);

    private async Task<string> CommunityAsync(string maintainer)
    {
        var admin = await Shop.SignInAsync("admin");
        var name = "c_" + Codes.New(12);
        await admin.SubmitAsync(await admin.GetAsync("/admin/communities"), "form[action*=Make]", null, ("Name", name));
        var page = await admin.SubmitAsync(await admin.GetAsync("/admin/communities"), "form[action*=Maintain]", null, ("Community", name), ("Maintainer", maintainer));
        Assert.Equal(HttpStatusCode.OK, page.Status);
        return name;
    }

    [Fact]
    public async Task DF_37_BannedMemberSignsOut_AndIsRefusedFromTheSameBrowser()
    {
        var (friendly, friend) = await MemberAsync();
        var (banned, name) = await MemberAsync();
        Assert.NotNull((await SettingAsync(friendly, "Ban", ("Name", name))).Document.QuerySelector($"[data-testid=banned][data-name={name}]"));
        IsWrong(await banned.AddAsync("paid1", ("Recipient", friend)), "Recipient", $"“{friend}” takes no gifts from you.");
        await banned.SignOutAsync();
        IsWrong(await banned.AddAsync("paid1", ("Recipient", friend)), "Recipient", $"“{friend}” takes no gifts from you.");
        Assert.Equal("1 item", (await Shop.NewVisitor().AddAsync("paid1", ("Recipient", friend))).Text("cart-count"));
    }

    [Fact]
    public async Task DF_37_BannedMembersAddress_IsRefusedAtTheCheckoutOfAnotherBrowser()
    {
        var (friendly, friend) = await MemberAsync();
        var (_, name) = await MemberAsync();
        await SettingAsync(friendly, "Ban", ("Name", name));
        var visitor = Shop.NewVisitor();
        await visitor.AddAsync("paid1", ("Recipient", friend));
        IsWrong(await visitor.PlaceAsync(("Email", Address(name))), "Email", "takes none from the owner of this address");
    }

    [Fact]
    public async Task DW_37_GiftsFromMembersOnly_IsSaidToAVisitor_AndCanBeTakenBack()
    {
        var (friendly, friend) = await MemberAsync();
        await SettingAsync(friendly, "SignedOut", ("MembersOnly", "true"));
        IsWrong(await Shop.NewVisitor().AddAsync("paid1", ("Recipient", friend)), "Recipient", "takes gifts from members only");
        Assert.True((await friendly.GetAsync("/account/settings")).Document.QuerySelector("#MembersOnly")!.HasAttribute("checked"));
        await SettingAsync(friendly, "SignedOut", ("MembersOnly", ""));
        Assert.Equal("1 item", (await Shop.NewVisitor().AddAsync("paid1", ("Recipient", friend))).Text("cart-count"));
    }

    [Fact]
    public async Task DW_37_LiftedBan_IsOffTheList()
    {
        var (friendly, _) = await MemberAsync();
        var (_, name) = await MemberAsync();
        var page = await SettingAsync(friendly, "Ban", ("Name", name));
        Assert.Empty((await friendly.SubmitAsync(page, "form[action*=Lift]", null)).All("banned"));
    }

    [Fact]
    public async Task Ban_OfANameNobodyHas_IsSaidBesideTheField()
    {
        var (friendly, _) = await MemberAsync();
        IsWrong(await SettingAsync(friendly, "Ban", ("Name", "nobody_at_all")), "Name", "Nobody here is called “nobody_at_all”");
    }

    [Fact]
    public async Task DW_4_DW_77_TimeForACommunity_EachMaintainerGetsTheMail_AndSeesTheDate()
    {
        var (first, one) = await MemberAsync();
        var (giver, name) = await MemberAsync();
        var community = await CommunityAsync(one);
        var until = Now.AddMonths(1).ToString("MMMM d, yyyy", System.Globalization.CultureInfo.GetCultureInfo("en-US"));
        await giver.BuyAsync("paid1", ("Recipient", community));
        var mail = Assert.Single(await MailsAsync(Address(one)));
        Assert.Equal($"{name} gave something to {community}", mail.Subject);
        Assert.Contains($"{community} now runs until {until}", mail.Text, StringComparison.Ordinal);
        var page = await first.GetAsync("/account/gifts");
        Assert.Equal(community, page.Text("community"));
        Assert.NotNull(page.Instant("community-until"));
        Assert.Null((await giver.GetAsync("/account/gifts")).Find("community-until"));
    }

    [Fact]
    public async Task DF_15_Maintainer_BuysPremiumForTheCommunityAndSeesItsDate()
    {
        var (visitor, name) = await MemberAsync();
        var community = await CommunityAsync(name);
        await visitor.BuyAsync("paid12", ("Recipient", community));
        var cart = await visitor.AddAsync("prem6", ("Recipient", community));
        Assert.NotNull(cart.Instant("line-until"));
        Assert.Equal(cart.Instant("line-until"), (await visitor.PressAsync(await visitor.PlaceAsync(), "ok")).Instant("line-until"));
    }

    [Fact]
    public async Task Communities_AreMadeOnceAndByGoodNames_AndMaintainersDismissed()
    {
        var (_, name) = await MemberAsync();
        var community = await CommunityAsync(name);
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.GetAsync("/admin/communities");
        IsWrong(await admin.SubmitAsync(page, "form[action*=Make]", null, ("Name", community)), "Name", "somebody’s already");
        IsWrong(await admin.SubmitAsync(page, "form[action*=Make]", null, ("Name", "No Good")), "Name", "2 to 25 small letters");
        IsWrong(await admin.SubmitAsync(page, "form[action*=Maintain]", null, ("Community", "none_of_that"), ("Maintainer", name)), "Community", "no community");
        IsWrong(await admin.SubmitAsync(page, "form[action*=Maintain]", null, ("Community", community), ("Maintainer", "none_of_that")), "Maintainer", "no member");
        await admin.SubmitAsync(page, $"[data-name={community}] form", null);
        Assert.False(await ReadAsync(db => db.Maintainers.AnyAsync(m => db.Users.Any(u => u.Id == m.CommunityId && u.UserName == community), Cancel)));
    }

    [Fact]
    public async Task DF_53_WaitingGift_IsChangedOnItsPage_AndListedOnceItCame()
    {
        var (_, friend) = await MemberAsync();
        var (_, other) = await MemberAsync();
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1", ("Recipient", friend), ("Note", "first"), ("DeliverOn", Day(30)));
        var list = await visitor.GetAsync("/account/gifts");
        var form = await visitor.GetAsync(list.Find("gift-change")!.GetAttribute("href")!);
        Assert.Equal((friend, "first", Day(30)), (form.Value("Recipient"), form.Value("Note"), form.Value("DeliverOn")));
        IsWrong(await visitor.SubmitAsync(form, ("Recipient", "nobody_at_all"), ("Note", "kept")), "Recipient", "Nobody here is called");
        var changed = await visitor.SubmitAsync(form, ("Recipient", other), ("Note", "second"), ("DeliverOn", Day(31)), ("Anonymous", "true"));
        Assert.Equal((other, "/account/gifts"), (changed.Text("line-recipient"), changed.Address.AbsolutePath));

        Shop.Clock.Advance(TimeSpan.FromDays(31));
        await Shop.WorkAsync(Cancel);
        Assert.Empty(await MailsAsync(Address(friend)));
        Assert.Equal("Someone gave you something", Assert.Single(await MailsAsync(Address(other))).Subject);
        var got = await (await Shop.SignInAsync(other)).GetAsync("/account/gifts");
        Assert.Equal("someone", got.All("gift-received")[0].QuerySelector("[data-testid=line-from]")?.TextContent);
        Assert.DoesNotContain(name, got.Body, StringComparison.Ordinal);
        Assert.Null((await (await Shop.SignInAsync(name)).GetAsync("/account/gifts")).Find("gift-change"));
    }

    [Fact]
    public async Task S01_WaitingGiftOfSomebodyElse_IsNotThere()
    {
        var (_, friend) = await MemberAsync();
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1", ("Recipient", friend), ("DeliverOn", Day(30)));
        var address = (await visitor.GetAsync("/account/gifts")).Find("gift-change")!.GetAttribute("href")!;
        Assert.Equal(HttpStatusCode.NotFound, (await (await Shop.SignInAsync(friend)).GetAsync(address)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await (await MemberAsync()).Visitor.GetAsync(address)).Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(address)).Status);
    }
}

public sealed class GiftPagesTests_Sqlite(SqliteDatabase database) : GiftPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class GiftPagesTests_Postgres(PostgresDatabase database) : GiftPagesTests(database), IClassFixture<PostgresDatabase>;
