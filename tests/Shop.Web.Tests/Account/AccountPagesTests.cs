using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.TestKit;
using Shop.Web.Security;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Account;

/// <summary>The pages on which members look after the account itself: security, data, closing.</summary>
public abstract class AccountPagesTests(TestDatabase database) : BuyingTests(database)
{
    private const string Next = "quiet-lighthouse-morning";

    private static async Task<Page> SignInAsync(Visitor visitor, string name, string? password = null) =>
        await visitor.SubmitAsync(await visitor.GetAsync("/account/login"), ("UserName", name), ("Password", password ?? ShopHost.Password));

    private static async Task<bool> IsInAsync(Visitor visitor) => (await visitor.GetAsync("/account")).Address.AbsolutePath == "/account";

    private static byte[] Key(string text)
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(text.Select(c => Convert.ToString(letters.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(c => c.Length == 8).Select(c => Convert.ToByte(new string(c), 2))];
    }

    private string CodeOf(byte[] key, int steps = 0) => Totp.Code(key, Totp.StepAt(Now) + steps);

    /// <summary>A member whose sign-in asks for a code, with the key of the app and the recovery codes.</summary>
    private async Task<(Visitor Visitor, string Name, byte[] Key, IReadOnlyList<string> Codes)> WithAppAsync()
    {
        var (visitor, name) = await MemberAsync();
        var shown = await visitor.SubmitAsync(await visitor.GetAsync("/account/security/app"), ("Password", ShopHost.Password));
        var key = Key(shown.Text("totp-key")!);
        var codes = await visitor.SubmitAsync(shown, "#confirm", null, ("Code", CodeOf(key)));
        return (visitor, name, key, [.. codes.All("recovery-codes").Single().QuerySelectorAll("code").Select(c => c.TextContent)]);
    }

    private async Task<(Visitor Visitor, Page Step)> AtTheStepAsync(string name)
    {
        var visitor = Shop.NewVisitor();
        var step = await SignInAsync(visitor, name);
        Assert.Equal("/account/login/code", step.Address.AbsolutePath);
        return (visitor, step);
    }

    [Fact]
    public async Task MZ_61_Close_SaysWhatWillHappen_AsksForThePassword_AndEndsEverything()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.SubmitAsync(await visitor.PlaceAsync(("Save", "true")), "main form", "ok", ("card", "ok"));
        var id = await IdAsync(name);
        await WriteAsync((db, token) => Core.PointsAccounts.GrantAsync(db, name, id, 40, "test", null, Now, token));
        var elsewhere = await Shop.SignInAsync(name);

        var page = await visitor.GetAsync("/account/data/close");
        Assert.Contains("4242", page.Text("close-methods"), StringComparison.Ordinal);
        Assert.Contains("40 points", page.Text("close-lost"), StringComparison.Ordinal);
        IsWrong(await visitor.SubmitAsync(page, ("Password", "not-this-one-at-all")), "Password", "not your password");
        Assert.True(await IsInAsync(elsewhere));

        var gone = await visitor.SubmitAsync(await visitor.GetAsync("/account/data/close"), ("Password", ShopHost.Password));
        Assert.Equal(("/", true), (gone.Address.AbsolutePath, gone.News!.StartsWith("Your account is closed", StringComparison.Ordinal)));
        Assert.False(await IsInAsync(visitor) || await IsInAsync(elsewhere));
        Assert.Equal("/account/login", (await SignInAsync(Shop.NewVisitor(), name)).Address.AbsolutePath);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/members/{name}")).Status);
        Assert.Contains(await MailsAsync(Address(name)), m => m.Subject == "Your account is closed");
    }

    [Fact]
    public async Task Export_IsAFileOfOnesOwn()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        var answer = await visitor.AskAsync((await visitor.GetAsync("/account/data")).Submission("#export", null, []));
        Assert.Equal(("application/json", "attachment"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.DispositionType));
        var data = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement;
        Assert.Equal((name, 1), (data.GetProperty("account").GetProperty("user_name").GetString(), data.GetProperty("orders").GetArrayLength()));
    }

    [Fact]
    public async Task MZ_55_EveryManagementPage_IsLinkedFromTheAccount_AndTheAccountFromHeaderAndMemberPage()
    {
        var (visitor, name) = await MemberAsync();
        Assert.NotNull((await visitor.GetAsync("/")).Document.QuerySelector("header a[href='/account']"));
        Assert.NotNull((await visitor.GetAsync($"/members/{name}")).Document.QuerySelector("main a[href='/account']"));
        var account = await visitor.GetAsync("/account");
        foreach (var page in new[] { "orders", "gifts", "circle", "points", "payment-methods", "subscriptions", "rename", "settings", "security", "data" })
        {
            Assert.NotNull(account.Document.QuerySelector($"main nav a[href='/account/{page}']"));
            Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync($"/account/{page}")).Status);
        }
    }

    [Fact]
    public async Task PasswordChanged_EndsOtherSessions_KeepsThisOne_AndSendsAMail()
    {
        var (visitor, name) = await MemberAsync();
        var elsewhere = await Shop.SignInAsync(name);
        var page = await visitor.GetAsync("/account/security/password");
        IsWrong(await visitor.SubmitAsync(page, ("Current", "not-this-one-at-all"), ("Password", Next), ("ConfirmPassword", Next)), "Current", "not your password");
        IsWrong(await visitor.SubmitAsync(page, ("Current", ShopHost.Password), ("Password", "short"), ("ConfirmPassword", "short")), "Password", "12");
        IsWrong(await visitor.SubmitAsync(page, ("Current", ShopHost.Password), ("Password", Next), ("ConfirmPassword", Next + "x")), "ConfirmPassword", "");
        Assert.True(await IsInAsync(elsewhere));

        var done = await visitor.SubmitAsync(page, ("Current", ShopHost.Password), ("Password", Next), ("ConfirmPassword", Next));
        Assert.Equal("/account/security", done.Address.AbsolutePath);
        Assert.Equal((true, false), (await IsInAsync(visitor), await IsInAsync(elsewhere)));
        Assert.Equal("/account/login", (await SignInAsync(Shop.NewVisitor(), name)).Address.AbsolutePath);
        Assert.True(await IsInAsync(await Shop.SignInAsync(name, Next)));
        Assert.Contains(await MailsAsync(Address(name)), m => m.Subject == "Your password was changed");
    }

    [Fact]
    public async Task Sessions_AreListed_EndedOneByOne_AndAllOthersAtOnce()
    {
        var (visitor, name) = await MemberAsync();
        var phone = Shop.NewVisitor();
        phone.Http.DefaultRequestHeaders.Add("User-Agent", "Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0");
        phone.NetworkAddress = "203.0.113.77";
        await SignInAsync(phone, name);
        var page = await visitor.GetAsync("/account/security");
        var others = page.All("session").Where(s => s.GetAttribute("data-state") == "other").ToList();
        Assert.Equal((2, 1), (page.All("session").Count, others.Count));
        Assert.Contains("Firefox on Android", others[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("203.0.113.0/24", others[0].TextContent, StringComparison.Ordinal);

        var theirs = others[0].QuerySelector("[name=Session]")!.GetAttribute("value")!;
        var (stranger, _) = await MemberAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, "/account/security?handler=End", ("Session", theirs))).Status);
        Assert.True(await IsInAsync(phone));
        await visitor.SubmitAsync(page, "[data-testid=session] form", null);
        Assert.False(await IsInAsync(phone));

        var (second, third) = (await Shop.SignInAsync(name), await Shop.SignInAsync(name));
        var left = await visitor.SubmitAsync(await visitor.GetAsync("/account/security"), "form[action*=EndOthers]", null);
        Assert.Single(left.All("session"));
        Assert.Equal((true, false, false), (await IsInAsync(visitor), await IsInAsync(second), await IsInAsync(third)));
    }

    [Fact]
    public async Task App_SetUpWithPasswordAndCode_SignInAsksForACode_WhichWorksOnce()
    {
        var (visitor, name) = await MemberAsync();
        var page = await visitor.GetAsync("/account/security/app");
        IsWrong(await visitor.SubmitAsync(page, ("Password", "not-this-one-at-all")), "Password", "not your password");
        var shown = await visitor.SubmitAsync(page, ("Password", ShopHost.Password));
        var key = Key(shown.Text("totp-key")!);
        Assert.NotNull(shown.Document.QuerySelector("svg.qr path"));
        Assert.Contains($"secret={shown.Text("totp-key")}", shown.Document.QuerySelector("main a[href^=otpauth]")!.GetAttribute("href"), StringComparison.Ordinal);
        IsWrong(await visitor.SubmitAsync(shown, "#confirm", null, ("Code", CodeOf(key, 9))), "Code", "not right");
        Assert.True(await IsInAsync(await Shop.SignInAsync(name))); // not before a code has come

        var codes = await visitor.SubmitAsync(shown, "#confirm", null, ("Code", CodeOf(key)));
        Assert.Equal(SecondSteps.RecoveryCodes, codes.All("recovery-codes").Single().QuerySelectorAll("code").Length);
        Assert.DoesNotContain(codes.All("recovery-codes").Single().QuerySelector("code")!.TextContent, (await visitor.GetAsync("/account/security/app")).Body, StringComparison.Ordinal);

        var (other, step) = await AtTheStepAsync(name);
        Assert.False(await IsInAsync(other));
        IsWrong(await other.SubmitAsync(step, ("Code", CodeOf(key))), "Code", "used before"); // the one that turned it on
        Shop.Clock.Advance(TimeSpan.FromSeconds(30));
        var code = CodeOf(key);
        Assert.Equal("/account", (await other.SubmitAsync(step, ("Code", code))).Address.AbsolutePath);
        var (third, again) = await AtTheStepAsync(name);
        IsWrong(await third.SubmitAsync(again, ("Code", code)), "Code", "used before");
        Assert.Contains(await MailsAsync(Address(name)), m => m.Subject == "The way you sign in was changed");
    }

    [Fact]
    public async Task S15_App_FiveWrongCodes_ThenTheRightOneIsRefusedToo_ForAQuarterOfAnHour()
    {
        var (_, name, key, _) = await WithAppAsync();
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        var (visitor, step) = await AtTheStepAsync(name);
        for (var i = 0; i < 5; i++)
        {
            IsWrong(await visitor.SubmitAsync(step, ("Code", CodeOf(key, 9 + i))), "Code", "not right");
        }

        IsWrong(await visitor.SubmitAsync(step, ("Code", CodeOf(key))), "Code", "not right");
        Shop.Clock.Advance(TimeSpan.FromMinutes(16));
        (visitor, step) = await AtTheStepAsync(name);
        Assert.Equal("/account", (await visitor.SubmitAsync(step, ("Code", CodeOf(key)))).Address.AbsolutePath);
    }

    [Fact]
    public async Task RecoveryCode_WorksOnce_AndNotAfterNewOnesWereMade()
    {
        var (owner, name, _, codes) = await WithAppAsync();
        var (visitor, step) = await AtTheStepAsync(name);
        Assert.Equal("/account", (await visitor.SubmitAsync(step, ("Code", codes[3].ToUpperInvariant()))).Address.AbsolutePath);
        (visitor, step) = await AtTheStepAsync(name);
        IsWrong(await visitor.SubmitAsync(step, ("Code", codes[3])), "Code", "used before");

        var page = await owner.GetAsync("/account/security/app");
        Assert.Contains("9 recovery codes", page.Main(), StringComparison.Ordinal);
        var fresh = await owner.SubmitAsync(page, "main form", "Make new recovery codes", ("Password", ShopHost.Password));
        IsWrong(await visitor.SubmitAsync(step, ("Code", codes[4])), "Code", "not right");
        var code = fresh.All("recovery-codes").Single().QuerySelector("code")!.TextContent;
        Assert.Equal("/account", (await visitor.SubmitAsync(step, ("Code", code))).Address.AbsolutePath);
    }

    [Fact]
    public async Task App_TurnedOffWithThePasswordAlone_AndSignInAsksForNoCode()
    {
        var (owner, name, _, _) = await WithAppAsync();
        var page = await owner.GetAsync("/account/security/app");
        IsWrong(await owner.SubmitAsync(page, "main form", "Turn it off", ("Password", "not-this-one-at-all")), "Password", "not your password");
        await AtTheStepAsync(name);
        await owner.SubmitAsync(page, "main form", "Turn it off", ("Password", ShopHost.Password));
        Assert.True(await IsInAsync(await Shop.SignInAsync(name)));
        Assert.Equal(0, await ReadAsync(async db => await db.RecoveryCodes.CountAsync(c => db.Users.Any(m => m.Id == c.MemberId && m.UserName == name), Cancel)));
    }

    [Fact]
    public async Task SecondStep_WithoutAPasswordBefore_OrWithOneThatWasChangedSince_LeadsBack()
    {
        var (_, name, _, _) = await WithAppAsync();
        Assert.Equal("/account/login", (await Shop.NewVisitor().GetAsync("/account/login/code")).Address.AbsolutePath);
        var (visitor, step) = await AtTheStepAsync(name);
        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(m => m.SecurityStamp, "another"), token));
        Assert.Equal("/account/login", (await visitor.SubmitAsync(step, ("Code", "123456"))).Address.AbsolutePath); // what was right a moment ago is not any more
    }

    [Fact]
    public async Task Passkey_IsAdded_SignsInWithoutAnotherStep_AndIsRemoved()
    {
        var (owner, name, _, _) = await WithAppAsync();
        using var passkey = new PlayedPasskey();
        await AddAsync(owner, passkey);
        var page = await owner.GetAsync("/account/security/passkeys");
        Assert.Contains("My phone", Assert.Single(page.All("passkey")).TextContent, StringComparison.Ordinal);

        var visitor = Shop.NewVisitor();
        Assert.Equal("/account", (await UseAsync(visitor, passkey)).Address.AbsolutePath);
        Assert.True(await IsInAsync(visitor));

        await owner.SubmitAsync(page, "[data-testid=passkey] form", null);
        Assert.Equal(HttpStatusCode.BadRequest, (await UseAsync(Shop.NewVisitor(), passkey)).Status);
        var mails = await MailsAsync(Address(name));
        Assert.Contains(mails, m => m.Text.Contains("A passkey was added", StringComparison.Ordinal));
        Assert.Contains(mails, m => m.Text.Contains("A passkey was removed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://elsewhere.example", false)]
    [InlineData("https://localhost", true)]
    public async Task Passkey_ForAnotherSite_OrWithoutAskingWhoItIs_IsRefused(string origin, bool unverified)
    {
        var (owner, _) = await MemberAsync();
        using var passkey = new PlayedPasskey(origin) { Unverified = unverified };
        Assert.Equal(HttpStatusCode.BadRequest, (await AddAsync(owner, passkey)).Status);
        Assert.Empty((await owner.GetAsync("/account/security/passkeys")).All("passkey"));
    }

    [Fact]
    public async Task Passkey_OfSomebodyElse_IsNotThere_AndAnAnswerToAnotherQuestionIsRefused()
    {
        var (owner, _) = await MemberAsync();
        using var passkey = new PlayedPasskey();
        await AddAsync(owner, passkey);
        var handle = (await owner.GetAsync("/account/security/passkeys")).Find("passkey")!.QuerySelector("[name=Passkey]")!.GetAttribute("value")!;
        var (stranger, _) = await MemberAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, "/account/security/passkeys?handler=Remove", ("Passkey", handle))).Status);

        var visitor = Shop.NewVisitor();
        var old = await visitor.GetAsync("/account/login/passkey");
        var answer = passkey.Get(Options(old));
        var asked = await visitor.GetAsync("/account/login/passkey"); // asked anew, by another question
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.SubmitAsync(asked, ("Credential", answer))).Status);
    }

    /// <summary>Somebody registered with another's address and left themselves a passkey; the address's owner takes the account over by the mailed link.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Passkey_AfterAForgottenPassword_StaysOnlyWhereTheAddressWasConfirmed(bool confirmed)
    {
        var (first, name) = await MemberAsync();
        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(m => m.EmailConfirmed, confirmed), token));
        using var passkey = new PlayedPasskey();
        await AddAsync(first, passkey);

        var owner = Shop.NewVisitor();
        await owner.SubmitAsync(await owner.GetAsync("/account/forgot"), ("Email", Address(name)));
        var link = (await MailsAsync(Address(name))).Last(m => m.Text.Contains("/account/reset", StringComparison.Ordinal)).Link;
        var done = await owner.SubmitAsync(await owner.GetAsync(link), ("Password", "grey-velvet-otter"), ("ConfirmPassword", "grey-velvet-otter"));

        Assert.Equal(confirmed, done.News!.Contains("Passkeys and accounts of other sites still open", StringComparison.Ordinal));
        Assert.Equal(confirmed ? HttpStatusCode.OK : HttpStatusCode.BadRequest, (await UseAsync(Shop.NewVisitor(), passkey)).Status);
        Assert.True(await Shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == name).Select(m => m.EmailConfirmed).SingleAsync(token), Cancel));
    }

    private static string Options(Page page) => page.Document.QuerySelector("[data-passkey]")!.GetAttribute("data-options")!;

    private static async Task<Page> AddAsync(Visitor owner, PlayedPasskey passkey)
    {
        var asked = await owner.SubmitAsync(await owner.GetAsync("/account/security/passkeys"), "#add", null, ("Name", "My phone"), ("Password", ShopHost.Password));
        return await owner.SubmitAsync(asked, ("Credential", passkey.Create(Options(asked))));
    }

    private static async Task<Page> UseAsync(Visitor visitor, PlayedPasskey passkey)
    {
        var asked = await visitor.GetAsync("/account/login/passkey");
        return await visitor.SubmitAsync(asked, ("Credential", passkey.Get(Options(asked))));
    }
}

public sealed class AccountPagesTests_Sqlite(SqliteDatabase database) : AccountPagesTests(database), IClassFixture<SqliteDatabase>;

public sealed class AccountPagesTests_Postgres(PostgresDatabase database) : AccountPagesTests(database), IClassFixture<PostgresDatabase>;
