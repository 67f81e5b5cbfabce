using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Web.Tests.Account;

public abstract partial class SignInTests(TestDatabase database) : ShopTests(database)
{
    private static async Task<Page> TryAsync(Visitor visitor, string name, string password) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/account/login"), ("UserName", name), ("Password", password));

    private static bool IsSignedIn(Page page) => page.Address.AbsolutePath != "/account/login";

    /// <summary>A page that only a signed-in member's session opens, asked for with the cookies of a visitor.</summary>
    private static async Task<bool> HasSessionAsync(Visitor visitor) =>
        (await visitor.GetAsync("/account/logout")).Document.QuerySelector("main form") is not null;

    [Fact]
    public async Task S12_SignIn_UnknownNameAndWrongPassword_OneAnswer()
    {
        var (_, name) = await Shop.RegisterAsync();
        var known = await TryAsync(Shop.NewVisitor(), name, "quite-another-thing");
        var unknown = await TryAsync(Shop.NewVisitor(), "m_who_is_that", "quite-another-thing");

        Assert.Equal(HttpStatusCode.BadRequest, known.Status);
        Assert.Equal(known.Status, unknown.Status);
        Assert.Equal(Plain(known, name), Plain(unknown, "m_who_is_that"));
    }

    [Fact]
    public async Task S15_SignIn_FiveWrong_LocksFor15MinutesAndSaysNothingElse()
    {
        var (_, name) = await Shop.RegisterAsync();
        var stranger = Shop.NewVisitor();
        var wrong = await TryAsync(stranger, name, "wrong-one-1-wrong");
        for (var i = 2; i <= 5; i++)
        {
            await TryAsync(stranger, name, $"wrong-one-{i}-wrong");
        }

        var locked = await TryAsync(stranger, name, ShopHost.Password);
        Assert.False(IsSignedIn(locked));
        Assert.Equal(Plain(wrong, name), Plain(locked, name));

        Shop.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.False(IsSignedIn(await TryAsync(stranger, name, ShopHost.Password)));

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(IsSignedIn(await TryAsync(stranger, name, ShopHost.Password)));
    }

    [Fact]
    public async Task S15_SignIn_StrangerLocksTheAccount_TheMembersOwnDevicePasses()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await visitor.SubmitAsync(await visitor.GetAsync("/account/logout"));
        for (var i = 0; i < 5; i++)
        {
            await TryAsync(Shop.NewVisitor(), name, "wrong-one-wrong");
        }

        Assert.False(IsSignedIn(await TryAsync(Shop.NewVisitor(), name, ShopHost.Password)));
        Assert.True(IsSignedIn(await TryAsync(visitor, name, ShopHost.Password)));
    }

    [Fact]
    public async Task S15_SignIn_KnownDevice_TenWrongInAnHourFromOneAddressAreEnough()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await visitor.SubmitAsync(await visitor.GetAsync("/account/logout"));
        for (var i = 0; i < 10; i++)
        {
            await TryAsync(visitor, name, "wrong-one-wrong");
        }

        Assert.False(IsSignedIn(await TryAsync(visitor, name, ShopHost.Password)));
    }

    [Fact]
    public async Task S15_SignIn_ManyWrongAtOnce_NoMoreThanFiveAreLookedAt()
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitors = Enumerable.Range(0, 12).Select(_ => Shop.NewVisitor()).ToList();
        var forms = new List<Page>();
        foreach (var visitor in visitors)
        {
            forms.Add(await visitor.GetAsync("/account/login"));
        }

        await Task.WhenAll(visitors.Zip(forms, (visitor, form) => visitor.SubmitAsync(form, ("UserName", name), ("Password", "wrong-one-wrong"))));

        var hash = Core.Codes.Hash(name.ToUpperInvariant());
        var counted = await Shop.ReadAsync((db, token) => db.SignInFailures.CountAsync(f => f.NameHash == hash, token), Cancel);
        Assert.InRange(counted, 1, 5);
    }

    [Fact]
    public async Task S15_SignIn_ThirtyWrongFromOneNetwork_ClosesItForOtherNamesToo()
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitor = Shop.NewVisitor();
        visitor.NetworkAddress = "203.0.113.30";
        for (var i = 0; i < 30; i++)
        {
            await TryAsync(visitor, $"m_guess_{i}", "wrong-one-wrong");
        }

        Assert.False(IsSignedIn(await TryAsync(visitor, name, ShopHost.Password)));
        Assert.True(IsSignedIn(await TryAsync(Shop.NewVisitor(), name, ShopHost.Password)));
    }

    [Fact]
    public async Task SignIn_Success_ForgetsTheWrongOnesBefore()
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitor = Shop.NewVisitor();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 4; i++)
            {
                await TryAsync(visitor, name, "wrong-one-wrong");
            }

            Assert.True(IsSignedIn(await TryAsync(visitor, name, ShopHost.Password)));
            await visitor.SubmitAsync(await visitor.GetAsync("/account/logout"));
        }
    }

    [Fact]
    public async Task S16_SignOut_TheOldCookieOpensNothing()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var thief = await CopyAsync(name);
        Assert.True(await HasSessionAsync(thief.Thief));

        await thief.Owner.SubmitAsync(await thief.Owner.GetAsync("/account/logout"));

        Assert.False(await HasSessionAsync(thief.Thief));
        Assert.True(await HasSessionAsync(visitor));
    }

    [Fact]
    public async Task S16_PasswordChange_EndsEverySession()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await ChangeAsync(name, async (users, member) =>
            Assert.True((await users.ChangePasswordAsync(member, ShopHost.Password, "grey-velvet-otter")).Succeeded));
        Assert.False(await HasSessionAsync(visitor));
    }

    [Fact]
    public async Task S16_Suspension_EndsTheSessionAndSignsNobodyIn()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        await using (var db = Database.NewContext())
        {
            await db.Users.Where(m => m.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(m => m.Status, AccountStatus.Suspended), Cancel);
        }

        Assert.False(await HasSessionAsync(visitor));
        Assert.False(IsSignedIn(await TryAsync(Shop.NewVisitor(), name, ShopHost.Password)));
    }

    [Fact]
    public async Task S16_SignIn_TwoBrowsers_TwoSessions()
    {
        var (_, name) = await Shop.RegisterAsync();
        await TryAsync(Shop.NewVisitor(), name, ShopHost.Password);
        var id = await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(token), Cancel);
        Assert.Equal(2, await Shop.ReadAsync((db, token) => db.SignInTickets.CountAsync(t => t.MemberId == id, token), Cancel));
    }

    [Fact]
    public async Task Session_UsedWithinEightHours_RunsOn_AtMostThirtyDays()
    {
        var (visitor, _) = await Shop.RegisterAsync();
        for (var hours = 0; hours < (30 * 24) - 7; hours += 7)
        {
            Shop.Clock.Advance(TimeSpan.FromHours(7));
            Assert.True(await HasSessionAsync(visitor), $"ended after {hours + 7} hours");
        }

        Shop.Clock.Advance(TimeSpan.FromHours(7));
        Assert.False(await HasSessionAsync(visitor));
    }

    [Fact]
    public async Task Session_NotUsedForEightHours_Ends()
    {
        var (visitor, _) = await Shop.RegisterAsync();
        Shop.Clock.Advance(TimeSpan.FromHours(8));
        Assert.False(await HasSessionAsync(visitor));
    }

    [Fact]
    public async Task Session_OfStaff_EndsAfterHalfAnHourUnused()
    {
        var admin = await Shop.SignInAsync("admin");
        Shop.Clock.Advance(TimeSpan.FromMinutes(29));
        Assert.True(await HasSessionAsync(admin));
        Shop.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.False(await HasSessionAsync(admin));
    }

    [Fact]
    public async Task Session_InUse_IsWrittenAtMostEveryTenMinutes()
    {
        var (visitor, name) = await Shop.RegisterAsync();
        var started = Shop.Clock.GetUtcNow();
        Shop.Clock.Advance(TimeSpan.FromMinutes(9));
        await visitor.GetAsync("/account/logout");
        Assert.Equal(started, await RenewedAsync(name));

        Shop.Clock.Advance(TimeSpan.FromMinutes(2));
        await visitor.GetAsync("/account/logout");
        Assert.Equal(started + TimeSpan.FromMinutes(11), await RenewedAsync(name));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https:evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("\t//evil.example")]
    public async Task S07_SignIn_ForeignReturnUrl_StaysHere(string returnUrl)
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitor = Shop.NewVisitor();
        var form = await visitor.GetAsync($"/account/login?returnUrl={Uri.EscapeDataString(returnUrl)}");
        using var answer = await visitor.AskAsync(Submission(form, name));
        Assert.Equal("/account", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task SignIn_LocalReturnUrl_LeadsBack()
    {
        var (_, name) = await Shop.RegisterAsync();
        var visitor = Shop.NewVisitor();
        var page = await visitor.SubmitAsync(
            await visitor.GetAsync("/account/login?returnUrl=%2Fabout%2Fterms"), ("UserName", name), ("Password", ShopHost.Password));
        Assert.Equal("/about/terms", page.Address.AbsolutePath);
    }

    [Fact]
    public async Task S12_SignIn_NamesAreCountedAsHashes()
    {
        await TryAsync(Shop.NewVisitor(), "m_plain_name", "wrong-one-wrong");
        var stored = await Shop.ReadAsync((db, token) => db.SignInFailures.Select(f => f.NameHash).ToListAsync(token), Cancel);
        Assert.All(stored, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    private static HttpRequestMessage Submission(Page form, string name) => new(HttpMethod.Post, form.Address)
    {
        Content = new FormUrlEncodedContent([
            KeyValuePair.Create("UserName", name), KeyValuePair.Create("Password", ShopHost.Password),
            KeyValuePair.Create("__RequestVerificationToken", form.Value("__RequestVerificationToken")!)]),
    };

    /// <summary>What the visitor sees, without what differs on every page.</summary>
    private static string Plain(Page page, string name) =>
        Secrets().Replace(page.Document.QuerySelector("main")!.InnerHtml, "").Replace(name, "NAME", StringComparison.Ordinal);

    private async Task<(Visitor Owner, Visitor Thief)> CopyAsync(string name)
    {
        var owner = Shop.NewVisitor();
        using var answer = await owner.AskAsync(Submission(await owner.GetAsync("/account/login"), name));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("shop=", StringComparison.Ordinal)).Split(';')[0];
        var thief = Shop.NewVisitor();
        thief.Http.DefaultRequestHeaders.Add("Cookie", cookie);
        return (owner, thief);
    }

    private async Task ChangeAsync(string name, Func<UserManager<Member>, Member, Task> change)
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        await change(users, (await users.FindByNameAsync(name))!);
    }

    private Task<DateTimeOffset> RenewedAsync(string name) => Shop.ReadAsync(
        (db, token) => db.SignInTickets.Where(t => db.Users.Any(m => m.Id == t.MemberId && m.UserName == name)).Select(t => t.RenewedAt).SingleAsync(token), Cancel);

    [GeneratedRegex("value=\"CfDJ[^\"]*\"")]
    private static partial Regex Secrets();
}

public sealed class SignInTests_Sqlite(SqliteDatabase database) : SignInTests(database), IClassFixture<SqliteDatabase>;

public sealed class SignInTests_Postgres(PostgresDatabase database) : SignInTests(database), IClassFixture<PostgresDatabase>;
