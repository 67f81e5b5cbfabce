using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Web.Tests.Account;

/// <summary>Signing in with the account of the community's own site.</summary>
public abstract class CommunityTests(TestDatabase database) : ShopTests(database)
{
    private readonly PlayedCommunity fresh = new();

    private const string PageAddress = "/account/community";

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?>
        {
            ["Community:ClientId"] = "shop-client",
            ["Community:ClientSecret"] = PlayedCommunity.Secret,
            ["Community:Name"] = "Harbour",
            ["Community:AuthorizeUrl"] = "https://harbour.example/authorize",
            ["Community:TokenUrl"] = "https://harbour.example/token",
            ["Community:UserInfoUrl"] = "https://harbour.example/userinfo",
            ["Community:Scopes:0"] = "profile",
        },
        Services = services => services.AddSingleton(fresh).Configure<OAuthOptions>("community", options => options.BackchannelHttpHandler = fresh),
    };

    private PlayedCommunity Harbour => Shop.Services.GetRequiredService<PlayedCommunity>();

    private static string NewId() => "u-" + Core.Codes.New(12);

    private static object Who(string id, string name, string? email = null) => new { sub = id, preferred_username = name, email, email_verified = true };

    private static async Task<Uri> StartAsync(Visitor visitor, string? returnUrl = null)
    {
        using var answer = await visitor.AskAsync(new HttpRequestMessage(HttpMethod.Get, $"{PageAddress}/start" + (returnUrl is null ? "" : $"?returnUrl={Uri.EscapeDataString(returnUrl)}")));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!;
    }

    /// <summary>There and back; the page the visitor is at then.</summary>
    private async Task<Page> ComeBackAsync(Visitor visitor, object who, string? returnUrl = null) =>
        await visitor.GetAsync(Harbour.Approve(await StartAsync(visitor, returnUrl), who));

    private async Task<Visitor> NewMemberAsync(string id, string name)
    {
        var visitor = Shop.NewVisitor();
        var page = await visitor.SubmitAsync(await ComeBackAsync(visitor, Who(id, name, $"{name}@example.org")), "form[action*=New]", null);
        Assert.Equal("/account", page.Address.AbsolutePath);
        return visitor;
    }

    private static async Task<string?> NameAsync(Visitor visitor) =>
        (await visitor.GetAsync("/account/logout")).Document.QuerySelector("main form") is null ? null : (await visitor.GetAsync("/account")).Document.QuerySelector("nav[aria-label=You]")!.TextContent.Trim();

    private Task<Member?> MemberAsync(string name) => Shop.ReadAsync((db, token) => db.Users.AsNoTracking().SingleOrDefaultAsync(m => m.UserName == name, token), Cancel);

    private Task<string?> OwnerOfAsync(string id) => Shop.ReadAsync(
        (db, token) => db.UserLogins.Where(l => l.ProviderKey == id).Join(db.Users, l => l.UserId, m => m.Id, (_, m) => m.UserName).SingleOrDefaultAsync(token), Cancel);

    private static string NewName() => "h_" + Core.Codes.New(10);

    [Fact]
    public async Task FirstSignIn_MakesAMemberOfThatName_WithAnAddressThatIsNotConfirmed()
    {
        var (id, name) = (NewId(), NewName());
        var visitor = Shop.NewVisitor();
        var form = await ComeBackAsync(visitor, Who(id, name.ToUpperInvariant(), $"{name}@example.org"));
        Assert.Equal((name, $"{name}@example.org"), (form.Value("UserName"), form.Value("Email")));
        Assert.Null(await MemberAsync(name));
        Assert.Equal("no-referrer", form.Response.Headers.GetValues("Referrer-Policy").Single());

        await visitor.SubmitAsync(form, "form[action*=New]", null);
        var member = await MemberAsync(name);
        Assert.Equal(($"{name}@example.org", false, null), (member!.Email, member.EmailConfirmed, member.PasswordHash));
        Assert.NotNull(await NameAsync(visitor));
        Assert.Contains("/account/confirm", Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondSignIn_OpensTheSameAccount_WhateverTheNameThereIsNow()
    {
        var (id, name) = (NewId(), NewName());
        await NewMemberAsync(id, name);
        var elsewhere = Shop.NewVisitor();
        var page = await ComeBackAsync(elsewhere, Who(id, "admin", "other@example.org"), "/account/orders");
        Assert.Equal("/account/orders", page.Address.AbsolutePath);
        Assert.Contains(name, await NameAsync(elsewhere), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheShopsOwnSignIn_Stays()
    {
        var (_, name) = await Shop.RegisterAsync();
        var page = await Shop.NewVisitor().GetAsync("/account/login");
        Assert.Equal($"{PageAddress}/start", page.Find("community-start")!.GetAttribute("href"));
        Assert.NotNull(await NameAsync(await Shop.SignInAsync(name)));
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("no_reply")]
    [InlineData("Émile 7")]
    [InlineData("x")]
    public async Task NameThatCannotBeHad_IsNotProposed_AndRefusedWithWhatWasTyped(string there)
    {
        var visitor = Shop.NewVisitor();
        var email = $"{NewName()}@example.org";
        var form = await ComeBackAsync(visitor, Who(NewId(), there, email));
        Assert.Equal("", form.Value("UserName") ?? "");
        var again = await visitor.SubmitAsync(form, "form[action*=New]", null, ("UserName", there));
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
        Assert.NotNull(again.Wrong("UserName"));
        Assert.Equal((there, email), (again.Value("UserName"), again.Value("Email")));
        Assert.Null(await NameAsync(visitor));
    }

    [Fact]
    public async Task TakenName_StaysItsOwners_AndAnotherIsChosen()
    {
        var (_, taken) = await Shop.RegisterAsync();
        var (id, name) = (NewId(), NewName());
        var visitor = Shop.NewVisitor();
        var form = await ComeBackAsync(visitor, Who(id, taken, $"{name}@example.org"));
        var refused = await visitor.SubmitAsync(form, "form[action*=New]", null, ("UserName", taken));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        await visitor.SubmitAsync(refused, "form[action*=New]", null, ("UserName", name));
        Assert.Equal(name, await OwnerOfAsync(id));
    }

    /// <summary>Whoever can give an account at the other site somebody's address must not get into that somebody's account here.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddressOfAMember_NeverOpensThatMembersAccount(bool confirmed)
    {
        var (_, victim) = await Shop.RegisterAsync();
        if (confirmed)
        {
            await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == victim).ExecuteUpdateAsync(set => set.SetProperty(m => m.EmailConfirmed, true), token), Cancel);
        }

        var (id, name) = (NewId(), NewName());
        var visitor = Shop.NewVisitor();
        var form = await ComeBackAsync(visitor, Who(id, name, $"{victim}@example.org"));
        Assert.Null(await NameAsync(visitor));
        await visitor.SubmitAsync(form, "form[action*=New]", null);
        Assert.Equal(name, await OwnerOfAsync(id));
        Assert.False((await MemberAsync(name))!.EmailConfirmed);
    }

    [Fact]
    public async Task Linking_AsksForThePassword_ThenBothWaysLeadIn()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var id = NewId();
        var form = await ComeBackAsync(visitor, Who(id, "whoever"));
        var wrong = await visitor.SubmitAsync(form, "form[action*=Link]", null, ("Password", "not-this-one-at-all"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Null(await OwnerOfAsync(id));

        var linked = await visitor.SubmitAsync(wrong, "form[action*=Link]", null, ("Password", ShopHost.Password));
        Assert.Contains("whoever", linked.Text("community-linked"), StringComparison.Ordinal);
        var elsewhere = Shop.NewVisitor();
        await ComeBackAsync(elsewhere, Who(id, "whoever"));
        Assert.Contains(name, await NameAsync(elsewhere), StringComparison.Ordinal);
        Assert.NotNull(await NameAsync(await Shop.SignInAsync(name)));
    }

    [Fact]
    public async Task Unlinking_AsksForThePassword_ThenOnlyThatLeadsIn()
    {
        var (visitor, _) = await Shop.RegisterAsync();
        var id = NewId();
        var linked = await visitor.SubmitAsync(await ComeBackAsync(visitor, Who(id, "whoever")), "form[action*=Link]", null, ("Password", ShopHost.Password));
        var wrong = await visitor.SubmitAsync(linked, "form[action*=Unlink]", null, ("Password", "not-this-one-at-all"));
        Assert.NotNull(await OwnerOfAsync(id));
        await visitor.SubmitAsync(wrong, "form[action*=Unlink]", null, ("Password", ShopHost.Password));
        Assert.Null(await OwnerOfAsync(id));

        var elsewhere = Shop.NewVisitor();
        await ComeBackAsync(elsewhere, Who(id, NewName()));
        Assert.Null(await NameAsync(elsewhere));
    }

    [Fact]
    public async Task LinkedAndUnlinked_TheMemberIsToldByMailOfEach_AndOfNothingElse()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var wrong = await visitor.SubmitAsync(await ComeBackAsync(visitor, Who(NewId(), "whoever")), "form[action*=Link]", null, ("Password", "not-this-one-at-all"));
        Assert.Empty(await ToldAsync());
        var linked = await visitor.SubmitAsync(wrong, "form[action*=Link]", null, ("Password", ShopHost.Password));
        Assert.Contains("An account of Harbour was linked", Assert.Single(await ToldAsync()), StringComparison.Ordinal);
        await visitor.SubmitAsync(linked, "form[action*=Unlink]", null, ("Password", ShopHost.Password));
        var told = await ToldAsync();
        Assert.Equal(2, told.Count);
        Assert.Contains("The account of Harbour was unlinked", told[^1], StringComparison.Ordinal);
        Assert.Contains("/account/security", told[^1], StringComparison.Ordinal);

        async Task<List<string>> ToldAsync() => [.. (await Shop.MailsToAsync($"{name}@example.org", Cancel)).Select(mail => mail.Text).Where(text => !text.Contains("/account/confirm", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Unlinking_TheOnlyWayIn_IsNotOfferedAndNotDone()
    {
        var (id, name) = (NewId(), NewName());
        var visitor = await NewMemberAsync(id, name);
        var page = await visitor.GetAsync(PageAddress);
        Assert.Null(page.Document.QuerySelector("form[action*=Unlink]"));
        Assert.False(await UnlinkAsync(name));
        Assert.Equal(name, await OwnerOfAsync(id));
    }

    private async Task<bool> UnlinkAsync(string name)
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Web.Security.CommunityAccounts>().UnlinkAsync((await MemberAsync(name))!.Id, Cancel);
    }

    [Fact]
    public async Task AccountOfAnotherMember_IsNeverMoved_NorIsASessionTurnedIntoAnother()
    {
        var (id, owner) = (NewId(), NewName());
        await NewMemberAsync(id, owner);
        var (visitor, name) = await Shop.RegisterAsync();
        var page = await ComeBackAsync(visitor, Who(id, owner));
        Assert.Contains("belongs to another account", page.Error ?? page.News, StringComparison.Ordinal);
        Assert.Equal(owner, await OwnerOfAsync(id));
        Assert.Contains(name, await NameAsync(visitor), StringComparison.Ordinal);
    }

    /// <summary>Two browsers, one account of the community: whoever is second is told.</summary>
    [Fact]
    public async Task SameAccountLinkedTwiceAtOnce_BelongsToOne()
    {
        var id = NewId();
        var pairs = new List<(Visitor Visitor, Page Form)>();
        for (var i = 0; i < 2; i++)
        {
            var (visitor, _) = await Shop.RegisterAsync();
            pairs.Add((visitor, await ComeBackAsync(visitor, Who(id, "whoever"))));
        }

        var pages = await Task.WhenAll(pairs.Select(pair => pair.Visitor.SubmitAsync(pair.Form, "form[action*=Link]", null, ("Password", ShopHost.Password))));
        Assert.Single(pages, page => page.Find("community-linked") is not null);
        Assert.All(pages, page => Assert.Equal(HttpStatusCode.OK, page.Status));
        Assert.NotNull(await OwnerOfAsync(id));
    }

    [Fact]
    public async Task SecondAccountOfOneMember_IsRefusedUntilTheFirstIsUnlinked()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var (first, second) = (NewId(), NewId());
        var form = await ComeBackAsync(visitor, Who(second, "second"));
        Assert.Equal(Web.Security.LinkResult.Linked, await LinkAsync(name, first));
        var page = await visitor.SubmitAsync(form, "form[action*=Link]", null, ("Password", ShopHost.Password));
        Assert.Contains("already", page.Error ?? page.News, StringComparison.Ordinal);
        Assert.Null(await OwnerOfAsync(second));
    }

    private async Task<Web.Security.LinkResult> LinkAsync(string name, string id)
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Web.Security.CommunityAccounts>().LinkAsync((await MemberAsync(name))!.Id, new(id, "first", null), Cancel);
    }

    [Fact]
    public async Task S16_ReplayedCallback_DoesNothing()
    {
        var visitor = Shop.NewVisitor();
        var back = Harbour.Approve(await StartAsync(visitor), Who(NewId(), NewName()));
        Assert.NotNull((await visitor.GetAsync(back)).Document.QuerySelector("form[action*=New]"));
        var thief = Shop.NewVisitor();
        Assert.NotNull((await thief.GetAsync(back)).Find("community-nothing"));
        var calls = Harbour.Calls.Count;
        await visitor.SubmitAsync(await visitor.GetAsync(PageAddress), "form[action*=New]", null, ("UserName", NewName()), ("Email", $"{NewName()}@example.org"));
        await visitor.GetAsync(back);
        Assert.Equal(calls, Harbour.Calls.Count); // the state was used up, so the code was not even tried
    }

    /// <summary>Signing somebody in to an attacker's account: the state of the attacker's own browser is no one else's.</summary>
    [Fact]
    public async Task State_OfAnotherBrowser_IsRefused()
    {
        var attacker = Shop.NewVisitor();
        var back = Harbour.Approve(await StartAsync(attacker), Who(NewId(), NewName()));
        var victim = Shop.NewVisitor();
        await StartAsync(victim); // has begun a way of its own
        Assert.NotNull((await victim.GetAsync(back)).Find("community-nothing"));
        Assert.Null(await NameAsync(victim));
    }

    [Theory]
    [InlineData("?code=code-1")]
    [InlineData("?code=code-1&state=made-up")]
    [InlineData("?error=access_denied&state=made-up")]
    [InlineData("")]
    public async Task Callback_WithoutAGoodState_SaysThatNothingWasChanged(string query)
    {
        var page = await Shop.NewVisitor().GetAsync($"{PageAddress}/back{query}");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.NotNull(page.Find("community-nothing"));
    }

    [Fact]
    public async Task Denied_LeadsBackToThePageWithTheWayIn()
    {
        var visitor = Shop.NewVisitor();
        var state = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery((await StartAsync(visitor)).Query)["state"];
        var page = await visitor.GetAsync($"{PageAddress}/back?error=access_denied&state={Uri.EscapeDataString(state!)}");
        Assert.NotNull(page.Find("community-start"));
    }

    [Fact]
    public async Task CodeThatIsNotTheirs_SignsNobodyIn()
    {
        var visitor = Shop.NewVisitor();
        var back = Harbour.Approve(await StartAsync(visitor), Who(NewId(), NewName()));
        var page = await visitor.GetAsync(back.Replace("code=code-", "code=guess-", StringComparison.Ordinal));
        Assert.NotNull(page.Find("community-nothing"));
    }

    [Theory]
    [InlineData("""{ "preferred_username": "no_id" }""")]
    [InlineData("""{ "sub": "" }""")]
    [InlineData("""{ "sub": true }""")]
    [InlineData("""{ "sub": "a\nb" }""")]
    [InlineData("""{ "sub": "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" }""")]
    [InlineData("[1]")]
    public async Task UserInfoWithoutAUsableId_SignsNobodyIn(string who)
    {
        var page = await ComeBackAsync(Shop.NewVisitor(), JsonDocument.Parse(who).RootElement);
        Assert.NotNull(page.Find("community-nothing"));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https:evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("%2f%2fevil.example")]
    public async Task S07_ReturnUrlOfAnotherSite_IsNotFollowed(string returnUrl)
    {
        var id = NewId();
        await NewMemberAsync(id, NewName());
        var visitor = Shop.NewVisitor();
        var page = await ComeBackAsync(visitor, Who(id, "whoever"), returnUrl);
        Assert.Equal((ShopHost.Address.Authority, "/account"), (page.Address.Authority, page.Address.AbsolutePath));
    }

    [Fact]
    public async Task S08_WayBack_IsTheConfiguredAddress() =>
        Assert.Contains("redirect_uri=https%3A%2F%2Flocalhost%2Faccount%2Fcommunity%2Fback", (await StartAsync(Shop.NewVisitor())).Query, StringComparison.Ordinal);

    [Fact]
    public async Task Staff_ShowTheirPassword()
    {
        var id = NewId();
        Assert.Equal(Web.Security.LinkResult.Linked, await LinkAsync("admin", id));
        var visitor = Shop.NewVisitor();
        var page = await ComeBackAsync(visitor, Who(id, "whoever"));
        Assert.Equal("/account/login", page.Address.AbsolutePath);
        Assert.Null(await NameAsync(visitor));
    }

    [Fact]
    public async Task MemberWithASecondStep_IsAskedForTheCode()
    {
        var (id, name) = (NewId(), NewName());
        await NewMemberAsync(id, name);
        var member = await MemberAsync(name);
        await Shop.ReadAsync(
            async (db, token) =>
            {
                await SecondFactors.BeginAsync(db, new SecondFactor { MemberId = member!.Id, Secret = "sealed", MadeAt = member.CreatedAt }, token);
                return await SecondFactors.ConfirmAsync(db, (await SecondFactors.FindAsync(db, member.Id, token))!, 1, member.CreatedAt, token);
            },
            Cancel);

        var visitor = Shop.NewVisitor();
        var page = await ComeBackAsync(visitor, Who(id, name), "/account/orders");
        Assert.Equal(("/account/login/code", (string?)null), (page.Address.AbsolutePath, await NameAsync(visitor)));
    }

    [Fact]
    public async Task SuspendedMember_StaysOutside()
    {
        var (id, name) = (NewId(), NewName());
        await NewMemberAsync(id, name);
        await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), token), Cancel);
        var visitor = Shop.NewVisitor();
        await ComeBackAsync(visitor, Who(id, name));
        Assert.Null(await NameAsync(visitor));
    }
}

public sealed class CommunityTests_Sqlite(SqliteDatabase database) : CommunityTests(database), IClassFixture<SqliteDatabase>;

public sealed class CommunityTests_Postgres(PostgresDatabase database) : CommunityTests(database), IClassFixture<PostgresDatabase>;
